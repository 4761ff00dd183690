/* PCRE2 stays in this file. */
#include "core/regex.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* PCRE2 counts steps anew at each place where a search starts, so that a text
 * of n bytes may take n times the limit. Here the search is part of the
 * pattern, and tied to the first byte: one count. */
static const char before[] = "(?s:.*?)(?:", after[] = ")";

enum { WRAPPED_MAX = VG_REGEX_MAX + sizeof before + sizeof after };

enum { OPTIONS = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C };

struct vg_regex {
	pcre2_code *code;
	pcre2_match_context *bounds;
};

static bool starts_with(const char *p, const char *end, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(end - p) >= n && memcmp(p, what, n) == 0;
}

/* Behind a class that starts at `p`; its first ] is a member. */
static const char *skip_class(const char *p, const char *end)
{
	p++;
	if (p < end && *p == '^')
		p++;
	if (p < end && *p == ']')
		p++;
	for (; p < end && *p != ']'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p;
}

/* The first construct that is refused, or NULL. */
static const char *find_refused(struct vg_slice pattern)
{
	static const char *const refused[] = {"(*", "(?R", "(?0", "(?C"};
	const char *end = pattern.p + pattern.n;

	for (const char *p = pattern.p; p < end; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '[')
			p = skip_class(p, end);
		else
			for (size_t i = 0;
			     i < sizeof refused / sizeof refused[0]; i++)
				if (starts_with(p, end, refused[i]))
					return refused[i];
	}
	return NULL;
}

static enum vg_rc fail(struct vg_err *err, int code, size_t at)
{
	PCRE2_UCHAR text[120];

	if (code == PCRE2_ERROR_NOMEMORY)
		return vg_err_set(err, VG_FATAL, "regex: out of memory");
	if (pcre2_get_error_message(code, text, sizeof text) < 0)
		snprintf((char *)text, sizeof text, "error %d", code);
	return vg_err_set(err, VG_INVAL, "at byte %zu of the pattern: %s", at,
			  (const char *)text);
}

/* Parentheses may nest VG_REGEX_NEST_MAX deep, in ours one more. */
static enum vg_rc compile(pcre2_code **out, struct vg_slice pattern,
			  uint32_t options, struct vg_err *err)
{
	bool is_ours = (options & PCRE2_ANCHORED) != 0;
	pcre2_compile_context *limits = pcre2_compile_context_create(NULL);
	PCRE2_SIZE at = 0;
	int code = 0;

	if (limits == NULL)
		return vg_err_set(err, VG_FATAL, "regex: out of memory");
	(void)pcre2_set_parens_nest_limit(limits, VG_REGEX_NEST_MAX + is_ours);
	*out = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n, options, &code,
			     &at, limits);
	pcre2_compile_context_free(limits);
	return *out == NULL ? fail(err, code, at) : VG_OK;
}

/* As it stands when it is tied to the start already; else as one search. */
static enum vg_rc compile_search(pcre2_code **out, struct vg_slice pattern,
				 uint32_t options, struct vg_err *err)
{
	char wrapped[WRAPPED_MAX];
	uint32_t found = 0;
	pcre2_code *alone = NULL;
	enum vg_rc rc = compile(&alone, pattern, options, err);

	if (rc != VG_OK)
		return rc;
	(void)pcre2_pattern_info(alone, PCRE2_INFO_ALLOPTIONS, &found);
	if ((found & PCRE2_ANCHORED) != 0) {
		*out = alone;
		return VG_OK;
	}
	pcre2_code_free(alone);
	int n = snprintf(wrapped, sizeof wrapped, "%s%.*s%s", before,
			 (int)pattern.n, pattern.p, after);
	assert(n > 0 && (size_t)n < sizeof wrapped);
	pattern = (struct vg_slice){.p = wrapped, .n = (uint32_t)n};
	rc = compile(out, pattern, options | PCRE2_ANCHORED, NULL);
	if (rc == VG_INVAL)
		rc = vg_err_set(err, VG_INVAL,
				"the pattern ends within a comment or a \\Q; "
				"end it");
	return rc;
}

enum vg_rc vg_regex_new(struct vg_regex **out, struct vg_slice pattern,
			bool ignore_case, struct vg_err *err)
{
	uint32_t options = OPTIONS | (ignore_case ? PCRE2_CASELESS : 0u);
	const char *refused;
	struct vg_regex *r;
	enum vg_rc rc;

	if (pattern.n == 0 || pattern.n > VG_REGEX_MAX ||
	    memchr(pattern.p, '\0', pattern.n) != NULL)
		return vg_err_set(err, VG_INVAL, "a pattern has 1 to %d bytes",
				  (int)VG_REGEX_MAX);
	refused = find_refused(pattern);
	if (refused != NULL)
		return vg_err_set(err, VG_INVAL,
				  "`%s` is not taken in a pattern", refused);
	r = calloc(1, sizeof *r);
	if (r == NULL)
		return vg_err_set(err, VG_FATAL, "regex: out of memory");
	rc = compile_search(&r->code, pattern, options, err);
	if (rc == VG_OK)
		r->bounds = pcre2_match_context_create(NULL);
	if (rc == VG_OK && r->bounds == NULL)
		rc = vg_err_set(err, VG_FATAL, "regex: out of memory");
	if (rc != VG_OK) {
		vg_regex_free(r);
		return rc;
	}
	(void)pcre2_set_match_limit(r->bounds, VG_REGEX_STEPS);
	(void)pcre2_set_depth_limit(r->bounds, VG_REGEX_STEPS);
	(void)pcre2_set_heap_limit(r->bounds, VG_REGEX_HEAP_KIB);
	*out = r;
	return VG_OK;
}

void vg_regex_free(struct vg_regex *r)
{
	if (r == NULL)
		return;
	pcre2_match_context_free(r->bounds);
	pcre2_code_free(r->code);
	free(r);
}

enum vg_found vg_regex_find(const struct vg_regex *r, struct vg_slice text)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int rc;

	if (data == NULL)
		return VG_FOUND_LIMIT;
	rc = pcre2_match(r->code, (PCRE2_SPTR)(text.n > 0 ? text.p : ""),
			 text.n, 0, 0, data, r->bounds);
	pcre2_match_data_free(data);
	if (rc >= 0)
		return VG_FOUND_YES;
	return rc == PCRE2_ERROR_NOMATCH ? VG_FOUND_NO : VG_FOUND_LIMIT;
}
