#include "ingest/watch.h"

#include <string.h>

enum { LOOK_MS = 1000, LOGIN_MS = 2000, TOPICS_MS = 60000, ANSWER_MS = 30000 };

static const struct vg_config *config(const struct vg_watch *w)
{
	return w->group->opts->env->cfg;
}

enum vg_rc vg_watch_init(struct vg_watch *w, struct vg_group *group,
			 struct vg_dead *dead, struct vg_err *err)
{
	bool changed;

	w->group = group;
	w->dead = dead;
	w->login.cfg = config(w);
	w->answers = rd_kafka_queue_new(group->rk);
	w->topics_ms = INT64_MIN;
	return vg_login_read(&w->login, &changed, err);
}

void vg_watch_term(struct vg_watch *w)
{
	if (w->answers != NULL)
		rd_kafka_queue_destroy(w->answers);
	w->answers = NULL;
	vg_login_term(&w->login);
}

static void look_at_login(struct vg_watch *w)
{
	const struct vg_log *log = w->group->opts->log;
	struct vg_err err = {.text = ""};
	bool changed = false;
	bool bad = vg_login_read(&w->login, &changed, &err) != VG_OK;

	if (bad && !w->login_bad)
		vg_log(log, VG_LOG_WARN, VG_EV_KAFKA_LOGIN, "why", err.text,
		       "until_then", "the last password is used", NULL);
	w->login_bad = bad;
	if (!changed)
		return;
	vg_login_apply(&w->login, w->group->rk);
	vg_dead_login(w->dead, &w->login);
	vg_log(log, VG_LOG_INFO, VG_EV_KAFKA_LOGIN, "user",
	       config(w)->kafka_user, "text",
	       "the password was changed; it is used from the next connection "
	       "on",
	       NULL);
}

/* Ask for the settings of every partner's topic. */
static void ask_about_topics(struct vg_watch *w)
{
	const struct vg_config *cfg = config(w);
	rd_kafka_ConfigResource_t *res[VG_PARTNERS_MAX];
	char text[256];
	size_t n = cfg->n_partners;
	rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(
		w->group->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);

	if (n > VG_PARTNERS_MAX)
		n = VG_PARTNERS_MAX;
	(void)rd_kafka_AdminOptions_set_request_timeout(o, ANSWER_MS, text,
							sizeof text);
	for (size_t i = 0; i < n; i++)
		res[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC,
						     cfg->partners[i].topic);
	if (n > 0) {
		rd_kafka_DescribeConfigs(w->group->rk, res, n, o, w->answers);
		rd_kafka_ConfigResource_destroy_array(res, n);
	}
	rd_kafka_AdminOptions_destroy(o);
}

static const char *cleanup_policy(const rd_kafka_ConfigResource_t *res)
{
	size_t n = 0;
	const rd_kafka_ConfigEntry_t **entry =
		rd_kafka_ConfigResource_configs(res, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(rd_kafka_ConfigEntry_name(entry[i]),
			   "cleanup.policy") == 0)
			return rd_kafka_ConfigEntry_value(entry[i]);
	return NULL;
}

/* Compaction takes away records that were counted, or were still to be. */
static void judge_topic(struct vg_watch *w,
			const rd_kafka_ConfigResource_t *res)
{
	const struct vg_log *log = w->group->opts->log;
	const char *topic = rd_kafka_ConfigResource_name(res);
	const struct vg_partner *p = vg_config_topic(config(w), topic);
	rd_kafka_resp_err_t e = rd_kafka_ConfigResource_error(res);
	const char *policy = cleanup_policy(res);

	if (vg_kafka_remedy(e, NULL) != NULL && !w->unseen) {
		w->unseen = true;
		vg_log(log, VG_LOG_WARN, VG_EV_COMPACT, "topic", topic, "why",
		       "its settings are not shown to us", "remedy",
		       "allow DescribeConfigs on the partners' topics", NULL);
	}
	if (p == NULL || policy == NULL)
		return;
	uint64_t bit = UINT64_C(1) << p->slot;
	bool compacts = strstr(policy, "compact") != NULL;
	if (compacts && (w->compacted & bit) == 0)
		vg_log(log, VG_LOG_ERROR, VG_EV_COMPACT, "topic", topic, "why",
		       "Kafka removes records of it that have the same key",
		       "remedy",
		       "set cleanup.policy=delete, then start vigie again",
		       NULL);
	w->compacted = compacts ? w->compacted | bit : w->compacted & ~bit;
}

