#include "api/json_out.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct vg_buf buf;
static struct vg_jout j;

static void start(void)
{
	buf = (struct vg_buf){0};
	j = (struct vg_jout){.buf = &buf};
}

static void finish(void)
{
	vg_buf_term(&buf);
}

TestSuite(json_out, .init = start, .fini = finish);

Test(json_out, puts_commas_between_members_and_elements_only)
{
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "a");
	vg_jout_open(&j, '[');
	vg_jout_i64(&j, 1);
	vg_jout_null(&j);
	vg_jout_bool(&j, true);
	vg_jout_open(&j, '[');
	vg_jout_close(&j, ']');
	vg_jout_close(&j, ']');
	vg_jout_name(&j, "b");
	vg_jout_text(&j, NULL);
	vg_jout_close(&j, '}');

	cr_assert(eq(str, buf.p, "{\"a\":[1,null,true,[]],\"b\":null}"));
}

Test(json_out, takes_in_the_members_of_another_object)
{
	const char *const object[] = {"{}", "{\"b\":[1],\"c\":{}}", "{}"};

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "a");
	vg_jout_i64(&j, 1);
	for (size_t i = 0; i < 3; i++)
		vg_jout_members(&j, object[i], strlen(object[i]));
	vg_jout_name(&j, "d");
	vg_jout_i64(&j, 2);
	vg_jout_close(&j, '}');
	cr_assert(eq(str, buf.p, "{\"a\":1,\"b\":[1],\"c\":{},\"d\":2}"));
}

Test(json_out, escapes_quotes_backslashes_and_control_bytes)
{
	vg_jout_text(&j, "a\"b\\c\nd\te\x01\x1f");

	cr_assert(eq(str, buf.p, "\"a\\\"b\\\\c\\nd\\te\\u0001\\u001f\""));
}

Test(json_out, keeps_well_formed_utf8_and_replaces_the_rest)
{
	vg_jout_text(&j, "\xc3\xa9\xf0\x9f\x98\x80|\xff|\xc3|\xed\xa0\x80");

	cr_assert(eq(str, buf.p,
		     "\"\xc3\xa9\xf0\x9f\x98\x80|\\ufffd|\\ufffd|"
		     "\\ufffd\\ufffd\\ufffd\""));
}

Test(json_out, writes_an_unknown_instant_as_null)
{
	vg_jout_open(&j, '[');
	vg_jout_instant(&j, INT64_MIN);
	vg_jout_instant(&j, INT64_MAX);
	vg_jout_instant(&j, 0);
	vg_jout_instant(&j, 1500);
	vg_jout_close(&j, ']');

	cr_assert(eq(str, buf.p,
		     "[null,null,\"1970-01-01T00:00:00Z\","
		     "\"1970-01-01T00:00:01.500Z\"]"));
}

Test(json_out, writes_the_extreme_integers)
{
	vg_jout_open(&j, '[');
	vg_jout_i64(&j, INT64_MIN);
	vg_jout_i64(&j, INT64_MAX);
	vg_jout_close(&j, ']');

	cr_assert(eq(str, buf.p, "[-9223372036854775808,9223372036854775807]"));
}
