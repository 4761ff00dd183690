#include "api/oidc.h"

#include "api/oidc_parts.h"
#include "core/buf.h"
#include "core/metric.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

enum { SUM = 16 };

/* A token that was found good: its signature is not checked again while the
 * keys are the same. */
struct known {
	uint8_t sum[SUM];
	uint64_t generation; /* of the keys; 0: empty */
	struct vg_asker who;
};

struct vg_oidc {
	const struct vg_config *cfg;
	struct vg_metrics *metrics;
	pthread_rwlock_t lock; /* guards the keys and their generation */
	struct vg_oidc_set *set;
	uint64_t generation;
	pthread_mutex_t times;	      /* guards the rest */
	int64_t tried_ms, brought_ms; /* INT64_MIN: never */
	bool is_missed;		      /* a key id that is not known came */
	struct known known[VG_OIDC_REMEMBERED];
};

enum vg_rc vg_oidc_new(struct vg_oidc **out, const struct vg_config *cfg,
		       struct vg_metrics *metrics, struct vg_err *err)
{
	struct vg_oidc *o;

	*out = NULL;
	if (cfg->oidc_issuer == NULL || cfg->oidc_issuer[0] == '\0')
		return VG_OK;
	o = calloc(1, sizeof *o);
	if (o == NULL)
		return vg_err_set(err, VG_FATAL, "oidc: out of memory");
	o->cfg = cfg;
	o->metrics = metrics;
	o->tried_ms = o->brought_ms = INT64_MIN;
	if (pthread_rwlock_init(&o->lock, NULL) != 0 ||
	    pthread_mutex_init(&o->times, NULL) != 0) {
		free(o);
		return vg_err_set(err, VG_FATAL, "oidc: no lock");
	}
	*out = o;
	return VG_OK;
}

void vg_oidc_free(struct vg_oidc *o)
{
	if (o == NULL)
		return;
	vg_oidc_set_free(o->set);
	(void)pthread_rwlock_destroy(&o->lock);
	(void)pthread_mutex_destroy(&o->times);
	free(o);
}

/* Never, or so long ago; a clock that was set back counts as long. */
static bool is_ago(int64_t at_ms, int64_t span_ms, int64_t now_ms)
{
	return at_ms == INT64_MIN || now_ms < at_ms ||
	       now_ms - at_ms >= span_ms;
}

bool vg_oidc_wants(struct vg_oidc *o, int64_t now_ms)
{
	bool wants;

	(void)pthread_mutex_lock(&o->times);
	wants = (o->is_missed ||
		 is_ago(o->brought_ms, o->cfg->oidc_refresh_ms, now_ms)) &&
		is_ago(o->tried_ms, VG_OIDC_RETRY_MS, now_ms);
	if (wants) {
		o->tried_ms = now_ms;
		o->is_missed = false;
	}
	(void)pthread_mutex_unlock(&o->times);
	return wants;
}

enum vg_rc vg_oidc_keys(struct vg_oidc *o, struct vg_slice text, int64_t now_ms,
			size_t *n, struct vg_err *err)
{
	struct vg_oidc_set *set = NULL, *old;
	enum vg_rc rc = vg_oidc_set_read(&set, text, err);

	if (rc != VG_OK)
		return rc;
	*n = vg_oidc_set_count(set);
	(void)pthread_rwlock_wrlock(&o->lock);
	old = o->set;
	o->set = set;
	o->generation++;
	(void)pthread_rwlock_unlock(&o->lock);
	vg_oidc_set_free(old);
	(void)pthread_mutex_lock(&o->times);
	o->brought_ms = now_ms;
	(void)pthread_mutex_unlock(&o->times);
	return VG_OK;
}

bool vg_oidc_is_like(struct vg_slice token)
{
	uint32_t dots = 0;

	for (uint32_t i = 0; i < token.n; i++)
		dots += token.p[i] == '.';
	return dots == 2;
}

/* The place of a token among those that were found good. */
static struct known *place_of(struct vg_oidc *o, const uint8_t sum[SUM])
{
	unsigned at = (unsigned)(sum[0] | sum[1] << 8) % VG_OIDC_REMEMBERED;

	return &o->known[at];
}

static bool recall(struct vg_oidc *o, const uint8_t sum[SUM],
		   uint64_t generation, int64_t now_ms, struct vg_asker *who)
{
	const struct known *k = place_of(o, sum);
	bool found;

	(void)pthread_mutex_lock(&o->times);
	found = k->generation == generation && generation != 0 &&
		sodium_memcmp(k->sum, sum, SUM) == 0 &&
		now_ms < k->who.expires_ms + VG_OIDC_SKEW_MS;
	if (found)
		*who = k->who;
	(void)pthread_mutex_unlock(&o->times);
	return found;
}

static void remember(struct vg_oidc *o, const uint8_t sum[SUM],
		     uint64_t generation, const struct vg_asker *who)
{
	struct known *k = place_of(o, sum);

	(void)pthread_mutex_lock(&o->times);
	memcpy(k->sum, sum, SUM);
	k->generation = generation;
	k->who = *who;
	(void)pthread_mutex_unlock(&o->times);
}

static bool check(struct vg_oidc *o, struct vg_slice token,
		  const uint8_t sum[SUM], int64_t now_ms, struct vg_asker *who)
{
	struct vg_buf claims = {0};
	enum vg_oidc_verdict verdict;
	uint64_t generation;
	bool good;

	(void)pthread_rwlock_rdlock(&o->lock);
	generation = o->generation;
	verdict = vg_oidc_set_verify(o->set, token, &claims);
	(void)pthread_rwlock_unlock(&o->lock);
	good = verdict == VG_OIDC_GOOD &&
	       vg_oidc_claims(o->cfg,
			      (struct vg_slice){claims.p, (uint32_t)claims.n},
			      now_ms, who);
	vg_buf_term(&claims);
	if (good) {
		remember(o, sum, generation, who);
		return true;
	}
	if (verdict == VG_OIDC_UNKNOWN) {
		(void)pthread_mutex_lock(&o->times);
		o->is_missed = true;
		(void)pthread_mutex_unlock(&o->times);
	}
	return false;
}

bool vg_oidc_find(struct vg_oidc *o, struct vg_slice token, int64_t now_ms,
		  struct vg_asker *who)
{
	uint8_t sum[SUM];
	uint64_t generation;
	bool good;

	if (token.n > VG_OIDC_TOKEN_MAX || !vg_oidc_is_like(token))
		return false;
	(void)crypto_generichash(sum, sizeof sum, (const uint8_t *)token.p,
				 token.n, NULL, 0);
	(void)pthread_rwlock_rdlock(&o->lock);
	generation = o->generation;
	(void)pthread_rwlock_unlock(&o->lock);
	good = recall(o, sum, generation, now_ms, who) ||
	       check(o, token, sum, now_ms, who);
	if (!good)
		vg_metric_add(o->metrics, VG_M_OIDC_REFUSED, 1);
	return good;
}
