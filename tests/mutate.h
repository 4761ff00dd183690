/*
 * mutate - seeded random changes to texts, for the suites that hold two
 * readers against each other.
 */
#ifndef VG_TESTS_MUTATE_H
#define VG_TESTS_MUTATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MUTATE_ROOM = 8192 };

static uint64_t mutate_state = UINT64_C(0x853c49e6748fea9b);

/* A number below `n`. */
static inline uint32_t below(uint32_t n)
{
	mutate_state ^= mutate_state << 13;
	mutate_state ^= mutate_state >> 7;
	mutate_state ^= mutate_state << 17;
	return (uint32_t)((mutate_state >> 16) % n);
}

/* Put `piece` in place of the `cut` bytes at `at`, when it fits. */
static inline size_t splice(char *text, size_t n, size_t at, size_t cut,
			    const char *piece)
{
	size_t len = strlen(piece);

	if (n - cut + len > MUTATE_ROOM)
		return n;
	memmove(text + at + len, text + at + cut, n - at - cut);
	memcpy(text + at, piece, len);
	return n - cut + len;
}

static inline int is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* One small change to the `n` > 0 bytes; the new length, never 0. */
static inline size_t mutate_bytes(char *text, size_t n)
{
	static const char *const liked[] = {"\"",
					    "\\",
					    "{",
					    "}",
					    "[",
					    "]",
					    ",",
					    ":",
					    "0",
					    "-",
					    "1e5",
					    "1e309",
					    ".5",
					    "null",
					    "\\u0000",
					    "\\ud8",
					    "\\ud83d\\ude00",
					    "\\udc00",
					    "\xc3\xa9",
					    "\xed\xa0\x80",
					    "\xf4\x90\x80\x80",
					    "\x7f",
					    "\x1f",
					    "\x80",
					    "\xc0\xaf",
					    " ",
					    "9007199254740992",
					    "9007199254740993",
					    "-9007199254740993",
					    "00",
					    "\\u00e9",
					    "\\/",
					    "\\x",
					    "true",
					    "\xef\xbb\xbf"};
	static const char plain[] = "0123456789abcdefATXK.-";
	size_t at = below((uint32_t)n), cut = 1 + below(12);
	char piece[32] = "";

	if (cut > n - at)
		cut = n - at;
	switch (below(9)) {
	case 0: /* say a piece twice */
		memcpy(piece, text + at, cut);
		return memchr(piece, 0, cut) != NULL
			       ? n
			       : splice(text, n, at, 0, piece);
	case 1: /* cut a piece out */
		return cut == n ? n : splice(text, n, at, cut, "");
	case 2: /* any byte at all */
		text[at] = (char)below(256);
		return n;
	case 3:
	case 4:
	case 5:
	case 6: /* a letter or digit for another: mostly still JSON */
		for (; at < n && !is_plain(text[at]); at++)
			;
		if (at < n)
			text[at] = plain[below(sizeof plain - 1)];
		return n;
	case 7: /* in place of a byte */
		return splice(text, n, at, 1,
			      liked[below(sizeof liked / sizeof *liked)]);
	default:
		return splice(text, n, at, 0,
			      liked[below(sizeof liked / sizeof *liked)]);
	}
}

#endif
