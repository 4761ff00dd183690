/*
 * view_fix - five partners, their audiences, and a plan with one track, for
 * the suites of view and query; and ways to fill a view: by hand, or through
 * Redis as a committed batch would.
 *
 * Every failure ends the test.
 */
#ifndef VG_TESTS_VIEW_FIX_H
#define VG_TESTS_VIEW_FIX_H

#include "aggregate/view_parts.h"
#include "redis_server.h"

enum { FIX_MA, FIX_IL, FIX_AE, FIX_US, FIX_BH = 7 };
enum { FIX_WINDOW_MS = 3600000 };

struct fix {
	struct vg_config *cfg;
	struct vg_audiences *aud;
	struct vg_plan *plan; /* track 0: country by actor in 1 h */
	struct vg_metrics metrics;
	struct vg_part_env env;
	char track[VG_TRACK_ID];
	struct test_redis redis; /* when started */
	struct vg_store *store;
};

/* One change of a batch: no cell: the field is gone; no field: the bucket. */
struct fix_cell {
	const char *bucket, *field, *cell;
};

struct fix_batch {
	const char *topic;
	int partition;
	int64_t prev, off, wm, lt;
	const struct fix_cell *cell;
	size_t n;
	int64_t roll;
};

/* Make it all; with a Redis of its own when asked. */
void fix_init(struct fix *f, bool with_redis);
void fix_term(struct fix *f);

/* Write a batch to Redis as its script would, entry included. */
void fix_commit(struct fix *f, const struct fix_batch *b);

/* Only the stream entry, with this payload. */
void fix_entry(struct fix *f, const struct fix_batch *b,
	       struct vg_slice payload);

/* Run one command of `n` words. */
void fix_do(struct fix *f, const char *const *word, size_t n);

/* A heartbeat. */
void fix_beat(struct fix *f, const char *topic, int partition, int64_t high,
	      int64_t at_ms);

/* A live partition of `partner` with empty cells, put into the view by hand. */
struct vg_view_feed *fix_feed(struct vg_view *v, const char *partner);

/* Set the cell at aggregate, resolution and start. */
void fix_set(struct vg_view_feed *feed, struct vg_bucket_id id,
	     const char *field, int64_t events, int64_t reports);

#endif
