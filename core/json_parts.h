/*
 * json_parts - what the JSON reader's own files share; no one else's business.
 *
 *     json_parse.c  the grammar, one pass
 *     json_scan.h   its inner loops
 *     json_text.c   strings: UTF-8, escapes, unescaping
 *     json_number.c numbers to int64 and double
 *     json_keys.c   duplicate keys of one object
 *     json.c        reading the tokens
 */
#ifndef VG_CORE_JSON_PARTS_H
#define VG_CORE_JSON_PARTS_H

#include "core/json.h"

/* Check the rest of a string from *p, the first byte that is not plain ASCII
 * text. On VG_JSON_OK *p is at the closing quote, else at the fault. */
enum vg_json_fault vg_json_text_scan(const char **p, const char *end,
				     bool *escaped);

/* One step of unescaping text that was checked: the bytes of the character at
 * *p go to `out`, *p moves behind it. Returns 1 to 4. A byte that begins no
 * escape is itself a step. */
size_t vg_json_text_step(const char **p, const char *end, char out[4]);

/* True when the unescaped forms of both texts are the same bytes. */
bool vg_json_text_eq(struct vg_slice a, struct vg_slice b);

/* True when `raw` unescapes to exactly the bytes of `plain`. */
bool vg_json_text_is(struct vg_slice raw, struct vg_slice plain);

/* True when a number with an exponent, by the RFC's grammar, is finite. */
bool vg_json_number_finite(const char *p, size_t n);

/* The value of a number of the RFC's grammar, correctly rounded. */
double vg_json_number(const char *p, size_t n);

/* True when a key before token `tok` in the object at `obj` equals it: one walk
 * over them all. The members before it are complete. */
bool vg_json_key_seen(const struct vg_json *j, uint32_t obj, uint32_t tok);

/* Look for two equal keys in the object at token `obj`, whose members are
 * complete, in linear time. VG_JSON_DUPKEY sets *dup to the later one. */
enum vg_json_fault vg_json_keys_check(const struct vg_json *j, uint32_t obj,
				      uint32_t *dup);

#endif
