/* Hours and days are not written while their minutes stand: they are the sum
 * of those, and readers add them up. An hour moves into its bucket, and into
 * its day's, when the first of its minutes would expire; what comes for it
 * later is added there at once. */
#include "aggregate/part_fetch.h"

#include "aggregate/store_link.h"
#include "core/defect.h"

#include <assert.h>

enum { IN_FLIGHT = 64 };

#define HOUR_MS	  vg_res_ms(VG_RES_1H)
#define MINUTE_MS vg_res_ms(VG_RES_1M)

/* Record timestamps are any int64; within this, sums cannot overflow. */
static const int64_t TIME_BOUND = INT64_C(1) << 53;

static bool is_minute(struct vg_bucket_id id)
{
	return id.agg < VG_AGG_SERIES_N && id.res == VG_RES_1M;
}

/* Hours that start before this are due: their first minute has expired. */
static int64_t due_before(const struct vg_part *p, int64_t log_ms)
{
	int64_t keep = p->env->cfg->keep_1m_ms + MINUTE_MS;

	log_ms = log_ms < -TIME_BOUND ? -TIME_BOUND : log_ms;
	log_ms = log_ms > TIME_BOUND ? TIME_BOUND : log_ms;
	return vg_bucket_floor(log_ms - keep, HOUR_MS) + HOUR_MS;
}

/* The earliest hour from `from` on that has a minute, stored or in the batch;
 * `end` when none before it has. */
static int64_t first_hour(const struct vg_part *p, int64_t from, int64_t end)
{
	const struct vg_live *b;
	int64_t first = end;

	for (size_t pos = 0; (b = vg_live_next(&p->live, &pos)) != NULL;)
		if (is_minute(b->id) && b->id.start_ms >= from &&
		    b->id.start_ms < first)
			first = b->id.start_ms;
	for (uint32_t i = 0; i < p->batch.n_bucket; i++) {
		struct vg_bucket_id id = p->batch.bucket[i].id;

		if (is_minute(id) && id.start_ms >= from && id.start_ms < first)
			first = id.start_ms;
	}
	return first == end ? end : vg_bucket_floor(first, HOUR_MS);
}

/* Add one stored minute cell to its hour. */
static bool add_cell(struct vg_part *p, struct vg_bucket_id minute,
		     struct vg_slice field, const int64_t v[2])
{
	struct vg_bucket_id id = {.agg = minute.agg, .res = VG_RES_1H};
	uint16_t audience = VG_BATCH_UNDECLARED;
	struct vg_slice key, values;

	if (!vg_field_audience(field, &key, &values))
		return true;
	id.start_ms = vg_bucket_floor(minute.start_ms, HOUR_MS);
	if (!vg_audience_find(p->env->aud, key, &audience))
		audience = VG_BATCH_UNDECLARED;
	return vg_batch_add(&p->batch, id, field, audience, v,
			    audience == VG_BATCH_UNDECLARED ||
				    vg_cap_is_other(values));
}

static enum vg_rc add_table(struct vg_part *p, const struct vg_live *b,
			    struct vg_err *err)
{
	struct vg_slice field;
	size_t pos = 0;
	int64_t *v;

	while (vg_table_next(b->cells, &pos, &field, &v))
		if (!add_cell(p, b->id, field, v))
			return vg_part_no_memory(err);
	return VG_OK;
}

/* The answer to HGETALL. */
static enum vg_rc add_reply(struct vg_part *p, struct vg_bucket_id id,
			    const struct vg_reply *r, struct vg_err *err)
{
	int64_t v[2];

	if (vg_reply_count(r) == 0)
		return vg_part_fault(p, id, "is listed and not there", err);
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2) {
		if (!vg_cell_parse(vg_reply_text(vg_reply_at(r, i + 1)), v, 2))
			return vg_part_fault(
				p, id, "has a cell that is no number", err);
		if (!add_cell(p, id, vg_reply_text(vg_reply_at(r, i)), v))
			return vg_part_no_memory(err);
	}
	return VG_OK;
}

/* Minutes being read. */
struct flight {
	struct vg_bucket_id id[IN_FLIGHT];
	size_t n;
};

static enum vg_rc land(struct vg_part *p, struct flight *fl, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i < fl->n; i++) {
		struct vg_reply *r = NULL;

		rc = vg_store_take(p->store, &r, err);
		if (rc == VG_OK)
			rc = add_reply(p, fl->id[i], r, err);
		vg_reply_free(r);
	}
	fl->n = 0;
	return rc;
}

static enum vg_rc ask(struct vg_part *p, struct flight *fl,
		      struct vg_bucket_id id, struct vg_err *err)
{
	enum vg_rc rc;

	if (!vg_part_reserve((void **)&p->arg, &p->cap_arg, 2, sizeof *p->arg))
		return vg_part_no_memory(err);
	rc = vg_part_queue(p, "HGETALL", id, 2, err);
	fl->id[fl->n++] = id;
	return rc == VG_OK && fl->n == IN_FLIGHT ? land(p, fl, err) : rc;
}

/* Add every stored minute of the hour. */
static enum vg_rc add_hour(struct vg_part *p, int64_t hour_ms,
			   struct vg_err *err)
{
	struct flight fl = {.n = 0};
	struct vg_live *b;
	enum vg_rc rc = VG_OK;

	for (size_t pos = 0;
	     rc == VG_OK && (b = vg_live_next(&p->live, &pos)) != NULL;) {
		if (!is_minute(b->id) || !b->stored ||
		    b->id.start_ms < hour_ms ||
		    b->id.start_ms >= hour_ms + HOUR_MS)
			continue;
		rc = b->whole ? add_table(p, b, err) : ask(p, &fl, b->id, err);
	}
	if (rc == VG_OK)
		rc = land(p, &fl, err);
	if (rc != VG_OK)
		vg_store_forget(p->store);
	return rc;
}

enum vg_rc vg_part_roll(struct vg_part *p, struct vg_part_clock *k,
			struct vg_err *err)
{
	int64_t from = p->state.rolled_ms, end = due_before(p, k->log_ms), hour;
	enum vg_rc rc = VG_OK;

	k->rolled_ms = from > end ? from : end;
	if (from != INT64_MIN && from < end) {
		hour = first_hour(p, from, end);
		/* One hour a commit bounds what a commit holds; the clock may
		 * have leapt over many. */
		if (hour < end) {
			k->rolled_ms = hour + HOUR_MS;
			rc = VG_DEFECT("roll-skip") ? VG_OK
						    : add_hour(p, hour, err);
		}
	}
	if (rc == VG_OK && !vg_batch_roll(&p->batch, k->rolled_ms))
		rc = vg_part_no_memory(err);
	return rc;
}
