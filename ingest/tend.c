/* tend - what happens to lanes between the poller and the workers. */
#include "ingest/group.h"

#include "core/defect.h"
#include "ingest/count.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	BACKOFF_MIN_MS = 50,
	BACKOFF_MAX_MS = 2000,
	BATCH_BYTES = 4 << 20,
	RECORDS_MAX = 36000, /* gathered and in work, for resident memory */
	BATCH_FIRST = 256,
	FILL_WAIT_MS = 500, /* between two looks whether it can begin */
	AHEAD = 2	    /* batches with a worker: one in work, one next */
};

static void log_lane(const struct vg_group *g, enum vg_log_level level,
		     enum vg_log_event event, const struct vg_lane *lane,
		     const char *why)
{
	char partition[24], offset[24];

	vg_log(g->opts->log, level, event, "topic", lane->partner->topic,
	       "partition", vg_num(partition, lane->partition), "offset",
	       vg_num(offset, lane->stored_offset), "why", why, NULL);
}

/* Records of one partition come in runs, so a look begins where the last one
 * ended. */
static struct vg_lane *find_lane(struct vg_group *g, const char *topic,
				 int32_t partition)
{
	for (size_t n = 0, i = g->found; n < g->n_lanes; n++, i++) {
		if (i >= g->n_lanes)
			i = 0;
		if (g->lane[i]->partition != partition ||
		    strcmp(g->lane[i]->partner->topic, topic) != 0)
			continue;
		g->found = i;
		return g->lane[i];
	}
	return NULL;
}

void vg_lane_hold(struct vg_group *g, struct vg_lane *lane, const char *why)
{
	vg_lane_forget(g, lane);
	lane->state = VG_LANE_HELD;
	g->dirty = true;
	vg_metric_add(g->opts->env->metrics, VG_M_STOPPED, 1);
	log_lane(g, VG_LOG_ERROR, VG_EV_HELD, lane, why);
}

/* Not what was expected first: read from the wanted place once more before
 * believing it. False when that was done already. */
static bool doubt(struct vg_group *g, struct vg_lane *lane)
{
	if (lane->has_doubted)
		return false;
	lane->has_doubted = true;
	lane->is_assigned = false;
	g->dirty = true;
	return true;
}

/* The record before the stored offset, read once more: when it is not the one
 * that was counted the lane is held. */
static void check_record(struct vg_group *g, struct vg_lane *lane,
			 const rd_kafka_message_t *m)
{
	if (m->offset == lane->check_offset &&
	    vg_record_hash(g->opts->env->hash_key, m) == lane->check_hash)
		lane->check_offset = -1;
	else if (!doubt(g, lane))
		vg_lane_hold(g, lane,
			     "the record before the stored offset is not the "
			     "one that "
			     "was counted: the topic was recreated");
}

static bool gather(struct vg_group *g, struct vg_lane *lane,
		   rd_kafka_message_t *m)
{
	struct vg_batch_of *b = &lane->gathered;
	size_t max = (size_t)g->opts->env->cfg->batch_records;

	if (b->m == NULL)
		b->m = calloc(max, sizeof(rd_kafka_message_t *));
	if (b->m == NULL)
		vg_metric_add(g->opts->env->metrics, VG_M_NO_MEMORY, 1);
	if (b->m == NULL || b->n == max)
		return false;
	if (b->n == 0)
		b->oldest_ms = vg_mono_ms(&g->opts->clock);
	b->m[b->n++] = m;
	b->bytes += m->len;
	g->records++;
	lane->next_offset = m->offset + 1;
	return true;
}

static void warn_of_times(struct vg_group *g, const struct vg_lane *lane,
			  const rd_kafka_message_t *m)
{
	rd_kafka_timestamp_type_t kind;
	uint64_t bit = UINT64_C(1) << lane->partner->slot;

	if ((g->warned_topics & bit) != 0)
		return;
	(void)rd_kafka_message_timestamp(m, &kind);
	g->warned_topics |= bit;
	if (kind != RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME)
		vg_log(g->opts->log, VG_LOG_WARN, VG_EV_TOPIC_TIME, "topic",
		       lane->partner->topic, "remedy",
		       "set message.timestamp.type=LogAppendTime", NULL);
}

