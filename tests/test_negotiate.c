#include "api/negotiate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static int format_for(const char *accept)
{
	enum vg_format f;

	return vg_negotiate_format(accept, &f) ? (int)f : -1;
}

Test(negotiate, prefers_json_unless_told_otherwise)
{
	cr_assert(eq(int, format_for(NULL), VG_FORMAT_JSON));
	cr_assert(eq(int, format_for(""), VG_FORMAT_JSON));
	cr_assert(eq(int, format_for("*/*"), VG_FORMAT_JSON));
	cr_assert(eq(int, format_for("text/html, */*;q=0.1"), VG_FORMAT_JSON));
	cr_assert(eq(int, format_for("application/*"), VG_FORMAT_JSON));
}

Test(negotiate, takes_the_format_that_weighs_most)
{
	cr_assert(eq(int, format_for("text/csv"), VG_FORMAT_CSV));
	cr_assert(
		eq(int, format_for("TEXT/CSV; header=present"), VG_FORMAT_CSV));
	cr_assert(
		eq(int, format_for("application/x-ndjson"), VG_FORMAT_NDJSON));
	cr_assert(eq(int,
		     format_for("application/json;q=0.2, text/csv;q=0.200"),
		     VG_FORMAT_JSON));
	cr_assert(eq(int,
		     format_for("application/json;q=0.2, text/csv ; q=0.3"),
		     VG_FORMAT_CSV));
	cr_assert(eq(int, format_for("*/*, application/json;q=0"),
		     VG_FORMAT_CSV));
	cr_assert(eq(int, format_for("text/*"), VG_FORMAT_CSV));
}

Test(negotiate, finds_nothing_in_what_it_does_not_offer)
{
	cr_assert(eq(int, format_for("text/html"), -1));
	cr_assert(eq(int, format_for("text/csv;q=0"), -1));
	cr_assert(eq(int, format_for("text/csvx,/,;q=1"), -1));
	cr_assert(eq(int, format_for("*/*;q=0.000"), -1));
}

Test(negotiate, uses_no_coding_that_was_not_named)
{
	cr_assert(eq(int, vg_negotiate_coding(NULL), VG_CODING_NONE));
	cr_assert(eq(int, vg_negotiate_coding("*"), VG_CODING_NONE));
	cr_assert(eq(int, vg_negotiate_coding("gzip"), VG_CODING_GZIP));
	cr_assert(eq(int, vg_negotiate_coding("gzip, br"), VG_CODING_BR));
	cr_assert(
		eq(int, vg_negotiate_coding("gzip, br;q=0.9"), VG_CODING_GZIP));
	cr_assert(eq(int, vg_negotiate_coding("br;q=0, gzip;q=0"),
		     VG_CODING_NONE));
	cr_assert(eq(int, vg_negotiate_coding("deflate, x-gzip;q=0.1"),
		     VG_CODING_GZIP));
}

Test(negotiate, matches_a_tag_in_a_list_and_in_part_of_none)
{
	static const char tag[] = "\"abc\"";

	cr_assert(vg_negotiate_matches("\"abc\"", tag));
	cr_assert(vg_negotiate_matches(" \"x\" , W/\"abc\" ", tag));
	cr_assert(vg_negotiate_matches("*", tag));
	cr_assert(not(vg_negotiate_matches(NULL, tag)));
	cr_assert(not(vg_negotiate_matches("", tag)));
	cr_assert(not(vg_negotiate_matches("abc", tag)));
	cr_assert(not(vg_negotiate_matches("\"abcd\"", tag)));
	cr_assert(not(vg_negotiate_matches("\"ab\",\"c\"", tag)));
	cr_assert(not(vg_negotiate_matches(",,", tag)));
}
