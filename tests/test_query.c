#include "view_fix.h"

#include "aggregate/cap.h"
#include "aggregate/query.h"
#include "aggregate/sensors.h"
#include "lexicon_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60000 };
#define HOUR  INT64_C(3600000)
#define AUD_G "G*\x1f"
#define AUD_R "R0\x1f"

static struct fix fix;
static struct vg_view *view;
static struct vg_query query;
static struct vg_query_result result;
static struct vg_err err;

static void open_view(void)
{
	fix_init(&fix, false);
	cr_assert(eq(int, vg_view_new(&view, &fix.env, NULL, NULL), VG_OK));
	query = (struct vg_query){
		.viewer = FIX_MA,
		.step = VG_RES_1M,
		.from_ms = 0,
		.to_ms = 3 * MIN,
		.now_ms = 10 * MIN,
	};
	result = (struct vg_query_result){.marking = -1};
}

static void close_view(void)
{
	vg_query_result_term(&result);
	vg_view_free(view);
	fix_term(&fix);
}

TestSuite(query, .init = open_view, .fini = close_view);

/* A partition read to its end and heard of at `beat`. */
static struct vg_view_feed *feed(const char *partner, int64_t beat)
{
	struct vg_view_feed *f = fix_feed(view, partner);

	f->pub.heartbeat_ms = beat;
	return f;
}

static struct vg_bucket_id minute(unsigned agg, int i)
{
	return (struct vg_bucket_id){(uint16_t)agg, VG_RES_1M,
				     (int64_t)i * MIN};
}

static void by(const char *a, const char *b)
{
	query.n_by = (a != NULL) + (b != NULL);
	query.by[0] = vg_slice_of(a != NULL ? a : "");
	query.by[1] = vg_slice_of(b != NULL ? b : "");
}

static void where(const char *field, const char *value)
{
	query.where_field[query.n_where] = vg_slice_of(field);
	query.where_value[query.n_where++] = vg_slice_of(value);
}

static enum vg_rc ask(void)
{
	vg_query_result_term(&result);
	return vg_query_series(&result, &query, view, fix.store, &err);
}

/* The result as text: "key,key=1 2 -;" */
static char *answer(void)
{
	static char text[8192];
	size_t n = 0;

	cr_assert(eq(int, ask(), VG_OK), "%s", err.text);
	text[0] = '\0';
	for (size_t r = 0; r < result.n_rows; r++) {
		const struct vg_query_row *row = &result.row[r];

		for (unsigned k = 0; k < query.n_by; k++)
			n += (size_t)snprintf(text + n, sizeof text - n,
					      "%s%.*s", k > 0 ? "," : "",
					      (int)row->key[k].n,
					      row->key[k].p);
		for (size_t i = 0; i < result.n_times; i++)
			n += (size_t)snprintf(text + n, sizeof text - n,
					      "%s%lld", i > 0 ? " " : "=",
					      (long long)row->value[i]);
		n += (size_t)snprintf(text + n, sizeof text - n, ";");
	}
	return text;
}

static uint64_t slot(unsigned i)
{
	return UINT64_C(1) << i;
}

Test(query, sums_over_partitions_by_value_and_step)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("MA", HOUR);

	fix_set(a, minute(VG_AGG_COUNTRY, 0), AUD_G "MA", 5, 1);
	fix_set(b, minute(VG_AGG_COUNTRY, 0), AUD_G "MA", 7, 2);
	fix_set(b, minute(VG_AGG_COUNTRY, 2), AUD_G "IL", 1, 1);
	by("country", NULL);
	cr_assert(eq(str, answer(), "IL=0 0 1;MA=12 0 0;"));
	cr_assert(eq(i64, result.row[1].total, 12));
	cr_assert(eq(i64, result.time[2], 2 * MIN));
	query.reports = true;
	cr_assert(eq(str, answer(), "IL=0 0 1;MA=3 0 0;"));
}

