#include "api/coding.h"

#include <assert.h>
#include <brotli/encode.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

enum {
	GZIP_LEVEL = 5,
	GZIP_WINDOW = 15 + 16, /* 16: with gzip's head and tail */
	GZIP_MEMORY = 8,
	BROTLI_QUALITY = 4
};

/* Room for `n` more bytes at the end of `out`; NULL when memory is out. */
static char *room(struct vg_buf *out, size_t n)
{
	char *bigger = realloc(out->p, out->n + n + 1);

	if (bigger == NULL)
		return NULL;
	out->p = bigger;
	out->cap = out->n + n + 1;
	return bigger + out->n;
}

static void took(struct vg_buf *out, size_t n)
{
	out->n += n;
	out->p[out->n] = '\0';
}

static bool gzip(struct vg_buf *out, const char *body, size_t n)
{
	z_stream z = {0};
	size_t most;
	char *to;
	bool ok;

	if (n > UINT_MAX / 2 ||
	    deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	most = deflateBound(&z, (uLong)n);
	to = room(out, most);
	z.next_in = (z_const Bytef *)body;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)most;
	ok = to != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
	if (ok)
		took(out, z.total_out);
	(void)deflateEnd(&z);
	return ok;
}

static bool brotli(struct vg_buf *out, const char *body, size_t n)
{
	size_t most = BrotliEncoderMaxCompressedSize(n);
	char *to = most > 0 ? room(out, most) : NULL;

	if (to == NULL ||
	    !BrotliEncoderCompress(BROTLI_QUALITY, BROTLI_DEFAULT_WINDOW,
				   BROTLI_MODE_TEXT, n, (const uint8_t *)body,
				   &most, (uint8_t *)to))
		return false;
	took(out, most);
	return true;
}

bool vg_coding_apply(struct vg_buf *out, enum vg_coding c, const char *body,
		     size_t n)
{
	assert(c != VG_CODING_NONE && c < VG_CODINGS);
	return c == VG_CODING_GZIP ? gzip(out, body, n) : brotli(out, body, n);
}
