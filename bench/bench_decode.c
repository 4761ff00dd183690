/*
 * bench_decode - what reading one event costs: the JSON parse alone, decoding
 * in all, and decoding with admission, in ns of CPU an event.
 * With a vocabulary file also a look-up of actors that it knows, and of others.
 *
 *   bench_decode [COUNT [VOCABULARY]]
 */
#include "core/config.h"
#include "core/json.h"
#include "core/lexicon.h"
#include "ingest/admit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TEXTS = 4096, TEXT = 640, COUNT = 2000000 };

struct bench {
	char text[TEXTS][TEXT];
	size_t len[TEXTS];
	struct vg_config cfg;
	struct vg_audiences *audiences;
	struct vg_scratch *scratch;
	struct vg_admit *admit;
	struct vg_json json;
	struct vg_event event;
	int64_t base_ms;
	struct vg_lexicon *lexicon;
	char name[TEXTS][16];
};

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void write_texts(struct bench *b)
{
	for (int i = 0; i < TEXTS; i++) {
		int n = snprintf(
			b->text[i], TEXT,
			"{\"id\":\"MA-%09d\",\"time\":%" PRId64
			",\"sensor\":\"sensor-%04d\",\"sensor_kind\":\"ids\","
			"\"country\":\"MA\",\"source_country\":\"CN\","
			"\"actor\":\"Actor %04d\",\"category\":"
			"\"intrusion-attempts\",\"technique\":\"T1059\","
			"\"severity\":%d,\"confidence\":%d,\"sector\":"
			"\"energy\",\"tlp\":\"AMBER\",\"count\":1,"
			"\"indicators\":[{\"type\":\"ipv4\",\"value\":"
			"\"192.0.%d.%d\"}],\"fields\":{\"destination.port\":%d,"
			"\"rule.name\":\"ET SCAN suspicious inbound %04d\","
			"\"network.protocol\":\"tcp\",\"observer.version\":"
			"\"7.0.%d\"}}",
			i, b->base_ms + i, i % 1000, i % 2000, 1 + i % 10,
			i % 101, i / 256 % 256, i % 256, 1 + i, i % 2000,
			i % 20);

		if (n < 0 || n >= TEXT)
			abort();
		b->len[i] = (size_t)n;
	}
}

static void make(struct bench *b)
{
	static struct vg_partner partner = {.id = "MA",
					    .country = "MA",
					    .topic = "alerts.ma",
					    .tlp = VG_TLP_AMBER};
	static const uint8_t key[VG_HASH_KEY] = "0123456789abcde";

	b->cfg = (struct vg_config){.partners = &partner,
				    .n_partners = 1,
				    .dedup_span = 131072,
				    .future_ms = 300000,
				    .keep_1d_ms = INT64_C(94608000000)};
	struct vg_admit_env env = {.cfg = &b->cfg, .hash_key = key};
	if (vg_audiences_new(&b->audiences, &b->cfg, NULL) != VG_OK)
		abort();
	env.aud = b->audiences;
	if (vg_scratch_new(&b->scratch, NULL) != VG_OK ||
	    vg_admit_new(&b->admit, &env, &partner, NULL) != VG_OK)
		abort();
}

static void parse(struct bench *b, int i)
{
	size_t at;
	int k = i % TEXTS;

	if (vg_json_parse(&b->json, b->text[k], b->len[k], &at) != VG_JSON_OK)
		abort();
}

static void decode(struct bench *b, int i)
{
	struct vg_decoded d;
	int k = i % TEXTS;

	vg_decoder_at(0)->decode(
		b->scratch, &b->cfg, b->cfg.partners,
		(struct vg_slice){b->text[k], (uint32_t)b->len[k]}, &b->event,
		&d);
	if (d.verdict != VG_VERDICT_COUNTED) {
		fprintf(stderr, "bench_decode: %s\n", d.reason);
		abort();
	}
}

static void decode_and_admit(struct bench *b, int i)
{
	struct vg_admitted a;
	char *id = b->text[i % TEXTS] + 10;

	/* A fresh id each time round. */
	for (int v = i / TEXTS, d = 4; d >= 0; d--, v /= 10)
		id[d] = (char)('0' + v % 10);
	decode(b, i);
	if (vg_admit_judge(b->admit, &b->event, i, b->base_ms, &a, NULL) !=
		    VG_OK ||
	    a.verdict != VG_VERDICT_COUNTED)
		abort();
}

static void look_up_known(struct bench *b, int i)
{
	uint32_t k = (uint32_t)i % vg_lexicon_actors(b->lexicon);
	struct vg_slice name = vg_lexicon_actor(b->lexicon, k).name;

	if (vg_lexicon_resolve(b->lexicon, name).n_actors == 0)
		abort();
}

static void look_up_unknown(struct bench *b, int i)
{
	struct vg_slice name = vg_slice_of(b->name[i % TEXTS]);

	if (vg_lexicon_resolve(b->lexicon, name).n_actors > 0)
		abort();
}

static void run(struct bench *b, const char *name, int count,
		void (*step)(struct bench *b, int i))
{
	double from = cpu_ns();

	for (int i = 0; i < count; i++)
		step(b, i);
	printf("%-17s %7.1f ns/event\n", name, (cpu_ns() - from) / count);
}

int main(int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof *b);
	int count = argc > 1 ? atoi(argv[1]) : COUNT;

	if (b == NULL || count < 1)
		return 2;
	b->base_ms = INT64_C(1767323045000);
	write_texts(b);
	make(b);
	printf("event of %zu bytes, %d events\n", b->len[TEXTS - 1], count);
	run(b, "json", count, parse);
	run(b, "decode", count, decode);
	run(b, "decode and admit", count, decode_and_admit);
	if (argc > 2 && vg_lexicon_open(&b->lexicon, argv[2], NULL) != VG_OK)
		return 2;
	for (int i = 0; i < TEXTS; i++)
		snprintf(b->name[i], sizeof b->name[i], "Actor %04d", i);
	if (b->lexicon != NULL) {
		run(b, "known actor", count, look_up_known);
		run(b, "unknown actor", count, look_up_unknown);
	}
	vg_lexicon_close(b->lexicon);
	vg_admit_free(b->admit);
	vg_scratch_free(b->scratch);
	vg_audiences_free(b->audiences);
	vg_json_term(&b->json);
	free(b);
	return 0;
}
