/*
 * part_fix - a redis-server, two partners, a plan with two tracks, and short
 * words for what tests of parts do with them.
 */
#ifndef VG_TESTS_PART_FIX_H
#define VG_TESTS_PART_FIX_H

#include "aggregate/part.h"
#include "aggregate/plan.h"
#include "redis_server.h"

#define MIN_MS	INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS	INT64_C(86400000)
/* A whole day's start: 2023-11-15. */
#define T0 (INT64_C(19676) * DAY_MS)

struct part_fix {
	struct test_redis redis;
	struct vg_config cfg;
	struct vg_partner partner[2];
	struct vg_audiences *aud;
	struct vg_plan *plan;
	struct vg_metrics metrics;
	struct vg_part_env env;
	struct vg_store *store;
	size_t track_actor;	/* actor -> country, 1 h       */
	size_t track_indicator; /* indicator -> country, 10 min */
};

void part_fix_open(struct part_fix *f);
void part_fix_close(struct part_fix *f);

/* A store of its own to the same server. */
struct vg_store *part_fix_store(struct part_fix *f);

/* Open partition `partition` of partner MA over `s`. */
struct vg_part *part_fix_part(struct part_fix *f, struct vg_store *s,
			      int32_t partition);

/* An event of MA for all members at AMBER: sensor s1, intrusion-attempts,
 * severity 5, count 1. */
struct vg_event part_event(struct part_fix *f, int64_t time_ms,
			   const char *country, const char *actor);

/* Tally, remember and count `e` as the record at `offset`. */
void part_fix_take(struct vg_part *p, const struct vg_event *e, int64_t offset,
		   int64_t log_ms);

/* Commit up to `next`. */
enum vg_rc part_fix_commit(struct vg_part *p, int64_t next, int64_t log_ms,
			   struct vg_err *err);

/* Text of one Redis answer ("" for nil); valid until the next. */
const char *part_fix_ask(struct part_fix *f, const char *a, const char *b,
			 const char *c);

/* The cell `field` (0x1f written '|') of `bucket` in partition `p`, or "". */
const char *part_fix_cell(struct part_fix *f, int32_t p, const char *bucket,
			  const char *field);

/* What steps track `track` has in the sub-window of `start_ms`: its lists taken
 * apart, each time as the last part of a field. Freed by the caller. */
struct vg_table *part_fix_steps(struct part_fix *f, int32_t p, size_t track,
				int64_t start_ms);

/* Of that "events,reports" of `field` (as above, its time the last part, "~"
 * before a rounded one), or "". */
const char *part_fix_step(struct part_fix *f, int32_t p, size_t track,
			  int64_t start_ms, const char *field);

/* Every bucket of the partition with every cell, sorted, as lines. Freed by
 * the caller. */
char *part_fix_dump(struct part_fix *f, int32_t partition);

#endif
