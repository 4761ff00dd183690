#include "alert/alert_doc.h"

#include "aggregate/keys.h"
#include "alert/episodes.h"
#include "alert/own.h"
#include "core/timefmt.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>

/* cJSON says "out of memory" by NULL at each step; one flag gathers them. */
struct doc {
	cJSON *root;
	const struct vg_alert *a;
	const struct vg_doc_place *at;
	bool failed;
};

static void note(struct doc *d, const void *made)
{
	d->failed = d->failed || made == NULL;
}

static void text(struct doc *d, cJSON *to, const char *name, const char *value)
{
	note(d, cJSON_AddStringToObject(to, name, value));
}

static void number(struct doc *d, cJSON *to, const char *name, int64_t value)
{
	note(d, cJSON_AddNumberToObject(to, name, (double)value));
}

static void instant(struct doc *d, cJSON *to, const char *name, int64_t ms)
{
	char out[VG_TIME_TEXT];

	vg_time_print_ms(out, ms);
	text(d, to, name, out);
}

/* Null while it has none. */
static void end(struct doc *d, cJSON *to)
{
	if (d->a->end_ms == VG_EPISODE_OPEN)
		note(d, cJSON_AddNullToObject(to, "end"));
	else
		instant(d, to, "end", d->a->end_ms);
}

static cJSON *list(struct doc *d, const char *name)
{
	cJSON *made = cJSON_AddArrayToObject(d->root, name);

	note(d, made);
	return made;
}

/* Append `item` to `to`; both may be NULL when memory is out. */
static void append(struct doc *d, cJSON *to, cJSON *item)
{
	note(d, item);
	if (to == NULL || !cJSON_AddItemToArray(to, item)) {
		cJSON_Delete(item);
		d->failed = true;
	}
}

static const char *partner_id(const struct doc *d, uint32_t slot)
{
	const struct vg_partner *p =
		vg_config_slot(d->at->env->cfg, (unsigned)slot);

	return p != NULL ? p->id : "?";
}

/* Field names are slices into the rule set, copied there with a NUL. */
static const char *name_of(struct vg_slice field)
{
	assert(field.p[field.n] == '\0');
	return field.p;
}

static void add_group(struct doc *d)
{
	const struct vg_rule *r = d->at->slot->rule;
	cJSON *group = cJSON_AddObjectToObject(d->root, "group");
	struct vg_slice part[VG_TRACK_GROUP_MAX] = {0};
	struct vg_buf value = {0};
	unsigned n = r->n_group == 0 ? 0
				     : vg_field_split(d->at->group, part,
						      VG_TRACK_GROUP_MAX);

	note(d, group);
	assert(n == r->n_group);
	for (unsigned i = 0; i < n && group != NULL; i++) {
		vg_buf_reset(&value);
		vg_field_unescape(&value, part[i]);
		d->failed = d->failed || value.failed;
		if (!value.failed)
			text(d, group, name_of(r->group[i]),
			     value.p != NULL ? value.p : "");
	}
	vg_buf_term(&value);
}

static void add_viewers(struct doc *d, const char *class_name)
{
	cJSON *viewers = list(d, "viewers");
	char one[VG_CLASS_NAME_MAX];

	text(d, d->root, "class", class_name);
	for (const char *p = class_name; *p != '\0';) {
		size_t n = strcspn(p, "+");

		assert(n < sizeof one);
		memcpy(one, p, n);
		one[n] = '\0';
		append(d, viewers, cJSON_CreateString(one));
		p += n + (p[n] == '+');
	}
}

/* Rows are sorted by condition and value: a new value where either changes. */
static bool is_new_value(const struct vg_alert *a, size_t i)
{
	return i == 0 || a->row[i].condition != a->row[i - 1].condition ||
	       strcmp(a->row[i].value, a->row[i - 1].value) != 0;
}

static void add_values(struct doc *d)
{
	const struct vg_rule *r = d->at->slot->rule;
	cJSON *values = cJSON_AddObjectToObject(d->root, "values");
	cJSON *countries = list(d, "countries"), *of[VG_RULE_CONDITIONS_MAX];

	note(d, values);
	for (unsigned c = 0; c < r->n_condition; c++) {
		of[c] = cJSON_AddArrayToObject(values,
					       name_of(r->condition[c].field));
		note(d, of[c]);
	}
	for (size_t i = 0; i < d->a->n_row; i++) {
		const struct vg_seen *s = &d->a->row[i];

		if (!is_new_value(d->a, i))
			continue;
		append(d, of[s->condition], cJSON_CreateString(s->value));
		if (strcmp(name_of(r->condition[s->condition].field),
			   "country") == 0)
			append(d, countries, cJSON_CreateString(s->value));
	}
}

