#include "notify/stream.h"

#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

static struct vg_stream_alert *find(const struct vg_stream *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->alert[i].id, id) == 0)
			return &s->alert[i];
	return NULL;
}

static struct vg_stream_alert *append(struct vg_stream *s, const char *id)
{
	size_t n = strlen(id) + 1;
	char *own = malloc(n);

	if (own != NULL && s->n == s->cap) {
		size_t cap = s->cap == 0 ? 4 : 2 * s->cap;
		struct vg_stream_alert *p = realloc(s->alert, cap * sizeof *p);

		if (p != NULL) {
			s->alert = p;
			s->cap = cap;
		}
	}
	if (own == NULL || s->n == s->cap) {
		free(own);
		return NULL;
	}
	memcpy(own, id, n);
	s->alert[s->n] = (struct vg_stream_alert){.id = own};
	return &s->alert[s->n++];
}

struct vg_stream_alert *vg_stream_put(struct vg_stream *s, const char *id,
				      const int64_t start_end_ms[2],
				      const struct vg_tempo *tempo,
				      int64_t now_ms)
{
	struct vg_stream_alert *a = find(s, id);
	bool open = a != NULL && a->end_ms > now_ms;

	if (a == NULL)
		a = append(s, id);
	if (a == NULL)
		return NULL;
	if (!open || start_end_ms[0] < a->start_ms)
		a->start_ms = start_end_ms[0];
	a->end_ms = start_end_ms[1];
	if (!s->begun) {
		s->begun = true;
		s->next_ms = now_ms + tempo->group_wait_ms;
	}
	return a;
}

static void remove_at(struct vg_stream *s, size_t i)
{
	assert(i < s->n);
	free(s->alert[i].id);
	s->n--;
	memmove(&s->alert[i], &s->alert[i + 1],
		(s->n - i) * sizeof s->alert[0]);
}

void vg_stream_drop(struct vg_stream *s, const char *id)
{
	struct vg_stream_alert *a = find(s, id);

	if (a != NULL)
		remove_at(s, (size_t)(a - s->alert));
}

static bool is_firing(const struct vg_stream_alert *a, int64_t at_ms)
{
	return a->end_ms > at_ms || a->owed;
}

static bool is_muted(const struct vg_muter *muter,
		     const struct vg_stream_alert *a, int64_t at_ms)
{
	return muter->muted != NULL && muter->muted(muter->ctx, a, at_ms);
}

bool vg_stream_owe(struct vg_stream *s, const struct vg_muter *muter,
		   int64_t at_ms)
{
	bool more = false;

	for (size_t i = 0; i < s->n; i++) {
		struct vg_stream_alert *a = &s->alert[i];

		if (a->owed || a->end_ms <= at_ms ||
		    vg_ids_has(&s->told.firing, a->id) ||
		    vg_ids_has(&s->told.resolved, a->id) ||
		    is_muted(muter, a, at_ms) ||
		    VG_DEFECT("late-flush-forgets"))
			continue;
		a->owed = more = true;
	}
	return more;
}

/* Note of `a`, which is listed, what a notification would say. */
static bool note(struct vg_told *out, const struct vg_stream_alert *a,
		 int64_t at_ms)
{
	bool fires = is_firing(a, at_ms);

	if (!vg_ids_add(fires ? &out->firing : &out->resolved,
			vg_slice_of(a->id)))
		return false;
	return !fires || !a->has_stage ||
	       vg_told_stage(out, a->id, a->stage, a->countries);
}

/* What a notification at `at_ms` would say. */
static bool look(struct vg_stream *s, const struct vg_muter *muter,
		 int64_t at_ms, struct vg_told *out)
{
	*out = (struct vg_told){.any = true, .at_ms = at_ms};
	for (size_t i = 0; i < s->n; i++) {
		struct vg_stream_alert *a = &s->alert[i];

		a->listed = !is_muted(muter, a, at_ms);
		if (a->listed && !note(out, a, at_ms)) {
			vg_told_term(out);
			return false;
		}
	}
	return true;
}

enum vg_flush vg_stream_flush(struct vg_stream *s, const struct vg_tempo *tempo,
			      const struct vg_muter *muter, int64_t at_ms)
{
	struct vg_told now;
	size_t listed = 0;

	assert(s->begun);
	if (at_ms > s->next_ms)
		(void)vg_stream_owe(s, muter, s->next_ms);
	if (!look(s, muter, at_ms, &now))
		return VG_FLUSH_FAILED;
	s->next_ms = at_ms + tempo->group_interval_ms;
	if (!vg_told_decide(tempo, &s->told, &now)) {
		vg_told_term(&now);
		return VG_FLUSH_NOTHING;
	}
	vg_told_term(&s->told);
	s->told = now;
	for (size_t i = 0; i < s->n; i++) {
		struct vg_stream_alert *a = &s->alert[i];

		a->listed = a->listed &&
			    (is_firing(a, at_ms) || tempo->send_resolved);
		listed += a->listed;
	}
	/* That all is over, or muted, is noted; there is nothing to say. */
	if (listed == 0)
		return VG_FLUSH_NOTHING;
	s->number++;
	return VG_FLUSH_NOTIFY;
}

void vg_stream_leave(struct vg_stream *s, int64_t at_ms)
{
	for (size_t i = s->n; i-- > 0;) {
		if (!is_firing(&s->alert[i], at_ms))
			remove_at(s, i);
		else
			s->alert[i].owed = false;
	}
}

void vg_stream_term(struct vg_stream *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->alert[i].id);
	free(s->alert);
	vg_told_term(&s->told);
	memset(s, 0, sizeof *s);
}
