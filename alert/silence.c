#include "alert/silence.h"

#include "aggregate/cells.h"
#include "aggregate/health.h"
#include "aggregate/keys.h"
#include "alert/deaf.h"
#include "alert/leader.h"
#include "alert/rules.h"
#include "alert/silence_parts.h"
#include "core/defect.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOOK_MS = 1000 };

/* A look at one partner. */
struct look {
	struct vg_evaluator *e;
	struct vg_silence *s;
	const struct vg_partner *p;
	struct vg_partner_health whole;
	struct vg_table *index; /* name behind "=" -> place in s->open */
	int64_t now_ms;
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "alert: out of memory");
}

struct vg_silence *vg_silence_new(const struct vg_part_env *env)
{
	struct vg_silence *s = calloc(1, sizeof *s);

	if (s != NULL)
		s->env = env;
	return s;
}

void vg_silence_free(struct vg_silence *s)
{
	if (s == NULL)
		return;
	free(s->open);
	vg_arena_term(&s->words);
	free(s);
}

void vg_silence_forget(struct vg_silence *s)
{
	s->n = 0;
	s->looked = false;
}

struct vg_silent *vg_silence_add(struct vg_silence *s)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct vg_silent *open = realloc(s->open, cap * sizeof *open);

		if (open == NULL)
			return NULL;
		s->open = open;
		s->cap = cap;
	}
	return &s->open[s->n++];
}

enum vg_rc vg_silence_take(struct vg_silence *s, struct vg_slice doc,
			   struct vg_err *err)
{
	struct vg_silent a, *to;

	if (!vg_silent_read(&a, doc, s->env->cfg))
		return VG_OK;
	to = vg_silence_add(s);
	if (to == NULL)
		return no_memory(err);
	*to = a;
	return VG_OK;
}

/* "=" and the name, so that none is empty. */
static struct vg_slice key_of(char out[VG_SENSOR_MAX + 2],
			      struct vg_slice sensor)
{
	out[0] = '=';
	assert(sensor.n <= VG_SENSOR_MAX);
	if (sensor.n > 0)
		memcpy(out + 1, sensor.p, sensor.n);
	return (struct vg_slice){.p = out, .n = sensor.n + 1};
}

/* Where each open alert of the partner is; false when memory is out. */
static bool make_index(struct look *l)
{
	char key[VG_SENSOR_MAX + 2];

	l->index = vg_table_new(1, l->s->env->table_seed);
	for (size_t i = 0; l->index != NULL && i < l->s->n; i++) {
		struct vg_silent *a = &l->s->open[i];
		int64_t *at;

		a->seen = false;
		if (a->partner != l->p)
			continue;
		at = vg_table_at(l->index, key_of(key, vg_slice_of(a->sensor)),
				 NULL);
		if (at == NULL)
			return false;
		*at = (int64_t)i;
	}
	return l->index != NULL;
}

/* The open alert about `sensor` of the partner (no name: the whole of it), as
 * it was before this look. */
static struct vg_silent *find(const struct look *l, struct vg_slice sensor)
{
	char key[VG_SENSOR_MAX + 2];
	int64_t *at = vg_table_get(l->index, key_of(key, sensor));

	return at != NULL ? &l->s->open[*at] : NULL;
}

/* All members are told of a partner; of a sensor itself and the joint SOC. */
static uint64_t viewers_of(const struct look *l, bool whole)
{
	const struct vg_config *cfg = l->s->env->cfg;
	uint64_t viewers =
		(uint64_t)1 << VG_SLOT_COALITION | (uint64_t)1 << l->p->slot;

	if (!whole && !VG_DEFECT("silence-to-all"))
		return viewers;
	for (size_t i = 0; i < cfg->n_partners; i++)
		if (vg_partner_is_member(&cfg->partners[i], l->now_ms))
			viewers |= (uint64_t)1 << cfg->partners[i].slot;
	return viewers;
}

