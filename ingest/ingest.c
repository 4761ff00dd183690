#include "ingest/ingest.h"

#include "ingest/dead_keeper.h"
#include "ingest/nudge.h"
#include "ingest/pulse.h"
#include "ingest/watch.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	POLL_MS = 2,	   /* while something is gathered             */
	IDLE_POLL_MS = 20, /* while nothing is                        */
	BURST = 2000,	   /* records taken between two looks around  */
	FULL_WAIT_MS = 50,
	NUDGE_MS = 4,	   /* between two nudges, while the queue is low */
	QUEUE_LOW = 16384, /* records, which may be few kilobytes      */
	SECOND_MS = 1000,
	MINUTE_MS = 60000,
	BEAT_MS = 250
};

struct vg_ingest {
	struct vg_ingest_opts opts;
	struct vg_group group;
	struct vg_watch watch;
	struct vg_dead *dead;
	struct vg_pulse *pulse;
	struct vg_dead_keeper *keeper; /* NULL: nobody asks for it */
	struct vg_nudge *nudge;
	rd_kafka_queue_t *queue; /* the consumer's, to know its length */
	struct vg_workers_env env;
	_Atomic int64_t tracks_below_ms;
	atomic_bool stop;
	/* Asked for, and in force. */
	const struct vg_part_env *_Atomic wanted, *_Atomic planned;
	int64_t nudge_ms, hint_ms, beat_ms, summary_ms;
	struct vg_beat *beat;
};

static enum vg_rc start_pulse(struct vg_ingest *g, struct vg_err *err)
{
	const struct vg_pulse_opts o = {.env = g->opts.env,
					.log = g->opts.log,
					.clock = g->opts.clock,
					.rk = g->group.rk,
					.tracks_below_ms = &g->tracks_below_ms};

	return vg_pulse_new(&g->pulse, &o, err);
}

enum vg_rc vg_ingest_new(struct vg_ingest **out,
			 const struct vg_ingest_opts *opts, struct vg_err *err)
{
	struct vg_ingest *g = calloc(1, sizeof *g);

	if (g != NULL)
		g->beat = calloc(VG_PARTITIONS_MAX, sizeof *g->beat);
	if (g == NULL || g->beat == NULL) {
		free(g);
		return vg_err_set(err, VG_FATAL, "ingest: out of memory");
	}
	g->opts = *opts;
	g->group.opts = &g->opts;
	atomic_init(&g->wanted, opts->env);
	atomic_init(&g->planned, opts->env);
	enum vg_rc rc =
		vg_dead_new(&g->dead, opts->env->cfg, opts->env->metrics, err);
	if (rc == VG_OK)
		rc = vg_group_make(&g->group, err);
	if (rc == VG_OK)
		rc = vg_watch_init(&g->watch, &g->group, g->dead, err);
	if (rc == VG_OK)
		rc = start_pulse(g, err);
	if (rc == VG_OK)
		rc = vg_dead_keeper_new(&g->keeper, opts->env, opts->log, err);
	if (rc == VG_OK)
		rc = vg_nudge_new(&g->nudge, g->group.rk, err);
	if (rc == VG_OK)
		g->queue = rd_kafka_queue_get_consumer(g->group.rk);
	g->env =
		(struct vg_workers_env){.part = opts->env,
					.dead = g->dead,
					.consumer = g->group.rk,
					.init = opts->init,
					.tracks_below_ms = &g->tracks_below_ms};
	if (rc == VG_OK)
		rc = vg_workers_new(&g->group.workers, &g->env,
				    (size_t)opts->env->cfg->ingest_workers,
				    err);
	if (rc != VG_OK) {
		vg_ingest_free(g);
		return rc;
	}
	*out = g;
	return VG_OK;
}

