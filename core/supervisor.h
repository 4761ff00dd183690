/*
 * supervisor - what the service manager is told: ready, alive, stopping.
 *
 * The protocol is sd_notify(3): datagrams to the socket that NOTIFY_SOCKET
 * names. Without one every call does nothing. Where the manager watches
 * (WATCHDOG_USEC), the process says that it is alive only while every part of
 * it moves: each thread counts its rounds, and one whose count has stood still
 * since the last look keeps the word back, so that the manager ends us.
 *
 * Owner:   the caller owns both structs.
 * Threads: one for the supervisor and vg_beats_moved(); any for vg_beat().
 * Time:    no clock is read; the caller waits vg_supervisor_every_ms().
 */
#ifndef VG_CORE_SUPERVISOR_H
#define VG_CORE_SUPERVISOR_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VG_BEATS_MAX = 16 };

struct vg_supervisor {
	int fd;		  /* connected, or -1: nobody is to be told */
	int64_t watch_ms; /* what the manager waits; 0: it does not watch */
};

/* Zeroed to begin with. */
struct vg_beats {
	_Atomic int64_t count[VG_BEATS_MAX];
	int64_t seen[VG_BEATS_MAX]; /* at the last look */
	size_t n;
};

/* Who is to be told, by the environment. VG_INVAL when it names a socket that
 * cannot be reached: whoever waits for our word would end us. */
enum vg_rc vg_supervisor_init(struct vg_supervisor *s,
			      struct vg_err *err) VG_MUST_CHECK;
void vg_supervisor_term(struct vg_supervisor *s);

/* Tell `state`, lines of NAME=VALUE. What cannot be told is lost: the manager
 * decides what silence means. */
void vg_supervisor_tell(const struct vg_supervisor *s, const char *state);

/* How long to wait between two looks, 0 where nobody watches: four of them to
 * what the manager waits. */
int64_t vg_supervisor_every_ms(const struct vg_supervisor *s);

/* One more part that must move, before any look at `b`; its counter, for
 * vg_beat(). */
_Atomic int64_t *vg_beats_add(struct vg_beats *b);

/* This part has moved; `count` may be NULL. */
void vg_beat(_Atomic int64_t *count);

/* True when every part has moved since the last look that was true. */
bool vg_beats_moved(struct vg_beats *b);

#endif
