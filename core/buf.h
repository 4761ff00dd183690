/*
 * buf - a growable byte string, always followed by a NUL it does not count.
 *
 * Owner:   the caller embeds it; zero bytes are a valid empty one.
 * Threads: one at a time.
 * Errors:  growing past memory sets `failed` and drops the write; check once
 *          at the end, instead of at each append.
 */
#ifndef VG_CORE_BUF_H
#define VG_CORE_BUF_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vg_buf {
	char *p;
	size_t n, cap;
	bool failed;
};

/* Forget the content, keep the memory. */
void vg_buf_reset(struct vg_buf *b);

/* Free the memory; `b` is then a valid empty one. */
void vg_buf_term(struct vg_buf *b);

/* Make room for `n` bytes more, so that appending them moves nothing. */
void vg_buf_room(struct vg_buf *b, size_t n);

/* Append `n` bytes. */
void vg_buf_add(struct vg_buf *b, const void *p, size_t n);

/* Append a NUL-terminated string. */
void vg_buf_str(struct vg_buf *b, const char *s);

/* Append formatted text. */
void vg_buf_printf(struct vg_buf *b, const char *fmt, ...) VG_PRINTF(2, 3);

enum { VG_I64_TEXT = 20 }; /* the longest, without a NUL */

/* Write `v` in decimal to `out`, without a NUL; how many bytes. */
size_t vg_i64_print(char out[VG_I64_TEXT], int64_t v);

/* Append `v` in decimal; much faster than printf. */
void vg_buf_i64(struct vg_buf *b, int64_t v);

/* Append `v` as an unsigned LEB128 varint, 1 to 10 bytes. */
void vg_buf_varint(struct vg_buf *b, uint64_t v);

/* Read a varint at *p, not reaching `end`; false when cut off or over 64 bits.
 */
bool vg_varint_read(const char **p, const char *end, uint64_t *out);

#endif
