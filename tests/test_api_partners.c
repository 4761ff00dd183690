#include "aggregate/sensors.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct api_fixture f;

/* 11:00:30 and 11:59:40 of the day. */
#define LOG_MS	     (API_NOW_MS - 500 - 3570000)
#define HEARTBEAT_MS (API_NOW_MS - 500 - 20000)

static struct vg_view_part *put(const char *partner, int32_t partition)
{
	struct vg_view_part *p = &fake_world()->part[fake_world()->n_parts++];

	*p = (struct vg_view_part){
		.partner = vg_config_partner(f.cfg, vg_slice_of(partner)),
		.partition = partition,
		.offset = 10,
		.high = 10,
		.watermark_ms = LOG_MS - 1000,
		.log_ms = LOG_MS,
		.heartbeat_ms = HEARTBEAT_MS,
		.live = true};
	(void)snprintf(p->topic, sizeof p->topic, "%s", p->partner->topic);
	return p;
}

static void start(void)
{
	api_fixture_init(&f);
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(partners, .init = start, .fini = finish);

/* Member `name` of partner `id` as the holder of `token` reads it. */
static void member(const char *token, const char *id, const char *name,
		   char out[64])
{
	cJSON *doc = api_json(&f, token, "/v1/partners", 200), *p;

	(void)strcpy(out, "absent");
	cJSON_ArrayForEach(p, cJSON_GetObjectItem(doc, "partners"))
	{
		const cJSON *m = cJSON_GetObjectItem(p, name);
		char *text;

		if (strcmp(cJSON_GetObjectItem(p, "id")->valuestring, id) ||
		    m == NULL)
			continue;
		text = cJSON_PrintUnformatted(m);
		(void)snprintf(out, 64, "%s", text);
		cJSON_free(text);
	}
	cJSON_Delete(doc);
}

#define EXPECT_MEMBER(token, id, name, want)                                   \
	do {                                                                   \
		char got[64];                                                  \
		member(token, id, name, got);                                  \
		cr_expect(eq(str, got, want), "%s of %s", name, id);           \
	} while (0)

Test(partners, are_current_lagging_or_never_seen)
{
	(void)put("MA", 0);
	put("IL", 0)->high = 11;
	put("AE", 0)->log_ms = INT64_MIN;
	put("US", 0)->high = -1;

	EXPECT_MEMBER(API_SOC, "MA", "state", "\"current\"");
	EXPECT_MEMBER(API_SOC, "IL", "state", "\"lagging\"");
	EXPECT_MEMBER(API_SOC, "AE", "state", "\"never_seen\"");
	EXPECT_MEMBER(API_SOC, "US", "state", "\"lagging\"");
	EXPECT_MEMBER(API_SOC, "BH", "state", "\"never_seen\"");
	EXPECT_MEMBER(API_SOC, "BH", "complete_to", "null");
	EXPECT_MEMBER(API_SOC, "BH", "country", "\"BH\"");
}

Test(partners, who_is_no_member_is_neither_current_nor_silent)
{
	struct vg_partner *il = &f.cfg->partners[1];

	(void)put("IL", 0);
	il->has_until = true;
	il->until_ms = API_NOW_MS;
	EXPECT_MEMBER(API_SOC, "IL", "state", "\"left\"");
	il->has_until = false;
	il->has_from = true;
	il->from_ms = API_NOW_MS + 1;
	EXPECT_MEMBER(API_SOC, "IL", "state", "\"joining\"");
	il->from_ms = API_NOW_MS;
	EXPECT_MEMBER(API_SOC, "IL", "state", "\"current\"");
}

Test(partners, are_as_bad_as_their_worst_partition)
{
	put("MA", 1)->high = 15;
	(void)put("MA", 0);
	put("IL", 0)->live = false;
	(void)put("IL", 1);

	EXPECT_MEMBER(API_SOC, "MA", "state", "\"lagging\"");
	EXPECT_MEMBER(API_SOC, "IL", "state", "\"lagging\"");
	EXPECT_MEMBER(API_SOC, "MA", "complete_to", "\"2026-03-01T11:00:30Z\"");
	EXPECT_MEMBER(API_SOC, "MA", "partitions",
		      "[{\"partition\":0,\"offset\":10,\"lag\":0},"
		      "{\"partition\":1,\"offset\":10");
}

Test(partners, law3_see_of_each_other_health_alone)
{
	(void)put("IL", 0);

	EXPECT_MEMBER(API_MA, "IL", "state", "\"current\"");
	EXPECT_MEMBER(API_MA, "IL", "complete_to", "\"2026-03-01T11:59:00Z\"");
	EXPECT_MEMBER(API_MA, "IL", "watermark", "absent");
	EXPECT_MEMBER(API_MA, "IL", "last_record", "absent");
	EXPECT_MEMBER(API_MA, "IL", "partitions", "absent");

	EXPECT_MEMBER(API_IL, "IL", "complete_to", "\"2026-03-01T11:59:40Z\"");
	EXPECT_MEMBER(API_IL, "IL", "watermark", "\"2026-03-01T11:00:29Z\"");
	EXPECT_MEMBER(API_IL, "IL", "last_record", "\"2026-03-01T11:00:30Z\"");
	EXPECT_MEMBER(API_SOC, "IL", "partitions",
		      "[{\"partition\":0,\"offset\":10,\"lag\":0}]");
}

/* A sensor table for `p` in which each of the sensors spoke every minute of a
 * day that ends `ago_ms` before now. */
static struct vg_sensors *hear(struct vg_view_part *p, const char *const *name,
			       size_t n, int64_t ago_ms)
{
	const struct vg_sensors_opts o = {
		.max = 2, .keep_ms = INT64_C(40) * 86400000, .seed = 1};
	struct vg_sensors *t = vg_sensors_new(&o);
	int64_t last_ms = API_NOW_MS - 500 - ago_ms;

	for (int64_t at = last_ms - 86400000; at <= last_ms; at += 60000)
		for (size_t i = 0; i < n; i++) {
			const struct vg_heard h = {.sensor =
							   vg_slice_of(name[i]),
						   .record_ms = at,
						   .event_ms = at - 250,
						   .log_ms = at};

			cr_assert(vg_sensors_hear(t, &h) != VG_HEARD_NO_MEMORY);
		}
	p->sensors = t;
	p->heartbeat_ms = API_NOW_MS;
	f.cfg->silence_floor_ms = 300000;
	f.cfg->silence_learning_ms = 86400000;
	return t;
}

Test(partners, law3_silence_is_for_all_and_sensors_are_for_their_owner)
{
	static const char *const NAME[] = {"s\"1"};
	struct vg_sensors *t = hear(put("IL", 0), NAME, 1, 3600000);

	EXPECT_MEMBER(API_MA, "IL", "state", "\"silent\"");
	EXPECT_MEMBER(API_MA, "IL", "silent_since", "\"2026-03-01T11:05:00Z\"");
	EXPECT_MEMBER(API_MA, "IL", "sensors", "absent");
	EXPECT_MEMBER(API_MA, "IL", "sensors_omitted", "absent");
	EXPECT_MEMBER(API_MA, "IL", "records_folded", "absent");
	EXPECT_MEMBER(API_MA, "IL", "records_not_compared", "absent");
	EXPECT_MEMBER(API_MA, "IL", "expected_quiet_ms", "absent");
	EXPECT_MEMBER(API_IL, "IL", "expected_quiet_ms", "300000");
	EXPECT_MEMBER(API_SOC, "IL", "sensors_omitted", "0");
	EXPECT_MEMBER(API_IL, "IL", "sensors",
		      "[{\"sensor\":\"s\\\"1\",\"state\":\"silent\","
		      "\"first_seen\":\"2026-02-28T11:");
	vg_sensors_free(t);
}

/* The canary of IL as it is read, printed. */
static void canary_is(const char *who, const char *want)
{
	cJSON *doc = api_json(&f, who, "/v1/partners", 200), *p;
	char *text = NULL;

	cJSON_ArrayForEach(p, cJSON_GetObjectItem(doc, "partners"))
	{
		cJSON *canary = cJSON_GetObjectItem(p, "canary");

		if (strcmp(cJSON_GetObjectItem(p, "id")->valuestring, "IL") ==
			    0 &&
		    canary != NULL)
			text = cJSON_PrintUnformatted(canary);
	}
	cr_expect(
		eq(str, text != NULL ? text : (char *)"absent", (char *)want));
	free(text);
	cJSON_Delete(doc);
}

Test(partners, law3_a_canary_is_its_partners_own)
{
	struct vg_view_part *p = put("IL", 0);
	const struct vg_sensors_opts o = {
		.max = 2, .keep_ms = 86400000, .seed = 1};
	struct vg_sensors *t = vg_sensors_new(&o);

	p->sensors = t;
	canary_is(API_IL, "null");
	cr_assert(vg_sensors_canary(t, API_NOW_MS - 900, API_NOW_MS - 1000));
	canary_is(API_IL, "{\"sent\":\"2026-03-01T11:59:59.500Z\","
			  "\"recorded\":\"2026-03-01T11:59:59.600Z\","
			  "\"seen\":null,\"link_ms\":100,\"delay_ms\":null,"
			  "\"canaries\":1}");
	p->canary_seen_ms = API_NOW_MS - 750;
	canary_is(API_SOC, "{\"sent\":\"2026-03-01T11:59:59.500Z\","
			   "\"recorded\":\"2026-03-01T11:59:59.600Z\","
			   "\"seen\":\"2026-03-01T11:59:59.750Z\","
			   "\"link_ms\":100,\"delay_ms\":250,\"canaries\":1}");
	canary_is(API_MA, "absent");
	struct vg_answer a = api_ask(&f, API_SOC, "/metrics");
	cr_assert(strstr(a.body.p, "vigie_canary_delay_seconds{partner="
				   "\"IL\"} 0.250\n") != NULL);
	cr_assert(strstr(a.body.p, "vigie_canary_age_seconds{partner="
				   "\"IL\"} 1.000\n") != NULL);
	vg_answer_term(&a);
	vg_sensors_free(t);
}

/* The sensor `name` of IL as its owner reads it, printed. */
static char *sensor(const char *name)
{
	cJSON *doc = api_json(&f, API_IL, "/v1/partners", 200), *p, *s;
	char *text = NULL;

	cJSON_ArrayForEach(p, cJSON_GetObjectItem(doc, "partners"))
	{
		cJSON_ArrayForEach(s, cJSON_GetObjectItem(p, "sensors"))
		{
			if (strcmp(cJSON_GetObjectItem(s, "sensor")
					   ->valuestring,
				   name) == 0)
				text = cJSON_PrintUnformatted(s);
		}
	}
	cJSON_Delete(doc);
	return text;
}

Test(partners, no_data_of_a_sensor_is_null_and_not_0)
{
	static const char *const NAME[] = {"a", "b", "c"};
	struct vg_declared_sensor d = {.name = "never", .cadence_ms = 60000};
	struct vg_partner *p = &f.cfg->partners[1];
	struct vg_sensors *t = hear(put("IL", 0), NAME, 3, 0);
	char *text;

	cr_assert(eq(str, p->id, "IL"));
	p->sensors = &d;
	p->n_sensors = 1;
	text = sensor("never");
	cr_assert(eq(str, text,
		     "{\"sensor\":\"never\",\"state\":\"never_seen\","
		     "\"first_seen\":null,\"last_seen\":null,\"records\":null,"
		     "\"cadence\":\"set\",\"expected_quiet_ms\":60000,"
		     "\"skew_ms\":null,\"skew_before_ms\":null,"
		     "\"drift_ms\":null,\"overlap_records\":null}"));
	free(text);
	text = sensor("a");
	cr_assert(eq(str, text,
		     "{\"sensor\":\"a\",\"state\":\"current\","
		     "\"first_seen\":\"2026-02-28T12:00:00Z\","
		     "\"last_seen\":\"2026-03-01T12:00:00Z\","
		     "\"records\":1441,\"cadence\":\"learned\","
		     "\"expected_quiet_ms\":300000,\"skew_ms\":250,"
		     "\"skew_before_ms\":250,\"drift_ms\":0,"
		     "\"overlap_records\":0}"));
	free(text);
	EXPECT_MEMBER(API_IL, "IL", "records_folded", "1441");
	p->sensors = NULL;
	p->n_sensors = 0;
	vg_sensors_free(t);
}

Test(partners, states_are_gauges_of_the_socs_alone)
{
	static const char *const NAME[] = {"s\"1"};
	struct vg_sensors *t = hear(put("IL", 0), NAME, 1, 3600000);
	struct vg_answer a = api_ask(&f, API_SOC, "/metrics");

	cr_assert(strstr(a.body.p, "vigie_partner_state{partner=\"IL\","
				   "state=\"silent\"} 1\n") != NULL);
	cr_assert(strstr(a.body.p, "vigie_partner_state{partner=\"IL\","
				   "state=\"current\"} 0\n") != NULL);
	cr_assert(strstr(a.body.p,
			 "vigie_sensor_state{partner=\"IL\","
			 "sensor=\"s\\\"1\",state=\"silent\"} 1\n") != NULL);
	vg_answer_term(&a);
	cr_assert(eq(int, api_status(&f, API_IL, "/metrics"), 403));
	vg_sensors_free(t);
}

static void put_account(const char *partner, int64_t hour_ms, int64_t counted,
			int64_t syntax, int64_t lost)
{
	struct vg_account_row *row =
		&fake_world()->account[fake_world()->n_account++];

	row->partner = vg_config_partner(f.cfg, vg_slice_of(partner));
	row->hour_ms = hour_ms;
	row->n[VG_VERDICT_COUNTED] = counted;
	row->n[VG_VERDICT_R_SYNTAX] = syntax;
	row->n[VG_VERDICT_LATE] = 1;
	row->n[VG_VERDICT_RECEIVED] = counted + syntax + lost;
}

#define HOUR_11 (API_NOW_MS - 500 - 3600000)

Test(partners, law3_read_their_own_account_only)
{
	put_account("MA", HOUR_11, 7, 2, 0);
	put_account("IL", HOUR_11, 5, 0, 0);
	cJSON *own = api_json(&f, API_MA, "/v1/account", 200);
	cJSON *all = api_json(&f, API_SOC, "/v1/account", 200);
	cJSON *sum = cJSON_GetObjectItem(own, "sum");

	cr_assert(eq(int, cJSON_GetArraySize(cJSON_GetObjectItem(own, "rows")),
		     1));
	cr_assert(eq(int, cJSON_GetObjectItem(sum, "received")->valueint, 9));
	cr_assert(eq(int, cJSON_GetObjectItem(sum, "rejected")->valueint, 2));
	cr_assert(eq(int, cJSON_GetObjectItem(sum, "rejected:syntax")->valueint,
		     2));
	cr_assert(cJSON_IsTrue(cJSON_GetObjectItem(sum, "adds_up")));
	cr_assert(eq(int, cJSON_GetArraySize(cJSON_GetObjectItem(all, "rows")),
		     2));
	sum = cJSON_GetObjectItem(all, "sum");
	cr_assert(eq(int, cJSON_GetObjectItem(sum, "received")->valueint, 14));
	cJSON_Delete(own);
	cJSON_Delete(all);
}

Test(partners, law5_a_partner_reads_its_own_quotas_and_what_was_past_them)
{
	f.cfg->partners[0].quota.records = 12;
	(void)put("MA", 0);
	put_account("MA", HOUR_11, 7, 0, 0);
	put_account("MA", HOUR_11 - 3600000, 7, 0, 0);
	put_account("IL", HOUR_11, 7, 0, 0);
	fake_world()->account[0].n[VG_VERDICT_R_QUOTA] = 3;
	fake_world()->account[1].n[VG_VERDICT_R_QUOTA] = 2;
	fake_world()->account[1].n[VG_VERDICT_FOLDED_ACTORS] = 4;
	fake_world()->account[1].n[VG_VERDICT_DEAD_DROPPED] = 6;
	fake_world()->account[2].n[VG_VERDICT_R_QUOTA] = 100;
	cr_assert(eq(str, f.cfg->partners[0].id, "MA"));
	cJSON *doc = api_json(&f, API_MA, "/v1/partners", 200);
	cJSON *ma = cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "partners"), 0);
	char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(ma, "quotas"));

	cr_assert(eq(str, text,
		     "{\"max_records_per_minute\":12,"
		     "\"max_sensors_per_minute\":10000,"
		     "\"max_actors_per_minute\":1000,"
		     "\"max_indicators_per_minute\":60000000,"
		     "\"max_dead_records_per_hour\":1000000,"
		     "\"max_dead_bytes_per_hour\":1073741824,"
		     "\"past_24h\":{\"rejected:quota\":5,"
		     "\"folded_sensors\":0,\"folded_actors\":4,"
		     "\"left_indicators\":0,\"dead_dropped\":6}}"));
	free(text);
	cJSON_Delete(doc);
	EXPECT_MEMBER(API_IL, "MA", "quotas", "absent");
	f.cfg->partners[0].quota = (struct vg_partner_quota){0};
	doc = api_json(&f, API_SOC, "/v1/partners", 200);
	ma = cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "partners"), 0);
	cJSON *quotas = cJSON_GetObjectItem(ma, "quotas");
	cr_assert(cJSON_IsNull(
		cJSON_GetObjectItem(quotas, "max_records_per_minute")));
	cJSON_Delete(doc);
}