/* A record of a ready lane: true when it is kept. */
static bool take_record(struct vg_group *g, struct vg_lane *lane,
			rd_kafka_message_t *m)
{
	if (lane->check_offset >= 0) {
		check_record(g, lane, m);
		return false;
	}
	if (m->offset < lane->next_offset)
		return false; /* counted, or gathered, already */
	if (lane->fresh && m->offset > lane->next_offset) {
		if (doubt(g, lane))
			return false;
		vg_metric_add(g->opts->env->metrics, VG_M_GAPS, 1);
		log_lane(g, VG_LOG_INFO, VG_EV_GAP, lane,
			 "markers or deleted records");
	}
	lane->fresh = false;
	warn_of_times(g, lane, m);
	if (gather(g, lane, m))
		return true;
	/* No room, or no memory: the record is read again, never passed. */
	lane->is_assigned = false;
	g->dirty = true;
	return false;
}

/* Try again later: 50 ms, doubled up to 2 s, less up to a quarter so that the
 * lanes of a fleet do not all come at once. */
static void back_off(struct vg_group *g, struct vg_lane *lane)
{
	int64_t wait = lane->backoff_ms;

	lane->backoff_ms = wait == 0		       ? BACKOFF_MIN_MS
			   : wait < BACKOFF_MAX_MS / 2 ? wait * 2
						       : BACKOFF_MAX_MS;
	lane->state = VG_LANE_BACKOFF;
	int64_t now_ms = vg_mono_ms(&g->opts->clock);
	int64_t early =
		(now_ms + 37 * lane->partition) % (lane->backoff_ms / 4 + 1);
	lane->retry_at_ms = now_ms + lane->backoff_ms - early;
	g->dirty = true;
}

void vg_lane_reopen(struct vg_group *g, struct vg_lane *lane,
		    enum vg_log_event event, const char *why)
{
	vg_lane_forget(g, lane);
	log_lane(g, VG_LOG_WARN, event, lane, why);
	back_off(g, lane);
}

/* What the client says beside records. */
static void take_error(struct vg_group *g, const rd_kafka_message_t *m)
{
	char text[256] = "";

	if (m->err == RD_KAFKA_RESP_ERR__FATAL) {
		(void)rd_kafka_fatal_error(g->rk, text, sizeof text);
		(void)vg_err_set(&g->fatal, VG_FATAL, "kafka: %s", text);
		return;
	}
	const char *topic = m->rkt != NULL ? rd_kafka_topic_name(m->rkt) : NULL;

	if (vg_group_refuse(g, topic, m->err, rd_kafka_message_errstr(m)))
		return;
	vg_log(g->opts->log, VG_LOG_WARN, VG_EV_KAFKA, "topic", topic, "text",
	       rd_kafka_message_errstr(m), NULL);
}

void vg_group_take(struct vg_group *g, rd_kafka_message_t *m)
{
	struct vg_lane *lane =
		m->rkt != NULL ? find_lane(g, rd_kafka_topic_name(m->rkt),
					   m->partition)
			       : NULL;

	/* What an assignment before the last one still brings is not asked. */
	if (lane == NULL || lane->state != VG_LANE_READY ||
	    !lane->is_assigned) {
		if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR &&
		    m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
			take_error(g, m);
	} else if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		vg_group_accept(g, lane);
		if (take_record(g, lane, m))
			return;
	} else if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		vg_group_accept(g, lane);
		lane->end_offset = m->offset;
	} else if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
		   m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
		/* Retention may pass the place between asking for the bounds
		 * and reading, or the topic be made anew: opening again decides
		 * what that means. */
		vg_lane_reopen(g, lane, VG_EV_KAFKA,
			       "the log no longer has the wanted offset");
	} else {
		take_error(g, m);
	}
	rd_kafka_message_destroy(m);
}

/* A commit, or an opening, that was not VG_OK. What was gathered is read again
 * from the stored offset, whatever that turns out to be. */
