/*
 * told - what a stream of notifications has said last, and whether it is time
 * to say more.
 *
 * Owner:   each object owns its texts; zero bytes are a valid empty one.
 * Time:    ms, an argument. Threads: pure.
 */
#ifndef VG_NOTIFY_TOLD_H
#define VG_NOTIFY_TOLD_H

#include "core/slice.h"

#include <stddef.h>

/* Names of alerts, sorted, each once. */
struct vg_ids {
	char **id;
	size_t n;
};

/* Add `id`; false when memory is out. */
bool vg_ids_add(struct vg_ids *s, struct vg_slice id);

/* True when `id` is in. */
bool vg_ids_has(const struct vg_ids *s, const char *id);

/* Free what `s` holds; it is then empty. */
void vg_ids_term(struct vg_ids *s);

/* A notification, or what one would say now. */
struct vg_told {
	bool any; /* there was one */
	int64_t at_ms;
	struct vg_ids firing, resolved;
	struct vg_ids stages; /* vg_told_stage() of those that fire */
};

/* Note that the campaign of alert `id` is at `stage` with so many countries;
 * false when memory is out. */
bool vg_told_stage(struct vg_told *t, const char *id, int stage,
		   size_t countries);

/* Free what `t` holds; it is then empty. */
void vg_told_term(struct vg_told *t);

/* How often a stream speaks. */
struct vg_tempo {
	int64_t group_wait_ms, group_interval_ms, repeat_interval_ms;
	bool send_resolved;
	unsigned stages; /* bit s: stage s (alert/campaign.h) is told */
};

/* True when a flush that finds `now` notifies, after `last`: something fires
 * for the first time; or nothing fires any more; or, with send_resolved,
 * something is newly resolved while others fire; or the campaign of one that
 * was told has come to one of the tempo's stages, or has further countries in
 * one; or the last notification is more than repeat_interval old and something
 * fires. */
bool vg_told_decide(const struct vg_tempo *tempo, const struct vg_told *last,
		    const struct vg_told *now);

#endif
