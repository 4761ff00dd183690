/* The oracle's own count, against logs small enough to be counted by hand. */
#include "aggregate/cap.h"
#include "aggregate/cells.h"
#include "core/buf.h"
#include "core/config.h"
#include "lexicon_fix.h"
#include "verify/recount.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MIN_MS	INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS	INT64_C(86400000)

/* 2026-01-02T03:04:05.678Z, and the starts of its buckets. */
#define T      INT64_C(1767323045678)
#define T_10S  INT64_C(1767323040000)
#define T_1M   INT64_C(1767323040000)
#define T_1H   INT64_C(1767322800000)
#define T_1D   INT64_C(1767312000000)
#define WINDOW (10 * MIN_MS)
#define T_SUB  INT64_C(1767322800000) /* of the track's sub-window */

static const uint8_t KEY[VG_HASH_KEY] = "fedcba987654321";

static struct vg_config *cfg;
static struct vg_audiences *aud;
static struct vg_plan *plan;
static struct vg_part_env env;
static struct vg_recount *count;
static size_t track;

/* A count for MA's partition, with `more` lines of configuration and what is
 * MA's `own`. */
static void open_own(const char *own, const char *more)
{
	struct vg_buf text = {0};
	struct vg_err err = {.text = ""};
	struct vg_track t = {.kind = VG_TRACK_SPAN,
			     .window_ms = WINDOW,
			     .n_group = 1,
			     .n_value = 1};

	vg_buf_printf(&text,
		      "kafka: {brokers: \"127.0.0.1:9092\"}\n"
		      "hash_key_file: hash.key\n"
		      "partners:\n"
		      "  - {id: MA, country: MA, slot: 0%s}\n"
		      "  - {id: US, country: US, slot: 3}\n"
		      "  - {id: IL, country: IL, slot: 1, tlp: GREEN}\n"
		      "caveats: [MA+US]\n"
		      "%s\n",
		      own, more);
	cr_assert(vg_config_parse(&cfg, "test.yaml", text.p, text.n, &err) ==
			  VG_OK,
		  "%s", err.text);
	vg_buf_term(&text);
	cr_assert(eq(int, vg_audiences_new(&aud, cfg, NULL), VG_OK));
	cr_assert(eq(int, vg_plan_new(&plan, NULL), VG_OK));
	t.group[0] = vg_field_ref(vg_slice_of("actor"));
	t.value[0] = vg_field_ref(vg_slice_of("country"));
	cr_assert(eq(int, vg_plan_add_track(plan, &t, &track, NULL), VG_OK));
	env = (struct vg_part_env){.cfg = cfg,
				   .plan = plan,
				   .aud = aud,
				   .hash_key = KEY,
				   .table_seed = 42};
	cr_assert(eq(int, vg_recount_new(&count, &env, &cfg->partners[0], NULL),
		     VG_OK));
}

static void open_with(const char *more)
{
	open_own("", more);
}

static void close_count(void)
{
	vg_recount_free(count);
	vg_plan_free(plan);
	vg_audiences_free(aud);
	vg_config_free(cfg);
	count = NULL;
}

TestSuite(recount, .fini = close_count);

/* The record at `offset`, with record timestamp `ts_ms`. */
static void take(int64_t offset, int64_t ts_ms, const char *record)
{
	cr_assert(eq(int,
		     vg_recount_take(count, offset, ts_ms, vg_slice_of(record),
				     NULL),
		     VG_OK));
}

/* The same with the record's key. */
static void take_keyed(int64_t offset, int64_t ts_ms, const char *key,
		       const char *record)
{
	const struct vg_slice keyed[2] = {vg_slice_of(key),
					  vg_slice_of(record)};

	cr_assert(eq(int,
		     vg_recount_take_keyed(count, offset, ts_ms, keyed, NULL),
		     VG_OK));
}

/* An event of id `id` at `time_ms` with `more` members, read at `ts_ms`. */
static void take_event(int64_t offset, int64_t ts_ms, const char *id,
		       int64_t time_ms, const char *more)
{
	char text[4096];

	snprintf(text, sizeof text,
		 "{\"id\":\"%s\",\"time\":%lld,\"sensor\":\"s1\","
		 "\"category\":\"fraud\"%s}",
		 id, (long long)time_ms, more);
	take(offset, ts_ms, text);
}

