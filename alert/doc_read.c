/*
 * The reading half of alert_doc: what a restarted evaluator needs to go on
 * with its alerts, and no more than it checks.
 */
#include "aggregate/keys.h"
#include "alert/alert_doc.h"
#include "alert/episodes.h"
#include "alert/release.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

static const char *text_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(m) ? m->valuestring : NULL;
}

static bool take_time(const cJSON *o, const char *name, int64_t *out)
{
	const char *s = text_of(o, name);

	return s != NULL && vg_time_parse(vg_slice_of(s), out);
}

static bool take_end(const cJSON *root, int64_t *out)
{
	*out = VG_EPISODE_OPEN;
	return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(root, "end")) ||
	       take_time(root, "end", out);
}

static bool take_double(const cJSON *o, const char *name, double *out)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	*out = cJSON_IsNumber(m) ? m->valuedouble : 0;
	return cJSON_IsNumber(m);
}

static bool take_number(const cJSON *o, const char *name, int64_t *out)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	if (!cJSON_IsNumber(m) || m->valuedouble < 0 ||
	    m->valuedouble > 9007199254740992.0)
		return false;
	*out = (int64_t)m->valuedouble;
	return true;
}

/* Copy a text member to `out`; false when absent or too long. */
static bool take_text(const cJSON *o, const char *name, char *out, size_t cap)
{
	const char *s = text_of(o, name);

	return s != NULL && snprintf(out, cap, "%s", s) < (int)cap;
}

static bool take_group(const cJSON *root, const struct vg_rule *r,
		       struct vg_buf *out)
{
	const cJSON *g = cJSON_GetObjectItemCaseSensitive(root, "group");

	for (unsigned i = 0; i < r->n_group; i++) {
		const char *value = text_of(g, r->group[i].p);

		if (value == NULL || value[0] == '\0')
			return false;
		vg_field_pack(out, vg_slice_of(value));
	}
	return cJSON_IsObject(g) && !out->failed;
}

static int condition_of(const struct vg_rule *r, const char *field)
{
	for (unsigned c = 0; field != NULL && c < r->n_condition; c++)
		if (strcmp(r->condition[c].field.p, field) == 0)
			return (int)c;
	return -1;
}

/* Field, value and partner of a row or a tipping event; false when one of them
 * is no longer known. The value stays the document's. */
static bool take_seen(const cJSON *o, const struct vg_rule *r,
		      const struct vg_config *cfg, struct vg_seen *out)
{
	const char *value = text_of(o, "value"), *id = text_of(o, "partner");
	int condition = condition_of(r, text_of(o, "field"));
	const struct vg_partner *p =
		id != NULL ? vg_config_partner(cfg, vg_slice_of(id)) : NULL;

	if (value == NULL || p == NULL || condition < 0)
		return false;
	out->value = (char *)(uintptr_t)value;
	out->partner = p->slot;
	out->condition = (uint32_t)condition;
	return true;
}

/* Who sees all of a partner's rows: nobody, where it does not say. */
static void take_seen_by(const cJSON *root, const struct vg_config *cfg,
			 uint64_t seen_by[64])
{
	const cJSON *o = NULL;

	cJSON_ArrayForEach(o,
			   cJSON_GetObjectItemCaseSensitive(root, "_seen_by"))
	{
		const struct vg_partner *p =
			vg_config_partner(cfg, vg_slice_of(o->string));

		if (p != NULL && cJSON_IsString(o))
			seen_by[p->slot] = strtoull(o->valuestring, NULL, 16);
	}
}

static bool take_rows(const cJSON *root, const struct vg_rule *r,
		      const struct vg_config *cfg, struct vg_alert *a)
{
	uint64_t seen_by[64] = {0};
	const cJSON *rows =
		cJSON_GetObjectItemCaseSensitive(root, "first_seen");
	const cJSON *o = NULL;

	take_seen_by(root, cfg, seen_by);
	cJSON_ArrayForEach(o, rows)
	{
		struct vg_seen s = {0};

		if (!take_seen(o, r, cfg, &s) ||
		    !take_time(o, "first", &s.first_ms) ||
		    !take_time(o, "last", &s.last_ms))
			continue;
		s.seen_by = seen_by[s.partner];
		if (!vg_alert_add(a, &s))
			return false;
	}
	vg_alert_settle_rows(a);
	return true;
}

