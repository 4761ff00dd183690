#include "alert/rule_ops.h"

#include "aggregate/match.h"
#include "alert/own_scope.h"
#include "alert/rule_list.h"
#include "alert/rule_names.h"

#include <math.h>
#include <stdlib.h>

/* What add_patterns() reads beside enum vg_glob_form. */
enum { NETS = VG_GLOB_CONTAINS + 1, REGEXES };

/* One operator of one field, as it is read. */
struct op_input {
	const struct vg_rule_input *in;
	struct vg_match *m;
	struct vg_slice field;
	const struct vg_yaml_node *arg;
	int how; /* of the operator's row */
	bool ignore_case;
};

enum vg_rc vg_rule_placed(const struct vg_rule_input *in,
			  const struct vg_yaml_node *n, enum vg_rc rc,
			  const struct vg_err *why, struct vg_err *err)
{
	if (rc == VG_OK)
		return VG_OK;
	if (rc == VG_INVAL)
		return vg_yaml_fail(in->y, n, err, "%.180s", why->text);
	return vg_err_set(err, rc, "%s", why->text);
}

static enum vg_rc placed(const struct op_input *o, enum vg_rc rc,
			 const struct vg_err *why, struct vg_err *err)
{
	return vg_rule_placed(o->in, o->arg, rc, why, err);
}

static bool is_number(const struct vg_yaml_node *n, double *out)
{
	char *end = NULL;

	if (n->type != VG_YAML_SCALAR || n->text_len == 0)
		return false;
	*out = strtod(n->text, &end);
	return *end == '\0' && isfinite(*out);
}

static enum vg_rc add_bound(const struct op_input *o, enum vg_match_op op,
			    const struct vg_yaml_node *arg, struct vg_err *err)
{
	struct vg_err why = {0};
	double bound = 0;

	if (!is_number(arg, &bound))
		return vg_yaml_fail(o->in->y, arg, err, "`%s` must be a number",
				    arg->key != NULL ? arg->key : o->arg->key);
	return placed(o, vg_match_add_bound(o->m, o->field, op, bound, &why),
		      &why, err);
}

/* The texts of a scalar or a list of them; freed by the caller. */
static enum vg_rc read_texts(const struct op_input *o, bool are_names,
			     struct vg_slice **out, size_t *n,
			     struct vg_err *err)
{
	const struct vg_yaml_node *arg = o->arg, *c = arg;
	size_t count = 1;

	if (arg->type == VG_YAML_LIST) {
		count = arg->count;
		c = arg->child;
	}
	if (count == 0 || count > VG_RULE_LIST_MAX)
		return vg_yaml_fail(o->in->y, arg, err,
				    "`%.64s` must list 1 to %d values",
				    arg->key, (int)VG_RULE_LIST_MAX);
	struct vg_slice *text = calloc(count, sizeof *text);
	if (text == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	for (*n = 0; c != NULL && *n < count; c = c->next, (*n)++) {
		struct vg_slice t = {c->text, (uint32_t)c->text_len};

		if (c->type != VG_YAML_SCALAR || c->text_len == 0) {
			free(text);
			return vg_yaml_fail(o->in->y, c, err,
					    "a value to match must be a word "
					    "or a number, and not empty; "
					    "{exists: false} is a missing one");
		}
		text[*n] = are_names ? vg_rule_name(o->in, c, o->field, t) : t;
	}
	*out = text;
	return VG_OK;
}

/* Networks, regular expressions, or patterns of the form that o->how is. */
static enum vg_rc add_patterns(const struct op_input *o, struct vg_err *err)
{
	struct vg_match_texts texts = {.ignore_case = o->ignore_case};
	struct vg_slice *text = NULL;
	struct vg_err why = {0};
	bool are_names = o->how == VG_GLOB_WHOLE;
	enum vg_rc rc = read_texts(o, are_names, &text, &texts.n, err);

