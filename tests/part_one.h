/*
 * part_one - one partition of MA under test, for the suites that follow it over
 * time: events are taken at rising offsets and committed at a log time.
 */
#ifndef VG_TESTS_PART_ONE_H
#define VG_TESTS_PART_ONE_H

#include "part_fix.h"

#include <criterion/criterion.h>

#define LOG (T0 + 10 * HOUR_MS)

static struct part_fix f;
static struct vg_part *part;
static struct vg_err err;
static int64_t next_offset;

static inline void open_part(void)
{
	part_fix_open(&f);
	part = part_fix_part(&f, f.store, 0);
	next_offset = 0;
}

static inline void close_part(void)
{
	vg_part_free(part);
	part_fix_close(&f);
}

/* Another owner takes over. */
static inline void reopen(void)
{
	vg_part_free(part);
	part = part_fix_part(&f, f.store, 0);
}

static inline void take(int64_t time_ms, int64_t log_ms, const char *actor)
{
	struct vg_event e = part_event(&f, time_ms, "IL", actor);

	part_fix_take(part, &e, next_offset++, log_ms);
}

/* Commit what was taken. */
static inline void commit_with(int64_t log_ms, int64_t tracks_below_ms)
{
	struct vg_part_commit c = {.next_offset = next_offset,
				   .prev_offset = next_offset - 1,
				   .watermark_ms = log_ms,
				   .log_ms = log_ms,
				   .tracks_below_ms = tracks_below_ms};
	enum vg_rc rc = vg_part_commit(part, &c, &err);

	cr_assert(rc == VG_OK, "%s", err.text);
}

static inline void commit(int64_t log_ms)
{
	commit_with(log_ms, log_ms);
}

#endif
