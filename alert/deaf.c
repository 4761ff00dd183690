#include "alert/deaf.h"

#include "alert/rules.h"
#include "alert/silence_parts.h"
#include "core/config.h"

#include <stdio.h>

static const struct vg_receiver *receiver_of(const struct vg_config *cfg,
					     struct vg_slice name)
{
	for (size_t i = 0; i < cfg->n_receivers; i++)
		if (vg_slice_eq(name, vg_slice_of(cfg->receivers[i].name)))
			return &cfg->receivers[i];
	return NULL;
}

static struct vg_silent *find(const struct vg_silence *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->open[i].partner == NULL &&
		    strcmp(s->open[i].sensor, name) == 0)
			return &s->open[i];
	return NULL;
}

static enum vg_rc raise_new(struct vg_evaluator *e, const struct vg_receiver *r,
			    int64_t since_ms, struct vg_err *err)
{
	int64_t now_ms = e->world.now_ms;
	struct vg_silent a = {.start_ms = since_ms < now_ms ? since_ms : now_ms,
			      .end_ms = INT64_MAX,
			      .detected_ms = now_ms,
			      .viewers = UINT64_C(1) << VG_SLOT_COALITION |
					 UINT64_C(1) << r->viewer_slot,
			      .seen = true};

	(void)snprintf(a.sensor, sizeof a.sensor, "%s", r->name);
	if (!vg_silence_name(e, &a))
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	struct vg_silent *to = vg_silence_add(e->silence);
	if (to == NULL)
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	*to = a;
	return vg_silence_queue(e, to, "raised", err);
}

/* The notes: name, since when, and so on. */
static enum vg_rc look_at(struct vg_evaluator *e, const struct vg_reply *notes,
			  struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i + 1 < vg_reply_count(notes) && rc == VG_OK;
	     i += 2) {
		const struct vg_receiver *r = receiver_of(
			e->o.env->cfg, vg_reply_text(vg_reply_at(notes, i)));
		struct vg_silent *a =
			r != NULL ? find(e->silence, r->name) : NULL;

		if (a != NULL)
			a->seen = true;
		else if (r != NULL)
			rc = raise_new(e, r,
				       vg_reply_int(vg_reply_at(notes, i + 1)),
				       err);
	}
	return rc;
}

/* What has no note any more is over, and forgotten. */
static enum vg_rc tidy(struct vg_evaluator *e, struct vg_err *err)
{
	struct vg_silence *s = e->silence;
	enum vg_rc rc = VG_OK;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct vg_silent *a = &s->open[i];

		if (rc == VG_OK && a->partner == NULL && !a->seen) {
			a->end_ms = e->world.now_ms;
			rc = vg_silence_queue(e, a, "resolved", err);
		}
		if (a->end_ms == INT64_MAX)
			s->open[n++] = *a;
	}
	s->n = n;
	return rc;
}

enum vg_rc vg_deaf_look(struct vg_evaluator *e, struct vg_store *store,
			struct vg_err *err)
{
	struct vg_silence *s = e->silence;
	struct vg_reply *notes = NULL;

	if (e->o.env->cfg->n_receivers == 0 && s->n == 0)
		return VG_OK;
	enum vg_rc rc = vg_store_callf(store, &notes, err, "HGETALL",
				       VG_DEAF_KEY, (char *)NULL);
	for (size_t i = 0; i < s->n; i++)
		if (s->open[i].partner == NULL)
			s->open[i].seen = false;
	if (rc == VG_OK)
		rc = look_at(e, notes, err);
	if (rc == VG_OK)
		rc = tidy(e, err);
	vg_reply_free(notes);
	return rc;
}
