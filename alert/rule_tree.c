#include "alert/rule_tree.h"

#include "alert/rule_kinds.h"

#include <assert.h>

/* What a test of a field can ask, and what else it may say. */
static const char *const test_keys[] = {
	"distinct", "sum",	 "avg",		"percentile",
	"p",	    "max_share", "independent", "min_per_value"};

enum { TEST_KEYS = sizeof test_keys / sizeof test_keys[0] };

/* A condition being read. */
struct tree {
	struct vg_rule_input *in;
	struct vg_form *form;
	const struct vg_match *match; /* of the rule */
	const struct vg_weight *weight;
	unsigned n_weight;
};

static bool is_word(const char *key, const char *const *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(key, word[i]) == 0)
			return true;
	return false;
}

static bool is_operator(const char *key)
{
	static const char *const word[] = {"all", "any", "not"};

	return is_word(key, word, 3);
}

bool vg_rule_is_tree(const struct vg_yaml_node *condition)
{
	if (condition->type != VG_YAML_MAP)
		return false;
	for (const struct vg_yaml_node *c = condition->child; c != NULL;
	     c = c->next) {
		if (is_operator(c->key) || strcmp(c->key, "events") == 0)
			return true;
		if (c->type != VG_YAML_MAP)
			continue;
		for (const struct vg_yaml_node *t = c->child; t != NULL;
		     t = t->next)
			if ((strcmp(t->key, "distinct") != 0 ||
			     t->type == VG_YAML_MAP) &&
			    is_word(t->key, test_keys, TEST_KEYS))
				return true;
	}
	return false;
}

static enum vg_rc add_node(const struct tree *t, const struct vg_yaml_node *n,
			   enum vg_node_type type, unsigned *out,
			   struct vg_err *err)
{
	if (t->form->n_node == VG_NODES_MAX)
		return vg_yaml_fail(t->in->y, n, err,
				    "the condition has more than %d parts",
				    (int)VG_NODES_MAX);
	*out = t->form->n_node++;
	t->form->node[*out] = (struct vg_node){.type = type};
	return VG_OK;
}

static enum vg_rc add_leaf(const struct tree *t, const struct vg_yaml_node *n,
			   enum vg_kind kind, unsigned *out, struct vg_err *err)
{
	struct vg_form *f = t->form;
	enum vg_rc rc = VG_OK;

	if (f->n_leaf == VG_LEAVES_MAX)
		return vg_yaml_fail(t->in->y, n, err,
				    "the condition has more than %d tests",
				    (int)VG_LEAVES_MAX);
	rc = add_node(t, n, VG_NODE_LEAF, out, err);
	if (rc != VG_OK)
		return rc;
	f->node[*out].leaf = f->n_leaf;
	f->leaf[f->n_leaf] =
		(struct vg_leaf){.kind = kind,
				 .window_ms = t->in->rule->window_ms,
				 .min_per_value = 1};
	t->in->rule->take[f->n_leaf].match = t->match;
	f->n_leaf++;
	return VG_OK;
}

/* k, as at least; or a map of bounds. */
static enum vg_rc read_test(const struct tree *t, const struct vg_yaml_node *n,
			    struct vg_bounds *out, struct vg_err *err)
{
	static const int64_t range[2] = {1, VG_RULE_K_MAX};
	int64_t k = 0;

	if (n->type == VG_YAML_MAP)
		return vg_rule_bounds(t->in->y, n, out, err);
	enum vg_rc rc = vg_rule_int(t->in->y, n, range, &k, err);
	out->used = 1u << VG_BOUND_GTE;
	out->bound[VG_BOUND_GTE] = (double)k;
	return rc;
}

static enum vg_rc read_field(const struct tree *t, const struct vg_yaml_node *n,
			     enum vg_take_what what, unsigned leaf,
			     struct vg_err *err)
{
	struct vg_take *take = &t->in->rule->take[leaf];
	struct vg_slice name = {0};
	enum vg_rc rc = vg_rule_field(t->in, n, n->key, &name, err);

	if (rc != VG_OK)
		return rc;
	take->what = what;
	take->value[0] = vg_field_ref(name);
	take->n_value = 1;
	return VG_OK;
}

/* {max_share: 0.8}: no value has more of the events. */
static enum vg_rc read_share(const struct tree *t, const struct vg_yaml_node *n,
			     struct vg_bounds *out, struct vg_err *err)
{
	static const double range[2] = {0, 1};

	out->used = 1u << VG_BOUND_LTE;
	return vg_rule_number(t->in->y, n, range, &out->bound[VG_BOUND_LTE],
			      err);
}

