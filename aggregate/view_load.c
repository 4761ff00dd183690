#include "aggregate/changes.h"
#include "aggregate/pack.h"
#include "aggregate/part_feed.h"
#include "aggregate/sensors.h"
#include "aggregate/view_parts.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK = 256 /* buckets asked for at once */ };

/* What a load gathers before readers see it. */
struct load {
	struct vg_view *v;
	struct vg_view_feed *f;
	size_t part;
	struct vg_store *store;
	struct vg_cells *cells;
	struct vg_sensors *sensors;
	struct vg_bucket_id id[CHUNK]; /* asked for, not yet taken */
	size_t asked;
	int64_t offset; /* :o before, then where the stream's end is */
	int64_t fill;	/* so, too */
	uint64_t whole[VG_TRACKS_ALL / 64];
	char last_id[VG_VIEW_ID_MAX];
};

bool vg_view_holds(struct vg_bucket_id id)
{
	return id.agg == VG_AGG_ACCOUNT ||
	       (id.agg < VG_AGG_SERIES_N && id.res <= VG_RES_1M);
}

static int64_t int_or(const struct vg_reply *r, int64_t absent)
{
	if (r == NULL || vg_reply_type(r) == VG_REPLY_NIL)
		return absent;
	return vg_reply_int(r);
}

/* :o into the feed's seen_ members. */
static enum vg_rc read_state(struct load *l, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc =
		vg_store_callf(l->store, &r, err, "HMGET", l->f->key_o, "off",
			       "wm", "lt", "roll", "fill", (char *)NULL);

	if (rc != VG_OK)
		return rc;
	l->f->seen_offset = int_or(vg_reply_at(r, 0), -1);
	l->f->seen_watermark_ms = int_or(vg_reply_at(r, 1), INT64_MIN);
	l->f->seen_log_ms = int_or(vg_reply_at(r, 2), INT64_MIN);
	l->f->seen_rolled_ms = int_or(vg_reply_at(r, 3), INT64_MIN);
	l->fill = int_or(vg_reply_at(r, 4), 0);
	vg_reply_free(r);
	return VG_OK;
}

/* Note the end of the stream. Read after :o: when there is no entry, no batch
 * came between the two, and :o says where we are. */
static enum vg_rc read_end(struct load *l, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	const struct vg_reply *entry;
	struct vg_slice id;
	enum vg_rc rc =
		vg_store_callf(l->store, &r, err, "XREVRANGE", l->f->key_d, "+",
			       "-", "COUNT", "1", (char *)NULL);

	if (rc != VG_OK)
		return rc;
	l->offset = l->f->seen_offset;
	snprintf(l->last_id, sizeof l->last_id, "0-0");
	if (vg_reply_count(r) == 1) {
		entry = vg_reply_at(r, 0);
		id = vg_reply_text(vg_reply_at(entry, 0));
		if (id.n < sizeof l->last_id) {
			memcpy(l->last_id, id.p, id.n);
			l->last_id[id.n] = '\0';
		}
		l->offset = vg_view_pair_int(vg_reply_at(entry, 1), "off",
					     l->offset);
		l->fill = vg_view_pair_int(vg_reply_at(entry, 1), "fill",
					   l->fill);
	}
	vg_reply_free(r);
	return VG_OK;
}

/* How the tracks are fed. Read before the buckets: what is whole then is not
 * less so in them, and what changes since is in the stream. */
static enum vg_rc read_feeds(struct load *l, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	const size_t n = sizeof VG_FEED_PREFIX - 1;
	bool marked = false, good = true;
	enum vg_rc rc = vg_store_callf(l->store, &r, err, "HGETALL",
				       l->f->key_o, (char *)NULL);

	if (rc != VG_OK)
		return rc;
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2) {
		struct vg_slice name = vg_reply_text(vg_reply_at(r, i));

		marked = marked || vg_slice_eq(name, vg_slice_of("fill"));
		if (name.n <= n || memcmp(name.p, VG_FEED_PREFIX, n) != 0)
			continue;
		good = good && vg_view_take_feed(
				       l->v,
				       (struct vg_slice){name.p + n,
							 name.n - (uint32_t)n},
				       vg_reply_text(vg_reply_at(r, i + 1)),
				       l->whole, VG_VIEW_NO_PART);
	}
	vg_reply_free(r);
	/* A store filled before there were such marks had all from the start.
	 */
	if (!marked && l->f->seen_offset >= 0)
		memset(l->whole, 0xff, sizeof l->whole);
	return good ? VG_OK
		    : vg_err_set(err, VG_INVAL,
				 "redis: partition %s:%" PRId32
				 " says nonsense of how a track is fed",
				 l->f->pub.topic, l->f->pub.partition);
}

