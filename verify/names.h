/*
 * names - the vocabulary applied to an event by the oracle, after
 * docs/vocabulary.md: the look-ups are core's, what is made of them is written
 * here a second time.
 *
 * Threads: pure.
 */
#ifndef VG_VERIFY_NAMES_H
#define VG_VERIFY_NAMES_H

#include "aggregate/event.h"

struct vg_config;

/* Notes of the account: names in several actors, techniques not in the list,
 * source countries from an address. */
struct vg_names_notes {
	int64_t ambiguous, unlisted, by_address;
};

/* Name the event's actors, techniques and source country. */
struct vg_names_notes vg_names_apply(const struct vg_config *cfg,
				     struct vg_event *e);

#endif