Test(partners, law4_an_account_that_does_not_add_up_says_so)
{
	put_account("MA", HOUR_11, 7, 2, 1);
	put_account("IL", HOUR_11, 7, 2, 0);
	cJSON *doc = api_json(&f, API_SOC, "/v1/account", 200);
	cJSON *rows = cJSON_GetObjectItem(doc, "rows");
	cJSON *sum = cJSON_GetObjectItem(doc, "sum");

	cr_assert(cJSON_IsFalse(
		cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 0), "adds_up")));
	cr_assert(cJSON_IsTrue(
		cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 1), "adds_up")));
	cr_assert(cJSON_IsFalse(cJSON_GetObjectItem(sum, "adds_up")));
	cJSON_Delete(doc);
}

Test(partners, account_by_the_hour_over_a_bounded_range)
{
	cJSON *doc = api_json(&f, API_MA,
			      "/v1/account?from=2026-03-01T10:59:00Z"
			      "&to=2026-03-01T11:01:00Z",
			      200);

	cr_assert(eq(str, cJSON_GetObjectItem(doc, "from")->valuestring,
		     "2026-03-01T10:00:00Z"));
	cr_assert(eq(str, cJSON_GetObjectItem(doc, "to")->valuestring,
		     "2026-03-01T12:00:00Z"));
	cJSON_Delete(doc);
	/* 11,000 hours are 458 d 8 h. */
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/account?from=2024-11-28T04:00:00Z"
				"&to=2026-03-01T12:00:00Z"),
		     200));
	cr_assert(eq(int,
		     api_status(&f, API_MA,
				"/v1/account?from=2024-11-28T03:59:59Z"
				"&to=2026-03-01T12:00:00Z"),
		     422));
	cr_assert(eq(int, api_status(&f, API_MA, "/v1/account?from=x"), 400));
}

