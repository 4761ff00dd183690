/* Which tracks miss nothing: what `:o` and the stream say of how they are fed.
 */
#include "aggregate/view_parts.h"

#include "aggregate/part_feed.h"
#include "aggregate/steps.h"

bool vg_view_take_feed(const struct vg_view *v, struct vg_slice id,
		       struct vg_slice text, uint64_t *whole, int part)
{
	struct vg_feed f = {.cursor = -1};
	int track = vg_plan_find_track(v->env->plan, id);

	if (text.n > 0 && !vg_feed_parse(text, &f))
		return false;
	if (track < 0)
		return true;
	if (part != VG_VIEW_NO_PART && f.cursor < 0 && v->sink.restart != NULL)
		v->sink.restart(v->sink.ctx, (size_t)track, (size_t)part);
	if (whole == NULL)
		return true;
	if (text.n > 0 && vg_feed_is_whole(&f))
		whole[track / 64] |= UINT64_C(1) << track % 64;
	else
		whole[track / 64] &= ~(UINT64_C(1) << track % 64);
	return true;
}

void vg_view_whole(const struct vg_view *v, uint64_t whole[VG_TRACKS_ALL / 64])
{
	memset(whole, 0xff, VG_TRACKS_ALL / 8);
	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *p = vg_view_part(v, i);

		/* Where nothing was counted nothing is missing. */
		for (size_t k = 0; p->offset >= 0 && k < VG_TRACKS_ALL / 64;
		     k++)
			whole[k] &= p->whole[k];
	}
}

bool vg_view_has_whole(const struct vg_view *v, const char *id)
{
	int track = vg_plan_find_track(v->env->plan, vg_slice_of(id));
	uint64_t whole[VG_TRACKS_ALL / 64];

	vg_view_whole(v, whole);
	return track >= 0 && (whole[track / 64] >> track % 64 & 1) != 0;
}

bool vg_view_take_steps(const struct vg_view *v, size_t part,
			struct vg_bucket_id id, struct vg_slice field,
			struct vg_slice list)
{
	size_t track = vg_agg_track(id.agg);
	int64_t window = vg_plan_track(v->env->plan, track)->window_ms;
	uint32_t n, last_ms;

	if (!vg_steps_check(list, vg_steps_slice(window), &n, &last_ms))
		return false;
	if (v->sink.steps != NULL)
		v->sink.steps(v->sink.ctx, track, part, id.start_ms, field,
			      list);
	return true;
}
