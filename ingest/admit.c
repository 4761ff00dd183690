#include "ingest/admit.h"

#include "core/audience.h"
#include "core/config.h"
#include "core/defect.h"
#include "ingest/dedup.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* A record timestamp is any int64; within this, differences cannot overflow
 * and nothing real is changed. */
static const int64_t REF_MAX = INT64_C(1) << 53;

enum { ID_SEPARATOR = 0x1f };

struct vg_admit {
	struct vg_admit_env env;
	const struct vg_partner *partner;
	struct vg_slice id, country; /* of the partner */
	struct vg_dedup *ids;
	struct vg_quota *quota;
	struct vg_resolve_memo names;
};

enum vg_rc vg_admit_new(struct vg_admit **out, const struct vg_admit_env *env,
			const struct vg_partner *partner, struct vg_err *err)
{
	struct vg_admit *a = calloc(1, sizeof *a);

	if (a == NULL)
		return vg_err_set(err, VG_FATAL, "admit: out of memory");
	enum vg_rc rc = vg_dedup_new(
		&a->ids, vg_config_dedup_span(env->cfg, partner), err);
	const struct vg_quota_opts quota = {
		.partner = partner, .aud = env->aud, .hash_key = env->hash_key};
	if (rc == VG_OK)
		rc = vg_quota_new(&a->quota, &quota, err);
	if (rc != VG_OK) {
		vg_admit_free(a);
		return rc;
	}
	a->env = *env;
	a->partner = partner;
	a->id = vg_slice_of(partner->id);
	a->country = vg_slice_of(partner->country);
	*out = a;
	return VG_OK;
}

void vg_admit_free(struct vg_admit *a)
{
	if (a == NULL)
		return;
	vg_dedup_free(a->ids);
	vg_quota_free(a->quota);
	free(a);
}

struct vg_quota *vg_admit_quota(struct vg_admit *a)
{
	return a->quota;
}

enum vg_rc vg_admit_seed(struct vg_admit *a, int64_t offset,
			 struct vg_hash128 id, struct vg_err *err)
{
	bool seen;

	return vg_dedup_note(a->ids, offset, id, &seen, err);
}

/* The hash of (partner, id). Neither can hold the separator. */
static struct vg_hash128 identity(const struct vg_admit *a, struct vg_slice id)
{
	char text[sizeof a->partner->id + 1 + VG_ID_MAX];
	size_t n = a->id.n;

	assert(id.n <= VG_ID_MAX && n < sizeof a->partner->id);
	memcpy(text, a->id.p, n);
	text[n++] = ID_SEPARATOR;
	memcpy(text + n, id.p, id.n);
	return vg_hash128(a->env.hash_key, text, n + id.n);
}

/* What the body may leave to the partner's configuration. */
static void set_defaults(const struct vg_admit *a, struct vg_event *e)
{
	if (e->country.n == 0)
		e->country = a->country;
	if (!e->has_label)
		e->label = a->partner->tlp;
}

/* The verdict of one record alone, before its identity is asked for. */
static enum vg_verdict judge_alone(const struct vg_admit *a,
				   const struct vg_event *e, int64_t ref_ms)
{
	const struct vg_config *cfg = a->env.cfg;

	if (e->partner.p != NULL && !vg_slice_eq(e->partner, a->id))
		return VG_VERDICT_R_PARTNER;
	if (ref_ms > REF_MAX)
		ref_ms = REF_MAX;
	if (ref_ms < -REF_MAX)
		ref_ms = -REF_MAX;
	if (e->time_ms - ref_ms > vg_config_future_ms(cfg, a->partner) &&
	    !VG_DEFECT("future-off"))
		return VG_VERDICT_FUTURE;
	if (ref_ms - e->time_ms >= cfg->keep_1d_ms)
		return VG_VERDICT_BEYOND;
	return VG_VERDICT_COUNTED;
}

/* True when another member's own topic carries the original. */
static bool is_relayed(const struct vg_admit *a, const struct vg_event *e)
{
	return e->origin_partner.n > 0 &&
	       !vg_slice_eq(e->origin_partner, a->id) &&
	       vg_config_partner(a->env.cfg, e->origin_partner) != NULL;
}

static void set_audience(const struct vg_admit *a, struct vg_event *e,
			 int64_t ref_ms, bool *undeclared)
{
	*undeclared = false;
	e->audience = vg_audience_at(
		a->env.aud,
		vg_audience_of(a->env.aud, a->partner->slot, e->label,
			       e->narrowed, e->releasable, undeclared),
		ref_ms);
}

/* Past the partner and the time: is there room for it, and is it new? */
static enum vg_rc judge_identity(struct vg_admit *a, struct vg_event *e,
				 int64_t offset, int64_t ref_ms,
				 struct vg_admitted *v, struct vg_err *err)
{
	bool past = false, seen = false;

	v->id = identity(a, e->id);
	vg_dedup_warm(a->ids, v->id);
	set_defaults(a, e);
	set_audience(a, e, ref_ms, &v->undeclared);
	enum vg_rc rc = vg_quota_record(a->quota, e->audience, offset, ref_ms,
					&past, err);
	if (rc == VG_OK && past) {
		/* Its id is not remembered: sent again later it counts. */
		v->verdict = VG_VERDICT_R_QUOTA;
		snprintf(v->reason, sizeof v->reason,
			 "more than max_records_per_minute; send it again "
			 "later");
		return VG_OK;
	}
	if (rc == VG_OK)
		rc = vg_dedup_note(a->ids, offset, v->id, &seen, err);
	v->remember = true;
	if (seen && !VG_DEFECT("dedup-off"))
		v->verdict = VG_VERDICT_DUPLICATE;
	else if (is_relayed(a, e))
		v->verdict = VG_VERDICT_RELAYED;
	return rc;
}

enum vg_rc vg_admit_judge(struct vg_admit *a, struct vg_event *e,
			  int64_t offset, int64_t ref_ms,
			  struct vg_admitted *out, struct vg_err *err)
{
	struct vg_admitted v = {.verdict = judge_alone(a, e, ref_ms)};
	enum vg_rc rc = VG_OK;

	if (v.verdict == VG_VERDICT_R_PARTNER)
		snprintf(v.reason, sizeof v.reason,
			 "partner: must be %s, whose topic this is",
			 a->partner->id);
	if (v.verdict == VG_VERDICT_COUNTED)
		rc = judge_identity(a, e, offset, ref_ms, &v, err);
	if (rc == VG_OK && v.verdict == VG_VERDICT_COUNTED) {
		v.resolved = vg_resolve_event(a->env.cfg, &a->names, e);
		rc = vg_quota_event(a->quota, e, v.resolved.unknown, &v.quota,
				    err);
	}
	if (rc == VG_OK)
		*out = v;
	return rc;
}