/* The integers of `field`, | for the separator; NULL when there is none. */
static const int64_t *cell(unsigned agg, unsigned res, int64_t start_ms,
			   const char *field)
{
	char packed[300];
	const struct vg_table *t =
		vg_cells_get(vg_recount_cells(count),
			     (struct vg_bucket_id){.agg = (uint16_t)agg,
						   .res = (uint8_t)res,
						   .start_ms = start_ms});

	snprintf(packed, sizeof packed, "%s", field);
	for (char *p = packed; *p != '\0'; p++)
		if (*p == '|')
			*p = VG_FIELD_SEP;
	return t == NULL ? NULL : vg_table_get(t, vg_slice_of(packed));
}

static bool is_cell(const int64_t *v, int64_t events, int64_t reports)
{
	return v != NULL && v[0] == events && v[1] == reports;
}

static int64_t reports(unsigned agg, unsigned res, int64_t start_ms,
		       const char *field)
{
	const int64_t *v = cell(agg, res, start_ms, field);

	return v != NULL ? v[1] : 0;
}

/* The account's number, in the hour of `T` unless said. */
static int64_t account_at(int64_t hour_ms, const char *name)
{
	const int64_t *n = cell(VG_AGG_ACCOUNT, 0, hour_ms, name);

	return n != NULL ? *n : 0;
}

static int64_t account(const char *name)
{
	return account_at(T_1H, name);
}

static void adds_up(int64_t hour_ms)
{
	static const char *const verdict[] = {
		"counted", "duplicate", "relayed",   "beyond",
		"future",  "control",	"rejected:*"};
	int64_t sum = 0;

	for (size_t i = 0; i < sizeof verdict / sizeof *verdict; i++)
		sum += account_at(hour_ms, verdict[i]);
	cr_assert(eq(i64, account_at(hour_ms, "received"), sum));
}

static size_t buckets(void)
{
	struct vg_bucket_id id;
	struct vg_table *t = NULL;
	size_t n = 0;

	for (size_t pos = 0;
	     vg_cells_next(vg_recount_cells(count), &pos, &id, &t);)
		n += id.agg != VG_AGG_ACCOUNT;
	return n;
}

Test(recount, counts_an_event_in_each_resolution)
{
	open_with("");
	take_event(0, T, "a", T, ",\"count\":3");
	take_event(1, T, "b", T + 20000, "");
	cr_assert(is_cell(cell(VG_AGG_COUNTRY, VG_RES_10S, T_10S, "A*|MA"), 3,
			  1));
	cr_assert(is_cell(
		cell(VG_AGG_COUNTRY, VG_RES_10S, T_10S + 20000, "A*|MA"), 1,
		1));
	cr_assert(is_cell(cell(VG_AGG_PARTNER, VG_RES_10S, T_10S, "A*|MA"), 3,
			  1));
	cr_assert(
		is_cell(cell(VG_AGG_COUNTRY, VG_RES_1M, T_1M, "A*|MA"), 4, 2));
	cr_assert(
		is_cell(cell(VG_AGG_COUNTRY, VG_RES_1H, T_1H, "A*|MA"), 4, 2));
	cr_assert(
		is_cell(cell(VG_AGG_COUNTRY, VG_RES_1D, T_1D, "A*|MA"), 4, 2));
}

Test(recount, keeps_ten_seconds_of_countries_and_partners_only)
{
	open_with("");
	take_event(0, T, "a", T, ",\"source_country\":\"FR\"");
	for (unsigned agg = 0; agg < VG_AGG_SERIES_N; agg++) {
		const struct vg_bucket_id id = {.agg = (uint16_t)agg,
						.res = VG_RES_10S,
						.start_ms = T_10S};

		cr_assert(eq(int,
			     vg_cells_get(vg_recount_cells(count), id) != NULL,
			     agg == VG_AGG_COUNTRY || agg == VG_AGG_PARTNER));
	}
}

