#include "aggregate/match.h"

#include "core/buf.h"
#include "core/vocab.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct vg_event event;
static struct vg_field_values values;
static struct vg_match *match;
static const struct vg_slice TOPIC = {.p = "MA", .n = 2};

static void make_an_event(void)
{
	struct vg_field f[] = {
		{vg_slice_of("user"), vg_slice_of("root"), VG_SCALAR_STRING, 0},
		{vg_slice_of("port"), vg_slice_of("22.0"), VG_SCALAR_NUMBER,
		 22},
		{vg_slice_of("ratio"), vg_slice_of("1e-1"), VG_SCALAR_NUMBER,
		 0.1},
		{vg_slice_of("ok"), vg_slice_of("true"), VG_SCALAR_BOOL, 1},
		{vg_slice_of("empty"), vg_slice_of(""), VG_SCALAR_STRING, 0},
	};

	values.scratch = malloc(VG_FIELD_SCRATCH);
	event = (struct vg_event){
		.sensor = vg_slice_of("s1"),
		.partner = vg_slice_of("IL"), /* what the body says */
		.country = vg_slice_of("MA"),
		.sensor_kind = -1,
		.category =
			vg_vocab_find(VG_VOCAB_CATEGORY, vg_slice_of("fraud")),
		.sector = -1,
		.severity = 7,
		.confidence = 50,
		.count = 1000000,
		.label = VG_TLP_STRICT,
		.n_actor = 2,
		.n_indicator = 1,
		.n_field = 5,
	};
	event.actor[0].name = vg_slice_of("APT1");
	event.actor[1].name = vg_slice_of("APT2");
	event.indicator[0].type =
		vg_vocab_find(VG_VOCAB_INDICATOR, vg_slice_of("ipv4"));
	event.indicator[0].value = vg_slice_of("192.0.2.1");
	memcpy(event.field, f, sizeof f);
	cr_assert(eq(int, vg_match_new(&match, NULL), VG_OK));
}

static void free_match(void)
{
	free(values.scratch);
	vg_match_free(match);
}

TestSuite(match, .init = make_an_event, .fini = free_match);
TestSuite(field, .init = make_an_event, .fini = free_match);

/* The values of a field, joined by a bar. */
static char *read_field(const char *name)
{
	static char text[4096];
	struct vg_field_ref f = vg_field_ref(vg_slice_of(name));
	size_t n = 0;

	vg_field_read(&f, &event, TOPIC, &values);
	text[0] = '\0';
	for (unsigned i = 0; i < values.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s",
				      i > 0 ? "|" : "", (int)values.v[i].n,
				      values.v[i].p);
	return text;
}

static bool with_values(const char *field, const char *a, const char *b)
{
	struct vg_slice v[2] = {vg_slice_of(a), vg_slice_of(b)};

	cr_assert(eq(int,
		     vg_match_add_values(match, vg_slice_of(field), v, 2, NULL),
		     VG_OK));
	return vg_match_test(match, &event, TOPIC, &values);
}

static bool with_bound(const char *field, enum vg_match_op op, double bound)
{
	struct vg_match *m = NULL;
	bool holds;

	cr_assert(eq(int, vg_match_new(&m, NULL), VG_OK));
	cr_assert(eq(int,
		     vg_match_add_bound(m, vg_slice_of(field), op, bound, NULL),
		     VG_OK));
	holds = vg_match_test(m, &event, TOPIC, &values);
	vg_match_free(m);
	return holds;
}

Test(field, canonical_names_read_the_event)
{
	cr_assert(eq(str, read_field("country"), "MA"));
	cr_assert(eq(str, read_field("sensor"), "s1"));
	cr_assert(eq(str, read_field("category"), "fraud"));
	cr_assert(eq(str, read_field("severity"), "7"));
	cr_assert(eq(str, read_field("confidence"), "50"));
	cr_assert(eq(str, read_field("count"), "1000000"));
	cr_assert(eq(str, read_field("tlp"), "AMBER+STRICT"));
}

