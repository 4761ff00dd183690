/*
 * gen - the load that dev/bench measures with: canonical events of about 480
 * bytes straight to Kafka, the same for a seed.
 *
 *   gen [-a ACTORS] [-u PAIRS] [-p] BROKERS COUNT RATE START_MS SPAN_MS SEED
 *       TOPIC:PARTNER...
 *
 * RATE 0: as fast as it goes. Event i happens at START_MS + i * SPAN_MS / COUNT
 * (RATE 0), or now. 1,000 sensors, 2,000 actors (or -a) by Zipf, 200,000
 * indicators, 30 countries, six audiences a partner. A sensor is one partner's
 * and marks all it sends alike. An actor works in one partner's country and one
 * other, but for one in 50, which strikes anywhere; its indicators go with it.
 * -p, the peers' load: one audience, and every actor strikes anywhere.
 * -u, in turn each of so many pairs of actor and country.
 */
#include <librdkafka/rdkafka.h>

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	SENSORS = 1000,
	ACTORS_MAX = 1000000,
	INDICATORS = 200000,
	COUNTRIES = 30,
	TOPICS_MAX = 16,
	TEXT = 512
};

static const char *const countries[COUNTRIES] = {
	"MA", "IL", "AE", "US", "BH", "FR", "DE", "JP", "GB", "ES",
	"IT", "NL", "BE", "PT", "PL", "SE", "NO", "FI", "DK", "GR",
	"TR", "EG", "SA", "QA", "JO", "IN", "SG", "AU", "CA", "BR"};
static const char *const sources[] = {"CN", "RU", "KP", "IR", "VN",
				      "BR", "NL", "RO", "UA", "ID"};
static const char *const categories[] = {
	"intrusion-attempts", "malicious-code", "information-gathering",
	"availability",	      "fraud",		"intrusions"};
static const char *const sectors[] = {"energy", "banking", "health",
				      "transport", "public-administration"};
/* Six audiences: three labels for all, the partner alone twice, a caveat. */
static const char *const audiences[] = {
	"\"tlp\":\"AMBER\"",
	"\"tlp\":\"GREEN\"",
	"\"tlp\":\"CLEAR\"",
	"\"tlp\":\"AMBER+STRICT\"",
	"\"tlp\":\"RED\"",
	"\"tlp\":\"AMBER\",\"releasable_to\":[\"MA\",\"IL\"]"};

struct load {
	rd_kafka_t *rk;
	const char *topic[TOPICS_MAX], *partner[TOPICS_MAX];
	int n_topics;
	uint64_t random;
	unsigned actors, audiences;
	int64_t pairs; /* 0: by Zipf */
	bool is_peers;
	double zipf[ACTORS_MAX]; /* cumulative */
	int64_t failed;
};

