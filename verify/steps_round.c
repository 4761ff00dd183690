/*
 * steps_round - the limit on different times of a group in the steps of one
 * sub-window, applied once at the end: count, and round where there are too
 * many. The step is that of docs/data-model.md, "Steps".
 */
#include "verify/recount.h"

#include "aggregate/cells.h"

#include <stdlib.h>
#include <string.h>

enum { TIMES_MAX = 4096 };

/* One cell: its group, its time, and what stands between. */
struct cell {
	char *field; /* malloced */
	uint32_t n, group_n, head_n;
	int64_t at, v[2];
};

static int64_t step_of(int64_t window_ms)
{
	static const int64_t step[] = {10, 100, 1000, 10000, 60000, 600000};
	int64_t best = 1;

	for (size_t i = 0; i < sizeof step / sizeof step[0]; i++)
		if (window_ms / step[i] >= TIMES_MAX)
			best = step[i];
	return best;
}

static int by_group_and_time(const void *x, const void *y)
{
	const struct cell *a = x, *b = y;
	uint32_t n = a->group_n < b->group_n ? a->group_n : b->group_n;
	int c = memcmp(a->field, b->field, n);

	if (c == 0 && a->group_n != b->group_n)
		c = a->group_n < b->group_n ? -1 : 1;
	return c != 0 ? c : (a->at > b->at) - (a->at < b->at);
}

static bool same_group(const struct cell *a, const struct cell *b)
{
	return a->group_n == b->group_n &&
	       memcmp(a->field, b->field, a->group_n) == 0;
}

/* Read one field: behind the audience `n_group` values are the group. */
static bool read_cell(struct cell *c, struct vg_slice field, unsigned n_group,
		      const int64_t *v)
{
	unsigned seen = 0;

	*c = (struct cell){.n = field.n, .v = {v[0], v[1]}};
	c->field = malloc(field.n + 1u);
	if (c->field == NULL)
		return false;
	memcpy(c->field, field.p, field.n);
	c->field[field.n] = '\0';
	for (uint32_t i = 0; i < field.n; i++) {
		if (field.p[i] != VG_FIELD_SEP)
			continue;
		if (seen++ == n_group)
			c->group_n = i;
		c->head_n = i;
	}
	c->at = strtoll(c->field + c->head_n + 1, NULL, 10);
	return true;
}

/* Move cell `c` to its rounded time. */
static bool move(struct vg_table *t, const struct cell *c, int64_t step)
{
	struct vg_buf b = {.n = 0};
	int64_t *to = NULL;

	vg_buf_add(&b, c->field, c->head_n + 1u);
	vg_buf_str(&b, "~");
	vg_buf_i64(&b, c->at / step * step);
	if (!b.failed)
		to = vg_table_at(
			t, (struct vg_slice){.p = b.p, .n = (uint32_t)b.n},
			NULL);
	vg_buf_term(&b);
	if (to == NULL)
		return false;
	to[0] += c->v[0];
	to[1] += c->v[1];
	vg_table_remove(t, (struct vg_slice){.p = c->field, .n = c->n});
	return true;
}

/* Round the groups of the sorted `c` that have too many times. */
static bool round_groups(struct vg_table *t, const struct cell *c, size_t n,
			 int64_t step)
{
	bool good = true;

	for (size_t i = 0, end; i < n && good; i = end) {
		size_t times = 1;

		for (end = i + 1; end < n && same_group(&c[i], &c[end]); end++)
			times += c[end].at != c[end - 1].at;
		for (size_t k = i; times > TIMES_MAX && k < end && good; k++)
			good = move(t, &c[k], step);
	}
	return good;
}

static bool round_table(struct vg_table *t, const struct vg_track *track)
{
	struct cell *c = calloc(vg_table_count(t) + 1, sizeof *c);
	struct vg_slice field;
	size_t n = 0, pos = 0;
	int64_t *v = NULL;
	bool good = c != NULL;

	while (good && vg_table_next(t, &pos, &field, &v))
		good = read_cell(&c[n++], field, track->n_group, v);
	if (good) {
		qsort(c, n, sizeof *c, by_group_and_time);
		good = round_groups(t, c, n, step_of(track->window_ms));
	}
	for (size_t i = 0; c != NULL && i < n; i++)
		free(c[i].field);
	free(c);
	return good;
}

enum vg_rc vg_recount_round(struct vg_recount *r, struct vg_err *err)
{
	const struct vg_part_env *env = vg_recount_env(r);
	struct vg_bucket_id id;
	struct vg_table *t = NULL;

	for (size_t pos = 0;
	     vg_cells_next(vg_recount_cells(r), &pos, &id, &t);) {
		const struct vg_track *track;

		if (id.agg < VG_AGG_STEPS_0 || vg_table_count(t) <= TIMES_MAX)
			continue;
		track = vg_plan_track(env->plan, vg_agg_track(id.agg));
		if (step_of(track->window_ms) > 1 && !round_table(t, track))
			return vg_err_set(err, VG_FATAL,
					  "verify: out of memory");
	}
	return VG_OK;
}
