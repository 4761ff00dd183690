#include "ingest_world.h"

#include "aggregate/keys.h"
#include "ingest/broker.h"
#include "ingest/publish.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP_MS = 20, STEPS = 2000, LOG_MAX = 1 << 20 };

static const char *const KEEP[] = {"--appendonly", "yes", "--appendfsync",
				   "always", NULL};
static const char *const TOPICS[] = {"alerts.ma", "alerts.il"};

static void make_broker(struct ingest_world *w)
{
	struct vg_err err = {.text = ""};
	enum vg_rc rc =
		vg_mock_broker_new(&w->broker, TOPICS, 2, w->partitions, &err);

	cr_assert(rc == VG_OK, "%s", err.text);
	w->fix.cfg.kafka_brokers = (char *)vg_mock_broker_address(w->broker);
}

void ingest_world_open(struct ingest_world *w, int partitions)
{
	struct vg_config *cfg = &w->fix.cfg;

	memset(w, 0, sizeof *w);
	w->partitions = partitions;
	part_fix_open(&w->fix);
	test_redis_restart(&w->fix.redis, KEEP);
	cfg->kafka_group = "vigie";
	cfg->kafka_hung_ms = 120000;
	cfg->kafka_instance = "";
	cfg->kafka_dead_prefix = "alerts.dead.";
	cfg->kafka_session_ms = 6000;
	cfg->kafka_fetch_wait_ms = 10;
	cfg->kafka_queue_messages = 100000;
	cfg->kafka_queue_kbytes = 65536;
	cfg->ingest_workers = 2;
	cfg->batch_records = 1000;
	cfg->linger_ms = 2;
	cfg->future_ms = 5 * MIN_MS;
	cfg->redis_connect_ms = 500;
	cfg->redis_command_ms = 500;
	make_broker(w);
	w->file = tmpfile();
	cr_assert(w->file != NULL);
	w->log = (struct vg_log){.fd = fileno(w->file),
				 .level = VG_LOG_INFO,
				 .clock = vg_clock_system()};
}

void ingest_world_close(struct ingest_world *w)
{
	ingest_member_stop(&w->member);
	vg_mock_broker_free(w->broker);
	fclose(w->file);
	part_fix_close(&w->fix);
}

void ingest_world_new_broker(struct ingest_world *w)
{
	vg_mock_broker_free(w->broker);
	make_broker(w);
}

static void *run(void *arg)
{
	struct ingest_member *m = arg;

	m->rc = vg_ingest_run(m->ingest, &m->err);
	return NULL;
}

void ingest_member_start(struct ingest_world *w, struct ingest_member *m,
			 bool init)
{
	m->env = w->fix.env;
	m->env.metrics = &m->metrics;
	struct vg_ingest_opts opts = {.env = &m->env,
				      .log = &w->log,
				      .clock = vg_clock_system(),
				      .init = init};
	enum vg_rc rc = vg_ingest_new(&m->ingest, &opts, &m->err);

	cr_assert(rc == VG_OK, "%s", m->err.text);
	cr_assert(pthread_create(&m->thread, NULL, run, m) == 0);
}

void ingest_member_stop(struct ingest_member *m)
{
	if (m->ingest == NULL)
		return;
	vg_ingest_stop(m->ingest);
	pthread_join(m->thread, NULL);
	vg_ingest_free(m->ingest);
	m->ingest = NULL;
	cr_assert(m->rc == VG_OK, "%s", m->err.text);
}

void ingest_world_publish(struct ingest_world *w, const char *topic,
			  const char *text)
{
	char path[] = "/tmp/vg-lines-XXXXXX";
	int fd = mkstemp(path);
	FILE *in = fdopen(fd, "w"), *out = tmpfile();
	struct vg_publish_opts o = {.cfg = &w->fix.cfg,
				    .topic = topic,
				    .path = path,
				    .event_time = true,
				    .out = out,
				    .clock = vg_clock_system()};
	struct vg_err err = {.text = ""};

	cr_assert(in != NULL && out != NULL);
	fputs(text, in);
	fclose(in);
	enum vg_rc rc = vg_publish(&o, &err);
	unlink(path);
	fclose(out);
	cr_assert(rc == VG_OK, "%s", err.text);
}

char *ingest_lines(int from, int to)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	for (int i = from; i < to; i++)
		fprintf(out,
			"{\"id\":\"e%d\",\"time\":%lld,\"sensor\":\"s%d\","
			"\"category\":\"malicious-code\"}\n",
			i, (long long)(T0 + i * INT64_C(1000)), i % 7);
	fclose(out);
	return text;
}

void ingest_world_events(struct ingest_world *w, int from, int to)
{
	char *text = ingest_lines(from, to);

	ingest_world_publish(w, "alerts.ma", text);
	free(text);
}

/* One number of a partition's hash `suffix`, 0 when absent or away. */
static int64_t number(struct ingest_world *w, const char *topic, int32_t p,
		      const char *suffix, const char *field)
{
	struct vg_buf key = {0};
	struct vg_reply *r = NULL;

	vg_key(&key, topic, p, suffix);
	(void)!vg_store_callf(w->fix.store, &r, NULL, "HGET", key.p, field,
			      NULL);
	int64_t n = r != NULL ? vg_reply_int(r) : 0;
	vg_reply_free(r);
	vg_buf_term(&key);
	return n;
}

int64_t ingest_world_offset(struct ingest_world *w, const char *topic)
{
	int64_t sum = 0;

	for (int p = 0; p < w->partitions; p++)
		sum += number(w, topic, p, "o", "off");
	return sum;
}

void ingest_world_await(struct ingest_world *w, const char *topic,
			int64_t offset)
{
	for (int i = 0; i < STEPS; i++) {
		if (ingest_world_offset(w, topic) >= offset)
			break;
		poll(NULL, 0, STEP_MS);
	}
	cr_assert(eq(i64, ingest_world_offset(w, topic), offset));
}

int ingest_world_logged(struct ingest_world *w, const char *text)
{
	char *all = calloc(1, LOG_MAX);
	int n = 0;

	cr_assert(pread(fileno(w->file), all, LOG_MAX - 1, 0) >= 0);
	for (const char *p = all; (p = strstr(p, text)) != NULL; p++)
		n++;
	free(all);
	return n;
}

void ingest_world_await_log(struct ingest_world *w, const char *text)
{
	for (int i = 0; i < STEPS && ingest_world_logged(w, text) == 0; i++)
		poll(NULL, 0, STEP_MS);
	cr_assert(ingest_world_logged(w, text) > 0, "never logged: %s", text);
}

int64_t ingest_world_account(struct ingest_world *w, const char *topic,
			     enum vg_verdict v)
{
	int64_t sum = 0;

	/* The events lie within the first day from T0. */
	for (int p = 0; p < w->partitions; p++) {
		for (int hour = 0; hour < 24; hour++) {
			char suffix[64];

			snprintf(suffix, sizeof suffix, "a:%lld",
				 (long long)(T0 + hour * HOUR_MS));
			sum += number(w, topic, p, suffix, vg_verdict_name(v));
		}
	}
	return sum;
}
