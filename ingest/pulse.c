#include "ingest/pulse.h"

#include "aggregate/keys.h"
#include "aggregate/part.h"
#include "aggregate/plan.h"
#include "core/defect.h"
#include "core/thread.h"
#include "ingest/announce.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	EVERY_MS = 500,
	OLD_MS = 10000, /* a heartbeat that says nothing any more */
	AHEAD_MS = 86400000,
	ANNOUNCE = 60,	   /* beats between two looks for partitions */
	ANNOUNCE_AGAIN = 4 /* when nobody answered                   */
};

struct vg_pulse {
	struct vg_pulse_opts o;
	int until_announce; /* beats */
	int64_t begun_ms;
	bool unjudged; /* said: sweeping goes on without the rules */
	struct vg_store *store;
	pthread_t thread;
	/* Guards beat, n, behind, n_behind, all_known and ending. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct vg_beat beat[VG_PARTITIONS_MAX];
	size_t n;
	struct vg_beat behind[VG_PARTITIONS_MAX]; /* of the last round */
	size_t n_behind;
	bool all_known;
	bool ending;
};

/* What the partitions add up to. */
struct front {
	int64_t least_behind; /* smallest log time of those not at their end */
	int64_t largest;
	bool any_behind;
};

static bool has_text(const struct vg_reply *r, size_t i)
{
	return vg_reply_type(vg_reply_at(r, i)) == VG_REPLY_STRING;
}

static int64_t number(const struct vg_reply *r, size_t i)
{
	return vg_reply_int(vg_reply_at(r, i));
}

/* Queue the questions about the partition called `name`. */
static enum vg_rc ask(struct vg_pulse *p, struct vg_slice name,
		      struct vg_err *err)
{
	struct vg_buf key = {0};

	vg_buf_str(&key, "vg:{");
	vg_buf_add(&key, name.p, name.n);
	vg_buf_str(&key, "}:o");
	if (key.failed)
		return vg_err_set(err, VG_FATAL, "pulse: out of memory");
	struct vg_slice arg[] = {vg_slice_of("HMGET"),
				 {.p = key.p, .n = (uint32_t)key.n},
				 vg_slice_of("off"),
				 vg_slice_of("lt")};
	enum vg_rc rc = vg_store_queue(p->store, arg, 4, err);
	key.p[key.n - 1] = 's';
	arg[2] = vg_slice_of("hw");
	arg[3] = vg_slice_of("at");
	if (rc == VG_OK)
		rc = vg_store_queue(p->store, arg, 4, err);
	vg_buf_term(&key);
	return rc;
}

/* True when all that the log holds is counted, by a heartbeat that is not too
 * old: its owner may be away while the log grows. */
static bool is_at_end(const struct vg_reply *o, const struct vg_reply *s,
		      int64_t now_ms)
{
	int64_t offset = has_text(o, 0) ? number(o, 0) : 0;

	return has_text(s, 0) && has_text(s, 1) &&
	       now_ms - number(s, 1) < OLD_MS && offset >= number(s, 0);
}

static void add_to(struct front *f, const struct vg_reply *o,
		   const struct vg_reply *s, int64_t now_ms)
{
	int64_t lt = has_text(o, 1) ? number(o, 1) : INT64_MIN;
	bool behind = !is_at_end(o, s, now_ms);

	if (behind && (!f->any_behind || lt < f->least_behind))
		f->least_behind = lt;
	f->any_behind = f->any_behind || behind;
	if (lt > f->largest)
		f->largest = lt;
}

/* True when its owner spoke of it just now. */
static bool is_beating(const struct vg_reply *s, int64_t now_ms)
{
	return has_text(s, 1) && now_ms - number(s, 1) < OLD_MS;
}

/* Whose the partition called `name` is. That of a topic which no partner has
 * any more holds nothing back. */
static const struct vg_partner *owner_of(const struct vg_pulse *p,
					 struct vg_slice name)
{
	for (size_t i = 0; i < p->o.env->cfg->n_partners; i++) {
		const char *topic = p->o.env->cfg->partners[i].topic;
		size_t n = strlen(topic);

		if (name.n > n && memcmp(name.p, topic, n) == 0 &&
		    name.p[n] == ':')
			return &p->o.env->cfg->partners[i];
	}
	return NULL;
}

static enum vg_rc ask_all(struct vg_pulse *p, const struct vg_reply *parts,
			  struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < vg_reply_count(parts) && rc == VG_OK; i++) {
		struct vg_slice name = vg_reply_text(vg_reply_at(parts, i));

		if (owner_of(p, name) != NULL)
			rc = ask(p, name, err);
	}
	return rc;
}

