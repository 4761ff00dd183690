#include "aggregate/part_private.h"

#include "aggregate/delta.h"
#include "aggregate/part_call.h"
#include "aggregate/part_feeds.h"

#include <assert.h>

/* Remove the bucket whose name is in p->name and whose key is `key`. */
static void tell_ended(struct vg_part *p, uint32_t key, bool travels)
{
	vg_call_begin(p->call, "UNLINK", key);
	if (travels)
		vg_delta_bucket(&p->delta,
				(struct vg_slice){.p = p->name.p,
						  .n = (uint32_t)p->name.n},
				0);
}

/* Find what is ended, and when the next bucket of each kind will be. */
static bool collect(struct vg_part *p, const struct vg_part_clock *k)
{
	struct vg_live_set *s = &p->live;
	struct vg_live *b;

	s->next_series_ms = s->next_track_ms = INT64_MAX;
	for (size_t pos = 0; (b = vg_live_next(s, &pos)) != NULL;) {
		int64_t *next = b->id.agg >= VG_AGG_TRACK_0
					? &s->next_track_ms
					: &s->next_series_ms;

		bool ended = vg_part_is_ended(k, b->id, b->expiry_ms) &&
			     p->n_ended < VG_PART_SWEEP_MAX;

		if (b->stored && (ended || b->emptied)) {
			if (!vg_part_reserve((void **)&p->ended, &p->cap_ended,
					     p->n_ended + 1,
					     sizeof(struct vg_live *)))
				return false;
			p->ended[p->n_ended++] = b;
		} else if (b->expiry_ms < *next) {
			*next = b->expiry_ms;
		}
	}
	return true;
}

static bool orphan_is_ended(const struct vg_part *p, size_t i,
			    const struct vg_part_clock *k)
{
	int64_t expiry_ms = p->live.orphan[i].expiry_ms;

	/* What would be kept for ever is for rules that there are. */
	return expiry_ms <= k->tracks_below_ms || expiry_ms == VG_PART_NEVER_MS;
}

/* Put the ended orphans at the end of their list. */
static void collect_orphans(struct vg_part *p, const struct vg_part_clock *k)
{
	struct vg_live_set *s = &p->live;
	size_t n = s->n_orphan;

	for (size_t i = 0; i < n && s->n_orphan - n < VG_PART_SWEEP_MAX;) {
		struct vg_orphan o = s->orphan[i];

		if (!orphan_is_ended(p, i, k)) {
			i++;
			continue;
		}
		s->orphan[i] = s->orphan[--n];
		s->orphan[n] = o;
	}
	for (size_t i = 0; i < n; i++)
		if (s->orphan[i].expiry_ms < s->next_track_ms)
			s->next_track_ms = s->orphan[i].expiry_ms;
	p->n_ended_orphans = s->n_orphan - n;
}

bool vg_part_sweep(struct vg_part *p, const struct vg_part_clock *k)
{
	struct vg_live_set *s = &p->live;

	p->n_ended = p->n_ended_orphans = 0;
	if (p->recall == NULL && !p->feeds->news &&
	    k->log_ms < s->next_series_ms &&
	    k->tracks_below_ms < s->next_track_ms)
		return true;
	if (!collect(p, k))
		return false;
	collect_orphans(p, k);
	for (size_t i = 0; i < p->n_ended; i++) {
		uint32_t key = vg_part_bucket_key(p, p->ended[i]->id);

		/* That all its fields went was said; it has not expired. */
		tell_ended(p, key,
			   vg_part_travels(p->ended[i]->id) &&
				   !p->ended[i]->emptied);
	}
	for (size_t i = s->n_orphan - p->n_ended_orphans; i < s->n_orphan;
	     i++) {
		vg_buf_reset(&p->name);
		vg_buf_str(&p->name, s->orphan[i].name);
		tell_ended(p,
			   vg_call_key(p->call, p->partner->topic, p->partition,
				       s->orphan[i].name, 'h'),
			   true);
	}
	return !p->name.failed;
}

void vg_part_sweep_settle(struct vg_part *p)
{
	for (size_t i = 0; i < p->n_ended; i++)
		vg_live_remove(&p->live, p->ended[i]);
	assert(p->n_ended_orphans <= p->live.n_orphan);
	p->live.n_orphan -= p->n_ended_orphans;
	p->n_ended = p->n_ended_orphans = 0;
}
