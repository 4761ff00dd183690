/*
 * cap - keeping a value set within its limit in an order-free way.
 *
 * A set is the values of one aggregate, bucket and audience. Past the limit
 * the values of smallest keyed hash (SipHash-64 of aggregate name, 0x1f, packed
 * values) stay, and the others' sums move to "~other": which ones stay does
 * not depend on order. Country, partner, category, sector and severity values
 * are vocabulary and exempt; a pair is one value, capped when either half is.
 * Of actors and techniques those that the lexicon knows are exempt: they count
 * towards no limit and never fold, so that invented names crowd out none.
 *
 * A set that has folded something holds "~other"; its bound is the largest
 * hash still kept. Readers that sum the partitions of a topic fold every value
 * above the smallest bound among them, so that no sum is quietly partial.
 * Topics, each of one partner, have nothing to do with each other's bounds.
 *
 * Threads: pure.
 */
#ifndef VG_AGGREGATE_CAP_H
#define VG_AGGREGATE_CAP_H

#include "aggregate/keys.h"
#include "core/hash.h"

struct vg_lexicon;

enum { VG_CAP_VALUES_MAX = 640 }; /* bytes of packed values, at most */

/* True when the values of `agg` are capped at all. */
bool vg_cap_applies(unsigned agg);

/* True when `values`, of an aggregate that is capped, are vocabulary: an actor
 * in its canonical spelling that belongs to no other, or a listed technique,
 * alone or with a country. A NULL lexicon knows none. */
bool vg_cap_exempt(const struct vg_lexicon *lexicon, unsigned agg,
		   struct vg_slice values);

/* The keyed hash that decides which values stay. `values` is the field without
 * its audience, at most VG_CAP_VALUES_MAX bytes. */
uint64_t vg_cap_hash(const uint8_t key[VG_HASH_KEY], unsigned agg,
		     struct vg_slice values);

/* The same for steps, whose values are `n_group` of the group and then more:
 * by group first, so that what stays is whole groups but for the last. */
uint64_t vg_cap_steps_hash(const uint8_t key[VG_HASH_KEY],
			   struct vg_slice values, unsigned n_group);

/* Append the field that `field` (with its audience) folds into: its audience,
 * "~other", and of a pair the country, so that sums by country stay whole. */
void vg_cap_other(struct vg_buf *out, struct vg_slice field);

/* True when `values` (a field without its audience) is such a rest: it does
 * not count towards the limit. */
bool vg_cap_is_other(struct vg_slice values);

/* True when `values` are what a partner's quota has left without a name: no
 * limit counts or folds it. */
bool vg_cap_is_past(struct vg_slice values);

/* The same as vg_cap_is_other() of a field with its audience. */
bool vg_cap_is_rest(struct vg_slice field);

#endif
