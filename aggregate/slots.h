/*
 * slots - whose each slot is, or was: none is ever given a second time, not
 * even when the configuration has forgotten its partner.
 *
 * vg:{vg}:slots, a hash: "<slot>" -> partner id, and "<slot>:purged" -> when
 * its partner was purged. The configuration says who has which slot; this
 * remembers.
 *
 * Threads: one at a time, with its store.
 */
#ifndef VG_AGGREGATE_SLOTS_H
#define VG_AGGREGATE_SLOTS_H

#include "aggregate/store.h"
#include "core/limits.h"

struct vg_slot_use {
	char id[17];	 /* "" when it was never given */
	char purged[32]; /* RFC 3339, or "" */
};

struct vg_slots {
	struct vg_slot_use use[VG_PARTNERS_MAX];
};

/* Read what is remembered. */
enum vg_rc vg_slots_read(struct vg_store *s, struct vg_slots *out,
			 struct vg_err *err) VG_MUST_CHECK;

/* Remember the slots of all partners of `cfg`. VG_INVAL, and nothing is
 * written, when one was another's, or its partner's past is under another. */
enum vg_rc vg_slots_note(struct vg_store *s, const struct vg_config *cfg,
			 struct vg_err *err) VG_MUST_CHECK;

/* A slot that nobody ever had, neither in `slots` nor in `cfg`: the one behind
 * the largest, or the smallest gap; -1 when all were given. */
int vg_slots_unused(const struct vg_slots *slots, const struct vg_config *cfg);

/* Give `slot` to `id`, unless another was faster: *given. */
enum vg_rc vg_slots_give(struct vg_store *s, unsigned slot, const char *id,
			 bool *given, struct vg_err *err) VG_MUST_CHECK;

/* Remember that the partner of `slot` was purged at `when`. */
enum vg_rc vg_slots_purged(struct vg_store *s, unsigned slot, const char *when,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
