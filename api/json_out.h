/*
 * json_out - writing JSON straight into a buffer.
 *
 * Commas and quotes are the writer's; the caller only opens, names and closes.
 * Text that is not UTF-8 comes out with U+FFFD in place of the bad bytes, so
 * that an answer is always valid JSON.
 *
 * Owner:   the caller embeds the writer and lends the buffer.
 * Threads: one at a time.
 * Errors:  as vg_buf: check `failed` of the buffer once at the end.
 */
#ifndef VG_API_JSON_OUT_H
#define VG_API_JSON_OUT_H

#include "core/buf.h"
#include "core/slice.h"

enum { VG_JSON_OUT_DEPTH = 30 };

struct vg_jout {
	struct vg_buf *buf;
	unsigned depth;
	uint32_t used; /* bit n: level n already holds a value */
	bool named;    /* a name was written, its value is due  */
};

/* Open an object '{' or an array '['. */
void vg_jout_open(struct vg_jout *j, char bracket);

/* Close what was opened last: '}' or ']'. */
void vg_jout_close(struct vg_jout *j, char bracket);

/* Name the next value of an object. */
void vg_jout_name(struct vg_jout *j, const char *name);

/* As vg_jout_name() for a name that came from outside. */
void vg_jout_name_slice(struct vg_jout *j, struct vg_slice name);

/* A string. */
void vg_jout_slice(struct vg_jout *j, struct vg_slice s);

/* A NUL-terminated string; NULL writes null. */
void vg_jout_text(struct vg_jout *j, const char *s);

/* An integer. */
void vg_jout_i64(struct vg_jout *j, int64_t v);

/* true or false. */
void vg_jout_bool(struct vg_jout *j, bool v);

/* null. */
void vg_jout_null(struct vg_jout *j);

/* An instant as an RFC 3339 string; INT64_MIN and INT64_MAX write null. */
void vg_jout_instant(struct vg_jout *j, int64_t ms);

/* The members of an object that is `n` bytes of JSON, into the open object. */
void vg_jout_members(struct vg_jout *j, const char *p, size_t n);

/* `n` bytes that already are one JSON value. */
void vg_jout_raw(struct vg_jout *j, const char *p, size_t n);

#endif
