#include "promql/parse.h"

#include <math.h>
#include <stdlib.h>

static bool no_memory(struct vg_pq_parser *p)
{
	p->rc = vg_err_set(p->err, VG_FATAL, "promql: out of memory");
	return false;
}

/* The tree frees what is compiled, so it learns of it at once. */
static bool keep(struct vg_pq_parser *p, struct vg_regex *re)
{
	struct vg_pq_tree *t = p->tree;
	struct vg_regex **grown = realloc(t->re, (t->n_re + 1) * sizeof *t->re);

	if (grown == NULL) {
		vg_regex_free(re);
		return no_memory(p);
	}
	t->re = grown;
	t->re[t->n_re++] = re;
	return true;
}

/* As Prometheus has it, a pattern is of the whole value. */
static bool compile(struct vg_pq_parser *p, struct vg_pq_matcher *m)
{
	struct vg_err err = {.rc = VG_OK};
	struct vg_slice whole;
	char *text = vg_arena_alloc(&p->tree->arena, (size_t)m->value.n + 8);
	enum vg_rc rc;

	if (text == NULL)
		return no_memory(p);
	memcpy(text, "^(?:", 4);
	if (m->value.n > 0)
		memcpy(text + 4, m->value.p, m->value.n);
	memcpy(text + 4 + m->value.n, ")$", 2);
	whole = (struct vg_slice){text, m->value.n + 6};
	rc = vg_regex_new(&m->re, whole, false, &err);
	if (rc == VG_FATAL)
		return no_memory(p);
	if (rc != VG_OK)
		return vg_pq_refuse(p, "bad pattern: %s", err.text);
	return keep(p, m->re);
}

static bool read_op(struct vg_pq_parser *p, enum vg_pq_match *op)
{
	static const char *const signs[] = {"=", "!=", "=~", "!~"};

	for (int i = 0; i < 4; i++) {
		if (!vg_pq_is(p, signs[i]))
			continue;
		*op = (enum vg_pq_match)i;
		return vg_pq_step(p);
	}
	return vg_pq_unexpected(p, "label matching, expected = != =~ or !~");
}

static struct vg_pq_matcher *add_matcher(struct vg_pq_parser *p,
					 struct vg_pq_node *n)
{
	if (n->matcher == NULL)
		n->matcher =
			vg_arena_alloc(&p->tree->arena,
				       VG_PQ_MATCHERS_MAX * sizeof *n->matcher);
	if (n->matcher == NULL) {
		(void)no_memory(p);
		return NULL;
	}
	if (n->n_matchers == VG_PQ_MATCHERS_MAX) {
		(void)vg_pq_refuse(p, "more than %d label matchers",
				   VG_PQ_MATCHERS_MAX);
		return NULL;
	}
	n->matcher[n->n_matchers] = (struct vg_pq_matcher){.op = VG_PQ_EQ};
	return &n->matcher[n->n_matchers++];
}

static bool read_matcher(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	struct vg_pq_matcher *m;

	if (p->now.kind != VG_PQ_WORD ||
	    memchr(p->now.text.p, ':', p->now.text.n) != NULL)
		return vg_pq_unexpected(p, "label matching, expected label");
	m = add_matcher(p, n);
	if (m == NULL)
		return false;
	m->name = p->now.text;
	if (!vg_pq_step(p) || !read_op(p, &m->op))
		return false;
	if (p->now.kind != VG_PQ_TEXT)
		return vg_pq_unexpected(p, "label matching, expected string");
	m->value = p->now.text;
	if (m->op >= VG_PQ_RE && !compile(p, m))
		return false;
	return vg_pq_step(p);
}

static bool read_braces(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	if (!vg_pq_step(p))
		return false;
	while (!vg_pq_is(p, "}")) {
		if (!read_matcher(p, n))
			return false;
		if (!vg_pq_is(p, "}") &&
		    !vg_pq_need(p, ",", "label matching, expected , or }"))
			return false;
	}
	return vg_pq_step(p);
}

/* A selector that any series fits is more likely a slip. */
static bool check(struct vg_pq_parser *p, const struct vg_pq_node *n)
{
	bool limit = false;

	for (unsigned i = 0; i < n->n_matchers; i++)
		if (!vg_pq_matches(&n->matcher[i], (struct vg_slice){"", 0},
				   &limit))
			return true;
	return vg_pq_refuse(p, "vector selector must contain at least one "
			       "non-empty matcher");
}

static bool read_range(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	if (!vg_pq_step(p))
		return false;
	if (p->now.kind != VG_PQ_DURATION)
		return vg_pq_unexpected(p, "range, expected duration as in 5m");
	if (p->now.ms <= 0)
		return vg_pq_refuse(p, "duration must be greater than 0");
	n->range_ms = p->now.ms;
	n->type = VG_PQ_MATRIX;
	if (!vg_pq_step(p))
		return false;
	if (vg_pq_is(p, ":"))
		return vg_pq_refuse(p, "subqueries are not supported");
	return vg_pq_need(p, "]", "range, expected ]");
}