Test(query, adds_what_the_viewer_may_see_and_marks_it)
{
	struct vg_view_feed *a = feed("MA", HOUR);

	fix_set(a, minute(VG_AGG_COUNTRY, 0), AUD_G "MA", 5, 1);
	fix_set(a, minute(VG_AGG_COUNTRY, 0), AUD_R "MA", 100, 1);
	fix_set(a, minute(VG_AGG_COUNTRY, 0), AUD_R "XX", 100, 1);
	fix_set(a, minute(VG_AGG_COUNTRY, 0), "A#gone\x1fMA", 1000, 1);
	fix_set(a, minute(VG_AGG_COUNTRY, 0), "no separator", 1000, 1);
	by("country", NULL);
	cr_assert(eq(str, answer(), "MA=105 0 0;XX=100 0 0;"));
	cr_assert(eq(int, result.marking, VG_TLP_RED));
	query.viewer = FIX_US;
	cr_assert(eq(str, answer(), "MA=5 0 0;"));
	cr_assert(eq(int, result.marking, VG_TLP_GREEN));
	query.viewer = VG_SLOT_PUBLIC;
	cr_assert(eq(str, answer(), ""));
	cr_assert(eq(int, result.marking, -1));
}

Test(query, pairs_answer_in_the_order_asked)
{
	struct vg_view_feed *a = feed("MA", HOUR);

	fix_set(a, minute(VG_AGG_ACTOR_COUNTRY, 1), AUD_G "APT1\x1fMA", 3, 1);
	fix_set(a, minute(VG_AGG_ACTOR_COUNTRY, 1), AUD_G "APT2\x1fIL", 4, 1);
	by("actor", "country");
	cr_assert(eq(str, answer(), "APT1,MA=0 3 0;APT2,IL=0 4 0;"));
	by("country", "actor");
	cr_assert(eq(str, answer(), "IL,APT2=0 4 0;MA,APT1=0 3 0;"));
	by("actor", NULL);
	where("country", "IL");
	cr_assert(eq(str, answer(), "APT2=0 4 0;"));
	by(NULL, NULL);
	where("actor", "APT1");
	cr_assert(eq(str, answer(), "=0 0 0;"));
}

Test(query, where_on_a_field_of_by_filters)
{
	struct vg_view_feed *a = feed("MA", HOUR);

	fix_set(a, minute(VG_AGG_COUNTRY, 0), AUD_G "MA", 3, 1);
	fix_set(a, minute(VG_AGG_COUNTRY, 0), AUD_G "IL", 4, 1);
	by("country", NULL);
	where("country", "IL");
	cr_assert(eq(str, answer(), "IL=4 0 0;"));
	where("country", "MA");
	cr_assert(eq(str, answer(), ""));
}

Test(query, nothing_asked_is_the_total_also_when_it_is_none)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("US", HOUR);

	cr_assert(eq(str, answer(), "=0 0 0;"));
	fix_set(a, minute(VG_AGG_PARTNER, 0), AUD_G "MA", 3, 1);
	fix_set(b, minute(VG_AGG_PARTNER, 0), AUD_G "US", 4, 1);
	cr_assert(eq(str, answer(), "=7 0 0;"));
	cr_assert(eq(sz, result.n_rows, 1));
}

Test(query, values_come_back_as_they_were_sent)
{
	struct vg_view_feed *a = feed("MA", HOUR);

	fix_set(a, minute(VG_AGG_ACTOR, 0), AUD_G "\x1b\x5f\x1b\x5b", 3, 1);
	by("actor", NULL);
	cr_assert(eq(str, answer(), "\x1f\x1b=3 0 0;"));
	where("actor", "\x1f\x1b");
	cr_assert(eq(str, answer(), "\x1f\x1b=3 0 0;"));
}

Test(query, refuses_a_series_that_is_not_kept_and_lists_those_that_are)
{
	by("actor", "sensor");
	cr_assert(eq(int, ask(), VG_INVAL));
	for (size_t i = 0; i < VG_AGG_SERIES_N; i++)
		cr_assert(strstr(err.text, vg_series_info(i)->name) != NULL);
	by("colour", NULL);
	cr_assert(eq(int, ask(), VG_INVAL));
	by("country", "country");
	cr_assert(eq(int, ask(), VG_INVAL));
	by("country", NULL);
	where("sensor", "s1");
	cr_assert(eq(int, ask(), VG_INVAL));
}

