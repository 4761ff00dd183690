#include "aggregate/part_feeds.h"

#include "aggregate/delta.h"
#include "aggregate/part_call.h"
#include "aggregate/part_steps.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { NAME = sizeof VG_FEED_PREFIX - 1 };

bool vg_feed_is_whole(const struct vg_feed *f)
{
	return f->cursor >= f->from;
}

void vg_feed_print(struct vg_buf *out, const struct vg_feed *f)
{
	const int64_t v[VG_FEED_WIDTH] = {f->from, f->cursor, f->log_ms};

	vg_cell_print(out, v, VG_FEED_WIDTH);
}

bool vg_feed_parse(struct vg_slice text, struct vg_feed *out)
{
	int64_t v[VG_FEED_WIDTH];

	if (!vg_cell_parse(text, v, VG_FEED_WIDTH) || v[0] < 0)
		return false;
	*out = (struct vg_feed){.from = v[0], .cursor = v[1], .log_ms = v[2]};
	return true;
}

const struct vg_feed *vg_part_feed(const struct vg_part *p, size_t i)
{
	assert(i < vg_plan_tracks(p->env->plan));
	return &p->feeds->feed[i];
}

size_t vg_part_feeds_open(const struct vg_part *p)
{
	size_t n = 0;

	for (size_t i = 0; i < vg_plan_tracks(p->env->plan); i++)
		n += !vg_feed_is_whole(&p->feeds->feed[i]);
	return n;
}

void vg_part_feeds_free(struct vg_part *p)
{
	if (p->feeds == NULL)
		return;
	free(p->feeds->feed);
	free(p->feeds->fills);
	free(p->feeds->struck);
	free(p->feeds);
	p->feeds = NULL;
}

static bool make(struct vg_part *p)
{
	size_t n = vg_plan_tracks(p->env->plan) + 1;
	struct vg_part_feeds *f = calloc(1, sizeof *f);

	p->feeds = f;
	if (f == NULL)
		return false;
	f->feed = calloc(n, sizeof *f->feed);
	f->fills = calloc(n, sizeof *f->fills);
	for (size_t i = 0; f->feed != NULL && i < n; i++)
		f->feed[i].from = -1; /* not listed */
	return f->feed != NULL && f->fills != NULL;
}

static bool strike(struct vg_part_feeds *f, struct vg_slice id)
{
	if (!vg_part_reserve((void **)&f->struck, &f->cap_struck,
			     f->n_struck + 1, sizeof *f->struck))
		return false;
	memcpy(f->struck[f->n_struck], id.p, id.n);
	f->struck[f->n_struck++][id.n] = '\0';
	f->news = true;
	return true;
}

/* Take the fields of `:o`. *marked: it was written by who keeps such marks. */
static bool take_listed(struct vg_part *p, const struct vg_reply *o,
			bool *marked)
{
	struct vg_part_feeds *f = p->feeds;

	*marked = false;
	for (size_t i = 0; i + 1 < vg_reply_count(o); i += 2) {
		struct vg_slice name = vg_reply_text(vg_reply_at(o, i));
		struct vg_slice id = {name.p + NAME, name.n - NAME};
		int at;

		*marked = *marked || vg_slice_eq(name, vg_slice_of("fill"));
		if (vg_slice_eq(name, vg_slice_of("rcut")))
			p->state.recalls_from =
				vg_reply_int(vg_reply_at(o, i + 1));
		if (name.n != NAME + VG_TRACK_ID - 1 ||
		    memcmp(name.p, VG_FEED_PREFIX, NAME) != 0)
			continue;
		at = vg_plan_find_track(p->env->plan, id);
		if (at < 0 ? !strike(f, id)
			   : !vg_feed_parse(
				     vg_reply_text(vg_reply_at(o, i + 1)),
				     &f->feed[at]) &&
				     !strike(f, id))
			return false;
	}
	return true;
}