/* End what uses the group's client beside the poller. */
static void let_client_go(struct vg_ingest *g)
{
	vg_dead_keeper_free(g->keeper);
	vg_pulse_free(g->pulse);
	vg_nudge_free(g->nudge);
	if (g->queue != NULL)
		rd_kafka_queue_destroy(g->queue);
	g->keeper = NULL;
	g->pulse = NULL;
	g->nudge = NULL;
	g->queue = NULL;
}

void vg_ingest_free(struct vg_ingest *g)
{
	if (g == NULL)
		return;
	let_client_go(g);
	vg_watch_term(&g->watch);
	vg_group_leave(&g->group);
	vg_workers_free(g->group.workers);
	vg_dead_free(g->dead);
	free(g->beat);
	free(g);
}

void vg_ingest_stop(struct vg_ingest *g)
{
	atomic_store(&g->stop, true);
}

void vg_ingest_plan(struct vg_ingest *g, const struct vg_part_env *env)
{
	atomic_store(&g->wanted, env);
}

bool vg_ingest_is_planned(const struct vg_ingest *g,
			  const struct vg_part_env *env)
{
	return atomic_load(&g->planned) == env;
}

static void heed_plan(struct vg_ingest *g)
{
	const struct vg_part_env *env = atomic_load(&g->wanted);

	if (env == atomic_load(&g->planned))
		return;
	vg_group_plan(&g->group, env);
	atomic_store(&g->planned, env);
}

static bool has_gathered(const struct vg_group *g)
{
	return g->records > 0;
}

/* Take what the consumer has, up to a burst, waiting only for the first. */
static void take_burst(struct vg_group *g)
{
	int wait = has_gathered(g) ? POLL_MS : IDLE_POLL_MS;

	for (int i = 0; i < BURST && !vg_group_is_full(g); i++) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(g->rk, wait);

		if (m == NULL)
			return;
		wait = 0;
		vg_group_take(g, m);
	}
}

/* The broker's end of a lane, as far as records go: markers behind the last
 * record do not make it look behind. */
static int64_t end_of(const struct vg_group *g, const struct vg_lane *lane)
{
	int64_t low = 0, high = -1;
	int64_t least =
		lane->next_offset > lane->high ? lane->next_offset : lane->high;

	if (lane->end_offset >= 0 && !lane->is_hung && lane->gathered.n == 0 &&
	    !lane->busy && lane->end_offset >= lane->next_offset)
		return lane->stored_offset;
	if (rd_kafka_get_watermark_offsets(g->rk, lane->partner->topic,
					   lane->partition, &low, &high) !=
		    RD_KAFKA_RESP_ERR_NO_ERROR ||
	    high < least)
		return least; /* nothing was fetched yet */
	return high;
}

/* How far the lane has committed; while it is busy only its worker knows. */
static struct vg_part_place place_of(const struct vg_lane *lane)
{
	if (lane->busy)
		return (struct vg_part_place){0};
	const struct vg_part_state *s = vg_part_state(lane->part);

	return (struct vg_part_place){
		.epoch = s->epoch, .offset = s->offset, .fill = s->fill};
}

/* Records of a lane that are at the broker, here or in work. */
static int64_t lag_of(const struct vg_lane *lane, int64_t high)
{
	int64_t there = high - lane->next_offset;
	size_t here = lane->gathered.n;

	if (lane->busy && lane->job == VG_LANE_BATCH)
		here += lane->handed;
	return (there > 0 ? there : 0) + (int64_t)here;
}

static void set_beats(struct vg_ingest *g)
{
	struct vg_group *group = &g->group;
	int64_t lag = 0;
	size_t n = 0;
	bool all_known = true;

	for (size_t i = 0; i < group->n_lanes && n < VG_PARTITIONS_MAX; i++) {
		struct vg_lane *lane = group->lane[i];
		struct vg_beat *b = &g->beat[n];

		all_known = all_known && lane->is_known;
		if (lane->state != VG_LANE_READY) {
			lag += lane->lag;
			continue;
		}
		*b = (struct vg_beat){.partner = lane->partner,
				      .partition = lane->partition,
				      .high = end_of(group, lane),
				      .place = place_of(lane)};
		lag += lane->lag = lag_of(lane, b->high);
		if (!lane->busy && vg_pulse_take_behind(g->pulse, b))
			vg_lane_reopen(group, lane, VG_EV_REDIS_BEHIND,
				       "Redis lost commits that it had "
				       "acknowledged");
		else
			n++;
	}
	vg_metric_set(g->opts.env->metrics, VG_M_UNREAD, lag);
	vg_pulse_set(g->pulse, g->beat, n, all_known);
}

