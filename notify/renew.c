#include "notify/renew.h"

#include "alert/alert_store.h"
#include "alert/doc_public.h"
#include "core/defect.h"
#include "notify/notice.h"
#include "notify/outbox.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEASE_MS = 30000, PAGE = 16 };

/* A notification at work, and what is stored of its alerts. */
struct notice {
	cJSON *root, *alerts;
	const struct vg_renew *r;
	cJSON *stored[VG_NOTICE_ALERTS_MAX]; /* NULL: none is */
	int n, got;
	bool changed, failed;
};

static cJSON *get(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

static const char *text_of(const cJSON *o, const char *name)
{
	const char *s = cJSON_GetStringValue(get(o, name));

	return s != NULL ? s : "";
}

static bool lists(const cJSON *list, const char *want)
{
	const cJSON *o = NULL;

	cJSON_ArrayForEach(o, list)
	{
		if (cJSON_IsString(o) && strcmp(o->valuestring, want) == 0)
			return true;
	}
	return false;
}

/* True when alert `is` must say what is stored of it. */
static bool is_due(const struct notice *x, const cJSON *is, const cJSON *stored)
{
	const char *partner = x->r->partner;

	if (stored == NULL)
		return true;
	if (partner != NULL)
		return lists(get(is, "partners"), partner) ||
		       strcmp(text_of(get(is, "tipping"), "partner"),
			      partner) == 0;
	return cJSON_GetArraySize(get(is, "forgotten")) !=
	       cJSON_GetArraySize(get(stored, "forgotten"));
}

static enum vg_rc take_stored(void *ctx, struct vg_slice doc,
			      struct vg_err *err)
{
	struct notice *x = ctx;

	(void)err;
	if (doc.n > 0)
		x->stored[x->got] = cJSON_ParseWithLength(doc.p, doc.n);
	x->got++;
	return VG_OK;
}

static enum vg_rc read_stored(struct notice *x, struct vg_store *s,
			      struct vg_err *err)
{
	const struct vg_doc_taker to = {.take = take_stored, .ctx = x};
	struct vg_slice id[VG_NOTICE_ALERTS_MAX];
	const cJSON *o = NULL;

	cJSON_ArrayForEach(o, x->alerts)
	{
		if (x->n < VG_NOTICE_ALERTS_MAX)
			id[x->n++] = vg_slice_of(text_of(o, "id"));
	}
	return x->n > 0 ? vg_alerts_get(s, id, (size_t)x->n, &to, err) : VG_OK;
}

/* The stored document in the place of alert `i`, in the state that was told. */
static bool put_stored(struct notice *x, int i, const cJSON *is)
{
	cJSON *doc = x->stored[i];
	const char *at = text_of(is, "resolved_at");
	/* It names no identifier, but perhaps who is purged. */
	cJSON *campaign = x->r->partner == NULL
				  ? cJSON_Duplicate(get(is, "campaign"), 1)
				  : NULL;
	bool ok;

	vg_doc_public(doc);
	cJSON_DeleteItemFromObjectCaseSensitive(doc, "state");
	ok = cJSON_AddStringToObject(doc, "state", text_of(is, "state")) !=
		     NULL &&
	     (at[0] == '\0' ||
	      cJSON_AddStringToObject(doc, "resolved_at", at) != NULL);
	if (campaign != NULL &&
	    !cJSON_AddItemToObject(doc, "campaign", campaign)) {
		cJSON_Delete(campaign);
		ok = false;
	}
	x->stored[i] = NULL; /* the notification's now */
	return cJSON_ReplaceItemInArray(x->alerts, i, doc) != 0 && ok;
}

static void renew_alerts(struct notice *x)
{
	for (int i = x->n; i-- > 0;) {
		const cJSON *is = cJSON_GetArrayItem(x->alerts, i);

		if (!is_due(x, is, x->stored[i]))
			continue;
		x->changed = true;
		if (x->stored[i] == NULL)
			cJSON_DeleteItemFromArray(x->alerts, i);
		else if (!put_stored(x, i, is))
			x->failed = true;
	}
}

static void put_text(struct notice *x, cJSON *in, const char *name,
		     const char *value)
{
	cJSON *s = cJSON_CreateString(value);

	if (s == NULL || !cJSON_ReplaceItemInObjectCaseSensitive(in, name, s)) {
		cJSON_Delete(s);
		x->failed = true;
	}
}

/* The values of `list`, joined as labels are. */
static void join(struct vg_buf *out, const cJSON *list)
{
	const cJSON *o = NULL;

	vg_buf_str(out, "");
	cJSON_ArrayForEach(o, list)
	{
		if (!cJSON_IsString(o))
			continue;
		vg_buf_str(out, out->n > 0 ? "," : "");
		vg_buf_str(out, o->valuestring);
	}
}

/* The group by what its first alert says now. */
static void renew_group(struct notice *x)
{
	const cJSON *first = cJSON_GetArrayItem(x->alerts, 0);
	cJSON *group = get(x->root, "group"), *g = NULL, *next = NULL;

	for (g = group != NULL ? group->child : NULL; g != NULL; g = next) {
		const char *own = text_of(get(first, "group"), g->string);
		struct vg_buf value = {0};

		next = g->next;
		if (strcmp(g->string, "country") == 0)
			join(&value, get(first, "countries"));
		else if (strcmp(g->string, "partner") == 0)
			join(&value, get(first, "partners"));
		else if (own[0] != '\0')
			vg_buf_str(&value, own);
		x->failed |= value.failed;
		if (value.p != NULL && !value.failed)
			put_text(x, group, g->string, value.p);
		vg_buf_term(&value);
	}
}

/* What people read: a line for each alert, with nothing that could be due. */
static void renew_words(struct notice *x)
{
	struct vg_buf lines = {0};
	const cJSON *o = NULL;

	vg_buf_str(&lines, "");
	cJSON_ArrayForEach(o, x->alerts)
	{
		vg_buf_printf(&lines, "%s: %s; %s\n", text_of(o, "state"),
			      text_of(o, "title"), text_of(o, "id"));
	}
	x->failed |= lines.failed;
	if (!lines.failed)
		put_text(x, x->root, "text", lines.p);
	put_text(x, x->root, "title",
		 text_of(cJSON_GetArrayItem(x->alerts, 0), "title"));
	vg_buf_term(&lines);
}

static enum vg_rc print(struct notice *x, struct vg_buf *out,
			struct vg_err *err)
{
	char *text = NULL;

	if (cJSON_GetArraySize(x->alerts) == 0)
		return VG_OK; /* it goes */
	renew_group(x);
	renew_words(x);
	if (!x->failed)
		text = cJSON_PrintUnformatted(x->root);
	if (text != NULL)
		vg_buf_str(out, text);
	cJSON_free(text);
	return text == NULL || out->failed
		       ? vg_err_set(err, VG_FATAL, "notify: out of memory")
		       : VG_OK;
}

enum vg_rc vg_renew_notice(struct vg_buf *out, struct vg_slice body,
			   struct vg_store *s, const struct vg_renew *r,
			   struct vg_err *err)
{
	struct notice x = {.root = cJSON_ParseWithLength(body.p, body.n),
			   .r = r};
	enum vg_rc rc = VG_OK;

	x.alerts = get(x.root, "alerts");
	if (r->partner != NULL &&
	    strcmp(text_of(x.root, "viewer"), r->partner) == 0) {
		cJSON_Delete(x.root);
		return VG_OK; /* for its eyes alone */
	}
	if (cJSON_IsArray(x.alerts))
		rc = read_stored(&x, s, err);
	if (rc == VG_OK)
		renew_alerts(&x);
	if (rc == VG_OK)
		rc = x.changed && !VG_DEFECT("outbox-keeps-names")
			     ? print(&x, out, err)
			     : VG_DROP;
	for (int i = 0; i < x.n; i++)
		cJSON_Delete(x.stored[i]);
	cJSON_Delete(x.root);
	return rc;
}

/* What became of one, as it is counted. */
static void tally(struct vg_renew *r, const struct vg_buf *text)
{
	if (text->n > 0)
		r->changed++;
	else
		r->removed++;
}

/* Waiting ----------------------------------------------------------------- */

struct walk {
	struct vg_store *s;
	struct vg_renew *r;
	struct vg_buf id[PAGE], text[PAGE];
	size_t n;
};

/* What was delivered meanwhile does not come back. */
static const char put_waiting[] =
	"if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then\n"
	"  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])\n"
	"end\n"
	"return 1\n";

static enum vg_rc write_page(struct walk *w, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < w->n && rc == VG_OK; i++) {
		const struct vg_slice arg[] = {
			vg_slice_of(VG_KEY_OUTBOX),
			{w->id[i].p, (uint32_t)w->id[i].n},
			{w->text[i].p, (uint32_t)w->text[i].n}};

		tally(w->r, &w->text[i]);
		rc = w->text[i].n > 0 ? vg_store_eval(w->s, NULL, put_waiting,
						      1, arg, 3, err)
				      : vg_outbox_done(w->s, w->id[i].p, err);
	}
	w->n = 0;
	return rc;
}