static uint64_t next_random(struct load *l)
{
	uint64_t x = l->random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static unsigned below(struct load *l, unsigned n)
{
	return (unsigned)(next_random(l) % n);
}

static void fill_zipf(struct load *l)
{
	double sum = 0;

	for (unsigned i = 0; i < l->actors; i++)
		l->zipf[i] = sum += 1.0 / pow(i + 1, 1.1);
	for (unsigned i = 0; i < l->actors; i++)
		l->zipf[i] /= sum;
}

static unsigned pick_actor(struct load *l)
{
	double u = (double)(next_random(l) >> 11) / 9007199254740992.0;
	unsigned lo = 0, hi = l->actors - 1;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (l->zipf[mid] < u)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool crosses(const struct load *l, unsigned actor)
{
	return l->is_peers || actor % 50 == 49;
}

/* An actor that this partner sees: its own, or one that crosses borders. */
static unsigned seen_actor(struct load *l, int topic)
{
	unsigned n = (unsigned)l->n_topics, actor = pick_actor(l);
	unsigned own = actor - actor % n + (unsigned)topic;

	return crosses(l, actor) || own >= l->actors ? actor : own;
}

/* The victim of an event: mostly in the partner's own country. */
static const char *victim(struct load *l, unsigned actor, int topic)
{
	if (crosses(l, actor))
		return countries[below(l, COUNTRIES)];
	return below(l, 4) > 0 ? l->partner[topic]
			       : countries[actor % COUNTRIES];
}

/* Who strikes whom in event i. */
static unsigned pick_pair(struct load *l, int64_t i, int topic,
			  const char **country)
{
	unsigned actor = l->pairs > 0 ? (unsigned)(i % l->pairs / COUNTRIES)
				      : seen_actor(l, topic);

	*country = l->pairs > 0 ? countries[i % l->pairs % COUNTRIES] : NULL;
	return actor;
}

static int write_event(struct load *l, char *out, size_t cap, int64_t i,
		       int topic, int64_t at_ms)
{
	const char *country;
	unsigned n = (unsigned)l->n_topics;
	unsigned actor = pick_pair(l, i, topic, &country);
	unsigned sensor = below(l, SENSORS / n) * n + (unsigned)topic;
	/* An indicator belongs to the actor that uses it. */
	unsigned each = INDICATORS / l->actors;
	unsigned indicator =
		(below(l, each > 0 ? each : 1) * l->actors + actor) %
		INDICATORS;

	return snprintf(
		out, cap,
		"{\"id\":\"%s-%" PRId64 "\",\"time\":%" PRId64
		",\"sensor\":\"sensor-%04u\",\"sensor_kind\":\"ids\","
		"\"country\":\"%s\",\"source_country\":\"%s\","
		"\"actor\":\"Actor %04u\",\"category\":\"%s\","
		"\"technique\":\"T%u\",\"severity\":%u,\"confidence\":%u,"
		"\"sector\":\"%s\",%s,\"count\":%u,\"indicators\":[{\"type\":"
		"\"ipv4\",\"value\":\"%u.%u.%u.%u\"}],\"fields\":{"
		"\"destination.port\":%u,\"rule.name\":\"ET SCAN suspicious "
		"inbound %04u\",\"network.protocol\":\"tcp\","
		"\"observer.version\":\"7.0.%u\"}}",
		l->partner[topic], i, at_ms, sensor,
		country != NULL ? country : victim(l, actor, topic),
		sources[below(l, 10)], actor, categories[below(l, 6)],
		1000 + below(l, 60), 1 + below(l, 10), below(l, 101),
		sectors[below(l, 5)], audiences[sensor / n % l->audiences],
		1 + below(l, 3), 11 + indicator / 65536 % 200,
		indicator / 256 % 256, indicator % 256, 7U, 1 + below(l, 65535),
		below(l, 2000), below(l, 20));
}

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *ctx)
{
	struct load *l = ctx;

	(void)rk;
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		l->failed++;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char text[TEXT];

	if (rd_kafka_conf_set(conf, name, value, text, sizeof text) !=
	    RD_KAFKA_CONF_OK) {
		fprintf(stderr, "gen: %s\n", text);
		exit(2);
	}
}

static void connect_to(struct load *l, const char *brokers)
{
	char text[TEXT];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	set(conf, "bootstrap.servers", brokers);
	set(conf, "enable.idempotence", "true");
	set(conf, "compression.codec", "lz4");
	set(conf, "linger.ms", "5");
	set(conf, "batch.size", "1000000");
	set(conf, "queue.buffering.max.messages", "1000000");
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	rd_kafka_conf_set_opaque(conf, l);
	l->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
	if (l->rk == NULL) {
		fprintf(stderr, "gen: %s\n", text);
		exit(2);
	}
}

static void send_one(struct load *l, int topic, const char *value, int n)
{
	/* The key is the sensor: the 11 bytes after "sensor":". */
	const char *key = strstr(value, "\"sensor\":\"") + 10;
	rd_kafka_resp_err_t e;

	do {
		e = rd_kafka_producev(
			l->rk, RD_KAFKA_V_TOPIC(l->topic[topic]),
			RD_KAFKA_V_KEY(key, 11),
			RD_KAFKA_V_VALUE((void *)(uintptr_t)value, (size_t)n),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			RD_KAFKA_V_END);
		rd_kafka_poll(l->rk,
			      e == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 50 : 0);
	} while (e == RD_KAFKA_RESP_ERR__QUEUE_FULL);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		l->failed++;
}

/* Wait until event `i` is due at `rate` a second from `began`. */
static void pace(struct load *l, int64_t i, int64_t rate, int64_t began)
{
	while (now_ms() - began < i * 1000 / rate)
		rd_kafka_poll(l->rk, 1);
}

static void read_topics(struct load *l, int argc, char **argv)
{
	for (int i = 6; i < argc && l->n_topics < TOPICS_MAX; i++) {
		char *colon = strchr(argv[i], ':');

		if (colon == NULL) {
			fprintf(stderr, "gen: %s is not TOPIC:PARTNER\n",
				argv[i]);
			exit(2);
		}
		*colon = '\0';
		l->topic[l->n_topics] = argv[i];
		l->partner[l->n_topics++] = colon + 1;
	}
}

static bool read_options(struct load *l, int argc, char **argv)
{
	int option;

	l->actors = 2000;
	l->audiences = 6;
	while ((option = getopt(argc, argv, "+a:u:p")) != -1) {
		if (option == 'a')
			l->actors = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'u')
			l->pairs = strtoll(optarg, NULL, 10);
		else if (option == 'p')
			l->is_peers = true, l->audiences = 1;
		else
			return false;
	}
	return l->actors > 0 && l->actors <= ACTORS_MAX && argc - optind >= 7;
}

int main(int argc, char **argv)
{
	static struct load l;
	char event[2048];
	int64_t bytes = 0;

	if (!read_options(&l, argc, argv)) {
		fprintf(stderr, "usage: gen [-a ACTORS] [-u PAIRS] [-p] "
				"BROKERS COUNT RATE "
				"START_MS SPAN_MS SEED TOPIC:PARTNER...\n");
		return 2;
	}
	argc -= optind;
	argv += optind;
	int64_t count = strtoll(argv[1], NULL, 10);
	int64_t rate = strtoll(argv[2], NULL, 10);
	int64_t start = strtoll(argv[3], NULL, 10);
	int64_t span = strtoll(argv[4], NULL, 10);
	l.random = strtoull(argv[5], NULL, 10);
	read_topics(&l, argc, argv);
	fill_zipf(&l);
	connect_to(&l, argv[0]);
	int64_t began = now_ms();
	for (int64_t i = 0; i < count; i++) {
		int topic = (int)(i % l.n_topics);

		if (rate > 0)
			pace(&l, i, rate, began);
		int n = write_event(&l, event, sizeof event, i, topic,
				    rate > 0 ? now_ms()
					     : start + i * span / count);
		send_one(&l, topic, event, n);
		bytes += n;
	}
	rd_kafka_flush(l.rk, 120000);
	double s = (double)(now_ms() - began) / 1000;
	printf("gen: %" PRId64 " events of %" PRId64
	       " bytes in %.1f s, %" PRId64 " failed\n",
	       count, bytes / (count > 0 ? count : 1), s, l.failed);
	rd_kafka_destroy(l.rk);
	return l.failed == 0 ? 0 : 1;
}
