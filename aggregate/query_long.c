/* Hours and days. A bucket in Redis holds the hours that were rolled up; the
 * rest is in the minutes, whose hours the view has summed. Where the two meet
 * moves on once an hour, so both are read as of one such place. */
#include "aggregate/query_run.h"

#include "aggregate/store_link.h"
#include "aggregate/view_parts.h"

#include <assert.h>
#include <stdlib.h>

enum {
	BUCKETS = 256,	 /* asked of Redis at once                */
	TRIES_MAX = 5,	 /* when the meeting place keeps moving   */
	FOLDED_ROOM = 60 /* minutes of an hour                    */
};

#define HOUR_MS	  vg_res_ms(VG_RES_1H)
#define MINUTE_MS vg_res_ms(VG_RES_1M)

/* A partition, and where its hours are: before rolled_ms in Redis. */
struct place {
	char topic[sizeof((struct vg_view_part *)NULL)->topic];
	int32_t partition;
	unsigned slot; /* of its partner */
	int64_t rolled_ms;
};

/* Some steps at once. */
struct round {
	struct vg_query_run *r;
	struct vg_store *store;
	struct place *place;
	size_t n_places, first, steps;
	struct vg_table *
		*stored; /* of step s and place p: [s * n_places + p] */
	struct vg_query_tables tables;
	size_t cap;
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "query: out of memory");
}

static bool copy_places(struct round *c, struct vg_view *view)
{
	vg_view_read_lock(view);
	c->n_places = vg_view_parts(view);
	c->place = calloc(c->n_places + 1, sizeof *c->place);
	for (size_t p = 0; c->place != NULL && p < c->n_places; p++) {
		const struct vg_view_part *part = vg_view_part(view, p);

		memcpy(c->place[p].topic, part->topic, sizeof part->topic);
		c->place[p].partition = part->partition;
		c->place[p].slot = part->partner->slot;
		c->place[p].rolled_ms = part->rolled_ms;
	}
	vg_view_unlock(view);
	return c->place != NULL;
}

/* Number of the round's steps, from its first on, of which `place` has
 * something in Redis. */
static size_t stored_steps(const struct round *c, const struct place *place)
{
	size_t n = 0;

	while (n < c->steps &&
	       vg_query_bucket(c->r, c->first + n).start_ms < place->rolled_ms)
		n++;
	return n;
}

static enum vg_rc ask_key(struct round *c, const struct place *place,
			  const char *suffix, const struct vg_bucket_id *id,
			  struct vg_err *err)
{
	struct vg_slice arg[3] = {
		vg_slice_of("HGET"), {.n = 0}, vg_slice_of("roll")};
	struct vg_buf key = {.n = 0};
	enum vg_rc rc;

	vg_key(&key, place->topic, place->partition, suffix);
	if (id != NULL) {
		arg[0] = vg_slice_of("HGETALL");
		vg_bucket_name(&key, c->r->env->plan, *id);
	}
	arg[1] = (struct vg_slice){.p = key.p, .n = (uint32_t)key.n};
	rc = key.failed
		     ? no_memory(err)
		     : vg_store_queue(c->store, arg, id != NULL ? 2 : 3, err);
	vg_buf_term(&key);
	return rc;
}

/* The buckets of one place, between two looks at where its hours meet. */
static enum vg_rc ask_place(struct round *c, const struct place *place,
			    size_t n, struct vg_err *err)
{
	enum vg_rc rc = ask_key(c, place, "o", NULL, err);

	for (size_t s = 0; rc == VG_OK && s < n; s++) {
		struct vg_bucket_id id = vg_query_bucket(c->r, c->first + s);

		rc = ask_key(c, place, "", &id, err);
	}
	return rc == VG_OK ? ask_key(c, place, "o", NULL, err) : rc;
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
			return no_memory(err);
		if (!vg_cell_parse(vg_reply_text(vg_reply_at(reply, k + 1)), v,
				   width))
			return vg_err_set(err, VG_INVAL,
					  "redis holds a cell that is no "
					  "number");
	}
	return *out != NULL ? VG_OK : no_memory(err);
}

/* Take what ask_place() asked; *moved when the place was not where the round
 * thinks. */
static enum vg_rc take_place(struct round *c, size_t p, size_t n, bool *moved,
			     struct vg_err *err)
{
	int64_t at[2] = {INT64_MIN, INT64_MIN};
	enum vg_rc rc = VG_OK;

	for (size_t k = 0; rc == VG_OK && k < n + 2; k++) {
		struct vg_reply *reply = NULL;

		rc = vg_store_take(c->store, &reply, err);
		if (rc == VG_OK && k > 0 && k <= n)
			rc = to_table(c->r, reply,
				      &c->stored[(k - 1) * c->n_places + p],
				      err);
		else if (rc == VG_OK && vg_reply_type(reply) != VG_REPLY_NIL)
			at[k != 0] = vg_reply_int(reply);
		vg_reply_free(reply);
	}
	if (at[0] != c->place[p].rolled_ms || at[1] != at[0]) {
		c->place[p].rolled_ms = at[1];
		*moved = true;
	}
	return rc;
}

static void drop_stored(struct round *c)
{
	for (size_t k = 0; c->stored != NULL && k < c->steps * c->n_places; k++)
		vg_table_free(c->stored[k]);
	free(c->stored);
	c->stored = NULL;
}

