#include "ingest/group.h"

#include "core/fault.h"
#include "core/timefmt.h"
#include "ingest/kafka.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINES = 2,	  /* of a kind, a minute, for each lane */
	SILENT_MS = 20000 /* a broker without an answer is given up */
};

void vg_lane_forget(struct vg_group *g, struct vg_lane *lane)
{
	for (size_t i = 0; i < lane->gathered.n; i++)
		rd_kafka_message_destroy(lane->gathered.m[i]);
	g->records -= lane->gathered.n;
	lane->gathered.n = lane->gathered.bytes = 0;
}

static void free_lane(struct vg_group *g, struct vg_lane *lane)
{
	vg_lane_forget(g, lane);
	free(lane->gathered.m);
	free(lane->working.m);
	free(lane);
}

void vg_group_drain(struct vg_group *g)
{
	const struct vg_config *cfg = g->opts->env->cfg;
	int64_t until_ms = vg_mono_ms(&g->opts->clock) + cfg->redis_connect_ms +
			   cfg->redis_command_ms;

	if (g->workers == NULL) /* it could not begin */
		return;
	for (size_t i = 0; i < g->n_lanes; i++) {
		while (g->lane[i]->busy) {
			struct vg_lane *done = vg_workers_take(g->workers, 100);

			if (done != NULL)
				vg_group_done(g, done);
			if (vg_mono_ms(&g->opts->clock) >= until_ms)
				vg_workers_hurry(g->workers, true);
		}
	}
	vg_workers_hurry(g->workers, false);
}

static void say_dead(const struct vg_group *g, struct vg_lane *lane)
{
	char partition[24], letters[24];

	vg_log(g->opts->log, VG_LOG_WARN, VG_EV_DEAD_LETTER, "topic",
	       lane->partner->topic, "partition",
	       vg_num(partition, lane->partition), "letters",
	       vg_num(letters, lane->buried), "last",
	       vg_verdict_name(lane->buried_as), NULL);
	lane->buried = 0;
}

static void say_recall(const struct vg_group *g, struct vg_lane *lane)
{
	char partition[24], offset[24], recalled[24], narrowed[24];

	vg_log(g->opts->log, VG_LOG_INFO, VG_EV_RECALL, "topic",
	       lane->partner->topic, "partition",
	       vg_num(partition, lane->partition), "offset",
	       vg_num(offset, lane->stored_offset), "recalled",
	       vg_num(recalled, lane->recalled), "narrowed",
	       vg_num(narrowed, lane->narrowed), NULL);
	lane->recalled = lane->narrowed = 0;
}

static void say_jump(const struct vg_group *g, struct vg_lane *lane)
{
	char partition[24], from[VG_TIME_TEXT], to[VG_TIME_TEXT];

	vg_time_print_ms(from, lane->jump_from_ms);
	vg_time_print_ms(to, lane->jump_to_ms);
	vg_log(g->opts->log, VG_LOG_WARN, VG_EV_TIME_JUMP, "topic",
	       lane->partner->topic, "partition",
	       vg_num(partition, lane->partition), "from", from, "to", to,
	       NULL);
	lane->jump_from_ms = lane->jump_to_ms;
}

static bool is_past(const struct vg_past *p)
{
	return p->records + p->sensors + p->actors + p->indicators +
		       p->dropped >
	       0;
}

static void say_quota(const struct vg_group *g, struct vg_lane *lane)
{
	char partition[24], records[24], sensors[24], actors[24];
	char indicators[24], dropped[24];

	vg_log(g->opts->log, VG_LOG_WARN, VG_EV_QUOTA, "topic",
	       lane->partner->topic, "partition",
	       vg_num(partition, lane->partition), "records",
	       vg_num(records, lane->past.records), "sensors",
	       vg_num(sensors, lane->past.sensors), "actors",
	       vg_num(actors, lane->past.actors), "indicators",
	       vg_num(indicators, lane->past.indicators), "dead_dropped",
	       vg_num(dropped, lane->past.dropped), NULL);
	lane->past = (struct vg_past){0};
}

void vg_group_say(struct vg_group *g, bool is_end)
{
	int64_t now_ms = vg_mono_ms(&g->opts->clock), unsaid = 0;

	for (size_t i = 0; i < g->n_lanes; i++) {
		struct vg_lane *lane = g->lane[i];

		if (lane->busy)
			continue;
		if (lane->buried > 0 &&
		    (vg_log_may(&lane->dead_lines, LINES, now_ms, &unsaid) ||
		     is_end))
			say_dead(g, lane);
		if (lane->recalled + lane->narrowed > 0 &&
		    (vg_log_may(&lane->recall_lines, LINES, now_ms, &unsaid) ||
		     is_end))
			say_recall(g, lane);
		if (is_past(&lane->past) &&
		    (vg_log_may(&lane->quota_lines, LINES, now_ms, &unsaid) ||
		     is_end))
			say_quota(g, lane);
		if (lane->jump_to_ms != lane->jump_from_ms &&
		    (vg_log_may(&lane->jump_lines, LINES, now_ms, &unsaid) ||
		     is_end))
			say_jump(g, lane);
	}
}

