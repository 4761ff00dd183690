/*
 * desk - what people did about alerts, in Redis: applied from the log by the
 * leader, in order, each exactly once.
 *
 * One script checks the lease, that the topic's offset is the one expected,
 * and writes the action together with the next offset. An action is known by
 * its id, so one that was sent twice counts once. Losing Redis loses none: all
 * is applied again from offset 0.
 *
 * Owner:   the caller. Threads: one at a time, with its store.
 * Time:    of the records alone; no clock decides what is stored.
 */
#ifndef VG_ALERT_DESK_H
#define VG_ALERT_DESK_H

#include "alert/action.h"
#include "alert/hold.h"

enum {
	VG_DESK_ENTRIES_MAX = 1000, /* actions that one alert keeps      */
	VG_DESK_SILENCES_MAX = 500, /* silences of one viewer            */
	VG_DESK_OVER_DAYS = 30	    /* one that is over so long may go    */
};

#define VG_KEY_ACTIONS "vg:{vg}:actions"
#define VG_KEY_DESK    "vg:{vg}:desk"
#define VG_KEY_DESK_AT "vg:{vg}:desk:at"
#define VG_KEY_DESK_OF "vg:{vg}:desk:of:" /* and the alert's id */
#define VG_KEY_OWN     "vg:{vg}:own"

/* Where the next record is read: -1 when none was ever applied. */
enum vg_rc vg_desk_offset(struct vg_store *s, int64_t *next,
			  struct vg_err *err) VG_MUST_CHECK;

struct vg_desk_turn {
	const char *owner; /* of the lease                                   */
	int64_t from;	   /* the offset expected: of this record, or -1     */
	int64_t next;	   /* the offset behind it                           */
};

enum vg_desk_result {
	VG_DESK_APPLIED,
	VG_DESK_REPEATED, /* its id is known: nothing changed                */
	VG_DESK_PAST,	  /* over a limit: left out, and counted             */
	VG_DESK_NOTHING,  /* about no silence of the viewer; or no action    */
	VG_DESK_FENCED,	  /* another leads: nothing was written              */
	VG_DESK_MOVED	  /* the stored offset is another: read it again     */
};

/* Apply the record at turn->from; `a` is NULL for one that cannot be read,
 * which is passed over. */
enum vg_rc vg_desk_apply(struct vg_store *s, const struct vg_desk_turn *turn,
			 const struct vg_action *a, enum vg_desk_result *result,
			 struct vg_err *err) VG_MUST_CHECK;

/* The entry that action `id` made about `alert`, with its number before it
 * ("3 {...}"); empty when there is none. */
enum vg_rc vg_desk_entry(struct vg_store *s, const char *alert, const char *id,
			 struct vg_buf *out, struct vg_err *err) VG_MUST_CHECK;

/* All entries about `alert`, by number, as one JSON array; each has its number
 * as `n`. */
enum vg_rc vg_desk_entries(struct vg_store *s, const char *alert,
			   struct vg_buf *out,
			   struct vg_err *err) VG_MUST_CHECK;

/* What partners keep of their own, as of now: of which offset the last change
 * was (-1: there was none), and all of it. Read the first before the second. */
enum vg_rc vg_desk_own_at(struct vg_store *s, int64_t *offset,
			  struct vg_err *err) VG_MUST_CHECK;
enum vg_rc vg_desk_own(struct vg_store *s, struct vg_own_docs *out,
		       struct vg_err *err) VG_MUST_CHECK;

/* Silence `id` as stored; empty when there is none. */
enum vg_rc vg_desk_silence(struct vg_store *s, const char *id,
			   struct vg_buf *out,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
