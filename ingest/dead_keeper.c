#include "ingest/dead_keeper.h"

#include "aggregate/keep.h"
#include "aggregate/member.h"
#include "core/thread.h"
#include "ingest/dead_purge.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { EVERY_S = 3600 };

struct vg_dead_keeper {
	const struct vg_part_env *env;
	const struct vg_log *log;
	struct vg_store *store;
	pthread_t thread;
	pthread_mutex_t lock; /* guards ending */
	pthread_cond_t wake;
	bool ending;
};

static bool is_ending(struct vg_dead_keeper *k)
{
	pthread_mutex_lock(&k->lock);
	bool ending = k->ending;
	pthread_mutex_unlock(&k->lock);
	return ending;
}

/* Wait an hour, or the end: true at the end. */
static bool wait_for_end(struct vg_dead_keeper *k)
{
	struct timespec t;
	int e = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += EVERY_S;
	pthread_mutex_lock(&k->lock);
	while (!k->ending && e == 0)
		e = pthread_cond_timedwait(&k->wake, &k->lock, &t);
	bool ending = k->ending;
	pthread_mutex_unlock(&k->lock);
	return ending;
}

/* What the streams of `p` hold that is too old; *before_ms is what is, or
 * INT64_MIN when the partner has no record. */
static enum vg_rc trim(struct vg_dead_keeper *k, const struct vg_partner *p,
		       int64_t *before_ms, struct vg_err *err)
{
	struct vg_member_part *part = NULL;
	size_t n = 0;
	int64_t log_ms = INT64_MIN;
	enum vg_rc rc = vg_member_parts(k->store, p->topic, &part, &n, err);

	for (size_t i = 0; rc == VG_OK && i < n; i++)
		log_ms = part[i].log_ms > log_ms ? part[i].log_ms : log_ms;
	*before_ms =
		log_ms == INT64_MIN ? log_ms : log_ms - p->identifiers_kept_ms;
	for (size_t i = 0; rc == VG_OK && i < n; i++)
		rc = vg_keep_trim(k->store, p->topic, part[i].partition,
				  *before_ms, err);
	free(part);
	return rc;
}

static void expire(struct vg_dead_keeper *k, const struct vg_partner *p)
{
	char number[24];
	struct vg_err err = {0};
	int64_t before_ms = 0, records = 0;
	enum vg_rc rc = trim(k, p, &before_ms, &err);

	if (rc == VG_OK && before_ms == INT64_MIN)
		return;
	if (rc == VG_OK)
		rc = vg_dead_expire(k->env->cfg, p, before_ms, &records, &err);
	if (rc != VG_OK)
		vg_log(k->log, VG_LOG_WARN, VG_EV_DEAD_EXPIRED, "partner",
		       p->id, "why", err.text, NULL);
	else if (records > 0)
		vg_log(k->log, VG_LOG_INFO, VG_EV_DEAD_EXPIRED, "partner",
		       p->id, "letters", vg_num(number, records), NULL);
}

static void *run(void *arg)
{
	struct vg_dead_keeper *k = arg;
	const struct vg_config *cfg = k->env->cfg;

	do {
		for (size_t i = 0; i < cfg->n_partners && !is_ending(k); i++)
			if (cfg->partners[i].has_identifiers_kept)
				expire(k, &cfg->partners[i]);
	} while (!wait_for_end(k));
	return NULL;
}

static bool is_asked(const struct vg_config *cfg)
{
	for (size_t i = 0; i < cfg->n_partners; i++)
		if (cfg->partners[i].has_identifiers_kept)
			return true;
	return false;
}

enum vg_rc vg_dead_keeper_new(struct vg_dead_keeper **out,
			      const struct vg_part_env *env,
			      const struct vg_log *log, struct vg_err *err)
{
	pthread_condattr_t steady;
	struct vg_dead_keeper *k = NULL;

	*out = NULL;
	if (!is_asked(env->cfg))
		return VG_OK;
	k = calloc(1, sizeof *k);
	if (k == NULL)
		return vg_err_set(err, VG_FATAL, "dead letters: out of memory");
	k->env = env;
	k->log = log;
	enum vg_rc rc = vg_store_new(&k->store, env->cfg, env->metrics, err);
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&k->wake, &steady);
	pthread_condattr_destroy(&steady);
	if (rc == VG_OK && !vg_thread_start(&k->thread, "dead-letters", run, k))
		rc = vg_err_set(err, VG_FATAL, "cannot start a thread");
	if (rc != VG_OK) {
		vg_store_free(k->store);
		free(k);
		return rc;
	}
	*out = k;
	return VG_OK;
}

void vg_dead_keeper_free(struct vg_dead_keeper *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->ending = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	(void)pthread_join(k->thread, NULL);
	pthread_cond_destroy(&k->wake);
	pthread_mutex_destroy(&k->lock);
	vg_store_free(k->store);
	free(k);
}