/* Let every lane go: finish what is in work, close the parts where they were
 * opened, free. */
static void drop_lanes(struct vg_group *g)
{
	vg_group_drain(g);
	vg_group_say(g, true);
	for (size_t i = 0; i < g->n_lanes; i++)
		vg_workers_give(g->workers, g->lane[i], VG_LANE_CLOSE);
	vg_group_drain(g);
	for (size_t i = 0; i < g->n_lanes; i++)
		free_lane(g, g->lane[i]);
	free(g->lane);
	g->lane = NULL;
	g->n_lanes = 0;
	vg_metric_set(g->opts->env->metrics, VG_M_STOPPED, 0);
}

void vg_group_plan(struct vg_group *g, const struct vg_part_env *env)
{
	vg_group_drain(g);
	for (size_t i = 0; i < g->n_lanes; i++)
		vg_workers_give(g->workers, g->lane[i], VG_LANE_CLOSE);
	vg_group_drain(g);
	vg_workers_plan(g->workers, env);
	for (size_t i = 0; i < g->n_lanes; i++) {
		struct vg_lane *lane = g->lane[i];

		lane->misses = 0;
		if (lane->state == VG_LANE_HELD || lane->state == VG_LANE_GONE)
			continue;
		vg_lane_forget(g, lane);
		lane->state = VG_LANE_BACKOFF;
		lane->retry_at_ms = vg_mono_ms(&g->opts->clock);
		g->dirty = true;
	}
}

static void log_partition(const struct vg_group *g, enum vg_log_event event,
			  const char *topic, int32_t partition)
{
	char number[24];

	vg_log(g->opts->log, VG_LOG_INFO, event, "topic", topic, "partition",
	       vg_num(number, partition), NULL);
}

static void add_lane(struct vg_group *g, const char *topic, int32_t partition)
{
	const struct vg_config *cfg = g->opts->env->cfg;
	const struct vg_partner *partner = vg_config_topic(cfg, topic);
	struct vg_lane *lane = calloc(1, sizeof *lane);

	if (lane == NULL)
		(void)vg_err_set(&g->fatal, VG_FATAL, "ingest: out of memory");
	if (lane == NULL || partner == NULL) {
		free(lane);
		return;
	}
	lane->partner = partner;
	lane->partition = partition;
	lane->worker = g->n_lanes;
	lane->state = VG_LANE_BACKOFF; /* due at once */
	lane->check_offset = lane->end_offset = lane->hinted = -1;
	lane->hung_at = -1;
	g->lane[g->n_lanes++] = lane;
	log_partition(g, VG_EV_ASSIGNED, topic, partition);
}

static void take_assignment(struct vg_group *g,
			    const rd_kafka_topic_partition_list_t *list)
{
	drop_lanes(g);
	g->lane = calloc((size_t)list->cnt + 1, sizeof *g->lane);
	/* Who owns partitions and does not know of it must not stay. */
	if (g->lane == NULL)
		(void)vg_err_set(&g->fatal, VG_FATAL, "ingest: out of memory");
	for (int i = 0; g->lane != NULL && i < list->cnt; i++)
		add_lane(g, list->elems[i].topic, list->elems[i].partition);
	vg_metric_set(g->opts->env->metrics, VG_M_ASSIGNED,
		      (int64_t)g->n_lanes);
	/* Nothing is read until its stored offset is known. */
	rd_kafka_topic_partition_list_t *none =
		rd_kafka_topic_partition_list_new(1);
	rd_kafka_assign(g->rk, none);
	rd_kafka_topic_partition_list_destroy(none);
}

/* Runs in vg_group_take()'s thread, inside the poll. Drain first, fence second:
 * what is in work is committed before the partition is let go. */
static void rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t e,
		      rd_kafka_topic_partition_list_t *list, void *ctx)
{
	struct vg_group *g = ctx;

	if (e == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		take_assignment(g, list);
		return;
	}
	for (size_t i = 0; i < g->n_lanes; i++)
		log_partition(g, VG_EV_REVOKED, g->lane[i]->partner->topic,
			      g->lane[i]->partition);
	drop_lanes(g);
	VG_FAULT(g->opts->env->faults, group_drained);
	vg_metric_set(g->opts->env->metrics, VG_M_ASSIGNED, 0);
	rd_kafka_assign(rk, NULL);
}

static void log_kafka(const rd_kafka_t *rk, int level, const char *fac,
		      const char *text)
{
	struct vg_group *g = rd_kafka_opaque(rk);
	/* What fails is handed to take_client_error() as well. */
	bool is_twin = strcmp(fac, "FAIL") == 0 || strcmp(fac, "ERROR") == 0;

	vg_log(g->opts->log,
	       level <= 3 && !is_twin ? VG_LOG_WARN : VG_LOG_DEBUG, VG_EV_KAFKA,
	       "facility", fac, "text", text, NULL);
}

