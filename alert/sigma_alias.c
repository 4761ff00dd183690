/* Names that a Sigma correlation groups by or counts, and what they stand for:
 * its aliases, and fields that have two names. */
#include "aggregate/match.h"
#include "alert/sigma_names.h"
#include "alert/sigma_parts.h"

#include <assert.h>

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

static const struct vg_yaml_node *find_alias(const struct vg_sigma_rule *r,
					     const char *name)
{
	return vg_yaml_get(vg_yaml_get(r->doc->correlation, "aliases"), name);
}

/* Which rule of the correlation a member of an alias is for. */
static enum vg_rc find_rule(const struct vg_sigma_rule *r,
			    const struct vg_yaml_node *n, unsigned *out,
			    struct vg_err *err)
{
	const struct vg_sigma_doc *d = vg_sigma_find(r->s, n->key);

	for (*out = 0; *out < r->n_of; ++*out)
		if (r->of[*out] == d)
			return VG_OK;
	return vg_sigma_fail(r->doc, n, err,
			     "`%.64s` is not among the `rules` of this "
			     "correlation",
			     n->key);
}

static enum vg_rc check_one(const struct vg_sigma_rule *r,
			    const struct vg_yaml_node *alias,
			    struct vg_err *err)
{
	unsigned of;
	enum vg_rc rc = VG_OK;

	if (alias->type != VG_YAML_MAP || alias->count == 0)
		return vg_sigma_fail(r->doc, alias, err,
				     "an alias must be a map of rules to "
				     "fields");
	if (vg_field_ref(vg_slice_of(alias->key)).canonical >= 0)
		return vg_sigma_fail(r->doc, alias, err,
				     "alias `%.64s` is called like a field of "
				     "the event format; rename it",
				     alias->key);
	for (const struct vg_yaml_node *n = alias->child;
	     n != NULL && rc == VG_OK; n = n->next) {
		rc = find_rule(r, n, &of, err);
		if (rc == VG_OK &&
		    (n->type != VG_YAML_SCALAR || n->text_len == 0))
			rc = vg_sigma_fail(r->doc, n, err,
					   "here must be the name of a field");
	}
	for (unsigned i = 0; i < r->n_of && rc == VG_OK; i++) {
		const struct vg_yaml_node *n = alias->child;

		while (n != NULL && vg_sigma_find(r->s, n->key) != r->of[i])
			n = n->next;
		if (n == NULL)
			rc = vg_sigma_fail(r->doc, alias, err,
					   "alias `%.64s` says nothing of rule "
					   "`%s`; add its field",
					   alias->key, r->of[i]->id);
	}
	return rc;
}

enum vg_rc vg_sigma_check_aliases(const struct vg_sigma_rule *r,
				  struct vg_err *err)
{
	const struct vg_yaml_node *map =
		vg_yaml_get(r->doc->correlation, "aliases");
	enum vg_rc rc = VG_OK;

	if (map == NULL)
		return VG_OK;
	if (map->type != VG_YAML_MAP)
		return vg_sigma_fail(r->doc, map, err,
				     "`aliases` must be a map of maps");
	for (const struct vg_yaml_node *n = map->child;
	     n != NULL && rc == VG_OK; n = n->next)
		rc = check_one(r, n, err);
	return rc;
}

static enum vg_rc add_field(const struct vg_sigma_rule *r,
			    struct vg_field_alias *a,
			    const struct vg_yaml_node *n, const char *text,
			    const struct vg_match *when, struct vg_err *err)
{
	const char *names[2] = {text, vg_sigma_other_name(vg_slice_of(text))};
	struct vg_slice name = {0};
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < 2 && names[i] != NULL && rc == VG_OK; i++) {
		if (a->n == VG_ALIAS_MAX)
			return vg_sigma_fail(r->doc, n, err,
					     "the alias stands for more than "
					     "%d fields",
					     (int)VG_ALIAS_MAX);
		rc = vg_rule_field(r->in, n, names[i], &name, err);
		if (rc == VG_OK) {
			a->of[a->n].when = when;
			a->of[a->n++].field = vg_field_ref(name);
		}
	}
	return rc;
}

/* What finds the events of one rule, kept by the set of rules. */
static enum vg_rc find_when(const struct vg_sigma_rule *r,
			    const struct vg_sigma_doc *of,
			    const struct vg_match **out, struct vg_err *err)
{
	struct vg_match *m = NULL;
	enum vg_rc rc = vg_match_new(&m, err);

	if (rc == VG_OK)
		rc = vg_sigma_detect(r->in, m, of, err);
	if (rc != VG_OK) {
		vg_match_free(m);
		return rc;
	}
	*out = m;
	return vg_rules_keep(r->in->set, m, err);
}

static enum vg_rc add_members(const struct vg_sigma_rule *r,
			      struct vg_field_alias *a,
			      const struct vg_yaml_node *alias,
			      struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (const struct vg_yaml_node *n = alias->child;
	     n != NULL && rc == VG_OK; n = n->next) {
		const struct vg_match *when = NULL;
		unsigned of = 0;

		rc = find_rule(r, n, &of, err);
		/* Alerts have the fields that their rule groups by. */
		if (rc != VG_OK || r->of[of]->detection == NULL)
			continue;
		if (r->n_of > 1)
			rc = find_when(r, r->of[of], &when, err);
		if (rc == VG_OK)
			rc = add_field(r, a, n, n->text, when, err);
	}
	return rc;
}

enum vg_rc vg_sigma_alias(struct vg_sigma_rule *r, const struct vg_yaml_node *n,
			  const char *name, struct vg_err *err)
{
	const struct vg_yaml_node *alias = find_alias(r, name);
	struct vg_field_alias *a = NULL;
	struct vg_slice copy = {0};
	enum vg_rc rc;

	if (alias == NULL && vg_sigma_other_name(vg_slice_of(name)) == NULL)
		return VG_OK;
	for (unsigned i = 0; i < r->n_alias; i++)
		if (vg_slice_eq(r->alias[i].name, vg_slice_of(name)))
			return VG_OK;
	if (r->n_alias == VG_SIGMA_ALIASES_MAX)
		return vg_sigma_fail(r->doc, n, err,
				     "the correlation names too many fields");
	rc = vg_rule_field(r->in, n, name, &copy, err);
	if (rc != VG_OK)
		return rc;
	a = vg_arena_alloc(r->in->arena, sizeof *a);
	if (a == NULL)
		return no_memory(err);
	memset(a, 0, sizeof *a);
	rc = alias != NULL ? add_members(r, a, alias, err)
			   : add_field(r, a, n, name, NULL, err);
	if (rc == VG_OK)
		r->alias[r->n_alias++] = (struct vg_rule_alias){copy, a};
	return rc;
}
