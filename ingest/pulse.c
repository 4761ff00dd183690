#include "ingest/pulse.h"

#include "aggregate/keys.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { EVERY_MS = 500 };

struct vg_pulse {
	const struct vg_part_env *env;
	struct vg_clock clock;
	_Atomic int64_t *tracks_below_ms;
	struct vg_store *store;
	pthread_t thread;
	/* Guards beat, n and ending. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct vg_beat beat[VG_PARTITIONS_MAX];
	size_t n;
	bool ending;
};

/* One partition's part in the smallest log time. */
struct front {
	int64_t least_behind; /* smallest log time of those not at their end */
	int64_t largest;
	bool any_behind;
};

static int64_t field_number(const struct vg_reply *r, size_t i)
{
	return vg_reply_int(vg_reply_at(r, i));
}

static bool has_text(const struct vg_reply *r, size_t i)
{
	return vg_reply_type(vg_reply_at(r, i)) == VG_REPLY_STRING;
}

/* Ask for `off lt` and `hw` of the partition called `name`. */
static enum vg_rc ask(struct vg_pulse *p, struct vg_slice name,
		      struct vg_reply **o, struct vg_reply **s,
		      struct vg_err *err)
{
	struct vg_buf key = {0};

	vg_buf_str(&key, "vg:{");
	vg_buf_add(&key, name.p, name.n);
	vg_buf_str(&key, "}:o");
	if (key.failed)
		return vg_err_set(err, VG_FATAL, "pulse: out of memory");
	enum vg_rc rc = vg_store_callf(p->store, o, err, "HMGET", key.p, "off",
				       "lt", NULL);
	key.p[key.n - 1] = 's';
	if (rc == VG_OK)
		rc = vg_store_callf(p->store, s, err, "HMGET", key.p, "hw",
				    NULL);
	vg_buf_term(&key);
	return rc;
}

static enum vg_rc add_front(struct vg_pulse *p, struct vg_slice name,
			    struct front *f, struct vg_err *err)
{
	struct vg_reply *o = NULL, *s = NULL;
	enum vg_rc rc = ask(p, name, &o, &s, err);

	if (rc == VG_OK) {
		bool started = has_text(o, 0) && has_text(o, 1);
		int64_t lt = started ? field_number(o, 1) : INT64_MIN;
		bool at_end =
			has_text(s, 0) && (started ? field_number(o, 0) : 0) >=
						  field_number(s, 0);

		if (!at_end && (!f->any_behind || lt < f->least_behind))
			f->least_behind = lt;
		f->any_behind = f->any_behind || !at_end;
		if (lt > f->largest)
			f->largest = lt;
	}
	vg_reply_free(o);
	vg_reply_free(s);
	return rc;
}

/* A partition that is at its end holds nothing back; when all are, the largest
 * log time is the front. */
static enum vg_rc find_front(struct vg_pulse *p, struct vg_err *err)
{
	struct vg_reply *parts = NULL;
	struct front f = {.largest = INT64_MIN};
	enum vg_rc rc = vg_store_callf(p->store, &parts, err, "SMEMBERS",
				       "vg:{vg}:parts", NULL);

	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(parts); i++)
		rc = add_front(p, vg_reply_text(vg_reply_at(parts, i)), &f,
			       err);
	if (rc == VG_OK)
		atomic_store(p->tracks_below_ms,
			     f.any_behind ? f.least_behind : f.largest);
	vg_reply_free(parts);
	return rc;
}

static enum vg_rc beat_all(struct vg_pulse *p, const struct vg_beat *beat,
			   size_t n, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	int64_t now = vg_now_ms(&p->clock);

	for (size_t i = 0; i < n && rc == VG_OK; i++)
		rc = vg_part_heartbeat(p->store, beat[i].partner->topic,
				       beat[i].partition, beat[i].high, now,
				       err);
	return rc;
}

/* Wait half a second or the end; a copy of what to say. False at the end. */
static bool next_beat(struct vg_pulse *p, struct vg_beat *copy, size_t *n)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += EVERY_MS * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	pthread_mutex_lock(&p->lock);
	if (!p->ending)
		(void)pthread_cond_timedwait(&p->wake, &p->lock, &t);
	*n = p->n;
	for (size_t i = 0; i < p->n; i++)
		copy[i] = p->beat[i];
	bool going = !p->ending;
	pthread_mutex_unlock(&p->lock);
	return going;
}

static void *run(void *arg)
{
	struct vg_pulse *p = arg;
	struct vg_beat *copy = calloc(VG_PARTITIONS_MAX, sizeof *copy);
	size_t n = 0;

	/* Without an answer nothing is swept and completeness says so: the
	 * next beat tries again. */
	while (copy != NULL && next_beat(p, copy, &n)) {
		struct vg_err err = {0};

		if (beat_all(p, copy, n, &err) == VG_OK)
			(void)!find_front(p, &err);
	}
	free(copy);
	return NULL;
}

enum vg_rc vg_pulse_new(struct vg_pulse **out, const struct vg_part_env *env,
			struct vg_clock clock, _Atomic int64_t *tracks_below_ms,
			struct vg_err *err)
{
	struct vg_pulse *p = calloc(1, sizeof *p);

	if (p == NULL)
		return vg_err_set(err, VG_FATAL, "pulse: out of memory");
	p->env = env;
	p->clock = clock;
	p->tracks_below_ms = tracks_below_ms;
	atomic_store(tracks_below_ms, INT64_MIN);
	enum vg_rc rc = vg_store_new(&p->store, env->cfg, env->metrics, err);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	if (rc == VG_OK && pthread_create(&p->thread, NULL, run, p) != 0)
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

void vg_pulse_set(struct vg_pulse *p, const struct vg_beat *beat, size_t n)
{
	if (n > VG_PARTITIONS_MAX)
		n = VG_PARTITIONS_MAX;
	pthread_mutex_lock(&p->lock);
	p->n = n;
	for (size_t i = 0; i < n; i++)
		p->beat[i] = beat[i];
	pthread_mutex_unlock(&p->lock);
}
