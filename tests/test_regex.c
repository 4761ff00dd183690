#include "core/regex.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct vg_regex *regex;
static struct vg_err err;

static void finish(void)
{
	vg_regex_free(regex);
}

TestSuite(regex, .fini = finish);

static enum vg_rc compile(const char *pattern, bool ignore_case)
{
	vg_regex_free(regex);
	regex = NULL;
	err.text[0] = '\0';
	return vg_regex_new(&regex, vg_slice_of(pattern), ignore_case, &err);
}

static int find(const char *pattern, const char *text)
{
	cr_assert(compile(pattern, false) == VG_OK, "%s: %s", pattern,
		  err.text);
	return (int)vg_regex_find(regex, vg_slice_of(text));
}

static bool refused(const char *pattern, const char *why)
{
	enum vg_rc rc = compile(pattern, false);

	if (strstr(err.text, why) == NULL)
		cr_log_error("`%s` lacks `%s`", err.text, why);
	return rc == VG_INVAL && regex == NULL && strstr(err.text, why) != NULL;
}

Test(regex, is_found_anywhere_unless_it_is_tied)
{
	cr_assert(eq(int, find("b+c", "aabbcc"), VG_FOUND_YES));
	cr_assert(eq(int, find("^b", "ab"), VG_FOUND_NO));
	cr_assert(eq(int, find("^a", "ab"), VG_FOUND_YES));
	cr_assert(eq(int, find("a$", "ab"), VG_FOUND_NO));
	cr_assert(eq(int, find("b$", "ab"), VG_FOUND_YES));
	cr_assert(eq(int, find("x|^b|c$", "abc"), VG_FOUND_YES));
	cr_assert(eq(int, find("^$", ""), VG_FOUND_YES));
	cr_assert(eq(int, find("a", ""), VG_FOUND_NO));
}

Test(regex, means_the_same_behind_what_is_put_before_it)
{
	cr_assert(eq(int, find("(a)(b)\\2\\1", "xabba"), VG_FOUND_YES));
	cr_assert(eq(int, find("(a)(b)\\1\\2", "xabba"), VG_FOUND_NO));
	cr_assert(eq(int, find("a.c", "xa\ncx"), VG_FOUND_NO));
	cr_assert(eq(int, find("c", "a\nb\nc"), VG_FOUND_YES));
	cr_assert(eq(int, find("(?<=b)c", "abc"), VG_FOUND_YES));
	cr_assert(eq(int, find("\\bc", "abc"), VG_FOUND_NO));
	cr_assert(eq(int, find("(?i)B", "abc"), VG_FOUND_YES));
	cr_assert(eq(int, find("(?x) b # a comment\n c", "abc"), VG_FOUND_YES));
	cr_assert(eq(int, find("(?m)^b$", "a\nb\nc"), VG_FOUND_YES));
}

Test(regex, the_end_is_the_very_end)
{
	cr_assert(eq(int, find("a$", "a\n"), VG_FOUND_NO));
}

Test(regex, sees_characters_not_bytes)
{
	cr_assert(eq(int, find("^.$", "\xd8\xb2"), VG_FOUND_YES));
	cr_assert(eq(int, find("^[\xd8\xb1-\xd8\xb3]$", "\xd8\xb2"),
		     VG_FOUND_YES));
	cr_assert(eq(int, find("\\d", "\xd9\xa3"), VG_FOUND_NO));
}

Test(regex, ignores_case_where_it_is_told_to)
{
	cr_assert(eq(int, compile("\xc3\x89ta", true), VG_OK));
	cr_assert(eq(int, vg_regex_find(regex, vg_slice_of("\xc3\xa9TA")),
		     VG_FOUND_YES));
	cr_assert(eq(int, find("eta", "ETA"), VG_FOUND_NO));
}

Test(regex, text_that_is_not_utf8_has_no_answer)
{
	cr_assert(eq(int, find("a", "\xff"), VG_FOUND_LIMIT));
}

