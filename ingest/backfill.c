#include "ingest/backfill.h"

#include "aggregate/part_feed.h"
#include "aggregate/part_recall.h"
#include "ingest/judged.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CHUNK = 8192 }; /* offsets read between two batches */

struct vg_backfill {
	struct vg_fill fill;
	struct vg_admit *admit;	      /* has seen what came before `pos` */
	int64_t cursor;		      /* records from here on are fed    */
	int64_t pos;		      /* the next to read                */
	int64_t log_ms;		      /* log time there                  */
	int64_t below_ms;	      /* tracks that ended before may go */
	struct vg_recalled *recalled; /* of the step under way     */
	size_t n_recalled;
	struct vg_counter *c;
	struct vg_lane *lane;
};

void vg_backfill_free(struct vg_backfill *b)
{
	if (b == NULL)
		return;
	vg_admit_free(b->admit);
	free(b->recalled);
	free(b);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The first record that can have an event of a bucket that is still there. */
static enum vg_rc find_cursor(struct vg_backfill *b, int64_t low,
			      struct vg_err *err)
{
	const struct vg_lane *lane = b->lane;
	const struct vg_part_state *s = vg_part_state(lane->part);
	const struct vg_config *cfg = b->c->env->part->cfg;
	int64_t now_ms = s->log_ms < b->below_ms ? s->log_ms : b->below_ms;
	int64_t from_ms = now_ms - b->fill.reach_ms -
			  vg_config_future_ms(cfg, lane->partner);
	int64_t found = 0;

	b->log_ms = INT64_MIN;
	b->cursor = b->fill.at.cursor;
	if (b->cursor >= 0) {
		if (b->fill.at.log_ms != VG_FEED_NO_TIME)
			b->log_ms = b->fill.at.log_ms;
		return VG_OK;
	}
	enum vg_rc rc = vg_log_reader_at(
		b->c->reader, lane->partner->topic, lane->partition,
		from_ms < 0 ? 0 : from_ms, &found, err);
	found = larger(larger(found, low), s->from_offset);
	b->cursor = found < b->fill.at.from ? found : b->fill.at.from;
	return rc;
}

/* Read from where all is known that verdicts from the cursor on depend on. */
static enum vg_rc begin_reading(struct vg_backfill *b, int64_t low,
				struct vg_err *err)
{
	const struct vg_part_env *env = b->c->env->part;
	const struct vg_partner *partner = b->lane->partner;
	const struct vg_admit_env ae = {
		.cfg = env->cfg, .aud = env->aud, .hash_key = env->hash_key};
	const int64_t span = vg_config_dedup_span(env->cfg, partner);
	const int64_t begin = vg_part_state(b->lane->part)->from_offset;
	int64_t ids = larger(b->cursor - span, begin);
	int64_t quotas =
		vg_quota_reads_from(vg_admit_quota(b->lane->admit), ids);

	b->pos = larger(quotas < 0 ? begin : quotas, low);
	enum vg_rc rc = vg_admit_new(&b->admit, &ae, partner, err);
	if (rc != VG_OK || b->pos <= ids)
		return rc;
	/* The log was cut: of the ids before, Redis has the newest. */
	rc = vg_part_ids_load(b->lane->part, err);
	return rc == VG_OK ? vg_lane_seed(b->lane, b->admit, span, b->pos, err)
			   : rc;
}

static enum vg_rc begin(struct vg_counter *c, struct vg_lane *lane,
			struct vg_err *err)
{
	struct vg_backfill *b = calloc(1, sizeof *b);
	int64_t low = 0, high = 0;
	enum vg_rc rc = VG_OK;

	if (b == NULL)
		return vg_err_set(err, VG_FATAL, "back-fill: out of memory");
	vg_backfill_free(lane->fill);
	lane->fill = b;
	b->c = c;
	b->lane = lane;
	b->below_ms = atomic_load(c->env->tracks_below_ms);
	lane->fill_waits = b->below_ms == INT64_MIN;
	if (lane->fill_waits)
		return VG_OK;
	if (!vg_part_fill_next(lane->part, &b->fill)) {
		vg_backfill_free(b);
		lane->fill = NULL;
		return VG_OK;
	}
	if (c->reader == NULL)
		rc = vg_log_reader_new(&c->reader, c->env->part->cfg, err);
	if (rc == VG_OK)
		rc = vg_log_reader_bounds(c->reader, lane->partner->topic,
					  lane->partition, &low, &high, err);
	if (rc == VG_OK)
		rc = find_cursor(b, low, err);
	lane->from_kafka = rc == VG_RETRY;
	/* What recalls did there is not known any more: until it is past. */
	lane->fill_waits =
		rc == VG_OK &&
		b->cursor < vg_part_state(lane->part)->recalls_from &&
		b->cursor < b->fill.at.from;
	return rc == VG_OK && !lane->fill_waits ? begin_reading(b, low, err)
						: rc;
}

/* Feed the event at hand, as far as recalls have left it. */
static enum vg_rc feed(struct vg_backfill *b, int64_t offset,
		       struct vg_err *err)
{
	struct vg_event *e = &b->c->event;
	struct vg_part *part = b->lane->part;
	const struct vg_recalled *r =
		vg_recalled_find(b->recalled, b->n_recalled, offset);
	enum vg_rc rc = VG_OK;

	if (r == NULL)
		return vg_part_fill(part, e, offset, b->log_ms, err);
	rc = vg_part_fill_recalled(part, e, offset, b->log_ms, err);
	if (rc != VG_OK || r->gone)
		return rc;
	e->audience = vg_audience_of_viewers(b->c->env->part->aud,
					     b->lane->partner->slot, r->label,
					     r->viewers);
	return vg_part_fill(part, e, offset, b->log_ms, err);
}

/* VG_DROP ends the reading: the batch is full. */
static enum vg_rc take(void *ctx, const struct vg_log_record *rec,
		       struct vg_err *err)
{
	struct vg_backfill *b = ctx;
	struct vg_part *part = b->lane->part;
	bool counts = false;

	b->pos = rec->offset + 1;
	if (rec->ts_ms > b->log_ms)
		b->log_ms = rec->ts_ms;
	enum vg_rc rc =
		vg_judge_again(b->c, b->lane, b->admit, rec, &counts, err);
	if (rc == VG_OK && counts && rec->offset >= b->cursor)
		rc = feed(b, rec->offset, err);
	if (rc == VG_OK && vg_part_pending(part) >= VG_PART_PENDING_MAX)
		return VG_DROP;
	return rc;
}

static enum vg_rc read_some(struct vg_backfill *b, struct vg_err *err)
{
	const int64_t end = b->fill.at.from;
	const struct vg_log_range range = {
		.topic = b->lane->partner->topic,
		.partition = b->lane->partition,
		.from = b->pos,
		.to = b->pos + CHUNK < end ? b->pos + CHUNK : end};

	free(b->recalled);
	b->recalled = NULL;
	b->n_recalled = 0;
	enum vg_rc rc = vg_part_recalled(b->lane->part, &b->recalled,
					 &b->n_recalled, err);
	if (rc != VG_OK || range.from >= range.to)
		return rc;
	rc = vg_log_reader_read(b->c->reader, &range, take, b, err);
	b->lane->from_kafka = rc == VG_RETRY;
	if (rc == VG_OK) /* what lies before the end may be no record */
		b->pos = range.to;
	return rc == VG_DROP ? VG_OK : rc;
}

static enum vg_rc go_on(struct vg_backfill *b, struct vg_err *err)
{
	struct vg_lane *lane = b->lane;
	enum vg_rc rc = read_some(b, err);

	if (rc != VG_OK || b->pos < b->cursor)
		return rc;
	b->cursor = b->pos < b->fill.at.from ? b->pos : b->fill.at.from;
	rc = vg_part_fill_commit(lane->part, b->cursor,
				 b->log_ms == INT64_MIN ? VG_FEED_NO_TIME
							: b->log_ms,
				 b->below_ms, err);
	if (rc == VG_OK && b->cursor >= b->fill.at.from) {
		vg_backfill_free(b);
		lane->fill = NULL;
	}
	return rc;
}

enum vg_rc vg_backfill_step(struct vg_counter *c, struct vg_lane *lane,
			    struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	c->decoder = vg_decoder_of(lane->partner);
	if (lane->fill == NULL || lane->fill_waits)
		rc = begin(c, lane, err);
	if (rc == VG_OK && !lane->fill_waits && lane->fill != NULL)
		rc = go_on(lane->fill, err);
	lane->unfilled =
		rc == VG_OK ? vg_part_feeds_open(lane->part) : lane->unfilled;
	return rc;
}
