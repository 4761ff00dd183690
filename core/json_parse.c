/*
 * The grammar in one pass without recursion: a stack of at most
 * VG_JSON_DEPTH_MAX open containers, and a token array that is made large
 * enough before the first byte is read, so that adding a token checks nothing.
 */
#include "core/json_parts.h"

#include "core/limits.h"

#include <assert.h>
#include <stdlib.h>

struct reader {
	const char *p, *end;
	struct vg_json *j;
	struct vg_json_tok *tok; /* j->tok */
	uint32_t n;		 /* tokens so far */
	uint32_t values;	 /* tokens that are not keys */
	unsigned depth;
	uint32_t open[VG_JSON_DEPTH_MAX]; /* token of each open container */
};

enum { SPACE = 1, DIGIT = 2 };

static const uint8_t class_of[256] = {
	[' '] = SPACE, ['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE,
	['0'] = DIGIT, ['1'] = DIGIT,  ['2'] = DIGIT,  ['3'] = DIGIT,
	['4'] = DIGIT, ['5'] = DIGIT,  ['6'] = DIGIT,  ['7'] = DIGIT,
	['8'] = DIGIT, ['9'] = DIGIT,
};

/* 2^53 has 16 digits. */
enum { SAFE_DIGITS = 15 };
#define SAFE_MAX UINT64_C(9007199254740992)

static inline bool is(const struct reader *r, unsigned class)
{
	return r->p < r->end && class_of[(uint8_t)*r->p] == class;
}

static inline void skip_space(struct reader *r)
{
	while (is(r, SPACE))
		r->p++;
}

static inline struct vg_json_tok *add_token(struct reader *r,
					    enum vg_json_type type)
{
	assert(r->n < r->j->cap);
	struct vg_json_tok *t = &r->tok[r->n++];
	*t = (struct vg_json_tok){
		.type = (uint8_t)type,
		.start = (uint32_t)(r->p - r->j->text),
		.next = r->n,
	};
	return t;
}

/* Bytes of the eight in `x` that end a run of plain text have their top bit
 * set: the quote, the backslash, controls, anything not ASCII. A borrow can
 * mark a byte falsely only above a true mark. */
static inline uint64_t special_bytes(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = UINT64_C(0x8080808080808080);
	uint64_t quote = x ^ (ones * '"');
	uint64_t slash = x ^ (ones * '\\');
	uint64_t mark = (x - ones * 0x20) & ~x;

	mark |= (quote - ones) & ~quote;
	mark |= (slash - ones) & ~slash;
	return (mark | x) & tops;
}

/* The first byte at or after `p` that is not plain text. */
static inline const char *skip_plain(const char *p, const char *end)
{
	while (end - p >= 8) {
		uint64_t x;
		memcpy(&x, p, sizeof x);
		uint64_t mark = special_bytes(x);
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

/* A string, from its opening quote. */
static inline enum vg_json_fault read_string(struct reader *r)
{
	r->p++;
	struct vg_json_tok *t = add_token(r, VG_JSON_STRING);
	const char *begin = r->p;

	r->p = skip_plain(r->p, r->end);
	if (r->p == r->end)
		return VG_JSON_SYNTAX;
	if (*r->p != '"') {
		bool escaped = false;
		enum vg_json_fault f =
			vg_json_text_scan(&r->p, r->end, &escaped);
		if (f != VG_JSON_OK)
			return f;
		t->escaped = escaped;
	}
	t->len = (uint32_t)(r->p - begin);
	r->p++;
	return VG_JSON_OK;
}

static inline uint32_t skip_digits(struct reader *r)
{
	const char *begin = r->p;

	while (is(r, DIGIT))
		r->p++;
	return (uint32_t)(r->p - begin);
}

static bool is_safe_integer(const char *digits, uint32_t n)
{
	uint64_t v = 0;

	if (n <= SAFE_DIGITS)
		return true;
	if (n > SAFE_DIGITS + 1)
		return false;
	for (uint32_t i = 0; i < n; i++)
		v = v * 10 + (uint64_t)(digits[i] - '0');
	return v <= SAFE_MAX;
}

/* What may follow the integer part: ".5", "e-3". *exponent says that the
 * number could be too large for a double. */
static enum vg_json_fault read_tail(struct reader *r, bool *exponent)
{
	*exponent = false;
	if (*r->p == '.') {
		r->p++;
		if (skip_digits(r) == 0)
			return VG_JSON_SYNTAX;
	}
	if (r->p < r->end && (*r->p | 0x20) == 'e') {
		r->p++;
		if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
			r->p++;
		if (skip_digits(r) == 0)
			return VG_JSON_SYNTAX;
		*exponent = true;
	}
	return VG_JSON_OK;
}

static enum vg_json_fault read_number(struct reader *r)
{
	struct vg_json_tok *t = add_token(r, VG_JSON_NUMBER);
	const char *begin = r->p;

	if (*r->p == '-')
		r->p++;
	const char *digits = r->p;
	uint32_t n = skip_digits(r);
	if (n == 0 || (n > 1 && *digits == '0')) {
		r->p = n == 0 ? r->p : digits + 1;
		return VG_JSON_SYNTAX;
	}

	t->integer = r->p == r->end ||
		     (*r->p != '.' && *r->p != 'e' && *r->p != 'E');
	bool large = false;
	if (!t->integer) {
		enum vg_json_fault f = read_tail(r, &large);
		if (f != VG_JSON_OK)
			return f;
		large = large || n > 300;
	}
	t->len = (uint32_t)(r->p - begin);
	if ((t->integer && !is_safe_integer(digits, n)) ||
	    (large && !vg_json_number_finite(begin, t->len))) {
		r->p = begin;
		return VG_JSON_RANGE;
	}
	return VG_JSON_OK;
}

static enum vg_json_fault read_word(struct reader *r, const char *word,
				    enum vg_json_type type)
{
	size_t n = strlen(word);
	struct vg_json_tok *t = add_token(r, type);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
		return VG_JSON_SYNTAX;
	t->len = (uint32_t)n;
	r->p += n;
	return VG_JSON_OK;
}

static inline enum vg_json_fault open_container(struct reader *r,
						enum vg_json_type type)
{
	if (r->depth == VG_JSON_DEPTH_MAX)
		return VG_JSON_DEPTH;
	r->open[r->depth++] = r->n;
	(void)add_token(r, type);
	r->p++;
	return VG_JSON_OK;
}

/* A scalar whole, or the opening of a container. */
static inline enum vg_json_fault read_value(struct reader *r)
{
	if (r->p == r->end)
		return VG_JSON_SYNTAX;
	if (r->values++ == VG_JSON_TOKENS_MAX)
		return VG_JSON_SIZE;
	switch (*r->p) {
	case '"':
		return read_string(r);
	case '{':
		return open_container(r, VG_JSON_OBJECT);
	case '[':
		return open_container(r, VG_JSON_ARRAY);
	case 't':
		return read_word(r, "true", VG_JSON_TRUE);
	case 'f':
		return read_word(r, "false", VG_JSON_FALSE);
	case 'n':
		return read_word(r, "null", VG_JSON_NULL);
	default:
		return read_number(r);
	}
}

/* `"key" :` and the space up to the value. */
static inline enum vg_json_fault read_key(struct reader *r)
{
	if (r->p == r->end || *r->p != '"')
		return VG_JSON_SYNTAX;
	enum vg_json_fault f = read_string(r);
	if (f != VG_JSON_OK)
		return f;
	skip_space(r);
	if (r->p == r->end || *r->p != ':')
		return VG_JSON_SYNTAX;
	r->p++;
	skip_space(r);
	return VG_JSON_OK;
}

static inline struct vg_json_tok *innermost(const struct reader *r)
{
	assert(r->depth > 0);
	return &r->tok[r->open[r->depth - 1]];
}

/* The closing bracket of the innermost container. */
static enum vg_json_fault close_container(struct reader *r)
{
	struct vg_json_tok *t = innermost(r);

	if (*r->p != (t->type == VG_JSON_OBJECT ? '}' : ']'))
		return VG_JSON_SYNTAX;
	t->next = r->n;
	t->len = (uint32_t)(r->p + 1 - r->j->text) - t->start;
	if (t->type == VG_JSON_OBJECT && t->count > 1) {
		uint32_t dup = 0;
		enum vg_json_fault f =
			vg_json_keys_check(r->j, r->open[r->depth - 1], &dup);
		if (f != VG_JSON_OK) {
			r->p = r->j->text + r->tok[dup].start;
			return f;
		}
	}
	r->p++;
	r->depth--;
	return VG_JSON_OK;
}

/* After a whole value: close what ends here, up to the next value. */
static inline enum vg_json_fault read_after(struct reader *r)
{
	while (r->depth > 0) {
		struct vg_json_tok *t = innermost(r);
		t->count++;
		skip_space(r);
		if (r->p == r->end)
			return VG_JSON_SYNTAX;
		if (*r->p == ',') {
			r->p++;
			skip_space(r);
			return t->type == VG_JSON_OBJECT ? read_key(r)
							 : VG_JSON_OK;
		}
		enum vg_json_fault f = close_container(r);
		if (f != VG_JSON_OK)
			return f;
	}
	return VG_JSON_OK;
}

/* After an opening bracket. *empty when the container ended at once. */
static inline enum vg_json_fault read_first(struct reader *r, bool *empty)
{
	*empty = false;
	skip_space(r);
	if (r->p == r->end)
		return VG_JSON_SYNTAX;
	if (*r->p == '}' || *r->p == ']') {
		*empty = true;
		return close_container(r);
	}
	return innermost(r)->type == VG_JSON_OBJECT ? read_key(r) : VG_JSON_OK;
}

static enum vg_json_fault read_document(struct reader *r)
{
	enum vg_json_fault f;

	skip_space(r);
	do {
		unsigned depth = r->depth;
		f = read_value(r);
		bool whole = r->depth == depth;
		if (f == VG_JSON_OK && !whole)
			f = read_first(r, &whole);
		if (f == VG_JSON_OK && whole)
			f = read_after(r);
	} while (f == VG_JSON_OK && r->depth > 0);
	if (f != VG_JSON_OK)
		return f;
	skip_space(r);
	return r->p == r->end ? VG_JSON_OK : VG_JSON_TRAIL;
}

/* Every token takes two bytes at least ("0," or `""`), but for the brackets
 * that are still open and the last one; and a value has one key at most. */
static bool reserve(struct vg_json *j, size_t n)
{
	size_t most = 2 * (size_t)VG_JSON_TOKENS_MAX + 2;
	size_t want = n / 2 + VG_JSON_DEPTH_MAX + 2;

	if (want > most)
		want = most;
	if (want <= j->cap)
		return true;
	struct vg_json_tok *tok = realloc(j->tok, want * sizeof *tok);
	if (tok == NULL)
		return false;
	j->tok = tok;
	j->cap = (uint32_t)want;
	return true;
}

enum vg_json_fault vg_json_parse(struct vg_json *j, const char *text, size_t n,
				 size_t *at)
{
	*at = 0;
	if (n == 0)
		return VG_JSON_SYNTAX;
	if (n > UINT32_MAX - 1)
		return VG_JSON_SIZE;
	if (!reserve(j, n))
		return VG_JSON_MEMORY;

	j->text = text;
	struct reader r;
	r.p = text;
	r.end = text + n;
	r.j = j;
	r.tok = j->tok;
	r.n = r.values = 0;
	r.depth = 0;
	enum vg_json_fault f = read_document(&r);
	assert(r.n <= j->cap && r.p >= text && r.p <= r.end);
	j->n = r.n;
	if (f != VG_JSON_OK)
		*at = (size_t)(r.p - text);
	return f;
}