Test(recount, counts_each_value_of_a_list_and_each_pair_once)
{
	open_with("");
	take_event(0, T, "a", T,
		   ",\"count\":5,\"country\":\"IL\",\"source_country\":\"XK\","
		   "\"sector\":\"energy\",\"severity\":10,\"actor\":[\"X\","
		   "\"Y\",\"X\"],\"technique\":[\"T1190\",\"T1059\"]");
	static const struct {
		unsigned agg;
		const char *field;
	} row[] = {{VG_AGG_COUNTRY, "A*|IL"},
		   {VG_AGG_SOURCE, "A*|XK"},
		   {VG_AGG_PARTNER, "A*|MA"},
		   {VG_AGG_SENSOR, "A*|s1"},
		   {VG_AGG_ACTOR, "A*|X"},
		   {VG_AGG_ACTOR, "A*|Y"},
		   {VG_AGG_TECHNIQUE, "A*|T1190"},
		   {VG_AGG_TECHNIQUE, "A*|T1059"},
		   {VG_AGG_CATEGORY, "A*|fraud"},
		   {VG_AGG_SECTOR, "A*|energy"},
		   {VG_AGG_SEVERITY, "A*|10"},
		   {VG_AGG_ACTOR_COUNTRY, "A*|X|IL"},
		   {VG_AGG_ACTOR_COUNTRY, "A*|Y|IL"},
		   {VG_AGG_SOURCE_PAIR, "A*|XK|IL"},
		   {VG_AGG_TECHNIQUE_PAIR, "A*|T1190|IL"},
		   {VG_AGG_TECHNIQUE_PAIR, "A*|T1059|IL"}};
	size_t cells = 0;
	struct vg_bucket_id id;
	struct vg_table *t = NULL;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		for (unsigned res = VG_RES_1M; res < VG_RES_N; res++) {
			const int64_t start[] = {0, T_1M, T_1H, T_1D};

			cr_expect(is_cell(cell(row[i].agg, res, start[res],
					       row[i].field),
					  5, 1),
				  "%s", row[i].field);
		}
	/* And there is none else: two of 10 s, two of the track. */
	for (size_t pos = 0;
	     vg_cells_next(vg_recount_cells(count), &pos, &id, &t);)
		cells += id.agg != VG_AGG_ACCOUNT ? vg_table_count(t) : 0;
	cr_assert(eq(sz, cells, 3 * sizeof row / sizeof *row + 2 + 2));
}

Test(recount, has_no_cell_for_what_an_event_lacks)
{
	open_with("");
	take_event(0, T, "a", T, "");
	for (unsigned agg = 0; agg < VG_AGG_SERIES_N; agg++) {
		const struct vg_bucket_id id = {.agg = (uint16_t)agg,
						.res = VG_RES_1M,
						.start_ms = T_1M};
		bool has = agg == VG_AGG_COUNTRY || agg == VG_AGG_PARTNER ||
			   agg == VG_AGG_SENSOR || agg == VG_AGG_CATEGORY ||
			   agg == VG_AGG_SEVERITY;

		cr_assert(eq(int,
			     vg_cells_get(vg_recount_cells(count), id) != NULL,
			     has));
	}
}

Test(recount, puts_each_label_and_set_into_its_audience)
{
	static const struct {
		const char *more, *field;
		int undeclared;
	} row[] = {
		{"", "A*|MA", 0},
		{",\"tlp\":\"CLEAR\"", "C*|MA", 0},
		{",\"tlp\":\"GREEN\"", "G*|MA", 0},
		{",\"tlp\":\"AMBER+STRICT\"", "S0|MA", 0},
		{",\"tlp\":\"RED\"", "R0|MA", 0},
		{",\"tlp\":\"RED\",\"releasable_to\":[\"US\"]", "R#MA+US|MA",
		 0},
		{",\"tlp\":\"GREEN\",\"releasable_to\":[\"US\",\"MA\",\"ZZ\"]",
		 "G#MA+US|MA", 0},
		{",\"releasable_to\":[]", "A0|MA", 0},
		{",\"tlp\":\"CLEAR\",\"releasable_to\":[\"IL\"]", "C0|MA", 1},
		{",\"tlp\":\"AMBER+STRICT\",\"releasable_to\":[\"US\"]",
		 "S0|MA", 0},
	};

	open_with("");
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		char id[8];
		int64_t before =
			reports(VG_AGG_COUNTRY, VG_RES_1H, T_1H, row[i].field);
		int64_t undeclared = account("undeclared_audience");

		snprintf(id, sizeof id, "e%zu", i);
		take_event((int64_t)i, T, id, T, row[i].more);
		cr_expect(reports(VG_AGG_COUNTRY, VG_RES_1H, T_1H,
				  row[i].field) == before + 1,
			  "%s", row[i].field);
		cr_expect(account("undeclared_audience") ==
				  undeclared + row[i].undeclared,
			  "%s", row[i].field);
	}
	adds_up(T_1H);
}

