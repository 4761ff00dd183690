/*
 * quota_parts - private to quota: its insides, for quota.c (judging) and
 * quota_state.c (what is stored).
 */
#ifndef VG_INGEST_QUOTA_PARTS_H
#define VG_INGEST_QUOTA_PARTS_H

#include "core/partner.h"
#include "ingest/quota.h"
#include "ingest/quota_set.h"

enum {
	VG_QUOTA_SETS = 2,	   /* sensors, actors                       */
	VG_QUOTA_CHUNK = 512,	   /* hashes in one stored field            */
	VG_QUOTA_PASSED_MAX = 4096 /* minutes past a limit, remembered      */
};

/* One audience's minute. */
struct vg_quota_term {
	uint16_t audience;
	bool used, is_past, dirty;
	int64_t minute_ms, first; /* offset of its first record */
	int64_t records, indicators;
	struct vg_quota_set set[VG_QUOTA_SETS];
	uint32_t saved[VG_QUOTA_SETS];	/* hashes that are stored */
	uint32_t chunks[VG_QUOTA_SETS]; /* fields that are        */
};

/* Offsets [from, to) of a minute in which something was past its limit. */
struct vg_quota_passed {
	int64_t from, to;
};

struct vg_quota {
	struct vg_quota_opts o;
	struct vg_quota_term **term; /* of each audience, NULL: not yet */
	size_t n_term;
	struct vg_quota_passed *passed; /* by `to` */
	size_t n_passed, n_passed_saved, cap_passed;
	int64_t forgotten; /* minutes that end by here are not known */
	bool dead_dirty;
	int64_t dead_hour_ms, dead_records, dead_bytes;
};

/* Note a minute in which something was past its limit. False: no memory. */
bool vg_quota_remember(struct vg_quota *q, struct vg_quota_passed passed);

/* The term of `audience`, made when there is none; NULL: no memory. */
struct vg_quota_term *vg_quota_term_at(struct vg_quota *q, uint16_t audience);

#endif
