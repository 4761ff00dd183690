#include "decode_fix.h"

TestSuite(decode_list, .init = make_scratch, .fini = free_scratch);

/* `before` + n times `element`, separated by commas, + `after`; # in the
 * element becomes its number. */
static enum vg_verdict with_many(const char *before, const char *element, int n,
				 const char *after)
{
	struct vg_buf b = {0};

	vg_buf_str(&b, before);
	for (int i = 0; i < n; i++) {
		if (i > 0)
			vg_buf_str(&b, ",");
		for (const char *p = element; *p != '\0'; p++) {
			if (*p == '#')
				vg_buf_i64(&b, 1000 + i);
			else
				vg_buf_add(&b, p, 1);
		}
	}
	vg_buf_str(&b, after);
	enum vg_verdict v = with(b.p);
	vg_buf_term(&b);
	return v;
}

Test(decode_list, refuses_control_characters_in_names)
{
	static const struct row rows[] = {
		{"\"actor\":\"a\\u001fb\"", R_VALUE, "actor: has a control"},
		{"\"actor\":[{\"name\":\"a\\n\"}]", R_VALUE, "actor: has a"},
		{"\"origin\":{\"feed\":\"a\\tb\"}", R_VALUE,
		 "origin.feed: has"},
		{"\"origin\":{\"partner\":\"\x7f\"}", R_VALUE,
		 "origin.partner"},
		{"\"origin\":{\"feed\":\"a\",\"id\":\"\\u0001\"}", R_VALUE,
		 "origin.id: has a control"},
		{"\"fields\":{\"a\\u0007\":1}", R_VALUE, "fields: name: has a"},
		{"\"fields\":{\"a\":\"x\\ny\"}", ACCEPTED, NULL},
		{"\"indicators\":[{\"type\":\"url\",\"value\":"
		 "\"http://a/\\u007f\"}]",
		 R_VALUE, "indicators.value: has a control"},
		{"\"actor\":\"\xc3\xa9\"", ACCEPTED, NULL},
	};
	EXPECT(rows);
}

