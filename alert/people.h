/*
 * people - the last word that people had on each alert, in memory, for readers.
 *
 * Follows what the leader applies (alert/desk.h): loaded once, then what has
 * changed since the offset last seen.
 *
 * Threads: vg_people_step() by one thread; readers between
 *          vg_people_read_lock() and vg_people_unlock().
 */
#ifndef VG_ALERT_PEOPLE_H
#define VG_ALERT_PEOPLE_H

#include "alert/desk.h"

struct vg_people;

/* The last entry of one kind about one alert; a reopening is one of
 * VG_ACT_CLOSE. */
struct vg_word {
	char alert[VG_ACTION_TARGET];
	enum vg_action_kind kind;
	char verdict; /* of a verdict: 't', 'f', 'k'; else 0 */
	bool reopened;
	int64_t at_ms;
	int64_t n;  /* its number among the alert's entries */
	char *json; /* {...}, owned */
};

/* An empty one; freed with _free(), NULL allowed. */
enum vg_rc vg_people_new(struct vg_people **out,
			 struct vg_err *err) VG_MUST_CHECK;
void vg_people_free(struct vg_people *p);

/* Take in one field of VG_KEY_DESK. VG_DROP when it is none. */
enum vg_rc vg_people_put(struct vg_people *p, struct vg_slice field,
			 struct vg_slice value,
			 struct vg_err *err) VG_MUST_CHECK;

/* It is no longer there. */
void vg_people_drop(struct vg_people *p, struct vg_slice field);

/* Have `p` hold what `by` does, and `by` what `p` did. */
void vg_people_replace(struct vg_people *p, struct vg_people *by);

/* How far Redis has been followed; zeroed to begin with. */
struct vg_people_follow {
	int64_t off;
	bool loaded;
};

/* Take in what is new in Redis. */
enum vg_rc vg_people_step(struct vg_people *p, struct vg_people_follow *f,
			  struct vg_store *store,
			  struct vg_err *err) VG_MUST_CHECK;

/* Hold it still for reading; keep it short. `p` may be NULL: nobody said
 * anything. */
void vg_people_read_lock(struct vg_people *p);
void vg_people_unlock(struct vg_people *p);

/* A number that is another one when any word is. */
uint64_t vg_people_tick(const struct vg_people *p);

/* Words are ordered by alert. The first about one whose id begins with
 * `prefix`, and word number `i`, NULL past the end. Need the lock. */
size_t vg_people_first(const struct vg_people *p, struct vg_slice prefix);
const struct vg_word *vg_people_at(const struct vg_people *p, size_t i);

#endif