Test(query, keeps_ten_seconds_of_country_and_partner_only)
{
	struct vg_view_feed *a = feed("MA", HOUR);
	struct vg_bucket_id id = {VG_AGG_COUNTRY, VG_RES_10S, 20000};

	fix_set(a, id, AUD_G "MA", 3, 1);
	query.step = VG_RES_10S;
	query.to_ms = 30000;
	by("country", NULL);
	cr_assert(eq(str, answer(), "MA=0 0 3;"));
	by("actor", NULL);
	cr_assert(eq(int, ask(), VG_INVAL));
	cr_assert(strstr(err.text, "country, partner") != NULL);
	cr_assert(strstr(err.text, "actor") == NULL);
}

Test(query, rounds_from_down_and_to_up)
{
	feed("MA", HOUR);
	query.from_ms = MIN - 1;
	query.to_ms = 2 * MIN + 1;
	cr_assert(eq(str, answer(), "=0 0 0;"));
	cr_assert(eq(i64, result.time[0], 0));
	query.from_ms = MIN;
	query.to_ms = 2 * MIN;
	cr_assert(eq(str, answer(), "=0;"));
	cr_assert(eq(i64, result.time[0], MIN));
}

Test(query, refuses_times_that_are_no_range)
{
	query.to_ms = 0;
	cr_assert(eq(int, ask(), VG_INVAL));
	query.from_ms = -1;
	query.to_ms = 1;
	cr_assert(eq(int, ask(), VG_INVAL));
	query.from_ms = 0;
	query.to_ms = INT64_MAX;
	cr_assert(eq(int, ask(), VG_INVAL));
}

Test(query, answers_as_many_steps_as_it_may_and_no_more)
{
	query.to_ms = VG_QUERY_POINTS_MAX * (int64_t)MIN;
	cr_assert(eq(int, ask(), VG_OK));
	cr_assert(eq(sz, result.n_times, VG_QUERY_POINTS_MAX));
	query.to_ms++;
	cr_assert(eq(int, ask(), VG_INVAL));
	cr_assert(strstr(err.text, "11001 steps") != NULL);
}

Test(query, answers_as_many_values_as_it_may_and_no_more)
{
	struct vg_view_feed *a = feed("MA", HOUR);
	char name[32];

	query.to_ms = 10000 * (int64_t)MIN; /* 400 rows are 4,000,000 values */
	by("sensor", NULL);
	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof name, AUD_G "s%d", i);
		fix_set(a, minute(VG_AGG_SENSOR, 0), name, 1, 1);
	}
	cr_assert(eq(int, ask(), VG_OK));
	cr_assert(eq(sz, result.n_rows, 400));
	fix_set(a, minute(VG_AGG_SENSOR, 0), AUD_G "s400", 7, 1);
	cr_assert(eq(int, ask(), VG_INVAL));
	/* For a top list totals are enough. */
	query.totals = true;
	cr_assert(eq(int, ask(), VG_OK));
	cr_assert(eq(sz, result.n_rows, 401));
	vg_query_top(&result, 1);
	cr_assert(eq(i64, result.row[0].total, 7));
	cr_assert(eq(ptr, result.row[0].value, NULL));
}

