/*
 * view_lock - private to view: many readers, one writer who goes first.
 *
 * The C library's rwlock lets readers in while a writer waits, so dashboards
 * that poll without pause could hold the view back for ever; the switch for
 * that is not in POSIX. Here a waiting writer stops new readers. The one
 * writer cannot starve them in turn, since it leaves the lock to wait for
 * Redis between two rounds.
 *
 * Owner:   the caller embeds it. Threads: any; not recursive.
 */
#ifndef VG_AGGREGATE_VIEW_LOCK_H
#define VG_AGGREGATE_VIEW_LOCK_H

#include <pthread.h>
#include <stdbool.h>

struct vg_view_mutex {
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t change;
	unsigned readers, waiting; /* inside; writers who want in */
	bool writing;
};

/* Make it; false when the system refuses. */
bool vg_view_mutex_init(struct vg_view_mutex *m);
void vg_view_mutex_term(struct vg_view_mutex *m);

/* Enter and leave as a reader. */
void vg_view_mutex_read(struct vg_view_mutex *m);
void vg_view_mutex_read_done(struct vg_view_mutex *m);

/* Enter and leave as the writer. */
void vg_view_mutex_write(struct vg_view_mutex *m);
void vg_view_mutex_write_done(struct vg_view_mutex *m);

#endif