Test(decode_list, takes_actors_in_every_form)
{
	cr_assert(eq(int,
		     with("\"actor\":[\"A\",{\"name\":\"B\","
			  "\"confidence\":40,\"x\":1},{\"name\":\"A\","
			  "\"confidence\":70},\"B\"]"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_actor, 2));
	cr_assert(is(event.actor[0].name, "A"));
	cr_assert(eq(int, event.actor[0].confidence, 70));
	cr_assert(is(event.actor[1].name, "B"));
	cr_assert(eq(int, event.actor[1].confidence, 40));
	cr_assert(eq(int, with("\"actor\":{\"name\":\"C\"}"), ACCEPTED));
	cr_assert(event.n_actor == 1 && is(event.actor[0].name, "C"));
}

Test(decode_list, refuses_actors_by_their_fault)
{
	static const struct row rows[] = {
		{"\"actor\":[]", ACCEPTED, NULL},
		{"\"actor\":null", ACCEPTED, NULL},
		{"\"actor\":\"\"", R_VALUE, "actor: empty"},
		{"\"actor\":5", R_TYPE, "actor: must be a string or an object"},
		{"\"actor\":[\"a\",null]", R_TYPE,
		 "actor: must be a string or an object (number 2)"},
		{"\"actor\":[[\"a\"]]", R_TYPE, "actor"},
		{"\"actor\":[{}]", R_MISSING, "actor.name: missing (number 1)"},
		{"\"actor\":{\"name\":null}", R_MISSING, "actor.name"},
		{"\"actor\":{\"name\":3}", R_TYPE, "actor"},
		{"\"actor\":{\"name\":\"a\",\"confidence\":101}", R_VALUE,
		 "actor.confidence"},
		{"\"actor\":{\"name\":\"a\",\"confidence\":null}", ACCEPTED,
		 NULL},
		{"\"actor\":{\"name\":\"a\",\"confidence\":\"1\"}", R_TYPE,
		 "actor.confidence"},
		{"\"actor\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\"]",
		 ACCEPTED, NULL},
		{"\"actor\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
		 "\"9\"]",
		 R_VALUE, "actor: more than 8 elements"},
	};
	EXPECT(rows);
	cr_assert(eq(int, with_text("\"actor\":\"", VG_ACTOR_MAX, 'a', "\""),
		     ACCEPTED));
	cr_assert(eq(int,
		     with_text("\"actor\":\"", VG_ACTOR_MAX + 1, 'a', "\""),
		     R_VALUE));
}

Test(decode_list, takes_techniques_by_shape)
{
	static const struct row rows[] = {
		{"\"technique\":\"T1059\"", ACCEPTED, NULL},
		{"\"technique\":[\"T1059.001\",\"T1059\"]", ACCEPTED, NULL},
		{"\"technique\":[]", ACCEPTED, NULL},
		{"\"technique\":\"T105\"", R_VALUE,
		 "technique: not of the form"},
		{"\"technique\":\"t1059\"", R_VALUE, "technique"},
		{"\"technique\":\"\"", R_VALUE, "technique"},
		{"\"technique\":[\"T1059\",1]", R_TYPE,
		 "technique: must be a string (number 2)"},
		{"\"technique\":{}", R_TYPE, "technique"},
	};
	EXPECT(rows);
	cr_assert(
		eq(int, with("\"technique\":[\"T1059\",\"T1059\"]"), ACCEPTED));
	cr_assert(eq(u32, event.n_technique, 1));
}

Test(decode_list, bounds_lists_at_their_limit_and_one_past_it)
{
	static const struct {
		const char *before, *element, *after;
		int max;
	} rows[] = {
		{"\"technique\":[", "\"T#\"", "]", VG_TECHNIQUES_MAX},
		{"\"indicators\":[", "{\"type\":\"domain\",\"value\":\"d#\"}",
		 "]", VG_INDICATORS_MAX},
		{"\"fields\":{", "\"f#\":#", "}", VG_FIELDS_MAX},
		{"\"releasable_to\":[", "\"P#\"", "]", 64},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect(eq(int,
			     with_many(rows[i].before, rows[i].element,
				       rows[i].max, rows[i].after),
			     ACCEPTED));
		cr_expect(eq(int,
			     with_many(rows[i].before, rows[i].element,
				       rows[i].max + 1, rows[i].after),
			     R_VALUE));
	}
	with_many("\"fields\":{", "\"f#\":#", VG_FIELDS_MAX, "}");
	cr_assert(eq(u32, event.n_field, VG_FIELDS_MAX));
	cr_assert(is(event.field[63].name, "f1063"));
}

Test(decode_list, lets_unknown_partners_narrow_and_name_nobody)
{
	cr_assert(eq(int, with("\"releasable_to\":[\"US\",\"ZZ\",\"us\"]"),
		     ACCEPTED));
	cr_assert(event.narrowed);
	cr_assert(eq(u64, event.releasable, 1 << 3));
	cr_assert(eq(int, with("\"releasable_to\":[]"), ACCEPTED));
	cr_assert(event.narrowed && event.releasable == 0);
	cr_assert(eq(int, with("\"releasable_to\":null"), ACCEPTED));
	cr_assert(not(event.narrowed));
	cr_assert(eq(int, with("\"releasable_to\":[\"BH\"]"), ACCEPTED));
	cr_assert(eq(u64, event.releasable, UINT64_C(1) << 60));
	cr_assert(eq(int, with("\"releasable_to\":\"US\""), R_TYPE));
	cr_assert(eq(int, with("\"releasable_to\":[1]"), R_TYPE));
}

Test(decode_list, takes_an_origin_of_partner_or_feed)
{
	static const struct row rows[] = {
		{"\"origin\":{\"partner\":\"US\"}", ACCEPTED, NULL},
		{"\"origin\":{\"feed\":\"f\",\"id\":\"x\",\"z\":[]}", ACCEPTED,
		 NULL},
		{"\"origin\":{\"id\":\"x\"}", R_MISSING, "origin: partner or"},
		{"\"origin\":{\"partner\":null}", R_MISSING, "origin"},
		{"\"origin\":{}", R_MISSING, "origin"},
		{"\"origin\":\"US\"", R_TYPE, "origin: must be an object"},
		{"\"origin\":{\"partner\":1}", R_TYPE, "origin.partner"},
		{"\"origin\":{\"feed\":\"\"}", R_VALUE, "origin.feed: empty"},
		{"\"origin\":{\"feed\":\"f\",\"id\":7}", R_TYPE, "origin.id"},
	};
	EXPECT(rows);
	cr_assert(eq(
		int,
		with_text("\"origin\":{\"feed\":\"", VG_ORIGIN_MAX, 'f', "\"}"),
		ACCEPTED));
	cr_assert(eq(int,
		     with_text("\"origin\":{\"feed\":\"", VG_ORIGIN_MAX + 1,
			       'f', "\"}"),
		     R_VALUE));
	cr_assert(eq(int,
		     with_text("\"origin\":{\"feed\":\"f\",\"id\":\"",
			       VG_ID_MAX, 'i', "\"}"),
		     ACCEPTED));
	cr_assert(eq(int,
		     with_text("\"origin\":{\"feed\":\"f\",\"id\":\"",
			       VG_ID_MAX + 1, 'i', "\"}"),
		     R_VALUE));
}

Test(decode_list, makes_indicators_canonical_and_equal_ones_one)
{
	cr_assert(eq(int,
		     with("\"indicators\":[{\"type\":\"domain\",\"value\":"
			  "\"A.example.\"},{\"value\":\"a.EXAMPLE\",\"type\":"
			  "\"domain\",\"x\":{}},{\"type\":\"ipv6\",\"value\":"
			  "\"0::1\"},{\"type\":\"url\",\"value\":"
			  "\"HTTP:\\/\\/A\"}]"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_indicator, 3));
	cr_assert(is(event.indicator[0].value, "a.example"));
	cr_assert(is(event.indicator[1].value, "::1"));
	cr_assert(is(event.indicator[2].value, "http://a/"));
	cr_assert(eq(int, event.indicator[2].type, VG_INDICATOR_URL));
}

Test(decode_list, refuses_indicators_by_their_fault)
{
	static const struct row rows[] = {
		{"\"indicators\":{}", R_TYPE, "indicators: must be a list"},
		{"\"indicators\":[\"192.0.2.1\"]", R_TYPE,
		 "indicators: must be an object (number 1)"},
		{"\"indicators\":[{\"type\":\"ipv4\"}]", R_MISSING,
		 "indicators.value: missing (number 1)"},
		{"\"indicators\":[{\"value\":\"x\"}]", R_MISSING,
		 "indicators.type: missing"},
		{"\"indicators\":[{\"type\":\"sha1\",\"value\":\"x\"}]",
		 R_VALUE, "indicators.type: not a word of its list"},
		{"\"indicators\":[{\"type\":\"ipv4\",\"value\":\"1.2.3\"}]",
		 R_VALUE, "indicators.value: not a valid ipv4 (number 1)"},
		{"\"indicators\":[{\"type\":\"ipv4\",\"value\":16909060}]",
		 R_TYPE, "indicators.value: must be a string"},
		{"\"indicators\":[{\"type\":\"ipv4\",\"value\":\"\"}]", R_VALUE,
		 "indicators.value: empty"},
		{"\"indicators\":[]", ACCEPTED, NULL},
	};
	EXPECT(rows);
}

Test(decode_list, bounds_an_indicator_at_2048_bytes)
{
	static const char before[] =
		"\"indicators\":[{\"type\":\"url\",\"value\":\"http://a/";
	size_t room = VG_INDICATOR_MAX - 9;

	cr_assert(eq(int, with_text(before, room, 'x', "\"}]"), ACCEPTED));
	cr_assert(eq(u32, event.indicator[0].value.n, VG_INDICATOR_MAX));
	cr_assert(eq(int, with_text(before, room + 1, 'x', "\"}]"), R_VALUE));
	/* 2048 bytes whose canonical form has one more. */
	cr_assert(eq(int,
		     with_text("\"indicators\":[{\"type\":\"url\",\"value\":"
			       "\"http://a?",
			       room, 'x', "\"}]"),
		     R_VALUE));
}

Test(decode_list, takes_scalars_under_fields)
{
	cr_assert(eq(int,
		     with("\"fields\":{\"s\":\"\",\"n\":-1.50e1,\"t\":true,"
			  "\"f\":false,\"z\":null,\"\\u00e9\":\"a\\\"b\"}"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_field, 5));
	cr_assert(event.field[0].type == VG_SCALAR_STRING &&
		  event.field[0].text.n == 0);
	cr_assert(event.field[1].type == VG_SCALAR_NUMBER &&
		  is(event.field[1].text, "-1.50e1"));
	cr_assert(ieee_ulp_eq(dbl, event.field[1].number, -15.0, 0));
	cr_assert(event.field[2].type == VG_SCALAR_BOOL &&
		  is(event.field[2].text, "true"));
	cr_assert(is(event.field[3].text, "false"));
	cr_assert(is(event.field[4].name, "\xc3\xa9"));
	cr_assert(is(event.field[4].text, "a\"b"));
}

Test(decode_list, refuses_fields_by_their_fault)
{
	static const struct row rows[] = {
		{"\"fields\":[]", R_TYPE, "fields: must be an object"},
		{"\"fields\":{\"a\":1,\"b c\\u0000\":1}", VG_VERDICT_R_UTF8,
		 "json: "},
		{"\"fields\":{\"a\":1,\"b\xc3\xa9\\\"\":[]}", R_TYPE,
		 "fields: must be a string, a number or a boolean (number 2, "
		 "\"b\?\?\?\")"},
		{"\"fields\":{\"a\":{\"b\":1}}", R_TYPE, "fields"},
		{"\"fields\":{\"\":1}", R_VALUE, "fields: name: empty"},
	};
	EXPECT(rows);
	cr_assert(
		eq(int,
		   with_text("\"fields\":{\"", VG_FIELD_NAME_MAX, 'n', "\":1}"),
		   ACCEPTED));
	cr_assert(eq(int,
		     with_text("\"fields\":{\"", VG_FIELD_NAME_MAX + 1, 'n',
			       "\":1}"),
		     R_VALUE));
	cr_assert(eq(int,
		     with_text("\"fields\":{\"a\":\"", VG_FIELD_VALUE_MAX, 'v',
			       "\"}"),
		     ACCEPTED));
	cr_assert(eq(int,
		     with_text("\"fields\":{\"a\":\"", VG_FIELD_VALUE_MAX + 1,
			       'v', "\"}"),
		     R_VALUE));
}
