/* Strings, keys and exact numbers of the JSON reader. */
#include "core/json.h"
#include "core/utf8.h"
#include "json_check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static struct vg_json j;
static size_t at;

static void drop(void)
{
	vg_json_term(&j);
}

TestSuite(json_text, .fini = drop);

static enum vg_json_fault parse_n(const char *text, size_t n)
{
	enum vg_json_fault f = vg_json_parse(&j, text, n, &at);

	if (f == VG_JSON_OK) {
		const char *complaint = json_check(&j, n);
		cr_assert(complaint == NULL, "%s: %s", text, complaint);
	}
	return f;
}

static enum vg_json_fault parse(const char *text)
{
	return parse_n(text, strlen(text));
}

/* The fault of a string with `body` between its quotes. */
static enum vg_json_fault string(const char *body)
{
	static char text[512];

	snprintf(text, sizeof text, "\"%s\"", body);
	return parse(text);
}

static const char *unescaped(const char *body)
{
	static char out[512];
	size_t n = 0;

	cr_assert(string(body) == VG_JSON_OK, "%s", body);
	cr_assert(vg_json_unescape(&j, 0, out, sizeof out - 1, &n));
	out[n] = '\0';
	return out;
}

Test(json_text, unescapes_every_escape)
{
	cr_assert(eq(str, (char *)unescaped("\\\"\\\\\\/\\b\\f\\n\\r\\t"),
		     "\"\\/\b\f\n\r\t"));
	cr_assert(eq(str, (char *)unescaped("\\u0041\\u00e9\\u20AC\\uffff"),
		     "A\xc3\xa9\xe2\x82\xac\xef\xbf\xbf"));
	cr_assert(eq(str, (char *)unescaped("x\\ud83d\\ude00y"),
		     "x\xf0\x9f\x98\x80y"));
	cr_assert(eq(str, (char *)unescaped("plain"), "plain"));
}

Test(json_text, refuses_what_is_no_escape)
{
	cr_assert(eq(int, string("\\x"), VG_JSON_SYNTAX));
	cr_assert(eq(int, string("\\U0041"), VG_JSON_SYNTAX));
	cr_assert(eq(int, string("\\u004"), VG_JSON_UTF8));
	cr_assert(eq(int, string("\\u00g1"), VG_JSON_UTF8));
	cr_assert(eq(int, string("\\u0000"), VG_JSON_UTF8));
	cr_assert(eq(int, parse("\"\\"), VG_JSON_SYNTAX));
	cr_assert(eq(int, parse("\"abc\\\""), VG_JSON_SYNTAX));
}