/* Each would take longer than the world will last. */
Test(regex, no_catastrophe_takes_more_than_its_steps)
{
	static const char *const pattern[] = {
		"(a+)+$",
		"^(a+)+$",
		"(a|aa)+$",
		"(a*)*[0-9]",
		"(a|a)*[0-9]",
		"(.*a){20}$",
		"(?:a?){30}a{30}[c-e]",
		"^(([a-z])+.)+[A-Z]$",
		"(a+){10}\\1[0-9]",
		"(?=(a+)+[0-9])c?",
		"(a*?)*?[0-9]",
		"(?:(?:a+)+)+[^a][0-9]",
	};
	char text[1025];

	memset(text, 'a', sizeof text);
	text[1023] = 'b';
	text[1024] = '\0';
	for (size_t i = 0; i < sizeof pattern / sizeof *pattern; i++)
		cr_expect(find(pattern[i], text) == VG_FOUND_LIMIT, "%s",
			  pattern[i]);
}

Test(regex, steps_are_counted_over_the_whole_search)
{
	static char text[2048];

	/* From each of 2,000 places some 20 steps: few each, many in all. */
	memset(text, 'a', sizeof text - 1);
	cr_assert(eq(int, find("(?:a|b){20}[^a]", text), VG_FOUND_LIMIT));
	cr_assert(eq(int, find("a{20}[^a]", text), VG_FOUND_NO));
}

Test(regex, plain_patterns_answer_over_the_longest_value)
{
	static char text[2056];

	memset(text, 'a', sizeof text - 1);
	cr_assert(eq(int, find("x.*y|[0-9]{3}z|foo", text), VG_FOUND_NO));
	memcpy(text + 2000, "foo", 3);
	cr_assert(eq(int, find("x.*y|[0-9]{3}z|foo", text), VG_FOUND_YES));
	cr_assert(eq(int, find("^.*foo.*$", text), VG_FOUND_YES));
	cr_assert(eq(int, find("(?:a|b)+foo", text), VG_FOUND_YES));
}

Test(regex, deep_search_ends_at_its_memory)
{
	static char text[65536];

	memset(text, 'a', sizeof text - 1);
	cr_assert(eq(int, find("^(?:(a)|b)+$", text), VG_FOUND_LIMIT));
}

Test(regex, what_is_wrong_is_said_with_its_place)
{
	cr_assert(refused("a(b", "at byte 3 of the pattern"));
	cr_assert(refused("*a", "at byte"));
	cr_assert(refused("a)(b", "at byte"));
	cr_assert(refused("\\C", "at byte"));
	cr_assert(refused("\xff", "at byte"));
	cr_assert(refused("", "1 to 512 bytes"));
	cr_assert(refused("((a{1000}){1000}){1000}", "too large"));
	cr_assert(refused("\\Qabc", "end it"));
	cr_assert(refused("(?x)a #", "end it"));
}

Test(regex, what_hangs_on_the_start_of_a_search_is_refused)
{
	cr_assert(refused("a(*PRUNE)b", "`(*`"));
	cr_assert(refused("(*UTF)a", "`(*`"));
	cr_assert(refused("a(?R)?b", "`(?R`"));
	cr_assert(refused("a(?0)?b", "`(?0`"));
	cr_assert(refused("a(?C1)b", "`(?C`"));
	cr_assert(eq(int, find("[(*]\\(*", "("), VG_FOUND_YES));
	cr_assert(eq(int, find("[]\\](*]", "*"), VG_FOUND_YES));
}

Test(regex, takes_the_longest_pattern_and_not_one_byte_more)
{
	char text[VG_REGEX_MAX + 2];

	memset(text, 'a', sizeof text);
	text[VG_REGEX_MAX] = '\0';
	cr_assert(eq(int, find(text, "b"), VG_FOUND_NO));
	text[VG_REGEX_MAX] = 'a';
	text[VG_REGEX_MAX + 1] = '\0';
	cr_assert(refused(text, "1 to 512 bytes"));
}

Test(regex, nests_as_deep_as_it_may_and_no_deeper)
{
	char text[256] = "";

	for (int i = 0; i < VG_REGEX_NEST_MAX; i++)
		strcat(text, "(");
	strcat(text, "a");
	for (int i = 0; i < VG_REGEX_NEST_MAX; i++)
		strcat(text, ")");
	cr_assert(eq(int, find(text, "a"), VG_FOUND_YES));
	memmove(text + 3, text, strlen(text) + 1);
	memcpy(text, "(((", 3);
	strcat(text, ")))");
	cr_assert(refused(text, "too deeply nested"));
}