Test(query, visits_as_many_cells_as_it_may_and_no_more, .timeout = 120)
{
	struct vg_view_feed *a = feed("MA", HOUR);
	char name[32];

	where("severity", "5");
	for (int i = 0; i < VG_QUERY_CELLS_MAX; i++) {
		snprintf(name, sizeof name, AUD_G "%d", i);
		fix_set(a, minute(VG_AGG_SEVERITY, 0), name, 1, 1);
	}
	cr_assert(eq(str, answer(), "=1 0 0;"));
	/* What is hidden must not be felt. */
	fix_set(a, minute(VG_AGG_SEVERITY, 0),
		"R3\x1f"
		"5",
		1, 1);
	cr_assert(eq(str, answer(), "=1 0 0;"));
	fix_set(a, minute(VG_AGG_SEVERITY, 0), AUD_G "x", 1, 1);
	int64_t cost = 0;
	query.cost = &cost;
	cr_assert(eq(int, ask(), VG_INVAL));
	cr_assert(strstr(err.text, "2000000 cells") != NULL);
	/* What it would cost is of what the viewer sees. */
	cr_assert(eq(i64, cost, VG_QUERY_CELLS_MAX + 1));
}

Test(query, no_data_is_not_zero)
{
	struct vg_view_feed *a = feed("MA", 2 * MIN);

	fix_set(a, minute(VG_AGG_COUNTRY, 0), AUD_G "MA", 3, 1);
	by("country", NULL);
	query.to_ms = 4 * MIN;
	/* The third step starts where the view ends. */
	cr_assert(eq(str, answer(), "MA=3 0 -1 -1;"));
	cr_assert(eq(i64, result.row[0].total, 3));
	a->pub.heartbeat_ms++;
	cr_assert(eq(str, answer(), "MA=3 0 0 -1;"));
	/* Numbers that came early are shown. */
	fix_set(a, minute(VG_AGG_COUNTRY, 3), AUD_G "MA", 1, 1);
	cr_assert(eq(str, answer(), "MA=3 0 0 1;"));
}

Test(query, what_is_no_longer_kept_is_no_data)
{
	struct vg_view_feed *a = feed("MA", 100 * HOUR);

	fix_set(a, minute(VG_AGG_COUNTRY, 2), AUD_G "MA", 3, 1);
	a->pub.log_ms = 48 * HOUR + MIN; /* the first minute is just gone */
	by("country", NULL);
	cr_assert(eq(str, answer(), "MA=-1 0 3;"));
	a->pub.log_ms--;
	cr_assert(eq(str, answer(), "MA=0 0 3;"));
}

Test(query, a_partners_row_has_its_own_completeness)
{
	struct vg_view_feed *a = feed("MA", MIN), *b = feed("US", 3 * MIN);

	fix_set(a, minute(VG_AGG_PARTNER, 0), AUD_G "MA", 3, 1);
	fix_set(b, minute(VG_AGG_PARTNER, 0), AUD_G "US", 4, 1);
	by("partner", NULL);
	cr_assert(eq(str, answer(), "MA=3 -1 -1;US=4 0 0;"));
	by(NULL, NULL);
	cr_assert(eq(str, answer(), "=7 -1 -1;"));
}

Test(query, top_orders_by_total_then_key_and_keeps_n)
{
	struct vg_view_feed *a = feed("MA", HOUR);

	fix_set(a, minute(VG_AGG_ACTOR, 0), AUD_G "b", 3, 1);
	fix_set(a, minute(VG_AGG_ACTOR, 0), AUD_G "a", 3, 1);
	fix_set(a, minute(VG_AGG_ACTOR, 1), AUD_G "c", 9, 1);
	fix_set(a, minute(VG_AGG_ACTOR, 1), AUD_G "d", 1, 1);
	by("actor", NULL);
	cr_assert(eq(int, ask(), VG_OK));
	vg_query_top(&result, 3);
	cr_assert(eq(sz, result.n_rows, 3));
	cr_assert(eq(chr, result.row[0].key[0].p[0], 'c'));
	cr_assert(eq(chr, result.row[1].key[0].p[0], 'a'));
	cr_assert(eq(chr, result.row[2].key[0].p[0], 'b'));
	vg_query_top(&result, 0);
	cr_assert(eq(sz, result.n_rows, 0));
}