Test(field, the_partner_is_the_topics_never_the_bodys)
{
	cr_assert(eq(str, read_field("partner"), "MA"));
}

Test(field, absent_and_empty_values_are_missing)
{
	cr_assert(eq(str, read_field("source_country"), ""));
	cr_assert(eq(str, read_field("sensor_kind"), ""));
	cr_assert(eq(str, read_field("sector"), ""));
	cr_assert(eq(str, read_field("technique"), ""));
	cr_assert(eq(str, read_field("empty"), ""));
	cr_assert(eq(str, read_field("no such field"), ""));
	cr_assert(eq(u32, values.n, 0));
}

Test(field, lists_have_a_value_for_each_member)
{
	cr_assert(eq(str, read_field("actor"), "APT1|APT2"));
	cr_assert(eq(str, read_field("indicator"), "ipv4:192.0.2.1"));
}

Test(field, origin_falls_back_to_the_topics_partner)
{
	cr_assert(eq(str, read_field("origin"), "MA"));
	event.origin_feed = vg_slice_of("feed");
	cr_assert(eq(str, read_field("origin"), "feed"));
	event.origin_partner = vg_slice_of("US");
	cr_assert(eq(str, read_field("origin"), "US"));
}

Test(field, numbers_read_in_their_shortest_form)
{
	static const struct {
		double d;
		const char *text;
	} sample[] = {
		{0, "0"},	   {-0.0, "0"},
		{22, "22"},	   {-1.5, "-1.5"},
		{0.1, "0.1"},	   {1.0 / 3, "0.3333333333333333"},
		{1e6, "1000000"},  {9007199254740992, "9007199254740992"},
		{1e300, "1e+300"},
	};

	for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
		event.field[1].number = sample[i].d;
		cr_expect(eq(str, read_field("port"), (char *)sample[i].text));
	}
	cr_assert(eq(str, read_field("ok"), "true"));
}

Test(field, the_most_and_longest_indicators_all_fit)
{
	static char value[VG_INDICATOR_MAX];
	struct vg_field_ref f = vg_field_ref(vg_slice_of("indicator"));

	memset(value, 'x', sizeof value);
	event.n_indicator = VG_INDICATORS_MAX;
	for (int i = 0; i < VG_INDICATORS_MAX; i++)
		event.indicator[i] = (struct vg_indicator){
			.type = vg_vocab_find(VG_VOCAB_INDICATOR,
					      vg_slice_of("sha256")),
			.value = {value, sizeof value}};
	vg_field_read(&f, &event, TOPIC, &values);
	cr_assert(eq(u32, values.n, VG_INDICATORS_MAX));
	cr_assert(eq(u32, values.v[31].n, VG_INDICATOR_MAX + 7));
}

Test(field, only_numbers_are_numbers)
{
	static const struct {
		const char *name;
		bool has;
		double d;
	} sample[] = {
		{"severity", true, 7}, {"count", true, 1e6}, {"port", true, 22},
		{"ratio", true, 0.1},  {"user", false, 0},   {"ok", false, 0},
		{"actor", false, 0},   {"absent", false, 0},
	};

	for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
		struct vg_field_ref f =
			vg_field_ref(vg_slice_of(sample[i].name));
		double d = 0;

		cr_expect(
			eq(int, vg_field_number(&f, &event, &d), sample[i].has),
			"%s", sample[i].name);
		cr_expect(d == sample[i].d, "%s", sample[i].name);
	}
}

Test(match, without_tests_passes_everything)
{
	cr_assert(vg_match_test(match, &event, TOPIC, &values));
}

Test(match, a_list_passes_when_any_value_does)
{
	cr_assert(with_values("actor", "APT2", "APT9"));
	cr_assert(not(with_values("actor", "APT3", "APT9")));
}