static enum vg_rc add_all(struct vg_pulse *p, const struct vg_reply *parts,
			  struct front *f, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	int64_t now_ms = vg_now_ms(&p->o.clock);

	for (size_t i = 0; i < vg_reply_count(parts) && rc == VG_OK; i++) {
		struct vg_reply *o = NULL, *s = NULL;

		const struct vg_partner *who =
			owner_of(p, vg_reply_text(vg_reply_at(parts, i)));

		if (who == NULL)
			continue;
		rc = vg_store_take(p->store, &o, err);
		if (rc == VG_OK)
			rc = vg_store_take(p->store, &s, err);
		/* Nobody reads on for one that has left. */
		if (rc == VG_OK && (is_beating(s, now_ms) ||
				    !vg_partner_has_left(who, now_ms)))
			add_to(f, o, s, now_ms);
		vg_reply_free(o);
		vg_reply_free(s);
	}
	return rc;
}

/* Log time up to which the rules have judged all; INT64_MIN while there is an
 * evaluator to come, INT64_MAX when there is none to wait for. */
static int64_t judged(struct vg_pulse *p, const struct vg_reply *lease,
		      int64_t now_ms)
{
	int64_t at_ms = p->begun_ms, to_ms = INT64_MIN;

	if (has_text(lease, 0) && has_text(lease, 1)) {
		to_ms = number(lease, 0);
		if (number(lease, 1) > at_ms)
			at_ms = number(lease, 1);
	}
	return now_ms - at_ms < p->o.env->cfg->rule_wait_ms ? to_ms : INT64_MAX;
}

static void say_unjudged(struct vg_pulse *p, bool is)
{
	if (is && !p->unjudged)
		vg_log(p->o.log, VG_LOG_WARN, VG_EV_UNJUDGED, NULL);
	p->unjudged = is;
	vg_metric_set(p->o.env->metrics, VG_M_UNJUDGED, is);
}

/* Where the sweep has to stop at the latest, for the rules. */
static enum vg_rc hold_for_rules(struct vg_pulse *p, int64_t *front_ms,
				 struct vg_err *err)
{
	struct vg_reply *lease = NULL;

	if (vg_plan_tracks(p->o.env->plan) == 0)
		return VG_OK;
	enum vg_rc rc =
		vg_store_callf(p->store, &lease, err, "HMGET", "vg:{vg}:lease",
			       "judged", "judged_at", NULL);
	if (rc != VG_OK)
		return rc;
	int64_t to_ms = judged(p, lease, vg_now_ms(&p->o.clock));
	say_unjudged(p, to_ms == INT64_MAX && p->o.env->cfg->rule_wait_ms > 0);
	if (to_ms < *front_ms && !VG_DEFECT("sweep-unjudged"))
		*front_ms = to_ms;
	vg_reply_free(lease);
	return VG_OK;
}

/* A partition that is at its end holds nothing back; when all are, the largest
 * log time is the front: but not one far ahead of the wall clock, or a record
 * with an absurd time in one partition would sweep the tracks of all. */
static enum vg_rc find_front(struct vg_pulse *p, struct vg_err *err)
{
	struct vg_reply *parts = NULL;
	struct front f = {.largest = INT64_MIN};
	enum vg_rc rc = vg_store_callf(p->store, &parts, err, "SMEMBERS",
				       "vg:{vg}:parts", NULL);

	if (rc == VG_OK)
		rc = ask_all(p, parts, err);
	if (rc == VG_OK)
		rc = add_all(p, parts, &f, err);
	int64_t front_ms = f.any_behind ? f.least_behind : f.largest;
	int64_t most_ms = vg_now_ms(&p->o.clock) + AHEAD_MS;
	if (rc == VG_OK)
		rc = hold_for_rules(p, &front_ms, err);
	if (rc == VG_OK)
		atomic_store(p->o.tracks_below_ms,
			     front_ms < most_ms ? front_ms : most_ms);
	vg_reply_free(parts);
	return rc;
}

static void note_behind(struct vg_pulse *p, const struct vg_beat *beat)
{
	pthread_mutex_lock(&p->lock);
	if (p->n_behind < VG_PARTITIONS_MAX)
		p->behind[p->n_behind++] = *beat;
	pthread_mutex_unlock(&p->lock);
}

/* What is committed may have moved since it was told to us, but only on: who is
 * behind even that has lost something. */