static enum vg_rc put_cell(struct load *l, struct vg_bucket_id id,
			   struct vg_slice field, struct vg_slice text,
			   struct vg_err *err)
{
	unsigned width = vg_cell_width(id.agg);
	struct vg_table *t;
	int64_t v[4] = {0}, *at;

	bool steps = id.agg >= VG_AGG_STEPS_0;

	if (steps ? !vg_view_take_steps(l->v, l->part, id, field, text)
		  : !vg_cell_parse(text, v, width))
		return vg_err_set(err, VG_INVAL,
				  "redis: partition %s:%" PRId32
				  " holds a cell that is no number",
				  l->f->pub.topic, l->f->pub.partition);
	if (steps)
		return VG_OK;
	if (!vg_view_holds(id)) {
		assert(id.agg >= VG_AGG_TRACK_0);
		if (l->v->sink.span != NULL)
			l->v->sink.span(l->v->sink.ctx, vg_agg_track(id.agg),
					l->part, id.start_ms, field, v);
		return VG_OK;
	}
	t = vg_cells_at(l->cells, id, NULL);
	at = t != NULL ? vg_table_at(t, field, NULL) : NULL;
	if (at == NULL || !vg_view_add_hour(l->cells, id, field, v))
		return vg_err_set(err, VG_FATAL, "view: out of memory");
	memcpy(at, v, width * sizeof *v);
	return VG_OK;
}

/* Take the answers to the buckets asked for. */
static enum vg_rc take_buckets(struct load *l, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t b = 0; b < l->asked; b++) {
		struct vg_reply *r = NULL;
		enum vg_rc took = vg_store_take(l->store, &r, err);

		if (took != VG_OK)
			return took; /* the other answers are lost with it */
		/* A fault in one must not leave later answers in the pipe. */
		for (size_t i = 0; rc == VG_OK && i + 1 < vg_reply_count(r);
		     i += 2)
			rc = put_cell(
				l, l->id[b], vg_reply_text(vg_reply_at(r, i)),
				vg_reply_text(vg_reply_at(r, i + 1)), err);
		vg_reply_free(r);
	}
	l->asked = 0;
	return rc;
}

static enum vg_rc ask_bucket(struct load *l, struct vg_slice name,
			     struct vg_buf *key, struct vg_err *err)
{
	struct vg_bucket_id id;
	struct vg_slice arg[2] = {vg_slice_of("HGETALL")};
	enum vg_rc rc;

	if (!vg_bucket_parse(l->v->env->plan, name, &id))
		return VG_OK; /* a track of rules that are gone */
	if (!vg_view_holds(id) && id.agg < VG_AGG_TRACK_0)
		return VG_OK; /* hours and days stay in Redis */
	vg_buf_reset(key);
	vg_key(key, l->f->pub.topic, l->f->pub.partition, "");
	vg_buf_add(key, name.p, name.n);
	if (key->failed)
		return vg_err_set(err, VG_FATAL, "view: out of memory");
	arg[1] = (struct vg_slice){.p = key->p, .n = (uint32_t)key->n};
	rc = vg_store_queue(l->store, arg, 2, err);
	if (rc != VG_OK)
		return rc;
	l->id[l->asked++] = id;
	return l->asked == CHUNK ? take_buckets(l, err) : VG_OK;
}

static enum vg_rc read_buckets(struct load *l, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	struct vg_buf key = {.n = 0};
	enum vg_rc rc = vg_store_callf(l->store, &r, err, "ZRANGE", l->f->key_x,
				       "0", "-1", (char *)NULL);

	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(r); i++)
		rc = ask_bucket(l, vg_reply_text(vg_reply_at(r, i)), &key, err);
	if (rc == VG_OK)
		rc = take_buckets(l, err);
	vg_reply_free(r);
	vg_buf_term(&key);
	return rc;
}

