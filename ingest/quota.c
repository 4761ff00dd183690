#include "ingest/quota_parts.h"

#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { SENSORS, ACTORS };
enum { PASSED_FIRST = 16 };

static const int64_t MINUTE_MS = 60000, HOUR_MS = 3600000;

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "quota: out of memory");
}

enum vg_rc vg_quota_new(struct vg_quota **out, const struct vg_quota_opts *o,
			struct vg_err *err)
{
	struct vg_quota *q = calloc(1, sizeof *q);
	size_t n = vg_audience_count(o->aud);

	if (q != NULL)
		q->term = calloc(n + 1, sizeof(struct vg_quota_term *));
	if (q == NULL || q->term == NULL) {
		free(q);
		return no_memory(err);
	}
	q->o = *o;
	q->n_term = n;
	q->dead_hour_ms = INT64_MIN;
	*out = q;
	return VG_OK;
}

void vg_quota_free(struct vg_quota *q)
{
	if (q == NULL)
		return;
	for (size_t a = 0; a < q->n_term; a++) {
		for (int i = 0; q->term[a] != NULL && i < VG_QUOTA_SETS; i++)
			vg_quota_set_term(&q->term[a]->set[i]);
		free(q->term[a]);
	}
	free(q->term);
	free(q->passed);
	free(q);
}

struct vg_quota_term *vg_quota_term_at(struct vg_quota *q, uint16_t audience)
{
	assert(audience < q->n_term);
	if (VG_DEFECT("quota-audience-off"))
		audience = 0;
	if (q->term[audience] == NULL) {
		q->term[audience] = calloc(1, sizeof *q->term[audience]);
		if (q->term[audience] != NULL)
			q->term[audience]->audience = audience;
	}
	return q->term[audience];
}

static int64_t floor_to(int64_t t, int64_t width)
{
	int64_t rest = t % width;

	return t > INT64_MIN + width ? t - (rest < 0 ? rest + width : rest) : t;
}

bool vg_quota_remember(struct vg_quota *q, struct vg_quota_passed passed)
{
	if (q->n_passed == q->cap_passed) {
		size_t cap = q->cap_passed ? q->cap_passed * 2 : PASSED_FIRST;
		struct vg_quota_passed *grown =
			realloc(q->passed, cap * sizeof *grown);

		if (grown == NULL)
			return false;
		q->passed = grown;
		q->cap_passed = cap;
	}
	q->passed[q->n_passed++] = passed;
	return true;
}

static bool begin(struct vg_quota *q, struct vg_quota_term *t,
		  int64_t minute_ms, int64_t offset)
{
	struct vg_quota_passed was = {.from = t->first, .to = offset};

	if (t->is_past && !vg_quota_remember(q, was))
		return false;
	t->used = true;
	t->is_past = false;
	t->minute_ms = minute_ms;
	t->first = offset;
	t->records = t->indicators = 0;
	for (int i = 0; i < VG_QUOTA_SETS; i++) {
		vg_quota_set_reset(&t->set[i]);
		t->saved[i] = 0;
	}
	return true;
}

enum vg_rc vg_quota_record(struct vg_quota *q, uint16_t audience,
			   int64_t offset, int64_t ref_ms, bool *past,
			   struct vg_err *err)
{
	struct vg_quota_term *t = vg_quota_term_at(q, audience);
	int64_t max = q->o.partner->quota.records;
	int64_t minute = floor_to(ref_ms, MINUTE_MS);

	if (t == NULL || ((!t->used || minute > t->minute_ms) &&
			  !begin(q, t, minute, offset)))
		return no_memory(err);
	t->dirty = true;
	*past = max > 0 && t->records >= max;
	t->is_past = t->is_past || *past;
	t->records += !*past;
	return VG_OK;
}

/* False when the name must do without; *memory when that is out. */
static bool takes(const struct vg_quota *q, struct vg_quota_term *t, int set,
		  int64_t max, struct vg_slice name, bool *memory)
{
	if (max == 0 || name.n == 0)
		return true;
	switch (vg_quota_set_add(
		&t->set[set], vg_hash64(q->o.hash_key, name.p, name.n), max)) {
	case VG_QUOTA_PAST:
		t->is_past = true;
		return false;
	case VG_QUOTA_MEMORY:
		*memory = true;
		return false;
	default:
		return true;
	}
}

static unsigned take_indicators(struct vg_quota_term *t, struct vg_event *e,
				int64_t max)
{
	int64_t left = max - t->indicators;
	unsigned out = 0;

	if (max > 0 && e->n_indicator > left) {
		out = e->n_indicator - (unsigned)(left > 0 ? left : 0);
		e->n_indicator -= out;
		t->is_past = true;
	}
	t->indicators += e->n_indicator;
	return out;
}

enum vg_rc vg_quota_event(struct vg_quota *q, struct vg_event *e,
			  uint32_t unknown, struct vg_quota_notes *out,
			  struct vg_err *err)
{
	const struct vg_partner_quota *max = &q->o.partner->quota;
	struct vg_quota_term *t = vg_quota_term_at(q, e->audience);
	struct vg_quota_notes n = {.sensor = false};
	bool memory = false;

	assert(t != NULL && t->used); /* its record came first */
	e->actors_past = 0;
	e->sensor_past =
		!takes(q, t, SENSORS, max->sensors, e->sensor, &memory);
	n.sensor = e->sensor_past;
	for (unsigned i = 0; i < e->n_actor; i++) {
		if ((unknown >> i & 1) == 0 ||
		    takes(q, t, ACTORS, max->actors, e->actor[i].name, &memory))
			continue;
		e->actors_past |= UINT32_C(1) << i;
		n.actors++;
	}
	n.indicators = take_indicators(t, e, max->indicators);
	if (memory)
		return no_memory(err);
	*out = n;
	return VG_OK;
}

bool vg_quota_dead(struct vg_quota *q, int64_t ref_ms, int64_t bytes)
{
	const struct vg_partner_quota *max = &q->o.partner->quota;
	int64_t hour = floor_to(ref_ms, HOUR_MS);

	if (hour > q->dead_hour_ms) {
		q->dead_hour_ms = hour;
		q->dead_dirty = true;
		q->dead_records = q->dead_bytes = 0;
	}
	if ((max->dead_records > 0 && q->dead_records >= max->dead_records) ||
	    (max->dead_bytes > 0 && bytes > max->dead_bytes - q->dead_bytes))
		return false;
	q->dead_dirty = true;
	q->dead_records++;
	q->dead_bytes += bytes;
	return true;
}

static bool lies_in(int64_t offset, int64_t from, int64_t to)
{
	return offset > from && offset < to;
}

int64_t vg_quota_reads_from(const struct vg_quota *q, int64_t offset)
{
	int64_t from = offset;

	if (offset < q->forgotten)
		return -1;
	for (size_t i = 0; i < q->n_passed; i++)
		if (lies_in(offset, q->passed[i].from, q->passed[i].to) &&
		    q->passed[i].from < from)
			from = q->passed[i].from;
	for (size_t a = 0; a < q->n_term; a++) {
		const struct vg_quota_term *t = q->term[a];

		if (t != NULL && t->is_past &&
		    lies_in(offset, t->first, INT64_MAX) && t->first < from)
			from = t->first;
	}
	return from;
}