static enum vg_rc read_extras(const struct tree *t,
			      const struct vg_yaml_node *n,
			      struct vg_leaf *leaf, struct vg_err *err)
{
	static const int64_t counts[2] = {1, 1000000};
	static const double ranks[2] = {0, 100};
	const struct vg_yaml_node *p = vg_yaml_get(n, "p");
	const struct vg_yaml_node *least = vg_yaml_get(n, "min_per_value");
	enum vg_rc rc = VG_OK;

	leaf->percentile = 50;
	if (p != NULL && leaf->kind != VG_KIND_PERCENTILE)
		return vg_yaml_fail(t->in->y, p, err,
				    "`p` is for `percentile`");
	if (least != NULL && leaf->kind != VG_KIND_DISTINCT)
		return vg_yaml_fail(t->in->y, least, err,
				    "`min_per_value` is for `distinct`");
	if (p != NULL)
		rc = vg_rule_number(t->in->y, p, ranks, &leaf->percentile, err);
	if (rc == VG_OK && least != NULL)
		rc = vg_rule_int(t->in->y, least, counts, &leaf->min_per_value,
				 err);
	return rc;
}

/* independent: true asks for as many sources as values: what one feed says in
 * many countries, or many partners say after it, is one source. */
static enum vg_rc read_sources(const struct tree *t,
			       const struct vg_yaml_node *n, unsigned *node,
			       struct vg_err *err)
{
	const struct vg_yaml_node *word = vg_yaml_get(n, "independent");
	unsigned values = *node, sources = 0;
	const struct vg_leaf *leaf = &t->form->leaf[t->form->node[values].leaf];
	enum vg_rc rc = VG_OK;

	if (word == NULL)
		return VG_OK;
	if (word->type != VG_YAML_SCALAR || strcmp(word->text, "true") != 0 ||
	    leaf->kind != VG_KIND_DISTINCT)
		return vg_yaml_fail(t->in->y, word, err,
				    "`independent` must be true, beside "
				    "`distinct`");
	rc = add_leaf(t, n, VG_KIND_DISTINCT, &sources, err);
	if (rc == VG_OK)
		rc = add_node(t, n, VG_NODE_ALL, node, err);
	if (rc != VG_OK)
		return rc;
	unsigned at = t->form->node[sources].leaf;
	t->form->leaf[at].bounds = leaf->bounds;
	t->in->rule->take[at].what = VG_TAKE_VALUE;
	t->in->rule->take[at].value[0] = vg_field_ref(vg_slice_of("origin"));
	t->in->rule->take[at].n_value = 1;
	t->form->node[*node].first = values;
	t->form->node[values].next = sources;
	return VG_OK;
}

/* country: {distinct: 3, min_per_value: 5}: one test of one field. */
static enum vg_rc read_one(const struct tree *t, const struct vg_yaml_node *n,
			   unsigned *node, struct vg_err *err)
{
	static const struct {
		const char *key;
		enum vg_kind kind;
		enum vg_take_what what;
	} row[] = {{"distinct", VG_KIND_DISTINCT, VG_TAKE_VALUE},
		   {"max_share", VG_KIND_SHARE, VG_TAKE_VALUE},
		   {"sum", VG_KIND_SUM, VG_TAKE_NUMBER},
		   {"avg", VG_KIND_AVG, VG_TAKE_NUMBER},
		   {"percentile", VG_KIND_PERCENTILE, VG_TAKE_NUMBER}};
	enum { ROWS = sizeof row / sizeof row[0] };
	const struct vg_yaml_node *what = NULL;
	size_t at = ROWS, asked = 0;
	enum vg_rc rc = VG_OK;

	if (n->type == VG_YAML_MAP)
		rc = vg_rule_keys(t->in->y, n, test_keys, TEST_KEYS, err);
	for (size_t i = 0; i < ROWS && n->type == VG_YAML_MAP; i++) {
		if (vg_yaml_get(n, row[i].key) == NULL)
			continue;
		what = vg_yaml_get(n, row[i].key);
		at = i;
		asked++;
	}
	if (rc == VG_OK && asked != 1)
		rc = vg_yaml_fail(t->in->y, n, err,
				  "`%.64s` needs one of distinct, sum, avg, "
				  "percentile and max_share",
				  n->key);
	if (rc == VG_OK)
		rc = add_leaf(t, n, row[at].kind, node, err);
	if (rc != VG_OK)
		return rc;
	unsigned k = t->form->node[*node].leaf;
	struct vg_leaf *leaf = &t->form->leaf[k];
	rc = read_field(t, n, row[at].what, k, err);
	if (rc == VG_OK && leaf->kind == VG_KIND_SHARE)
		rc = read_share(t, what, &leaf->bounds, err);
	else if (rc == VG_OK)
		rc = read_test(t, what, &leaf->bounds, err);
	if (rc == VG_OK)
		rc = read_extras(t, n, leaf, err);
	return rc == VG_OK ? read_sources(t, n, node, err) : rc;
}

