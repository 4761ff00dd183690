#include "aggregate/changes.h"

#include <assert.h>
#include <stdlib.h>

/* Suffix minima: both rise. */
struct log {
	uint64_t moment[VG_CHANGES_KEPT];
	int64_t start_ms[VG_CHANGES_KEPT];
	unsigned n;
};

struct expired {
	uint64_t moment;
	int64_t start_ms; /* the youngest that ever did */
};

struct vg_changes {
	uint64_t now, all; /* all: moment at which anything may have changed */
	size_t audiences;
	struct expired expired[VG_AGG_SERIES_N][VG_RES_N];
	struct log log[]; /* [audience or everyone][aggregate][resolution] */
};

struct vg_changes *vg_changes_new(size_t audiences)
{
	struct vg_changes *c;
	size_t logs = (audiences + 1) * VG_AGG_SERIES_N * VG_RES_N;

	c = calloc(1, sizeof *c + logs * sizeof c->log[0]);
	if (c == NULL)
		return NULL;
	c->audiences = audiences;
	for (int a = 0; a < VG_AGG_SERIES_N; a++)
		for (int r = 0; r < VG_RES_N; r++)
			c->expired[a][r].start_ms = INT64_MIN;
	return c;
}

void vg_changes_free(struct vg_changes *c)
{
	free(c);
}

static size_t place_of(const struct vg_changes *c, struct vg_bucket_id id,
		       size_t audience)
{
	size_t who = audience < c->audiences ? audience : c->audiences;

	assert(id.agg < VG_AGG_SERIES_N && id.res < VG_RES_N);
	return (who * VG_AGG_SERIES_N + id.agg) * VG_RES_N + id.res;
}

void vg_changes_note(struct vg_changes *c, struct vg_bucket_id id,
		     size_t audience)
{
	struct log *l = &c->log[place_of(c, id, audience)];

	c->now++;
	while (l->n > 0 && l->start_ms[l->n - 1] >= id.start_ms)
		l->n--;
	if (l->n == VG_CHANGES_KEPT) { /* the two oldest become one */
		l->start_ms[1] = l->start_ms[0];
		memmove(l->start_ms, l->start_ms + 1,
			(VG_CHANGES_KEPT - 1) * sizeof l->start_ms[0]);
		memmove(l->moment, l->moment + 1,
			(VG_CHANGES_KEPT - 1) * sizeof l->moment[0]);
		l->n--;
	}
	l->start_ms[l->n] = id.start_ms;
	l->moment[l->n++] = c->now;
}

void vg_changes_expired(struct vg_changes *c, struct vg_bucket_id id)
{
	struct expired *e = &c->expired[id.agg][id.res];

	e->moment = ++c->now;
	if (id.start_ms > e->start_ms)
		e->start_ms = id.start_ms;
}

void vg_changes_all(struct vg_changes *c)
{
	c->all = ++c->now;
}

uint64_t vg_changes_now(const struct vg_changes *c)
{
	return c->now;
}

static bool is_touched(const struct log *l, int64_t to_ms, uint64_t moment)
{
	if (l->n == 0 || l->moment[l->n - 1] <= moment)
		return false;
	for (unsigned i = 0; i < l->n; i++)
		if (l->moment[i] > moment)
			return l->start_ms[i] < to_ms;
	return false;
}

bool vg_changes_common(const struct vg_changes *c, struct vg_bucket_id id,
		       int64_t to_ms, uint64_t moment)
{
	const struct expired *e = &c->expired[id.agg][id.res];

	return c->all > moment ||
	       (e->moment > moment && e->start_ms >= id.start_ms) ||
	       is_touched(&c->log[place_of(c, id, c->audiences)], to_ms,
			  moment);
}

bool vg_changes_for(const struct vg_changes *c, struct vg_bucket_id id,
		    size_t audience, int64_t to_ms, uint64_t moment)
{
	assert(audience < c->audiences);
	return is_touched(&c->log[place_of(c, id, audience)], to_ms, moment);
}
