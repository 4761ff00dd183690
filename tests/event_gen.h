/*
 * event_gen - events made at random, member by member: each with a value of
 * its own kind, at a limit or one past it, or with one of another's.
 *
 * In a value "@12" stands for twelve letters, and "[*9\"a%\"]" for a list of
 * nine such elements, where % is the place; in the same way for an object.
 */
#ifndef VG_TESTS_EVENT_GEN_H
#define VG_TESTS_EVENT_GEN_H

#include "mutate.h"

#include "core/buf.h"

#include <stdlib.h>

#define GEN_VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct gen_member {
	const char *name;
	const char *const *value; /* the good ones are said more often */
} gen_member[] = {
	{"id",
	 GEN_VALUES("\"a\"", "\"b\\u0041\"", "\"@128\"", "\"@129\"", "\"\"",
		    "\"\\u0001\"", "\"\\u007f\"", "\"\xc3\xa9\"", "null")},
	{"time", GEN_VALUES("0", "1767323045", "1767323045.2345",
			    "\"2026-01-02T03:04:05.678+01:00\"", "99999999999",
			    "1e11", "253402300799999", "253402300800000", "-1",
			    "-0.0", "1.7e9", "\"2026-02-30T00:00:00Z\"",
			    "\"2026-01-02\\u005403:04:05Z\"", "1e-400", "[]")},
	{"partner", GEN_VALUES("\"MA\"", "\"ZZ\"", "\"\"", "7", "null")},
	{"sensor", GEN_VALUES("\"s\"", "\"@64\"", "\"@65\"", "\"\\t\"",
			      "\"\\ud83d\\ude00\"")},
	{"sensor_kind",
	 GEN_VALUES("\"ids\"", "\"IDS\"", "\"honeyp\\u006ft\"", "\"\"")},
	{"country", GEN_VALUES("\"MA\"", "\"XK\"", "\"ma\"", "\"ZZ\"",
			       "\"\\u004dA\"", "\"MAR\"")},
	{"source_country",
	 GEN_VALUES("\"XK\"", "\"FR\"", "\"-\"", "\"fr\"", "\"UK\"", "\"EU\"")},
	{"actor",
	 GEN_VALUES("\"Dune\"", "{\"name\":\"R\",\"confidence\":100}",
		    "{\"name\":\"R\",\"confidence\":101}", "{\"confidence\":1}",
		    "{\"name\":null}", "[*8\"a%\"]", "[*9\"a%\"]", "[*9\"a\"]",
		    "[]", "[[]]", "\"@128\"", "[\"@129\"]",
		    "[{\"name\":\"R\",\"confidence\":1},\"R\","
		    "{\"n\\u0061me\":\"R\",\"confidence\":2}]",
		    "[{\"name\":\"R\",\"confidence\":null}]")},
	{"category", GEN_VALUES("\"fraud\"", "\"test\"", "\"fraud \"",
				"\"other\"", "\"fr\\u0061ud\"", "null")},
	{"technique", GEN_VALUES("\"T1190\"", "\"T1190.001\"", "\"T119\"", "[]",
				 "[*16\"T10%%\"]", "[*17\"T1190\"]",
				 "\"\\u00541190\"", "[null]")},
	{"severity", GEN_VALUES("1", "10", "0", "11", "5.0", "5.5", "1e1",
				"\"5\"", "0.999999999999999999999")},
	{"confidence", GEN_VALUES("0", "100", "101", "-1", "-0", "1e2")},
	{"sector", GEN_VALUES("\"energy\"", "\"other\"", "\"\"", "0")},
	{"tlp", GEN_VALUES("\"CLEAR\"", "\"TLP:RED\"", "\"AMBER+STRICT\"",
			   "\"WHITE\"", "\"red\"", "\"TLP:\"", "4", "null")},
	{"releasable_to",
	 GEN_VALUES("[]", "[\"US\"]", "[\"BH\",\"MA\",\"BH\",\"COALITION\"]",
		    "[*64\"X%\"]", "[*65\"US\"]", "\"US\"", "[1]",
		    "[\"\\u0055S\",\"coalition\",\"\"]", "{}")},
	{"count", GEN_VALUES("1", "1000000", "1000001", "0", "2.0", "1e6",
			     "1e400", "9007199254740993", "true")},
	{"origin",
	 GEN_VALUES("{\"partner\":\"US\"}",
		    "{\"feed\":\"@64\",\"id\":\"@128\"}", "{\"feed\":\"@65\"}",
		    "{\"feed\":\"f\",\"id\":\"@129\"}", "{\"id\":\"x\"}", "{}",
		    "[]",
		    "{\"partner\":null,"
		    "\"feed\":\"f\",\"x\":[]}",
		    "{\"partner\":\"\"}")},
	{"indicators",
	 GEN_VALUES("[]", "[{\"type\":\"ipv4\",\"value\":\"192.0.2.1\"}]",
		    "[*32{\"type\":\"domain\",\"value\":\"D%.Example\"}]",
		    "[*33{\"type\":\"ipv4\",\"value\":\"192.0.2.1\"}]",
		    "[{\"type\":\"url\",\"value\":\"http://a/@2039\"}]",
		    "[{\"type\":\"url\",\"value\":\"http://a/@2040\"}]",
		    "[{\"type\":\"url\",\"value\":\"http://@2041\"}]",
		    "[{\"type\":\"ipv6\",\"value\":\"::FFFF:192.0.2.1\"},"
		    "{\"type\":\"ipv6\",\"value\":\"::ffff:c000:201\"}]",
		    "[{\"type\":\"ipv4\",\"value\":\"192.0.2.01\"}]",
		    "[{\"type\":\"nosuch\",\"value\":\"x\"}]",
		    "[{\"type\":\"md5\"}]", "[{\"value\":\"x\"}]", "[7]",
		    "[{\"type\":\"email\",\"value\":\"\\u0041@b.c\",\"x\":1}]",
		    "[{\"type\":null,\"value\":\"x\"}]")},
	{"fields",
	 GEN_VALUES("{}", "{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":null}",
		    "{*64\"f%\":%}", "{*65\"f%\":null}", "{\"@128\":\"\"}",
		    "{\"@129\":null}", "{\"a\":\"@1024\"}", "{\"a\":\"@1025\"}",
		    "{\"\":1}", "{\"\\n\":1}", "{\"a\":[]}", "{\"a\":{}}",
		    "{\"\\u0061\":0.1,\"b\":1e22}",
		    "{\"a\":9007199254740992,\"b\":-0.0,\"c\":2.5e-324}",
		    "{\"a\":0.1000000000000000055511151231257827021181583404541"
		    "015625000000000000000000000000001}",
		    "{\"a\":\"\\u0001\\ud83d\\ude00\"}", "[]")},
	{"recall", GEN_VALUES("{}", "true", "null", "{\"sensor\":\"s\"}")},
	{"unknown", GEN_VALUES("{\"a\":[[],{}]}", "1", "\"@300\"", "null")},
	{"i\\u0064", GEN_VALUES("\"x\"", "null")},
};

