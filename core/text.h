/*
 * text - other people's bytes in what people read: never obeyed, always shown.
 *
 * Threads: pure.
 */
#ifndef VG_CORE_TEXT_H
#define VG_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True for a valid UTF-8 sequence of `n` bytes that a terminal or a log reader
 * would obey rather than show: C0 and C1 controls, DEL, the line and paragraph
 * separators, and what turns the direction of writing. */
bool vg_text_is_control(const char *p, size_t n);

/* Write byte `c` as \xNN. */
void vg_text_escape(char out[4], unsigned char c);

/* Copy `n` bytes to `out` (`cap` bytes, at least 1) with a NUL: controls and
 * what is not UTF-8 as \xNN, cut between characters where there is no room.
 * Returns the length. */
size_t vg_text_show(char *out, size_t cap, const char *in, size_t n);

/* Value of a hex digit of either case, or -1. */
int vg_text_hex(char c);

/* `n` plain decimal digits, from 1 to `most` (at most 18) of them, as a number.
 * False when they are others. */
bool vg_text_number(const char *p, size_t n, size_t most, int64_t *out);

#endif
