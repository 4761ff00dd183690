/*
 * bench_rules - what rules cost where they are served, without Kafka: the
 * evaluator itself, fed through its sink, with its lease and alerts in a Redis.
 *
 *   bench_rules thousand REDIS         1,000 rules, 10,000 groups
 *   bench_rules million REDIS [GROUPS] one rule, 1,000,000 groups of 5 values
 *
 * Prints "name value" lines; bench/run.py holds them against their bounds.
 */
#include "alert/rules.h"
#include "alert/state.h"
#include "core/audience.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RULES = 1000, VALUES = 5, CHANGES = 5000, PARTS = 4 };

static const int64_t t0 = INT64_C(1767225600000); /* 2026-01-01 */
static const char *const value[VALUES + 1] = {"MA", "IL", "AE",
					      "US", "BH", "FR"};

struct bench {
	struct vg_config *cfg;
	struct vg_audiences *aud;
	struct vg_plan *plan;
	struct vg_rules *rules;
	struct vg_metrics metrics;
	struct vg_part_env env;
	struct vg_store *store;
	struct vg_evaluator *e;
	struct vg_eval_world world;
	const char *audience;
	uint8_t key[16];
	double took[CHANGES], used[CHANGES]; /* ms of the wall, of CPU */
};

static void must(enum vg_rc rc, const struct vg_err *err)
{
	if (rc == VG_OK)
		return;
	fprintf(stderr, "bench_rules: %s\n", err->text);
	exit(1);
}