/* events: {gte: 100}: how many, each as its partner weighs. */
static enum vg_rc read_events(const struct tree *t,
			      const struct vg_yaml_node *n, unsigned *node,
			      struct vg_err *err)
{
	enum vg_kind kind = t->n_weight > 0 ? VG_KIND_SUM : VG_KIND_EVENT_COUNT;
	enum vg_rc rc = add_leaf(t, n, kind, node, err);

	if (rc != VG_OK)
		return rc;
	unsigned k = t->form->node[*node].leaf;
	vg_rule_take_weights(&t->in->rule->take[k], t->weight, t->n_weight);
	return vg_rule_bounds(t->in->y, n, &t->form->leaf[k].bounds, err);
}

static enum vg_rc read_part(const struct tree *t, const struct vg_yaml_node *n,
			    unsigned *node, struct vg_err *err);

/* Hang `child` under `node`, behind its child `last` (0: as the first). */
static void hang(struct vg_form *f, unsigned node, unsigned last,
		 unsigned child)
{
	if (last == 0)
		f->node[node].first = child;
	else
		f->node[last].next = child;
}

/* all: [...], any: [...], not: {...} */
static enum vg_rc read_operator(const struct tree *t,
				const struct vg_yaml_node *n, unsigned *node,
				struct vg_err *err)
{
	bool is_not = n->key[0] == 'n';
	enum vg_node_type type =
		is_not ? VG_NODE_NOT
		       : (n->key[1] == 'l' ? VG_NODE_ALL : VG_NODE_ANY);
	unsigned last = 0, child = 0;
	enum vg_rc rc = add_node(t, n, type, node, err);

	if (rc == VG_OK && (is_not ? n->type != VG_YAML_MAP
				   : n->type != VG_YAML_LIST || n->count == 0))
		rc = vg_yaml_fail(t->in->y, n, err,
				  is_not ? "`not` must be a map of tests"
					 : "`all` and `any` must be lists of "
					   "maps of tests");
	if (rc != VG_OK)
		return rc;
	for (const struct vg_yaml_node *c = is_not ? n : n->child;
	     c != NULL && rc == VG_OK; c = is_not ? NULL : c->next) {
		rc = read_part(t, c, &child, err);
		if (rc != VG_OK)
			break;
		hang(t->form, *node, last, child);
		last = child;
	}
	return rc;
}

static enum vg_rc read_member(const struct tree *t,
			      const struct vg_yaml_node *n, unsigned *node,
			      struct vg_err *err)
{
	if (is_operator(n->key))
		return read_operator(t, n, node, err);
	if (strcmp(n->key, "events") == 0)
		return read_events(t, n, node, err);
	return read_one(t, n, node, err);
}

/* All members of the map. */
static enum vg_rc read_map(const struct tree *t, const struct vg_yaml_node *n,
			   unsigned *node, struct vg_err *err)
{
	unsigned last = 0, child = 0;
	enum vg_rc rc = add_node(t, n, VG_NODE_ALL, node, err);

	if (rc == VG_OK && (n->type != VG_YAML_MAP || n->count == 0))
		rc = vg_yaml_fail(t->in->y, n, err,
				  "a condition must be a map of tests; write "
				  "{country: {distinct: 3}}");
	if (rc != VG_OK)
		return rc;
	for (const struct vg_yaml_node *c = n->child; c != NULL && rc == VG_OK;
	     c = c->next) {
		rc = read_member(t, c, &child, err);
		if (rc != VG_OK)
			break;
		hang(t->form, *node, last, child);
		last = child;
	}
	return rc;
}

/* A map of one member is that member. */
static enum vg_rc read_part(const struct tree *t, const struct vg_yaml_node *n,
			    unsigned *node, struct vg_err *err)
{
	if (n->type == VG_YAML_MAP && n->count == 1)
		return read_member(t, n->child, node, err);
	return read_map(t, n, node, err);
}

enum vg_rc vg_rule_read_tree(struct vg_rule_input *in,
			     const struct vg_yaml_node *condition,
			     struct vg_err *err)
{
	struct tree t = {.in = in, .form = &in->rule->form};
	const struct vg_yaml_node *match = vg_yaml_get(in->node, "match");
	unsigned root = 0;
	enum vg_rc rc = VG_OK;

	if (match != NULL)
		rc = vg_rule_submatch(in, match, &t.match, err);
	if (rc == VG_OK)
		rc = vg_rule_weights(in, &t.weight, &t.n_weight, err);
	if (rc == VG_OK)
		rc = read_map(&t, condition, &root, err);
	assert(rc != VG_OK || (root == 0 && in->rule->form.n_leaf > 0));
	return rc;
}
