/* A predicate is made: its tree, and the tests that compare values. */
#include "aggregate/match_node.h"

#include "aggregate/value_list.h"
#include "core/regex.h"
#include "core/vocab.h"

#include <assert.h>
#include <stdlib.h>

enum { NUMBER_MAX = 32 };

/* What a test costs beside the others of its group: numbers, then texts, then
 * what is parsed or searched, then what may take thousands of steps. */
static const uint8_t cost_of[] = {
	[VG_TEST_ALL] = 0,   [VG_TEST_ANY] = 0,	   [VG_TEST_NOT] = 0,
	[VG_TEST_BOUND] = 0, [VG_TEST_EXISTS] = 1, [VG_TEST_VALUES] = 1,
	[VG_TEST_NETS] = 2,  [VG_TEST_GLOBS] = 2,  [VG_TEST_LIST] = 2,
	[VG_TEST_SAME] = 2,  [VG_TEST_REGEXES] = 3};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "match: out of memory");
}

static enum vg_rc make_room(struct vg_match *m, struct vg_err *err)
{
	if (m->n == VG_MATCH_TESTS_MAX + 1)
		return vg_err_set(err, VG_INVAL, "match: more than %d tests",
				  (int)VG_MATCH_TESTS_MAX);
	if (m->n < m->cap)
		return VG_OK;
	size_t cap = m->cap == 0 ? 4 : m->cap * 2;
	struct vg_match_node *grown = realloc(m->node, cap * sizeof *grown);
	if (grown == NULL)
		return no_memory(err);
	m->node = grown;
	m->cap = cap;
	return VG_OK;
}

enum vg_rc vg_match_new(struct vg_match **out, struct vg_err *err)
{
	struct vg_match *m = calloc(1, sizeof *m);
	enum vg_rc rc = m == NULL ? no_memory(err) : make_room(m, err);

	if (rc != VG_OK) {
		free(m);
		return rc;
	}
	m->node[m->n++] = (struct vg_match_node){.kind = VG_TEST_ALL};
	*out = m;
	return VG_OK;
}

void vg_match_free(struct vg_match *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++) {
		struct vg_match_node *t = &m->node[i];

		for (size_t k = 0; t->regex != NULL && k < t->n; k++)
			vg_regex_free(t->regex[k]);
		vg_value_list_free(t->list);
	}
	vg_arena_term(&m->arena);
	free(m->node);
	free(m);
}

/* Behind the siblings that cost no more: the cheap ones decide first. */
static void link_in(struct vg_match *m, uint16_t parent, uint16_t at)
{
	uint16_t *link = &m->node[parent].child;

	while (*link != 0 && m->node[*link - 1].cost <= m->node[at].cost)
		link = &m->node[*link - 1].next;
	m->node[at].next = *link;
	*link = (uint16_t)(at + 1);
}

enum vg_rc vg_match_open(struct vg_match *m, enum vg_match_group group,
			 struct vg_err *err)
{
	static const enum vg_match_node_kind kind[] = {
		[VG_MATCH_ALL] = VG_TEST_ALL,
		[VG_MATCH_ANY] = VG_TEST_ANY,
		[VG_MATCH_NOT] = VG_TEST_NOT};
	enum vg_rc rc = VG_OK;

	if (m->depth == VG_MATCH_DEPTH_MAX)
		return vg_err_set(err, VG_INVAL,
				  "match: groups nest more than %d deep",
				  (int)VG_MATCH_DEPTH_MAX);
	rc = make_room(m, err);
	if (rc != VG_OK)
		return rc;
	m->node[m->n] = (struct vg_match_node){.kind = (uint8_t)kind[group]};
	m->open[++m->depth] = (uint16_t)m->n++;
	return VG_OK;
}

void vg_match_close(struct vg_match *m)
{
	uint16_t at = m->open[m->depth];

	assert(m->depth > 0);
	m->depth--;
	for (uint16_t c = m->node[at].child; c != 0; c = m->node[c - 1].next)
		if (m->node[c - 1].cost > m->node[at].cost)
			m->node[at].cost = m->node[c - 1].cost;
	link_in(m, m->open[m->depth], at);
}

static enum vg_match_node_field what_is(const struct vg_field_ref *field)
{
	static const struct {
		const char *name;
		enum vg_match_node_field what;
	} row[] = {{"severity", VG_TEST_NUMBER},
		   {"confidence", VG_TEST_NUMBER},
		   {"count", VG_TEST_NUMBER},
		   {"indicator", VG_TEST_INDICATOR},
		   {"category", VG_TEST_CATEGORY},
		   {"sector", VG_TEST_SECTOR},
		   {"sensor_kind", VG_TEST_SENSOR_KIND}};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (field->canonical >= 0 &&
		    vg_slice_eq(field->name, vg_slice_of(row[i].name)))
			return row[i].what;
	return VG_TEST_TEXT;
}

enum vg_rc vg_match_start(struct vg_match *m, struct vg_slice field,
			  enum vg_match_node_kind kind,
			  struct vg_match_node *out, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (field.n == 0 || field.n > VG_FIELD_NAME_MAX)
		return vg_err_set(err, VG_INVAL,
				  "match: a field name has 1 to %d bytes",
				  (int)VG_FIELD_NAME_MAX);
	rc = make_room(m, err);
	if (rc != VG_OK)
		return rc;
	char *name = vg_arena_copy(&m->arena, field.p, field.n);
	if (name == NULL)
		return no_memory(err);
	*out = (struct vg_match_node){
		.kind = (uint8_t)kind,
		.cost = cost_of[kind],
		.field = vg_field_ref(
			(struct vg_slice){.p = name, .n = field.n}),
	};
	out->what = (uint8_t)what_is(&out->field);
	return VG_OK;
}

