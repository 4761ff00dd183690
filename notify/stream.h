/*
 * stream - one stream of notifications: the alerts of one group on one way to
 * one receiver.
 *
 * First flush group_wait after its first alert, then one every group_interval.
 * What a flush finds resolved leaves the stream, so it is listed at most once.
 *
 * Owner:   the stream owns its texts; `labels` and `ref` of an alert are the
 *          caller's. Zero bytes are a valid empty one.
 * Time:    ms, an argument. Threads: one at a time.
 */
#ifndef VG_NOTIFY_STREAM_H
#define VG_NOTIFY_STREAM_H

#include "notify/labels.h"
#include "notify/told.h"

struct vg_stream_alert {
	char *id;
	int64_t start_ms, end_ms; /* end INT64_MAX while it is open */
	const struct vg_labels *labels;
	const void *ref;
	/* Over before anybody could be told: counts as firing once. */
	bool owed;
	bool listed; /* by the last flush */
	/* Where its campaign is, for the next flush to look at. */
	bool has_stage;
	int stage;
	size_t countries;
};

struct vg_stream {
	bool begun;
	int64_t next_ms; /* of the next flush */
	int64_t number;	 /* of the last notification */
	struct vg_told told;
	struct vg_stream_alert *alert; /* in order of arrival */
	size_t n, cap;
};

/* Take an alert in, or what is new about one: the earliest start stays while
 * it is open. The first begins the stream. NULL when memory is out. */
struct vg_stream_alert *vg_stream_put(struct vg_stream *s, const char *id,
				      const int64_t start_end_ms[2],
				      const struct vg_tempo *tempo,
				      int64_t now_ms);

/* Take the alert called `id` out as if it had never been, if it is in. */
void vg_stream_drop(struct vg_stream *s, const char *id);

/* Whether an alert is kept from people now. */
struct vg_muter {
	bool (*muted)(void *ctx, const struct vg_stream_alert *a,
		      int64_t at_ms);
	void *ctx;
};

/* A flush that was due at `at_ms` does not take place then: what it would have
 * told of for the first time is owed. True when that is more than before. */
bool vg_stream_owe(struct vg_stream *s, const struct vg_muter *muter,
		   int64_t at_ms);

enum vg_flush { VG_FLUSH_FAILED = -1, VG_FLUSH_NOTHING, VG_FLUSH_NOTIFY };

/* The flush that is due. One that comes late owes what it would have told when
 * it was. With VG_FLUSH_NOTIFY the alerts to tell have `listed`
 * set, and told says which of them fire; VG_FLUSH_FAILED: memory is out and
 * nothing changed. Afterwards call vg_stream_leave(). */
enum vg_flush vg_stream_flush(struct vg_stream *s, const struct vg_tempo *tempo,
			      const struct vg_muter *muter, int64_t at_ms);

/* Let go what the flush at `at_ms` found resolved. */
void vg_stream_leave(struct vg_stream *s, int64_t at_ms);

/* Free what `s` holds; it is then empty. */
void vg_stream_term(struct vg_stream *s);

#endif
