/*
 * fuzz_promql - any text through the parser and, when it is an expression,
 * through the evaluator over a source that gives whatever the text's bytes say.
 */
#include "promql/eval.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vg_pq_metric metrics[] = {{"c", "", true, "a b"},
					      {"g", "", false, "a"}};

enum { BUCKETS_MAX = 2000 };

struct bytes {
	const uint8_t *p;
	size_t n, at;
};

static uint8_t next(struct bytes *b)
{
	return b->n > 0 ? b->p[b->at++ % b->n] : 0;
}

/* Up to three series of the labels asked for. */
static enum vg_rc read(void *ctx, const struct vg_pq_ask *ask,
		       struct vg_arena *arena, struct vg_pq_block *out,
		       struct vg_err *err)
{
	struct bytes *b = ctx;
	int64_t n;

	out->width_ms = 60000;
	out->first_ms = ask->from_ms - (ask->from_ms % 60000 + 60000) % 60000;
	n = (ask->to_ms - out->first_ms + 59999) / 60000;
	if (!ask->metric->is_counter) {
		n = (int64_t)ask->times.n;
		out->first_ms = ask->times.first_ms;
	}
	if (n < 0 || n > BUCKETS_MAX)
		return vg_err_set(err, VG_DROP, "long");
	out->n = (size_t)n;
	out->set.series = vg_arena_alloc(arena, 3 * sizeof *out->set.series);
	for (int k = 0; k < 3; k++) {
		struct vg_pq_series *s = &out->set.series[out->set.n++];
		unsigned most = ask->n_labels < 2 ? ask->n_labels : 2;

		*s = (struct vg_pq_series){.n_labels = most};
		s->label = vg_arena_alloc(arena, 3 * sizeof *s->label);
		s->v = vg_arena_alloc(arena, (out->n + 1) * sizeof *s->v);
		for (unsigned i = 0; i < most; i++)
			s->label[i] = (struct vg_pq_label){
				ask->label[i], {&"abc"[k], next(b) % 2u}};
		vg_pq_labels_sort(s);
		for (size_t i = 0; i < out->n; i++)
			s->v[i] = next(b) == 0 ? vg_pq_absent() : next(b);
	}
	return VG_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = {.p = data, .n = size};
	const struct vg_pq_source source = {
		.ctx = &b, .metric = metrics, .n_metrics = 2, .read = read};
	struct vg_arena arena = {0};
	struct vg_pq_eval e = {
		.source = &source,
		.arena = &arena,
		.times = {.first_ms = 1700000000000, .step_ms = 30000, .n = 1},
		.now_ms = 1700003600000};
	struct vg_pq_tree tree;
	struct vg_pq_result res;
	struct vg_err err = {.rc = VG_OK};
	/* A block of the exact size: a step outside is seen. */
	char *text = malloc(size > 0 ? size : 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	if (vg_pq_parse(&tree, (struct vg_slice){text, (uint32_t)size}, &err) ==
	    VG_OK) {
		if (tree.root->type != VG_PQ_MATRIX && size % 2 == 0)
			e.times.n = 20;
		if (vg_pq_run(&e, &tree, &res, &err) == VG_OK)
			for (size_t s = 0; s < res.set.n; s++)
				if (res.set.series[s].n_labels > 3)
					abort();
	}
	vg_pq_tree_term(&tree);
	vg_arena_term(&arena);
	free(text);
	return 0;
}