static void add_rows(struct doc *d)
{
	const struct vg_rule *r = d->at->slot->rule;
	cJSON *rows = list(d, "first_seen");

	for (size_t i = 0; i < d->a->n_row; i++) {
		const struct vg_seen *s = &d->a->row[i];
		cJSON *o = cJSON_CreateObject();

		if (o == NULL) {
			d->failed = true;
			return;
		}
		text(d, o, "field", name_of(r->condition[s->condition].field));
		text(d, o, "value", s->value);
		text(d, o, "partner", partner_id(d, s->partner));
		instant(d, o, "first", s->first_ms);
		instant(d, o, "last", s->last_ms);
		append(d, rows, o);
	}
	if (d->a->omitted > 0)
		number(d, d->root, "rows_omitted", (int64_t)d->a->omitted);
}

static void add_partners(struct doc *d)
{
	uint64_t slots = vg_alert_partners(d->a);
	cJSON *partners = list(d, "partners"), *without = list(d, "without");

	for (unsigned s = 0; s <= VG_SLOT_PARTNER_MAX; s++) {
		if ((slots >> s & 1) == 0)
			continue;
		append(d, partners, cJSON_CreateString(partner_id(d, s)));
		cJSON *o = cJSON_CreateObject();
		if (o == NULL) {
			d->failed = true;
			return;
		}
		text(d, o, "partner", partner_id(d, s));
		note(d, cJSON_AddBoolToObject(o, "holds",
					      d->a->holds_without >> s & 1));
		append(d, without, o);
	}
}

/* For releases: which viewers see all that a partner has in it. */
static void add_seen_by(struct doc *d)
{
	uint64_t slots = vg_alert_partners(d->a), seen_by[64];
	cJSON *o = cJSON_AddObjectToObject(d->root, "_seen_by");
	char hex[17];

	note(d, o);
	vg_alert_seen_by(d->a, seen_by);
	for (unsigned s = 0; s <= VG_SLOT_PARTNER_MAX; s++) {
		if ((slots >> s & 1) == 0)
			continue;
		(void)snprintf(hex, sizeof hex, "%016" PRIx64, seen_by[s]);
		text(d, o, partner_id(d, s), hex);
	}
}

static void add_tip(struct doc *d)
{
	const struct vg_rule *r = d->at->slot->rule;
	const struct vg_seen *t = &d->a->tip;
	cJSON *o = NULL;

	if (t->value == NULL)
		return;
	o = cJSON_AddObjectToObject(d->root, "tipping");
	note(d, o);
	text(d, o, "partner", partner_id(d, t->partner));
	instant(d, o, "time", t->first_ms);
	text(d, o, "field", name_of(r->condition[t->condition].field));
	text(d, o, "value", t->value);
}

/* One word of a shell command, in single quotes. */
static void quote(struct vg_buf *out, const char *p)
{
	vg_buf_str(out, "'");
	for (; *p != '\0'; p++) {
		if (*p == '\'')
			vg_buf_str(out, "'\\''");
		else
			vg_buf_add(out, p, 1);
	}
	vg_buf_str(out, "'");
}

/* The command that replays the alert. Only the rule file's own name: where it
 * lies on this machine is nobody's matter. */
static void add_replay(struct doc *d)
{
	const struct vg_rule *r = d->at->slot->rule;
	const char *slash = strrchr(r->file, '/');
	const cJSON *group = cJSON_GetObjectItemCaseSensitive(d->root, "group");
	struct vg_buf b = {0}, pair = {0};

	vg_buf_str(&b, "vigie backtest --rules rules/");
	vg_buf_str(&b, slash != NULL ? slash + 1 : r->file);
	vg_buf_printf(&b, " --rule %s", vg_own_name(r->id));
	for (const cJSON *g = group != NULL ? group->child : NULL; g != NULL;
	     g = g->next) {
		vg_buf_reset(&pair);
		vg_buf_printf(&pair, "%s=%s", g->string, g->valuestring);
		vg_buf_str(&b, " --group ");
		quote(&b, pair.p != NULL ? pair.p : "");
	}
	/* It learns from the first event that is read: all are. */
	if (r->learns)
		vg_buf_str(&b, " --from 0");
	d->failed = d->failed || b.failed || pair.failed;
	if (!d->failed)
		text(d, d->root, "replay", b.p);
	vg_buf_term(&b);
	vg_buf_term(&pair);
}

