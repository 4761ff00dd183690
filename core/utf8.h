/*
 * utf8 - one UTF-8 sequence at a time, strictly (RFC 3629).
 *
 * Threads: pure.
 */
#ifndef VG_CORE_UTF8_H
#define VG_CORE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the valid sequence at `p`, of which `n` bytes may be read: 1 to 4,
 * or 0 when it is cut off, overlong, a surrogate, beyond U+10FFFF or no lead
 * byte. */
size_t vg_utf8_seq(const char *p, size_t n);

/* Write code point `cp` (valid, no surrogate) to `out`; returns the bytes. */
size_t vg_utf8_put(char out[4], uint32_t cp);

#endif