enum vg_rc vg_silence_queue(struct vg_evaluator *e, struct vg_silent *a,
			    const char *change, struct vg_err *err)
{
	struct vg_silence *s = e->silence;
	struct vg_buf viewers = {0};
	struct vg_put *p = vg_leader_room(e);
	enum vg_rc rc = VG_OK;

	if (p == NULL)
		return no_memory(err);
	a->updated_ms = e->world.now_ms;
	memcpy(p->id, a->id, sizeof p->id);
	p->start_ms = a->start_ms;
	p->rule = vg_silent_rule(a);
	p->change = change;
	p->is_new = strcmp(change, "raised") == 0;
	vg_silent_class(&viewers, s->env->cfg, a->viewers);
	p->viewers = viewers.failed ? NULL
				    : vg_arena_copy(&s->words, viewers.p,
						    viewers.n + 1);
	vg_buf_term(&viewers);
	if (p->viewers == NULL)
		return no_memory(err);
	rc = vg_silent_doc(&p->doc, a, s->env->cfg, err);
	if (rc == VG_OK)
		rc = vg_silent_history(&p->history, a, change, err);
	if (rc == VG_OK)
		e->n_put++;
	return rc;
}

bool vg_silence_name(const struct vg_evaluator *e, struct vg_silent *a)
{
	char fingerprint[VG_FINGERPRINT];
	struct vg_buf group = {0};
	bool ok;

	if (a->partner != NULL)
		vg_field_pack(&group, vg_slice_of(a->partner->id));
	vg_field_pack(&group, vg_slice_of(a->sensor));
	ok = !group.failed &&
	     vg_alert_fingerprint(
		     fingerprint, e->o.env->hash_key, vg_silent_rule(a),
		     (struct vg_slice){group.p, (uint32_t)group.n}, "");
	vg_buf_term(&group);
	if (ok)
		(void)snprintf(a->id, sizeof a->id, "%s-%" PRId64, fingerprint,
			       a->start_ms);
	return ok;
}

static enum vg_rc raise_new(const struct look *l, struct vg_slice sensor,
			    int64_t start_ms, int64_t expected_ms,
			    struct vg_err *err)
{
	struct vg_silent a = {.partner = l->p,
			      .start_ms = start_ms,
			      .end_ms = INT64_MAX,
			      .detected_ms = l->now_ms,
			      .expected_ms = expected_ms,
			      .viewers = viewers_of(l, sensor.n == 0),
			      .seen = true};
	struct vg_silent *to;

	assert(sensor.n < sizeof a.sensor && start_ms <= l->now_ms);
	if (sensor.n > 0)
		memcpy(a.sensor, sensor.p, sensor.n);
	if (!vg_silence_name(l->e, &a))
		return no_memory(err);
	to = vg_silence_add(l->s);
	if (to == NULL)
		return no_memory(err);
	*to = a;
	return vg_silence_queue(l->e, to, "raised", err);
}

/* It is over, with the first record behind it; when that is not known, now. */
static enum vg_rc resolve(const struct look *l, struct vg_silent *a,
			  const int64_t run_last_ms[2], struct vg_err *err)
{
	a->seen = true;
	a->end_ms = l->now_ms;
	for (unsigned i = 0; i < 2; i++)
		if (run_last_ms[i] >= a->start_ms && run_last_ms[i] < a->end_ms)
			a->end_ms = run_last_ms[i];
	return vg_silence_queue(l->e, a, "resolved", err);
}

/* What is known of the partner, or of one sensor of it. */
struct subject {
	struct vg_slice sensor; /* no name: the whole */
	enum vg_health state;
	bool may_rise;
	int64_t silent_from_ms, expected_ms;
	int64_t run_last_ms[2];
};

static enum vg_rc judge(const struct look *l, const struct subject *x,
			struct vg_err *err)
{
	const struct vg_config *cfg = l->s->env->cfg;
	struct vg_silent *a = find(l, x->sensor);
	bool silent = cfg->silence_alerts && x->state == VG_HEALTH_SILENT &&
		      x->silent_from_ms > l->now_ms - cfg->alerts_kept_ms;
	enum vg_rc rc = VG_OK;

	if (a != NULL) {
		/* It may have spoken and stopped again between two looks. */
		bool spoke = x->run_last_ms[1] >= a->start_ms;

		a->seen = true;
		if (x->state == VG_HEALTH_LAGGING && !spoke)
			return VG_OK;
		if (!silent || spoke) {
			rc = resolve(l, a, x->run_last_ms, err);
			a = NULL;
		}
	}
	if (rc != VG_OK || !silent)
		return rc;
	if (a == NULL)
		return x->may_rise ? raise_new(l, x->sensor, x->silent_from_ms,
					       x->expected_ms, err)
				   : VG_OK;
	if (a->viewers == viewers_of(l, x->sensor.n == 0))
		return VG_OK;
	a->viewers = viewers_of(l, x->sensor.n == 0);
	return vg_silence_queue(l->e, a, "updated", err);
}