static enum vg_rc read_sensors(struct load *l, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_callf(l->store, &r, err, "HGETALL",
				       l->f->key_sensors, (char *)NULL);

	for (size_t i = 0; rc == VG_OK && i + 1 < vg_reply_count(r); i += 2)
		rc = vg_sensors_set(l->sensors,
				    vg_reply_text(vg_reply_at(r, i)),
				    vg_reply_text(vg_reply_at(r, i + 1)));
	if (rc == VG_DROP)
		rc = vg_err_set(err, VG_INVAL,
				"redis: partition %s:%" PRId32
				" holds what is no sensor",
				l->f->pub.topic, l->f->pub.partition);
	vg_reply_free(r);
	return rc;
}

static int64_t count_cells(const struct vg_cells *c)
{
	struct vg_bucket_id id;
	struct vg_table *t;
	size_t pos = 0;
	int64_t n = 0;

	while (c != NULL && vg_cells_next(c, &pos, &id, &t))
		n += vg_view_holds(id) ? (int64_t)vg_table_count(t) : 0;
	return n;
}

/* Show what was loaded. */
static void publish(struct load *l)
{
	struct vg_view_feed *f = l->f;
	struct vg_cells *old = f->cells;
	struct vg_sensors *old_sensors = f->sensors;

	l->v->n_cells += count_cells(l->cells) - count_cells(old);
	memcpy(f->last_id, l->last_id, sizeof f->last_id);
	f->target = f->seen_offset;
	f->fill = l->fill;
	f->loaded = true;
	f->lag_offset = INT64_MIN;
	f->swept_to_ms = INT64_MIN;
	vg_view_mutex_write(&l->v->lock);
	vg_changes_all(l->v->changes);
	vg_view_ticks(l->v);
	vg_packs_clear(f->packs);
	f->cells = l->cells;
	f->pub.cells = l->cells;
	f->pub.sensors = f->sensors = l->sensors;
	f->pub.canary_seen_ms = 0;
	f->pub.offset = l->offset;
	memcpy(f->pub.whole, l->whole, sizeof l->whole);
	f->pub.watermark_ms = f->pub.log_ms = INT64_MIN;
	f->pub.rolled_ms = f->seen_rolled_ms;
	vg_view_mutex_write_done(&l->v->lock);
	l->cells = NULL;
	l->sensors = NULL;
	vg_cells_free(old);
	vg_sensors_free(old_sensors);
	vg_view_settle(l->v, l->part);
}

enum vg_rc vg_view_load(struct vg_view *v, size_t i, struct vg_store *store,
			struct vg_err *err)
{
	struct vg_view_feed *f = v->feed[i];
	const struct vg_sensors_opts so = {.max = 1, /* what Redis has */
					   .keep_ms = INT64_MAX,
					   .seed = v->env->table_seed};
	struct load *l = calloc(1, sizeof *l);
	enum vg_rc rc = VG_OK;

	assert(!f->loaded);
	if (l == NULL)
		return vg_err_set(err, VG_FATAL, "view: out of memory");
	*l = (struct load){.v = v, .f = f, .part = i, .store = store};
	l->cells = vg_cells_new(v->env->table_seed);
	l->sensors = vg_sensors_new(&so);
	if (l->cells == NULL || l->sensors == NULL) {
		rc = vg_err_set(err, VG_FATAL, "view: out of memory");
		goto out;
	}
	if (f->handed && v->sink.reset != NULL)
		v->sink.reset(v->sink.ctx, i);
	f->handed = true;
	rc = read_state(l, err);
	if (rc == VG_OK)
		rc = read_end(l, err);
	if (rc == VG_OK)
		rc = read_feeds(l, err);
	if (rc == VG_OK)
		rc = read_buckets(l, err);
	if (rc == VG_OK)
		rc = read_sensors(l, err);
	const int64_t fill = l->fill;
	if (rc == VG_OK)
		rc = read_state(l, err);
	l->fill = fill;
	if (rc == VG_OK)
		publish(l);
out:
	vg_cells_free(l->cells);
	vg_sensors_free(l->sensors);
	free(l);
	return rc;
}