/* Actors in ascending order of their hash. */
static const char *const *by_hash(void)
{
	static const char *name[] = {"APT1", "APT2", "APT3"};

	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 2; k++) {
			const uint8_t *key = fix.env.hash_key;
			const char *t = name[k];

			if (vg_cap_hash(key, VG_AGG_ACTOR,
					vg_slice_of(name[k])) <
			    vg_cap_hash(key, VG_AGG_ACTOR,
					vg_slice_of(name[k + 1])))
				continue;
			name[k] = name[k + 1];
			name[k + 1] = t;
		}
	return name;
}

static void set_actor(struct vg_view_feed *f, const char *aud,
		      const char *actor, int64_t events)
{
	char name[64];

	snprintf(name, sizeof name, "%s%s", aud, actor);
	fix_set(f, minute(VG_AGG_ACTOR, 0), name, events, 1);
}

Test(query, a_value_that_one_partition_folded_is_folded_in_its_topic)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("MA", HOUR);
	const char *const *name = by_hash();
	char expected[64];

	set_actor(a, AUD_G, name[0], 1);
	set_actor(a, AUD_G, name[1], 2);
	set_actor(a, AUD_G, VG_OTHER, 4); /* holds some of name[2] */
	set_actor(b, AUD_G, name[0], 8);
	set_actor(b, AUD_G, name[2], 16);
	by("actor", NULL);
	snprintf(expected, sizeof expected, "%s=9 0 0;%s=2 0 0;~other=20 0 0;",
		 strcmp(name[0], name[1]) < 0 ? name[0] : name[1],
		 strcmp(name[0], name[1]) < 0 ? name[1] : name[0]);
	if (strcmp(name[0], name[1]) > 0)
		snprintf(expected, sizeof expected,
			 "%s=2 0 0;%s=9 0 0;~other=20 0 0;", name[1], name[0]);
	cr_assert(eq(str, answer(), expected));
	cr_assert(eq(u64, result.folded, slot(FIX_MA)));
	where("actor", VG_OTHER);
	cr_assert(eq(str, answer(), "~other=20 0 0;"));
}

Test(query, what_one_partner_folded_stays_whole_of_another)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("US", HOUR);
	const char *const *name = by_hash();
	char want[32];

	set_actor(a, AUD_G, name[0], 1);
	set_actor(a, AUD_G, VG_OTHER, 4);
	set_actor(b, AUD_G, name[0], 8);
	set_actor(b, AUD_G, name[1], 16);
	set_actor(b, AUD_G, name[2], 32);
	by("actor", NULL);
	answer();
	cr_assert(eq(sz, result.n_rows, 4));
	cr_assert(eq(u64, result.folded, slot(FIX_MA)));
	for (int i = 0; i < 3; i++) {
		snprintf(want, sizeof want, "%s=%d 0 0;", name[i],
			 (8 << i) + (i == 0));
		cr_assert(strstr(answer(), want) != NULL, "%s", want);
	}
	cr_assert(strstr(answer(), "~other=4 0 0;") != NULL);
}

Test(query, two_partners_that_fold_at_once_are_each_bound_by_their_own)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("US", HOUR);
	const char *const *name = by_hash();
	char want[32];

	set_actor(a, AUD_G, name[0], 1);
	set_actor(a, AUD_G, VG_OTHER, 2);
	set_actor(b, AUD_G, name[1], 4);
	set_actor(b, AUD_G, VG_OTHER, 8);
	by("actor", NULL);
	snprintf(want, sizeof want, "%s=4 0 0;", name[1]);
	cr_assert(strstr(answer(), want) != NULL);
	cr_assert(strstr(answer(), "~other=10 0 0;") != NULL);
	cr_assert(eq(u64, result.folded, slot(FIX_MA) | slot(FIX_US)));
}

