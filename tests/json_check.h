/*
 * json_check - what holds for the tokens of any text that was accepted; for
 * the mutation test and the fuzzer, so that it needs no test library.
 */
#ifndef VG_TESTS_JSON_CHECK_H
#define VG_TESTS_JSON_CHECK_H

#include "core/json.h"
#include "core/limits.h"
#include "core/utf8.h"

#include <math.h>
#include <stdlib.h>

static inline const char *json_check_string(const struct vg_json *j, uint32_t i)
{
	struct vg_slice raw = vg_json_raw(j, i);
	const char *complaint = NULL;
	size_t n = 0;

	if (raw.p[-1] != '"' || raw.p[raw.n] != '"')
		return "a string without its quotes";
	char *text = malloc(raw.n + 1);
	if (!vg_json_unescape(j, i, text, raw.n, &n))
		complaint = "a string longer than its raw text";
	else if (j->tok[i].escaped ? n >= raw.n : n != raw.n)
		complaint = "the length of an unescaped string";
	for (size_t at = 0; complaint == NULL && at < n;) {
		size_t len = vg_utf8_seq(text + at, n - at);
		if (len == 0 || text[at] == '\0')
			complaint = "an unescaped string is not UTF-8";
		at += len;
	}
	free(text);
	return complaint;
}

static inline const char *json_check_number(const struct vg_json *j, uint32_t i)
{
	double d = vg_json_double(j, i);
	int64_t v = 0;

	if (!isfinite(d))
		return "a number is not finite";
	if (vg_json_int(j, i, &v) != (bool)j->tok[i].integer)
		return "a number is an integer or is not";
	if (j->tok[i].integer && ((double)v != d || fabs(d) > 0x1p53))
		return "an integer and its double";
	return NULL;
}

/* The keys of a small object differ, and each is found again. */
static inline const char *json_check_keys(const struct vg_json *j, uint32_t obj)
{
	char text[64];
	size_t n;

	if (j->tok[obj].count > 64)
		return NULL;
	for (uint32_t k = obj + 1; k < j->tok[obj].next;
	     k = j->tok[k + 1].next) {
		if (!vg_json_unescape(j, k, text, sizeof text - 1, &n))
			continue;
		text[n] = '\0';
		if (vg_json_member(j, obj, text) != k + 1)
			return "a key that finds another member";
	}
	return NULL;
}

static inline const char *json_check_container(const struct vg_json *j,
					       uint32_t i)
{
	const struct vg_json_tok *t = &j->tok[i];
	bool object = t->type == VG_JSON_OBJECT;
	uint32_t k = i + 1;
	uint32_t count = 0;

	if (j->text[t->start] != (object ? '{' : '[') ||
	    j->text[t->start + t->len - 1] != (object ? '}' : ']'))
		return "a container without its brackets";
	for (; k < t->next; k = j->tok[k].next) {
		if (object && j->tok[k++].type != VG_JSON_STRING)
			return "a key that is no string";
		if (k >= t->next)
			return "a key without a value";
		if (j->tok[k].start <= t->start ||
		    j->tok[k].start + j->tok[k].len >= t->start + t->len)
			return "a value outside its container";
		count++;
	}
	if (k != t->next || count != t->count)
		return "the number of members";
	return object ? json_check_keys(j, i) : NULL;
}

static inline const char *json_check_word(const struct vg_json *j, uint32_t i)
{
	static const char *const word[] = {"null", "false", "true"};
	uint8_t type = j->tok[i].type;

	if (type > VG_JSON_TRUE ||
	    !vg_slice_eq(vg_json_raw(j, i), vg_slice_of(word[type])))
		return "a word";
	return NULL;
}

static inline const char *json_check_token(const struct vg_json *j, uint32_t i)
{
	switch (j->tok[i].type) {
	case VG_JSON_OBJECT:
	case VG_JSON_ARRAY:
		return json_check_container(j, i);
	case VG_JSON_STRING:
		return json_check_string(j, i);
	case VG_JSON_NUMBER:
		return json_check_number(j, i);
	default:
		return json_check_word(j, i);
	}
}

/* NULL when the tokens of `j`, made from `n` bytes, agree with the text and
 * with each other; else what does not hold. */
static inline const char *json_check(const struct vg_json *j, size_t n)
{
	if (j->n == 0 || j->n > j->cap || j->n > 2 * VG_JSON_TOKENS_MAX)
		return "the number of tokens";
	if (j->tok[0].next != j->n)
		return "the document's end";
	for (uint32_t i = 0; i < j->n; i++) {
		const struct vg_json_tok *t = &j->tok[i];
		if (t->start > n || t->len > n - t->start)
			return "a token outside the text";
		if (t->next <= i || t->next > j->n)
			return "the token after a value";
		if (t->type < VG_JSON_ARRAY && t->next != i + 1)
			return "a scalar of several tokens";
		const char *complaint = json_check_token(j, i);
		if (complaint != NULL)
			return complaint;
	}
	return NULL;
}

#endif
