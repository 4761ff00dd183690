#include "aggregate/changes.h"
#include "aggregate/delta.h"
#include "aggregate/pack.h"
#include "aggregate/part_feed.h"
#include "aggregate/sensors.h"
#include "aggregate/view_parts.h"

#include "core/defect.h"

#include <assert.h>

enum { SWEEP_STEP_MS = 10000, SWEEP_CHUNK = 1024 };

enum fault { FINE, MALFORMED, NO_MEMORY };

int64_t vg_view_pair_int(const struct vg_reply *pairs, const char *name,
			 int64_t absent)
{
	struct vg_slice want = vg_slice_of(name);

	for (size_t i = 0; i + 1 < vg_reply_count(pairs); i += 2)
		if (vg_slice_eq(vg_reply_text(vg_reply_at(pairs, i)), want))
			return vg_reply_int(vg_reply_at(pairs, i + 1));
	return absent;
}

static struct vg_slice payload_of(const struct vg_reply *pairs)
{
	for (size_t i = 0; i + 1 < vg_reply_count(pairs); i += 2)
		if (vg_slice_eq(vg_reply_text(vg_reply_at(pairs, i)),
				vg_slice_of("b")))
			return vg_reply_text(vg_reply_at(pairs, i + 1));
	return (struct vg_slice){.n = 0};
}

/* What a walk over a delta does with a bucket that is gone (field.n == 0) and
 * with each of its fields (cell NULL: the field is gone). */
struct walk {
	struct vg_view *v;
	struct vg_view_feed *f;
	size_t part;
	bool locked; /* readers wait: what is not a cell may change */
	enum fault (*cell)(struct walk *w, struct vg_bucket_id id,
			   struct vg_slice field, const int64_t *cell);
};

static enum fault walk_bucket(struct walk *w, struct vg_delta_reader *r,
			      const struct vg_bucket_id *id)
{
	struct vg_slice field, text;
	enum fault fault = FINE;
	int64_t cell[4];
	int got;

	while ((got = vg_delta_next_field(r, &field, &text)) > 0) {
		if (id == NULL || fault != FINE)
			continue;
		if (id->agg >= VG_AGG_STEPS_0 && text.n > 0) {
			if (!w->locked && !vg_view_take_steps(w->v, w->part,
							      *id, field, text))
				return MALFORMED;
			continue;
		}
		if (text.n > 0 &&
		    !vg_cell_parse(text, cell, vg_cell_width(id->agg)))
			return MALFORMED;
		fault = w->cell(w, *id, field, text.n > 0 ? cell : NULL);
	}
	return got < 0 ? MALFORMED : fault;
}

/* The sensor table's part of a delta: looked at first, then taken over. */
static enum fault walk_sensors(struct walk *w, struct vg_delta_reader *r)
{
	struct vg_slice field, text;
	struct vg_sensor s;
	int got;

	while ((got = vg_delta_next_field(r, &field, &text)) > 0) {
		if (!w->locked && text.n > 0 && !vg_sensor_parse(text, &s))
			return MALFORMED;
		if (w->locked &&
		    vg_sensors_set(w->f->sensors, field, text) == VG_FATAL)
			return NO_MEMORY;
		if (w->locked &&
		    vg_slice_eq(field, vg_slice_of(VG_SENSORS_CANARY)))
			w->f->pub.canary_seen_ms = w->v->step_ms;
	}
	return got < 0 ? MALFORMED : FINE;
}

/* The part about tracks: the sink hears first, then readers. */
static enum fault walk_feeds(struct walk *w, struct vg_delta_reader *r)
{
	struct vg_slice id, text;
	int got;

	while ((got = vg_delta_next_field(r, &id, &text)) > 0)
		if (!vg_view_take_feed(
			    w->v, id, text, w->locked ? w->f->pub.whole : NULL,
			    w->locked ? VG_VIEW_NO_PART : (int)w->part))
			return MALFORMED;
	return got < 0 ? MALFORMED : FINE;
}

static enum fault walk_delta(struct walk *w, struct vg_slice payload)
{
	struct vg_delta_reader r = vg_delta_read(payload);
	struct vg_slice name;
	enum fault fault = FINE;
	uint64_t n;
	int got;

	while (fault == FINE && (got = vg_delta_next(&r, &name, &n)) != 0) {
		struct vg_bucket_id id;
		bool known;

		if (got < 0)
			return MALFORMED;
		if (vg_slice_eq(name, vg_slice_of(VG_SENSORS_KEY))) {
			fault = walk_sensors(w, &r);
			continue;
		}
		if (vg_slice_eq(name, vg_slice_of(VG_FEEDS_BUCKET))) {
			fault = walk_feeds(w, &r);
			continue;
		}
		known = vg_bucket_parse(w->v->env->plan, name, &id);
		if (known && n == 0)
			fault = w->cell(w, id, (struct vg_slice){.n = 0}, NULL);
		else
			fault = walk_bucket(w, &r, known ? &id : NULL);
	}
	return fault;
}

