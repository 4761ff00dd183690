/*
 * notifier_private - the notifier's state, for the files it is made of.
 *
 * Threads: one.
 */
#ifndef VG_NOTIFY_NOTIFIER_PRIVATE_H
#define VG_NOTIFY_NOTIFIER_PRIVATE_H

#include "notify/feed.h"
#include "notify/notifier.h"
#include "notify/outbox.h"

struct vg_beats;
struct vg_campaigns;
struct vg_items;
struct vg_note_streams;
struct vg_queue;
struct vg_routes;
struct vg_sender;
struct vg_silence;
struct vg_labels;

/* A silence, and whose: it acts on what that viewer's receivers are told. */
struct vg_kept_silence {
	struct vg_silence *silence;
	char viewer[24];
};

struct vg_notifier {
	struct vg_notifier_opts o;
	struct vg_routes *routes;
	struct vg_items *items;
	struct vg_note_streams *streams;
	struct vg_queue *queue;	   /* by receiver */
	struct vg_sender **sender; /* by receiver */
	bool *away;		   /* by receiver: the last attempt failed */
	bool *hears; /* by receiver: Redis does not call it deaf */
	struct vg_kept_silence *silence;
	size_t n_silence;
	struct vg_beats *beats;
	struct vg_campaigns *campaigns;
	struct vg_feed feed;
	struct vg_commit *commit;
	bool leads, loaded;
	bool fenced; /* a write was refused: forget all */
	int64_t now_ms, silences_ms, swept_ms;
	int64_t actions_off; /* what people did, up to there, is in `silence` */
	int64_t renewed_ms, renew_at; /* what waits; a place of the dead */
};

/* Take one document in; `fresh` when it comes from the stream: it may have been
 * raised and be over before anybody looked. */
enum vg_rc vg_look_doc(struct vg_notifier *n, struct vg_slice doc, bool fresh,
		       struct vg_err *err) VG_MUST_CHECK;

/* Flush the streams that are due. */
enum vg_rc vg_look_due(struct vg_notifier *n, struct vg_store *store,
		       struct vg_err *err) VG_MUST_CHECK;

/* Write what changed of the streams, and with `all` how far the feed is. */
enum vg_rc vg_look_write(struct vg_notifier *n, struct vg_store *store,
			 bool all, struct vg_err *err) VG_MUST_CHECK;

/* Let go of what no stream needs any more. */
void vg_look_sweep(struct vg_notifier *n);

/* Read the silences from Redis. */
enum vg_rc vg_silences_read(struct vg_notifier *n, struct vg_store *store,
			    struct vg_err *err) VG_MUST_CHECK;
void vg_silences_forget(struct vg_notifier *n);

/* True when a silence of `viewer` acts on `l`. */
bool vg_silences_act(const struct vg_notifier *n, const char *viewer,
		     const struct vg_labels *l, int64_t at_ms);

/* Which receiver an outbox entry is for, -1 when there is none. */
int vg_notice_receiver(const struct vg_config *cfg, struct vg_slice body);

#endif
