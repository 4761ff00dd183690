/* How late an event may be, and how long a track lives: of the plan and the
 * configuration alone. */
#include "aggregate/part.h"
#include "aggregate/part_live.h"
#include "aggregate/plan.h"

int64_t vg_track_late_ms(const struct vg_track *t)
{
	return t->reach_ms > 0 ? t->reach_ms : t->window_ms;
}

int64_t vg_part_track_horizon(const struct vg_part_env *env, size_t i)
{
	return vg_track_late_ms(vg_plan_track(env->plan, i)) +
	       vg_config_lateness_max(env->cfg);
}

int64_t vg_part_track_life(const struct vg_part_env *env, size_t i)
{
	const struct vg_track *t = vg_plan_track(env->plan, i);

	return t->reach_ms > 0
		       ? VG_PART_NEVER_MS
		       : vg_part_track_horizon(env, i) + 2 * t->window_ms;
}

int64_t vg_part_horizon(const struct vg_part_env *env)
{
	return vg_plan_longest_ms(env->plan) + vg_config_lateness_max(env->cfg);
}

int64_t vg_part_horizon_of(const struct vg_part_env *env,
			   const struct vg_partner *partner)
{
	return vg_plan_shared_ms(env->plan) +
	       vg_config_lateness_ms(env->cfg, partner);
}
