#include "aggregate/glob.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static bool fits(const char *pattern, const char *text)
{
	char glob[VG_GLOB_MAX + 2];
	size_t n = vg_glob_compile(glob, vg_slice_of(pattern), VG_GLOB_WILDCARD,
				   false);

	return vg_glob_fits((struct vg_slice){glob, (uint32_t)n},
			    vg_slice_of(text), false);
}

static bool has_form(enum vg_glob_form form, bool fold, const char *pattern,
		     const char *text)
{
	char glob[VG_GLOB_MAX + 2];
	size_t n = vg_glob_compile(glob, vg_slice_of(pattern), form, fold);

	return vg_glob_fits((struct vg_slice){glob, (uint32_t)n},
			    vg_slice_of(text), fold);
}

Test(glob, fits_the_whole_text)
{
	cr_assert(fits("abc", "abc"));
	cr_assert(not(fits("abc", "abcd")));
	cr_assert(not(fits("abc", "ab")));
	cr_assert(fits("a*c", "ac"));
	cr_assert(fits("a*c", "abbbc"));
	cr_assert(not(fits("a*c", "abbbcd")));
	cr_assert(fits("*", ""));
	cr_assert(fits("**", "abc"));
	cr_assert(fits("", ""));
	cr_assert(not(fits("?", "")));
	cr_assert(fits("a?c", "abc"));
	cr_assert(not(fits("a?c", "ac")));
	cr_assert(fits("*.example.com", "www.example.com"));
	cr_assert(not(fits("*.example.com", "example.com")));
	cr_assert(fits("*a*b*c*", "xxaxxbxxcxx"));
	cr_assert(not(fits("*a*b*c*", "xxaxxcxxbxx")));
}

Test(glob, a_question_mark_is_a_character_not_a_byte)
{
	cr_assert(fits("?", "\xd8\xb2"));
	cr_assert(not(fits("??", "\xd8\xb2")));
	cr_assert(fits("a?b", "a\xf0\x9f\x98\x80"
			      "b"));
	cr_assert(fits("*?b", "\xd8\xb2"
			      "b"));
}

Test(glob, an_escaped_wildcard_is_itself)
{
	cr_assert(fits("a\\*c", "a*c"));
	cr_assert(not(fits("a\\*c", "abc")));
	cr_assert(fits("\\?", "?"));
	cr_assert(not(fits("\\?", "x")));
	cr_assert(fits("\\\\*", "\\abc"));
	cr_assert(fits("C:\\Users\\*", "C:\\Users*"));
	cr_assert(fits("C:\\Users\\\\*", "C:\\Users\\me"));
	cr_assert(fits("a\\", "a\\"));
}

Test(glob, other_forms_know_no_wildcards)
{
	cr_assert(has_form(VG_GLOB_PREFIX, false, "a*", "a*b"));
	cr_assert(not(has_form(VG_GLOB_PREFIX, false, "a*", "abb")));
	cr_assert(has_form(VG_GLOB_SUFFIX, false, "?b", "a?b"));
	cr_assert(not(has_form(VG_GLOB_SUFFIX, false, "?b", "aab")));
	cr_assert(has_form(VG_GLOB_CONTAINS, false, "\\*", "a\\*b"));
	cr_assert(has_form(VG_GLOB_CONTAINS, false, "ab", "ab"));
	cr_assert(not(has_form(VG_GLOB_CONTAINS, false, "ab", "ba")));
	cr_assert(has_form(VG_GLOB_WHOLE, false, "a*", "a*"));
	cr_assert(not(has_form(VG_GLOB_WHOLE, false, "a*", "ab")));
}

Test(glob, ignores_the_case_of_ascii_letters_where_it_is_told_to)
{
	cr_assert(has_form(VG_GLOB_WHOLE, true, "PowerShell", "POWERSHELL"));
	cr_assert(has_form(VG_GLOB_WILDCARD, true, "P*L", "powershell"));
	cr_assert(not(has_form(VG_GLOB_WHOLE, false, "a", "A")));
	cr_assert(not(has_form(VG_GLOB_WHOLE, true, "@[", "`{")));
	cr_assert(not(has_form(VG_GLOB_WHOLE, true, "\xc3\x89", "\xc3\xa9")));
}

/* By definition: try every length for each *. */
static bool slow(const char *p, const char *t)
{
	if (*p == '\0')
		return *t == '\0';
	if (*p == '*')
		return slow(p + 1, t) || (*t != '\0' && slow(p, t + 1));
	return *t != '\0' && (*p == '?' || *p == *t) && slow(p + 1, t + 1);
}

Test(glob, agrees_with_its_definition)
{
	static const char in_pattern[] = "ab*?", in_text[] = "ab";
	uint64_t s = 11;
	unsigned yes = 0;

	for (int i = 0; i < 200000; i++) {
		char p[8] = "", t[10] = "";

		s = s * 6364136223846793005u + 1442695040888963407u;
		unsigned n = (unsigned)(s >> 61), m = (unsigned)(s >> 58) & 7;
		for (unsigned k = 0; k < n; k++)
			p[k] = in_pattern[s >> (8 + 2 * k) & 3];
		for (unsigned k = 0; k < m; k++)
			t[k] = in_text[s >> (24 + k) & 1];
		cr_assert(eq(int, fits(p, t), slow(p, t)), "`%s` `%s`", p, t);
		yes += slow(p, t);
	}
	cr_assert(gt(uint, yes, 10000));
	cr_assert(lt(uint, yes, 190000));
}

Test(glob, a_dash_is_every_sign_that_begins_an_option)
{
	cr_assert(fits("a \xfdx", "a -x"));
	cr_assert(fits("a \xfdx", "a /x"));
	cr_assert(fits("a \xfdx", "a \xe2\x80\x93x"));
	cr_assert(fits("a \xfdx", "a \xe2\x80\x95x"));
	cr_assert(not(fits("a \xfdx", "a \xe2\x80\x92x")));
	cr_assert(not(fits("a \xfdx", "a \\x")));
	cr_assert(fits("*\xfdx*", "a--xb"));
	cr_assert(not(fits("*\xfdx", "a-")));
	cr_assert(not(fits("*\xfd", "")));
	cr_assert(not(fits("\xfd", "\xe2\x80")));
}
