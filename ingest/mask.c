#include "ingest/mask.h"

#include "core/defect.h"
#include "ingest/mask_scan.h"

#include <string.h>

enum { NAME_MAX_BYTES = 96 };

bool vg_mask_range(char *p, size_t from, size_t to)
{
	bool changed = false;

	for (size_t i = from; i < to; i++) {
		changed = changed || p[i] != '*';
		p[i] = '*';
	}
	return changed;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' ||
	       (unsigned char)c >= 0x80;
}

/* Backslashes before position `i`. */
static size_t slashes(const char *p, size_t i)
{
	size_t n = 0;

	while (n < i && p[i - 1 - n] == '\\')
		n++;
	return n;
}

/* The name that ends before the separator at `i`; *quoted when it stands in
 * quotes, which may be escaped. */
static struct vg_slice name_before(const char *p, size_t i, bool *quoted)
{
	while (i > 0 && is_space(p[i - 1]))
		i--;
	*quoted = i > 0 && is_quote(p[i - 1]);
	if (*quoted) {
		char quote = p[--i];
		i -= slashes(p, i);
		size_t from = i;
		while (from > 0 && i - from < NAME_MAX_BYTES &&
		       p[from - 1] != quote)
			from--;
		return (struct vg_slice){p + from, (uint32_t)(i - from)};
	}
	size_t from = i;
	while (from > 0 && i - from < NAME_MAX_BYTES && is_name(p[from - 1]))
		from--;
	return (struct vg_slice){p + from, (uint32_t)(i - from)};
}

/* The end of a string whose opening quote is at `i`, behind `k` backslashes:
 * the closing quote, or `n` when it is cut off. */
static size_t string_end(const char *p, size_t n, size_t i, size_t k)
{
	for (size_t e = i + 1; e < n; e++) {
		if (p[e] != p[i])
			continue;
		size_t before = slashes(p, e);
		if (before > e - i - 1)
			before = e - i - 1;
		if (k == 0 ? before % 2 == 0 : before == k)
			return e - k;
	}
	return n;
}

/* Mask a list or an object from its bracket at `i`, structure left; returns
 * the position behind it. */
static size_t mask_group(char *p, size_t n, size_t i, bool *changed)
{
	int depth = 0;

	for (; i < n; i++) {
		if (p[i] == '[' || p[i] == '{')
			depth++;
		else if (p[i] == ']' || p[i] == '}')
			depth--;
		else if (strchr("\",: \t\n", p[i]) == NULL)
			*changed |= vg_mask_range(p, i, i + 1);
		if (depth == 0)
			return i + 1;
	}
	return n;
}

/* Where a value without quotes ends. A header's runs to the end of its line,
 * as "Basic x" has a space. */
static size_t bare_end(const char *p, size_t n, size_t i, bool line)
{
	while (i < n && !ends_line(p[i]) && p[i] != '"' && p[i] != '\\' &&
	       p[i] != '\0' && (line || strchr(" \t,;&)}]'|", p[i]) == NULL))
		i++;
	return i;
}

/* Mask the value that begins behind a separator; the position behind it. */
static size_t mask_value(char *p, size_t n, size_t i, bool line, bool *changed)
{
	while (i < n && (is_space(p[i]) || ends_line(p[i]) || p[i] == '=' ||
			 p[i] == ':'))
		i++;
	size_t at = i;
	while (at < n && p[at] == '\\')
		at++;
	if (at < n && is_quote(p[at])) {
		size_t end = string_end(p, n, at, at - i);
		*changed |= vg_mask_range(p, at + 1, end > at ? end : at + 1);
		return end > at ? end : at + 1;
	}
	if (i < n && (p[i] == '[' || p[i] == '{'))
		return mask_group(p, n, i, changed);
	size_t end = bare_end(p, n, i, line);
	*changed |= vg_mask_range(p, i, end);
	return end;
}

/* Mask user information behind the "//" at `i`; the position to go on from. */
static size_t mask_userinfo(char *p, size_t n, size_t i, bool *changed)
{
	size_t from = i + 2, at = 0;

	for (i = from; i < n && strchr("/?#\"' \t\r\n", p[i]) == NULL; i++) {
		if (p[i] == '@')
			at = i;
	}
	if (at > from)
		*changed |= vg_mask_range(p, from, at);
	return i;
}

/* True when an option (--password) ends before the space at `i`. */
static bool is_option(const char *p, size_t i, struct vg_slice *name)
{
	bool quoted = false;

	*name = name_before(p, i, &quoted);
	return !quoted && name->n > 1 && name->p[0] == '-';
}

/* What the separator at `i` calls for; the position to go on from. */
static size_t at_separator(char *p, size_t n, size_t i, bool record,
			   bool *changed)
{
	bool quoted = false, line = false;
	struct vg_slice name;

	if (p[i] == ':' && i + 2 < n && p[i + 1] == '/' && p[i + 2] == '/')
		return mask_userinfo(p, n, i + 1, changed);
	if (p[i] == ' ') {
		if (!is_option(p, i, &name) || !vg_mask_is_secret(name, &line))
			return i + 1;
		return mask_value(p, n, i + 1, false, changed);
	}
	name = name_before(p, i, &quoted);
	if (vg_mask_is_secret(name, &line) ||
	    (quoted && memchr(name.p, '\\', name.n) != NULL) ||
	    (record && quoted && vg_mask_is_quoting(name)))
		return mask_value(p, n, i + 1, line, changed);
	return i + 1;
}

static bool mask(char *p, size_t n, bool record)
{
	bool changed = false;

	for (size_t i = 0; i < n;) {
		if (p[i] == ':' || p[i] == '=' || (p[i] == ' ' && i > 0))
			i = at_separator(p, n, i, record, &changed);
		else
			i++;
	}
	return changed;
}

bool vg_mask(char *p, size_t n)
{
	return mask(p, n, false);
}

bool vg_mask_needed(struct vg_slice text)
{
	bool line;

	if (text.n == 0 || (memchr(text.p, '=', text.n) == NULL &&
			    memchr(text.p, ':', text.n) == NULL &&
			    memchr(text.p, '-', text.n) == NULL))
		return false;
	for (uint32_t i = 1; i < text.n; i++) {
		char c = text.p[i];
		struct vg_slice name;
		bool quoted;

		if (c == '=' || c == ':') {
			name = name_before(text.p, i, &quoted);
			if (vg_mask_is_secret(name, &line))
				return true;
		} else if (c == ' ' && is_option(text.p, i, &name) &&
			   vg_mask_is_secret(name, &line)) {
			return true;
		}
	}
	return false;
}

/* JSON's members that quote are mask()'s: a CEF text among them too. */
static bool mask_text(char *p, size_t n)
{
	bool is_raw = n > 0 && p[0] != '{' && p[0] != '[';
	bool changed = is_raw && vg_mask_cef(p, n);

	return mask(p, n, true) || changed;
}

bool vg_mask_record(char *p, size_t n)
{
	if (VG_DEFECT("mask-off"))
		return false;
	switch (vg_mask_form(p, n)) {
	case VG_MASK_OPAQUE:
		return vg_mask_range(p, 0, n);
	case VG_MASK_TSV:
		return vg_mask_tsv(p, n);
	default:
		return mask_text(p, n);
	}
}