Test(partners, health_of_the_process_needs_no_token)
{
	cr_assert(eq(int, api_status(&f, NULL, "/livez"), 200));
	cr_assert(eq(int, api_status(&f, NULL, "/readyz"), 503));
}

Test(partners, readiness_names_what_is_missing)
{
	struct fake_world *w = fake_world();
	struct vg_answer a = api_ask(&f, NULL, "/readyz");

	cr_assert(strstr(a.body.p, "\"view\":") != NULL);
	cr_assert(strstr(a.body.p, "\"alerts\":") != NULL);
	vg_answer_term(&a);

	w->view_ready = w->book_ready = true;
	a = api_ask(&f, NULL, "/readyz");
	cr_assert(eq(int, a.status, 200));
	cr_assert(eq(str, a.body.p, "{\"status\":\"ready\",\"missing\":{}}"));
	vg_answer_term(&a);

	w->fresh.stale = true;
	cr_assert(eq(int, api_status(&f, NULL, "/readyz"), 503));
	w->fresh.stale = false;
	w->view_ready = false;
	cr_assert(eq(int, api_status(&f, NULL, "/readyz"), 503));
	w->view_ready = true;
	w->book_ready = false;
	cr_assert(eq(int, api_status(&f, NULL, "/readyz"), 503));
}

