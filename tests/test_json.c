#include "core/json.h"
#include "core/limits.h"
#include "json_check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct vg_json j;
static size_t at;

static void drop(void)
{
	vg_json_term(&j);
}

TestSuite(json, .fini = drop);

/* Parse a copy of the exact size, so that ASan sees a step outside. */
static enum vg_json_fault parse_n(const char *text, size_t n)
{
	static char *copy;

	free(copy);
	copy = malloc(n > 0 ? n : 1);
	memcpy(copy, text, n);
	enum vg_json_fault f = vg_json_parse(&j, copy, n, &at);
	cr_assert(le(sz, at, n));
	if (f == VG_JSON_OK) {
		const char *complaint = json_check(&j, n);
		cr_assert(complaint == NULL, "%.*s: %s", (int)n, text,
			  complaint);
	}
	return f;
}

static enum vg_json_fault parse(const char *text)
{
	return parse_n(text, strlen(text));
}

static void accept(const char *text)
{
	enum vg_json_fault f = parse(text);

	cr_assert(f == VG_JSON_OK, "%s: %s", text, vg_json_fault_name(f));
}

static void refuse(const char *text, enum vg_json_fault want, size_t where)
{
	enum vg_json_fault f = parse(text);

	cr_assert(f == want, "%s: %s, not %s", text, vg_json_fault_name(f),
		  vg_json_fault_name(want));
	cr_assert(at == where, "%s: at %zu, not %zu", text, at, where);
}

Test(json, takes_any_value_as_the_document)
{
	const char *good[] = {"null", " true ", "\n\tfalse\r", "0",   "-0",
			      "\"\"", "[]",	"{}",	       "[ ]", "{ }"};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		accept(good[i]);
}

Test(json, lays_tokens_out_in_document_order)
{
	accept("{\"a\":[1,{\"b\":null}],\"c\":\"x\"}");
	const uint8_t type[] = {VG_JSON_OBJECT, VG_JSON_STRING, VG_JSON_ARRAY,
				VG_JSON_NUMBER, VG_JSON_OBJECT, VG_JSON_STRING,
				VG_JSON_NULL,	VG_JSON_STRING, VG_JSON_STRING};
	const uint32_t next[] = {9, 2, 7, 4, 7, 6, 7, 8, 9};

	cr_assert(eq(u32, j.n, 9));
	for (uint32_t i = 0; i < j.n; i++) {
		cr_assert(eq(u8, j.tok[i].type, type[i]));
		cr_assert(eq(u32, j.tok[i].next, next[i]));
	}
	cr_assert(eq(u32, j.tok[0].count, 2));
	cr_assert(eq(u32, j.tok[2].count, 2));
	cr_assert(vg_slice_eq(vg_json_raw(&j, 2),
			      vg_slice_of("[1,{\"b\":null}]")));
	cr_assert(vg_slice_eq(vg_json_raw(&j, 8), vg_slice_of("x")));
}

Test(json, says_where_the_grammar_is_broken)
{
	refuse("", VG_JSON_SYNTAX, 0);
	refuse("  ", VG_JSON_SYNTAX, 2);
	refuse("[1,]", VG_JSON_SYNTAX, 3);
	refuse("[,1]", VG_JSON_SYNTAX, 1);
	refuse("[1 2]", VG_JSON_SYNTAX, 3);
	refuse("[1", VG_JSON_SYNTAX, 2);
	refuse("[1}", VG_JSON_SYNTAX, 2);
	refuse("{]", VG_JSON_SYNTAX, 1);
	refuse("{\"a\"}", VG_JSON_SYNTAX, 4);
	refuse("{\"a\":}", VG_JSON_SYNTAX, 5);
	refuse("{\"a\":1,}", VG_JSON_SYNTAX, 7);
	refuse("{a:1}", VG_JSON_SYNTAX, 1);
	refuse("{1:1}", VG_JSON_SYNTAX, 1);
	refuse("nul", VG_JSON_SYNTAX, 0);
	refuse("True", VG_JSON_SYNTAX, 0);
	refuse("NaN", VG_JSON_SYNTAX, 0);
	refuse("'a'", VG_JSON_SYNTAX, 0);
	refuse("[1]/**/", VG_JSON_TRAIL, 3);
	refuse("\xef\xbb\xbf[]", VG_JSON_SYNTAX, 0);
	refuse("[\v]", VG_JSON_SYNTAX, 1);
}

Test(json, refuses_bytes_after_the_value)
{
	refuse("{} x", VG_JSON_TRAIL, 3);
	refuse("1 2", VG_JSON_TRAIL, 2);
	refuse("[]]", VG_JSON_TRAIL, 2);
	cr_assert(eq(int, parse_n("{}\0", 3), VG_JSON_TRAIL));
}

Test(json, refuses_every_prefix_of_a_document)
{
	const char *text =
		"{\"a\":[1.5e-3,{\"\\u00e9\":\"\xc3\xa9\"}],\"c\":true}";

	for (size_t n = 0; n < strlen(text); n++)
		cr_assert(ne(int, parse_n(text, n), VG_JSON_OK));
	accept(text);
}

