/*
 * strict - is this text JSON as vigie's event format wants it? A second,
 * recursive and slow answer to the question that core/json answers fast, so
 * that the two can be held against each other.
 *
 * Threads: pure.
 */
#ifndef VG_VERIFY_STRICT_H
#define VG_VERIFY_STRICT_H

#include <stdbool.h>
#include <stddef.h>

/* True when `n` bytes are one JSON value of valid UTF-8 without duplicate keys,
 * numbers beyond 2^53, lone surrogates, U+0000, more than VG_JSON_DEPTH_MAX
 * levels or VG_JSON_TOKENS_MAX values, and only white space around it. */
bool vg_strict_json(const char *text, size_t n);

#endif