static enum vg_rc judge_whole(const struct look *l, struct vg_err *err)
{
	const struct vg_partner_health *h = &l->whole;
	const struct subject x = {.sensor = {.p = "", .n = 0},
				  .state = h->state,
				  .may_rise = true,
				  .silent_from_ms = h->silent_from_ms,
				  .expected_ms = h->expected_ms,
				  .run_last_ms = {h->run_ms, h->last_ms}};

	return judge(l, &x, err);
}

static enum vg_rc judge_sensor(const struct look *l,
			       const struct vg_sensor_health *h,
			       struct vg_err *err)
{
	/* When nobody of the partner spoke since, it is the partner. */
	const struct subject x = {
		.sensor = h->name,
		.state = h->state,
		.may_rise = l->whole.last_ms >= h->silent_from_ms ||
			    VG_DEFECT("silence-each"),
		.silent_from_ms = h->silent_from_ms,
		.expected_ms = h->expected_ms,
		.run_last_ms = {h->heard.run_ms, h->heard.last_ms}};

	return h->heard.records > 0 ? judge(l, &x, err) : VG_OK;
}

/* What was open of a sensor that is no longer remembered ends, and what has
 * ended is forgotten. */
static enum vg_rc tidy(const struct look *l, struct vg_err *err)
{
	const int64_t never[2] = {INT64_MIN, INT64_MIN};
	struct vg_silence *s = l->s;
	enum vg_rc rc = VG_OK;
	size_t n = 0;

	for (size_t i = 0; i < s->n && rc == VG_OK; i++) {
		struct vg_silent *a = &s->open[i];

		if (a->partner == l->p && !a->seen)
			rc = resolve(l, a, never, err);
		if (a->end_ms == INT64_MAX)
			s->open[n++] = *a;
	}
	s->n = n;
	return rc;
}

static enum vg_rc look_at(struct look *l, const struct vg_view *view,
			  struct vg_err *err)
{
	const struct vg_config *cfg = l->s->env->cfg;
	struct vg_health_list list;
	enum vg_rc rc;

	if (!vg_health_sensors(view, cfg, l->p, l->now_ms, &list))
		return no_memory(err);
	rc = make_index(l) ? VG_OK : no_memory(err);
	l->whole = vg_health_partner(view, cfg, l->p, l->now_ms);
	if (rc == VG_OK)
		rc = judge_whole(l, err);
	for (size_t i = 0; i < list.n && rc == VG_OK; i++)
		rc = judge_sensor(l, &list.sensor[i], err);
	if (rc == VG_OK)
		rc = tidy(l, err);
	vg_table_free(l->index);
	vg_health_list_term(&list);
	return rc;
}

enum vg_rc vg_silence_run(struct vg_evaluator *e, const struct vg_view *view,
			  struct vg_store *store, struct vg_err *err)
{
	struct vg_silence *s = e->silence;
	const struct vg_config *cfg = s->env->cfg;
	int64_t now_ms = e->world.now_ms;
	enum vg_rc rc = VG_OK;

	assert(e->leader && e->loaded);
	if (s->looked && now_ms >= s->looked_ms &&
	    now_ms - s->looked_ms < LOOK_MS)
		return VG_OK;
	if (!e->world.ready || vg_view_freshness(view, now_ms).stale)
		return VG_OK;
	s->looked = true;
	s->looked_ms = now_ms;
	for (size_t i = 0; (cfg->silence_alerts || s->n > 0) &&
			   i < cfg->n_partners && rc == VG_OK;
	     i++) {
		struct look l = {.e = e,
				 .s = s,
				 .p = &cfg->partners[i],
				 .now_ms = now_ms};

		rc = look_at(&l, view, err);
	}
	if (rc == VG_OK)
		rc = vg_deaf_look(e, store, err);
	if (rc == VG_OK)
		rc = vg_leader_flush(e, store, err);
	vg_arena_reset(&s->words);
	return rc;
}
