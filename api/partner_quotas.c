#include "api/partner_quotas.h"

#include "api/viewer.h"

#include <stdlib.h>

enum { HOUR_MS = 3600000, PAST_MS = 24 * HOUR_MS };

bool vg_partner_quotas_read(struct vg_partner_quotas *out, struct vg_service *s,
			    const struct vg_request *r, struct vg_answer *a)
{
	const struct vg_config *cfg = s->env->cfg;
	struct vg_account_range range = {.from_ms = r->now_ms - PAST_MS,
					 .to_ms = r->now_ms + HOUR_MS};
	struct vg_err err = {.rc = VG_OK};

	*out = (struct vg_partner_quotas){.row = NULL};
	range.from_ms = range.from_ms < 0 ? 0 : range.from_ms;
	for (size_t i = 0; i < cfg->n_partners; i++)
		if (vg_viewer_owns(r->viewer, cfg->partners[i].slot))
			range.slots |= UINT64_C(1) << cfg->partners[i].slot;
	if (range.slots == 0 || vg_query_account(&out->row, &out->n, &range,
						 s->view, &err) == VG_OK)
		return true;
	return vg_answer_fail(a, r, 500, "memory", "%s", err.text);
}

void vg_partner_quotas_term(struct vg_partner_quotas *q)
{
	free(q->row);
	*q = (struct vg_partner_quotas){.row = NULL};
}

/* Under the name of the option; no limit is null. */
static void write_limit(struct vg_jout *j, const char *name, int64_t limit)
{
	vg_jout_name(j, name);
	if (limit > 0)
		vg_jout_i64(j, limit);
	else
		vg_jout_null(j);
}

void vg_partner_quotas_write(const struct vg_partner_quotas *q,
			     struct vg_jout *j,
			     const struct vg_partner *partner)
{
	static const enum vg_verdict PAST[] = {
		VG_VERDICT_R_QUOTA, VG_VERDICT_FOLDED_SENSORS,
		VG_VERDICT_FOLDED_ACTORS, VG_VERDICT_LEFT_INDICATORS,
		VG_VERDICT_DEAD_DROPPED};
	const struct vg_partner_quota *max = &partner->quota;
	int64_t sum[VG_VERDICT_N] = {0};

	for (size_t i = 0; i < q->n; i++)
		for (int v = 0; v < VG_VERDICT_N; v++)
			if (q->row[i].partner->slot == partner->slot)
				sum[v] += q->row[i].n[v];
	vg_jout_name(j, "quotas");
	vg_jout_open(j, '{');
	write_limit(j, "max_records_per_minute", max->records);
	write_limit(j, "max_sensors_per_minute", max->sensors);
	write_limit(j, "max_actors_per_minute", max->actors);
	write_limit(j, "max_indicators_per_minute", max->indicators);
	write_limit(j, "max_dead_records_per_hour", max->dead_records);
	write_limit(j, "max_dead_bytes_per_hour", max->dead_bytes);
	vg_jout_name(j, "past_24h");
	vg_jout_open(j, '{');
	for (size_t i = 0; i < sizeof PAST / sizeof *PAST; i++) {
		vg_jout_name(j, vg_verdict_name(PAST[i]));
		vg_jout_i64(j, sum[PAST[i]]);
	}
	vg_jout_close(j, '}');
	vg_jout_close(j, '}');
}