static bool take_tip(const cJSON *root, const struct vg_rule *r,
		     const struct vg_config *cfg, struct vg_alert *a)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "tipping");
	struct vg_seen s = {0};

	if (!take_seen(o, r, cfg, &s) || !take_time(o, "time", &s.first_ms))
		return true;
	s.last_ms = s.first_ms;
	return vg_alert_tip(a, &s);
}

static void take_without(const cJSON *root, const struct vg_config *cfg,
			 struct vg_alert *a)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "without");
	const cJSON *o = NULL;

	cJSON_ArrayForEach(o, list)
	{
		const char *id = text_of(o, "partner");
		const struct vg_partner *p =
			id != NULL ? vg_config_partner(cfg, vg_slice_of(id))
				   : NULL;

		if (p != NULL &&
		    cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "holds")))
			a->holds_without |= (uint64_t)1 << p->slot;
	}
}

static bool take_alert(const cJSON *root, struct vg_alert *a)
{
	const char *label = text_of(root, "marking");
	int marking = label != NULL ? vg_tlp_find(vg_slice_of(label)) : -1;

	if (marking < 0 || !take_text(root, "id", a->id, sizeof a->id) ||
	    !take_text(root, "rule_hash", a->rule_hash, sizeof a->rule_hash) ||
	    !take_time(root, "start", &a->start_ms) ||
	    !take_end(root, &a->end_ms) ||
	    !take_double(root, "peak", &a->peak) ||
	    !take_time(root, "peak_at", &a->peak_at_ms) ||
	    !take_number(root, "revision", &a->revision) ||
	    !take_time(root, "detected_at", &a->detected_ms) ||
	    !take_time(root, "updated_at", &a->updated_ms))
		return false;
	a->marking = marking;
	(void)take_number(root, "late_by_ms", &a->late_by_ms);
	int64_t omitted = 0;
	(void)take_number(root, "rows_omitted", &omitted);
	a->omitted = (size_t)omitted;
	(void)take_text(root, "merged_into", a->merged_into,
			sizeof a->merged_into);
	a->approximate = cJSON_IsTrue(
		cJSON_GetObjectItemCaseSensitive(root, "approximate"));
	a->withdrawn = cJSON_IsTrue(
		cJSON_GetObjectItemCaseSensitive(root, "withdrawn"));
	return true;
}

void vg_doc_read_term(struct vg_doc_read *d)
{
	vg_alert_free(d->alert);
	d->alert = NULL;
	vg_buf_term(&d->group);
}

enum vg_rc vg_alert_read(struct vg_doc_read *out, struct vg_slice text,
			 const struct vg_part_env *env,
			 const struct vg_rules *rules, struct vg_err *err)
{
	struct vg_doc_read d = {.alert = calloc(1, sizeof *d.alert)};
	cJSON *root = cJSON_ParseWithLength(text.p, text.n);
	const struct vg_rule *rule = NULL;
	enum vg_rc rc = VG_OK;

	if (d.alert == NULL) {
		rc = vg_err_set(err, VG_FATAL, "alert: out of memory");
		goto out;
	}
	if (vg_release_is(root) ||
	    !take_text(root, "rule", d.rule, sizeof d.rule) ||
	    !take_text(root, "class", d.class_name, sizeof d.class_name) ||
	    (rule = vg_rules_find(rules, d.rule)) == NULL ||
	    !take_group(root, rule, &d.group) || !take_alert(root, d.alert)) {
		rc = vg_err_set(err, VG_DROP, "alert: not one of these rules");
		goto out;
	}
	if (!take_rows(root, rule, env->cfg, d.alert) ||
	    !take_tip(root, rule, env->cfg, d.alert)) {
		rc = vg_err_set(err, VG_FATAL, "alert: out of memory");
		goto out;
	}
	take_without(root, env->cfg, d.alert);
	*out = d;
	memset(&d, 0, sizeof d); /* now the caller's */
out:
	cJSON_Delete(root);
	vg_doc_read_term(&d);
	return rc;
}
