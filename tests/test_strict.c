/* The slow reader of JSON: what it takes, and that core's fast one agrees. */
#include "event_seeds.h"
#include "mutate.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/limits.h"
#include "verify/strict.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

enum { MUTATIONS = 100000, LONG_FRACTION = 500 };

/* Both readers, each on a block of the exact size. */
static bool fast(const char *p, size_t n)
{
	struct vg_json j = {0};
	size_t at = 0;
	char *block = malloc(n > 0 ? n : 1);

	memcpy(block, p, n);
	bool good = vg_json_parse(&j, block, n, &at) == VG_JSON_OK;
	free(block);
	vg_json_term(&j);
	return good;
}

static bool slow(const char *p, size_t n)
{
	char *block = malloc(n > 0 ? n : 1);

	memcpy(block, p, n);
	bool good = vg_strict_json(block, n);
	free(block);
	return good;
}

static void expect(const char *p, size_t n, bool good)
{
	cr_expect(slow(p, n) == good, "%s: %.60s", good ? "good" : "bad", p);
	cr_expect(fast(p, n) == good, "core, %s: %.60s", good ? "good" : "bad",
		  p);
}

#define EACH(table, good)                                                      \
	for (size_t i = 0; i < sizeof(table) / sizeof *(table); i++)           \
	expect((table)[i], strlen((table)[i]), good)

Test(strict, takes_what_the_format_allows)
{
	static const char *const table[] = {"null",
					    "true",
					    "false",
					    "0",
					    "-0",
					    "-1",
					    "1.5",
					    "1e5",
					    "1E+5",
					    "1e-400",
					    "\"\"",
					    "[]",
					    "{}",
					    " \t\r\n[ ] ",
					    "[1,2]",
					    "{\"a\":1,\"b\":[{}]}",
					    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
					    "\"\\ud83d\\ude00\"",
					    "\"\\uD83D\\uDE00\"",
					    "\"\\u0001\"",
					    "\"\x7f\"",
					    "\"\xc2\x80\"",
					    "\"\xed\x9f\xbf\"",
					    "\"\xee\x80\x80\"",
					    "\"\xf0\x90\x80\x80\"",
					    "\"\xf4\x8f\xbf\xbf\"",
					    "9007199254740992",
					    "-9007199254740992",
					    "1.7976931348623157e308",
					    "9007199254740993.0",
					    "{\"a\":{\"a\":1},\"A\":1}",
					    "{\"\":0}"};

	EACH(table, true);
}

Test(strict, refuses_what_is_not_json_at_all)
{
	static const char *const table[] = {"",
					    " ",
					    "nul",
					    "True",
					    "01",
					    "-",
					    "+1",
					    "1.",
					    ".5",
					    "1e",
					    "1e+",
					    "0x10",
					    "NaN",
					    "Infinity",
					    "[",
					    "]",
					    "[1,]",
					    "[,1]",
					    "[1 2]",
					    "{",
					    "{\"a\"}",
					    "{\"a\":}",
					    "{\"a\":1,}",
					    "{a:1}",
					    "{1:1}",
					    "\"",
					    "\"\\\"",
					    "\"\\x\"",
					    "\"\\u12\"",
					    "\"\\u12g4\"",
					    "'a'",
					    "\"\n\"",
					    "\"\x1f\"",
					    "1 1",
					    "{} {}",
					    "[]x",
					    "\xef\xbb\xbf{}",
					    "//\n1",
					    "-00",
					    "1.e5"};

	EACH(table, false);
	expect("1\0", 2, false);
	expect("\"\0\"", 3, false);
	expect("[1,\0", 4, false);
}

Test(strict, refuses_json_that_the_format_does_not_allow)
{
	static const char *const table[] = {"{\"a\":1,\"a\":1}",
					    "{\"a\":1,\"\\u0061\":1}",
					    "{\"\xc3\xa9\":1,\"\\u00e9\":1}",
					    "[{\"x\":{\"\":1,\"\":2}}]",
					    "9007199254740993",
					    "-9007199254740993",
					    "1e309",
					    "-1e309",
					    "123456789012345678901234567890",
					    "\"\\u0000\"",
					    "\"\\ud800\"",
					    "\"\\ud800x\"",
					    "\"\\ud800\\u0041\"",
					    "\"\\udc00\"",
					    "\"\xc0\xaf\"",
					    "\"\xc1\xbf\"",
					    "\"\xe0\x9f\xbf\"",
					    "\"\xed\xa0\x80\"",
					    "\"\xf0\x8f\xbf\xbf\"",
					    "\"\xf4\x90\x80\x80\"",
					    "\"\xf5\x80\x80\x80\"",
					    "\"\x80\"",
					    "\"\xe2\x82\"",
					    "\"\xff\""};

	EACH(table, false);
}

