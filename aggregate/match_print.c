/*
 * A predicate as one canonical text. Tracks are named by its hash, which Redis
 * keeps: what a text is must not change.
 */
#include "aggregate/match_node.h"
#include "aggregate/value_list.h"
#include "core/buf.h"

#include <assert.h>
#include <stdlib.h>

/* Lengths before texts, so that no value can pose as a separator. */
static void add_text(struct vg_buf *out, struct vg_slice s)
{
	vg_buf_printf(out, "%u:", (unsigned)s.n);
	vg_buf_add(out, s.p, s.n);
}

static void add_texts(struct vg_buf *out, const struct vg_match_node *t,
		      const char *before)
{
	for (size_t i = 0; i < t->n; i++) {
		vg_buf_str(out, i == 0 ? before : ",");
		add_text(out, t->text[i]);
	}
}

static void add_nets(struct vg_buf *out, const struct vg_match_node *t)
{
	vg_buf_str(out, "@");
	for (size_t i = 0; i < t->n; i++) {
		const uint8_t *b = (const uint8_t *)&t->net[i];

		for (size_t k = 0; k < sizeof t->net[i]; k++)
			vg_buf_printf(out, "%02x", b[k]);
	}
}

static void print_test(const struct vg_match_node *t, struct vg_buf *out)
{
	static const char *const op_name[] = {
		[VG_OP_GT] = ">",   [VG_OP_GTE] = ">=", [VG_OP_LT] = "<",
		[VG_OP_LTE] = "<=", [VG_OP_EQ] = "==",	[VG_OP_NEQ] = "!=",
	};

	add_text(out, t->field.name);
	if (t->what == VG_TEST_ANYWHERE)
		vg_buf_str(out, "!");
	switch (t->kind) {
	case VG_TEST_BOUND:
		vg_buf_printf(out, "%s%.17g", op_name[t->op], t->bound);
		break;
	case VG_TEST_VALUES:
		add_texts(out, t, "=");
		break;
	case VG_TEST_GLOBS:
		add_texts(out, t, t->ignore_case ? "*i" : "*");
		break;
	case VG_TEST_SAME:
		vg_buf_printf(out, "&%d", (int)t->form);
		add_texts(out, t, t->ignore_case ? "i" : "");
		break;
	case VG_TEST_REGEXES:
		add_texts(out, t, t->ignore_case ? "~i" : "~");
		break;
	case VG_TEST_NETS:
		add_nets(out, t);
		break;
	case VG_TEST_LIST:
		vg_buf_printf(out, "#%s", vg_value_list_hash(t->list));
		break;
	default:
		assert(t->kind == VG_TEST_EXISTS);
		vg_buf_str(out, "?");
	}
	vg_buf_str(out, ";");
}

static void print_children(const struct vg_match *m,
			   const struct vg_match_node *t, struct vg_buf *out);

static void print_node(const struct vg_match *m, const struct vg_match_node *t,
		       struct vg_buf *out)
{
	static const char *const before[] = {[VG_TEST_ALL] = "all(",
					     [VG_TEST_ANY] = "any(",
					     [VG_TEST_NOT] = "not("};

	if (t->kind > VG_TEST_NOT) {
		print_test(t, out);
		return;
	}
	vg_buf_str(out, before[t->kind]);
	print_children(m, t, out);
	vg_buf_str(out, ")");
}

/* Sorted, each once. */
static void print_children(const struct vg_match *m,
			   const struct vg_match_node *t, struct vg_buf *out)
{
	struct vg_buf text = {.n = 0};
	struct vg_slice piece[VG_MATCH_TESTS_MAX];
	size_t start[VG_MATCH_TESTS_MAX + 1], n = 0;

	for (uint16_t c = t->child; c != 0; c = m->node[c - 1].next) {
		start[n++] = text.n;
		print_node(m, &m->node[c - 1], &text);
	}
	start[n] = text.n;
	for (size_t i = 0; i < n; i++)
		piece[i] = (struct vg_slice){
			.p = text.p + start[i],
			.n = (uint32_t)(start[i + 1] - start[i]),
		};
	/* cppcheck-suppress uninitvar ; the first n are set */
	qsort(piece, n, sizeof *piece, vg_slice_order);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !vg_slice_eq(piece[i - 1], piece[i]))
			vg_buf_add(out, piece[i].p, piece[i].n);
	out->failed = out->failed || text.failed;
	vg_buf_term(&text);
}

void vg_match_print(const struct vg_match *m, struct vg_buf *out)
{
	assert(m->depth == 0);
	print_children(m, &m->node[0], out);
}
