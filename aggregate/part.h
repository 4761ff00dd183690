/*
 * part - one partition being counted: its offset, its cells, its account, and
 * the one script that moves them together.
 *
 * Ingest opens a part when the partition is assigned (which takes a new fence
 * epoch), adds what each record of a batch meant, and commits. Cells are kept
 * as absolute values in memory; a bucket is read from Redis when first
 * touched, so the script only writes what changed and never computes. The
 * script checks, in this order and before its first write: epoch, offset, and
 * the type of every key it will write.
 *
 * After any commit that is not VG_OK the memory no longer says what Redis
 * holds: the caller frees the part, opens it again and re-reads Kafka from the
 * stored offset. VG_RETRY: unknown or away. VG_DROP: refused as STALE (another
 * commit moved the offset). VG_INVAL: FENCED (another owner; let go), or a
 * wrong type (hold the partition). See vg_part_refusal().
 *
 * Owner:   the caller. Threads: one at a time, with its store.
 * Time:    log time, ms: the largest record timestamp so far.
 */
#ifndef VG_AGGREGATE_PART_H
#define VG_AGGREGATE_PART_H

#include "aggregate/store.h"
#include "aggregate/verdict.h"
#include "core/hash.h"

struct vg_plan;
struct vg_event;
struct vg_part;

enum vg_refusal {
	VG_REFUSAL_NONE,
	VG_REFUSAL_STALE,
	VG_REFUSAL_FENCED,
	VG_REFUSAL_TYPE,
	VG_REFUSAL_UNKNOWN
};

struct vg_part_env { /* borrowed, outlives every part */
	const struct vg_config *cfg;
	const struct vg_plan *plan;
	const struct vg_audiences *aud;
	struct vg_metrics *metrics;
	const uint8_t *hash_key; /* VG_HASH_KEY bytes */
	uint64_t table_seed;
	const char *config_hash; /* of the configuration epoch, hex */
#ifdef VG_FAULTS
	struct vg_faults *faults; /* of a test; may be NULL */
#endif
};

struct vg_part_state {
	int64_t epoch;	      /* taken at opening                       */
	bool has_offset;      /* false: nothing stored yet           */
	int64_t offset;	      /* next record to read                 */
	int64_t from_offset;  /* where counting began: none below it is ours */
	int64_t prev_offset;  /* last record taken in, -1 when none  */
	uint64_t prev_hash;   /* its hash: a recreated topic differs */
	int64_t watermark_ms; /* largest accepted event time, or INT64_MIN */
	int64_t log_ms;	      /* largest record timestamp, or INT64_MIN    */
	int64_t rolled_ms;    /* hours that start before are in buckets of hours
			       * and days; those from here on are in minutes
			       * alone. INT64_MIN before the first commit     */
	int64_t fill;	      /* commits that left the offset where it was    */
	int64_t recalls_from; /* of records before it what recalls did may be
			       * forgotten                                    */
};

/* Take a new epoch and load the offset, the ids and the list of live buckets.
 */
enum vg_rc vg_part_open(struct vg_part **out, const struct vg_part_env *env,
			struct vg_store *store,
			const struct vg_partner *partner, int32_t partition,
			struct vg_err *err) VG_MUST_CHECK;
void vg_part_free(struct vg_part *p);

/* What is stored, as of opening and then of the last commit. */
const struct vg_part_state *vg_part_state(const struct vg_part *p);

/* Walk the recent ids as loaded: chunks of 24-byte records {int64 offset,
 * uint64 hi, uint64 lo}, little-endian, oldest first; NULL past the end. */
const char *vg_part_ids(const struct vg_part *p, size_t i, size_t *n_records);

/* Read them anew. */
enum vg_rc vg_part_ids_load(struct vg_part *p,
			    struct vg_err *err) VG_MUST_CHECK;

/* Account one record of the current batch under `v` (and RECEIVED with it for
 * 'v' and 'r' kinds). `ref_ms` is its record timestamp. */
enum vg_rc vg_part_tally(struct vg_part *p, enum vg_verdict v, int64_t ref_ms,
			 int64_t by, struct vg_err *err) VG_MUST_CHECK;

/* Remember an id of the current batch for duplicates. */
enum vg_rc vg_part_remember(struct vg_part *p, int64_t offset,
			    struct vg_hash128 id,
			    struct vg_err *err) VG_MUST_CHECK;

/* Count one accepted event at `offset` with record timestamp `ref_ms` into
 * every series and every track that matches; `log_ms` is the largest record
 * timestamp up to and including this record: an event older than it by a
 * track's window and the lateness, or more, stays out of that track, and out
 * of all when it is the longest window's (BEYOND_RULES is tallied here, by the
 * windows of rules that all share).
 * Redis is read for buckets not in memory yet: VG_RETRY as vg_store. */
enum vg_rc vg_part_count(struct vg_part *p, const struct vg_event *e,
			 int64_t offset, int64_t ref_ms, int64_t log_ms,
			 struct vg_err *err) VG_MUST_CHECK;

/* Cells the batch holds so far. One script writes some three times as many:
 * commit early when this passes VG_PART_PENDING_MAX, whatever the number of
 * records, as one event may touch many. */
enum { VG_PART_PENDING_MAX = 100000 };
size_t vg_part_pending(const struct vg_part *p);

struct vg_part_commit {
	int64_t next_offset; /* the offset to store                     */
	int64_t prev_offset; /* last record of the batch, and its hash  */
	uint64_t prev_hash;
	int64_t watermark_ms, log_ms; /* as after the batch             */
	int64_t tracks_below_ms;      /* smallest log time of all partitions:
				       * tracks that ended before may go     */
};

/* Apply the batch. VG_OK, or see above. */
enum vg_rc vg_part_commit(struct vg_part *p, const struct vg_part_commit *c,
			  struct vg_err *err) VG_MUST_CHECK;

/* Why the last commit was not VG_OK. */
enum vg_refusal vg_part_refusal(const struct vg_part *p);

/* How far behind log time, ms, an event of anybody may still be fed to track
 * `i`. */
int64_t vg_part_track_horizon(const struct vg_part_env *env, size_t i);

/* How long a bucket of track `i` lives, ms from its start, or
 * VG_PART_NEVER_MS: it never ends. */
int64_t vg_part_track_life(const struct vg_part_env *env, size_t i);

/* Horizon of all tracks, ms: longest window + largest allowed lateness. */
int64_t vg_part_horizon(const struct vg_part_env *env);

/* How far behind log time, ms, an event of `partner` still counts for rules
 * that all share: their longest window + that partner's lateness. */
int64_t vg_part_horizon_of(const struct vg_part_env *env,
			   const struct vg_partner *partner);

#endif