/* Tracks go to the sink, before and outside the lock. */
static enum fault hand_over(struct walk *w, struct vg_bucket_id id,
			    struct vg_slice field, const int64_t *cell)
{
	const struct vg_track_sink *s = &w->v->sink;
	size_t track;

	if (id.agg < VG_AGG_TRACK_0 || s->span == NULL)
		return FINE;
	track = vg_agg_track(id.agg);
	if (cell != NULL)
		s->span(s->ctx, track, w->part, id.start_ms, field, cell);
	else if (field.n > 0)
		s->gone(s->ctx, track, w->part, id.start_ms, field);
	else
		s->swept(s->ctx, track, w->part, id.start_ms);
	return FINE;
}

/* Take what the minute has of `field` out of its hour. */
static void forget_minute(struct vg_view_feed *f, struct vg_bucket_id id,
			  const struct vg_table *t, struct vg_slice field)
{
	const int64_t *v = vg_table_get(t, field);

	/* Making a number smaller needs no memory. */
	if (v != NULL && id.agg < VG_AGG_SERIES_N)
		(void)!vg_view_add_hour(f->cells, id, field,
					(const int64_t[2]){-v[0], -v[1]});
}

/* Bucket `id` changed in `field` (n == 0: as a whole). */
static void note_locked(struct vg_view *v, struct vg_bucket_id id,
			struct vg_slice field)
{
	struct vg_slice audience, values;
	uint16_t aud = UINT16_MAX;

	if (id.agg >= VG_AGG_SERIES_N)
		return;
	if (field.n > 0 && vg_field_audience(field, &audience, &values) &&
	    !vg_audience_find(v->env->aud, audience, &aud))
		return; /* of an audience that nobody is */
	vg_changes_note(v->changes, id, aud);
}

static void drop_locked(struct vg_view *v, struct vg_view_feed *f,
			struct vg_bucket_id id)
{
	struct vg_table *t = vg_cells_get(f->cells, id);

	if (t == NULL)
		return;
	if (vg_view_holds(id))
		v->n_cells -= (int64_t)vg_table_count(t);
	vg_packs_forget(f->packs, id);
	vg_cells_drop(f->cells, id);
}

static void remove_locked(struct vg_view *v, struct vg_view_feed *f,
			  struct vg_bucket_id id, struct vg_slice field)
{
	struct vg_table *t = vg_cells_get(f->cells, id);

	if (t == NULL)
		return;
	vg_packs_forget(f->packs, id);
	forget_minute(f, id, t, field);
	note_locked(v, id, field);
	v->n_cells -= (int64_t)vg_table_count(t);
	vg_table_remove(t, field);
	v->n_cells += (int64_t)vg_table_count(t);
}

/* The rest goes to the cells. Values are absolute: an entry may come twice. */
static enum fault set_locked(struct walk *w, struct vg_bucket_id id,
			     struct vg_slice field, const int64_t *cell)
{
	unsigned width = vg_cell_width(id.agg);
	struct vg_table *t;
	int64_t *at, by[2];
	bool is_new;

	if (!vg_view_holds(id)) {
		note_locked(w->v, id, field);
		return FINE;
	}
	if (cell == NULL && field.n == 0) {
		note_locked(w->v, id, field);
		drop_locked(w->v, w->f, id);
		return FINE;
	}
	if (cell == NULL) {
		remove_locked(w->v, w->f, id, field);
		return FINE;
	}
	t = vg_cells_at(w->f->cells, id, NULL);
	at = t != NULL ? vg_table_at(t, field, &is_new) : NULL;
	if (at == NULL)
		return NO_MEMORY;
	by[0] = cell[0] - at[0];
	by[1] = width > 1 ? cell[1] - at[1] : 0;
	if (by[0] != 0 || by[1] != 0 || is_new) {
		vg_packs_forget(w->f->packs, id);
		note_locked(w->v, id, field);
	}
	for (unsigned i = 0; i < width; i++)
		at[i] = VG_DEFECT("view-add") ? at[i] + cell[i] : cell[i];
	w->v->n_cells += is_new ? 1 : 0;
	return vg_view_add_hour(w->f->cells, id, field, by) ? FINE : NO_MEMORY;
}

void vg_view_reload(struct vg_view *v, size_t i)
{
	struct vg_view_feed *f = v->feed[i];

	f->loaded = false;
	vg_metric_add(v->env->metrics, VG_M_VIEW_RELOADS, 1);
	vg_view_mutex_write(&v->lock);
	vg_view_ticks(v);
	f->pub.live = false;
	vg_view_mutex_write_done(&v->lock);
}

void vg_view_settle(struct vg_view *v, size_t i)
{
	struct vg_view_feed *f = v->feed[i];

	if (f->pub.offset < f->seen_offset)
		return;
	vg_view_mutex_write(&v->lock);
	vg_view_ticks(v);
	if (f->seen_watermark_ms > f->pub.watermark_ms)
		f->pub.watermark_ms = f->seen_watermark_ms;
	if (f->seen_log_ms > f->pub.log_ms)
		f->pub.log_ms = f->seen_log_ms;
	if (f->seen_rolled_ms > f->pub.rolled_ms)
		f->pub.rolled_ms = f->seen_rolled_ms;
	if (f->pub.offset >= f->target)
		f->pub.live = true;
	vg_view_mutex_write_done(&v->lock);
}