Test(query, folded_names_only_whose_rest_is_in_what_was_asked)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("US", HOUR);

	fix_set(a, minute(VG_AGG_ACTOR_COUNTRY, 0), AUD_G "~other\x1fMA", 5, 1);
	fix_set(b, minute(VG_AGG_ACTOR_COUNTRY, 0), AUD_G "APT1\x1fIL", 3, 1);
	fix_set(b, minute(VG_AGG_ACTOR_COUNTRY, 0), AUD_G "~other\x1fIL", 7, 1);
	by("actor", "country");
	answer();
	cr_assert(eq(u64, result.folded, slot(FIX_MA) | slot(FIX_US)));
	by("actor", NULL);
	where("country", "MA");
	answer();
	cr_assert(eq(u64, result.folded, slot(FIX_MA)));
	/* Some of a name asked for may be in the rest, which it is not. */
	by("country", NULL);
	query.n_where = 0;
	where("actor", "APT1");
	cr_assert(eq(str, answer(), "IL=3 0 0;"));
	cr_assert(eq(u64, result.folded, slot(FIX_MA) | slot(FIX_US)));
	by("actor", NULL);
	query.n_where = 0;
	where("country", "AE");
	cr_assert(eq(str, answer(), ""));
	cr_assert(eq(u64, result.folded, 0));
}

Test(query, law3_a_hidden_fold_is_not_told)
{
	struct vg_view_feed *a = feed("MA", HOUR);

	set_actor(a, AUD_R, "APT1", 1);
	set_actor(a, AUD_R, VG_OTHER, 4);
	set_actor(a, AUD_G, "APT2", 16);
	by("actor", NULL);
	query.viewer = FIX_US;
	cr_assert(eq(str, answer(), "APT2=16 0 0;"));
	cr_assert(eq(u64, result.folded, 0));
	query.viewer = FIX_MA;
	answer();
	cr_assert(eq(u64, result.folded, slot(FIX_MA)));
}

/* An invented name whose hash is below (or above) that of `than`. */
static const char *invented(char to[16], const char *than, bool below)
{
	const uint8_t *key = fix.env.hash_key;

	for (int i = 0;; i++) {
		snprintf(to, 16, "zz%d", i);
		if ((vg_cap_hash(key, VG_AGG_ACTOR, vg_slice_of(to)) <
		     vg_cap_hash(key, VG_AGG_ACTOR, vg_slice_of(than))) ==
		    below)
			return to;
	}
}

Test(query, a_known_actor_is_whole_where_invented_names_are_folded)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("MA", HOUR);
	char low[16], high[16], expected[64];

	fix.cfg->lexicon = open_lexicon(VG_VOCABULARY);
	set_actor(a, AUD_G, invented(low, "APT28", true), 1);
	set_actor(a, AUD_G, VG_OTHER, 4);
	set_actor(a, AUD_G, "APT28", 32);
	set_actor(b, AUD_G, "APT28", 8);
	set_actor(b, AUD_G, invented(high, "APT28", false), 16);
	by("actor", NULL);
	snprintf(expected, sizeof expected, "APT28=40 0 0;%s=1 0 0;%s", low,
		 "~other=20 0 0;");
	cr_assert(eq(str, answer(), expected));
	by(NULL, NULL);
	where("actor", "APT28");
	cr_assert(eq(str, answer(), "=40 0 0;"));
}

Test(query, a_fold_in_one_audience_is_not_felt_in_another)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("US", HOUR);
	const char *const *name = by_hash();
	char expected[64];

	set_actor(a, AUD_R, name[0], 1);
	set_actor(a, AUD_R, VG_OTHER, 4);
	set_actor(b, AUD_G, name[2], 16);
	by("actor", NULL);
	query.viewer = FIX_US;
	snprintf(expected, sizeof expected, "%s=16 0 0;", name[2]);
	cr_assert(eq(str, answer(), expected));
	query.viewer = FIX_MA;
	cr_assert(strstr(answer(), expected) != NULL);
	cr_assert(strstr(answer(), "~other=4 0 0;") != NULL);
}

