/*
 * err - how a function in this daemon says that it failed.
 *
 * A function that can fail returns VG_OK or one negative enum vg_rc. The code
 * tells the caller what to do next; the text in struct vg_err tells a person
 * what happened. The innermost function writes the text, callers hand it up
 * unread, and only a thread's outermost loop logs it.
 */
#ifndef VG_CORE_ERR_H
#define VG_CORE_ERR_H

enum vg_rc {
	VG_OK = 0,
	VG_INVAL = -1, /* the caller is wrong: fix it, never retry */
	VG_DROP = -2,  /* this event is bad: count it and go on    */
	VG_RETRY = -3, /* a peer is away: back off, then retry     */
	VG_FATAL = -4  /* the process cannot go on: stop cleanly   */
};

struct vg_err {
	enum vg_rc rc;
	char text[256];
};

#define VG_MUST_CHECK	     __attribute__((warn_unused_result))
#define VG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Fill `err` (may be NULL) and return `rc`, so that a failing line reads
 * `return vg_err_set(err, VG_DROP, "...")`. The text may hold bytes of a file
 * or of a peer: what a terminal would obey is shown as \xNN, and what is too
 * long cut. An argument may be err->text itself. */
enum vg_rc vg_err_set(struct vg_err *err, enum vg_rc rc, const char *fmt, ...)
	VG_PRINTF(3, 4);

#endif