static double now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double resident(void)
{
	long pages = 0;
	FILE *in = fopen("/proc/self/statm", "r");

	if (in == NULL || fscanf(in, "%*d %ld", &pages) != 1)
		exit(1);
	fclose(in);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void start(struct bench *b, const char *redis, const char *rules)
{
	char text[1000];
	struct vg_err err = {0};
	bool undeclared = false;
	int n = snprintf(text, sizeof text,
			 "partners:\n  - {id: MA, country: MA, slot: 0}\n"
			 "  - {id: IL, country: IL, slot: 1}\n"
			 "hash_key_file: none\nkafka: {brokers: "
			 "\"127.0.0.1:1\"}\nredis: {address: \"%s\"}\n",
			 redis);

	memset(b, 0, sizeof *b);
	must(vg_config_parse(&b->cfg, "bench", text, (size_t)n, &err), &err);
	must(vg_audiences_new(&b->aud, b->cfg, &err), &err);
	must(vg_plan_new(&b->plan, &err), &err);
	must(vg_rules_parse(&b->rules, b->plan, "bench", rules, strlen(rules),
			    &err),
	     &err);
	b->env = (struct vg_part_env){.cfg = b->cfg,
				      .plan = b->plan,
				      .aud = b->aud,
				      .metrics = &b->metrics,
				      .hash_key = b->key,
				      .table_seed = 7,
				      .config_hash = "0"};
	must(vg_store_new(&b->store, b->cfg, &b->metrics, &err), &err);
	const struct vg_evaluator_opts o = {
		.env = &b->env, .rules = b->rules, .owner = "bench"};
	must(vg_evaluator_new(&b->e, &o, &err), &err);
	b->world = (struct vg_eval_world){
		.ready = true, .log_ms = t0, .slowest_ms = t0, .now_ms = t0};
	memset(b->world.slot_of, VG_PART_SLOT_NONE, sizeof b->world.slot_of);
	for (unsigned i = 0; i < PARTS; i++)
		b->world.slot_of[i] = i % 2;
	b->audience =
		vg_audience_key(b->aud, vg_audience_of(b->aud, 0, VG_TLP_AMBER,
						       false, 0, &undeclared));
}

static void stop(struct bench *b)
{
	vg_evaluator_free(b->e);
	vg_store_free(b->store);
	vg_rules_free(b->rules);
	vg_plan_free(b->plan);
	vg_audiences_free(b->aud);
	vg_config_free(b->cfg);
}

/* An event of group `g` with value `v`, `at_ms` into the sub-window. */
static void feed(struct bench *b, size_t track, size_t g, unsigned v,
		 int64_t at_ms)
{
	char field[96];
	const int64_t cell[4] = {1, 1, at_ms, at_ms};
	int64_t w = vg_plan_track(b->plan, track)->window_ms;
	struct vg_track_sink sink = vg_evaluator_sink(b->e);

	snprintf(field, sizeof field,
		 "%s\x1f"
		 "actor %07zu\x1f%s",
		 b->audience, g, value[v]);
	sink.span(sink.ctx, track, g % PARTS, t0 - t0 % w, vg_slice_of(field),
		  cell);
}

/* Turn until nothing is dirty; the wall clock moves on by a tick. */
static void turn(struct bench *b)
{
	struct vg_err err = {0};

	do {
		b->world.now_ms += 20;
		must(vg_evaluator_run(b->e, &b->world, b->store, &err), &err);
	} while (b->e->n_dirty > 0);
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void say(const char *name, double v)
{
	printf("%s %.6g\n", name, v);
	fflush(stdout);
}

/* Change one group after the other: every other one has one value more, and
 * with it an alert, which is written. */
static void change(struct bench *b, const char *name, size_t groups)
{
	uint64_t random = 88172645463325252ULL;
	char text[64];

	for (size_t i = 0; i < CHANGES; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		size_t track = random % vg_plan_tracks(b->plan);
		size_t g = (random >> 20) % groups;

		feed(b, track, g, i % 2 == 0 ? VALUES : (unsigned)i % VALUES,
		     (int64_t)(200 + i));
		double from = now_ms(CLOCK_MONOTONIC);
		double cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
		turn(b);
		b->took[i] = now_ms(CLOCK_MONOTONIC) - from;
		b->used[i] = now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	}
	qsort(b->took, CHANGES, sizeof b->took[0], by_size);
	qsort(b->used, CHANGES, sizeof b->used[0], by_size);
	snprintf(text, sizeof text, "%s_p50_ms", name);
	say(text, b->took[CHANGES / 2]);
	snprintf(text, sizeof text, "%s_p99_ms", name);
	say(text, b->took[CHANGES * 99 / 100]);
	snprintf(text, sizeof text, "%s_cpu_p99_ms", name);
	say(text, b->used[CHANGES * 99 / 100]);
	snprintf(text, sizeof text, "%s_cpu_max_ms", name);
	say(text, b->used[CHANGES - 1]);
}

static void million(const char *redis, size_t groups)
{
	static struct bench b;
	double before, cpu;

	start(&b, redis,
	      "id: many\ntitle: T\ngroup_by: [actor]\nwindow: 6h\n"
	      "severity: 8\ncondition: {country: {distinct: 6}}\n");
	turn(&b); /* takes the lease */
	before = resident();
	cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned v = 0; v < VALUES; v++)
		for (size_t g = 0; g < groups; g++)
			feed(&b, 0, g, v, 100 + v);
	say("feed_us_a_change", (now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e3 /
					(double)(groups * VALUES));
	cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
	turn(&b);
	say("evaluate_us_a_group",
	    (now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e3 / (double)groups);
	double after = resident();
	say("groups", (double)vg_groups_count(b.e->groups));
	say("evaluator_mb", (after - before) / 1e6);
	say("bytes_a_value", (after - before) / (double)(groups * VALUES));
	size_t held = vg_groups_bytes(b.e->groups);
	for (unsigned round = 0; round < 20; round++)
		for (size_t g = 0; g < groups; g += 20)
			feed(&b, 0, g, round % VALUES, 1000 + round);
	turn(&b);
	say("grown_by_rate_bytes",
	    (double)vg_groups_bytes(b.e->groups) - (double)held);
	change(&b, "million", groups);
	stop(&b);
}

static void thousand(const char *redis)
{
	static struct bench b;
	static char text[RULES * 256];
	size_t n = 0, groups = 10000;

	for (int i = 0; i < RULES; i++)
		n += (size_t)snprintf(
			text + n, sizeof text - n,
			"---\nid: r%d\ntitle: T\ngroup_by: [actor]\n"
			"window: %ds\nseverity: 8\nmatch: {severity: {gte: "
			"%d}}\ncondition: {country: {distinct: 6}}\n",
			i, 21600 + i / 10, 1 + i % 10);
	double from = now_ms(CLOCK_MONOTONIC);
	start(&b, redis, text);
	say("load_ms", now_ms(CLOCK_MONOTONIC) - from);
	say("rules", (double)vg_rules_count(b.rules));
	say("tracks", (double)vg_plan_tracks(b.plan));
	turn(&b);
	for (size_t g = 0; g < groups; g++)
		for (size_t k = 0; k < 20; k++)
			for (unsigned v = 0; v < VALUES; v++)
				feed(&b, (g * 7 + k * 50) % RULES, g, v,
				     100 + v);
	turn(&b);
	change(&b, "thousand", groups);
	stop(&b);
}

int main(int argc, char **argv)
{
	bool is_thousand = argc > 2 && strcmp(argv[1], "thousand") == 0;

	if (argc < 3) {
		fputs("bench_rules thousand|million REDIS [GROUPS]\n", stderr);
		return 2;
	}
	if (is_thousand)
		thousand(argv[2]);
	else
		million(argv[2],
			argc > 3 ? strtoul(argv[3], NULL, 10) : 1000000);
	return 0;
}