Test(recount, counts_an_id_again_past_the_span_and_not_at_it)
{
	open_with("ingest: {dedup_span: 3}");
	take_event(10, T, "a", T, "");
	take_event(13, T, "a", T, "");
	cr_assert(eq(i64, account("duplicate"), 1));
	/* A duplicate is seen too: 3 from 13, 6 from 10. */
	take_event(16, T, "a", T, "");
	cr_assert(eq(i64, account("duplicate"), 2));
	take_event(20, T, "a", T, "");
	cr_assert(eq(i64, account("duplicate"), 2));
	cr_assert(eq(i64, account("counted"), 2));
	cr_assert(eq(i64, account("received"), 4));
	cr_assert(
		is_cell(cell(VG_AGG_COUNTRY, VG_RES_1H, T_1H, "A*|MA"), 2, 2));
	adds_up(T_1H);
}

Test(recount, lets_the_future_in_to_its_tolerance_and_no_further)
{
	open_with("ingest: {future_tolerance: 5m}");
	take_event(0, T, "a", T + 5 * MIN_MS + 1, "");
	cr_assert(eq(i64, account("future"), 1));
	cr_assert(eq(sz, buckets(), 0));
	/* The id was not taken. */
	take_event(1, T, "a", T + 5 * MIN_MS, "");
	cr_assert(eq(i64, account("counted"), 1));
	cr_assert(
		eq(i64, vg_recount_state(count).watermark_ms, T + 5 * MIN_MS));
	adds_up(T_1H);
}

Test(recount, puts_beyond_what_is_as_old_as_the_longest_series)
{
	open_with("series: {keep_10s: 1m, keep_1m: 10m, keep_1h: 1h, "
		  "keep_1d: 2d}");
	take_event(0, T, "a", T - 2 * DAY_MS, "");
	cr_assert(eq(i64, account("beyond"), 1));
	cr_assert(eq(sz, buckets(), 0));
	take_event(1, T, "a", T - 2 * DAY_MS + 1, "");
	cr_assert(eq(i64, account("counted"), 1));
	/* Only the day still lives. */
	cr_assert(is_cell(
		cell(VG_AGG_COUNTRY, VG_RES_1D, T_1D - 2 * DAY_MS, "A*|MA"), 1,
		1));
	cr_assert(eq(
		i64,
		reports(VG_AGG_COUNTRY, VG_RES_1H, T_1H - 2 * DAY_MS, "A*|MA"),
		0));
	adds_up(T_1H);
}

Test(recount, counts_in_a_bucket_until_its_time_is_over)
{
	int64_t end = T_1M + MIN_MS + 10 * MIN_MS;

	open_with("series: {keep_10s: 1m, keep_1m: 10m}");
	take_event(0, end - 1, "a", T, "");
	take_event(1, end, "b", T, "");
	cr_assert(
		eq(i64, reports(VG_AGG_COUNTRY, VG_RES_1M, T_1M, "A*|MA"), 1));
	cr_assert(
		eq(i64, reports(VG_AGG_COUNTRY, VG_RES_1H, T_1H, "A*|MA"), 2));
	/* Log time does not fall back. */
	take_event(2, T, "c", T, "");
	cr_assert(
		eq(i64, reports(VG_AGG_COUNTRY, VG_RES_1M, T_1M, "A*|MA"), 1));
}

