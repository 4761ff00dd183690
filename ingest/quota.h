/*
 * quota - how much of a partner's a minute of log time takes in.
 *
 * Each audience has minutes of its own, in each partition: what a viewer may
 * not see uses up nothing of what it may. The minute of an audience is that of
 * the latest record timestamp among its records so far; with a later one a new
 * minute begins and all counts start at 0. A minute in which something was
 * past its limit is remembered with where it lies, so that the log can be
 * judged again from there.
 *
 * What names stay is decided by the partition's order, which is the partner's
 * own: a pure function of the log, like the duplicates. All of it is stored
 * with the offset, so that the verdicts go on as if nothing had happened.
 *
 * Owner:   the admitter. Threads: one at a time.
 */
#ifndef VG_INGEST_QUOTA_H
#define VG_INGEST_QUOTA_H

#include "aggregate/event.h"
#include "core/hash.h"

struct vg_audiences;
struct vg_part;
struct vg_partner;
struct vg_quota;

struct vg_quota_opts { /* borrowed */
	const struct vg_partner *partner;
	const struct vg_audiences *aud;
	const uint8_t *hash_key;
};

/* What of an event was past a limit. */
struct vg_quota_notes {
	bool sensor;
	unsigned actors, indicators;
};

/* Nothing used yet; freed with _free(), NULL is allowed. */
enum vg_rc vg_quota_new(struct vg_quota **out, const struct vg_quota_opts *o,
			struct vg_err *err) VG_MUST_CHECK;
void vg_quota_free(struct vg_quota *q);

/* The record at `offset` with timestamp `ref_ms` is one of `audience`: *past
 * when it is one too many. */
enum vg_rc vg_quota_record(struct vg_quota *q, uint16_t audience,
			   int64_t offset, int64_t ref_ms, bool *past,
			   struct vg_err *err) VG_MUST_CHECK;

/* The event of that record counts: mark in it the sensor and, of the actors in
 * `unknown` (bits), those past their limit, and take out indicators that
 * are. */
enum vg_rc vg_quota_event(struct vg_quota *q, struct vg_event *e,
			  uint32_t unknown, struct vg_quota_notes *out,
			  struct vg_err *err) VG_MUST_CHECK;

/* A record of `bytes` is to be dead-lettered: false when that is one too many,
 * or too much, for its hour. */
bool vg_quota_dead(struct vg_quota *q, int64_t ref_ms, int64_t bytes);

/* Where reading must begin so that the verdicts from `offset` on are those
 * there were; -1 when that is not known any more. */
int64_t vg_quota_reads_from(const struct vg_quota *q, int64_t offset);

/* Take over what `p` has stored. */
enum vg_rc vg_quota_load(struct vg_quota *q, const struct vg_part *p,
			 struct vg_err *err) VG_MUST_CHECK;

/* Put what has changed into the batch of `p`. */
enum vg_rc vg_quota_save(struct vg_quota *q, struct vg_part *p,
			 struct vg_err *err) VG_MUST_CHECK;

#endif