static void say_summary(const struct vg_ingest *g)
{
	struct vg_metrics *m = g->opts.env->metrics;
	char records[24], counted[24], rejected[24], rewinds[24], lanes[24];

	vg_log(g->opts.log, VG_LOG_INFO, VG_EV_SUMMARY, "records",
	       vg_num(records, vg_metric_get(m, VG_M_RECORDS)), "counted",
	       vg_num(counted, vg_metric_get(m, VG_M_COUNTED)), "rejected",
	       vg_num(rejected, vg_metric_get(m, VG_M_REJECTED)), "rewinds",
	       vg_num(rewinds, vg_metric_get(m, VG_M_REWINDS)), "partitions",
	       vg_num(lanes, (long long)g->group.n_lanes), NULL);
}

/* A lane that has more to read than the queue holds. */
static const struct vg_lane *behind(const struct vg_group *g)
{
	for (size_t i = 0; i < g->n_lanes; i++) {
		const struct vg_lane *lane = g->lane[i];

		if (lane->state == VG_LANE_READY && lane->is_assigned &&
		    end_of(g, lane) > lane->next_offset)
			return lane;
	}
	return NULL;
}

/* See that the client fetches when its queue runs low. */
static void feed_queue(struct vg_ingest *g, int64_t now_ms)
{
	const struct vg_lane *lane;

	if (now_ms - g->nudge_ms < NUDGE_MS ||
	    rd_kafka_queue_length(g->queue) > QUEUE_LOW)
		return;
	g->nudge_ms = now_ms;
	lane = behind(&g->group);
	if (lane != NULL)
		vg_nudge_ask(g->nudge, lane->partner->topic, lane->partition);
}

static void look_around(struct vg_ingest *g)
{
	int64_t now = vg_mono_ms(&g->opts.clock);

	feed_queue(g, now);

	if (now - g->beat_ms >= BEAT_MS) {
		g->beat_ms = now;
		set_beats(g);
	}
	vg_watch_look(&g->watch);
	if (now - g->hint_ms >= SECOND_MS) {
		g->hint_ms = now;
		vg_group_hint(&g->group);
		vg_group_say(&g->group, false);
	}
	if (now - g->summary_ms >= MINUTE_MS) {
		g->summary_ms = now;
		say_summary(g);
	}
}

enum vg_rc vg_ingest_run(struct vg_ingest *g, struct vg_err *err)
{
	struct vg_group *group = &g->group;
	enum vg_rc rc = vg_group_subscribe(group, err);

	g->summary_ms = vg_mono_ms(&g->opts.clock);
	while (rc == VG_OK && !atomic_load(&g->stop)) {
		struct vg_lane *lane;
		int64_t wait = vg_group_is_full(group) ? FULL_WAIT_MS : 0;

		vg_beat(g->opts.beat);
		take_burst(group);
		while ((lane = vg_workers_take(group->workers, wait)) != NULL) {
			vg_group_done(group, lane);
			wait = 0;
		}
		heed_plan(g);
		vg_group_tend(group);
		look_around(g);
		if (group->fatal.rc != VG_OK)
			rc = vg_err_set(err, group->fatal.rc, "%s",
					group->fatal.text);
	}
	let_client_go(g);
	vg_watch_term(&g->watch);
	vg_group_leave(group);
	say_summary(g);
	return rc;
}
