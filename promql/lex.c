#include "promql/lex.h"

#include "core/text.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { NUMBER_MAX = 64 };

static const int64_t MS_MAX = INT64_C(3155760000000); /* 100 years */

enum vg_rc vg_pq_fault(struct vg_err *err, struct vg_slice text, size_t at,
		       const char *fmt, ...)
{
	char what[sizeof err->text];
	size_t line = 1, column = 1;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < at && i < text.n; i++) {
		column = text.p[i] == '\n' ? 1 : column + 1;
		line += text.p[i] == '\n';
	}
	return vg_err_set(err, VG_INVAL, "%zu:%zu: parse error: %.*s", line,
			  column, (int)sizeof what - 48, what);
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == ':';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char at(const struct vg_pq_lexer *l, size_t i)
{
	return l->at + i < l->text.n ? l->text.p[l->at + i] : '\0';
}

static void skip_space(struct vg_pq_lexer *l)
{
	while (l->at < l->text.n) {
		char c = at(l, 0);

		if (c == '#')
			while (l->at < l->text.n && at(l, 0) != '\n')
				l->at++;
		else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			l->at++;
		else
			return;
	}
}

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
	{"y", INT64_C(365) * 86400000},
	{"w", 7 * 86400000},
	{"d", 86400000},
	{"h", 3600000},
	{"m", 60000},
	{"s", 1000},
	{"ms", 1},
};

enum { UNITS = sizeof units / sizeof *units };

/* The unit at `p`, after number `last`; UNITS when there is none. */
static size_t unit_at(const char *p, size_t n, size_t from)
{
	size_t len = 0;

	while (len < n && p[len] >= 'a' && p[len] <= 'z')
		len++;
	for (size_t i = from; i < UNITS; i++)
		if (strlen(units[i].name) == len &&
		    memcmp(units[i].name, p, len) == 0)
			return i;
	return UNITS;
}

bool vg_pq_duration(struct vg_slice s, int64_t *ms)
{
	int64_t sum = 0;
	size_t i = 0, from = 0;

	while (i < s.n) {
		int64_t n = 0;
		size_t digits = i, unit;

		for (; i < s.n && is_digit(s.p[i]); i++)
			if ((n = n * 10 + (s.p[i] - '0')) > MS_MAX)
				return false;
		unit = unit_at(s.p + i, s.n - i, from);
		if (i == digits || unit == UNITS)
			return false;
		if (n > (MS_MAX - sum) / units[unit].ms)
			return false;
		sum += n * units[unit].ms;
		i += strlen(units[unit].name);
		from = unit + 1;
	}
	*ms = sum;
	return s.n > 0;
}

static enum vg_rc read_number(struct vg_pq_lexer *l, struct vg_pq_token *t,
			      struct vg_err *err)
{
	char text[NUMBER_MAX], *end;
	size_t n = 0;

	while (is_digit(at(l, n)) || at(l, n) == '.' ||
	       (is_alpha(at(l, n)) && at(l, n) != ':') ||
	       ((at(l, n) == '+' || at(l, n) == '-') && n > 0 &&
		(at(l, n - 1) == 'e' || at(l, n - 1) == 'E') &&
		strncasecmp(l->text.p + l->at, "0x", 2) != 0))
		n++;
	t->text = (struct vg_slice){l->text.p + l->at, (uint32_t)n};
	l->at += n;
	if (vg_pq_duration(t->text, &t->ms)) {
		t->kind = VG_PQ_DURATION;
		return VG_OK;
	}
	t->kind = VG_PQ_NUM;
	if (n < sizeof text) {
		memcpy(text, t->text.p, n);
		text[n] = '\0';
		t->number = strtod(text, &end);
		if (end == text + n)
			return VG_OK;
	}
	return vg_pq_fault(err, l->text, t->at,
			   "bad number or duration syntax: \"%.*s\"",
			   n < NUMBER_MAX ? (int)n : NUMBER_MAX, t->text.p);
}

/* The byte that escape `c` stands for; '\0' when it is none. */
static char escaped(char c)
{
	static const char from[] = "abfnrtv\\'\"", to[] = "\a\b\f\n\r\t\v\\'\"";
	const char *found = c != '\0' ? strchr(from, c) : NULL;

	return found != NULL ? to[found - from] : '\0';
}

static enum vg_rc read_text(struct vg_pq_lexer *l, struct vg_pq_token *t,
			    struct vg_err *err)
{
	char quote = at(l, 0);
	char *out = vg_arena_alloc(l->arena, l->text.n - l->at + 1);
	uint32_t n = 0;

	if (out == NULL)
		return vg_err_set(err, VG_FATAL, "promql: out of memory");
	for (l->at++; l->at < l->text.n && at(l, 0) != quote; l->at++) {
		char c = at(l, 0);

		if (c == '\\' && quote != '`') {
			l->at++;
			if (at(l, 0) == 'x' && vg_text_hex(at(l, 1)) >= 0 &&
			    vg_text_hex(at(l, 2)) >= 0) {
				c = (char)(vg_text_hex(at(l, 1)) * 16 +
					   vg_text_hex(at(l, 2)));
				l->at += 2;
			} else {
				c = escaped(at(l, 0));
			}
			if (c == '\0')
				return vg_pq_fault(err, l->text, l->at,
						   "unknown escape sequence");
		} else if (c == '\n' && quote != '`') {
			break;
		}
		out[n++] = c;
	}
	if (at(l, 0) != quote)
		return vg_pq_fault(err, l->text, t->at,
				   "unterminated quoted string");
	l->at++;
	t->kind = VG_PQ_TEXT;
	t->text = (struct vg_slice){out, n};
	return VG_OK;
}

static enum vg_rc read_sign(struct vg_pq_lexer *l, struct vg_pq_token *t,
			    struct vg_err *err)
{
	static const char *const signs[] = {"==", "!=", "<=", ">=", "=~", "!~",
					    "(",  ")",	"{",  "}",  "[",  "]",
					    ",",  "+",	"-",  "*",  "/",  "%",
					    "^",  "<",	">",  "=",  "@",  ":"};

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		size_t n = strlen(signs[i]);

		if (l->text.n - l->at < n ||
		    memcmp(l->text.p + l->at, signs[i], n) != 0)
			continue;
		t->kind = VG_PQ_SIGN;
		t->text = vg_slice_of(signs[i]);
		l->at += n;
		return VG_OK;
	}
	return vg_pq_fault(err, l->text, l->at, "unexpected character: 0x%02x",
			   (unsigned)(unsigned char)at(l, 0));
}

enum vg_rc vg_pq_next(struct vg_pq_lexer *l, struct vg_pq_token *out,
		      struct vg_err *err)
{
	char c;

	skip_space(l);
	*out = (struct vg_pq_token){.kind = VG_PQ_END, .at = l->at};
	assert(l->at <= l->text.n);
	if (l->at == l->text.n)
		return VG_OK;
	c = at(l, 0);
	if (is_digit(c) || (c == '.' && is_digit(at(l, 1))))
		return read_number(l, out, err);
	if (c == '"' || c == '\'' || c == '`')
		return read_text(l, out, err);
	if (!is_alpha(c) || c == ':')
		return read_sign(l, out, err);
	out->kind = VG_PQ_WORD;
	out->text.p = l->text.p + l->at;
	while (is_alpha(at(l, 0)) || is_digit(at(l, 0))) {
		out->text.n++;
		l->at++;
	}
	return VG_OK;
}