Test(recount, judges_by_what_is_the_partners_own)
{
	int64_t horizon = WINDOW + 30 * MIN_MS;

	open_own(", dedup_span: 3, future: 1s, lateness: 30m",
		 "rule: {lateness: 2h}");
	take_event(0, T, "a", T + 1000, "");
	take_event(1, T, "b", T + 1001, "");
	cr_assert(eq(i64, account("future"), 1));
	take_event(3, T, "a", T, "");
	cr_assert(eq(i64, account("duplicate"), 1));
	take_event(7, T, "a", T, "");
	cr_assert(eq(i64, account("counted"), 2));

	take_event(8, T + horizon - 1, "c", T, ",\"actor\":\"X\"");
	take_event(9, T + horizon, "d", T, ",\"actor\":\"Y\"");
	cr_assert(cell(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB, "A*|X|MA") !=
		  NULL);
	cr_assert(cell(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB, "A*|Y|MA") ==
		  NULL);
	cr_assert(eq(i64, account("beyond_rules"), 1));
	adds_up(T_1H);
}

Test(recount, keeps_out_of_tracks_what_is_a_horizon_late)
{
	int64_t horizon = WINDOW + HOUR_MS;

	open_with("rule: {lateness: 1h}");
	cr_assert(eq(i64, vg_part_horizon(&env), horizon));
	take_event(0, T + horizon - 1, "a", T, ",\"actor\":\"X\"");
	cr_assert(eq(i64, account_at(T_1H + HOUR_MS, "beyond_rules"), 0));
	cr_assert(cell(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB, "A*|X|MA") !=
		  NULL);
	take_event(1, T + horizon, "b", T, ",\"actor\":\"Y\"");
	cr_assert(eq(i64, account_at(T_1H + HOUR_MS, "beyond_rules"), 1));
	cr_assert(cell(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB, "A*|Y|MA") ==
		  NULL);
	/* In the series it is, either way. */
	cr_assert(eq(i64, reports(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|Y"), 1));
	adds_up(T_1H + HOUR_MS);
}

Test(recount,
     keeps_first_and_last_of_a_span_with_the_smallest_and_largest_offset)
{
	const int64_t *v;

	open_with("");
	take_event(5, T, "a", T, ",\"actor\":\"X\"");
	take_event(6, T, "b", T, ",\"actor\":\"X\"");
	take_event(7, T, "c", T - 1000, ",\"actor\":\"X\"");
	take_event(8, T, "d", T - 1000, ",\"actor\":\"X\"");
	v = cell(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB, "A*|X|MA");
	cr_assert(v != NULL);
	cr_assert(eq(i64, v[0], T - 1000 - T_SUB));
	cr_assert(eq(i64, v[1], 7));
	cr_assert(eq(i64, v[2], T - T_SUB));
	cr_assert(eq(i64, v[3], 6));
	/* The next sub-window is another bucket. */
	take_event(9, T, "e", T_SUB - 1, ",\"actor\":\"X\"");
	v = cell(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB - WINDOW,
		 "A*|X|MA");
	cr_assert(v != NULL && v[0] == WINDOW - 1 && v[3] == 9);
}

/* Actors a0.. of `n`, each in MA and in IL, once per audience. */
static void take_actors(int n)
{
	static const char *const more[] = {
		",\"actor\":\"a%d\"", ",\"actor\":\"a%d\",\"country\":\"IL\"",
		",\"actor\":\"a%d\",\"tlp\":\"RED\""};

	for (int i = 0; i < 3 * n; i++) {
		char id[16], member[80];

		snprintf(id, sizeof id, "e%d", i);
		/* Of our own formats, with one number each. */
		snprintf(member, sizeof member, more[i % 3], i / 3);
		take_event(i, T, id, T, member);
	}
}

static size_t values_of(unsigned agg, unsigned res, int64_t start_ms,
			const char *audience)
{
	const struct vg_table *t =
		vg_cells_get(vg_recount_cells(count),
			     (struct vg_bucket_id){.agg = (uint16_t)agg,
						   .res = (uint8_t)res,
						   .start_ms = start_ms});
	struct vg_slice f;
	int64_t *v = NULL;
	size_t n = 0, len = strlen(audience);

	for (size_t pos = 0; t != NULL && vg_table_next(t, &pos, &f, &v);)
		n += f.n > len && memcmp(f.p, audience, len) == 0 &&
		     f.p[len] == VG_FIELD_SEP;
	return n;
}

Test(recount, folds_nothing_of_a_set_at_its_limit)
{
	open_with("series: {values_max: 3}");
	take_actors(3);
	cr_assert(eq(int, vg_recount_cap(count, NULL), VG_OK));
	cr_assert(eq(sz, values_of(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*"), 3));
	cr_assert(eq(sz, values_of(VG_AGG_ACTOR, VG_RES_1H, T_1H, "R0"), 3));
	cr_assert(cell(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|~other") == NULL);
}

Test(recount, folds_the_largest_hash_of_a_set_one_past_its_limit)
{
	int largest = 0;
	uint64_t hash[4];
	char field[32];

	open_with("series: {values_max: 3}");
	take_actors(4);
	cr_assert(eq(int, vg_recount_cap(count, NULL), VG_OK));
	for (int i = 0; i < 4; i++) {
		snprintf(field, sizeof field, "a%d", i);
		hash[i] = vg_cap_hash(KEY, VG_AGG_ACTOR, vg_slice_of(field));
		largest = hash[i] > hash[largest] ? i : largest;
	}
	for (int i = 0; i < 4; i++) {
		snprintf(field, sizeof field, "A*|a%d", i);
		cr_assert(eq(i64, reports(VG_AGG_ACTOR, VG_RES_1H, T_1H, field),
			     i == largest ? 0 : 2));
	}
	cr_assert(is_cell(cell(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|~other"), 2,
			  2));
	cr_assert(is_cell(cell(VG_AGG_ACTOR, VG_RES_1H, T_1H, "R0|~other"), 1,
			  1));
	/* Countries are vocabulary. */
	cr_assert(eq(sz, values_of(VG_AGG_COUNTRY, VG_RES_1H, T_1H, "A*"), 2));
}

Test(recount, counts_no_vocabulary_towards_the_limit_and_folds_none)
{
	struct vg_lexicon *l = open_lexicon(VG_VOCABULARY);

	open_with("series: {values_max: 3}");
	cfg->lexicon = l;
	take_actors(3);
	take_event(20, T, "k1", T, ",\"actor\":\"Fancy Bear\"");
	take_event(21, T, "k2", T, ",\"actor\":\"Turla\"");
	cr_assert(eq(int, vg_recount_cap(count, NULL), VG_OK));
	cr_assert(cell(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|~other") == NULL);
	take_event(22, T, "k3", T, ",\"actor\":\"invented\"");
	cr_assert(eq(int, vg_recount_cap(count, NULL), VG_OK));
	cr_assert(cell(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|~other") != NULL);
	cr_assert(
		eq(i64, reports(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|APT28"), 1));
	cr_assert(
		eq(i64, reports(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|Turla"), 1));
}

Test(recount, keeps_every_sum_whole_when_it_folds_many)
{
	int64_t ma = 0, il = 0;
	struct vg_slice f;
	int64_t *v = NULL;

	open_with("series: {values_max: 5}");
	take_actors(200);
	cr_assert(eq(int, vg_recount_cap(count, NULL), VG_OK));
	/* Five pairs, and the rest of each country. */
	const struct vg_table *t =
		vg_cells_get(vg_recount_cells(count),
			     (struct vg_bucket_id){.agg = VG_AGG_ACTOR_COUNTRY,
						   .res = VG_RES_1M,
						   .start_ms = T_1M});
	cr_assert(eq(sz, values_of(VG_AGG_ACTOR_COUNTRY, VG_RES_1M, T_1M, "A*"),
		     7));
	for (size_t pos = 0; vg_table_next(t, &pos, &f, &v);) {
		if (memcmp(f.p, "A*", 2) != 0)
			continue;
		ma += memcmp(f.p + f.n - 2, "MA", 2) == 0 ? v[1] : 0;
		il += memcmp(f.p + f.n - 2, "IL", 2) == 0 ? v[1] : 0;
	}
	cr_assert(eq(i64, ma, 200));
	cr_assert(eq(i64, il, 200));
}

Test(recount, thins_a_track_to_its_limit_of_groups_for_each_audience)
{
	open_with("rule: {groups_max: 6}");
	take_actors(3);
	cr_assert(eq(int, vg_recount_cap(count, NULL), VG_OK));
	cr_assert(eq(
		sz, values_of(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB, "A*"),
		6));
	take_event(9, T, "x", T, ",\"actor\":\"one more\"");
	cr_assert(eq(int, vg_recount_cap(count, NULL), VG_OK));
	cr_assert(eq(
		sz, values_of(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB, "A*"),
		6));
	cr_assert(eq(
		sz, values_of(VG_AGG_TRACK_0 + (unsigned)track, 0, T_SUB, "R0"),
		3));
}

Test(recount, sets_aside_what_another_members_topic_carries)
{
	open_with("");
	take_event(0, T, "a", T, ",\"origin\":{\"partner\":\"US\"}");
	cr_assert(eq(i64, account("relayed"), 1));
	cr_assert(eq(sz, buckets(), 0));
	/* It took its id; its own partner, a feed, a stranger are no relay. */
	take_event(1, T, "a", T, "");
	cr_assert(eq(i64, account("duplicate"), 1));
	take_event(2, T, "b", T, ",\"origin\":{\"partner\":\"MA\"}");
	take_event(3, T, "c", T, ",\"origin\":{\"feed\":\"US\"}");
	take_event(4, T, "d", T, ",\"origin\":{\"partner\":\"ZZ\"}");
	cr_assert(eq(i64, account("counted"), 3));
	adds_up(T_1H);
}

Test(recount, accounts_for_every_record_in_the_hour_of_its_timestamp)
{
	static const char recall[] =
		"{\"recall\":{\"sensor\":\"s1\",\"ids\":[\"a\"]}}";

	open_with("");
	take_event(0, T, "a", T, ",\"count\":7,\"partner\":\"MA\"");
	take_event(1, T, "b", T, ",\"partner\":\"US\"");
	take_event(2, T, "c", T, ",\"count\":0");
	take(3, T, "not json");
	take(4, T, "");
	/* Whose it is, only its key says. */
	take(5, T, recall);
	take_keyed(8, T, "s1", recall);
	take_event(6, T + HOUR_MS, "d", T, ",\"count\":2");
	take_event(7, T_1H - 1, "e", T_1H - 1, "");
	cr_assert(eq(i64, account("received"), 7));
	cr_assert(eq(i64, account("counted"), 1));
	cr_assert(eq(i64, account("events"), 7));
	cr_assert(eq(i64, account("rejected:*"), 5));
	cr_assert(eq(i64, account("control"), 1));
	cr_assert(eq(i64, account("recalled"), 1));
	cr_assert(eq(i64, account("recalled_events"), 7));
	cr_assert(eq(i64, account_at(T_1H + HOUR_MS, "events"), 2));
	cr_assert(eq(i64, account_at(T_1H - HOUR_MS, "counted"), 1));
	for (int h = -1; h <= 1; h++)
		adds_up(T_1H + h * HOUR_MS);
}

Test(recount, says_where_it_stands)
{
	struct vg_recount_state s;

	open_with("");
	s = vg_recount_state(count);
	cr_assert(s.records == 0 && s.last_offset == -1);
	cr_assert(s.log_ms == INT64_MIN && s.watermark_ms == INT64_MIN);
	take_event(4, T, "a", T - 5, "");
	take_event(9, T - 100, "b", T - 50, "");
	take(11, T + 1, "rejected");
	s = vg_recount_state(count);
	cr_assert(eq(i64, s.records, 3));
	cr_assert(eq(i64, s.last_offset, 11));
	cr_assert(eq(i64, s.log_ms, T + 1));
	cr_assert(eq(i64, s.watermark_ms, T - 5));
}

Test(recount, takes_any_record_timestamp)
{
	open_with("");
	take_event(0, INT64_MAX, "a", T, "");
	take_event(1, -1, "b", T, "");
	take_event(2, INT64_MIN / 2, "c", T, "");
	cr_assert(eq(sz, buckets(), 0));
	cr_assert(eq(i64, vg_recount_state(count).log_ms, INT64_MAX));
}

Test(recount, leaves_country_and_label_to_the_partner)
{
	open_with("");
	vg_recount_free(count);
	cr_assert(eq(int, vg_recount_new(&count, &env, &cfg->partners[2], NULL),
		     VG_OK));
	take_event(0, T, "a", T, "");
	cr_assert(
		is_cell(cell(VG_AGG_COUNTRY, VG_RES_1H, T_1H, "G*|IL"), 1, 1));
	cr_assert(
		is_cell(cell(VG_AGG_PARTNER, VG_RES_1H, T_1H, "G*|IL"), 1, 1));
}

Test(recount, sets_aside_what_comes_before_and_after_membership)
{
	open_own(", member_from: 2026-01-02T03:00:00Z, "
		 "member_until: 2026-01-02T04:00:00Z",
		 "");
	take_event(0, T_1H - 1, "a", T_1H - 1, "");
	take_event(1, T_1H, "b", T_1H, "");
	take_event(2, T_1H + HOUR_MS - 1, "c", T, "");
	take(3, T_1H + HOUR_MS, "no event at all");
	cr_assert(eq(i64, account_at(T_1H - HOUR_MS, "not_member"), 1));
	cr_assert(eq(i64, account_at(T_1H, "received"), 2));
	cr_assert(eq(i64, account_at(T_1H, "counted"), 2));
	cr_assert(eq(i64, account_at(T_1H + HOUR_MS, "received"), 1));
	cr_assert(eq(i64, account_at(T_1H + HOUR_MS, "not_member"), 1));
	cr_assert(eq(i64, vg_recount_state(count).log_ms, T_1H + HOUR_MS));
}

Test(recount, a_quota_takes_in_what_it_may_and_no_more)
{
	open_own(", max_records_per_minute: 4, max_actors_per_minute: 1, "
		 "max_indicators_per_minute: 1",
		 "");
	take_event(0, T, "a", T, ",\"actor\":\"x1\"");
	take_event(1, T, "b", T, ",\"actor\":[\"x2\",\"x1\",\"x3\"]");
	take_event(2, T, "c", T,
		   ",\"indicators\":[{\"type\":\"ipv4\",\"value\":"
		   "\"192.0.2.1\"},{\"type\":\"ipv4\",\"value\":"
		   "\"192.0.2.2\"}]");
	take_event(3, T, "d", T, ",\"tlp\":\"GREEN\",\"actor\":\"x9\"");
	take_event(4, T, "e", T, "");
	take_event(5, T, "f", T, "");
	take_event(6, T + MIN_MS, "f", T, ",\"actor\":\"x2\"");
	cr_assert(eq(i64, account("counted"), 6));
	cr_assert(eq(i64, account("rejected:*"), 1));
	cr_assert(eq(i64, account("folded_actors"), 2));
	cr_assert(eq(i64, account("left_indicators"), 1));
	cr_assert(eq(i64, reports(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|x1"), 2));
	cr_assert(eq(i64, reports(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|x2"), 1));
	cr_assert(eq(i64, reports(VG_AGG_ACTOR, VG_RES_1H, T_1H, "G*|x9"), 1));
	cr_assert(eq(i64, reports(VG_AGG_ACTOR, VG_RES_1H, T_1H, "A*|~quota"),
		     2));
	cr_assert(eq(
		i64,
		reports(VG_AGG_ACTOR_COUNTRY, VG_RES_1H, T_1H, "A*|~quota|MA"),
		2));
	adds_up(T_1H);
}

Test(recount, a_quota_keeps_what_dead_letters_it_may)
{
	open_own(", max_dead_records_per_hour: 2, max_dead_bytes_per_hour: 9",
		 "");
	take(0, T, "rubbish");
	take(1, T, "rub");
	take(2, T, "ru");
	take(3, T, "");
	cr_assert(eq(i64, account("rejected:*"), 4));
	cr_assert(eq(i64, account("dead_dropped"), 2));
}
