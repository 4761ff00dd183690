/*
 * pieces - computed stretches and stored facts, joined to episodes.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_PIECES_H
#define VG_ALERT_PIECES_H

#include "alert/episodes.h"
#include "alert/model.h"

/* True when [start, end) of both are one episode: closer than resolve_after,
 * or touching. */
bool vg_pieces_meet(const struct vg_episode *a, const struct vg_episode *b,
		    int64_t resolve_after_ms);

/* True when `a` counts as known before `exact_ms`; *out is that part of it. An
 * alert raised by an earlier form of the rule counts in whole; one that rests
 * does not. */
bool vg_pieces_fact(const struct vg_alert *a, const struct vg_rule *rule,
		    int64_t exact_ms, struct vg_episode *out);

/* Join `n` computed episodes (*episode, malloced, grown here) with the facts
 * of `alerts`. VG_FATAL when memory is out: *episode is still the caller's. */
enum vg_rc vg_pieces_join(struct vg_episode **episode, size_t *n,
			  const struct vg_alert *alerts,
			  const struct vg_rule *rule, int64_t exact_ms,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