Test(json, follows_the_grammar_of_numbers)
{
	const char *good[] = {"0",   "-0",   "10",   "1.0",    "0.5",
			      "1e5", "1E+5", "1e-5", "-1.5e3", "0e0"};
	const char *bad[] = {"+1", ".5",  "1.",	 "1.e5", "-",
			     "1e", "1e+", "--1", "-a",	 "1ee5"};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		accept(good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_assert(ne(int, parse(bad[i]), VG_JSON_OK), "%s", bad[i]);
	refuse("01", VG_JSON_SYNTAX, 1);
	refuse("[-00]", VG_JSON_SYNTAX, 3);
	refuse("0x10", VG_JSON_TRAIL, 1);
}

Test(json, takes_integers_to_2_53_and_no_further)
{
	int64_t v = 0;

	accept("9007199254740992");
	cr_assert(vg_json_int(&j, 0, &v));
	cr_assert(eq(i64, v, INT64_C(9007199254740992)));
	accept("-9007199254740992");
	cr_assert(vg_json_int(&j, 0, &v));
	cr_assert(eq(i64, v, INT64_C(-9007199254740992)));
	refuse("9007199254740993", VG_JSON_RANGE, 0);
	refuse("[-9007199254740993]", VG_JSON_RANGE, 1);
	refuse("10000000000000000", VG_JSON_RANGE, 0);
	refuse("100000000000000000000000", VG_JSON_RANGE, 0);
}

Test(json, takes_finite_numbers_alone)
{
	accept("1.7976931348623157e308");
	accept("1e-400");
	accept("0e999999999999999999999");
	refuse("1.7976931348623159e308", VG_JSON_RANGE, 0);
	refuse("[1e309]", VG_JSON_RANGE, 1);
	refuse("-1e99999999999999999999", VG_JSON_RANGE, 0);
}

Test(json, tells_integers_from_other_numbers)
{
	int64_t v = 42;

	accept("[7,7.0,7e0,\"7\",-0]");
	cr_assert(vg_json_int(&j, 1, &v));
	cr_assert(eq(i64, v, 7));
	v = 42;
	for (uint32_t i = 2; i < 5; i++)
		cr_assert(not(vg_json_int(&j, i, &v)));
	cr_assert(eq(i64, v, 42));
	cr_assert(vg_json_int(&j, 5, &v));
	cr_assert(eq(i64, v, 0));
}

Test(json, finds_members_by_name)
{
	accept("{\"a\":{\"b\":1},\"\\u0062\":2,\"\":3,\"ab\":4}");
	cr_assert(eq(u32, vg_json_member(&j, 0, "a"), 2));
	cr_assert(eq(u32, vg_json_member(&j, 0, "b"), 6));
	cr_assert(eq(u32, vg_json_member(&j, 0, ""), 8));
	cr_assert(eq(u32, vg_json_member(&j, 0, "ab"), 10));
	cr_assert(eq(u32, vg_json_member(&j, 2, "b"), 4));
	cr_assert(eq(u32, vg_json_member(&j, 0, "abc"), 0));
	cr_assert(eq(u32, vg_json_member(&j, 0, "\\u0062"), 0));
	cr_assert(eq(u32, vg_json_member(&j, 2, "a"), 0));
}

Test(json, names_every_fault_in_its_own_word)
{
	for (int i = VG_JSON_OK; i <= VG_JSON_MEMORY; i++)
		for (int k = 0; k < i; k++)
			cr_assert(ne(str,
				     (char *)vg_json_fault_name(
					     (enum vg_json_fault)i),
				     (char *)vg_json_fault_name(
					     (enum vg_json_fault)k)));
}

/* `n` times `part`, then `core`, then `n` times `tail`. */
static char *nest(unsigned n, const char *part, const char *core,
		  const char *tail)
{
	char *text = calloc(n + 1, strlen(part) + strlen(tail) + 16);

	for (unsigned i = 0; i < n; i++)
		strcat(text, part);
	strcat(text, core);
	for (unsigned i = 0; i < n; i++)
		strcat(text, tail);
	return text;
}

static enum vg_json_fault parse_nested(unsigned n, const char *part,
				       const char *tail)
{
	char *text = nest(n, part, "1", tail);
	enum vg_json_fault f = parse(text);

	free(text);
	return f;
}

Test(json, law6_takes_32_levels_and_refuses_the_33rd)
{
	cr_assert(eq(int, VG_JSON_DEPTH_MAX, 32));
	cr_assert(eq(int, parse_nested(32, "[", "]"), VG_JSON_OK));
	cr_assert(eq(int, parse_nested(33, "[", "]"), VG_JSON_DEPTH));
	cr_assert(eq(sz, at, 32));
	cr_assert(eq(int, parse_nested(32, "{\"a\":", "}"), VG_JSON_OK));
	cr_assert(eq(int, parse_nested(33, "{\"a\":", "}"), VG_JSON_DEPTH));
	cr_assert(eq(int, parse_nested(20000, "[", ""), VG_JSON_DEPTH));
}

/* An array of `n` zeros, or an object of `n` members. */
static enum vg_json_fault parse_many(unsigned n, bool object)
{
	char *text = malloc(32 * (size_t)n + 8);
	char *p = text;

	*p++ = object ? '{' : '[';
	for (unsigned i = 0; i < n; i++) {
		p += sprintf(p, "%s", i > 0 ? "," : "");
		p += object ? sprintf(p, "\"k%u\":0", i) : sprintf(p, "0");
	}
	*p++ = object ? '}' : ']';
	enum vg_json_fault f = parse_n(text, (size_t)(p - text));
	free(text);
	return f;
}

Test(json, law6_takes_8192_values_and_refuses_one_more)
{
	cr_assert(eq(int, VG_JSON_TOKENS_MAX, 8192));
	cr_assert(eq(int, parse_many(8191, false), VG_JSON_OK));
	cr_assert(eq(int, parse_many(8192, false), VG_JSON_SIZE));
	cr_assert(eq(int, parse_many(8191, true), VG_JSON_OK));
	cr_assert(eq(int, parse_many(8192, true), VG_JSON_SIZE));
	cr_assert(eq(int, parse("[]"), VG_JSON_OK), "reusable after a fault");
}