Test(partners, readiness_of_an_ingest_asks_for_a_partition)
{
	fake_world()->view_ready = fake_world()->book_ready = true;
	f.service.role_ingest = true;
	cr_assert(eq(int, api_status(&f, NULL, "/readyz"), 503));
	vg_metric_set(&f.metrics, VG_M_ASSIGNED, 1);
	cr_assert(eq(int, api_status(&f, NULL, "/readyz"), 200));
}

Test(partners, metrics_are_for_the_operator)
{
	cr_assert(eq(int, api_status(&f, NULL, "/metrics"), 401));
	cr_assert(eq(int, api_status(&f, API_MA, "/metrics"), 403));
	cr_assert(eq(int, api_status(&f, API_SOC, "/metrics"), 200));
}

Test(partners, metrics_are_openmetrics_text)
{
	struct vg_answer a;

	put("MA", 2)->high = 17;
	put("IL", 0)->high = -1;
	vg_metric_add(&f.metrics, VG_M_COUNTED, 41);
	a = api_ask(&f, API_SOC, "/metrics");
	cr_assert(eq(str, (char *)a.content_type,
		     "application/openmetrics-text; version=1.0.0; "
		     "charset=utf-8"));
	cr_assert(strstr(a.body.p,
			 "# TYPE vigie_ingest_counted counter\n"
			 "# HELP vigie_ingest_counted records "
			 "counted\nvigie_ingest_counted_total 41\n") != NULL);
	cr_assert(strstr(a.body.p, "# TYPE vigie_view_stale gauge\n") != NULL);
	cr_assert(strstr(a.body.p, "\nvigie_view_stale 0\n") != NULL);
	cr_assert(strstr(a.body.p, "vigie_partition_offset{topic=\"alerts.ma\","
				   "partition=\"2\"} 10\n") != NULL);
	cr_assert(strstr(a.body.p, "vigie_partition_lag{topic=\"alerts.ma\","
				   "partition=\"2\"} 7\n") != NULL);
	cr_assert(strstr(a.body.p, "vigie_partition_lag{topic=\"alerts.il\"") ==
		  NULL);
	cr_assert(strstr(a.body.p, "age_seconds{topic=\"alerts.ma\","
				   "partition=\"2\"} 3571.500\n") != NULL);
	cr_assert(eq(str, a.body.p + a.body.n - 6, "# EOF\n"));
	vg_answer_term(&a);
}