Test(query, a_value_asked_by_name_is_unknown_where_it_may_be_folded)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("MA", HOUR);
	const char *const *name = by_hash();

	set_actor(a, AUD_G, name[1], 2);
	set_actor(a, AUD_G, VG_OTHER, 4);
	set_actor(b, AUD_G, name[2], 16);
	by(NULL, NULL);
	where("actor", name[2]);
	cr_assert(eq(str, answer(), "=-1 0 0;"));
	cr_assert(eq(u64, result.folded, slot(FIX_MA)));
	/* What another counted of it is known. */
	set_actor(feed("US", HOUR), AUD_G, name[2], 32);
	cr_assert(eq(str, answer(), "=32 0 0;"));
	cr_assert(eq(u64, result.folded, slot(FIX_MA)));
	query.n_where = 0;
	where("actor", name[1]);
	cr_assert(eq(str, answer(), "=2 0 0;"));
	query.n_where = 0;
	where("actor", VG_OTHER);
	cr_assert(eq(str, answer(), "=20 0 0;"));
}

Test(query, law5_what_a_quota_left_without_a_name_is_shown_with_the_rest)
{
	struct vg_view_feed *a = feed("MA", HOUR), *b = feed("US", HOUR);

	set_actor(a, AUD_G, "APT1", 1);
	set_actor(a, AUD_G, VG_PAST, 2);
	set_actor(a, AUD_G, VG_OTHER, 4);
	set_actor(b, AUD_G, "APT2", 8);
	by("actor", NULL);
	cr_assert(eq(str, answer(), "APT1=1 0 0;APT2=8 0 0;~other=6 0 0;"));
	cr_assert(eq(u64, result.folded, slot(FIX_MA)));
	by(NULL, NULL);
	where("actor", "APT3"); /* may be among them */
	cr_assert(eq(str, answer(), "=-1 0 0;"));
	query.n_where = 0;
	where("actor", "APT2");
	cr_assert(eq(str, answer(), "=8 0 0;"));
}

Test(query, a_name_longer_than_any_kept_is_not_there)
{
	static char name[2000];

	feed("MA", HOUR);
	memset(name, 'x', sizeof name - 1);
	where("actor", name);
	cr_assert(eq(str, answer(), "=0 0 0;"));
}

Test(query, a_folded_pair_keeps_its_country)
{
	struct vg_view_feed *a = feed("MA", HOUR);

	fix_set(a, minute(VG_AGG_ACTOR_COUNTRY, 0), AUD_G "~other\x1fMA", 5, 1);
	fix_set(a, minute(VG_AGG_ACTOR_COUNTRY, 0), AUD_G "APT1\x1fMA", 3, 1);
	by("actor", NULL);
	where("country", "MA");
	cr_assert(eq(str, answer(), "APT1=3 0 0;~other=5 0 0;"));
}

Test(query, an_actor_of_that_name_is_shown_with_the_rest)
{
	struct vg_view_feed *a = feed("MA", HOUR);

	set_actor(a, AUD_G,
		  "\x1b\xbe"
		  "other",
		  3);
	set_actor(a, AUD_G, "APT1", 1);
	by("actor", NULL);
	cr_assert(eq(str, answer(), "APT1=1 0 0;~other=3 0 0;"));
}

static void set_account(struct vg_view_feed *f, int64_t hour_ms,
			const char *name, int64_t n)
{
	struct vg_bucket_id id = {VG_AGG_ACCOUNT, 0, hour_ms};

	*vg_table_at(vg_cells_at(f->cells, id, NULL), vg_slice_of(name), NULL) =
		n;
}

static enum vg_rc account_of(uint64_t slots, int64_t from_ms, int64_t to_ms,
			     struct vg_account_row **row, size_t *n)
{
	const struct vg_account_range range = {
		.slots = slots, .from_ms = from_ms, .to_ms = to_ms};

	return vg_query_account(row, n, &range, view, &err);
}

