#include "core/json_parts.h"
#include "core/text.h"
#include "core/utf8.h"

#include <assert.h>

/* The 16 bits of "\uXXXX" at `p`, or -1. */
static int32_t code_unit(const char *p, const char *end)
{
	int32_t v = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = vg_text_hex(p[i]);
		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

static bool is_high(int32_t unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(int32_t unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The code point of the \u escape or the pair of them at `p`, whose length
 * goes to *len; -1 when it is malformed, a lone surrogate or NUL. */
static int32_t code_point(const char *p, const char *end, int *len)
{
	int32_t unit = code_unit(p, end);

	*len = 6;
	if (unit <= 0 || is_low(unit))
		return -1;
	if (!is_high(unit))
		return unit;
	int32_t low = code_unit(p + 6, end);
	if (!is_low(low))
		return -1;
	*len = 12;
	return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/* What "\n" and the like stand for; 0 for what is no such escape. */
static char simple_escape(char c)
{
	switch (c) {
	case '"':
	case '\\':
	case '/':
		return c;
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return 0;
	}
}

static enum vg_json_fault scan_escape(const char **p, const char *end)
{
	int len = 2;

	if (end - *p < 2)
		return VG_JSON_SYNTAX;
	if ((*p)[1] == 'u') {
		if (code_point(*p, end, &len) < 0)
			return VG_JSON_UTF8;
	} else if (simple_escape((*p)[1]) == 0) {
		return VG_JSON_SYNTAX;
	}
	*p += len;
	return VG_JSON_OK;
}

enum vg_json_fault vg_json_text_scan(const char **p, const char *end,
				     bool *escaped)
{
	while (*p < end && **p != '"') {
		unsigned char c = (unsigned char)**p;
		if (c == '\\') {
			*escaped = true;
			enum vg_json_fault f = scan_escape(p, end);
			if (f != VG_JSON_OK)
				return f;
		} else if (c < 0x20) {
			return VG_JSON_SYNTAX;
		} else if (c < 0x80) {
			(*p)++;
		} else {
			size_t len = vg_utf8_seq(*p, (size_t)(end - *p));
			if (len == 0)
				return VG_JSON_UTF8;
			*p += len;
		}
	}
	return *p < end ? VG_JSON_OK : VG_JSON_SYNTAX;
}

size_t vg_json_text_step(const char **p, const char *end, char out[4])
{
	const char *at = *p;

	assert(at < end);
	if (*at != '\\') {
		out[0] = *at;
		*p = at + 1;
		return 1;
	}
	assert(end - at >= 2);
	if (at[1] != 'u') {
		out[0] = simple_escape(at[1]);
		*p = at + 2;
		return 1;
	}
	int len;
	int32_t cp = code_point(at, end, &len);
	assert(cp > 0);
	*p = at + len;
	return vg_utf8_put(out, (uint32_t)cp);
}

/* A text being unescaped a byte at a time. */
struct cursor {
	const char *p, *end;
	char byte[4];
	size_t at, n;
};

static int next_byte(struct cursor *c)
{
	if (c->at == c->n) {
		if (c->p == c->end)
			return -1;
		c->n = vg_json_text_step(&c->p, c->end, c->byte);
		c->at = 0;
	}
	return (unsigned char)c->byte[c->at++];
}

bool vg_json_text_eq(struct vg_slice a, struct vg_slice b)
{
	struct cursor x = {.p = a.p, .end = a.p + a.n};
	struct cursor y = {.p = b.p, .end = b.p + b.n};
	int byte;

	do {
		byte = next_byte(&x);
		if (byte != next_byte(&y))
			return false;
	} while (byte >= 0);
	return true;
}

bool vg_json_text_is(struct vg_slice raw, struct vg_slice plain)
{
	struct cursor x = {.p = raw.p, .end = raw.p + raw.n};

	for (uint32_t i = 0; i < plain.n; i++)
		if (next_byte(&x) != (unsigned char)plain.p[i])
			return false;
	return next_byte(&x) < 0;
}
