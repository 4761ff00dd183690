#include "promql/lex.h"
#include "promql/tree.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct vg_pq_tree tree;
static struct vg_err err;

static enum vg_rc parse(const char *text)
{
	vg_pq_tree_term(&tree);
	return vg_pq_parse(&tree, vg_slice_of(text), &err);
}

static void finish(void)
{
	vg_pq_tree_term(&tree);
}

TestSuite(parse, .fini = finish);

Test(parse, takes_what_is_documented)
{
	static const char *const good[] = {
		"1",
		"-1.5e3",
		"0x1f",
		".5",
		"Inf",
		"\"text\"",
		"'it''",
		"`raw\\`",
		"vigie_events_total",
		"vigie_events_total{}",
		"{__name__=\"vigie_events_total\"}",
		"vigie_events_total{country=\"MA\",}",
		"x{a=\"1\",b!=\"2\",c=~\"3|4\",d!~\".+\"}",
		"x[5m]",
		"x[1h30m]",
		"x offset 5m",
		"x offset -1w",
		"x @ 1609746000",
		"x @ start()",
		"x[5m] @ end() offset 1h",
		"x offset 1h @ 10.5",
		"rate(x[5m])",
		"sum by (country) (rate(x[5m]))",
		"sum(rate(x[5m])) by (country)",
		"sum without (a, b) (x)",
		"topk by (a) (3, x)",
		"bottomk(1 + 1, x) without (a)",
		"count(x) > bool 1",
		"1 + 2 * 3 ^ 4 ^ 5 % 6",
		"(x / y) * 100",
		"-x ^ 2",
		"1 == bool 1",
		"x # a comment\n + 1",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		/* "'it''" is the one slip among them: two strings. */
		bool slip = strcmp(good[i], "'it''") == 0;

		cr_expect(eq(int, parse(good[i]), slip ? VG_INVAL : VG_OK),
			  "%s: %s", good[i], err.text);
	}
}

Test(parse, names_what_it_refuses_and_where)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"", "unknown position: parse error: no expression found in "
		     "input"},
		{"  # nothing", "unknown position: parse error: no expression "
				"found in input"},
		{"sum(", "1:5: parse error: unexpected end of input in "
			 "expression"},
		{"x{", "1:3: parse error: unexpected end of input in label "
		       "matching, expected label"},
		{"x{a}",
		 "1:4: parse error: unexpected \"}\" in label matching, "
		 "expected = != =~ or !~"},
		{"x y", "1:3: parse error: unexpected identifier \"y\" in "
			"expression, expected an operator or the end"},
		{"{}", "1:3: parse error: vector selector must contain at "
		       "least one non-empty matcher"},
		{"{a=~\".*\"}", "1:10: parse error: vector selector must "
				"contain at least one non-empty matcher"},
		{"rate(x)", "1:6: parse error: expected type range vector in "
			    "call to function \"rate\", got instant vector"},
		{"sum(x[5m])", "1:5: parse error: expected type instant vector "
			       "in aggregation expression, got range vector"},
		{"topk(x, y)", "1:6: parse error: expected type scalar in "
			       "aggregation parameter, got instant vector"},
		{"histogram_quantile(0.9, x)",
		 "1:1: parse error: histogram_quantile is not supported"},
		{"stddev(x)", "1:1: parse error: stddev is not supported"},
		{"foo(x)", "1:1: parse error: unknown function with name "
			   "\"foo\""},
		{"rate(x[5m:1m])",
		 "1:10: parse error: subqueries are not supported"},
		{"rate((x + y)[5m])",
		 "1:13: parse error: ranges are only allowed for vector "
		 "selectors: subqueries are not supported"},
		{"x and y", "1:3: parse error: and is not supported"},
		{"x or vector(0)", "1:3: parse error: or is not supported"},
		{"x / on(a) y", "1:5: parse error: on is not supported: "
				"vectors match on identical labels"},
		{"x * group_left y",
		 "1:5: parse error: group_left is not supported: vectors "
		 "match on identical labels"},
		{"1 == 1", "1:7: parse error: comparisons between scalars must "
			   "use BOOL modifier"},
		{"1 + bool 1", "1:5: parse error: bool modifier can only be "
			       "used on comparison operators"},
		{"x[5m] + 1", "1:10: parse error: binary expression must "
			      "contain only scalar and instant vector types"},
		{"(x + 1) offset 5m",
		 "1:9: parse error: offset and @ must follow a selector"},
		{"x[0s]", "1:3: parse error: duration must be greater than 0"},
		{"x[5]", "1:3: parse error: unexpected \"5\" in range, "
			 "expected duration as in 5m"},
		{"x{a=~\"(\"}", NULL},
		{"\"abc", "1:1: parse error: unterminated quoted string"},
		{"x $ y", "1:3: parse error: unexpected character: 0x24"},
		{"1x", "1:1: parse error: bad number or duration syntax: "
		       "\"1x\""},
		{"x offset 1h offset 2h",
		 "1:13: parse error: offset may not be set twice"},
		{"x\n  + }", "2:5: parse error: unexpected \"}\" in "
			     "expression"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		cr_expect(eq(int, parse(bad[i].text), VG_INVAL), "%s",
			  bad[i].text);
		if (bad[i].error != NULL)
			cr_expect(eq(str, err.text, (char *)bad[i].error));
	}
}