Test(json_text, refuses_lone_surrogates)
{
	const char *bad[] = {"\\ud800",	       "\\udc00",
			     "\\ud800x",       "\\ud800\\n",
			     "\\ud800\\u0041", "\\ud800\\ud800",
			     "\\udc00\\ud800", "\\udbff\\ue000"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert(eq(int, string(bad[i]), VG_JSON_UTF8), "%s", bad[i]);
}

Test(json_text, refuses_raw_controls_at_every_place)
{
	for (int c = 0; c < 0x20; c++)
		for (size_t k = 1; k < 20; k++) {
			char text[] = "\"aaaaaaaaaaaaaaaaaaaa\"";
			text[k] = (char)c;
			cr_assert(eq(int, parse_n(text, sizeof text - 1),
				     VG_JSON_SYNTAX));
			cr_assert(eq(sz, at, k));
		}
}

Test(json_text, ends_a_string_at_its_quote_at_every_place)
{
	for (size_t k = 1; k < 40; k++) {
		char text[48];
		memset(text, 'a', sizeof text);
		text[0] = text[k] = '"';
		cr_assert(eq(int, parse_n(text, k + 1), VG_JSON_OK));
		cr_assert(eq(u32, j.tok[0].len, (uint32_t)k - 1));
	}
}

Test(json_text, refuses_what_is_not_utf8)
{
	const char *bad[] = {"\x80",
			     "\xbf",
			     "\xc0\x80",
			     "\xc1\xbf",
			     "\xe0\x9f\xbf",
			     "\xed\xa0\x80",
			     "\xed\xbf\xbf",
			     "\xf0\x8f\xbf\xbf",
			     "\xf4\x90\x80\x80",
			     "\xf5\x80\x80\x80",
			     "\xff",
			     "\xc3",
			     "\xe2\x82",
			     "\xf0\x9f\x98",
			     "\xc3\xc3\xa9",
			     "aaaaaaaaaa\xfe"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert(eq(int, string(bad[i]), VG_JSON_UTF8), "row %zu", i);
}

Test(json_text, takes_every_code_point_and_writes_it_back)
{
	for (uint32_t cp = 0x20; cp <= 0x10ffff; cp += cp < 0x3000 ? 1 : 61) {
		char text[8] = "\"";
		if (cp == '"' || cp == '\\' || (cp >= 0xd800 && cp < 0xe000))
			continue;
		size_t n = vg_utf8_put(text + 1, cp);
		text[n + 1] = '"';
		cr_assert(eq(sz, vg_utf8_seq(text + 1, n), n));
		cr_assert(eq(sz, vg_utf8_seq(text + 1, n - 1), 0));
		cr_assert(eq(int, parse_n(text, n + 2), VG_JSON_OK));
	}
}

Test(json_text, unescapes_only_into_room_enough)
{
	char out[8];
	size_t n = 42;

	cr_assert(eq(int, string("ab\\u20ac"), VG_JSON_OK));
	cr_assert(not(vg_json_unescape(&j, 0, out, 4, &n)));
	cr_assert(eq(sz, n, 42));
	cr_assert(vg_json_unescape(&j, 0, out, 5, &n));
	cr_assert(eq(sz, n, 5));
	cr_assert(eq(int, string("plain"), VG_JSON_OK));
	cr_assert(not(vg_json_unescape(&j, 0, out, 4, &n)));
	cr_assert(vg_json_unescape(&j, 0, out, 5, &n));
}

Test(json_text, refuses_equal_keys)
{
	cr_assert(eq(int, parse("{\"a\":1,\"b\":2,\"a\":3}"), VG_JSON_DUPKEY));
	cr_assert(eq(sz, at, 14));
	cr_assert(eq(int, parse("{\"\":1,\"\":2}"), VG_JSON_DUPKEY));
	cr_assert(eq(int, parse("{\"ab\":[{}],\"ab\":2}"), VG_JSON_DUPKEY));
	cr_assert(
		eq(int, parse("[{\"x\":{\"a\":1,\"a\":2}}]"), VG_JSON_DUPKEY));
}

Test(json_text, takes_equal_keys_in_different_objects)
{
	cr_assert(eq(int, parse("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}"),
		     VG_JSON_OK));
	cr_assert(eq(int, parse("[{\"a\":1},{\"a\":1}]"), VG_JSON_OK));
	cr_assert(eq(int, parse("{\"a\":\"a\",\"b\":\"a\"}"), VG_JSON_OK));
}

Test(json_text, compares_keys_after_unescaping)
{
	cr_assert(eq(int, parse("{\"a\":1,\"\\u0061\":2}"), VG_JSON_DUPKEY));
	cr_assert(eq(int, parse("{\"\\u0061\":1,\"a\":2}"), VG_JSON_DUPKEY));
	cr_assert(eq(int, parse("{\"\\/\":1,\"/\":2}"), VG_JSON_DUPKEY));
	cr_assert(eq(int,
		     parse("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"),
		     VG_JSON_DUPKEY));
	cr_assert(eq(int, parse("{\"\\u0061\":1,\"\\u0062\":2,\"u0061\":3}"),
		     VG_JSON_OK));
	cr_assert(eq(int, parse("{\"a\\n\":1,\"an\":2,\"a\\\\n\":3}"),
		     VG_JSON_OK));
}

/* An object of `n` members, the last named as number `same`. */
static enum vg_json_fault repeated(unsigned n, unsigned same)
{
	static char text[1 << 18];
	char *p = text;

	*p++ = '{';
	for (unsigned i = 0; i < n; i++)
		p += sprintf(p, "%s\"k%u\":[{\"k\":0}]", i > 0 ? "," : "",
			     i == n - 1 ? same : i);
	*p++ = '}';
	return parse_n(text, (size_t)(p - text));
}

Test(json_text, finds_equal_keys_in_objects_of_any_size)
{
	for (unsigned n = 2; n < 60; n++)
		for (unsigned same = 0; same < n - 1; same++)
			cr_assert(eq(int, repeated(n, same), VG_JSON_DUPKEY));
	cr_assert(eq(int, repeated(60, 59), VG_JSON_OK));
	cr_assert(eq(int, repeated(2700, 0), VG_JSON_DUPKEY));
	cr_assert(eq(int, repeated(2700, 2699), VG_JSON_OK));
}

static double number(const char *text)
{
	cr_assert(parse(text) == VG_JSON_OK, "%s", text);
	return vg_json_double(&j, 0);
}

Test(json_text, rounds_hard_numbers_as_the_standard_says)
{
	cr_assert(eq(dbl, number("0.1"), 0.1));
	cr_assert(eq(dbl, number("123456.789e-3"), 123.456789));
	cr_assert(eq(dbl, number("9007199254740993.0"), 0x1p53));
	cr_assert(eq(dbl, number("9007199254740993.00000000000000000000001"),
		     0x1p53 + 2));
	cr_assert(eq(dbl, number("2.2250738585072011e-308"),
		     0x0.fffffffffffffp-1022));
	cr_assert(eq(dbl, number("4.9e-324"), 0x1p-1074));
	cr_assert(eq(dbl, number("1e23"), 1e23));
	cr_assert(eq(dbl, number("1e-23"), 1e-23));
	cr_assert(eq(dbl, 1 / number("-0.0"), -1 / 0.0));
	cr_assert(eq(dbl, number("0e5"), 0));
}

Test(json_text, rounds_numbers_of_many_digits)
{
	static char text[70000];

	/* half-way between 1 and the next double, then a long tail */
	int n = sprintf(text, "1.00000000000000011102230246251565404236316680"
			      "908203125");
	cr_assert(eq(dbl, number(text), 1));
	memset(text + n, '0', 65000);
	cr_assert(eq(dbl, number(text), 1));
	text[n + 64999] = '1';
	cr_assert(eq(dbl, number(text), 1 + 0x1p-52));

	/* 1 with 60,000 zeros, brought back by its exponent */
	memset(text, 0, sizeof text);
	text[0] = '1';
	memset(text + 1, '0', 60000);
	strcat(text, "e-60000");
	cr_assert(eq(dbl, number(text), 1));
	memset(text, '0', 60000);
	text[1] = '.';
	strcpy(text + 60000, "1e59999");
	cr_assert(eq(dbl, number(text), 1));
}

/* strtod() in the C locale is the oracle here. */
Test(json_text, agrees_with_the_c_library_on_random_numbers)
{
	uint64_t x = 88172645463325252;

	for (int i = 0; i < 50000; i++) {
		char text[64];
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		int exponent = (int)(x >> 20 & 63) * (x & 2 ? 9 : 1) -
			       (x & 8 ? 300 : 0);
		snprintf(text, sizeof text, "%s%llu.%0*llue%d",
			 x & 1 ? "-" : "", (unsigned long long)(x >> (x & 63)),
			 (int)(x % 12) + 1, (unsigned long long)(x % 1000000),
			 exponent);
		double want = strtod(text, NULL);
		if (want - want != 0)
			continue;
		cr_assert(number(text) == want, "%s", text);
	}
}
