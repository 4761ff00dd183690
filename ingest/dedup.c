#include "ingest/dedup.h"

#include "core/pages.h"

#include <assert.h>
#include <stdlib.h>

/* Slots swept for each insertion. One step goes to each removal, so a round of
 * the table takes slots / 7 insertions, and the ids held are those of a span
 * (half the slots at most) and of one round: 64 %. */
enum { SWEEP = 8 };

struct slot {
	uint64_t hi, lo;
	int64_t when; /* newest offset + 1; 0: empty */
};

struct vg_dedup {
	int64_t span, newest; /* newest offset noted, or -1 */
	size_t mask, held, hand;
	struct slot *slot;
	struct vg_pages pages; /* of `slot` */
};

enum vg_rc vg_dedup_new(struct vg_dedup **out, int64_t span, struct vg_err *err)
{
	size_t slots = SWEEP;

	if (span < 1 || span > VG_DEDUP_SPAN_MAX)
		return vg_err_set(err, VG_INVAL,
				  "dedup: span %lld is not within 1 to %d",
				  (long long)span, VG_DEDUP_SPAN_MAX);
	while (slots < 2 * (size_t)span)
		slots *= 2;

	struct vg_dedup *d = calloc(1, sizeof *d);
	if (d == NULL)
		return vg_err_set(err, VG_FATAL, "dedup: out of memory");
	if (!vg_pages_new(&d->pages, slots * sizeof *d->slot)) {
		free(d);
		return vg_err_set(err, VG_FATAL, "dedup: out of memory");
	}
	d->slot = d->pages.p;
	d->span = span;
	d->newest = -1;
	d->mask = slots - 1;
	*out = d;
	return VG_OK;
}

void vg_dedup_free(struct vg_dedup *d)
{
	if (d == NULL)
		return;
	vg_pages_free(&d->pages);
	free(d);
}

size_t vg_dedup_held(const struct vg_dedup *d)
{
	return d->held;
}

size_t vg_dedup_slots(const struct vg_dedup *d)
{
	return d->mask + 1;
}

static bool is_dead(const struct vg_dedup *d, const struct slot *s)
{
	return s->when != 0 && d->newest - (s->when - 1) > d->span;
}

/* Empty slot `i`, and move back what stands behind it only because of it, so
 * that no probe meets a gap. */
static void remove_at(struct vg_dedup *d, size_t i)
{
	size_t k = i;

	for (;;) {
		k = (k + 1) & d->mask;
		const struct slot *s = &d->slot[k];
		if (s->when == 0)
			break;
		size_t home = (size_t)s->lo & d->mask;
		if (((k - home) & d->mask) < ((k - i) & d->mask))
			continue; /* its home lies behind the gap */
		d->slot[i] = *s;
		i = k;
	}
	d->slot[i].when = 0;
	d->held--;
}

static void sweep(struct vg_dedup *d, size_t n)
{
	while (n-- > 0) {
		if (is_dead(d, &d->slot[d->hand]))
			remove_at(d, d->hand); /* look again: one moved in */
		else
			d->hand = (d->hand + 1) & d->mask;
	}
}

/* The slot of `id`, or the empty one where it belongs. */
static struct slot *find(struct vg_dedup *d, struct vg_hash128 id)
{
	size_t i = (size_t)id.lo & d->mask;

	assert(d->held <= d->mask); /* there is an empty slot */
	while (d->slot[i].when != 0 &&
	       (d->slot[i].hi != id.hi || d->slot[i].lo != id.lo))
		i = (i + 1) & d->mask;
	return &d->slot[i];
}

void vg_dedup_warm(const struct vg_dedup *d, struct vg_hash128 id)
{
	__builtin_prefetch(&d->slot[(size_t)id.lo & d->mask], 1);
}

enum vg_rc vg_dedup_note(struct vg_dedup *d, int64_t offset,
			 struct vg_hash128 id, bool *seen, struct vg_err *err)
{
	if (offset <= d->newest)
		return vg_err_set(err, VG_INVAL,
				  "dedup: offset %lld does not follow %lld",
				  (long long)offset, (long long)d->newest);
	d->newest = offset;
	sweep(d, SWEEP);

	struct slot *s = find(d, id);
	*seen = s->when != 0 && !is_dead(d, s);
	if (s->when == 0) {
		s->hi = id.hi;
		s->lo = id.lo;
		d->held++;
	}
	s->when = offset + 1;
	assert(d->held <= d->mask);
	return VG_OK;
}