/* `n` times `piece`. */
static void repeat(struct vg_buf *b, const char *piece, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vg_buf_str(b, piece);
}

static void expect_buf(struct vg_buf *b, bool good)
{
	cr_assert(not(b->failed));
	expect(b->p, b->n, good);
	vg_buf_term(b);
}

Test(strict, goes_32_levels_deep_and_no_deeper)
{
	for (size_t deep = VG_JSON_DEPTH_MAX; deep <= VG_JSON_DEPTH_MAX + 1;
	     deep++) {
		struct vg_buf lists = {0}, objects = {0};

		repeat(&lists, "[", deep);
		repeat(&lists, "]", deep);
		expect_buf(&lists, deep == VG_JSON_DEPTH_MAX);
		repeat(&objects, "{\"k\":", deep - 1);
		vg_buf_str(&objects, "{}");
		repeat(&objects, "}", deep - 1);
		expect_buf(&objects, deep == VG_JSON_DEPTH_MAX);
	}
}

Test(strict, counts_levels_that_were_left_no_more)
{
	struct vg_buf b = {0};

	vg_buf_str(&b, "[");
	repeat(&b, "[],", 100);
	vg_buf_str(&b, "{}]");
	expect_buf(&b, true);
}

/* The list itself is a value. */
Test(strict, takes_8192_values_and_no_more)
{
	for (size_t n = VG_JSON_TOKENS_MAX; n <= VG_JSON_TOKENS_MAX + 1; n++) {
		struct vg_buf b = {0};

		vg_buf_str(&b, "[0");
		repeat(&b, ",0", n - 2);
		vg_buf_str(&b, "]");
		expect_buf(&b, n == VG_JSON_TOKENS_MAX);
	}
}

/* Keys are not values. */
Test(strict, takes_8191_members_of_an_object_and_no_more)
{
	for (size_t n = VG_JSON_TOKENS_MAX; n <= VG_JSON_TOKENS_MAX + 1; n++) {
		struct vg_buf b = {0};

		vg_buf_str(&b, "{\"0\":0");
		for (size_t i = 1; i < n - 1; i++)
			vg_buf_printf(&b, ",\"%zx\":0", i);
		vg_buf_str(&b, "}");
		expect_buf(&b, n == VG_JSON_TOKENS_MAX);
	}
}

Test(strict, reads_numbers_of_any_length)
{
	struct vg_buf big = {0}, finite = {0}, whole = {0};

	vg_buf_str(&big, "1.");
	repeat(&big, "0", LONG_FRACTION);
	vg_buf_str(&big, "e309");
	expect_buf(&big, false);
	vg_buf_str(&finite, "0.");
	repeat(&finite, "0", LONG_FRACTION);
	vg_buf_str(&finite, "1e600");
	expect_buf(&finite, true);
	repeat(&whole, "1", LONG_FRACTION);
	expect_buf(&whole, false);
}

Test(strict, agrees_with_core_on_100000_damaged_records)
{
	static char text[MUTATE_ROOM];
	unsigned good = 0;

	for (unsigned i = 0; i < MUTATIONS; i++) {
		const char *from = event_seed[i % EVENT_SEEDS];
		size_t n = strlen(from);

		memcpy(text, from, n);
		for (unsigned k = below(3) + 1; k > 0; k--)
			n = mutate_bytes(text, n);
		bool verdict = fast(text, n);
		cr_assert(slow(text, n) == verdict, "core says %s: %.*s",
			  verdict ? "good" : "bad", (int)n, text);
		good += verdict;
	}
	/* Both ways were taken often, or the test shows little. */
	cr_assert(gt(uint, good, MUTATIONS / 20));
	cr_assert(lt(uint, good, MUTATIONS * 19 / 20));
}