/* Move the feed to where the entry ends. */
static void advance_locked(struct vg_view_feed *f, const struct vg_reply *pairs,
			   int64_t off)
{
	int64_t wm = vg_view_pair_int(pairs, "wm", INT64_MIN);
	int64_t lt = vg_view_pair_int(pairs, "lt", INT64_MIN);
	int64_t roll = vg_view_pair_int(pairs, "roll", INT64_MIN);

	f->pub.offset = off;
	if (roll > f->pub.rolled_ms)
		f->pub.rolled_ms = roll;
	if (wm > f->pub.watermark_ms)
		f->pub.watermark_ms = wm;
	if (lt > f->pub.log_ms)
		f->pub.log_ms = lt;
	if (off >= f->target)
		f->pub.live = true;
}

/* True when the entry is the next one. Those that leave the offset where it was
 * are numbered; an entry of before there were such has no number. */
static bool follows(const struct vg_view_feed *f, const struct vg_reply *pairs,
		    int64_t off)
{
	int64_t prev = vg_view_pair_int(pairs, "prev", INT64_MIN);
	int64_t stays = off == prev;

	/* Before the first commit both are -1. */
	return off >= 0 && prev == f->pub.offset &&
	       vg_view_pair_int(pairs, "fill", f->fill + stays) ==
		       f->fill + stays;
}

enum vg_rc vg_view_apply(struct vg_view *v, size_t i,
			 const struct vg_reply *entry, struct vg_err *err)
{
	struct vg_view_feed *f = v->feed[i];
	const struct vg_reply *pairs = vg_reply_at(entry, 1);
	struct vg_slice id = vg_reply_text(vg_reply_at(entry, 0));
	struct vg_slice payload = payload_of(pairs);
	struct walk w = {.v = v, .f = f, .part = i, .cell = hand_over};
	int64_t off = vg_view_pair_int(pairs, "off", -1);
	enum fault fault;

	assert(f->loaded);
	if (id.n >= sizeof f->last_id || !follows(f, pairs, off) ||
	    walk_delta(&w, payload) != FINE) {
		vg_view_reload(v, i);
		return VG_OK;
	}
	w.cell = set_locked;
	w.locked = true;
	vg_view_mutex_write(&v->lock);
	vg_view_ticks(v);
	fault = walk_delta(&w, payload);
	assert(fault != MALFORMED); /* the first walk has seen it all */
	if (fault == FINE)
		advance_locked(f, pairs, off);
	vg_view_mutex_write_done(&v->lock);
	if (fault != FINE)
		return vg_err_set(err, VG_FATAL, "view: out of memory");
	f->fill = vg_view_pair_int(pairs, "fill", f->fill);
	memcpy(f->last_id, id.p, id.n);
	f->last_id[id.n] = '\0';
	vg_metric_add(v->env->metrics, VG_M_VIEW_ENTRIES, 1);
	return VG_OK;
}

static bool is_old(const struct vg_view *v, struct vg_bucket_id id,
		   const struct vg_view_part *p)
{
	const struct vg_config *cfg = v->env->cfg;
	int64_t keep =
		id.res == VG_RES_10S ? cfg->keep_10s_ms : cfg->keep_1m_ms;

	if (id.agg >= VG_AGG_SERIES_N)
		return false;
	if (id.res > VG_RES_1M)
		return id.start_ms < p->rolled_ms;
	if (id.res == VG_RES_1M && id.start_ms >= p->rolled_ms)
		return false; /* still part of an hour */
	return id.start_ms + vg_res_ms((enum vg_res)id.res) <= p->log_ms - keep;
}

static void expire_locked(struct vg_view *v, struct vg_view_feed *f,
			  struct vg_bucket_id id)
{
	if (id.agg < VG_AGG_SERIES_N && id.res <= VG_RES_1M)
		vg_changes_expired(v->changes, id);
	drop_locked(v, f, id);
}

void vg_view_sweep(struct vg_view *v, size_t i)
{
	struct vg_view_feed *f = v->feed[i];
	int64_t log_ms = f->pub.log_ms;
	struct vg_bucket_id old[SWEEP_CHUNK];
	struct vg_table *t;
	size_t n, pos;

	if (log_ms == INT64_MIN || (f->swept_to_ms != INT64_MIN &&
				    log_ms < f->swept_to_ms + SWEEP_STEP_MS))
		return;
	do {
		for (n = pos = 0; n < SWEEP_CHUNK &&
				  vg_cells_next(f->cells, &pos, &old[n], &t);)
			n += is_old(v, old[n], &f->pub) ? 1 : 0;
		vg_view_mutex_write(&v->lock);
		vg_view_ticks(v);
		for (size_t k = 0; k < n; k++)
			expire_locked(v, f, old[k]);
		vg_view_mutex_write_done(&v->lock);
	} while (n == SWEEP_CHUNK);
	f->swept_to_ms = log_ms;
}