static enum vg_rc take_waiting(void *ctx, struct vg_slice name,
			       struct vg_slice value, struct vg_err *err)
{
	struct walk *w = ctx;
	struct vg_buf *text = &w->text[w->n], *id = &w->id[w->n];

	vg_buf_reset(text);
	enum vg_rc rc = vg_renew_notice(text, value, w->s, w->r, err);
	if (rc != VG_OK)
		return rc == VG_DROP ? VG_OK : rc;
	vg_buf_reset(id);
	vg_buf_add(id, name.p, name.n);
	if (id->failed)
		return vg_err_set(err, VG_FATAL, "notify: out of memory");
	w->n++;
	return w->n == PAGE ? write_page(w, err) : VG_OK;
}

enum vg_rc vg_renew_waiting(struct vg_store *s, struct vg_renew *r,
			    struct vg_err *err)
{
	struct walk w = {.s = s, .r = r};
	const struct vg_field_taker to = {take_waiting, &w};
	enum vg_rc rc = vg_hold_each(s, VG_KEY_OUTBOX, &to, err);

	if (rc == VG_OK)
		rc = write_page(&w, err);
	for (size_t i = 0; i < PAGE; i++) {
		vg_buf_term(&w.id[i]);
		vg_buf_term(&w.text[i]);
	}
	return rc;
}

