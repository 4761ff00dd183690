/*
 * part_lists - the lists of steps that a bucket holds: reading them in, and
 * taking a batch's times into them.
 */
#include "aggregate/part_fetch.h"
#include "aggregate/part_steps.h"
#include "core/defect.h"

#include <assert.h>

static struct vg_slice built(const struct vg_part *p)
{
	return (struct vg_slice){.p = p->list.p, .n = (uint32_t)p->list.n};
}

enum vg_rc vg_part_take_list(struct vg_part *p, struct vg_live *b,
			     struct vg_slice field, struct vg_slice list,
			     struct vg_err *err)
{
	int64_t window =
		vg_plan_track(p->env->plan, vg_agg_track(b->id.agg))->window_ms;
	struct vg_steps_field f;
	uint32_t n, last;
	int64_t *at;

	if (!vg_steps_check(list, vg_steps_slice(window), &n, &last))
		return vg_part_fault(p, b->id,
				     "has a list of times that is "
				     "none",
				     err);
	at = vg_table_at(b->cells, field, NULL);
	if (at == NULL || !vg_lists_put(b->lists, &at[0], list))
		return vg_part_no_memory(err);
	b->times += n - vg_list_times(at[1]);
	at[1] = vg_list_mark(n, last);
	b->rounded |= vg_steps_parse(field, window, &f) && f.rounded;
	if (b->caps != NULL && !vg_part_count_value(p, b, field))
		return vg_part_no_memory(err);
	return VG_OK;
}

void vg_part_remove_cell(struct vg_live *b, struct vg_slice field)
{
	const int64_t *v = vg_table_get(b->cells, field);

	if (v != NULL && b->lists != NULL) {
		b->times -= vg_list_times(v[1]);
		vg_lists_drop(b->lists, v[0]);
	}
	vg_table_remove(b->cells, field);
}

/* Write `step` behind what p->list has, or its sum with `more`. */
static void put(struct vg_part *p, struct vg_step step,
		const struct vg_step *more, int64_t *last, uint32_t *n)
{
	if (more != NULL && !VG_DEFECT("step-lost")) {
		step.events += more->events;
		step.reports += more->reports;
	}
	vg_steps_add(&p->list, *last, &step);
	*last = step.at_ms;
	++*n;
}

/* The list `held` and the `n_step` times in p->step as one, in p->list; its
 * mark. */
static int64_t merge(struct vg_part *p, struct vg_slice held, size_t n_step)
{
	struct vg_steps_reader r = vg_steps_read(held);
	struct vg_step old;
	int64_t last = -1;
	uint32_t n = 0;
	size_t i = 0;
	bool more = vg_steps_next(&r, &old) > 0;

	while (more || i < n_step) {
		const struct vg_step *new = i < n_step ? &p->step[i] : NULL;

		if (more && (new == NULL || old.at_ms < new->at_ms)) {
			put(p, old, NULL, &last, &n);
			more = vg_steps_next(&r, &old) > 0;
		} else if (more && old.at_ms == new->at_ms) {
			put(p, old, new, &last, &n);
			more = vg_steps_next(&r, &old) > 0;
			i++;
		} else {
			put(p, *new, NULL, &last, &n);
			i++;
		}
	}
	return vg_list_mark(n, (uint32_t)last);
}

/* What all comes behind the times of the list is appended: the usual case. */
static bool append(struct vg_part *p, struct vg_live *b, int64_t into[2],
		   size_t n_step)
{
	int64_t last = vg_list_last(into[1]);
	uint32_t n = vg_list_times(into[1]);

	for (size_t i = 0; i < n_step; i++)
		put(p, p->step[i], NULL, &last, &n);
	if (p->list.failed || !vg_lists_append(b->lists, into[0], built(p)))
		return false;
	into[1] = vg_list_mark(n, (uint32_t)last);
	return true;
}

bool vg_part_merge_steps(struct vg_part *p, struct vg_live *b, int64_t into[2],
			 const struct vg_batch_cell *c)
{
	size_t n = vg_batch_steps(&p->batch, c, &p->step, &p->cap_step);
	uint32_t before = vg_list_times(into[1]);
	int64_t mark;

	if (n == SIZE_MAX)
		return false;
	assert(n > 0);
	vg_buf_reset(&p->list);
	if (into[0] != 0 && p->step[0].at_ms > vg_list_last(into[1])) {
		if (!append(p, b, into, n))
			return false;
	} else {
		struct vg_slice held = {.n = 0};

		if (into[0] != 0)
			held = vg_lists_get(b->lists, into[0]);
		mark = merge(p, held, n);
		if (p->list.failed ||
		    !vg_lists_put(b->lists, &into[0], built(p)))
			return false;
		into[1] = mark;
	}
	b->times += vg_list_times(into[1]) - before;
	return true;
}
