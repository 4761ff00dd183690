/*
 * sse_parts - private to sse: rings and counters, for sse*.c.
 *
 * Owner, threads: as sse.
 */
#ifndef VG_API_SSE_PARTS_H
#define VG_API_SSE_PARTS_H

#include "aggregate/cells.h"
#include "api/sse.h"

#include <pthread.h>

/* The alert events of one viewer; number n is in event[n % VG_SSE_KEPT]. */
struct vg_ring {
	unsigned viewer;
	const char *name;
	char *event[VG_SSE_KEPT]; /* as sent */
	int64_t first, next;	  /* numbers kept: first to before next */
	size_t bytes;
};

/* Counters that one viewer asks for. */
struct vg_counter {
	unsigned viewer, streams;
	char *target; /* without the range, which moves */
	enum vg_res step;
	struct vg_buf text; /* the newest event, as sent */
	uint64_t version, tick;
	int64_t looked_ms;
	struct vg_counter *next;
};

struct vg_sse {
	struct vg_sse_hub *all;
	struct vg_ring *ring; /* NULL: no alerts */
	struct vg_counter *counter;
	int64_t at;	   /* number of its next event   */
	uint64_t version;  /* of its counters, as told   */
	uint64_t exercise; /* likewise                  */
	unsigned viewer;
	char *authorization;
	struct vg_buf out; /* being sent */
	size_t sent;
	int64_t spoke_ms;
	bool heart, ended;  /* a heartbeat is due; nothing comes after `out` */
	const char *ending; /* why it is to end; NULL: it goes on */
	bool asleep;
	void (*sleep)(void *ctx), (*wake)(void *ctx);
	void *ctx;
	struct vg_sse *prev, *next;
};

struct vg_sse_hub {
	struct vg_service *service;
	size_t max;
	uint64_t epoch; /* of this process, in ids */
	pthread_mutex_t mutex;
	size_t n, n_rings;
	struct vg_ring *ring; /* one a viewer */
	struct vg_sse *first;
	struct vg_counter *counter;
	bool over;		/* none may be opened */
	struct vg_buf exercise; /* the newest event of exercises, as sent */
	uint64_t exercise_version;
	bool exercise_on;
	int64_t now_ms;
	size_t n_listen; /* streams of alerts                        */
	int64_t left_ms; /* when the last of them left               */
	/* Guards the rest; never taken under the mutex. */
	pthread_mutex_t looking;
	struct vg_table *seen; /* id -> updated, end, state, is gone, words */
	bool primed;
	uint64_t book_tick;
	uint64_t seen_tick, seen_words; /* of the book and the people, then */
	int64_t looked_ms;
};

/* Append an event to `ring`; old ones leave. The mutex is held. */
void vg_ring_add(struct vg_sse_hub *s, struct vg_ring *ring, const char *kind,
		 const struct vg_buf *data);

/* Forget what is in `ring`, and one number more. The mutex is held. */
void vg_ring_forget(struct vg_ring *ring);

/* Compare the book with what was seen, and tell. Takes both. */
void vg_sse_alerts(struct vg_sse_hub *s, int64_t now_ms);

/* Somebody is about to listen: note what there is now, unless that was done.
 * Takes both. */
void vg_sse_prime(struct vg_sse_hub *s, int64_t now_ms);

/* Ask for the counters that may have changed. Takes the mutex. */
void vg_sse_counters(struct vg_sse_hub *s, int64_t now_ms);

/* Is there something to send to `t` that is not made ready yet? The mutex is
 * held. */
bool vg_sse_has_news(const struct vg_sse *t);

/* Wake `t`, if it sleeps. The mutex is held. */
void vg_sse_wake(struct vg_sse *t);

#endif
