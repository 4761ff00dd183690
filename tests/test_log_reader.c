/* Bounded reading, and what publish leaves in the log. */
#include "ingest/broker.h"
#include "ingest/log_reader.h"
#include "ingest/publish.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOPIC "alerts.ma"
#define T0_MS INT64_C(1700006400000)

static struct vg_mock_broker *broker;
static struct vg_config cfg;
static struct vg_log_reader *reader;
static struct vg_err err;
static char said[256]; /* publish's final line */

static void open_log(void)
{
	static const char *const topics[] = {TOPIC};

	cr_assert(eq(int, vg_mock_broker_new(&broker, topics, 1, 1, &err),
		     VG_OK));
	cfg.kafka_brokers = (char *)vg_mock_broker_address(broker);
	cr_assert(eq(int, vg_log_reader_new(&reader, &cfg, &err), VG_OK));
}

static void close_log(void)
{
	vg_log_reader_free(reader);
	vg_mock_broker_free(broker);
}

TestSuite(log_reader, .init = open_log, .fini = close_log, .timeout = 60);
TestSuite(publish, .init = open_log, .fini = close_log, .timeout = 60);

/* A clock that goes on by a millisecond whenever it is asked. */
static int64_t tick(void *ctx)
{
	return ++*(int64_t *)ctx;
}

static int64_t ticks;

static enum vg_rc publish_at(const char *text, int64_t rate, bool event_time)
{
	char path[] = "/tmp/vg-lines-XXXXXX";
	FILE *in = fdopen(mkstemp(path), "w"), *out = tmpfile();
	struct vg_publish_opts o = {
		.cfg = &cfg,
		.topic = TOPIC,
		.path = path,
		.rate = rate,
		.event_time = event_time,
		.progress = out, /* no terminal: no bar */
		.out = out,
		.clock = {.now_ms = tick, .mono_ms = tick, .ctx = &ticks}};

	cr_assert(in != NULL && out != NULL);
	fputs(text, in);
	fclose(in);
	enum vg_rc rc = vg_publish(&o, &err);
	unlink(path);
	rewind(out);
	said[fread(said, 1, sizeof said - 1, out)] = '\0';
	fclose(out);
	return rc;
}

static void publish(const char *text)
{
	cr_assert(eq(int, publish_at(text, 0, true), VG_OK), "%s", err.text);
}

struct seen {
	int64_t n, first, last, stop_at;
	struct {
		int64_t offset, ts_ms;
		char key[64], value[128];
		bool has_key, log_append_time;
	} r[8];
};

static enum vg_rc note(void *ctx, const struct vg_log_record *rec,
		       struct vg_err *e)
{
	struct seen *s = ctx;

	if (s->n < 8) {
		s->r[s->n].offset = rec->offset;
		s->r[s->n].ts_ms = rec->ts_ms;
		s->r[s->n].log_append_time = rec->log_append_time;
		s->r[s->n].has_key = rec->key.p != NULL;
		snprintf(s->r[s->n].key, 64, "%.*s", (int)rec->key.n,
			 rec->key.n > 0 ? rec->key.p : "");
		snprintf(s->r[s->n].value, 128, "%.*s", (int)rec->value.n,
			 rec->value.n > 0 ? rec->value.p : "");
	}
	if (s->n++ == 0)
		s->first = rec->offset;
	s->last = rec->offset;
	return s->n == s->stop_at ? vg_err_set(e, VG_DROP, "enough") : VG_OK;
}

static enum vg_rc read_range(struct seen *s, int64_t from, int64_t to)
{
	const struct vg_log_range range = {
		.topic = TOPIC, .from = from, .to = to};

	return vg_log_reader_read(reader, &range, note, s, &err);
}

static void publish_numbers(int n)
{
	char text[4096] = "";

	for (int i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 "%d\n", i);
	publish(text);
}

Test(log_reader, tells_the_bounds_and_the_partitions)
{
	int64_t low = -1, high = -1;
	int32_t n = 0;

	publish_numbers(20);
	cr_assert(eq(int, vg_log_reader_partitions(reader, TOPIC, &n, &err),
		     VG_OK));
	cr_assert(eq(int, n, 1));
	cr_assert(eq(int,
		     vg_log_reader_bounds(reader, TOPIC, 0, &low, &high, &err),
		     VG_OK));
	cr_assert(eq(i64, low, 0));
	cr_assert(eq(i64, high, 20));
}

Test(log_reader, reads_from_the_first_up_to_but_not_the_last)
{
	struct seen s = {0};

	publish_numbers(20);
	cr_assert(eq(int, read_range(&s, 5, 12), VG_OK));
	cr_assert(eq(i64, s.n, 7));
	cr_assert(eq(i64, s.first, 5));
	cr_assert(eq(i64, s.last, 11));
	cr_assert(eq(str, s.r[0].value, "5"));
}

