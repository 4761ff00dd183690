#include "alert/forget.h"

#include "core/defect.h"
#include "core/hash.h"
#include "core/timefmt.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_MAX_LEN = 256, PSEUDONYM = 18 };

/* The document at work. */
struct doc {
	cJSON *root;
	const struct vg_forget *f;
	uint64_t due; /* slots of partners whose time has come */
	bool changed, failed;
};

static const char *text_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(m) ? m->valuestring : "";
}

static int64_t number_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsNumber(m) ? (int64_t)m->valuedouble : 0;
}

static bool is_plain(const char *name, size_t n)
{
	static const char *const PLAIN[] = {
		"country",   "source_country", "partner",    "actor",
		"technique", "category",       "sector",     "severity",
		"tlp",	     "sensor_kind",    "confidence", "count",
		"origin",    "rules"};

	for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++)
		if (strlen(PLAIN[i]) == n && memcmp(PLAIN[i], name, n) == 0)
			return true;
	return false;
}

/* True when values of `field`, or of a tuple "a+b", identify something. */
static bool identifies(const char *field)
{
	for (const char *p = field; *p != '\0';) {
		size_t n = strcspn(p, "+");

		if (!is_plain(p, n))
			return true;
		p += n + (p[n] == '+');
	}
	return false;
}

static const struct vg_partner *partner_of(const struct doc *d, const cJSON *o)
{
	return vg_config_partner(d->f->env->cfg,
				 vg_slice_of(text_of(o, "partner")));
}

static bool is_due(const struct doc *d, const cJSON *o)
{
	const struct vg_partner *p = partner_of(d, o);

	return p != NULL && (d->due >> p->slot & 1) != 0;
}

static void hide(const struct doc *d, const char *value, char out[PSEUDONYM])
{
	(void)snprintf(out, PSEUDONYM, "~%016" PRIx64,
		       vg_hash64(d->f->env->hash_key, value, strlen(value)));
}

/* Replace text `item`, a member of the document, by its pseudonym. */
static void replace(struct doc *d, cJSON *item)
{
	char hidden[PSEUDONYM];

	if (!cJSON_IsString(item))
		return;
	hide(d, item->valuestring, hidden);
	if (cJSON_SetValuestring(item, hidden) == NULL)
		d->failed = true;
	d->changed = true;
}

/* Whether rows of `field` and `value` are by partners that are due, and by
 * others. */
static void who_saw(const struct doc *d, const char *field, const char *value,
		    bool *due, bool *others)
{
	const cJSON *rows =
		cJSON_GetObjectItemCaseSensitive(d->root, "first_seen");
	const cJSON *o = NULL;

	*due = *others = false;
	cJSON_ArrayForEach(o, rows)
	{
		if (strcmp(text_of(o, "field"), field) != 0 ||
		    strcmp(text_of(o, "value"), value) != 0)
			continue;
		*due |= is_due(d, o);
		*others |= !is_due(d, o);
	}
}

/* The list of values of one field. A value that no row speaks of, as rows were
 * left out, goes too. */
static void hide_values(struct doc *d, cJSON *list)
{
	char hidden[PSEUDONYM];
	int n = cJSON_GetArraySize(list);

	for (int i = 0; i < n; i++) {
		cJSON *v = cJSON_GetArrayItem(list, i);
		bool due, others;

		if (!cJSON_IsString(v))
			continue;
		who_saw(d, list->string, v->valuestring, &due, &others);
		if (!others) {
			replace(d, v);
		} else if (due) {
			hide(d, v->valuestring, hidden);
			if (!cJSON_AddItemToArray(list,
						  cJSON_CreateString(hidden)))
				d->failed = true;
		}
	}
}

