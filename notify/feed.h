/*
 * feed - the stored alerts as they change: every document once, then the ids
 * that vg:{vg}:astream brings, from a cursor that is kept with what was made of
 * them.
 *
 * Owner:   the caller embeds it. Threads: one at a time.
 */
#ifndef VG_NOTIFY_FEED_H
#define VG_NOTIFY_FEED_H

#include "alert/alert_store.h"

enum { VG_FEED_BATCH = 64 };

struct vg_feed {
	char last_id[48]; /* newest entry of the stream that was given */
	int64_t number;	  /* and its number */
	/* What was raised before had been looked at, by the wall clock. */
	int64_t at_ms;
	bool behind; /* Redis knew a later number, and no entry came */
};

/* Begin: at the cursor that Redis has, else (false in *known) at the stream's
 * end. */
enum vg_rc vg_feed_begin(struct vg_feed *f, struct vg_store *s, bool *known,
			 struct vg_err *err) VG_MUST_CHECK;

/* Go to the stream's end; `at_ms` stays. */
enum vg_rc vg_feed_end(struct vg_feed *f, struct vg_store *s,
		       struct vg_err *err) VG_MUST_CHECK;

/* Give `to` the documents of at most VG_FEED_BATCH entries (an empty slice for
 * one that is gone); *n says how many entries there were. *follows is false
 * when entries are missing in between: then begin again. */
enum vg_rc vg_feed_step(struct vg_feed *f, struct vg_store *s,
			const struct vg_doc_taker *to, size_t *n, bool *follows,
			struct vg_err *err) VG_MUST_CHECK;

/* The cursor as text, for Redis. */
void vg_feed_cursor(const struct vg_feed *f, char out[64]);

#endif