	if (rc != VG_OK)
		return rc;
	texts.text = text;
	if (o->how == NETS)
		rc = vg_match_add_nets(o->m, o->field, &texts, &why);
	else if (o->how == REGEXES)
		rc = vg_match_add_regexes(o->m, o->field, &texts, &why);
	else
		rc = vg_match_add_globs(o->m, o->field,
					(enum vg_glob_form)o->how, &texts,
					&why);
	free(text);
	return placed(o, rc, &why, err);
}

static enum vg_rc add_in(const struct op_input *o, struct vg_err *err)
{
	struct vg_slice *text = NULL;
	struct vg_err why = {0};
	size_t n = 0;
	enum vg_rc rc;

	if (o->ignore_case) {
		struct op_input whole = *o;

		whole.how = VG_GLOB_WHOLE;
		return add_patterns(&whole, err);
	}
	rc = read_texts(o, true, &text, &n, err);
	if (rc != VG_OK)
		return rc;
	rc = placed(o, vg_match_add_values(o->m, o->field, text, n, &why), &why,
		    err);
	free(text);
	return rc;
}

/* The field is there, and no value of it passes `add`. */
static enum vg_rc add_none(const struct op_input *o,
			   enum vg_rc (*add)(const struct op_input *o,
					     struct vg_err *err),
			   struct vg_err *err)
{
	struct vg_err why = {0};
	enum vg_rc rc = vg_match_add_exists(o->m, o->field, &why);

	if (rc == VG_OK)
		rc = vg_match_open(o->m, VG_MATCH_NOT, &why);
	if (rc != VG_OK)
		return placed(o, rc, &why, err);
	rc = add(o, err);
	if (rc == VG_OK)
		vg_match_close(o->m);
	return rc;
}

static enum vg_rc add_not_in(const struct op_input *o, struct vg_err *err)
{
	return add_none(o, add_in, err);
}

/* A number that is written as one is compared as one. */
static bool is_plain_number(const struct op_input *o)
{
	double v;

	return !o->arg->quoted && is_number(o->arg, &v);
}

static enum vg_rc add_eq(const struct op_input *o, struct vg_err *err)
{
	return is_plain_number(o) ? add_bound(o, VG_OP_EQ, o->arg, err)
				  : add_in(o, err);
}

static enum vg_rc add_neq(const struct op_input *o, struct vg_err *err)
{
	return is_plain_number(o) ? add_bound(o, VG_OP_NEQ, o->arg, err)
				  : add_not_in(o, err);
}

static enum vg_rc add_compare(const struct op_input *o, struct vg_err *err)
{
	return add_bound(o, (enum vg_match_op)o->how, o->arg, err);
}

/* range: [1, 1023], both ends with it */
static enum vg_rc add_range(const struct op_input *o, struct vg_err *err)
{
	const struct vg_yaml_node *low = o->arg->child;
	double a = 0, b = 0;

	if (o->arg->type != VG_YAML_LIST || o->arg->count != 2 ||
	    !is_number(low, &a) || !is_number(low->next, &b) || a > b)
		return vg_yaml_fail(o->in->y, o->arg, err,
				    "`range` must be [lowest, highest]");
	enum vg_rc rc = add_bound(o, VG_OP_GTE, low, err);
	return rc == VG_OK ? add_bound(o, VG_OP_LTE, low->next, err) : rc;
}

static enum vg_rc add_in_file(const struct op_input *o, struct vg_err *err)
{
	struct vg_value_list *list = NULL;
	struct vg_err why = {0};
	enum vg_rc rc = vg_rule_list(o->in, o->arg, o->field, &list, err);

	if (rc != VG_OK)
		return rc;
	return placed(o, vg_match_add_list(o->m, o->field, list, &why), &why,
		      err);
}

static enum vg_rc add_not_in_file(const struct op_input *o, struct vg_err *err)
{
	return add_none(o, add_in_file, err);
}

static enum vg_rc add_in_watchlist(const struct op_input *o, struct vg_err *err)
{
	struct vg_value_list *list = NULL;
	struct vg_err why = {0};
	enum vg_rc rc = vg_own_watchlist(o->in, o->arg, &list, err);

