/* lane_open - from a stored offset to where reading goes on, or why not. */
#include "ingest/worker.h"

#include "aggregate/part_feed.h"
#include "core/defect.h"
#include "core/fault.h"
#include "ingest/backfill.h"

#include <inttypes.h>
#include <string.h>

enum { ANSWER_MS = 10000 };

void vg_lane_close(struct vg_lane *lane)
{
	vg_backfill_free(lane->fill);
	vg_part_free(lane->part);
	vg_admit_free(lane->admit);
	lane->fill = NULL;
	lane->part = NULL;
	lane->admit = NULL;
}

static enum vg_rc hold(const struct vg_lane *lane, struct vg_err *err,
		       const char *why)
{
	return vg_err_set(err, VG_INVAL, "%s:%" PRId32 ": %s",
			  lane->partner->topic, lane->partition, why);
}

/* Nothing stored: from the log's start, if that loses nothing or is wanted. */
static enum vg_rc start_anew(struct vg_lane *lane, bool init, int64_t low,
			     struct vg_err *err)
{
	if (low > 0 && !init)
		return hold(lane, err,
			    "no offset is stored, but the log does not start "
			    "at 0: restore Redis, or start with --init");
	lane->next_offset = low;
	lane->check_offset = -1;
	return VG_OK;
}

/* Go on behind the stored offset, reading the record before it once more to
 * see that this is the same log. */
static enum vg_rc go_on(struct vg_lane *lane, const struct vg_part_state *s,
			int64_t low, int64_t high, struct vg_err *err)
{
	if (low > s->offset)
		return hold(lane, err,
			    "the log starts after the stored offset: records "
			    "were lost to retention");
	if (s->offset > high)
		return hold(lane, err,
			    "the stored offset is past the log's end: the "
			    "topic was recreated or cut");
	if (!VG_DEFECT("rewind-skip") || lane->next_offset < s->offset)
		lane->next_offset = s->offset;
	lane->check_offset = s->prev_offset >= low ? s->prev_offset : -1;
	lane->check_hash = s->prev_hash;
	return VG_OK;
}

enum vg_rc vg_lane_seed(const struct vg_lane *lane, struct vg_admit *admit,
			int64_t span, int64_t below, struct vg_err *err)
{
	int64_t last = below - span - 1;
	size_t n = 0;
	const char *p;

	for (size_t i = 0; (p = vg_part_ids(lane->part, i, &n)) != NULL; i++) {
		for (size_t k = 0; k < n; k++, p += 24) {
			int64_t offset;
			struct vg_hash128 id;

			memcpy(&offset, p, 8);
			memcpy(&id.hi, p + 8, 8);
			memcpy(&id.lo, p + 16, 8);
			/* Chunks may overlap after a crash: each id once. */
			if (offset <= last || offset >= below)
				continue;
			last = offset;
			enum vg_rc rc = vg_admit_seed(admit, offset, id, err);
			if (rc != VG_OK)
				return rc;
		}
	}
	return VG_OK;
}

static enum vg_rc open_part(struct vg_lane *lane,
			    const struct vg_workers_env *env,
			    struct vg_store *store, struct vg_err *err)
{
	const struct vg_admit_env ae = {.cfg = env->part->cfg,
					.aud = env->part->aud,
					.hash_key = env->part->hash_key};
	enum vg_rc rc = vg_part_open(&lane->part, env->part, store,
				     lane->partner, lane->partition, err);

	if (rc == VG_OK)
		rc = vg_admit_new(&lane->admit, &ae, lane->partner, err);
	if (rc == VG_OK)
		rc = vg_lane_seed(
			lane, lane->admit,
			vg_config_dedup_span(env->part->cfg, lane->partner),
			vg_part_state(lane->part)->offset, err);
	if (rc == VG_OK)
		rc = vg_quota_load(vg_admit_quota(lane->admit), lane->part,
				   err);
	return rc;
}

enum vg_rc vg_lane_open(struct vg_lane *lane, const struct vg_workers_env *env,
			struct vg_store *store, struct vg_err *err)
{
	int64_t low = 0, high = 0;

	vg_lane_close(lane);
	enum vg_rc rc = open_part(lane, env, store, err);
	if (rc != VG_OK)
		return rc;
	rd_kafka_resp_err_t e = rd_kafka_query_watermark_offsets(
		env->consumer, lane->partner->topic, lane->partition, &low,
		&high, ANSWER_MS);
	lane->from_kafka = e != RD_KAFKA_RESP_ERR_NO_ERROR;
	if (lane->from_kafka)
		return vg_err_set(err, VG_RETRY, "kafka: %s:%" PRId32 ": %s",
				  lane->partner->topic, lane->partition,
				  rd_kafka_err2str(e));
	lane->high = high;
	lane->unfilled = vg_part_feeds_open(lane->part);
	lane->fill_waits = false;
	const struct vg_part_state *s = vg_part_state(lane->part);
	lane->stored_offset = s->has_offset ? s->offset : low;
	VG_FAULT(env->part->faults, open_done);
	return s->has_offset ? go_on(lane, s, low, high, err)
			     : start_anew(lane, env->init, low, err);
}
