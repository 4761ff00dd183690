/*
 * alert_store - the alerts' place in Redis: lease, writes, loading, expiry.
 *
 * All keys share the tag {vg}, so that one script can check the lease and
 * write. Every write names the lease epoch under which it was computed and the
 * number of the last write it knows of (vg:{vg}:aseq): a leader that was
 * replaced, or whose Redis fell back, is refused before anything is written.
 *
 * Owner:   the caller. Threads: one at a time, with its store.
 * Errors:  as aggregate/store.h; a refusal is VG_OK with its reason.
 */
#ifndef VG_ALERT_ALERT_STORE_H
#define VG_ALERT_ALERT_STORE_H

#include "aggregate/store.h"
#include "core/buf.h"

enum {
	VG_PUT_BATCH = 64, /* alerts that one script call writes */
	VG_GET_MAX = 256,  /* documents asked for at once            */
	VG_ASTREAM_MAX = 100000
};

#define VG_KEY_LEASE   "vg:{vg}:lease"
#define VG_KEY_ALERTS  "vg:{vg}:alerts"
#define VG_KEY_ASTREAM "vg:{vg}:astream"
#define VG_KEY_ASEQ    "vg:{vg}:aseq"
#define VG_KEY_ALERT   "vg:{vg}:alert:"

struct vg_lease {
	int64_t epoch; /* 0: not ours */
	int64_t seq;   /* number of the last alert write known to us */
};

/* One alert to write. The texts `doc` and `history` belong to the item. */
struct vg_put {
	char id[40];
	int64_t start_ms;
	struct vg_buf doc, history; /* history empty: no entry */
	/* For the log line, once it is written. */
	const char *rule, *viewers;
	const char *change; /* NULL: none that is worth a line */
	bool is_new;
};

enum vg_put_result { VG_PUT_DONE, VG_PUT_FENCED, VG_PUT_MOVED };

/* Take the lease for `owner`, or renew it, by Redis' own clock. out->epoch is 0
 * when another holds it. When it is ours, `judged_ms` is noted: the log time up
 * to which the rules have judged all; INT64_MIN: nothing new to say. */
enum vg_rc vg_lease_take(struct vg_store *s, const char *owner,
			 int64_t lease_ms, int64_t judged_ms,
			 struct vg_lease *out,
			 struct vg_err *err) VG_MUST_CHECK;

/* Take the lease from whoever holds it, who is then refused: for what must be
 * done now, by a person's order. */
enum vg_rc vg_lease_seize(struct vg_store *s, const char *owner,
			  int64_t lease_ms, struct vg_lease *out,
			  struct vg_err *err) VG_MUST_CHECK;

/* Give the lease back, when it is `owner`'s. */
enum vg_rc vg_lease_free(struct vg_store *s, const char *owner,
			 struct vg_err *err) VG_MUST_CHECK;

/* Write `n` alerts (at most VG_PUT_BATCH) in one script. VG_PUT_FENCED: the
 * lease has another epoch; VG_PUT_MOVED: Redis does not hold what we wrote
 * last. Then nothing was written. */
enum vg_rc vg_alerts_put(struct vg_store *s, struct vg_lease *lease,
			 const struct vg_put *put, size_t n,
			 enum vg_put_result *result,
			 struct vg_err *err) VG_MUST_CHECK;

struct vg_alert_ids {
	char id[VG_PUT_BATCH][40];
	size_t n;
};

/* Remove alerts with their histories; refusals as for vg_alerts_put(). */
enum vg_rc vg_alerts_drop(struct vg_store *s, struct vg_lease *lease,
			  const struct vg_alert_ids *ids,
			  enum vg_put_result *result,
			  struct vg_err *err) VG_MUST_CHECK;

/* Who takes the stored documents. */
struct vg_doc_taker {
	enum vg_rc (*take)(void *ctx, struct vg_slice doc, struct vg_err *err);
	void *ctx;
};

/* Give `to` every stored document, as they come (an empty slice where one is
 * just gone); stops at the first that it does not take with VG_OK. */
enum vg_rc vg_alerts_each(struct vg_store *s, const struct vg_doc_taker *to,
			  struct vg_err *err) VG_MUST_CHECK;

/* Give `to` the documents of `n` alerts, in order; an empty slice where there
 * is none. At most VG_GET_MAX. */
enum vg_rc vg_alerts_get(struct vg_store *s, const struct vg_slice *id,
			 size_t n, const struct vg_doc_taker *to,
			 struct vg_err *err) VG_MUST_CHECK;

/* The value of a field in a stream entry's flat list of pairs; an empty slice
 * without it. */
struct vg_slice vg_entry_field(const struct vg_reply *pairs, const char *name);

/* Remove, with their history, alerts that ended before `before_ms`: a bounded
 * number a call. *removed counts them. */
enum vg_rc vg_alerts_expire(struct vg_store *s, struct vg_lease *lease,
			    int64_t before_ms, size_t *removed,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
