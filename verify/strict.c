#include "verify/strict.h"

#include "core/limits.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_A_LEVEL = 64, WHOLE_TEXT = 24 };

struct text {
	const unsigned char *p, *end;
	unsigned depth;
	unsigned values; /* keys are none */
};

/* The unescaped keys of one object. */
struct keys {
	char **v;
	size_t *len;
	size_t n, cap;
};

static bool value(struct text *t);

static void space(struct text *t)
{
	while (t->p < t->end && strchr(" \t\n\r", *t->p) != NULL && *t->p != 0)
		t->p++;
}

static bool word(struct text *t, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(t->end - t->p) < n || memcmp(t->p, w, n) != 0)
		return false;
	t->p += n;
	return true;
}

static bool digits(struct text *t)
{
	const unsigned char *from = t->p;

	while (t->p < t->end && *t->p >= '0' && *t->p <= '9')
		t->p++;
	return t->p > from;
}

static bool in_range(const unsigned char *from, const unsigned char *to,
		     bool whole)
{
	size_t n = (size_t)(to - from);

	/* 2^53 has 16 digits, and no whole number begins with zeros. */
	if (whole && n > WHOLE_TEXT)
		return false;
	char *copy = malloc(n + 1);
	if (copy == NULL)
		abort();
	memcpy(copy, from, n);
	copy[n] = '\0';
	double v = strtod(copy, NULL);
	/* 2^53 + 1 reads as 2^53: compare the digits, not the double. */
	long long digits_of = whole ? strtoll(copy, NULL, 10) : 0;
	free(copy);
	return isfinite(v) && digits_of <= 9007199254740992LL &&
	       digits_of >= -9007199254740992LL;
}

static bool number(struct text *t)
{
	const unsigned char *from = t->p;
	bool whole = true;

	(void)word(t, "-");
	if (!word(t, "0") && !digits(t))
		return false;
	if (word(t, ".")) {
		whole = false;
		if (!digits(t))
			return false;
	}
	if (word(t, "e") || word(t, "E")) {
		whole = false;
		if (!word(t, "+"))
			(void)word(t, "-");
		if (!digits(t))
			return false;
	}
	return in_range(from, t->p, whole);
}

static bool hex4(struct text *t, unsigned *out)
{
	unsigned v = 0;

	if (t->end - t->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		static const char all[] = "0123456789abcdef0123456789ABCDEF";
		const char *at = t->p[i] == 0 ? NULL : strchr(all, t->p[i]);
		if (at == NULL)
			return false;
		v = v * 16 + (unsigned)((at - all) % 16);
	}
	t->p += 4;
	*out = v;
	return true;
}