/* Have what is left of track `i` removed by the next commit. How much is. */
static size_t clear(struct vg_part *p, size_t i, bool mark)
{
	struct vg_live *b;
	size_t n = 0;

	for (size_t pos = 0; (b = vg_live_next(&p->live, &pos)) != NULL;) {
		if (b->id.agg < VG_AGG_TRACK_0 || vg_agg_track(b->id.agg) != i)
			continue;
		b->emptied = b->emptied || mark;
		n++;
	}
	return n;
}

/* Nothing was counted that the track could have missed. */
static bool begins(const struct vg_part_state *s)
{
	return !s->has_offset || s->offset <= s->from_offset;
}

/* Let the tracks begin that are not listed. */
static void begin_new(struct vg_part *p, bool marked)
{
	const struct vg_part_state *s = &p->state;
	int64_t here = s->has_offset ? s->offset : 0;

	for (size_t i = 0; i < vg_plan_tracks(p->env->plan); i++) {
		struct vg_feed *f = &p->feeds->feed[i];

		if (f->from >= 0)
			continue;
		p->feeds->news = true;
		*f = (struct vg_feed){here, here, VG_FEED_NO_TIME};
		/* What was filled before there were marks had all its tracks
		 * from the beginning. */
		if (begins(s) || (!marked && clear(p, i, false) > 0) ||
		    VG_DEFECT("no-backfill"))
			continue;
		f->cursor = -1;
		(void)clear(p, i, true);
	}
}

enum vg_rc vg_part_feeds_open_with(struct vg_part *p, const struct vg_reply *o,
				   struct vg_err *err)
{
	const struct vg_part_state *s = &p->state;
	bool marked;

	if (!make(p) || !take_listed(p, o, &marked))
		return vg_part_no_memory(err);
	begin_new(p, marked);
	if (!p->feeds->news || !s->has_offset)
		return VG_OK;
	const struct vg_part_commit c = {.next_offset = s->offset,
					 .prev_offset = s->prev_offset,
					 .prev_hash = s->prev_hash,
					 .watermark_ms = s->watermark_ms,
					 .log_ms = s->log_ms,
					 .tracks_below_ms = INT64_MIN};
	enum vg_rc rc = vg_part_commit(p, &c, err);
	/* Who opened it since has it: that is no fault of the store's. */
	return rc == VG_INVAL && p->refusal == VG_REFUSAL_FENCED
		       ? vg_err_set(err, VG_RETRY, "%s", err->text)
		       : rc;
}

static void name_of(char out[NAME + VG_TRACK_ID], const char *id)
{
	memcpy(out, VG_FEED_PREFIX, NAME);
	memcpy(out + NAME, id, VG_TRACK_ID);
}

static void tell_feeds(struct vg_part *p, uint32_t key, struct vg_buf *text)
{
	const struct vg_part_feeds *f = p->feeds;
	char name[NAME + VG_TRACK_ID];
	bool begun = false;

	for (size_t i = 0; i < vg_plan_tracks(p->env->plan); i++) {
		const char *id = vg_plan_track(p->env->plan, i)->id;

		if (f->filling && !f->fills[i])
			continue;
		vg_buf_reset(text);
		vg_feed_print(text, &f->feed[i]);
		if (text->failed)
			break;
		name_of(name, id);
		if (!begun)
			vg_call_begin(p->call, "HSET", key);
		begun = true;
		vg_call_str(p->call, name, strlen(name));
		vg_call_str(p->call, text->p, text->n);
		vg_delta_field(&p->delta, vg_slice_of(id),
			       (struct vg_slice){text->p, (uint32_t)text->n});
	}
}

static void tell_struck(struct vg_part *p, uint32_t key)
{
	const struct vg_part_feeds *f = p->feeds;
	char name[NAME + VG_TRACK_ID];

	if (f->n_struck > 0)
		vg_call_begin(p->call, "HDEL", key);
	for (size_t i = 0; i < f->n_struck; i++) {
		name_of(name, f->struck[i]);
		vg_call_str(p->call, name, strlen(name));
		vg_delta_field(&p->delta, vg_slice_of(f->struck[i]),
			       (struct vg_slice){.n = 0});
	}
}

