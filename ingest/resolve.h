/*
 * resolve - the vocabulary applied to an event that is to be counted: actors
 * become canonical, techniques are looked up, and an address gives the source
 * country where none was given.
 *
 * A pure function of the event and of the vocabulary files in force, whose
 * checksums are part of the configuration epoch.
 *
 * Threads: pure, but for the memo.
 */
#ifndef VG_INGEST_RESOLVE_H
#define VG_INGEST_RESOLVE_H

#include "aggregate/event.h"

struct vg_config;

/* What the vocabulary said of the names asked for last: the same for the same
 * name, so it changes no answer. Zeros: nothing yet. One thread at a time. */
enum { VG_RESOLVE_MEMO = 128, VG_RESOLVE_NAME = 39 };

struct vg_resolve_memo {
	struct vg_resolve_known {
		struct vg_slice shown; /* belongs to the vocabulary */
		uint32_t n_actors;
		uint8_t n; /* bytes of the name; 0: free */
		char name[VG_RESOLVE_NAME];
	} of[VG_RESOLVE_MEMO][2]; /* by hash; the newer one first */
};

/* What the account notes of an event. */
struct vg_resolve_notes {
	unsigned ambiguous;  /* actors whose name belongs to several  */
	unsigned unlisted;   /* techniques that the list does not have */
	unsigned by_address; /* 1: an address gave the source country */
	uint32_t unknown;    /* bit i: actor[i] is none that is known  */
};

/* Resolve `e` in place. Of actors that become one the larger confidence is
 * kept. Texts then belong to cfg's vocabulary. `memo` is of this cfg alone. */
struct vg_resolve_notes vg_resolve_event(const struct vg_config *cfg,
					 struct vg_resolve_memo *memo,
					 struct vg_event *e);

#endif