Test(account, sums_a_partners_partitions_by_hour, .init = open_view,
     .fini = close_view)
{
	struct vg_view_feed *a = feed("US", 0), *b = feed("US", 0);
	struct vg_view_feed *c = feed("MA", 0);
	struct vg_account_row *row = NULL;
	size_t n = 0;

	set_account(a, 0, "received", 5);
	set_account(b, 0, "received", 6);
	set_account(b, 0, "a name of later", 7);
	set_account(b, 2 * HOUR, "rejected:syntax", 7);
	set_account(c, HOUR, "counted", 8);
	cr_assert(eq(int, account_of(UINT64_MAX, 0, 2 * HOUR + 1, &row, &n),
		     VG_OK));
	cr_assert(eq(sz, n, 3));
	cr_assert(eq(str, (char *)row[0].partner->id, "MA"));
	cr_assert(eq(i64, row[0].hour_ms, HOUR));
	cr_assert(eq(i64, row[0].n[VG_VERDICT_COUNTED], 8));
	cr_assert(eq(str, (char *)row[1].partner->id, "US"));
	cr_assert(eq(i64, row[1].n[VG_VERDICT_RECEIVED], 11));
	cr_assert(eq(i64, row[2].hour_ms, 2 * HOUR));
	cr_assert(eq(i64, row[2].n[VG_VERDICT_R_SYNTAX], 7));
	free(row);
}

static void see(struct vg_sensors *t, const char *sensor, int64_t at_ms)
{
	const struct vg_heard h = {.sensor = vg_slice_of(sensor),
				   .record_ms = at_ms,
				   .event_ms = at_ms,
				   .log_ms = at_ms,
				   .attack = 5};

	cr_assert(eq(int, vg_sensors_hear(t, &h), VG_HEARD));
}

Test(account, says_what_sensors_of_one_partner_both_report, .init = open_view,
     .fini = close_view)
{
	const struct vg_sensors_opts o = {.max = 9, .keep_ms = HOUR, .seed = 1};
	struct vg_view_feed *f[2] = {feed("MA", 0), feed("MA", 0)};
	struct vg_account_row *row = NULL;
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		f[i]->sensors = vg_sensors_new(&o);
		f[i]->pub.sensors = f[i]->sensors;
		f[i]->pub.log_ms = 4 * HOUR;
		set_account(f[i], HOUR, "received", 5);
		set_account(f[i], 4 * HOUR, "received", 5);
	}
	see(f[0]->sensors, "a", 4 * HOUR);
	see(f[1]->sensors, "b", 4 * HOUR + 1);
	see(f[1]->sensors, "b", 4 * HOUR + 2);
	cr_assert(
		eq(int, account_of(UINT64_MAX, 0, 5 * HOUR, &row, &n), VG_OK));
	cr_assert(eq(sz, n, 2));
	cr_assert(not(row[0].has_overlap));
	cr_assert(row[1].has_overlap);
	cr_assert(eq(i64, row[1].overlap, 3));
	free(row);
}

Test(account, shows_only_the_partners_and_hours_asked_for, .init = open_view,
     .fini = close_view)
{
	struct vg_view_feed *a = feed("US", 0), *c = feed("MA", 0);
	struct vg_account_row *row = NULL;
	size_t n = 0;

	set_account(a, 0, "received", 5);
	set_account(a, HOUR, "received", 6);
	set_account(a, 2 * HOUR, "received", 7);
	set_account(c, HOUR, "received", 8);
	cr_assert(eq(int,
		     account_of(UINT64_C(1) << FIX_US, 1, 2 * HOUR, &row, &n),
		     VG_OK));
	cr_assert(eq(sz, n, 1));
	cr_assert(eq(i64, row[0].n[VG_VERDICT_RECEIVED], 6));
	free(row);
}

Test(account, refuses_more_hours_than_it_may, .init = open_view,
     .fini = close_view)
{
	struct vg_account_row *row = NULL;
	size_t n = 9;
	int64_t most = VG_QUERY_POINTS_MAX * HOUR;

	cr_assert(eq(int, account_of(UINT64_MAX, 0, most, &row, &n), VG_OK));
	cr_assert(eq(sz, n, 0));
	free(row);
	n = 9;
	cr_assert(eq(int, account_of(UINT64_MAX, 0, most + 1, &row, &n),
		     VG_INVAL));
	cr_assert(eq(sz, n, 9));
	cr_assert(eq(int, account_of(UINT64_MAX, 5, 5, &row, &n), VG_INVAL));
}