static void failed(struct vg_group *g, struct vg_lane *lane)
{
	static const enum vg_log_event EVENT[] = {
		[VG_PEER_REDIS] = VG_EV_REDIS_AWAY,
		[VG_PEER_KAFKA] = VG_EV_KAFKA,
		[VG_PEER_MEMORY] = VG_EV_NO_MEMORY};
	const char *why = lane->err.text;

	vg_lane_forget(g, lane);
	if (lane->refusal == VG_REFUSAL_FENCED) {
		/* If it is not taken from us by then, it is ours. */
		lane->state = VG_LANE_GONE;
		lane->retry_at_ms = vg_mono_ms(&g->opts->clock) +
				    2 * g->opts->env->cfg->kafka_session_ms;
		g->dirty = true;
		log_lane(g, VG_LOG_WARN, VG_EV_FENCED, lane, why);
		return;
	}
	if (lane->rc == VG_INVAL) {
		vg_lane_hold(g, lane, why);
		return;
	}
	/* A worker has nothing fatal but that there is no memory. */
	enum vg_lane_peer away = lane->rc == VG_FATAL	? VG_PEER_MEMORY
				 : lane->rc != VG_RETRY ? VG_PEER_NONE
				 : lane->from_kafka	? VG_PEER_KAFKA
							: VG_PEER_REDIS;
	if (away == VG_PEER_MEMORY)
		vg_metric_add(g->opts->env->metrics, VG_M_NO_MEMORY, 1);
	if (away != VG_PEER_NONE && away != lane->away)
		log_lane(g, VG_LOG_WARN, EVENT[away], lane, why);
	lane->away = away;
	back_off(g, lane);
}

static void opened(struct vg_group *g, struct vg_lane *lane)
{
	if (lane->away == VG_PEER_REDIS)
		log_lane(g, VG_LOG_INFO, VG_EV_REDIS_BACK, lane, NULL);
	if (lane->backoff_ms > 0) {
		vg_metric_add(g->opts->env->metrics, VG_M_REWINDS, 1);
		log_lane(g, VG_LOG_INFO, VG_EV_REWIND, lane,
			 "reading again from the stored offset");
	}
	lane->away = VG_PEER_NONE;
	lane->state = VG_LANE_READY;
	lane->is_known = true;
	lane->is_assigned = lane->has_doubted = false;
	lane->end_offset = -1;
	g->dirty = true;
}

/* Say that a lane's tracks begin to be filled, and that they are. */
static void say_fill(const struct vg_group *g, struct vg_lane *lane)
{
	char partition[24], tracks[24];
	bool fills = lane->misses > 0;

	if (fills == lane->is_filling)
		return;
	lane->is_filling = fills;
	vg_log(g->opts->log, VG_LOG_INFO,
	       fills ? VG_EV_BACKFILL : VG_EV_BACKFILLED, "topic",
	       lane->partner->topic, "partition",
	       vg_num(partition, lane->partition), "tracks",
	       vg_num(tracks, (long long)lane->misses), NULL);
}

void vg_group_done(struct vg_group *g, struct vg_lane *lane)
{
	if (lane->job == VG_LANE_CLOSE)
		return;
	if (lane->job == VG_LANE_BATCH)
		g->records -= lane->handed;
	if (lane->job == VG_LANE_FILL)
		lane->fill_at_ms = vg_mono_ms(&g->opts->clock) +
				   (lane->fill_waits ? FILL_WAIT_MS : 0);
	if (lane->rc == VG_OK) {
		lane->misses = lane->unfilled;
		say_fill(g, lane);
	}
	if (lane->rc == VG_OK && lane->job == VG_LANE_OPEN)
		opened(g, lane);
	else if (lane->rc == VG_OK)
		lane->backoff_ms = 0;
	else
		failed(g, lane);
}

/* True when the lane's records should go to its worker now. */
static bool is_due(const struct vg_group *g, const struct vg_lane *lane,
		   int64_t now_ms)
{
	const struct vg_batch_of *b = &lane->gathered;
	const struct vg_config *cfg = g->opts->env->cfg;

	return b->n > 0 &&
	       (b->n >= (size_t)cfg->batch_records || b->bytes >= BATCH_BYTES ||
		now_ms - b->oldest_ms >= cfg->linger_ms ||
		g->records >= RECORDS_MAX);
}

static void hand_out(struct vg_group *g, struct vg_lane *lane)
{
	struct vg_batch_of empty = lane->working;

	lane->working = lane->gathered;
	lane->gathered = empty;
	lane->gathered.n = lane->gathered.bytes = 0;
	lane->handed = lane->working.n;
	vg_workers_give(g->workers, lane, VG_LANE_BATCH);
}

/* The due lane of worker `w` that has waited longest; NULL while the worker has
 * another one to go on with: what waits for it goes on gathering, so that
 * batches grow with the load and cells are written once for many records. */
