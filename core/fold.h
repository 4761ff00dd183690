/*
 * fold - the key under which differently written names meet.
 *
 * A name's key is its Unicode case fold (full, not Turkic) in NFKC, without
 * what is invisible by default (zero-width characters, soft hyphens), with the
 * dotless i and the dot above an i gone, so that a Turkish name meets itself
 * in each of its casings, and with runs of spaces as one. Its squeezed key has
 * no spaces and no punctuation either. Neither depends on a locale; scripts
 * are not transliterated.
 *
 * Threads: all pure. The Unicode tables are libutf8proc's.
 */
#ifndef VG_CORE_FOLD_H
#define VG_CORE_FOLD_H

#include "core/slice.h"

enum {
	VG_FOLD_NAME_MAX = 128, /* bytes of a name; a longer one has no key */
	VG_FOLD_ROOM = 2048	/* bytes: no name's key is longer           */
};

/* A byte before the squeezed key, so that the two kinds of key never meet. */
enum { VG_FOLD_SQUEEZED = 0x01 };

struct vg_folded {
	uint32_t n, n_squeezed; /* squeezed: with its first byte, or 0      */
	char key[VG_FOLD_ROOM];
	char squeezed[VG_FOLD_ROOM];
};

/* The keys of `name`, UTF-8. When nothing visible is left the key is the name
 * itself, so that only an empty name has an empty key; n_squeezed is 0 when
 * the name is all spaces and punctuation. False, with `out` unspecified, when
 * the name is longer than VG_FOLD_NAME_MAX or not UTF-8. */
bool vg_fold(struct vg_slice name, struct vg_folded *out);

#endif
