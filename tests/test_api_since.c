/* Deltas: only what is new, and all of it when what one has was revised. */
#include "alert/people.h"
#include "api_fixture.h"
#include "fake_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static struct api_fixture f;

static void start(void)
{
	api_fixture_init(&f);
	fake_world()->row_key[0] = "MA";
	fake_world()->row_value[0] = 6;
	fake_world()->n_rows = 1;
}

static void finish(void)
{
	api_fixture_term(&f);
}

TestSuite(since, .init = start, .fini = finish);

#define HOUR_11                                                                \
	"/v1/series?by=country&step=1m&from=2026-03-01T11:00:00Z"              \
	"&to=2026-03-01T12:00:00Z&since="

static cJSON *doc;
static char cursor[128];

static void ask(const char *path, const char *since)
{
	char target[512];

	(void)snprintf(target, sizeof target, "%s%s", path, since);
	cJSON_Delete(doc);
	doc = api_json(&f, API_MA, target, 200);
	(void)snprintf(cursor, sizeof cursor, "%s",
		       cJSON_GetObjectItem(doc, "cursor")->valuestring);
}

static bool is_delta(void)
{
	return cJSON_IsTrue(cJSON_GetObjectItem(doc, "delta"));
}

static int times(void)
{
	return cJSON_GetArraySize(cJSON_GetObjectItem(doc, "times"));
}

Test(since, a_series_is_told_from_where_the_asker_has_it)
{
	ask(HOUR_11, "");
	cr_assert(not(is_delta()));
	cr_assert(eq(int, times(), 60));
	/* At 12:00:00.5 the two minutes from 11:58 on may still change. */
	ask(HOUR_11, cursor);
	cr_assert(is_delta());
	cr_assert(eq(int, times(), 2));
	cr_assert(eq(str, cJSON_GetObjectItem(doc, "from")->valuestring,
		     "2026-03-01T11:58:00Z"));
	const cJSON *row =
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "series"), 0);
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(row, "values")),
		     2));
}

Test(since, a_revision_of_what_one_has_brings_all_of_it)
{
	ask(HOUR_11, "");
	fake_world()->row_value[0] = 7;
	ask(HOUR_11, cursor);
	cr_assert(not(is_delta()));
	cr_assert(eq(int, times(), 60));
	ask(HOUR_11, cursor);
	cr_assert(is_delta());
	fake_world()->row_value[0] = -1; /* no data is not 0 */
	ask(HOUR_11, cursor);
	cr_assert(not(is_delta()));
}

Test(since, a_row_that_only_comes_up_is_no_revision)
{
	ask(HOUR_11, "");
	fake_world()->row_key[1] = "IL";
	fake_world()->row_value[1] = 0;
	fake_world()->n_rows = 2;
	ask(HOUR_11, cursor);
	cr_assert(is_delta());
	cr_assert(eq(int,
		     cJSON_GetArraySize(cJSON_GetObjectItem(doc, "series")),
		     2));
}

Test(since, a_cursor_is_good_while_the_range_moves_on)
{
	ask("/v1/series?by=country&step=1m&from=2026-03-01T11:00:00Z"
	    "&to=2026-03-01T11:30:00Z&since=",
	    "");
	ask("/v1/series?by=country&step=1m&from=2026-03-01T11:10:00Z"
	    "&to=2026-03-01T11:40:00Z&since=",
	    cursor);
	cr_assert(is_delta());
	cr_assert(eq(int, times(), 10));
	cr_assert(eq(i64, fake_world()->asked.from_ms,
		     INT64_C(1772362800000))); /* looked at from 11:00 */
}

Test(since, a_cursor_of_another_question_brings_all)
{
	ask(HOUR_11, "");
	ask("/v1/series?by=partner&step=1m&from=2026-03-01T11:00:00Z"
	    "&to=2026-03-01T12:00:00Z&since=",
	    cursor);
	cr_assert(not(is_delta()));
	ask("/v1/series?by=country&step=1h&from=2026-03-01T11:00:00Z"
	    "&to=2026-03-01T12:00:00Z&since=",
	    cursor);
	cr_assert(not(is_delta()));
	cJSON_Delete(doc);
	doc = NULL;
	static const char *const bad[] = {
		"x",
		"1.2.3",
		".",
		"1..",
		"5.4.0123456789abcdef",
		"1.2.0123456789abcdeg",
		"1.2.0123456789abcdef0",
		"9999999999999999.1.0123456789abcdef"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char target[256];

		(void)snprintf(target, sizeof target,
			       "/v1/series?step=1m&since=%s", bad[i]);
		cr_expect(eq(int, api_status(&f, API_MA, target), 400), "%s",
			  bad[i]);
	}
}

static void put_alert(size_t i, const char *id, const char *class_name,
		      int64_t updated_ms)
{
	static char json[8][128];

	(void)snprintf(json[i], sizeof json[i],
		       "{\"id\":\"%s\",\"marking\":\"GREEN\"}", id);
	fake_world()->alert[i] =
		(struct vg_book_alert){.id = id,
				       .rule = "r",
				       .class_name = class_name,
				       .detected_ms = updated_ms,
				       .updated_ms = updated_ms,
				       .json = json[i],
				       .json_len = strlen(json[i])};
}

static int count(const char *name)
{
	return cJSON_GetArraySize(cJSON_GetObjectItem(doc, name));
}

#define ALERTS "/v1/alerts?since="