static enum vg_rc read_stored(struct round *c, bool *moved, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	c->stored = calloc(c->n_places * c->steps + 1, sizeof(*c->stored));
	if (c->stored == NULL)
		return no_memory(err);
	for (size_t p = 0; rc == VG_OK && p < c->n_places; p++) {
		size_t n = stored_steps(c, &c->place[p]);

		if (n > 0)
			rc = ask_place(c, &c->place[p], n, err);
	}
	for (size_t p = 0; rc == VG_OK && p < c->n_places; p++) {
		/* As it was asked: taking one place moves only that one. */
		size_t n = stored_steps(c, &c->place[p]);

		if (n > 0)
			rc = take_place(c, p, n, moved, err);
	}
	if (rc != VG_OK)
		vg_store_forget(c->store);
	return rc;
}

/* Add a table of place `p`. */
static bool add_source(struct round *c, size_t p, const struct vg_table *t,
		       bool charged)
{
	struct vg_query_tables *q = &c->tables;

	if (t == NULL)
		return true;
	if (q->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : FOLDED_ROOM;
		struct vg_query_table *grown =
			realloc(q->at, cap * sizeof *grown);

		if (grown == NULL)
			return false;
		q->at = grown;
		c->cap = cap;
	}
	if (charged) {
		assert(q->n == q->n_charged);
		q->n_charged++;
	}
	q->at[q->n++] =
		(struct vg_query_table){.table = t, .slot = c->place[p].slot};
	return true;
}

/* Start of the first open hour of `place` in the bucket. */
static int64_t open_from(const struct place *place, int64_t start_ms)
{
	return place->rolled_ms > start_ms ? place->rolled_ms : start_ms;
}

/* The open hours of one place in a bucket. Of an hour that folded, either how
 * much it would cost, or its minutes. */
static enum vg_rc add_hours(struct round *c, size_t p, struct vg_bucket_id id,
			    bool folded, struct vg_err *err)
{
	const struct vg_cells *cells = vg_view_part(c->r->view, p)->cells;
	int64_t end = id.start_ms + c->r->step_ms;
	bool ok = true;

	id.start_ms = open_from(&c->place[p], id.start_ms);
	for (; ok && id.start_ms < end; id.start_ms += HOUR_MS) {
		struct vg_bucket_id minute = id;
		struct vg_table *t;
		enum vg_rc rc;

		id.res = VG_VIEW_FOLDED_HOUR;
		if ((vg_cells_get(cells, id) != NULL) != folded)
			continue;
		id.res = VG_RES_1H;
		t = vg_cells_get(cells, id);
		if (!folded) {
			ok = add_source(c, p, t, true);
			continue;
		}
		rc = t != NULL ? vg_query_charge(c->r, t, err) : VG_OK;
		if (rc != VG_OK)
			return rc;
		minute.res = VG_RES_1M;
		for (; ok && minute.start_ms < id.start_ms + HOUR_MS;
		     minute.start_ms += MINUTE_MS)
			ok = add_source(c, p, vg_cells_get(cells, minute),
					false);
	}
	return ok ? VG_OK : no_memory(err);
}

static enum vg_rc sum_step(struct round *c, size_t s, struct vg_err *err)
{
	struct vg_bucket_id id = vg_query_bucket(c->r, c->first + s);
	enum vg_rc rc = VG_OK;

	c->tables.n = c->tables.n_charged = 0;
	for (size_t p = 0; p < c->n_places; p++)
		if (!add_source(c, p, c->stored[s * c->n_places + p], true))
			return no_memory(err);
	for (int folded = 0; folded <= 1; folded++)
		for (size_t p = 0; rc == VG_OK && p < c->n_places; p++)
			rc = add_hours(c, p, id, folded == 1, err);
	return rc == VG_OK ? vg_query_sum(c->r, c->first + s, &c->tables, err)
			   : rc;
}

/* True when the view still has every hour that the round takes from it. */
static bool is_level(struct round *c)
{
	bool level = true;

	for (size_t p = 0; p < c->n_places; p++) {
		int64_t rolled = vg_view_part(c->r->view, p)->rolled_ms;

		if (rolled > c->place[p].rolled_ms) {
			c->place[p].rolled_ms = rolled;
			level = false;
		}
	}
	return level;
}

/* Read and sum; *done counts the steps that are. */
static enum vg_rc run_round(struct round *c, size_t *done, struct vg_err *err)
{
	bool moved = false;
	enum vg_rc rc = read_stored(c, &moved, err);

	*done = 0;
	if (rc != VG_OK || moved)
		return rc;
	vg_view_read_lock(c->r->view);
	while (rc == VG_OK && *done < c->steps && is_level(c)) {
		rc = sum_step(c, (*done)++, err);
		vg_query_breathe(c->r);
	}
	vg_view_unlock(c->r->view);
	return rc;
}

enum vg_rc vg_query_read_long(struct vg_query_run *r, struct vg_store *store,
			      struct vg_err *err)
{
	struct round c = {.r = r, .store = store};
	enum vg_rc rc = VG_OK;
	size_t steps, done = 0;
	int tries = 0;

	if (!copy_places(&c, r->view))
		return no_memory(err);
	steps = c.n_places > 0 && c.n_places < BUCKETS ? BUCKETS / c.n_places
						       : 1;
	for (; rc == VG_OK && c.first < r->n_times; c.first += done) {
		c.steps = r->n_times - c.first;
		c.steps = c.steps < steps ? c.steps : steps;
		rc = run_round(&c, &done, err);
		drop_stored(&c);
		tries = done > 0 ? 0 : tries + 1;
		if (rc == VG_OK && tries == TRIES_MAX)
			rc = vg_err_set(err, VG_RETRY,
					"the view is behind Redis");
	}
	free(c.tables.at);
	free(c.place);
	return rc;
}