static struct vg_lane *next_due(const struct vg_group *g, size_t w,
				int64_t now_ms)
{
	size_t workers = (size_t)g->opts->env->cfg->ingest_workers;
	struct vg_lane *best = NULL;
	int busy = 0;

	for (size_t i = 0; i < g->n_lanes; i++) {
		struct vg_lane *lane = g->lane[i];

		if (lane->worker % workers != w)
			continue;
		if (lane->busy && lane->job != VG_LANE_FILL && ++busy == AHEAD)
			return NULL;
		if (!lane->busy && lane->state == VG_LANE_READY &&
		    is_due(g, lane, now_ms) &&
		    (best == NULL ||
		     lane->gathered.oldest_ms < best->gathered.oldest_ms))
			best = lane;
	}
	return best;
}

static void hand_out_due(struct vg_group *g, int64_t now_ms)
{
	for (int64_t w = 0; w < g->opts->env->cfg->ingest_workers; w++) {
		struct vg_lane *lane = next_due(g, (size_t)w, now_ms);

		if (lane != NULL)
			hand_out(g, lane);
	}
}

/* Give librdkafka the ready lanes with the places where they read on. */
static void reassign(struct vg_group *g)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)g->n_lanes + 1);

	for (size_t i = 0; i < g->n_lanes; i++) {
		struct vg_lane *lane = g->lane[i];

		if (lane->state != VG_LANE_READY)
			continue;
		lane->fresh = lane->is_assigned = true;
		rd_kafka_topic_partition_list_add(list, lane->partner->topic,
						  lane->partition)
			->offset = lane->check_offset >= 0 ? lane->check_offset
							   : lane->next_offset;
	}
	(void)rd_kafka_assign(g->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	g->dirty = false;
}

/* The lane of worker `w` whose tracks are filled next; NULL while it does so
 * for one. Of a lane whose batch is due the batch comes first, each other time.
 */
static struct vg_lane *next_fill(const struct vg_group *g, size_t w,
				 int64_t now_ms)
{
	size_t workers = (size_t)g->opts->env->cfg->ingest_workers;
	struct vg_lane *best = NULL;

	for (size_t i = 0; i < g->n_lanes; i++) {
		struct vg_lane *lane = g->lane[i];

		if (lane->worker % workers != w || lane->misses == 0)
			continue;
		if (lane->busy && lane->job == VG_LANE_FILL)
			return NULL;
		if (!lane->busy && lane->state == VG_LANE_READY &&
		    now_ms >= lane->fill_at_ms &&
		    !(lane->job == VG_LANE_FILL && is_due(g, lane, now_ms)) &&
		    (best == NULL || lane->fill_at_ms < best->fill_at_ms))
			best = lane;
	}
	return best;
}

/* Between two batches, some of what tracks miss. */
static void hand_out_fills(struct vg_group *g, int64_t now_ms)
{
	int64_t misses = 0;

	for (int64_t w = 0; w < g->opts->env->cfg->ingest_workers; w++) {
		struct vg_lane *lane = next_fill(g, (size_t)w, now_ms);

		if (lane != NULL)
			vg_workers_give(g->workers, lane, VG_LANE_FILL);
	}
	for (size_t i = 0; i < g->n_lanes; i++)
		misses += (int64_t)g->lane[i]->misses;
	vg_metric_set(g->opts->env->metrics, VG_M_UNFILLED, misses);
}

void vg_group_tend(struct vg_group *g)
{
	int64_t now_ms = vg_mono_ms(&g->opts->clock);
	bool opening = false;

	for (size_t i = 0; i < g->n_lanes; i++) {
		struct vg_lane *lane = g->lane[i];

		if (!lane->busy &&
		    (lane->state == VG_LANE_BACKOFF ||
		     lane->state == VG_LANE_GONE) &&
		    now_ms >= lane->retry_at_ms) {
			lane->state = VG_LANE_OPENING;
			vg_workers_give(g->workers, lane, VG_LANE_OPEN);
		}
		opening = opening || lane->state == VG_LANE_OPENING;
	}
	hand_out_fills(g, now_ms);
	hand_out_due(g, now_ms);
	/* All that open together are assigned together. */
	if (g->dirty && !opening)
		reassign(g);
}

bool vg_group_is_full(const struct vg_group *g)
{
	if (g->records >= RECORDS_MAX)
		return true;
	for (size_t i = 0; i < g->n_lanes; i++) {
		const struct vg_lane *lane = g->lane[i];

		if (lane->gathered.n >=
			    (size_t)g->opts->env->cfg->batch_records ||
		    lane->gathered.bytes >= BATCH_BYTES)
			return true;
	}
	return false;
}
