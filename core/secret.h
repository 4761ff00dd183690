/*
 * secret - what is in a file for its owner's eyes alone.
 *
 * Threads: all pure, but for the files.
 */
#ifndef VG_CORE_SECRET_H
#define VG_CORE_SECRET_H

#include "core/err.h"

#include <stddef.h>

/* Read a secret's first line from `path` into `out` (cap bytes, NUL ended).
 * VG_INVAL when absent, empty, too long, or readable by others. */
enum vg_rc vg_secret_read(char *out, size_t cap, const char *path,
			  struct vg_err *err) VG_MUST_CHECK;

/* Overwrite a secret in memory, in a way that no compiler leaves out. */
void vg_secret_wipe(void *p, size_t n);

/* VG_INVAL unless `path` is a file that others cannot read or change: for
 * secrets that a library reads by itself. */
enum vg_rc vg_secret_check(const char *path, struct vg_err *err) VG_MUST_CHECK;

#endif