Test(since, alerts_are_told_that_changed_and_that_are_gone)
{
	put_alert(0, "a", "MA", 100000);
	put_alert(1, "b", "IL", 150000);
	fake_world()->n_alerts = 2;
	ask(ALERTS, "c");
	cr_assert(not(is_delta()));
	cr_assert(eq(int, count("alerts"), 0));
	put_alert(2, "c", "MA", 200000);
	fake_world()->n_alerts = 3;
	ask(ALERTS, cursor);
	cr_assert(is_delta());
	cr_assert(eq(int, count("alerts"), 2)); /* "a" is told once more */
	cr_assert(eq(str, cJSON_GetObjectItem(doc, "marking")->valuestring,
		     "GREEN"));
	ask(ALERTS, cursor);
	cr_assert(eq(int, count("alerts"), 1));

	fake_world()->alert[2].withdrawn = true;
	fake_world()->alert[2].updated_ms = 300000;
	fake_world()->alert[0].updated_ms = 400000;
	ask(ALERTS, cursor);
	cr_assert(is_delta());
	cr_assert(eq(int, count("alerts"), 1));
	cr_assert(eq(int, count("gone"), 1));
}

Test(since, an_alert_that_was_removed_brings_no_delta)
{
	put_alert(0, "a", "MA", 100000);
	put_alert(1, "b", "MA", 150000);
	fake_world()->n_alerts = 2;
	ask(ALERTS, "c");
	fake_world()->n_alerts = 1;
	ask(ALERTS, cursor);
	cr_assert(not(is_delta()));
	ask(ALERTS, cursor);
	cr_assert(is_delta());
	cJSON_Delete(doc);
}

Test(since, law3_a_cursor_of_alerts_hangs_on_visible_ones_alone)
{
	char first[128];

	put_alert(0, "a", "MA", 1000);
	fake_world()->n_alerts = 1;
	ask(ALERTS, "c");
	(void)strcpy(first, cursor);
	put_alert(1, "b", "IL", 9000);
	fake_world()->n_alerts = 2;
	ask(ALERTS, first);
	cr_assert(is_delta());
	cr_assert(eq(str, cursor, first));
	cJSON_Delete(doc);
	cr_assert(eq(int, api_status(&f, API_MA, ALERTS "c&limit=5"), 400));
	cr_assert(eq(int, api_status(&f, API_MA, ALERTS "cx"), 400));
	cr_assert(eq(int, api_status(&f, API_MA, ALERTS "c1.0123456789abcdeg"),
		     400));
}

static void say(const char *field, const char *clock, int n)
{
	char value[160];

	(void)snprintf(
		value, sizeof value,
		"%d {\"change\":\"commented\",\"at\":\"2026-03-01T%s.000Z"
		"\",\"author\":\"amal\",\"text\":\"seen\"}",
		n, clock);
	cr_assert(eq(int,
		     vg_people_put(f.service.people, vg_slice_of(field),
				   vg_slice_of(value), NULL),
		     VG_OK));
}

/* Two alerts of an hour ago, the second one hidden, and people to speak. */
static void begin_speaking(void)
{
	cr_assert(eq(int, vg_people_new(&f.service.people, NULL), VG_OK));
	put_alert(0, "a", "MA", API_NOW_MS - 3600000);
	put_alert(1, "b", "IL", API_NOW_MS - 3600000);
	fake_world()->alert[0].fingerprint = "a";
	fake_world()->alert[1].fingerprint = "b";
	fake_world()->n_alerts = 2;
	ask(ALERTS, "c");
}

static const cJSON *told(void)
{
	return cJSON_GetObjectItem(
		cJSON_GetArrayItem(cJSON_GetObjectItem(doc, "alerts"), 0),
		"people");
}

static void end_speaking(void)
{
	vg_people_free(f.service.people);
	f.service.people = NULL;
	cJSON_Delete(doc);
	doc = NULL;
}

Test(since, what_people_said_of_an_alert_is_told)
{
	begin_speaking();
	say("a comment", "11:30:00", 1);
	ask(ALERTS, cursor);
	cr_assert(is_delta());
	cr_assert(eq(int, count("alerts"), 1));
	cr_assert(cJSON_GetObjectItem(told(), "commented") != NULL);
	say("a acknowledge", "11:40:00", 2);
	ask(ALERTS, cursor);
	cr_assert(is_delta());
	cr_assert(eq(int, count("alerts"), 1));
	cr_assert(eq(int, cJSON_GetArraySize(told()), 2));
	/* In place of one that the asker has. */
	say("a comment", "11:50:00", 3);
	ask(ALERTS, cursor);
	cr_assert(not(is_delta()));
	ask(ALERTS, cursor);
	cr_assert(is_delta());
	end_speaking();
}

Test(since, what_people_said_and_was_applied_late_is_not_missed)
{
	begin_speaking();
	say("a comment", "11:40:00", 1);
	ask(ALERTS, cursor);
	say("a acknowledge", "11:30:00", 2);
	ask(ALERTS, cursor);
	cr_assert(not(is_delta()));
	ask(ALERTS, cursor);
	cr_assert(is_delta());
	end_speaking();
}

Test(since, a_broker_whose_clock_is_ahead_does_not_move_the_cursor)
{
	char most[32];

	begin_speaking();
	say("a comment", "23:00:00", 1);
	ask(ALERTS, cursor);
	(void)snprintf(most, sizeof most, "c%lld.", (long long)API_NOW_MS);
	cr_assert(strncmp(cursor, most, strlen(most)) == 0, "%s", cursor);
	end_speaking();
}

Test(since, law3_words_about_hidden_alerts_move_no_cursor)
{
	char first[128];

	begin_speaking();
	(void)strcpy(first, cursor);
	say("b comment", "11:30:00", 1);
	ask(ALERTS, first);
	cr_assert(is_delta());
	cr_assert(eq(str, cursor, first));
	end_speaking();
}
