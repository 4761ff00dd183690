#include "cmd/action_role.h"

#include "alert/desk.h"
#include "ingest/log_reader.h"
#include "ingest/outgoing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	LOOK_MS = 100,	   /* between two looks at the topic's end      */
	AGAIN_MS = 2000,   /* after one in vain                          */
	ANSWER_MS = 1000,  /* patience with the brokers when reading     */
	DELIVER_MS = 5000, /* and when a person waits                    */
	SAID_MAX = 10	   /* lines a minute about records left out      */
};

struct vg_action_role {
	struct vg_world *w;
	const struct vg_log *log;
	const char *owner;
	pthread_mutex_t lock; /* guards outgoing, made, failed_ms */
	struct vg_outgoing *outgoing;
	bool made;
	int64_t failed_ms; /* by the monotonic clock; the last in vain */
	/* Of the stepping thread: */
	struct vg_log_reader *reader;
	bool found; /* the topic is there, with one partition */
	bool away;
	int64_t due_ms;
	struct vg_log_limit said;
};

enum vg_rc vg_action_role_new(struct vg_action_role **out, struct vg_world *w,
			      const struct vg_log *log, const char *owner,
			      struct vg_err *err)
{
	struct vg_action_role *r = calloc(1, sizeof *r);

	if (r == NULL || pthread_mutex_init(&r->lock, NULL) != 0) {
		free(r);
		return vg_err_set(err, VG_FATAL, "actions: out of memory");
	}
	r->w = w;
	r->log = log;
	r->owner = owner;
	r->failed_ms = INT64_MIN;
	*out = r;
	return VG_OK;
}

