/*
 * The grammar in one pass without recursion: a stack of at most
 * VG_JSON_DEPTH_MAX open containers, and a token array that is made large
 * enough before the first byte is read, so that adding a token checks nothing.
 *
 * Each read_*() takes the place where it starts and returns the place behind
 * what it read, or NULL after fail(): the place stays in a register.
 */
#include "core/json_parts.h"

#include "core/defect.h"
#include "core/json_scan.h"
#include "core/limits.h"

#include <assert.h>
#include <stdlib.h>

/* Up to this many members a key is compared with those before it, when its bit
 * of the filter is set already; a larger object is checked when it closes. */
enum { SMALL_MEMBERS = 24 };

struct open {
	uint32_t tok;
	bool escaped;	    /* some key has an escape */
	uint64_t filter[8]; /* a bit for each key's quick hash */
};

struct reader {
	const char *text, *end;
	struct vg_json *j;
	struct vg_json_tok *tok; /* j->tok */
	uint32_t n;		 /* tokens so far */
	uint32_t values;	 /* tokens that are not keys */
	unsigned depth;
	enum vg_json_fault fault;
	const char *at; /* of the fault */
	struct open open[VG_JSON_DEPTH_MAX];
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

static const char *fail(struct reader *r, const char *p, enum vg_json_fault f)
{
	assert(f != VG_JSON_OK);
	r->fault = f;
	r->at = p;
	return NULL;
}

static inline bool is(const struct reader *r, const char *p, unsigned class)
{
	return p < r->end && class_of[(uint8_t)*p] == class;
}

static inline bool is_char(const struct reader *r, const char *p, char c)
{
	return p < r->end && *p == c;
}

static inline const char *skip_space(const struct reader *r, const char *p)
{
	while (is(r, p, SPACE))
		p++;
	return p;
}

static inline struct vg_json_tok *add_token(struct reader *r,
					    enum vg_json_type type,
					    const char *begin, const char *end)
{
	assert(r->n < r->j->cap);
	struct vg_json_tok *t = &r->tok[r->n++];
	t->type = (uint8_t)type;
	t->escaped = t->integer = 0;
	t->start = (uint32_t)(begin - r->text);
	t->len = (uint32_t)(end - begin);
	t->count = 0;
	t->next = r->n;
	return t;
}

/* The rest of a string that is not all plain ASCII, up to its closing quote. */
static const char *finish_string(struct reader *r, const char *p, bool *escaped)
{
	enum vg_json_fault f = vg_json_text_scan(&p, r->end, escaped);

	return f == VG_JSON_OK ? p : fail(r, p, f);
}

/* A string, from its opening quote. */
static inline const char *read_string(struct reader *r, const char *p)
{
	const char *begin = p + 1;
	bool escaped = false;

	p = vg_json_skip_plain(begin, r->end);
	if (!is_char(r, p, '"')) {
		p = finish_string(r, p, &escaped);
		if (p == NULL)
			return NULL;
	}
	add_token(r, VG_JSON_STRING, begin, p)->escaped = escaped;
	return p + 1;
}

static inline const char *skip_digits(const struct reader *r, const char *p)
{
	while (is(r, p, DIGIT))
		p++;
	return p;
}

static bool is_safe_integer(const char *digits, const char *end)
{
	uint64_t v = 0;

	if (end - digits > SAFE_DIGITS + 1)
		return false;
	for (; digits < end; digits++)
		v = v * 10 + (uint64_t)(*digits - '0');
	return v <= SAFE_MAX;
}

/* What follows the integer part, ".5" or "e-3" or both. */
static const char *read_tail(struct reader *r, const char *p)
{
	if (is_char(r, p, '.')) {
		const char *digits = ++p;
		p = skip_digits(r, p);
		if (p == digits)
			return fail(r, p, VG_JSON_SYNTAX);
	}
	if (is_char(r, p, 'e') || is_char(r, p, 'E')) {
		p++;
		if (is_char(r, p, '+') || is_char(r, p, '-'))
			p++;
		const char *digits = p;
		p = skip_digits(r, p);
		if (p == digits)
			return fail(r, p, VG_JSON_SYNTAX);
	}
	return p;
}

static const char *read_number(struct reader *r, const char *p)
{
	const char *begin = p;

	if (*p == '-')
		p++;
	const char *digits = p;
	p = skip_digits(r, p);
	if (p == digits)
		return fail(r, p, VG_JSON_SYNTAX);
	if (*digits == '0' && p - digits > 1)
		return fail(r, digits + 1, VG_JSON_SYNTAX);

	bool integer = !is_char(r, p, '.') && !is_char(r, p, 'e') &&
		       !is_char(r, p, 'E');
	if (integer) {
		if (p - digits > SAFE_DIGITS && !is_safe_integer(digits, p))
			return fail(r, begin, VG_JSON_RANGE);
	} else {
		p = read_tail(r, p);
		if (p == NULL)
			return NULL;
		if (!vg_json_number_finite(begin, (size_t)(p - begin)))
			return fail(r, begin, VG_JSON_RANGE);
	}
	add_token(r, VG_JSON_NUMBER, begin, p)->integer = integer;
	return p;
}

static const char *read_word(struct reader *r, const char *p, const char *word,
			     enum vg_json_type type)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - p) < n || memcmp(p, word, n) != 0)
		return fail(r, p, VG_JSON_SYNTAX);
	(void)add_token(r, type, p, p + n);
	return p + n;
}

/* True when the newest token is the second key of its name in the innermost
 * object, as far as it can be told now. */