static void take_client_error(rd_kafka_t *rk, int e, const char *why, void *ctx)
{
	struct vg_group *g = ctx;
	char text[256] = "";

	if (e == RD_KAFKA_RESP_ERR__FATAL) {
		(void)rd_kafka_fatal_error(rk, text, sizeof text);
		(void)vg_err_set(&g->fatal, VG_FATAL, "kafka: %s", text);
	} else if (!vg_group_refuse(g, NULL, e, why)) {
		vg_log(g->opts->log, VG_LOG_WARN, VG_EV_KAFKA, "facility",
		       "ERROR", "text", why, NULL);
	}
}

static enum vg_rc make_consumer(struct vg_group *g, struct vg_err *err)
{
	const struct vg_config *cfg = g->opts->env->cfg;
	char session[24], wait[24], silent[24], messages[24], kbytes[24];
	const struct vg_kafka_option option[] = {
		{"group.id", cfg->kafka_group},
		{"group.instance.id", cfg->kafka_instance},
		{"partition.assignment.strategy", "range"},
		{"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"},
		{"auto.offset.reset", "error"},
		{"isolation.level", "read_committed"},
		{"check.crcs", "true"},
		{"enable.partition.eof", "true"},
		{"allow.auto.create.topics", "false"},
		{"topic.metadata.refresh.interval.ms", "5000"},
		{"fetch.error.backoff.ms", "50"},
		/* A broker whose end of a connection is gone says nothing: it
		 * is given up sooner than after the library's minute. */
		{"socket.timeout.ms",
		 vg_num(silent, cfg->kafka_fetch_wait_ms + SILENT_MS)},
		/* A fetch is unpacked whole: bound what that takes. */
		{"fetch.max.bytes", "6000000"},
		{"session.timeout.ms", vg_num(session, cfg->kafka_session_ms)},
		{"fetch.wait.max.ms", vg_num(wait, cfg->kafka_fetch_wait_ms)},
		{"queued.min.messages",
		 vg_num(messages, cfg->kafka_queue_messages)},
		{"queued.max.messages.kbytes",
		 vg_num(kbytes, cfg->kafka_queue_kbytes)}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	const struct vg_kafka_spec spec = {RD_KAFKA_CONSUMER, conf, option,
					   sizeof option / sizeof option[0]};

	rd_kafka_conf_set_rebalance_cb(conf, rebalance);
	rd_kafka_conf_set_log_cb(conf, log_kafka);
	rd_kafka_conf_set_error_cb(conf, take_client_error);
	rd_kafka_conf_set_opaque(conf, g);
	return vg_kafka_new(&g->rk, cfg, &spec, err);
}

enum vg_rc vg_group_subscribe(struct vg_group *g, struct vg_err *err)
{
	const struct vg_config *cfg = g->opts->env->cfg;
	rd_kafka_topic_partition_list_t *topics =
		rd_kafka_topic_partition_list_new((int)cfg->n_partners);

	for (size_t i = 0; i < cfg->n_partners; i++)
		rd_kafka_topic_partition_list_add(
			topics, cfg->partners[i].topic, RD_KAFKA_PARTITION_UA);
	rd_kafka_resp_err_t e = rd_kafka_subscribe(g->rk, topics);
	rd_kafka_topic_partition_list_destroy(topics);
	return e == RD_KAFKA_RESP_ERR_NO_ERROR
		       ? VG_OK
		       : vg_err_set(err, VG_FATAL, "kafka: subscribe: %s",
				    rd_kafka_err2str(e));
}

enum vg_rc vg_group_make(struct vg_group *g, struct vg_err *err)
{
	enum vg_rc rc = make_consumer(g, err);

	if (rc != VG_OK)
		return rc;
	rd_kafka_poll_set_consumer(g->rk);
	return VG_OK;
}

void vg_group_leave(struct vg_group *g)
{
	if (g->rk == NULL)
		return;
	vg_group_drain(g);
	vg_group_hint(g);
	(void)rd_kafka_consumer_close(g->rk); /* revokes: see rebalance() */
	drop_lanes(g);
	rd_kafka_destroy(g->rk);
	g->rk = NULL;
}

void vg_group_hint(struct vg_group *g)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)g->n_lanes + 1);

	for (size_t i = 0; i < g->n_lanes; i++) {
		struct vg_lane *lane = g->lane[i];

		if (lane->state != VG_LANE_READY || lane->busy ||
		    lane->stored_offset == lane->hinted)
			continue;
		lane->hinted = lane->stored_offset;
		rd_kafka_topic_partition_list_add(list, lane->partner->topic,
						  lane->partition)
			->offset = lane->stored_offset;
	}
	if (list->cnt > 0)
		(void)rd_kafka_commit(g->rk, list, 1);
	if (list->cnt > 0)
		VG_FAULT(g->opts->env->faults, hint_sent);
	rd_kafka_topic_partition_list_destroy(list);
}
