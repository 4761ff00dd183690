/*
 * glob - texts with wildcards: * is any run of characters, ? is one; \*, \?
 * and \\ are those characters. The whole text must fit.
 *
 * Case is ignored, where asked for, in ASCII letters. The byte VG_GLOB_DASH,
 * which no text of a rule file can hold, is any sign that begins an option: -,
 * /, and the dashes U+2013 to U+2015.
 *
 * Threads: pure.
 */
#ifndef VG_AGGREGATE_GLOB_H
#define VG_AGGREGATE_GLOB_H

#include "core/slice.h"

#include <stddef.h>

/* What stands for a wildcard in a compiled pattern: no byte of UTF-8. */
enum { VG_GLOB_DASH = 0xfd, VG_GLOB_ANY = 0xfe, VG_GLOB_ONE = 0xff };

enum { VG_GLOB_MAX = 1024 }; /* bytes of a pattern */

enum vg_glob_form {
	VG_GLOB_WILDCARD,
	VG_GLOB_WHOLE, /* the text as it stands, wildcards and all */
	VG_GLOB_PREFIX,
	VG_GLOB_SUFFIX,
	VG_GLOB_CONTAINS
};

/* Compile `pattern` to `out` (at most pattern.n + 2 bytes): the number of
 * bytes. `fold` makes ASCII letters small. */
size_t vg_glob_compile(char *out, struct vg_slice pattern,
		       enum vg_glob_form form, bool fold);

/* True when the compiled `glob` fits `text`; `fold` as it was compiled. */
bool vg_glob_fits(struct vg_slice glob, struct vg_slice text, bool fold);

#endif
