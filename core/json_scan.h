/*
 * json_scan - the two inner loops of the JSON reader, to be inlined.
 *
 * Threads: pure.
 */
#ifndef VG_CORE_JSON_SCAN_H
#define VG_CORE_JSON_SCAN_H

#include <stdint.h>
#include <string.h>

/* Bytes of the eight in `x` that end a run of plain text have their top bit
 * set: the quote, the backslash, controls, anything not ASCII. A borrow can
 * mark a byte falsely only above a true mark. */
static inline uint64_t vg_json_special(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = UINT64_C(0x8080808080808080);
	uint64_t quote = x ^ (ones * '"');
	uint64_t slash = x ^ (ones * '\\');

	/* A top bit in `x` is a mark itself, so that no ~ is needed. */
	return ((x - ones * 0x20) | (quote - ones) | (slash - ones) | x) & tops;
}

/* The first byte at or after `p` that is not plain text. */
static inline const char *vg_json_skip_plain(const char *p, const char *end)
{
	while (end - p >= 8) {
		uint64_t x;
		memcpy(&x, p, sizeof x);
		uint64_t mark = vg_json_special(x);
		if (mark != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			return p + (__builtin_ctzll(mark) >> 3);
#else
			break;
#endif
		}
		p += 8;
	}
	while (p < end && (uint8_t)*p >= 0x20 && (uint8_t)*p < 0x80 &&
	       *p != '"' && *p != '\\')
		p++;
	return p;
}

/* 9 bits of a key's length and first and last four bytes. The quotes around it
 * are there to be read, so that a short key needs no care. */
static inline unsigned vg_json_quick_hash(const char *key, uint32_t len)
{
	uint32_t head = 0;
	uint32_t tail = 0;

	if (len >= 2) {
		memcpy(&head, key - 1, sizeof head);
		memcpy(&tail, key + len - 3, sizeof tail);
	} else if (len == 1) {
		head = (uint8_t)key[0];
	}
	uint64_t h = ((uint64_t)head << 32 | tail) + len;
	return (unsigned)(h * UINT64_C(0x9e3779b97f4a7c15) >> 55);
}

#endif
