/* What is kept is enough for what is asked of it. */
#include "aggregate/keep.h"

#include "core/timefmt.h"

/* A field whose values may be somebody's address or name. */
static bool may_identify(struct vg_slice field)
{
	static const char *const plain[] = {
		"partner",   "country", "source_country", "category",
		"technique", "actor",	"severity",	  "sector",
		"tlp",	     "origin"};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (vg_slice_eq(field, vg_slice_of(plain[i])))
			return false;
	return true;
}

/* True when a track keeps what may identify somebody for ever. */
static bool keeps_for_ever(const struct vg_plan *plan)
{
	for (size_t i = 0; i < vg_plan_tracks(plan); i++) {
		const struct vg_track *t = vg_plan_track(plan, i);

		for (unsigned g = 0; t->reach_ms > 0 && g < t->n_group; g++)
			if (may_identify(t->group[g].name))
				return true;
	}
	return false;
}

/* The age at which the last track gives up its values. */
static int64_t tracks_ms(const struct vg_part_env *env)
{
	int64_t window_ms = vg_plan_longest_ms(env->plan);

	return window_ms == 0 ? 0 : 2 * window_ms + vg_part_horizon(env);
}

static enum vg_rc too_short(const struct vg_partner *p, int64_t least_ms,
			    const char *whose, struct vg_err *err)
{
	char have[VG_TIME_TEXT], least[VG_TIME_TEXT];

	vg_duration_print(have, p->identifiers_kept_ms);
	vg_duration_print(least, least_ms);
	return vg_err_set(err, VG_INVAL,
			  "partners.identifiers_kept: %s of %s is less than "
			  "the %s for which %s; set it to that at least",
			  have, p->id, least, whose);
}

enum vg_rc vg_keep_check(const struct vg_part_env *env, struct vg_err *err)
{
	const struct vg_config *cfg = env->cfg;
	int64_t need_ms = tracks_ms(env);

	for (size_t i = 0; i < cfg->n_partners; i++) {
		const struct vg_partner *p = &cfg->partners[i];

		if (!p->has_identifiers_kept)
			continue;
		if (p->identifiers_kept_ms < cfg->keep_1m_ms)
			return too_short(p, cfg->keep_1m_ms,
					 "series.keep_1m keeps minutes by "
					 "sensor",
					 err);
		if (keeps_for_ever(env->plan))
			return vg_err_set(
				err, VG_INVAL,
				"partners.identifiers_kept: a rule with "
				"`learn` remembers its groups for ever; group "
				"it by no identifiers, or take `learn` out");
		if (p->identifiers_kept_ms < need_ms)
			return too_short(p, need_ms,
					 "the rules need what they count", err);
	}
	return VG_OK;
}
