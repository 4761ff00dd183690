/*
 * admit - the verdict on a decoded event, in the order of the design:
 * size and parse -> control -> schema (all of decode) -> partner match ->
 * time -> quota -> duplicate -> relayed -> counted.
 *
 * `future`: event time later than the record timestamp + tolerance. `beyond`:
 * older than the record timestamp by the longest retention or more.
 * `duplicate`: an earlier record with the same id that got this far lies among
 * the preceding dedup_span offsets of the partition. `relayed`: origin.partner
 * is another member.
 *
 * A pure function of the log: (record, offset, record timestamp, ids before).
 * Threads: one admitter for one partition, one thread at a time.
 */
#ifndef VG_INGEST_ADMIT_H
#define VG_INGEST_ADMIT_H

#include "ingest/decode.h"
#include "ingest/quota.h"
#include "ingest/resolve.h"

struct vg_audiences;
struct vg_partner;
struct vg_admit;

struct vg_admit_env {
	const struct vg_config *cfg;
	const struct vg_audiences *aud;
	const uint8_t *hash_key;
};

struct vg_admitted {
	enum vg_verdict verdict;
	struct vg_hash128 id; /* keyed hash of the event id */
	bool remember;	 /* the id reached the duplicate check: store it    */
	bool undeclared; /* the audience failed closed to the originator    */
	struct vg_resolve_notes resolved; /* of a counted event              */
	struct vg_quota_notes quota;	  /* the same                        */
	char reason[128]; /* of a rejection                                 */
};

/* An admitter without ids. */
enum vg_rc vg_admit_new(struct vg_admit **out, const struct vg_admit_env *env,
			const struct vg_partner *partner,
			struct vg_err *err) VG_MUST_CHECK;
void vg_admit_free(struct vg_admit *a);

/* Remember an id seen at `offset` (when loading a partition). */
enum vg_rc vg_admit_seed(struct vg_admit *a, int64_t offset,
			 struct vg_hash128 id,
			 struct vg_err *err) VG_MUST_CHECK;

/* The quotas that it judges by. */
struct vg_quota *vg_admit_quota(struct vg_admit *a);

/* Judge `e` (decoded from the record at `offset` with timestamp `ref_ms`);
 * fills e->audience and defaults that depend on the partner, and resolves by
 * the vocabulary what is counted. */
enum vg_rc vg_admit_judge(struct vg_admit *a, struct vg_event *e,
			  int64_t offset, int64_t ref_ms,
			  struct vg_admitted *out,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
