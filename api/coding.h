/*
 * coding - bodies made smaller for the way: gzip (zlib), br (brotli).
 *
 * Threads: pure.
 */
#ifndef VG_API_CODING_H
#define VG_API_CODING_H

#include "api/negotiate.h"
#include "core/buf.h"

enum { VG_CODING_LEAST = 1024 }; /* bytes; smaller bodies go as they are */

/* Append `body` in coding `c` (not none) to `out`. False when memory is out. */
bool vg_coding_apply(struct vg_buf *out, enum vg_coding c, const char *body,
		     size_t n);

#endif