void vg_part_feeds_tell(struct vg_part *p, uint32_t key)
{
	const struct vg_part_feeds *f = p->feeds;
	size_t n = f->n_struck;
	struct vg_buf text = {0};

	if (!f->news)
		return;
	for (size_t i = 0; i < vg_plan_tracks(p->env->plan); i++)
		n += !f->filling || f->fills[i];
	if (n > 0)
		vg_delta_bucket(&p->delta, vg_slice_of(VG_FEEDS_BUCKET), n);
	tell_struck(p, key);
	tell_feeds(p, key, &text);
	if (text.failed)
		p->call->failed = true;
	vg_buf_term(&text);
}

void vg_part_feeds_settle(struct vg_part *p)
{
	p->feeds->filling = p->feeds->news = false;
	p->feeds->n_struck = 0;
}

static bool same(const struct vg_feed *a, const struct vg_feed *b)
{
	return a->from == b->from && a->cursor == b->cursor &&
	       a->log_ms == b->log_ms;
}

bool vg_part_fill_next(struct vg_part *p, struct vg_fill *out)
{
	struct vg_part_feeds *f = p->feeds;
	bool found = false;

	assert(!f->filling);
	for (size_t i = 0; i < vg_plan_tracks(p->env->plan); i++) {
		int64_t reach_ms = vg_part_track_life(p->env, i);

		f->fills[i] = false;
		if (vg_feed_is_whole(&f->feed[i]))
			continue;
		if (!found)
			*out = (struct vg_fill){.at = f->feed[i]};
		found = true;
		f->fills[i] = same(&f->feed[i], &out->at);
		if (f->fills[i] && reach_ms > out->reach_ms)
			out->reach_ms = reach_ms;
	}
	return found;
}

bool vg_part_feeds_take(const struct vg_part *p, size_t i,
			const struct vg_event *e, const struct vg_part_at *at)
{
	const struct vg_part_feeds *f = p->feeds;
	const struct vg_feed *feed = &f->feed[i];

	if (e->time_ms <=
	    at->log_ms - p->late_ms -
		    vg_track_late_ms(vg_plan_track(p->env->plan, i)))
		return false;
	if (f->filling)
		return f->fills[i];
	/* What a recall takes, or keeps, must have come here at all. */
	return p->recall == NULL || at->offset >= feed->from ||
	       at->offset < feed->cursor || VG_DEFECT("recall-unfed");
}

enum vg_rc vg_part_fill(struct vg_part *p, const struct vg_event *e,
			int64_t offset, int64_t log_ms, struct vg_err *err)
{
	const struct vg_part_at at = {offset, log_ms};

	p->feeds->filling = true;
	enum vg_rc rc = vg_part_count_spans(p, e, &at, err);
	return rc == VG_OK ? vg_part_count_steps(p, e, 1, &at, err) : rc;
}

enum vg_rc vg_part_fill_recalled(struct vg_part *p, const struct vg_event *e,
				 int64_t offset, int64_t log_ms,
				 struct vg_err *err)
{
	const struct vg_part_at at = {offset, log_ms};

	/* A step that comes to nothing stays: aggregate/part_recall.h. */
	p->feeds->filling = true;
	return vg_part_count_steps(p, e, 0, &at, err);
}

enum vg_rc vg_part_fill_commit(struct vg_part *p, int64_t cursor,
			       int64_t log_ms, int64_t tracks_below_ms,
			       struct vg_err *err)
{
	struct vg_part_feeds *f = p->feeds;
	const struct vg_part_state *s = &p->state;
	const struct vg_part_commit c = {.next_offset = s->offset,
					 .prev_offset = s->prev_offset,
					 .prev_hash = s->prev_hash,
					 .watermark_ms = s->watermark_ms,
					 .log_ms = s->log_ms,
					 .tracks_below_ms = tracks_below_ms};

	f->filling = f->news = true;
	for (size_t i = 0; i < vg_plan_tracks(p->env->plan); i++) {
		if (!f->fills[i])
			continue;
		assert(cursor >= f->feed[i].cursor);
		f->feed[i].cursor = cursor;
		f->feed[i].log_ms = log_ms;
	}
	return vg_part_commit(p, &c, err);
}