	if (rc != VG_OK)
		return rc;
	return placed(o, vg_match_add_list(o->m, o->field, list, &why), &why,
		      err);
}

static enum vg_rc add_not_in_watchlist(const struct op_input *o,
				       struct vg_err *err)
{
	return add_none(o, add_in_watchlist, err);
}

static bool is_word(const struct vg_yaml_node *n, const char *word)
{
	return n->type == VG_YAML_SCALAR && strcmp(n->text, word) == 0;
}

static enum vg_rc read_bool(const struct vg_rule_input *in,
			    const struct vg_yaml_node *n, bool *out,
			    struct vg_err *err)
{
	*out = is_word(n, "true");
	if (*out || is_word(n, "false"))
		return VG_OK;
	return vg_yaml_fail(in->y, n, err, "`%s` must be true or false",
			    n->key);
}

static enum vg_rc add_exists(const struct op_input *o, struct vg_err *err)
{
	struct vg_err why = {0};
	bool is_there = false;
	enum vg_rc rc = read_bool(o->in, o->arg, &is_there, err);

	if (rc != VG_OK)
		return rc;
	if (!is_there)
		rc = vg_match_open(o->m, VG_MATCH_NOT, &why);
	if (rc == VG_OK)
		rc = vg_match_add_exists(o->m, o->field, &why);
	if (rc == VG_OK && !is_there)
		vg_match_close(o->m);
	return placed(o, rc, &why, err);
}

static const struct {
	const char *name;
	enum vg_rc (*add)(const struct op_input *o, struct vg_err *err);
	int how;
} row[] = {
	{"gt", add_compare, VG_OP_GT},
	{"gte", add_compare, VG_OP_GTE},
	{"lt", add_compare, VG_OP_LT},
	{"lte", add_compare, VG_OP_LTE},
	{"eq", add_eq, 0},
	{"neq", add_neq, 0},
	{"range", add_range, 0},
	{"in", add_in, 0},
	{"not_in", add_not_in, 0},
	{"in_file", add_in_file, 0},
	{"not_in_file", add_not_in_file, 0},
	{"in_watchlist", add_in_watchlist, 0},
	{"not_in_watchlist", add_not_in_watchlist, 0},
	{"cidr", add_patterns, NETS},
	{"prefix", add_patterns, VG_GLOB_PREFIX},
	{"suffix", add_patterns, VG_GLOB_SUFFIX},
	{"contains", add_patterns, VG_GLOB_CONTAINS},
	{"wildcard", add_patterns, VG_GLOB_WILDCARD},
	{"regex", add_patterns, REGEXES},
	{"exists", add_exists, 0},
};

enum { OPERATORS = sizeof row / sizeof row[0] };

static enum vg_rc check_keys(const struct vg_rule_input *in,
			     const struct vg_yaml_node *test,
			     struct vg_err *err)
{
	const char *known[OPERATORS + 1];

	for (size_t i = 0; i < OPERATORS; i++)
		known[i] = row[i].name;
	known[OPERATORS] = "ignore_case";
	return vg_rule_keys(in->y, test, known, OPERATORS + 1, err);
}

static enum vg_rc read_operators(struct op_input *o,
				 const struct vg_yaml_node *test,
				 struct vg_err *err)
{
	const struct vg_yaml_node *fold = vg_yaml_get(test, "ignore_case");
	enum vg_rc rc = check_keys(o->in, test, err);

	if (rc == VG_OK && test->count == (fold != NULL))
		rc = vg_yaml_fail(o->in->y, test, err,
				  "`%.64s` tests nothing; write {gte: 40}",
				  test->key);
	if (rc == VG_OK && fold != NULL)
		rc = read_bool(o->in, fold, &o->ignore_case, err);
	for (size_t i = 0; i < OPERATORS && rc == VG_OK; i++) {
		o->arg = vg_yaml_get(test, row[i].name);
		o->how = row[i].how;
		if (o->arg != NULL)
			rc = row[i].add(o, err);
	}
	return rc;
}

enum vg_rc vg_rule_test(const struct vg_rule_input *in,
			const struct vg_yaml_node *test, struct vg_match *m,
			struct vg_err *err)
{
	struct op_input o = {.in = in, .m = m, .arg = test};
	enum vg_rc rc = vg_rule_field(in, test, test->key, &o.field, err);

	if (rc != VG_OK)
		return rc;
	if (test->type == VG_YAML_MAP)
		return read_operators(&o, test, err);
	return add_in(&o, err);
}
