/*
 * sigma_text - what a string in a Sigma rule means, and what its modifiers make
 * of it. Private to alert.
 *
 * A text is bytes in which VG_GLOB_ANY, VG_GLOB_ONE and VG_GLOB_DASH
 * (aggregate/glob.h) stand for wildcards: no byte of UTF-8. Memory that is out
 * shows in the buffer's `failed`.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_SIGMA_TEXT_H
#define VG_ALERT_SIGMA_TEXT_H

#include "aggregate/glob.h"
#include "core/buf.h"

enum vg_sigma_wide {
	VG_SIGMA_WIDE_NO,
	VG_SIGMA_WIDE_LE, /* utf16le, wide                      */
	VG_SIGMA_WIDE_BE, /* utf16be                            */
	VG_SIGMA_WIDE_BOM /* utf16: a mark of order, then as LE */
};

/* Read `raw` to the end of `out`: * and ? are wildcards; a backslash before
 * one of them or before a backslash takes its meaning, and else is itself. */
void vg_sigma_text_read(struct vg_buf *out, struct vg_slice raw);

/* True when no wildcard is in it. */
bool vg_sigma_text_is_plain(const struct vg_buf *text);

/* Let each - or / that begins a word, and is not within one, stand for all
 * signs that do so. */
void vg_sigma_text_dashes(struct vg_buf *text);

/* Append `text`, which is plain UTF-8, to `out` in UTF-16. */
void vg_sigma_text_widen(struct vg_buf *out, const struct vg_buf *text,
			 enum vg_sigma_wide wide);

/* Append the Base64 of the bytes of `text` to `out`: of itself, and (`shift` 1
 * or 2) what of it is the same wherever in a longer text it stands so many
 * bytes behind a multiple of three. Shift 0 of three is VG_SIGMA_SHIFT_0. */
enum { VG_SIGMA_ALONE = -1, VG_SIGMA_SHIFT_0 = 0, VG_SIGMA_SHIFTS = 3 };
void vg_sigma_text_base64(struct vg_buf *out, const struct vg_buf *text,
			  int shift);

/* Append `text` to `out` as a pattern with wildcards, so that `form` holds: as
 * a whole, at the start, at the end, anywhere. */
void vg_sigma_text_pattern(struct vg_buf *out, const struct vg_buf *text,
			   enum vg_glob_form form);

#endif