Test(match, every_test_must_pass)
{
	cr_assert(with_values("category", "fraud", "fraud"));
	cr_assert(with_values("user", "root", "admin"));
	cr_assert(not(with_values("country", "US", "IL")));
}

Test(match, a_prefix_is_not_a_value)
{
	cr_assert(not(with_values("user", "roo", "roots")));
}

Test(match, a_missing_field_never_passes)
{
	cr_assert(not(with_bound("absent", VG_OP_NEQ, 1)));
	cr_assert(not(with_bound("user", VG_OP_NEQ, 1)));
	cr_assert(not(with_values("source_country", "", "MA")));
}

Test(match, bounds_hold_at_and_beside_the_number)
{
	cr_assert(with_bound("severity", VG_OP_GTE, 7));
	cr_assert(not(with_bound("severity", VG_OP_GT, 7)));
	cr_assert(with_bound("severity", VG_OP_GT, 6));
	cr_assert(with_bound("severity", VG_OP_LTE, 7));
	cr_assert(not(with_bound("severity", VG_OP_LT, 7)));
	cr_assert(with_bound("severity", VG_OP_LT, 8));
	cr_assert(with_bound("severity", VG_OP_EQ, 7));
	cr_assert(not(with_bound("severity", VG_OP_NEQ, 7)));
	cr_assert(with_bound("port", VG_OP_EQ, 22));
}

static void bound(struct vg_match *m, const char *field, enum vg_match_op op,
		  double b)
{
	cr_assert(eq(int,
		     vg_match_add_bound(m, vg_slice_of(field), op, b, NULL),
		     VG_OK));
}

Test(match, prints_the_same_in_any_order)
{
	struct vg_match *other = NULL;
	struct vg_slice v[3] = {vg_slice_of("b"), vg_slice_of("a"),
				vg_slice_of("b")};
	struct vg_buf x = {.n = 0}, y = {.n = 0};

	cr_assert(eq(int, vg_match_new(&other, NULL), VG_OK));
	with_values("user", "a", "b");
	bound(match, "port", VG_OP_GT, 1);
	bound(other, "port", VG_OP_GT, 1);
	cr_assert(
		eq(int,
		   vg_match_add_values(other, vg_slice_of("user"), v, 3, NULL),
		   VG_OK));
	vg_match_print(match, &x);
	vg_match_print(other, &y);
	cr_assert(eq(str, x.p, y.p));
	vg_buf_reset(&y);
	bound(other, "port", VG_OP_LT, 9);
	vg_match_print(other, &y);
	cr_assert(ne(str, x.p, y.p));
	vg_buf_term(&x);
	vg_buf_term(&y);
	vg_match_free(other);
}

Test(match, refuses_names_one_byte_past_the_longest)
{
	static char name[VG_FIELD_NAME_MAX + 1];
	struct vg_slice field = {name, VG_FIELD_NAME_MAX};

	memset(name, 'n', sizeof name);
	cr_assert(eq(int, vg_match_add_bound(match, field, VG_OP_EQ, 1, NULL),
		     VG_OK));
	field.n++;
	cr_assert(eq(int, vg_match_add_bound(match, field, VG_OP_EQ, 1, NULL),
		     VG_INVAL));
	field.n = 0;
	cr_assert(eq(int, vg_match_add_bound(match, field, VG_OP_EQ, 1, NULL),
		     VG_INVAL));
	cr_assert(
		eq(int,
		   vg_match_add_values(match, vg_slice_of("a"), NULL, 0, NULL),
		   VG_INVAL));
}

Test(match, takes_as_many_tests_as_it_may_and_no_more)
{
	for (int i = 0; i < 256; i++)
		cr_assert(eq(int,
			     vg_match_add_bound(match, vg_slice_of("port"),
						VG_OP_GT, i, NULL),
			     VG_OK));
	cr_assert(eq(int,
		     vg_match_add_bound(match, vg_slice_of("port"), VG_OP_GT,
					256, NULL),
		     VG_INVAL));
}