struct vg_pq_node *vg_pq_selector(struct vg_pq_parser *p)
{
	struct vg_pq_node *n = vg_pq_node(p, VG_PQ_SELECT);

	if (n == NULL)
		return NULL;
	n->type = VG_PQ_VECTOR;
	if (p->now.kind == VG_PQ_WORD) {
		struct vg_pq_matcher *m = add_matcher(p, n);

		if (m == NULL)
			return NULL;
		m->name = vg_slice_of("__name__");
		m->value = p->now.text;
		if (!vg_pq_step(p))
			return NULL;
	}
	if (vg_pq_is(p, "{") && !read_braces(p, n))
		return NULL;
	if (!check(p, n) || (vg_pq_is(p, "[") && !read_range(p, n)))
		return NULL;
	return n;
}

static bool read_offset(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	bool back = false;

	if (n->offset_ms != 0)
		return vg_pq_refuse(p, "offset may not be set twice");
	if (!vg_pq_step(p))
		return false;
	if (vg_pq_is(p, "-")) {
		back = true;
		if (!vg_pq_step(p))
			return false;
	}
	if (p->now.kind != VG_PQ_DURATION)
		return vg_pq_unexpected(p, "offset, expected duration");
	n->offset_ms = back ? -p->now.ms : p->now.ms;
	return vg_pq_step(p);
}

static bool read_preset(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	n->at_kind = vg_pq_is(p, "start") ? VG_PQ_AT_START : VG_PQ_AT_END;
	return vg_pq_step(p) && vg_pq_need(p, "(", "@, expected (") &&
	       vg_pq_need(p, ")", "@, expected )");
}

static bool read_at(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	bool minus;

	if (n->at_kind != VG_PQ_AT_NONE)
		return vg_pq_refuse(p, "@ <timestamp> may not be set multiple "
				       "times");
	if (!vg_pq_step(p))
		return false;
	if (vg_pq_is(p, "start") || vg_pq_is(p, "end"))
		return read_preset(p, n);
	minus = vg_pq_is(p, "-");
	if (minus && !vg_pq_step(p))
		return false;
	if (p->now.kind != VG_PQ_NUM)
		return vg_pq_unexpected(p, "@, expected timestamp");
	if (!(p->now.number < 253402300800.0))
		return vg_pq_refuse(p,
				    "timestamp out of bounds for @ modifier");
	n->at_kind = VG_PQ_AT_TIME;
	n->at_ms = (int64_t)llround(p->now.number * 1000);
	n->at_ms = minus ? -n->at_ms : n->at_ms;
	return vg_pq_step(p);
}

bool vg_pq_modifiers(struct vg_pq_parser *p, struct vg_pq_node *n)
{
	for (;;) {
		bool is_at = vg_pq_is(p, "@");

		if (!is_at && !vg_pq_is(p, "offset"))
			return true;
		if (n->kind != VG_PQ_SELECT)
			return vg_pq_refuse(p, "offset and @ must follow a "
					       "selector");
		if (!(is_at ? read_at(p, n) : read_offset(p, n)))
			return false;
	}
}

bool vg_pq_grouping(struct vg_pq_parser *p, struct vg_pq_node *n, bool *found)
{
	bool without = vg_pq_is(p, "without");

	*found = without || vg_pq_is(p, "by");
	if (!*found)
		return true;
	n->without = without;
	if (!vg_pq_step(p) || !vg_pq_need(p, "(", "grouping opts, expected ("))
		return false;
	while (!vg_pq_is(p, ")")) {
		if (p->now.kind != VG_PQ_WORD)
			return vg_pq_unexpected(p, "grouping opts, expected "
						   "label");
		if (n->n_labels == VG_PQ_LABELS_MAX)
			return vg_pq_refuse(p, "more than %d labels",
					    VG_PQ_LABELS_MAX);
		n->label[n->n_labels++] = p->now.text;
		if (!vg_pq_step(p))
			return false;
		if (!vg_pq_is(p, ")") &&
		    !vg_pq_need(p, ",", "grouping opts, expected , or )"))
			return false;
	}
	return vg_pq_step(p);
}

bool vg_pq_matches(const struct vg_pq_matcher *m, struct vg_slice value,
		   bool *limit)
{
	enum vg_found found;

	if (m->op <= VG_PQ_NE)
		return vg_slice_eq(m->value, value) == (m->op == VG_PQ_EQ);
	found = vg_regex_find(m->re, value);
	*limit |= found == VG_FOUND_LIMIT;
	return (found == VG_FOUND_YES) == (m->op == VG_PQ_RE);
}