enum { GEN_MEMBERS = sizeof gen_member / sizeof gen_member[0] };

static inline size_t gen_digits(const char **p)
{
	char *end = NULL;
	size_t n = strtoul(*p, &end, 10);

	*p = end;
	return n;
}

/* Whether an @ is followed by a number; else it is one of an address. */
static inline int gen_is_run(const char *p)
{
	return p[0] == '@' && p[1] >= '0' && p[1] <= '9';
}

static inline void gen_text(struct vg_buf *out, const char *p, const char *end,
			    size_t place)
{
	while (p < end) {
		if (gen_is_run(p)) {
			p++;
			for (size_t n = gen_digits(&p); n > 0; n--)
				vg_buf_str(out, "x");
		} else if (*p == '%') {
			vg_buf_printf(out, "%zu", 10 + place % 89);
			p++;
			if (p < end && *p == '%') /* %% is as long as one */
				p++;
		} else {
			vg_buf_add(out, p++, 1);
		}
	}
}

static inline void gen_value(struct vg_buf *out, const char *v)
{
	const char *end = v + strlen(v);

	if (v[0] == '\0' || v[1] != '*') {
		gen_text(out, v, end, 0);
		return;
	}
	const char *p = v + 2;
	size_t n = gen_digits(&p);

	vg_buf_add(out, v, 1);
	for (size_t i = 0; i < n; i++) {
		vg_buf_str(out, i > 0 ? "," : "");
		gen_text(out, p, end - 1, i);
	}
	vg_buf_add(out, end - 1, 1);
}

/* A value for member `m`: mostly its first, else any of its own, and seldom
 * one of another member. */
static inline const char *gen_pick(size_t m)
{
	const char *const *v = gen_member[m].value;
	uint32_t n = 0;

	if (below(5) < 3)
		return v[0];
	if (below(20) == 0)
		v = gen_member[below(GEN_MEMBERS)].value;
	while (v[n] != NULL)
		n++;
	return v[below(n)];
}

/* One event: the four that must be there nearly always, others seldom, in any
 * order. */
static inline void gen_event(struct vg_buf *out)
{
	size_t from = below(GEN_MEMBERS);
	unsigned rare = 3 + below(12);

	vg_buf_reset(out);
	vg_buf_str(out, "{");
	for (size_t i = 0; i < GEN_MEMBERS; i++) {
		size_t m = (from + i) % GEN_MEMBERS;
		const char *name = gen_member[m].name;
		bool needed = strcmp(name, "id") == 0 ||
			      strcmp(name, "time") == 0 ||
			      strcmp(name, "sensor") == 0 ||
			      strcmp(name, "category") == 0;

		if (needed ? below(40) == 0 : below(rare) != 0)
			continue;
		vg_buf_printf(out, "%s\"%s\":", out->n > 1 ? "," : "", name);
		gen_value(out, gen_pick(m));
	}
	vg_buf_str(out, "}");
}

#endif
