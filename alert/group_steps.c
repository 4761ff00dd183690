#include "alert/group_steps.h"

#include "alert/groups_private.h"

#include <assert.h>
#include <stdlib.h>

/* A run of spans that is to be replaced, and by what: in g->run. */
struct run {
	uint32_t place, value, from, to; /* group->span[from..to) */
	size_t n, added;
	bool changed;
};

/* Put step `s` of `key` into the run: as it was, changed, or new. */
static void put_step(struct vg_groups *g, struct run *r,
		     const struct vg_gspan *old, const struct vg_span_key *key,
		     const struct vg_step *s)
{
	int64_t events = s->events < UINT32_MAX ? s->events : UINT32_MAX;
	const int64_t says[2] = {events, key->rounded_ms};
	struct vg_gspan *to = &g->run[r->n++];

	if (old != NULL) {
		*to = *old;
		r->changed |= vg_span_change(to, says) > 0;
		return;
	}
	*to = (struct vg_gspan){.value_marks = r->value << 4 |
					       VG_SPAN_NEW_FIRST |
					       VG_SPAN_NEW_LAST | VG_SPAN_STEP,
				.place = r->place};
	vg_span_put(to, key->sub_ms + s->at_ms, says);
	r->changed = true;
	r->added++;
}

/* What the run is to be; how many of its spans go. */
static size_t build_run(struct vg_groups *g, const struct vg_group *group,
			struct run *r, const struct vg_span_key *key,
			const struct vg_step *step, size_t n)
{
	uint32_t i = r->from;
	size_t lost = 0;

	for (size_t k = 0; k < n; k++) {
		int64_t at_ms = key->sub_ms + step[k].at_ms;

		for (; i < r->to && vg_span_sub(&group->span[i]) < at_ms; i++)
			lost++;
		if (i < r->to && vg_span_sub(&group->span[i]) == at_ms)
			put_step(g, r, &group->span[i++], key, &step[k]);
		else
			put_step(g, r, NULL, key, &step[k]);
	}
	return lost + (r->to - i);
}

/* Put the run where it belongs. Room was made. */
static void splice(const struct vg_groups *g, struct vg_group *group,
		   const struct run *r)
{
	memmove(&group->span[r->from + r->n], &group->span[r->to],
		(group->n - r->to) * sizeof *group->span);
	memcpy(&group->span[r->from], g->run, r->n * sizeof *g->run);
	group->n = group->n - (r->to - r->from) + (uint32_t)r->n;
}

static bool room_for_run(struct vg_groups *g, size_t n)
{
	struct vg_gspan *run;

	if (n <= g->cap_run)
		return true;
	run = realloc(g->run, n * sizeof *run);
	if (run == NULL)
		return false;
	g->run = run;
	g->cap_run = n;
	return true;
}

int vg_group_set_steps(struct vg_groups *g, struct vg_group *group,
		       struct vg_span_key key, struct vg_slice value,
		       const struct vg_step *step, size_t n)
{
	struct run r = {.place = vg_span_place(&key)};
	bool is_there;
	size_t lost;

	assert(key.step && key.until_ms > key.sub_ms);
	if (n == 0) {
		key.value = vg_values_find(g->values, value);
		return key.value != VG_VALUE_NONE &&
				       vg_group_unset(g, group, key)
			       ? VG_GROUP_CHANGED | VG_GROUP_LOST
			       : 0;
	}
	if (!room_for_run(g, n) || !vg_group_room(g, group, n))
		return -1;
	r.value = vg_values_hold(g->values, value);
	if (r.value == VG_VALUE_NONE)
		return -1;
	r.from = vg_group_seek(group, r.place, r.value, key.sub_ms, &is_there);
	r.to = vg_group_seek(group, r.place, r.value, key.until_ms, &is_there);
	lost = build_run(g, group, &r, &key, step, n);
	vg_values_hold_more(g->values, r.value, r.added);
	splice(g, group, &r);
	for (size_t i = 0; i <= lost; i++) /* and what was held above */
		vg_values_drop(g->values, r.value);
	if (lost > 0)
		return VG_GROUP_CHANGED | VG_GROUP_LOST;
	return r.changed ? VG_GROUP_CHANGED : 0;
}