static double fold(const struct vg_pq_node *n)
{
	double a, b;

	if (n->kind == VG_PQ_NUMBER)
		return n->number;
	a = fold(n->left);
	if (n->kind == VG_PQ_NEGATE)
		return -a;
	b = fold(n->right);
	if (n->op == VG_PQ_ADD)
		return a + b;
	if (n->op == VG_PQ_SUB)
		return a - b;
	if (n->op == VG_PQ_MUL)
		return a * b;
	for (double left = a; n->op == VG_PQ_POW && b > 1; b--)
		a *= left;
	return a;
}

Test(parse, binds_operators_as_prometheus_does)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {
		{"1 + 2 * 3", 7},   {"(1 + 2) * 3", 9}, {"8 - 4 - 2", 2},
		{"2 ^ 3 ^ 2", 512}, {"-2 ^ 2", -4},	{"2 * -3", -6},
		{"- - 2", 2},	    {"2 ^ 2 * 3", 12},	{"+3 - +1", 2},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_assert(eq(int, parse(cases[i].text), VG_OK), "%s: %s",
			  cases[i].text, err.text);
		cr_expect(eq(dbl, fold(tree.root), cases[i].value), "%s",
			  cases[i].text);
	}
}

Test(parse, reads_durations_from_large_units_to_small)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {{"5m", 300000},
		    {"1h30m", 5400000},
		    {"1w2d", 777600000},
		    {"15ms", 15},
		    {"1y", INT64_C(31536000000)}};
	static const char *const bad[] = {
		"",   "5",   "m",    "30m1h", "5m5m",
		"5x", "-5m", "101y", "1h ",   "99999999999999999999s"};
	int64_t ms;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		cr_expect(vg_pq_duration(vg_slice_of(good[i].text), &ms));
		cr_expect(eq(i64, ms, good[i].ms), "%s", good[i].text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(not(vg_pq_duration(vg_slice_of(bad[i]), &ms)), "%s",
			  bad[i]);
}

Test(parse, ties_a_pattern_to_the_whole_value)
{
	bool limit = false;

	cr_assert(eq(int, parse("x{a=~\"b|c\"}"), VG_OK));
	cr_assert(vg_pq_matches(&tree.root->matcher[1], vg_slice_of("b"),
				&limit));
	cr_assert(not(vg_pq_matches(&tree.root->matcher[1], vg_slice_of("bc"),
				    &limit)));
	cr_assert(not(limit));
}

/* n nested brackets around 1. */
static char *nested(size_t n)
{
	char *text = malloc(2 * n + 2);

	memset(text, '(', n);
	text[n] = '1';
	memset(text + n + 1, ')', n);
	text[2 * n + 1] = '\0';
	return text;
}

Test(parse, law6_stops_at_its_limits_and_not_before)
{
	char *text = nested(VG_PQ_DEPTH_MAX - 1);
	char many[1024] = "x{";

	cr_expect(eq(int, parse(text), VG_OK), "%s", err.text);
	free(text);
	text = nested(VG_PQ_DEPTH_MAX);
	cr_expect(eq(int, parse(text), VG_INVAL));
	free(text);

	text = malloc(VG_PQ_TEXT_MAX + 2);
	memset(text, ' ', VG_PQ_TEXT_MAX + 1);
	text[0] = '1';
	text[VG_PQ_TEXT_MAX] = '\0';
	cr_expect(eq(int, parse(text), VG_OK));
	text[VG_PQ_TEXT_MAX] = ' ';
	text[VG_PQ_TEXT_MAX + 1] = '\0';
	cr_expect(eq(int, parse(text), VG_INVAL));
	free(text);

	for (int i = 1; i < VG_PQ_MATCHERS_MAX; i++)
		(void)strcat(many, "a=\"1\",");
	(void)strcat(many, "}");
	cr_expect(eq(int, parse(many), VG_OK), "%s", err.text);
	many[strlen(many) - 1] = '\0';
	(void)strcat(many, "a=\"1\"}");
	cr_expect(eq(int, parse(many), VG_INVAL));
}
