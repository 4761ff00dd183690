#include "alert/say.h"

#include "alert/model.h"

#include <assert.h>

enum { LOOK_MS = 1000 };

static void say(struct vg_evaluator *e, struct vg_log_limit *limit,
		enum vg_log_event event, const struct vg_put *p)
{
	char more[24];
	int64_t kept = 0;

	if (!vg_log_may(limit, VG_SAY_MOST, e->world.now_ms, &kept))
		return;
	vg_log(e->o.log, VG_LOG_INFO, event, "id", p->id, "rule", p->rule,
	       "viewers", p->viewers, "change", p->change, "unsaid",
	       vg_num(more, kept), NULL);
}

bool vg_say_tells(const struct vg_rule *rule)
{
	return !rule->shadow && rule->own_of == 0;
}

void vg_say_put(struct vg_evaluator *e, const struct vg_put *put, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* That the end alone moved on is said by the document. */
		if (put[i].change == NULL)
			continue;
		if (strcmp(put[i].change, "resolved") == 0)
			say(e, &e->resolved, VG_EV_ALERT_RESOLVED, &put[i]);
		else if (put[i].is_new)
			say(e, &e->raised, VG_EV_ALERT_RAISED, &put[i]);
		else
			say(e, &e->updated, VG_EV_ALERT_UPDATED, &put[i]);
	}
}

bool vg_is_resolved(const struct vg_alert *a, const struct vg_rule *rule,
		    int64_t at_ms)
{
	return !a->withdrawn && a->merged_into[0] == '\0' &&
	       at_ms >= a->end_ms + rule->resolve_after_ms;
}

static void say_slot(struct vg_evaluator *e, const struct vg_slot *s)
{
	for (struct vg_alert *a = s->alert; a != NULL; a = a->next) {
		struct vg_put p = {.rule = s->rule->id,
				   .change = "resolved",
				   .viewers = vg_class_name(e->o.env->aud,
							    s->class_index)};

		if (a->told || !vg_is_resolved(a, s->rule, e->world.now_ms))
			continue;
		a->told = true;
		if (!vg_say_tells(s->rule))
			continue;
		memcpy(p.id, a->id, sizeof p.id);
		say(e, &e->resolved, VG_EV_ALERT_RESOLVED, &p);
	}
}

void vg_say_resolved(struct vg_evaluator *e)
{
	assert(e->leader && e->loaded);
	if (e->world.now_ms >= e->said_ms &&
	    e->world.now_ms - e->said_ms < LOOK_MS)
		return;
	e->said_ms = e->world.now_ms;
	for (const struct vg_active *a = e->active; a != NULL; a = a->after) {
		/* What is unsettled may go on longer than is stored. */
		if (a->group->dirty || a->unsettled)
			continue;
		for (const struct vg_slot *s = a->slot; s != NULL; s = s->next)
			say_slot(e, s);
	}
}
