#include "aggregate/match.h"

#include "core/arena.h"
#include "core/buf.h"

#include <assert.h>
#include <stdlib.h>

enum { TESTS_MAX = 256, VALUES_MAX = 4096 };

struct test {
	struct vg_field_ref field;
	bool is_bound;
	enum vg_match_op op;
	double bound;
	struct vg_slice *value; /* sorted, different */
	size_t n;
};

struct vg_match {
	struct vg_arena arena;
	struct test *test;
	size_t n, cap;
};

enum vg_rc vg_match_new(struct vg_match **out, struct vg_err *err)
{
	struct vg_match *m = calloc(1, sizeof *m);

	if (m == NULL)
		return vg_err_set(err, VG_FATAL, "match: out of memory");
	*out = m;
	return VG_OK;
}

void vg_match_free(struct vg_match *m)
{
	if (m == NULL)
		return;
	vg_arena_term(&m->arena);
	free(m->test);
	free(m);
}

/* Room for one more test, with its field's name copied. */
static enum vg_rc add_test(struct vg_match *m, struct vg_slice field,
			   struct test **out, struct vg_err *err)
{
	char *name;

	if (field.n == 0 || field.n > VG_FIELD_NAME_MAX)
		return vg_err_set(err, VG_INVAL,
				  "match: a field name has 1 to %d bytes",
				  VG_FIELD_NAME_MAX);
	if (m->n == TESTS_MAX)
		return vg_err_set(err, VG_INVAL, "match: more than %d tests",
				  TESTS_MAX);
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 4;
		struct test *grown = realloc(m->test, cap * sizeof *grown);

		if (grown == NULL)
			return vg_err_set(err, VG_FATAL,
					  "match: out of memory");
		m->test = grown;
		m->cap = cap;
	}
	name = vg_arena_copy(&m->arena, field.p, field.n);
	if (name == NULL)
		return vg_err_set(err, VG_FATAL, "match: out of memory");
	m->test[m->n] = (struct test){
		.field = vg_field_ref(
			(struct vg_slice){.p = name, .n = field.n}),
	};
	*out = &m->test[m->n];
	return VG_OK;
}

static int compare(const void *a, const void *b)
{
	const struct vg_slice *x = a, *y = b;
	uint32_t n = x->n < y->n ? x->n : y->n;
	int c = n > 0 ? memcmp(x->p, y->p, n) : 0;

	return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

enum vg_rc vg_match_add_values(struct vg_match *m, struct vg_slice field,
			       const struct vg_slice *values, size_t n,
			       struct vg_err *err)
{
	struct test *t = NULL;
	enum vg_rc rc;

	if (n == 0 || n > VALUES_MAX)
		return vg_err_set(err, VG_INVAL,
				  "match: a list has 1 to %d values",
				  VALUES_MAX);
	rc = add_test(m, field, &t, err);
	if (rc != VG_OK)
		return rc;
	t->value = vg_arena_alloc(&m->arena, n * sizeof *t->value);
	if (t->value == NULL)
		return vg_err_set(err, VG_FATAL, "match: out of memory");
	for (size_t i = 0; i < n; i++) {
		t->value[i].n = values[i].n;
		t->value[i].p = vg_arena_copy(
			&m->arena, values[i].n > 0 ? values[i].p : "",
			values[i].n);
		if (t->value[i].p == NULL)
			return vg_err_set(err, VG_FATAL,
					  "match: out of memory");
	}
	qsort(t->value, n, sizeof *t->value, compare);
	for (size_t i = 0; i < n; i++)
		if (t->n == 0 || !vg_slice_eq(t->value[t->n - 1], t->value[i]))
			t->value[t->n++] = t->value[i];
	m->n++;
	return VG_OK;
}

enum vg_rc vg_match_add_bound(struct vg_match *m, struct vg_slice field,
			      enum vg_match_op op, double bound,
			      struct vg_err *err)
{
	struct test *t = NULL;
	enum vg_rc rc;

	assert(op <= VG_OP_NEQ);
	rc = add_test(m, field, &t, err);
	if (rc != VG_OK)
		return rc;
	t->is_bound = true;
	t->op = op;
	t->bound = bound;
	m->n++;
	return VG_OK;
}

static bool holds(enum vg_match_op op, double v, double bound)
{
	switch (op) {
	case VG_OP_GT:
		return v > bound;
	case VG_OP_GTE:
		return v >= bound;
	case VG_OP_LT:
		return v < bound;
	case VG_OP_LTE:
		return v <= bound;
	case VG_OP_EQ:
		return v == bound;
	case VG_OP_NEQ:
		return v != bound;
	}
	return false;
}

static bool passes(const struct test *t, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *values)
{
	double number;

	if (t->is_bound)
		return vg_field_number(&t->field, e, &number) &&
		       holds(t->op, number, t->bound);
	vg_field_read(&t->field, e, partner, values);
	for (unsigned i = 0; i < values->n; i++)
		if (bsearch(&values->v[i], t->value, t->n, sizeof *t->value,
			    compare) != NULL)
			return true;
	return false;
}

bool vg_match_test(const struct vg_match *m, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *values)
{
	for (size_t i = 0; i < m->n; i++)
		if (!passes(&m->test[i], e, partner, values))
			return false;
	return true;
}

static void add_text(struct vg_buf *out, struct vg_slice s)
{
	vg_buf_printf(out, "%u:", (unsigned)s.n);
	vg_buf_add(out, s.p, s.n);
}

/* Lengths before texts, so that no value can pose as a separator. */
static void print_test(const struct test *t, struct vg_buf *out)
{
	static const char *const op_name[] = {
		[VG_OP_GT] = ">",   [VG_OP_GTE] = ">=", [VG_OP_LT] = "<",
		[VG_OP_LTE] = "<=", [VG_OP_EQ] = "==",	[VG_OP_NEQ] = "!=",
	};

	add_text(out, t->field.name);
	if (t->is_bound) {
		vg_buf_printf(out, "%s%.17g;", op_name[t->op], t->bound);
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		vg_buf_add(out, i == 0 ? "=" : ",", 1);
		add_text(out, t->value[i]);
	}
	vg_buf_add(out, ";", 1);
}

void vg_match_print(const struct vg_match *m, struct vg_buf *out)
{
	struct vg_buf text = {.n = 0};
	struct vg_slice piece[TESTS_MAX];
	size_t start[TESTS_MAX + 1];

	for (size_t i = 0; i < m->n; i++) {
		start[i] = text.n;
		print_test(&m->test[i], &text);
	}
	start[m->n] = text.n;
	for (size_t i = 0; i < m->n; i++)
		piece[i] = (struct vg_slice){
			.p = text.p + start[i],
			.n = (uint32_t)(start[i + 1] - start[i]),
		};
	/* cppcheck-suppress uninitvar ; the first m->n are set */
	qsort(piece, m->n, sizeof *piece, compare);
	for (size_t i = 0; i < m->n; i++)
		if (i == 0 || !vg_slice_eq(piece[i - 1], piece[i]))
			vg_buf_add(out, piece[i].p, piece[i].n);
	out->failed = out->failed || text.failed;
	vg_buf_term(&text);
}
