/*
 * cap_sets - the limits on value sets and on tracks, applied once at the end:
 * sort and cut.
 */
#include "verify/recount.h"

#include "aggregate/cap.h"
#include "aggregate/cells.h"
#include "aggregate/steps.h"
#include "core/arena.h"

#include <stdlib.h>
#include <string.h>

/* One capped value of a bucket. */
struct member {
	struct vg_slice field, audience;
	uint64_t hash;
};

/* By audience, then by hash: each audience's set is a run, smallest first. */
static int by_set(const void *x, const void *y)
{
	const struct member *a = x, *b = y;
	uint32_t n =
		a->audience.n < b->audience.n ? a->audience.n : b->audience.n;
	int c = memcmp(a->audience.p, b->audience.p, n);

	if (c == 0 && a->audience.n != b->audience.n)
		c = a->audience.n < b->audience.n ? -1 : 1;
	if (c == 0 && a->hash != b->hash)
		c = a->hash < b->hash ? -1 : 1;
	return c;
}

/* Move the sum of `field` to the set's "~other". */
static bool fold(struct vg_table *t, struct vg_slice field)
{
	struct vg_buf other = {0};
	int64_t *from = vg_table_get(t, field);
	int64_t v[2] = {from[0], from[1]};

	vg_cap_other(&other, field);
	int64_t *to =
		other.failed
			? NULL
			: vg_table_at(t,
				      (struct vg_slice){.p = other.p,
							.n = (uint32_t)other.n},
				      NULL);
	if (to != NULL) {
		to[0] += v[0];
		to[1] += v[1];
		vg_table_remove(t, field);
	}
	vg_buf_term(&other);
	return to != NULL;
}

static bool is_track(unsigned agg)
{
	return agg >= VG_AGG_TRACK_0;
}

static uint64_t hash_of(const struct vg_part_env *env, unsigned agg,
			struct vg_slice values)
{
	if (agg >= VG_AGG_STEPS_0)
		return vg_cap_steps_hash(
			env->hash_key, values,
			vg_plan_track(env->plan, vg_agg_track(agg))->n_group);
	return is_track(agg) ? vg_hash64(env->hash_key, values.p, values.n)
			     : vg_cap_hash(env->hash_key, agg, values);
}

/* The capped values of a bucket; their texts in `text`, since a table may move
 * its own when something is put in. */
static struct member *members_of(const struct vg_part_env *env,
				 const struct vg_table *t, unsigned agg,
				 struct vg_arena *text, size_t *n)
{
	struct member *m = calloc(vg_table_count(t) + 1, sizeof *m);
	struct vg_slice field;
	int64_t *v = NULL;

	*n = 0;
	for (size_t pos = 0; m != NULL && vg_table_next(t, &pos, &field, &v);) {
		const char *copy = vg_arena_copy(text, field.p, field.n);
		if (copy == NULL) {
			free(m);
			return NULL;
		}
		const char *sep = memchr(copy, VG_FIELD_SEP, field.n);
		uint32_t skip = (uint32_t)(sep - copy) + 1;
		struct vg_slice values = {.p = copy + skip,
					  .n = field.n - skip};

		if (!is_track(agg) &&
		    (vg_cap_is_other(values) ||
		     vg_cap_exempt(env->cfg->lexicon, agg, values)))
			continue;
		m[(*n)++] =
			(struct member){.field = {.p = copy, .n = field.n},
					.audience = {.p = copy, .n = skip - 1},
					.hash = hash_of(env, agg, values)};
	}
	return m;
}

static bool cap_table(const struct vg_part_env *env, struct vg_table *t,
		      unsigned agg, int64_t max)
{
	size_t n = 0;
	int64_t in_set = 0;
	bool good = true;
	struct vg_arena text = {.head = NULL};
	struct member *m = members_of(env, t, agg, &text, &n);

	if (m != NULL)
		qsort(m, n, sizeof *m, by_set);
	for (size_t i = 0; m != NULL && i < n && good; i++) {
		bool same =
			i > 0 && vg_slice_eq(m[i].audience, m[i - 1].audience);

		in_set = same ? in_set + 1 : 1;
		if (in_set <= max)
			continue;
		if (is_track(agg)) /* a track has no rest */
			vg_table_remove(t, m[i].field);
		else
			good = fold(t, m[i].field);
	}
	good = good && m != NULL;
	vg_arena_term(&text);
	free(m);
	return good;
}

