/* Readers know of every partition, whoever owns it. */
#include "aggregate/view.h"
#include "ingest/announce.h"
#include "ingest_world.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static struct ingest_world w;
static rd_kafka_t *rk;
static struct vg_err err;

static void ask_at(const char *brokers)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	rd_kafka_conf_set(conf, "bootstrap.servers", brokers, NULL, 0);
	rd_kafka_conf_set(conf, "allow.auto.create.topics", "false", NULL, 0);
	rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
	cr_assert(rk != NULL);
}

static void start(void)
{
	ingest_world_open(&w, 3);
}

static void finish(void)
{
	if (rk != NULL)
		rd_kafka_destroy(rk);
	ingest_world_close(&w);
}

TestSuite(announce, .init = start, .fini = finish, .timeout = 60);

static char *known(void)
{
	return (char *)part_fix_ask(&w.fix, "SCARD", "vg:{vg}:parts", NULL);
}

static void announce(void)
{
	cr_assert(vg_announce_parts(w.fix.store, rk, &w.fix.cfg, &err) == VG_OK,
		  "%s", err.text);
}

Test(announce, adds_every_partition_of_every_partner_once)
{
	ask_at(w.fix.cfg.kafka_brokers);
	announce();
	cr_assert(eq(str, known(), "6"));
	announce();
	cr_assert(eq(str, known(), "6"));
	cr_assert(eq(str,
		     (char *)part_fix_ask(&w.fix, "SISMEMBER", "vg:{vg}:parts",
					  "alerts.il:2"),
		     "1"));
}

Test(announce, waits_for_a_broker_that_is_away)
{
	ask_at("127.0.0.1:1");
	cr_assert(eq(int, vg_announce_parts(w.fix.store, rk, &w.fix.cfg, &err),
		     VG_RETRY));
	cr_assert(strstr(err.text, "kafka: alerts.ma: ") == err.text, "%s",
		  err.text);
	cr_assert(eq(str, known(), "0"));
}

Test(announce, keeps_readers_from_calling_complete_what_nobody_reads)
{
	struct vg_view *v = NULL;
	size_t applied = 0;

	ask_at(w.fix.cfg.kafka_brokers);
	announce();
	cr_assert(vg_view_new(&v, &w.fix.env, NULL, &err) == VG_OK);
	for (int i = 0; i < 20 && !vg_view_ready(v); i++)
		cr_assert(vg_view_step(v, w.fix.store, T0, 10, &applied,
				       &err) == VG_OK,
			  "%s", err.text);
	cr_assert(vg_view_ready(v), "an empty partition is soon loaded");
	cr_assert(eq(sz, vg_view_parts(v), 6));
	cr_assert(eq(i64, vg_view_freshness(v, T0).complete_to_ms, 0));
	vg_view_free(v);
}
