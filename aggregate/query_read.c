#include "aggregate/query_run.h"

#include "aggregate/view_parts.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
	BUCKETS = 256,	     /* asked of Redis at once                    */
	WALK_LOCKED = 200000 /* cells, before the view's writer may go on */
};

static struct vg_bucket_id bucket_at(const struct vg_query_run *r, size_t i)
{
	return (struct vg_bucket_id){
		.agg = (uint16_t)r->agg,
		.res = (uint8_t)r->q->step,
		.start_ms = r->from_ms + (int64_t)i * r->step_ms,
	};
}

/* Each step is summed from one moment's state; between steps the lock is let
 * go now and then, so that a long query does not hold up the alerts. */
enum vg_rc vg_query_read_view(struct vg_query_run *r, struct vg_err *err)
{
	struct vg_table **table = calloc(VG_PARTITIONS_MAX, sizeof(*table));
	enum vg_rc rc = VG_OK;

	if (table == NULL)
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	vg_view_read_lock(r->view);
	for (size_t i = 0; rc == VG_OK && i < r->n_times; i++) {
		size_t n = vg_view_parts(r->view);

		assert(n <= VG_PARTITIONS_MAX);
		for (size_t p = 0; p < n; p++)
			table[p] = vg_cells_get(vg_view_part(r->view, p)->cells,
						bucket_at(r, i));
		rc = vg_query_sum(r, i, table, n, err);
		r->walked += n;
		if (r->walked < WALK_LOCKED)
			continue;
		vg_view_unlock(r->view);
		r->walked = 0;
		vg_view_read_lock(r->view);
	}
	vg_view_unlock(r->view);
	free(table);
	return rc;
}

/* Partitions, as of the start of a query. */
struct place {
	char topic[sizeof((struct vg_view_part *)NULL)->topic];
	int32_t partition;
};

struct places {
	struct place *at;
	size_t n;
};

static bool copy_places(struct vg_view *view, struct places *out)
{
	struct place *at;

	vg_view_read_lock(view);
	out->n = vg_view_parts(view);
	out->at = at = calloc(out->n + 1, sizeof *at);
	for (size_t p = 0; at != NULL && p < out->n; p++) {
		const struct vg_view_part *part = vg_view_part(view, p);

		memcpy(at[p].topic, part->topic, sizeof at[p].topic);
		at[p].partition = part->partition;
	}
	vg_view_unlock(view);
	return at != NULL;
}

static enum vg_rc ask(const struct vg_query_run *r, struct vg_store *store,
		      const struct place *place, size_t i, struct vg_err *err)
{
	struct vg_slice arg[2] = {vg_slice_of("HGETALL")};
	struct vg_buf key = {.n = 0};
	enum vg_rc rc;

	vg_key(&key, place->topic, place->partition, "");
	vg_bucket_name(&key, r->env->plan, bucket_at(r, i));
	arg[1] = (struct vg_slice){.p = key.p, .n = (uint32_t)key.n};
	rc = key.failed ? vg_err_set(err, VG_FATAL, "query: out of memory")
			: vg_store_queue(store, arg, 2, err);
	vg_buf_term(&key);
	return rc;
}

/* One HGETALL answer as a table; NULL in *out when it is empty. */
static enum vg_rc to_table(const struct vg_query_run *r,
			   const struct vg_reply *reply, struct vg_table **out,
			   struct vg_err *err)
{
	unsigned width = vg_cell_width(r->agg);

	if (vg_reply_count(reply) == 0)
		return VG_OK;
	*out = vg_table_new(width, r->env->table_seed);
	for (size_t k = 0; *out != NULL && k + 1 < vg_reply_count(reply);
	     k += 2) {
		struct vg_slice field = vg_reply_text(vg_reply_at(reply, k));
		int64_t *v = vg_table_at(*out, field, NULL);

		if (v == NULL)
			return vg_err_set(err, VG_FATAL,
					  "query: out of memory");
		if (!vg_cell_parse(vg_reply_text(vg_reply_at(reply, k + 1)), v,
				   width))
			return vg_err_set(err, VG_INVAL,
					  "redis holds a cell that is no "
					  "number");
	}
	return *out != NULL ? VG_OK
			    : vg_err_set(err, VG_FATAL, "query: out of memory");
}

static enum vg_rc take(const struct vg_query_run *r, struct vg_store *store,
		       struct vg_table **table, size_t n, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t k = 0; k < n; k++) {
		struct vg_reply *reply = NULL;
		enum vg_rc took = vg_store_take(store, &reply, err);

		if (took != VG_OK)
			return took;
		if (rc == VG_OK) /* else only empty the pipe */
			rc = to_table(r, reply, &table[k], err);
		vg_reply_free(reply);
	}
	return rc;
}

static void free_tables(struct vg_table **table, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		vg_table_free(table[k]);
		table[k] = NULL;
	}
}

/* Up to `steps` steps from `i` on at once. */
static enum vg_rc read_steps(struct vg_query_run *r, struct vg_store *store,
			     const struct places *places, size_t i,
			     size_t steps, struct vg_err *err)
{
	size_t left = r->n_times - i, n;
	struct vg_table **table;
	enum vg_rc rc = VG_OK;

	steps = left < steps ? left : steps;
	n = places->n * steps;
	table = calloc(n, sizeof(*table));
	if (table == NULL)
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	for (size_t k = 0; rc == VG_OK && k < n; k++)
		rc = ask(r, store, &places->at[k % places->n],
			 i + k / places->n, err);
	if (rc == VG_OK)
		rc = take(r, store, table, n, err);
	for (size_t s = 0; rc == VG_OK && s < steps; s++)
		rc = vg_query_sum(r, i + s, table + s * places->n, places->n,
				  err);
	free_tables(table, n);
	free(table);
	return rc;
}

enum vg_rc vg_query_read_redis(struct vg_query_run *r, struct vg_store *store,
			       struct vg_err *err)
{
	struct places places;
	size_t steps;
	enum vg_rc rc = VG_OK;

	if (!copy_places(r->view, &places))
		return vg_err_set(err, VG_FATAL, "query: out of memory");
	steps = places.n > 0 && places.n < BUCKETS ? BUCKETS / places.n : 1;
	for (size_t i = 0; rc == VG_OK && places.n > 0 && i < r->n_times;
	     i += steps)
		rc = read_steps(r, store, &places, i, steps, err);
	free(places.at);
	return rc;
}