static void hide_rows(struct doc *d)
{
	const cJSON *rows =
		cJSON_GetObjectItemCaseSensitive(d->root, "first_seen");
	cJSON *tip = cJSON_GetObjectItemCaseSensitive(d->root, "tipping");
	cJSON *o = NULL;

	cJSON_ArrayForEach(o, rows)
	{
		if (identifies(text_of(o, "field")) && is_due(d, o))
			replace(d,
				cJSON_GetObjectItemCaseSensitive(o, "value"));
	}
	if (identifies(text_of(tip, "field")) && is_due(d, tip))
		replace(d, cJSON_GetObjectItemCaseSensitive(tip, "value"));
}

/* The command that would replay it names the group. */
static void hide_group(struct doc *d)
{
	cJSON *group = cJSON_GetObjectItemCaseSensitive(d->root, "group");
	cJSON *g = NULL;
	bool changed = false;

	cJSON_ArrayForEach(g, group)
	{
		if (g->string == NULL || !identifies(g->string))
			continue;
		replace(d, g);
		changed = true;
	}
	if (changed)
		cJSON_DeleteItemFromObjectCaseSensitive(d->root, "replay");
}

/* What this has been done for already is written down in the document. */
static bool is_done(const struct doc *d, const char *id)
{
	const cJSON *done =
		cJSON_GetObjectItemCaseSensitive(d->root, "forgotten");
	const cJSON *o = NULL;

	cJSON_ArrayForEach(o, done)
	{
		if (cJSON_IsString(o) && strcmp(o->valuestring, id) == 0)
			return true;
	}
	return false;
}

static void write_done(struct doc *d, const char *id)
{
	cJSON *done = cJSON_GetObjectItemCaseSensitive(d->root, "forgotten");

	if (done == NULL)
		done = cJSON_AddArrayToObject(d->root, "forgotten");
	if (done == NULL || !cJSON_AddItemToArray(done, cJSON_CreateString(id)))
		d->failed = true;
}

/* The partners of the document whose time has come, and note them. */
static void find_due(struct doc *d, int64_t end_ms)
{
	const cJSON *partners =
		cJSON_GetObjectItemCaseSensitive(d->root, "partners");
	const cJSON *o = NULL;

	cJSON_ArrayForEach(o, partners)
	{
		const struct vg_partner *p =
			cJSON_IsString(o)
				? vg_config_partner(d->f->env->cfg,
						    vg_slice_of(o->valuestring))
				: NULL;

		if (p == NULL || !p->has_identifiers_kept ||
		    d->f->log_ms - end_ms < p->identifiers_kept_ms ||
		    is_done(d, p->id) || VG_DEFECT("identifiers-stay"))
			continue;
		d->due |= (uint64_t)1 << p->slot;
	}
	for (unsigned s = 0; s <= VG_SLOT_PARTNER_MAX; s++)
		if ((d->due >> s & 1) != 0)
			write_done(d, vg_config_slot(d->f->env->cfg, s)->id);
}

/* True when no rule reads anything of it any more. */
static bool is_over(const struct doc *d, int64_t end_ms)
{
	return d->f->floor_ms != INT64_MIN && d->f->log_ms != INT64_MIN &&
	       end_ms + number_of(d->root, "resolve_after_ms") +
			       2 * number_of(d->root, "window_ms") <
		       d->f->floor_ms;
}

static void work_on(struct doc *d)
{
	cJSON *values = cJSON_GetObjectItemCaseSensitive(d->root, "values");
	cJSON *list = NULL;
	int64_t end_ms = 0;

	if (!vg_time_parse(vg_slice_of(text_of(d->root, "end")), &end_ms) ||
	    !is_over(d, end_ms))
		return;
	find_due(d, end_ms);
	if (d->due == 0)
		return;
	cJSON_ArrayForEach(list, values)
	{
		if (cJSON_IsArray(list) && identifies(list->string))
			hide_values(d, list);
	}
	hide_rows(d);
	hide_group(d);
}

