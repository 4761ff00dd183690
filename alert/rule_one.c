/* A rule as its map says it: what all rules have, and then its kind. */
#include "alert/own_scope.h"
#include "alert/rule_judge.h"
#include "alert/rule_kinds.h"

#include <stdio.h>

static enum vg_rc read_id(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc =
		vg_rule_need(in, "id", "id: cross-border-actor", &n, err);

	if (rc != VG_OK)
		return rc;
	const char *of = in->own != NULL ? in->own->prefix : "";
	size_t most = in->own != NULL ? VG_OWN_ID_MAX : sizeof in->rule->id - 1;
	if (n->type != VG_YAML_SCALAR || n->text_len < 1 ||
	    n->text_len > most ||
	    strspn(n->text, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
		    n->text_len)
		return vg_yaml_fail(in->y, n, err,
				    "`id` must be 1 to %zu of a-z, 0-9 and -",
				    most);
	/* No file can name what an owner's prefix begins: it has a dot. */
	(void)snprintf(in->rule->id, sizeof in->rule->id, "%s%s", of, n->text);
	return VG_OK;
}

static enum vg_rc read_title(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc =
		vg_rule_need(in, "title", "title: what it means", &n, err);

	if (rc != VG_OK)
		return rc;
	if (n->type != VG_YAML_SCALAR || n->text_len < 1 || n->text_len > 256)
		return vg_yaml_fail(in->y, n, err,
				    "`title` must be 1 to 256 bytes of text");
	memcpy(in->rule->title, n->text, n->text_len + 1);
	return VG_OK;
}

static enum vg_rc read_group(struct vg_rule_input *in, struct vg_err *err)
{
	struct vg_rule *r = in->rule;
	const struct vg_yaml_node *n = NULL;
	enum vg_rc rc =
		vg_rule_need(in, "group_by", "group_by: [actor]", &n, err);

	if (rc == VG_OK &&
	    (n->type != VG_YAML_LIST || n->count > VG_TRACK_GROUP_MAX))
		rc = vg_yaml_fail(in->y, n, err,
				  "`group_by` must be a list of at most %d "
				  "fields; write [actor]",
				  (int)VG_TRACK_GROUP_MAX);
	if (rc != VG_OK)
		return rc;
	for (const struct vg_yaml_node *f = n->child; f != NULL; f = f->next) {
		struct vg_slice *name = &r->group[r->n_group];

		rc = vg_rule_field(in, f, f->text, name, err);
		if (rc != VG_OK)
			return rc;
		for (unsigned i = 0; i < r->n_group; i++)
			if (vg_slice_eq(r->group[i], *name))
				return vg_yaml_fail(in->y, f, err,
						    "`%.64s` is in group_by "
						    "twice; remove one",
						    f->text);
		r->group_ref[r->n_group] = vg_rule_ref(in, *name);
		r->n_group++;
	}
	return VG_OK;
}

static const int64_t day_ms = 86400000;

static enum vg_rc read_window(struct vg_rule_input *in, const char *key,
			      int64_t most_ms, struct vg_err *err)
{
	const int64_t window[2] = {1, most_ms};
	const struct vg_yaml_node *n = NULL;
	char form[32];

	snprintf(form, sizeof form, "%s: 6h", key);
	enum vg_rc rc = vg_rule_need(in, key, form, &n, err);
	if (rc == VG_OK)
		rc = vg_rule_duration(in->y, n, window, &in->rule->window_ms,
				      err);
	in->rule->resolve_after_ms = in->rule->window_ms;
	return rc;
}

/* resolve_after, for and keep_firing, where they are given. */
static enum vg_rc read_times(struct vg_rule_input *in, struct vg_err *err)
{
	const int64_t range[2] = {0, 366 * day_ms};
	struct vg_rule *r = in->rule;
	const struct {
		const char *key;
		int64_t *out;
	} time[] = {{"resolve_after", &r->resolve_after_ms},
		    {"for", &r->for_ms},
		    {"keep_firing", &r->keep_firing_ms}};
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < sizeof time / sizeof time[0]; i++) {
		const struct vg_yaml_node *n =
			vg_yaml_get(in->node, time[i].key);

		if (n != NULL && rc == VG_OK)
			rc = vg_rule_duration(in->y, n, range, time[i].out,
					      err);
	}
	return rc;
}

static enum vg_rc read_shadow(const struct vg_rule_input *in,
			      struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, "shadow");

	return n == NULL ? VG_OK
			 : vg_rule_bool(in->y, n, "shadow", &in->rule->shadow,
					err);
}

static enum vg_rc read_severity(struct vg_rule_input *in, struct vg_err *err)
{
	const int64_t range[2] = {1, 10};
	const struct vg_yaml_node *n = NULL;
	int64_t v = 0;
	enum vg_rc rc = vg_rule_need(in, "severity", "severity: 8", &n, err);

	if (rc == VG_OK)
		rc = vg_rule_int(in->y, n, range, &v, err);
	if (rc == VG_OK)
		in->rule->severity = (int)v;
	return rc;
}

static bool is_text_list(const struct vg_yaml_node *n)
{
	if (n->type == VG_YAML_SCALAR)
		return n->text_len <= VG_RULE_TEXT_MAX;
	if (n->type != VG_YAML_LIST || n->count > VG_RULE_LIST_MAX)
		return false;
	for (const struct vg_yaml_node *c = n->child; c != NULL; c = c->next)
		if (c->type != VG_YAML_SCALAR)
			return false;
	return true;
}

/* What people read in the file alone: only its form is checked; and whether it
 * is on trial. */
static enum vg_rc check_notes(const struct vg_rule_input *in,
			      struct vg_err *err)
{
	static const char *const notes[] = {"description", "tags", "references",
					    "false_positives"};

	for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
		const struct vg_yaml_node *n = vg_yaml_get(in->node, notes[i]);

		if (n != NULL && !is_text_list(n))
			return vg_yaml_fail(in->y, n, err,
					    "`%s` must be text or a list of "
					    "texts",
					    notes[i]);
	}
	return read_shadow(in, err);
}

/* For people, and for the hash. */
static enum vg_rc print_texts(struct vg_rule_input *in, struct vg_err *err)
{
	enum vg_rc rc = vg_rule_source(in, err);

	return rc == VG_OK ? vg_rule_hash(in, err) : rc;
}

enum vg_rc vg_rule_read(struct vg_rule_input *in, struct vg_err *err)
{
	const struct vg_rule_kind *kind = NULL;
	enum vg_rc rc = vg_rule_kind_of(in, &kind, err);

	if (rc == VG_OK)
		rc = vg_rule_kind_keys(in, kind, err);
	if (rc == VG_OK)
		rc = read_id(in, err);
	if (rc == VG_OK)
		rc = read_title(in, err);
	if (rc == VG_OK)
		rc = read_group(in, err);
	if (rc == VG_OK)
		rc = read_window(in, kind->window, kind->longest_days * day_ms,
				 err);
	if (rc == VG_OK)
		rc = read_times(in, err);
	if (rc == VG_OK)
		rc = read_severity(in, err);
	if (rc == VG_OK)
		rc = check_notes(in, err);
	if (rc == VG_OK)
		rc = kind->read(in, err);
	if (rc == VG_OK)
		vg_rule_judge(in);
	if (rc == VG_OK && in->rule->n_condition == 0 && !in->offline)
		rc = vg_rule_add_tracks(in, err);
	return rc == VG_OK ? print_texts(in, err) : rc;
}
