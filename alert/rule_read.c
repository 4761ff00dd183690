#include "alert/rule_read.h"

#include "alert/rule_warn.h"
#include "alert/sigma.h"
#include "core/limits.h"
#include "core/near.h"
#include "core/timefmt.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *nearest(const char *word, const char *const *known, size_t n)
{
	struct vg_near near = vg_near_to(vg_slice_of(word));
	const char *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (vg_near_is(&near, vg_slice_of(known[i])))
			best = known[i];
	return best;
}

static bool is_among(const char *word, const char *const *known, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, known[i]) == 0)
			return true;
	return false;
}

enum vg_rc vg_rule_keys(const struct vg_yaml *y, const struct vg_yaml_node *n,
			const char *const *known, size_t n_known,
			struct vg_err *err)
{
	assert(n->type == VG_YAML_MAP);
	for (const struct vg_yaml_node *c = n->child; c != NULL; c = c->next) {
		if (is_among(c->key, known, n_known))
			continue;
		const char *near = nearest(c->key, known, n_known);
		if (near != NULL)
			return vg_yaml_fail(y, c, err,
					    "unknown key `%.32s`; did you mean "
					    "`%s`?",
					    c->key, near);
		return vg_yaml_fail(y, c, err,
				    "unknown key `%.32s`; remove it, or see "
				    "docs/rules.md for those there are",
				    c->key);
	}
	return VG_OK;
}

enum vg_rc vg_rule_need(const struct vg_rule_input *in, const char *key,
			const char *form, const struct vg_yaml_node **out,
			struct vg_err *err)
{
	const struct vg_yaml_node *n = vg_yaml_get(in->node, key);

	if (n == NULL)
		return vg_yaml_fail(in->y, in->node, err,
				    "the rule has no `%s`; add `%s`", key,
				    form);
	*out = n;
	return VG_OK;
}

enum vg_rc vg_rule_int(const struct vg_yaml *y, const struct vg_yaml_node *n,
		       const int64_t low_high[2], int64_t *out,
		       struct vg_err *err)
{
	char *end = NULL;
	long long v = 0;

	errno = 0;
	if (n->type == VG_YAML_SCALAR && n->text_len > 0)
		v = strtoll(n->text, &end, 10);
	if (end == NULL || *end != '\0' || errno != 0 || v < low_high[0] ||
	    v > low_high[1])
		return vg_yaml_fail(y, n, err,
				    "`%s` must be a whole number from "
				    "%" PRId64 " to %" PRId64,
				    n->key != NULL ? n->key : "value",
				    low_high[0], low_high[1]);
	*out = v;
	return VG_OK;
}

enum vg_rc vg_rule_duration(const struct vg_yaml *y,
			    const struct vg_yaml_node *n,
			    const int64_t low_high[2], int64_t *out,
			    struct vg_err *err)
{
	char low[VG_TIME_TEXT], high[VG_TIME_TEXT];
	int64_t v = 0;

	if (n->type == VG_YAML_SCALAR &&
	    vg_duration_parse((struct vg_slice){n->text, (uint32_t)n->text_len},
			      &v) &&
	    v >= low_high[0] && v <= low_high[1]) {
		*out = v;
		return VG_OK;
	}
	vg_duration_print(low, low_high[0]);
	vg_duration_print(high, low_high[1]);
	return vg_yaml_fail(y, n, err,
			    "`%s` must be a duration from %s to %s; write it "
			    "as 90s, 10m, 6h or 7d",
			    n->key != NULL ? n->key : "value", low, high);
}

/* YAML has already seen to it that the text is UTF-8. */
static bool is_name(const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n > VG_FIELD_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			return false;
	return true;
}

/* Any name may be one of `fields`, so that a slip of the pen is legal too. */
static void warn_of_a_slip(const struct vg_rule_input *in,
			   const struct vg_yaml_node *n, struct vg_slice name)
{
	const char *near = vg_field_nearest(name);

	if (near != NULL && vg_rule_ref(in, name).alias == NULL)
		vg_rule_warn(in, n,
			     "`%.*s` is read from `fields`; write `%s` when "
			     "that is meant, else `fields.%.*s`",
			     (int)name.n, name.p, near, (int)name.n, name.p);
}

enum vg_rc vg_rule_field(const struct vg_rule_input *in,
			 const struct vg_yaml_node *n, const char *text,
			 struct vg_slice *out, struct vg_err *err)
{
	if (text == NULL || !is_name(text))
		return vg_yaml_fail(in->y, n, err,
				    "a field's name must be 1 to %d bytes "
				    "without spaces",
				    (int)VG_FIELD_NAME_MAX);
	char *copy = vg_arena_copy(in->arena, text, strlen(text));
	if (copy == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	*out = vg_slice_of(copy);
	warn_of_a_slip(in, n, *out);
	return VG_OK;
}

struct vg_field_ref vg_rule_ref(const struct vg_rule_input *in,
				struct vg_slice name)
{
	for (unsigned i = 0; i < in->n_alias; i++)
		if (vg_slice_eq(in->alias[i].name, name))
			return (struct vg_field_ref){.canonical = -1,
						     .name = name,
						     .alias = in->alias[i].of};
	return vg_field_ref(name);
}

enum vg_rc vg_rule_bool(const struct vg_yaml *y, const struct vg_yaml_node *n,
			const char *name, bool *out, struct vg_err *err)
{
	if (n->type != VG_YAML_SCALAR ||
	    (strcmp(n->text, "true") != 0 && strcmp(n->text, "false") != 0))
		return vg_yaml_fail(y, n, err, "`%s` must be true or false",
				    name);
	*out = n->text[0] == 't';
	return VG_OK;
}
