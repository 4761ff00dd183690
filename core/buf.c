#include "core/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 64, VARINT_MAX = 10 };

void vg_buf_reset(struct vg_buf *b)
{
	b->n = 0;
	b->failed = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void vg_buf_term(struct vg_buf *b)
{
	free(b->p);
	*b = (struct vg_buf){0};
}

/* Make room for `n` bytes and the NUL. A failed buffer stays failed, or its
 * content would have a hole. */
static bool reserve(struct vg_buf *b, size_t n)
{
	assert(b->p == NULL || b->n < b->cap);
	if (b->failed)
		return false;
	if (n < b->cap - b->n) /* both 0 at first, so false */
		return true;

	size_t want = b->n + n;
	if (want < n || want > SIZE_MAX / 2 - 1) {
		b->failed = true;
		return false;
	}
	size_t cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;
	while (cap < want + 1)
		cap *= 2;

	char *p = realloc(b->p, cap);
	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void vg_buf_room(struct vg_buf *b, size_t n)
{
	(void)reserve(b, n);
}

void vg_buf_add(struct vg_buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void vg_buf_str(struct vg_buf *b, const char *s)
{
	vg_buf_add(b, s, strlen(s));
}

void vg_buf_printf(struct vg_buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);

	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)n;
}

size_t vg_i64_print(char out[VG_I64_TEXT], int64_t v)
{
	char text[VG_I64_TEXT];
	size_t at = sizeof text;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		text[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u != 0);
	if (v < 0)
		text[--at] = '-';
	memcpy(out, text + at, sizeof text - at);
	return sizeof text - at;
}

void vg_buf_i64(struct vg_buf *b, int64_t v)
{
	char text[VG_I64_TEXT];

	vg_buf_add(b, text, vg_i64_print(text, v));
}

void vg_buf_varint(struct vg_buf *b, uint64_t v)
{
	unsigned char byte[VARINT_MAX];
	size_t n = 0;

	while (v >= 0x80) {
		byte[n++] = (unsigned char)(v | 0x80);
		v >>= 7;
	}
	byte[n++] = (unsigned char)v;
	assert(n <= VARINT_MAX);
	vg_buf_add(b, byte, n);
}

bool vg_varint_read(const char **p, const char *end, uint64_t *out)
{
	const char *at = *p;
	uint64_t v = 0;

	for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
		uint64_t byte = (unsigned char)*at++;
		if (shift == 63 && byte > 1)
			return false; /* a 65th bit, or more to come */
		v |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			*p = at;
			*out = v;
			return true;
		}
	}
	return false;
}
