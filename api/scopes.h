/*
 * scopes - what a token may be used for, beside its role: a closed list of
 * words, each a bit.
 *
 * Threads: pure.
 */
#ifndef VG_API_SCOPES_H
#define VG_API_SCOPES_H

#include "core/buf.h"
#include "core/slice.h"

enum {
	VG_SCOPE_READ_SERIES = 1,
	VG_SCOPE_READ_ALERTS = 2,
	VG_SCOPE_WRITE_ALERTS = 4,
	VG_SCOPE_PROMQL = 8,
	VG_SCOPE_TAXII = 16,
	VG_SCOPE_ADMIN = 32,
	VG_SCOPES_ALL = 63
};

/* Name of bit number `i`, as "read:series"; NULL past the end. */
const char *vg_scope_name(unsigned i);

/* Read "read:series,promql"; "read" is both that read. False when a word is
 * none, or there is none. */
bool vg_scopes_read(struct vg_slice text, unsigned *out);

/* Write the names of `scopes`, with `between` between them. */
void vg_scopes_write(struct vg_buf *out, unsigned scopes, const char *between);

#endif