void vg_match_put(struct vg_match *m, const struct vg_match_node *node)
{
	assert(m->n < m->cap);
	m->node[m->n] = *node;
	link_in(m, m->open[m->depth], (uint16_t)m->n++);
}

enum vg_rc vg_match_array(struct vg_match *m, size_t n, size_t size, void **out,
			  struct vg_err *err)
{
	void *p = vg_arena_alloc(&m->arena, n * size);

	if (p == NULL)
		return no_memory(err);
	memset(p, 0, n * size);
	*out = p;
	return VG_OK;
}

enum vg_rc vg_match_copy(struct vg_match *m, struct vg_match_node *node,
			 const struct vg_slice *text, size_t n,
			 struct vg_err *err)
{
	void *array = NULL;
	enum vg_rc rc = vg_match_array(m, n, sizeof *node->text, &array, err);

	if (rc != VG_OK)
		return rc;
	node->text = array;
	for (size_t i = 0; i < n; i++) {
		node->text[i].n = text[i].n;
		node->text[i].p = vg_arena_copy(
			&m->arena, text[i].n > 0 ? text[i].p : "", text[i].n);
		if (node->text[i].p == NULL)
			return no_memory(err);
	}
	qsort(node->text, n, sizeof *node->text, vg_slice_order);
	for (size_t i = 0; i < n; i++)
		if (node->n == 0 ||
		    !vg_slice_eq(node->text[node->n - 1], node->text[i]))
			node->text[node->n++] = node->text[i];
	return VG_OK;
}

/* A canonical number is compared as one: "5.0" is 5, and nothing is printed
 * for each event. */
static enum vg_rc read_numbers(struct vg_match *m, struct vg_match_node *node,
			       struct vg_err *err)
{
	void *array = NULL;
	enum vg_rc rc =
		vg_match_array(m, node->n, sizeof *node->number, &array, err);

	if (rc != VG_OK)
		return rc;
	node->number = array;
	for (size_t i = 0; i < node->n; i++) {
		char word[NUMBER_MAX + 1], *end = NULL;

		if (node->text[i].n == 0 || node->text[i].n > NUMBER_MAX)
			continue;
		memcpy(word, node->text[i].p, node->text[i].n);
		word[node->text[i].n] = '\0';
		double v = strtod(word, &end);
		if (*end == '\0')
			node->number[node->n_number++] = v;
	}
	return VG_OK;
}

/* An event holds the index of such a word: a bit for each. */
static void read_words(struct vg_match_node *node, enum vg_vocab list)
{
	for (size_t i = 0; i < node->n; i++) {
		int at = vg_vocab_find(list, node->text[i]);

		assert(at < 64);
		if (at >= 0)
			node->words |= UINT64_C(1) << at;
	}
}

/* What the texts are to the field, so that an event's need not be made. */
static enum vg_rc read_values(struct vg_match *m, struct vg_match_node *node,
			      struct vg_err *err)
{
	for (size_t i = 0; i < node->n; i++)
		node->filter |= UINT64_C(1) << vg_match_bit(node->text[i]);
	if (node->what != VG_TEST_TEXT && node->what != VG_TEST_INDICATOR)
		node->cost = 0;
	switch (node->what) {
	case VG_TEST_NUMBER:
		return read_numbers(m, node, err);
	case VG_TEST_CATEGORY:
		read_words(node, VG_VOCAB_CATEGORY);
		break;
	case VG_TEST_SECTOR:
		read_words(node, VG_VOCAB_SECTOR);
		break;
	case VG_TEST_SENSOR_KIND:
		read_words(node, VG_VOCAB_SENSOR_KIND);
		break;
	default:
		break;
	}
	return VG_OK;
}

enum vg_rc vg_match_add_values(struct vg_match *m, struct vg_slice field,
			       const struct vg_slice *values, size_t n,
			       struct vg_err *err)
{
	struct vg_match_node node;
	enum vg_rc rc;

	if (n == 0 || n > VG_MATCH_VALUES_MAX)
		return vg_err_set(err, VG_INVAL,
				  "match: a list has 1 to %d values",
				  (int)VG_MATCH_VALUES_MAX);
	rc = vg_match_start(m, field, VG_TEST_VALUES, &node, err);
	if (rc == VG_OK)
		rc = vg_match_copy(m, &node, values, n, err);
	if (rc == VG_OK)
		rc = read_values(m, &node, err);
	if (rc == VG_OK)
		vg_match_put(m, &node);
	return rc;
}

enum vg_rc vg_match_add_bound(struct vg_match *m, struct vg_slice field,
			      enum vg_match_op op, double bound,
			      struct vg_err *err)
{
	struct vg_match_node node;
	enum vg_rc rc = vg_match_start(m, field, VG_TEST_BOUND, &node, err);

	assert(op <= VG_OP_NEQ);
	if (rc != VG_OK)
		return rc;
	node.op = op;
	node.bound = bound;
	vg_match_put(m, &node);
	return VG_OK;
}

enum vg_rc vg_match_add_exists(struct vg_match *m, struct vg_slice field,
			       struct vg_err *err)
{
	struct vg_match_node node;
	enum vg_rc rc = vg_match_start(m, field, VG_TEST_EXISTS, &node, err);

	if (rc == VG_OK)
		vg_match_put(m, &node);
	return rc;
}
