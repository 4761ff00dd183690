#include "api/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* More free stores than this are closed: a burst does not leave connections
 * behind for ever. */
enum { FREE_MAX = 64 };

struct vg_pool {
	const struct vg_config *cfg;
	struct vg_metrics *metrics;
	pthread_mutex_t lock; /* guards all below */
	struct vg_store *free[FREE_MAX];
	unsigned n_free, n_taken;
	bool away;
	int64_t away_since_ms;
};

enum vg_rc vg_pool_new(struct vg_pool **out, const struct vg_config *cfg,
		       struct vg_metrics *metrics, struct vg_err *err)
{
	struct vg_pool *p = calloc(1, sizeof *p);

	if (p == NULL)
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	p->cfg = cfg;
	p->metrics = metrics;
	if (pthread_mutex_init(&p->lock, NULL) != 0) {
		free(p);
		return vg_err_set(err, VG_FATAL, "api: no mutex");
	}
	*out = p;
	return VG_OK;
}

void vg_pool_free(struct vg_pool *p)
{
	if (p == NULL)
		return;
	assert(p->n_taken == 0);
	for (unsigned i = 0; i < p->n_free; i++)
		vg_store_free(p->free[i]);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

/* A clock that stepped back ends the back-off rather than prolonging it. */
static bool is_backing_off(const struct vg_pool *p, int64_t now_ms)
{
	return p->away && now_ms >= p->away_since_ms &&
	       now_ms - p->away_since_ms < VG_POOL_BACKOFF_MS;
}

enum vg_rc vg_pool_take(struct vg_pool *p, int64_t now_ms,
			struct vg_store **out, struct vg_err *err)
{
	struct vg_store *s = NULL;
	enum vg_rc rc;
	bool wait;

	(void)pthread_mutex_lock(&p->lock);
	wait = is_backing_off(p, now_ms);
	if (!wait) {
		if (p->n_free > 0)
			s = p->free[--p->n_free];
		p->n_taken++;
	}
	(void)pthread_mutex_unlock(&p->lock);

	if (wait)
		return vg_err_set(err, VG_RETRY, "redis is away");
	if (s == NULL) {
		rc = vg_store_new(&s, p->cfg, p->metrics, err);
		if (rc != VG_OK) {
			vg_pool_give(p, NULL, rc, now_ms);
			return rc;
		}
	}
	*out = s;
	return VG_OK;
}

void vg_pool_give(struct vg_pool *p, struct vg_store *s, enum vg_rc last,
		  int64_t now_ms)
{
	(void)pthread_mutex_lock(&p->lock);
	assert(p->n_taken > 0);
	p->n_taken--;
	p->away = last == VG_RETRY;
	p->away_since_ms = now_ms;
	if (s != NULL && p->n_free < FREE_MAX) {
		p->free[p->n_free++] = s;
		s = NULL;
	}
	(void)pthread_mutex_unlock(&p->lock);
	vg_store_free(s);
}