static enum vg_rc beat_all(struct vg_pulse *p, const struct vg_beat *beat,
			   size_t n, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	int64_t now = vg_now_ms(&p->o.clock);

	for (size_t i = 0; i < n && rc == VG_OK; i++) {
		const struct vg_heartbeat b = {.topic = beat[i].partner->topic,
					       .partition = beat[i].partition,
					       .high = beat[i].high,
					       .now_ms = now};
		struct vg_part_place stored = {0};

		rc = vg_heartbeat(p->store, &b, &stored, err);
		if (rc == VG_OK && vg_part_is_behind(&stored, &beat[i].place) &&
		    !VG_DEFECT("behind-unseen"))
			note_behind(p, &beat[i]);
	}
	return rc;
}

/* Wait half a second or the end; a copy of what to say. False at the end. */
static bool next_beat(struct vg_pulse *p, struct vg_beat *copy, size_t *n,
		      bool *all_known)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += EVERY_MS * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	pthread_mutex_lock(&p->lock);
	if (!p->ending)
		(void)pthread_cond_timedwait(&p->wake, &p->lock, &t);
	*n = p->n;
	p->n_behind = 0;
	*all_known = p->all_known;
	for (size_t i = 0; i < p->n; i++)
		copy[i] = p->beat[i];
	bool going = !p->ending;
	pthread_mutex_unlock(&p->lock);
	return going;
}

/* New ones may come at any time; and it costs the brokers a question each. */
static void announce(struct vg_pulse *p)
{
	struct vg_err err = {0};

	if (p->o.rk == NULL || p->until_announce-- > 0)
		return;
	enum vg_rc rc =
		vg_announce_parts(p->store, p->o.rk, p->o.env->cfg, &err);
	p->until_announce = rc == VG_OK ? ANNOUNCE : ANNOUNCE_AGAIN;
}

static void *run(void *arg)
{
	struct vg_pulse *p = arg;
	struct vg_beat *copy = calloc(VG_PARTITIONS_MAX, sizeof *copy);
	size_t n = 0;
	bool all_known = false;

	/* Without an answer nothing is swept and completeness says so: the
	 * next beat tries again. */
	while (copy != NULL && next_beat(p, copy, &n, &all_known)) {
		struct vg_err err = {0};

		if (beat_all(p, copy, n, &err) == VG_OK && all_known)
			(void)!find_front(p, &err);
		announce(p);
	}
	free(copy);
	return NULL;
}

enum vg_rc vg_pulse_new(struct vg_pulse **out, const struct vg_pulse_opts *opts,
			struct vg_err *err)
{
	pthread_condattr_t steady;
	struct vg_pulse *p = calloc(1, sizeof *p);

	if (p == NULL)
		return vg_err_set(err, VG_FATAL, "pulse: out of memory");
	p->o = *opts;
	p->begun_ms = vg_now_ms(&p->o.clock);
	atomic_store(p->o.tracks_below_ms, INT64_MIN);
	enum vg_rc rc = vg_store_new(&p->store, opts->env->cfg,
				     opts->env->metrics, err);
	pthread_mutex_init(&p->lock, NULL);
	/* Not the wall clock: set back, it would hold up the heartbeat. */
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &steady);
	pthread_condattr_destroy(&steady);
	if (rc == VG_OK && !vg_thread_start(&p->thread, "ingest-pulse", run, p))
		rc = vg_err_set(err, VG_FATAL, "cannot start the pulse");
	if (rc != VG_OK) {
		vg_store_free(p->store);
		free(p);
		return rc;
	}
	*out = p;
	return VG_OK;
}

void vg_pulse_free(struct vg_pulse *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	(void)pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	vg_store_free(p->store);
	free(p);
}

void vg_pulse_set(struct vg_pulse *p, const struct vg_beat *beat, size_t n,
		  bool all_known)
{
	if (n > VG_PARTITIONS_MAX)
		n = VG_PARTITIONS_MAX;
	pthread_mutex_lock(&p->lock);
	p->n = n;
	p->all_known = all_known;
	for (size_t i = 0; i < n; i++)
		p->beat[i] = beat[i];
	pthread_mutex_unlock(&p->lock);
}

bool vg_pulse_take_behind(struct vg_pulse *p, const struct vg_beat *beat)
{
	bool is = false;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->n_behind && !is; i++) {
		struct vg_beat *b = &p->behind[i];

		/* If it was opened since, what was found is known. */
		is = b->partner == beat->partner &&
		     b->partition == beat->partition &&
		     b->place.epoch == beat->place.epoch;
		if (is)
			*b = p->behind[--p->n_behind];
	}
	pthread_mutex_unlock(&p->lock);
	return is;
}