static inline bool is_second(struct reader *r)
{
	struct open *o = &r->open[r->depth - 1];
	uint32_t key = r->n - 1;
	const struct vg_json_tok *t = &r->tok[key];
	unsigned h = vg_json_quick_hash(r->text + t->start, t->len);
	uint64_t bit = UINT64_C(1) << (h & 63);
	bool seen = (o->filter[h >> 6] & bit) != 0;

	o->filter[h >> 6] |= bit;
	if (t->escaped)
		o->escaped = true;
	return seen && r->tok[o->tok].count < SMALL_MEMBERS &&
	       !VG_DEFECT("json-duplicate-keys-off") &&
	       vg_json_key_seen(r->j, o->tok, key);
}

/* `"key" :` and the space up to the value. */
static inline const char *read_key(struct reader *r, const char *p)
{
	const char *begin = p;

	if (!is_char(r, p, '"'))
		return fail(r, p, VG_JSON_SYNTAX);
	p = read_string(r, p);
	if (p == NULL)
		return NULL;
	if (is_second(r))
		return fail(r, begin + 1, VG_JSON_DUPKEY);
	p = skip_space(r, p);
	if (!is_char(r, p, ':'))
		return fail(r, p, VG_JSON_SYNTAX);
	return skip_space(r, p + 1);
}

/* The closing bracket of the innermost container. */
static const char *close_container(struct reader *r, const char *p)
{
	const struct open *o = &r->open[r->depth - 1];
	struct vg_json_tok *t = &r->tok[o->tok];
	bool object = t->type == VG_JSON_OBJECT;

	if (*p != (object ? '}' : ']'))
		return fail(r, p, VG_JSON_SYNTAX);
	t->next = r->n;
	t->len = (uint32_t)(p + 1 - r->text) - t->start;
	if (o->escaped || (object && t->count > SMALL_MEMBERS)) {
		uint32_t dup = 0;
		enum vg_json_fault f = vg_json_keys_check(r->j, o->tok, &dup);
		if (f != VG_JSON_OK)
			return fail(r, r->text + r->tok[dup].start, f);
	}
	r->depth--;
	return p + 1;
}

/* An opening bracket, and the key of the first member. *empty when the
 * container ends at once. */
static inline const char *open_container(struct reader *r, const char *p,
					 bool *empty)
{
	bool object = *p == '{';

	if (r->depth == VG_JSON_DEPTH_MAX ||
	    (VG_DEFECT("json-depth-one-less") && r->depth > 30))
		return fail(r, p, VG_JSON_DEPTH);
	r->open[r->depth++] = (struct open){.tok = r->n};
	(void)add_token(r, object ? VG_JSON_OBJECT : VG_JSON_ARRAY, p, p);
	p = skip_space(r, p + 1);
	*empty = is_char(r, p, '}') || is_char(r, p, ']');
	if (*empty)
		return close_container(r, p);
	return object ? read_key(r, p) : p;
}

/* After a whole value: close what ends here, up to the next value. */
static inline const char *read_after(struct reader *r, const char *p)
{
	while (p != NULL && r->depth > 0) {
		struct vg_json_tok *t = &r->tok[r->open[r->depth - 1].tok];
		t->count++;
		p = skip_space(r, p);
		if (p == r->end)
			return fail(r, p, VG_JSON_SYNTAX);
		if (*p == ',') {
			p = skip_space(r, p + 1);
			return t->type == VG_JSON_OBJECT ? read_key(r, p) : p;
		}
		p = close_container(r, p);
	}
	return p;
}

/* A scalar whole, or the opening of a container. */
static inline const char *read_value(struct reader *r, const char *p,
				     bool *whole)
{
	*whole = true;
	if (p == r->end)
		return fail(r, p, VG_JSON_SYNTAX);
	if (r->values++ == VG_JSON_TOKENS_MAX)
		return fail(r, p, VG_JSON_SIZE);
	switch (*p) {
	case '"':
		return read_string(r, p);
	case '{':
	case '[':
		return open_container(r, p, whole);
	case 't':
		return read_word(r, p, "true", VG_JSON_TRUE);
	case 'f':
		return read_word(r, p, "false", VG_JSON_FALSE);
	case 'n':
		return read_word(r, p, "null", VG_JSON_NULL);
	default:
		return read_number(r, p);
	}
}

static const char *read_document(struct reader *r, const char *p)
{
	bool whole;

	p = skip_space(r, p);
	do {
		p = read_value(r, p, &whole);
		if (p != NULL && whole)
			p = read_after(r, p);
	} while (p != NULL && r->depth > 0);
	if (p == NULL)
		return NULL;
	p = skip_space(r, p);
	return p == r->end ? p : fail(r, p, VG_JSON_TRAIL);
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
	j->n = 0;
	if (n == 0)
		return VG_JSON_SYNTAX;
	if (n >= UINT32_MAX)
		return VG_JSON_SIZE;
	if (!reserve(j, n))
		return VG_JSON_MEMORY;

	j->text = text;
	struct reader r; /* not zeroed: the stack is a large part of it */
	r.text = text;
	r.end = text + n;
	r.j = j;
	r.tok = j->tok;
	r.n = r.values = 0;
	r.depth = 0;
	r.fault = VG_JSON_OK;
	if (read_document(&r, text) == NULL) {
		assert(r.at >= text && r.at <= r.end);
		*at = (size_t)(r.at - text);
		return r.fault;
	}
	assert(r.n <= j->cap);
	j->n = r.n;
	return VG_JSON_OK;
}