void vg_action_role_free(struct vg_action_role *r)
{
	if (r == NULL)
		return;
	vg_log_reader_free(r->reader);
	vg_outgoing_free(r->outgoing);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

/* The producer, with the topic asked for: before the first record, or a broker
 * that makes topics by itself would give it a retention. */
static enum vg_rc open_locked(struct vg_action_role *r, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (r->outgoing == NULL)
		rc = vg_outgoing_new(&r->outgoing, r->w->cfg, err);
	if (rc == VG_OK && !r->made) {
		rc = vg_outgoing_keep_for_ever(r->outgoing,
					       r->w->cfg->kafka_actions_topic,
					       DELIVER_MS, err);
		r->made = rc == VG_OK;
	}
	return rc;
}

static enum vg_rc open_topic(struct vg_action_role *r, struct vg_err *err)
{
	(void)pthread_mutex_lock(&r->lock);
	enum vg_rc rc = open_locked(r, err);
	(void)pthread_mutex_unlock(&r->lock);
	return rc;
}

/* While the brokers are away, not every request waits for all of its time. */
static bool failed_lately(struct vg_action_role *r, int64_t mono_ms)
{
	(void)pthread_mutex_lock(&r->lock);
	bool lately =
		r->failed_ms != INT64_MIN && mono_ms - r->failed_ms < AGAIN_MS;
	(void)pthread_mutex_unlock(&r->lock);
	return lately;
}

enum vg_rc vg_action_role_put(void *ctx, struct vg_slice key,
			      struct vg_slice record, struct vg_err *err)
{
	struct vg_action_role *r = ctx;
	const struct vg_outgoing_record out = {
		.topic = r->w->cfg->kafka_actions_topic,
		.key = key,
		.value = record};

	if (failed_lately(r, vg_mono_ms(&r->log->clock)))
		return vg_err_set(err, VG_RETRY, "kafka: away a moment ago");
	enum vg_rc rc = open_topic(r, err);
	if (rc == VG_OK)
		rc = vg_outgoing_send(r->outgoing, &out, 1, DELIVER_MS, err);
	if (rc == VG_OK)
		return rc;
	(void)pthread_mutex_lock(&r->lock);
	r->failed_ms = vg_mono_ms(&r->log->clock);
	(void)pthread_mutex_unlock(&r->lock);
	return rc;
}

/* One look at the topic: what it goes over, and what came of it. */
struct look {
	struct vg_action_role *r;
	struct vg_store *store;
	int64_t next, now_ms;
	bool stopped;	/* by another leader, or another offset */
	enum vg_rc own; /* Redis' fault, when not VG_OK         */
};

static void say_dropped(struct look *k, int64_t offset, const char *why)
{
	char at[24], more[24];
	int64_t kept = 0;

	vg_metric_add(&k->r->w->metrics, VG_M_ACTIONS_DROPPED, 1);
	if (vg_log_may(&k->r->said, SAID_MAX, k->now_ms, &kept))
		vg_log(k->r->log, VG_LOG_WARN, VG_EV_ACTION_DROPPED, "offset",
		       vg_num(at, offset), "why", why, "unsaid",
		       vg_num(more, kept), NULL);
}

/* What the script made of it. */
static void note(struct look *k, int64_t offset, enum vg_desk_result result,
		 const char *why)
{
	switch (result) {
	case VG_DESK_APPLIED:
		vg_metric_add(&k->r->w->metrics, VG_M_ACTIONS, 1);
		break;
	case VG_DESK_REPEATED:
		vg_metric_add(&k->r->w->metrics, VG_M_ACTIONS_REPEATED, 1);
		break;
	case VG_DESK_PAST:
		say_dropped(k, offset, "over a limit");
		break;
	case VG_DESK_NOTHING:
		say_dropped(k, offset, why);
		break;
	case VG_DESK_FENCED:
	case VG_DESK_MOVED:
		k->stopped = true;
		break;
	}
}

static enum vg_rc take(void *ctx, const struct vg_log_record *rec,
		       struct vg_err *err)
{
	struct look *k = ctx;
	struct vg_action a = {.kind = VG_ACT_KINDS};
	struct vg_err bad = {.text = "it is about nothing that there is"};
	const struct vg_desk_turn turn = {
		.owner = k->r->owner, .from = k->next, .next = rec->offset + 1};
	enum vg_desk_result result = VG_DESK_NOTHING;
	enum vg_rc rc = vg_action_read(&a, rec->value, &bad);
	bool good = rc == VG_OK;

	if (good && vg_config_viewer(k->r->w->cfg, vg_slice_of(a.viewer)) < 0) {
		good = false;
		(void)vg_err_set(&bad, VG_DROP, "the viewer is not known");
	}
	if (rc == VG_OK || rc == VG_DROP)
		rc = vg_desk_apply(k->store, &turn, good ? &a : NULL, &result,
				   err);
	k->own = rc;
	if (rc == VG_OK)
		note(k, rec->offset, result, bad.text);
	vg_action_term(&a);
	k->next = rec->offset + 1;
	if (rc == VG_OK && k->stopped)
		return vg_err_set(err, VG_RETRY, "another leads");
	return rc;
}

/* Make sure of the topic, once. */
static enum vg_rc find_topic(struct look *k, struct vg_err *err)
{
	struct vg_action_role *r = k->r;
	const char *topic = r->w->cfg->kafka_actions_topic;
	enum vg_rc rc = VG_OK;
	int32_t n = 0;

	if (r->found)
		return VG_OK;
	if (r->reader == NULL) {
		rc = vg_log_reader_new(&r->reader, r->w->cfg, err);
		if (rc == VG_OK)
			vg_log_reader_patience(r->reader, ANSWER_MS);
	}
	if (rc == VG_OK)
		rc = vg_log_reader_partitions(r->reader, topic, &n, err);
	if (rc == VG_OK && n == 0) {
		k->stopped = true; /* it is being made: look again */
		return open_topic(r, err);
	}
	if (rc == VG_OK && n > 1)
		return vg_err_set(err, VG_INVAL,
				  "kafka: %.100s has more than one partition, "
				  "so that its order is not known; make it "
				  "anew with one",
				  topic);
	r->found = rc == VG_OK;
	return rc;
}

static enum vg_rc look(struct look *k, struct vg_err *err)
{
	const char *topic = k->r->w->cfg->kafka_actions_topic;
	int64_t low = 0, high = 0;
	enum vg_rc rc = find_topic(k, err);

	if (rc == VG_OK && k->stopped)
		return VG_OK;
	if (rc == VG_OK)
		rc = vg_log_reader_bounds(k->r->reader, topic, 0, &low, &high,
					  err);
	if (rc != VG_OK)
		return rc;
	k->own = rc = vg_desk_offset(k->store, &k->next, err);
	if (rc != VG_OK)
		return rc;
	if (k->next > high || (k->next >= 0 && k->next < low))
		return vg_err_set(err, VG_INVAL,
				  "kafka: %.100s goes from %lld to %lld, and "
				  "%lld is applied: it was made anew, or cut; "
				  "bring it back",
				  topic, (long long)low, (long long)high,
				  (long long)k->next);
	vg_metric_set(&k->r->w->metrics, VG_M_ACTIONS_BEHIND,
		      high - (k->next < low ? low : k->next));
	const struct vg_log_range range = {.topic = topic,
					   .partition = 0,
					   .from = k->next < low ? low
								 : k->next,
					   .to = high};
	if (range.from == range.to)
		return VG_OK;
	if (k->next < 0 && low > 0)
		say_dropped(k, low, "what stood before it is gone");
	rc = vg_log_reader_read(k->r->reader, &range, take, k, err);
	if (rc == VG_OK)
		vg_metric_set(&k->r->w->metrics, VG_M_ACTIONS_BEHIND, 0);
	return rc;
}

/* Kafka's trouble, said once; Redis' is the caller's. */
static void tell(struct vg_action_role *r, enum vg_rc rc,
		 const struct vg_err *err)
{
	if (rc != VG_OK && !r->away)
		vg_log(r->log, VG_LOG_WARN, VG_EV_ACTIONS_AWAY, "error",
		       err->text, NULL);
	if (rc == VG_OK && r->away)
		vg_log(r->log, VG_LOG_INFO, VG_EV_ACTIONS_BACK, NULL);
	r->away = rc != VG_OK;
}

enum vg_rc vg_action_role_step(struct vg_action_role *r, struct vg_store *store,
			       int64_t now_ms, struct vg_err *err)
{
	struct look k = {.r = r, .store = store, .now_ms = now_ms};
	bool ours = false;
	enum vg_rc rc = VG_OK;

	if (now_ms < r->due_ms && r->due_ms - now_ms <= AGAIN_MS)
		return VG_OK;
	r->due_ms = now_ms + LOOK_MS;
	rc = vg_hold_leads(store, r->owner, &ours, err);
	if (rc != VG_OK || !ours)
		return rc;
	rc = look(&k, err);
	if (k.own != VG_OK)
		return k.own;
	if (rc == VG_FATAL)
		return rc;
	if (k.stopped && rc != VG_INVAL)
		return VG_OK;
	tell(r, rc, err);
	if (rc != VG_OK)
		r->due_ms = now_ms + AGAIN_MS;
	return VG_OK;
}