/* Append the name of the slice that `field`, of steps, is stored in: its time
 * rounded down to the slice's start. */
static void add_slice_name(struct vg_buf *out, struct vg_slice field,
			   int64_t slice_ms)
{
	uint32_t i = field.n;

	while (i > 0 && field.p[i - 1] != VG_FIELD_SEP && field.p[i - 1] != '~')
		i--;
	vg_buf_reset(out);
	vg_buf_add(out, field.p, i);
	int64_t at = 0;
	for (; i < field.n; i++)
		at = at * 10 + (field.p[i] - '0');
	vg_buf_i64(out, at / slice_ms * slice_ms);
}

/* Remove the steps of `t` whose slices are not in `kept`. */
static bool remove_others(struct vg_table *t, const struct vg_table *kept,
			  int64_t slice_ms, struct vg_buf *name)
{
	struct vg_slice field,
		*gone = calloc(vg_table_count(t) + 1, sizeof *gone);
	struct vg_arena text = {.head = NULL};
	int64_t *v = NULL;
	size_t n = 0;
	bool good = gone != NULL;

	for (size_t pos = 0; good && vg_table_next(t, &pos, &field, &v);) {
		add_slice_name(name, field, slice_ms);
		if (vg_table_get(kept,
				 (struct vg_slice){name->p, (uint32_t)name->n}))
			continue;
		const char *copy = vg_arena_copy(&text, field.p, field.n);
		good = copy != NULL && !name->failed;
		gone[n++] = (struct vg_slice){copy, field.n};
	}
	for (size_t i = 0; good && i < n; i++)
		vg_table_remove(t, gone[i]);
	vg_arena_term(&text);
	free(gone);
	return good;
}

/* Steps are capped by slices: what is one field of Redis is one here. */
static bool cap_steps(const struct vg_part_env *env, struct vg_table *t,
		      unsigned agg, int64_t max)
{
	int64_t slice_ms = vg_steps_slice(
		vg_plan_track(env->plan, vg_agg_track(agg))->window_ms);
	struct vg_table *slices = vg_table_new(1, env->table_seed);
	struct vg_buf name = {0};
	struct vg_slice field;
	int64_t *v = NULL;
	bool good = slices != NULL;

	for (size_t pos = 0; good && vg_table_next(t, &pos, &field, &v);) {
		add_slice_name(&name, field, slice_ms);
		good = !name.failed &&
		       vg_table_at(slices,
				   (struct vg_slice){name.p, (uint32_t)name.n},
				   NULL) != NULL;
	}
	if (good && vg_table_count(slices) > (size_t)max)
		good = cap_table(env, slices, agg, max) &&
		       remove_others(t, slices, slice_ms, &name);
	vg_table_free(slices);
	vg_buf_term(&name);
	return good;
}

static bool cap(const struct vg_part_env *env, struct vg_table *t, unsigned agg,
		int64_t max)
{
	return agg >= VG_AGG_STEPS_0 ? cap_steps(env, t, agg, max)
				     : cap_table(env, t, agg, max);
}

enum vg_rc vg_recount_cap(struct vg_recount *r, struct vg_err *err)
{
	const struct vg_part_env *env = vg_recount_env(r);
	struct vg_bucket_id id;
	struct vg_table *t = NULL;

	for (size_t pos = 0;
	     vg_cells_next(vg_recount_cells(r), &pos, &id, &t);) {
		int64_t max = is_track(id.agg) ? env->cfg->groups_max
					       : env->cfg->values_max;

		if ((is_track(id.agg) || vg_cap_applies(id.agg)) &&
		    vg_table_count(t) > (size_t)max &&
		    !cap(env, t, id.agg, max))
			return vg_err_set(err, VG_FATAL,
					  "verify: out of memory");
	}
	return VG_OK;
}
