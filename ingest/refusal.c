/* refusal - the brokers will not have us: said once, and until it is over. */
#include "ingest/group.h"
#include "ingest/kafka.h"

/* A client that is refused tries again and again; the same words at most so
 * often. Other connections may work meanwhile. */
enum { AGAIN_MS = 600000, HOLD_MS = 3000, OVER_MS = 60000 };

static void set_gauge(const struct vg_group *g)
{
	const struct vg_refusals *r = &g->refusals;

	vg_metric_set(g->opts->env->metrics, VG_M_KAFKA_REFUSED,
		      r->e != 0 || r->topics != 0);
}

static uint64_t bit_of(const struct vg_group *g, const char *topic)
{
	const struct vg_partner *p =
		topic != NULL ? vg_config_topic(g->opts->env->cfg, topic)
			      : NULL;

	return p != NULL ? UINT64_C(1) << p->slot : 0;
}

bool vg_group_refuse(struct vg_group *g, const char *topic, int e,
		     const char *why)
{
	struct vg_refusals *r = &g->refusals;
	const char *remedy = vg_kafka_remedy((rd_kafka_resp_err_t)e, why);
	int64_t now_ms = vg_mono_ms(&g->opts->clock);
	uint64_t bit = bit_of(g, topic);

	if (remedy == NULL)
		return false;
	bool known = bit != 0 ? (r->topics & bit) != 0
			      : r->e == e && now_ms - r->said_ms < AGAIN_MS;
	r->topics |= bit;
	if (bit == 0) {
		r->e = e;
		r->wide_ms = now_ms;
		if (!known)
			r->said_ms = now_ms;
	}
	if (!known)
		vg_log(g->opts->log, VG_LOG_ERROR, VG_EV_KAFKA_REFUSED, "topic",
		       topic, "why", why, "remedy", remedy, NULL);
	set_gauge(g);
	return true;
}

void vg_group_accept(struct vg_group *g, const struct vg_lane *lane)
{
	struct vg_refusals *r = &g->refusals;
	uint64_t bit = UINT64_C(1) << lane->partner->slot;

	if (r->e == 0 && (r->topics & bit) == 0)
		return;
	/* Records that were fetched before the refusal say nothing. */
	if (r->e != 0 && vg_mono_ms(&g->opts->clock) - r->wide_ms >= HOLD_MS)
		r->e = 0;
	r->topics &= ~bit;
	set_gauge(g);
}

void vg_group_expire(struct vg_group *g)
{
	struct vg_refusals *r = &g->refusals;

	/* The client tries again, and says so, every half minute. */
	if (r->e == 0 || vg_mono_ms(&g->opts->clock) - r->wide_ms < OVER_MS)
		return;
	r->e = 0;
	set_gauge(g);
}