static void take_answers(struct vg_watch *w)
{
	rd_kafka_event_t *ev;

	while ((ev = rd_kafka_queue_poll(w->answers, 0)) != NULL) {
		const rd_kafka_DescribeConfigs_result_t *all =
			rd_kafka_event_DescribeConfigs_result(ev);
		size_t n = 0;

		/* A broker that cannot answer (the mock) has nothing to say. */
		if (all != NULL &&
		    rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR_NO_ERROR) {
			const rd_kafka_ConfigResource_t **res =
				rd_kafka_DescribeConfigs_result_resources(all,
									  &n);
			for (size_t i = 0; i < n; i++)
				judge_topic(w, res[i]);
		}
		rd_kafka_event_destroy(ev);
	}
}

static void hold_compacted(struct vg_watch *w)
{
	struct vg_group *g = w->group;

	for (size_t i = 0; i < g->n_lanes && w->compacted != 0; i++) {
		struct vg_lane *lane = g->lane[i];

		if ((w->compacted >> lane->partner->slot & 1) != 0 &&
		    !lane->busy && lane->state != VG_LANE_HELD)
			vg_lane_hold(g, lane,
				     "the topic is set to compact: set "
				     "cleanup.policy=delete, then start again");
	}
}

/* The end that the broker knows lies past the end of what is committed, and all
 * that is committed was read. */
static bool is_held_back(const struct vg_group *g, const struct vg_lane *lane)
{
	int64_t low = 0, high = -1;

	return lane->state == VG_LANE_READY && !lane->busy &&
	       lane->gathered.n == 0 && lane->end_offset >= lane->next_offset &&
	       rd_kafka_get_watermark_offsets(g->rk, lane->partner->topic,
					      lane->partition, &low, &high) ==
		       RD_KAFKA_RESP_ERR_NO_ERROR &&
	       high > lane->end_offset;
}

static void say_hung(const struct vg_group *g, const struct vg_lane *lane)
{
	char partition[24], offset[24];

	vg_log(g->opts->log, lane->is_hung ? VG_LOG_ERROR : VG_LOG_INFO,
	       VG_EV_HUNG, "topic", lane->partner->topic, "partition",
	       vg_num(partition, lane->partition), "offset",
	       vg_num(offset, lane->end_offset), "text",
	       lane->is_hung
		       ? "an unfinished transaction holds back what follows it"
		       : "the transaction has ended",
	       "remedy",
	       lane->is_hung ? "have the partner end its producer, or abort it "
			       "with kafka-transactions.sh"
			     : NULL,
	       NULL);
}

static bool look_at_lane(const struct vg_group *g, struct vg_lane *lane,
			 int64_t now_ms)
{
	bool held = is_held_back(g, lane);

	if (!held || lane->hung_at != lane->end_offset) {
		lane->hung_at = held ? lane->end_offset : -1;
		lane->hung_since_ms = now_ms;
	}
	bool hung = held && now_ms - lane->hung_since_ms >=
				    g->opts->env->cfg->kafka_hung_ms;
	if (hung != lane->is_hung) {
		lane->is_hung = hung;
		say_hung(g, lane);
	}
	return hung;
}

static void look_at_lanes(struct vg_watch *w, int64_t now_ms)
{
	struct vg_group *g = w->group;
	int64_t hung = 0;

	for (size_t i = 0; i < g->n_lanes; i++)
		hung += look_at_lane(g, g->lane[i], now_ms);
	vg_metric_set(g->opts->env->metrics, VG_M_HUNG, hung);
}

void vg_watch_look(struct vg_watch *w)
{
	int64_t now_ms = vg_mono_ms(&w->group->opts->clock);

	if (now_ms - w->look_ms < LOOK_MS)
		return;
	w->look_ms = now_ms;
	if (now_ms - w->login_ms >= LOGIN_MS) {
		w->login_ms = now_ms;
		look_at_login(w);
	}
	if (w->group->n_lanes > 0 && now_ms >= w->topics_ms) {
		w->topics_ms = now_ms + TOPICS_MS;
		ask_about_topics(w);
	}
	take_answers(w);
	hold_compacted(w);
	look_at_lanes(w, now_ms);
	vg_group_expire(w->group);
}