Test(log_reader, reads_to_the_end_and_again)
{
	struct seen s = {0};

	publish_numbers(20);
	cr_assert(eq(int, read_range(&s, 0, 20), VG_OK));
	cr_assert(eq(i64, s.n, 20));
	cr_assert(eq(int, read_range(&s, 19, 20), VG_OK));
	cr_assert(eq(i64, s.n, 21));
}

Test(log_reader, reads_nothing_of_an_empty_range)
{
	struct seen s = {0};

	publish_numbers(3);
	cr_assert(eq(int, read_range(&s, 2, 2), VG_OK));
	cr_assert(eq(int, read_range(&s, 3, 1), VG_OK));
	cr_assert(eq(i64, s.n, 0));
}

Test(log_reader, stops_when_told_and_hands_back_why)
{
	struct seen s = {.stop_at = 4};

	publish_numbers(20);
	cr_assert(eq(int, read_range(&s, 0, 20), VG_DROP));
	cr_assert(eq(i64, s.n, 4));
	cr_assert(eq(str, err.text, "enough"));
}

Test(log_reader, leaves_the_bounds_alone_when_there_is_no_partition)
{
	int64_t low = 7, high = 8;

	cr_assert(eq(int,
		     vg_log_reader_bounds(reader, TOPIC, 9, &low, &high, &err),
		     VG_RETRY));
	cr_assert(eq(i64, low, 7));
	cr_assert(eq(i64, high, 8));
}

Test(publish, keys_by_the_sensor_and_stamps_the_events_time)
{
	struct seen s = {0};

	publish("{\"sensor\":\"s1\",\"time\":1700006400}\n"
		"{\"sensor\":\"caf\\u00e9\",\"time\":1700006400123}\n"
		"{\"sensor\":\"s3\",\"time\":\"2023-11-15T00:00:01Z\"}\n");
	cr_assert(eq(int, read_range(&s, 0, 3), VG_OK));
	cr_expect(eq(str, s.r[0].key, "s1"));
	cr_expect(eq(str, s.r[1].key, "caf\xc3\xa9"));
	cr_expect(eq(str, s.r[2].key, "s3"));
	cr_expect(eq(i64, s.r[0].ts_ms, T0_MS));
	cr_expect(eq(i64, s.r[1].ts_ms, T0_MS + 123));
	cr_expect(eq(i64, s.r[2].ts_ms, T0_MS + 1000));
	cr_expect(eq(str, s.r[0].value,
		     "{\"sensor\":\"s1\",\"time\":1700006400}"));
	cr_expect(not(s.r[0].log_append_time));
	cr_expect(strstr(said, "published 3, failed 0, unkeyed 0, ") == said,
		  "%s", said);
}

Test(publish, sends_what_is_no_event_without_a_key)
{
	struct seen s = {0};

	publish("nonsense\n[1]\n{\"sensor\":7}\n\n{\"sensor\":\"x\"}");
	cr_assert(eq(int, read_range(&s, 0, 4), VG_OK));
	cr_expect(eq(str, s.r[0].value, "nonsense"));
	cr_expect(not(s.r[0].has_key));
	cr_expect(not(s.r[1].has_key));
	cr_expect(not(s.r[2].has_key));
	cr_expect(eq(str, s.r[3].key, "x")); /* without a last line feed */
	cr_expect(strstr(said, "published 4, failed 0, unkeyed 3, 37 bytes") ==
			  said,
		  "%s", said);
}

Test(publish, keeps_to_the_rate_that_was_asked)
{
	int64_t began = ticks;

	cr_assert(eq(int, publish_at("1\n2\n3\n4\n5\n6\n", 10, false), VG_OK));
	cr_assert(ge(i64, ticks - began,
		     500)); /* the sixth is due after 5/10 s */
	cr_assert(strstr(said, "published 6, ") == said, "%s", said);
}

Test(publish, names_the_file_that_is_not_there)
{
	struct vg_publish_opts o = {
		.cfg = &cfg,
		.topic = TOPIC,
		.path = "/nonexistent.ndjson",
		.out = stdout,
		.clock = {.now_ms = tick, .mono_ms = tick, .ctx = &ticks}};

	cr_assert(eq(int, vg_publish(&o, &err), VG_INVAL));
	cr_assert(strstr(err.text, "/nonexistent.ndjson: No such file") != NULL,
		  "%s", err.text);
}

Test(publish, says_when_a_record_was_not_acknowledged)
{
	char *big = malloc(1200002);

	memset(big, 'x', 1200000); /* more than a broker takes */
	strcpy(big + 1200000, "\n");
	cr_assert(eq(int, publish_at(big, 0, false), VG_RETRY));
	free(big);
	cr_assert(strstr(said, "published 0, failed 1, ") == said, "%s", said);
	cr_assert(strstr(err.text, "1 of 1 records were not") != NULL);
}