static size_t encode(char *out, unsigned c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | (c >> 6));
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | (c >> 12));
		out[1] = (char)(0x80 | ((c >> 6) & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | (c >> 18));
	out[1] = (char)(0x80 | ((c >> 12) & 63));
	out[2] = (char)(0x80 | ((c >> 6) & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* One escape after its backslash: bytes written to `out`, 0 when it is none. */
static size_t escape(struct text *t, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	unsigned hi = 0, lo = 0;

	if (t->p == t->end)
		return 0;
	const char *at = *t->p == 0 ? NULL : strchr(from, *t->p);
	if (at != NULL) {
		t->p++;
		out[0] = to[at - from];
		return 1;
	}
	if (!word(t, "u") || !hex4(t, &hi) || hi == 0)
		return 0;
	if (hi >= 0xdc00 && hi <= 0xdfff)
		return 0;
	if (hi < 0xd800 || hi > 0xdbff)
		return encode(out, hi);
	if (!word(t, "\\u") || !hex4(t, &lo) || lo < 0xdc00 || lo > 0xdfff)
		return 0;
	return encode(out, 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00));
}

/* One UTF-8 sequence by the table of RFC 3629: its length, or 0. */
static size_t sequence(const unsigned char *p, size_t left)
{
	static const struct {
		unsigned char lo, hi, second_lo, second_hi, more;
	} rows[] = {{0x20, 0x7f, 0, 0, 0},	 {0xc2, 0xdf, 0x80, 0xbf, 1},
		    {0xe0, 0xe0, 0xa0, 0xbf, 2}, {0xe1, 0xec, 0x80, 0xbf, 2},
		    {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2},
		    {0xf0, 0xf0, 0x90, 0xbf, 3}, {0xf1, 0xf3, 0x80, 0xbf, 3},
		    {0xf4, 0xf4, 0x80, 0x8f, 3}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (p[0] < rows[i].lo || p[0] > rows[i].hi)
			continue;
		if (left < 1U + rows[i].more)
			return 0;
		if (rows[i].more > 0 &&
		    (p[1] < rows[i].second_lo || p[1] > rows[i].second_hi))
			return 0;
		for (size_t k = 2; k <= rows[i].more; k++)
			if (p[k] < 0x80 || p[k] > 0xbf)
				return 0;
		return 1U + rows[i].more;
	}
	return 0;
}

/* A string after its opening quote; its unescaped bytes to `out`, which has
 * room for all that is left of the text. */
static bool string(struct text *t, char *out, size_t *len)
{
	size_t n = 0, step = 0;

	while (t->p < t->end && *t->p != '"') {
		if (*t->p == '\\') {
			t->p++;
			step = escape(t, out + n);
			if (step == 0)
				return false;
		} else {
			step = sequence(t->p, (size_t)(t->end - t->p));
			if (step == 0)
				return false;
			memcpy(out + n, t->p, step);
			t->p += step;
		}
		n += step;
	}
	*len = n;
	return word(t, "\"");
}

static bool keys_add(struct keys *k, char *s, size_t len)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->len[i] == len && memcmp(k->v[i], s, len) == 0)
			return false;
	if (k->n == k->cap) {
		size_t cap = k->cap == 0 ? KEYS_A_LEVEL : 2 * k->cap;
		char **v = realloc(k->v, cap * sizeof *v);
		if (v == NULL)
			abort();
		k->v = v;
		size_t *l = realloc(k->len, cap * sizeof *l);
		if (l == NULL)
			abort();
		k->len = l;
		k->cap = cap;
	}
	k->v[k->n] = s;
	k->len[k->n++] = len;
	return true;
}

static bool member(struct text *t, struct keys *k)
{
	size_t len = 0;
	char *key = malloc((size_t)(t->end - t->p) + 4);
	if (key == NULL)
		abort();

	space(t);
	if (!word(t, "\"") || !string(t, key, &len) || !keys_add(k, key, len)) {
		free(key);
		return false;
	}
	space(t);
	return word(t, ":") && value(t);
}

static bool object(struct text *t)
{
	struct keys k = {0};
	bool good = true, more = true;

	space(t);
	if (word(t, "}"))
		return true;
	while (good && more) {
		good = member(t, &k);
		space(t);
		more = good && word(t, ",");
	}
	good = good && word(t, "}");
	for (size_t i = 0; i < k.n; i++)
		free(k.v[i]);
	free(k.v);
	free(k.len);
	return good;
}

static bool array(struct text *t)
{
	space(t);
	if (word(t, "]"))
		return true;
	do {
		if (!value(t))
			return false;
		space(t);
	} while (word(t, ","));
	return word(t, "]");
}

static bool nested(struct text *t, bool (*read)(struct text *))
{
	if (++t->depth > VG_JSON_DEPTH_MAX)
		return false;
	bool good = read(t);
	t->depth--;
	return good;
}

static bool value(struct text *t)
{
	space(t);
	if (t->p == t->end || ++t->values > VG_JSON_TOKENS_MAX)
		return false;
	if (word(t, "{"))
		return nested(t, object);
	if (word(t, "["))
		return nested(t, array);
	if (word(t, "\"")) {
		size_t len = 0;
		char *s = malloc((size_t)(t->end - t->p) + 4);
		if (s == NULL)
			abort();
		bool good = string(t, s, &len);
		free(s);
		return good;
	}
	return word(t, "true") || word(t, "false") || word(t, "null") ||
	       number(t);
}

bool vg_strict_json(const char *text, size_t n)
{
	struct text t = {.p = (const unsigned char *)text,
			 .end = (const unsigned char *)text + n};

	if (!value(&t))
		return false;
	space(&t);
	return t.p == t.end;
}
