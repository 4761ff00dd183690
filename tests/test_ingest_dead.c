/* What becomes of the records that are not counted. */
#include "ingest_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <librdkafka/rdkafka.h>
#include <string.h>

static struct ingest_world w;

static void open_world(void)
{
	ingest_world_open(&w, 1);
}

static void close_world(void)
{
	ingest_world_close(&w);
}

TestSuite(ingest_dead, .init = open_world, .fini = close_world, .timeout = 120);

static rd_kafka_t *reader_of(const char *topic)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(1);

	rd_kafka_conf_set(conf, "bootstrap.servers", w.fix.cfg.kafka_brokers,
			  NULL, 0);
	rd_kafka_conf_set(conf, "group.id", "reader", NULL, 0);
	rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
	cr_assert(rk != NULL);
	rd_kafka_poll_set_consumer(rk);
	/* The mock makes a topic of several partitions: read them all. */
	for (int32_t p = 0; p < 4; p++)
		rd_kafka_topic_partition_list_add(list, topic, p)->offset = 0;
	rd_kafka_assign(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return rk;
}

static rd_kafka_message_t *next_of(rd_kafka_t *rk)
{
	for (int i = 0; i < 60; i++) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 500);

		if (m != NULL && m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			return m;
		if (m != NULL)
			rd_kafka_message_destroy(m);
	}
	cr_assert(false, "no dead letter came");
	return NULL;
}

static const char *header(const rd_kafka_message_t *m, const char *name)
{
	static char text[256];
	rd_kafka_headers_t *h = NULL;
	const void *value = NULL;
	size_t n = 0;

	cr_assert(rd_kafka_message_headers(m, &h) ==
		  RD_KAFKA_RESP_ERR_NO_ERROR);
	cr_assert(rd_kafka_header_get_last(h, name, &value, &n) ==
			  RD_KAFKA_RESP_ERR_NO_ERROR,
		  "no header %s", name);
	snprintf(text, sizeof text, "%.*s", (int)n, (const char *)value);
	return text;
}

static void has(const rd_kafka_message_t *m, const char *name,
		const char *value)
{
	cr_expect(eq(str, (char *)header(m, name), (char *)value), "%s", name);
}

#define BAD "{\"id\":\"2\",\"time\":1700006401,\"sensor\":\"x\"}"

Test(ingest_dead, a_rejected_record_is_kept_whole_with_its_reason)
{
	ingest_world_publish(
		&w, "alerts.ma",
		"{\"id\":\"1\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"fraud\"}\n" BAD "\n");
	ingest_member_start(&w, &w.member, false);
	ingest_world_await(&w, "alerts.ma", 2);

	rd_kafka_t *rk = reader_of("alerts.dead.ma");
	rd_kafka_message_t *m = next_of(rk);
	cr_expect(eq(sz, m->len, strlen(BAD)));
	cr_expect(memcmp(m->payload, BAD, m->len) == 0);
	cr_expect(eq(sz, m->key_len, 1));
	has(m, "vigie-reason", "rejected:missing");
	has(m, "vigie-topic", "alerts.ma");
	has(m, "vigie-partition", "0");
	has(m, "vigie-offset", "1");
	cr_expect(strstr(header(m, "vigie-detail"), "category") != NULL);
	rd_kafka_message_destroy(m);
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
}

Test(ingest_dead, says_how_many_and_why_not_one_line_each)
{
	char text[100 * sizeof BAD + 1] = "";

	for (int i = 0; i < 100; i++)
		strcat(strcat(text, BAD), "\n");
	ingest_world_publish(&w, "alerts.ma", text);
	ingest_member_start(&w, &w.member, false);
	ingest_world_await(&w, "alerts.ma", 100);
	ingest_member_stop(&w.member);
	cr_expect(le(int, ingest_world_logged(&w, "event=dead_letter"), 3));
	cr_expect(ge(int,
		     ingest_world_logged(&w, "event=dead_letter "
					     "topic=alerts.ma partition=0 "
					     "letters="),
		     1));
	cr_expect(ge(int, ingest_world_logged(&w, "last=rejected:missing"), 1));
}

Test(ingest_dead, law4_the_account_adds_up)
{
	ingest_world_publish(
		&w, "alerts.ma",
		"{\"id\":\"1\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"fraud\",\"count\":3,\"colour\":1}\n"
		"{\"id\":\"1\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"fraud\"}\n"
		"{\"id\":\"3\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"fraud\",\"origin\":{\"partner\":\"IL\"}}\n"
		"{\"id\":\"4\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"fraud\",\"partner\":\"IL\"}\n"
		"{\"id\":\"5\",\"time\":1700006400,\"sensor\":\"x\","
		"\"category\":\"nonsense\"}\n" BAD "\n");
	ingest_member_start(&w, &w.member, false);
	ingest_world_await(&w, "alerts.ma", 6);

	static const struct {
		enum vg_verdict v;
		int64_t n;
	} want[] = {{VG_VERDICT_RECEIVED, 6},	   {VG_VERDICT_COUNTED, 1},
		    {VG_VERDICT_EVENTS, 3},	   {VG_VERDICT_DUPLICATE, 1},
		    {VG_VERDICT_RELAYED, 1},	   {VG_VERDICT_R_PARTNER, 1},
		    {VG_VERDICT_R_MISSING, 1},	   {VG_VERDICT_R_VALUE, 1},
		    {VG_VERDICT_UNKNOWN_FIELDS, 1}};
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		cr_expect(eq(i64,
			     ingest_world_account(&w, "alerts.ma", want[i].v),
			     want[i].n),
			  "%s", vg_verdict_name(want[i].v));
	cr_expect(eq(i64, vg_metric_get(&w.member.metrics, VG_M_REJECTED), 3));
	cr_expect(eq(i64, vg_metric_get(&w.member.metrics, VG_M_DEAD_LETTERS),
		     3));
}