static void add_head(struct doc *d)
{
	const struct vg_slot *slot = d->at->slot;
	const struct vg_rule *r = slot->rule;

	text(d, d->root, "id", d->a->id);
	text(d, d->root, "fingerprint", slot->fingerprint);
	text(d, d->root, "rule", r->id);
	text(d, d->root, "rule_hash", d->a->rule_hash);
	text(d, d->root, "title", r->title);
	number(d, d->root, "severity", r->severity);
	add_viewers(d, vg_class_name(d->at->env->aud, slot->class_index));
	add_group(d);
	instant(d, d->root, "start", d->a->start_ms);
	end(d, d->root);
	note(d, cJSON_AddNumberToObject(d->root, "peak", d->a->peak));
	instant(d, d->root, "peak_at", d->a->peak_at_ms);
	text(d, d->root, "marking", vg_tlp_name((enum vg_tlp)d->a->marking));
}

static void add_foot(struct doc *d)
{
	const struct vg_rule *r = d->at->slot->rule;

	assert(d->a->rule_hash[0] != '\0');
	number(d, d->root, "window_ms", r->window_ms);
	number(d, d->root, "resolve_after_ms", r->resolve_after_ms);
	number(d, d->root, "revision", d->a->revision);
	if (d->a->revision > 0)
		number(d, d->root, "late_by_ms", d->a->late_by_ms);
	instant(d, d->root, "detected_at", d->a->detected_ms);
	instant(d, d->root, "updated_at", d->a->updated_ms);
	if (d->a->merged_into[0] != '\0')
		text(d, d->root, "merged_into", d->a->merged_into);
	if (d->a->approximate)
		note(d, cJSON_AddTrueToObject(d->root, "approximate"));
	if (r->shadow)
		note(d, cJSON_AddTrueToObject(d->root, "shadow"));
	if (d->a->withdrawn)
		note(d, cJSON_AddTrueToObject(d->root, "withdrawn"));
	add_replay(d);
}

static enum vg_rc finish(struct doc *d, struct vg_buf *out, struct vg_err *err)
{
	char *printed = d->failed ? NULL : cJSON_PrintUnformatted(d->root);
	enum vg_rc rc = VG_OK;

	if (printed != NULL)
		vg_buf_str(out, printed);
	if (printed == NULL || out->failed)
		rc = vg_err_set(err, VG_FATAL, "alert: out of memory");
	cJSON_free(printed);
	cJSON_Delete(d->root);
	return rc;
}

enum vg_rc vg_alert_doc(struct vg_buf *out, const struct vg_alert *a,
			const struct vg_doc_place *at, struct vg_err *err)
{
	struct doc d = {.root = cJSON_CreateObject(), .a = a, .at = at};

	note(&d, d.root);
	if (!d.failed) {
		add_head(&d);
		add_values(&d);
		add_rows(&d);
		add_partners(&d);
		add_seen_by(&d);
		add_tip(&d);
		add_foot(&d);
	}
	return finish(&d, out, err);
}

enum vg_rc vg_alert_history(struct vg_buf *out, const struct vg_alert *a,
			    const char *change, struct vg_err *err)
{
	struct doc d = {.root = cJSON_CreateObject(), .a = a};

	note(&d, d.root);
	if (!d.failed) {
		text(&d, d.root, "change", change);
		instant(&d, d.root, "at", a->updated_ms);
		instant(&d, d.root, "start", a->start_ms);
		end(&d, d.root);
		note(&d, cJSON_AddNumberToObject(d.root, "peak", a->peak));
		number(&d, d.root, "rows", (int64_t)a->n_row);
		number(&d, d.root, "revision", a->revision);
		if (strcmp(change, "revised") == 0)
			number(&d, d.root, "late_by_ms", a->late_by_ms);
		if (a->merged_into[0] != '\0')
			text(&d, d.root, "merged_into", a->merged_into);
	}
	return finish(&d, out, err);
}
