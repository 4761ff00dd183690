/*
 * json - a strict reader for JSON from outside (RFC 8259 and then stricter).
 *
 * One pass checks everything: UTF-8, escapes (lone surrogates and \u0000 are
 * refused), duplicate keys, depth, numbers (RFC grammar, finite, and integers
 * within +-2^53), and that nothing but white space follows the value. The
 * result is a flat array of tokens in document order.
 *
 * Owner:   the caller embeds a zeroed struct vg_json and reuses it; tokens and
 *          slices borrow the text.
 * Threads: one at a time.
 */
#ifndef VG_CORE_JSON_H
#define VG_CORE_JSON_H

#include "core/slice.h"

#include <stddef.h>

enum vg_json_type {
	VG_JSON_NULL,
	VG_JSON_FALSE,
	VG_JSON_TRUE,
	VG_JSON_NUMBER,
	VG_JSON_STRING,
	VG_JSON_ARRAY,
	VG_JSON_OBJECT
};

enum vg_json_fault {
	VG_JSON_OK,
	VG_JSON_SYNTAX,
	VG_JSON_UTF8,	/* not UTF-8, or a bad \u escape */
	VG_JSON_DUPKEY, /* compared after unescaping     */
	VG_JSON_RANGE,	/* a number beyond 2^53 or not finite */
	VG_JSON_DEPTH,	/* over VG_JSON_DEPTH_MAX        */
	VG_JSON_TRAIL,	/* bytes after the value         */
	VG_JSON_SIZE,	/* over VG_JSON_TOKENS_MAX values */
	VG_JSON_MEMORY
};

struct vg_json_tok {
	uint8_t type;	     /* enum vg_json_type                             */
	uint8_t escaped;     /* string with at least one backslash            */
	uint8_t integer;     /* number without fraction and exponent          */
	uint32_t start, len; /* of the text; strings without their quotes */
	uint32_t count;	     /* array: elements; object: members              */
	uint32_t next;	     /* index of the token after this value           */
};

struct vg_json {
	const char *text;
	struct vg_json_tok *tok; /* object: key, value, key, value ... */
	uint32_t n, cap;
};

/* Parse `n` bytes. On a fault returns it and sets *at to the byte where it
 * was found; tokens are then undefined. */
enum vg_json_fault vg_json_parse(struct vg_json *j, const char *text, size_t n,
				 size_t *at);

/* Free the token array. */
void vg_json_term(struct vg_json *j);

/* A fault as one word for accounts and logs: "syntax", "utf8", ... */
const char *vg_json_fault_name(enum vg_json_fault f);

/* Index of member `name` of the object at token `obj`, or 0 when absent (token
 * 0 is the document itself, never a member). */
uint32_t vg_json_member(const struct vg_json *j, uint32_t obj,
			const char *name);

/* The raw text of a token: for a string without escapes its value. */
struct vg_slice vg_json_raw(const struct vg_json *j, uint32_t tok);

/* Unescape string token `tok` to `out` (at most `cap` bytes, no NUL). False
 * when it does not fit. */
bool vg_json_unescape(const struct vg_json *j, uint32_t tok, char *out,
		      size_t cap, size_t *n);

/* Number token as int64; false when it is not an integer. */
bool vg_json_int(const struct vg_json *j, uint32_t tok, int64_t *out);

/* Number token as double (correctly rounded, locale-independent). */
double vg_json_double(const struct vg_json *j, uint32_t tok);

#endif