/* Given up ---------------------------------------------------------------- */

/* Only what was read is replaced: others are put in front meanwhile. */
static const char put_dead[] =
	"if redis.call('LINDEX', KEYS[1], ARGV[1]) == ARGV[2] then\n"
	"  redis.call('LSET', KEYS[1], ARGV[1], ARGV[3])\n"
	"end\n"
	"return 1\n";

static enum vg_rc renew_at(struct vg_store *s, struct vg_renew *r, int64_t at,
			   bool *gone, struct vg_err *err)
{
	struct vg_reply *body = NULL;
	struct vg_buf text = {0};
	char place[24];

	(void)snprintf(place, sizeof place, "%" PRId64, at);
	enum vg_rc rc = vg_store_callf(s, &body, err, "LINDEX", VG_KEY_DEAD,
				       place, (char *)NULL);
	if (rc == VG_OK && vg_reply_type(body) == VG_REPLY_STRING)
		rc = vg_renew_notice(&text, vg_reply_text(body), s, r, err);
	else if (rc == VG_OK)
		rc = VG_DROP;
	if (rc == VG_OK) {
		const struct vg_slice arg[] = {
			vg_slice_of(VG_KEY_DEAD),
			vg_slice_of(place),
			vg_reply_text(body),
			{text.n > 0 ? text.p : "", (uint32_t)text.n}};

		tally(r, &text);
		*gone = *gone || text.n == 0;
		rc = vg_store_eval(s, NULL, put_dead, 1, arg, 4, err);
	}
	vg_reply_free(body);
	vg_buf_term(&text);
	return rc == VG_DROP ? VG_OK : rc;
}

enum vg_rc vg_renew_dead(struct vg_store *s, struct vg_renew *r, int64_t *at,
			 int64_t most, struct vg_err *err)
{
	struct vg_reply *len = NULL;
	bool gone = false;
	enum vg_rc rc =
		vg_store_callf(s, &len, err, "LLEN", VG_KEY_DEAD, (char *)NULL);
	int64_t n = rc == VG_OK ? vg_reply_int(len) : 0, i = *at;

	vg_reply_free(len);
	for (; rc == VG_OK && i < n && i < *at + most; i++)
		rc = renew_at(s, r, i, &gone, err);
	/* Those that went left an empty place each. */
	if (rc == VG_OK && gone)
		rc = vg_store_callf(s, NULL, err, "LREM", VG_KEY_DEAD, "0", "",
				    (char *)NULL);
	if (rc == VG_OK)
		*at = i < n ? i : 0;
	return rc;
}

enum vg_rc vg_renew_purge(struct vg_store *s, struct vg_renew *r,
			  const char *owner, struct vg_err *err)
{
	struct vg_lease lease = {0};
	int64_t at = 0;
	enum vg_rc rc = vg_lease_seize(s, owner, LEASE_MS, &lease, err);

	if (rc == VG_OK)
		rc = vg_renew_waiting(s, r, err);
	if (rc == VG_OK)
		rc = vg_renew_dead(s, r, &at, VG_DEAD_MAX, err);
	if (rc == VG_OK)
		rc = vg_lease_free(s, owner, err);
	return rc;
}