enum vg_rc vg_forget_doc(struct vg_buf *out, struct vg_slice doc,
			 const struct vg_forget *f, struct vg_err *err)
{
	struct doc d = {.f = f};
	char *printed = NULL;
	enum vg_rc rc = VG_OK;

	if (doc.n > 0)
		d.root = cJSON_ParseWithLength(doc.p, doc.n);
	if (d.root == NULL)
		return VG_OK;
	work_on(&d);
	if (d.due != 0 && !d.failed) {
		printed = cJSON_PrintUnformatted(d.root);
		if (printed != NULL)
			vg_buf_str(out, printed);
	}
	if (d.failed || out->failed || (d.due != 0 && printed == NULL))
		rc = vg_err_set(err, VG_FATAL, "alert: out of memory");
	cJSON_free(printed);
	cJSON_Delete(d.root);
	return rc;
}

/* Documents looked at, and those of them to write. */
struct page {
	const struct vg_forget *f;
	struct vg_put put[VG_PUT_BATCH];
	const struct vg_reply *ids;
	size_t seen, n_put;
};

static enum vg_rc take_doc(void *ctx, struct vg_slice doc, struct vg_err *err)
{
	struct page *g = ctx;
	struct vg_put *put = &g->put[g->n_put];
	struct vg_slice id = vg_reply_text(vg_reply_at(g->ids, g->seen));
	int64_t start_ms = vg_reply_int(vg_reply_at(g->ids, g->seen + 1));

	g->seen += 2;
	vg_buf_reset(&put->doc);
	enum vg_rc rc = vg_forget_doc(&put->doc, doc, g->f, err);
	if (rc != VG_OK || put->doc.n == 0 || id.n >= sizeof put->id)
		return rc;
	(void)snprintf(put->id, sizeof put->id, "%.*s", (int)id.n, id.p);
	put->start_ms = start_ms;
	g->n_put++;
	return VG_OK;
}

static enum vg_rc take_page(struct vg_store *s, struct vg_lease *lease,
			    struct page *g, size_t n, struct vg_err *err)
{
	const struct vg_doc_taker to = {.take = take_doc, .ctx = g};
	enum vg_put_result result = VG_PUT_DONE;
	struct vg_slice id[VG_PUT_BATCH];

	assert(n > 0 && n <= VG_PUT_BATCH);
	for (size_t i = 0; i < n; i++)
		id[i] = vg_reply_text(vg_reply_at(g->ids, 2 * i));
	enum vg_rc rc = vg_alerts_get(s, id, n, &to, err);
	/* Refused: whoever leads now does it, in its own time. */
	if (rc == VG_OK && g->n_put > 0)
		rc = vg_alerts_put(s, lease, g->put, g->n_put, &result, err);
	return rc;
}

/* No partner asks for it: nothing is read. */
static bool is_asked(const struct vg_config *cfg)
{
	for (size_t i = 0; i < cfg->n_partners; i++)
		if (cfg->partners[i].has_identifiers_kept)
			return true;
	return false;
}

enum vg_rc vg_alerts_forget(struct vg_store *s, struct vg_lease *lease,
			    const struct vg_forget *f, int64_t *at,
			    struct vg_err *err)
{
	char from[24], to[24];
	struct page *g = NULL;
	struct vg_reply *r = NULL;

	if (!is_asked(f->env->cfg))
		return VG_OK;
	g = calloc(1, sizeof *g);
	if (g == NULL)
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	(void)snprintf(from, sizeof from, "%" PRId64, *at);
	(void)snprintf(to, sizeof to, "%" PRId64, *at + VG_PUT_BATCH - 1);
	enum vg_rc rc = vg_store_callf(s, &r, err, "ZRANGE", VG_KEY_ALERTS,
				       from, to, "WITHSCORES", (char *)NULL);
	size_t n = rc == VG_OK ? vg_reply_count(r) / 2 : 0;
	g->f = f;
	g->ids = r;
	if (n > 0)
		rc = take_page(s, lease, g, n, err);
	if (rc == VG_OK)
		*at = n < VG_PUT_BATCH ? 0 : *at + (int64_t)n;
	for (size_t i = 0; i < VG_PUT_BATCH; i++) {
		vg_buf_term(&g->put[i].doc);
		vg_buf_term(&g->put[i].history);
	}
	vg_reply_free(r);
	free(g);
	return rc;
}
