/*
 * bench_api - the API over a view of millions of cells, for dev/bench api.
 *
 *   bench_api FOLDER REDIS_PORT MINUTES CELLS_A_MINUTE
 *
 * Fills a view by hand (8 partitions of 4 partners, two days of minutes, all
 * twelve series), puts 90 days into Redis, serves with a token "vg_bench" of
 * viewer MA, and prints "ready PORT CELLS". A thread lets the view tick as
 * heartbeats do, and changes a cell that MA may not see, 20 times a second.
 * Ends at the end of its input.
 */
#include "aggregate/changes.h"
#include "aggregate/pack.h"
#include "aggregate/view_parts.h"
#include "alert/book.h"
#include "api/kept.h"
#include "api/pool.h"
#include "api/server.h"
#include "api/sse.h"
#include "api/tokens.h"
#include "core/hash.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PARTS = 8, DAYS = 90, PAIRS_A_DAY = 60 };

#define MIN  INT64_C(60000)
#define HOUR (60 * MIN)
#define DAY  (24 * HOUR)

static const char CONFIG[] = "partners:\n"
			     "  - {id: MA, country: MA, slot: 0}\n"
			     "  - {id: IL, country: IL, slot: 1}\n"
			     "  - {id: AE, country: AE, slot: 2}\n"
			     "  - {id: US, country: US, slot: 3}\n"
			     "kafka: {brokers: \"127.0.0.1:9092\"}\n"
			     "redis: {address: \"127.0.0.1:%d\"}\n"
			     "http: {address: \"127.0.0.1:0\", threads: %d, "
			     "connections: 4096, token_file: \"%s/tokens\"}\n"
			     "hash_key_file: key\n";
static const char *const topics[] = {"alerts.ma", "alerts.il", "alerts.ae",
				     "alerts.us"};
static const char *const countries[] = {"MA", "IL", "AE", "US", "BH"};
static const uint8_t HASH_KEY[VG_HASH_KEY] = {7};

static struct vg_err err;
static struct vg_view *view;
static atomic_bool stop;
static uint64_t random_state = 88172645463325252u;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_api: %s: %s\n", what, err.text);
	exit(1);
}

static unsigned rnd(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % n);
}

static int64_t wall_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A value of field `agg` names, number `i`. */
static void value_of(char out[64], unsigned agg, unsigned i)
{
	const struct vg_series_info *info = vg_series_info(agg);
	const char *country = countries[i % 5];

	if (strcmp(info->field[0], "country") == 0)
		snprintf(out, 64, "%s", country);
	else if (info->field[1] == NULL)
		snprintf(out, 64, "%.20s-%u", info->field[0], i);
	else
		snprintf(out, 64, "%.20s-%u\x1f%s", info->field[0], i / 5,
			 country);
}

static void set(struct vg_cells *cells, struct vg_bucket_id id,
		const char *audience, unsigned value)
{
	char field[80], text[64];
	int64_t v[2] = {1 + rnd(500), 1 + rnd(50)}, *at;

	value_of(text, id.agg, value);
	snprintf(field, sizeof field, "%s\x1f%s", audience, text);
	at = vg_table_at(vg_cells_at(cells, id, NULL), vg_slice_of(field),
			 NULL);
	view->n_cells += at[1] == 0;
	at[0] += v[0];
	at[1] += v[1];
	must(vg_view_add_hour(cells, id, vg_slice_of(field), v), "memory");
}

static void fill_minute(struct vg_cells *cells, int64_t start_ms,
			unsigned cells_a_minute, unsigned slot)
{
	char alone[8];

	snprintf(alone, sizeof alone, "S%u", slot);
	for (unsigned i = 0; i < cells_a_minute; i++) {
		struct vg_bucket_id id = {.agg = (uint16_t)(i % 12),
					  .res = VG_RES_1M,
					  .start_ms = start_ms};

		set(cells, id, i % 7 == 0 ? alone : "A*", i / 12);
	}
}

static void fill_view(const struct vg_config *cfg, int minutes, unsigned cells)
{
	int64_t now = wall_ms(), last = now - now % MIN;

	view->feed = calloc(PARTS, sizeof(*view->feed));
	must(view->feed != NULL, "memory");
	for (int p = 0; p < PARTS; p++) {
		struct vg_view_feed *f = calloc(1, sizeof *f);
		const struct vg_partner *partner = &cfg->partners[p % 4];

		must(f != NULL, "memory");
		f->cells = vg_cells_new(7);
		f->packs = vg_packs_new(view->pack_bytes, VG_PACK_BYTES_MAX, 7);
		f->pub = (struct vg_view_part){.partner = partner,
					       .partition = p / 4,
					       .offset = 1,
					       .high = 1,
					       .watermark_ms = now,
					       .log_ms = now,
					       .heartbeat_ms = now,
					       .rolled_ms = (now - 2 * DAY) /
							    HOUR * HOUR,
					       .live = true,
					       .cells = f->cells};
		snprintf(f->pub.topic, sizeof f->pub.topic, "%s",
			 topics[p % 4]);
		for (int m = 0; m < minutes; m++)
			fill_minute(f->cells, last - m * MIN, cells,
				    partner->slot);
		view->feed[view->n_parts++] = f;
	}
	view->cap = PARTS;
	view->found = true;
}

static void put_days(struct vg_store *store, const struct vg_plan *plan)
{
	int64_t today = wall_ms() / DAY * DAY;

	for (int d = 3; d < DAYS + 3; d++)
		for (int p = 0; p < PARTS; p++) {
			struct vg_bucket_id id = {.agg = VG_AGG_ACTOR_COUNTRY,
						  .res = VG_RES_1D,
						  .start_ms = today - d * DAY};
			struct vg_buf key = {0};
			struct vg_slice arg[2 + 2 * PAIRS_A_DAY];
			static char text[PAIRS_A_DAY][80];

			vg_key(&key, topics[p % 4], p / 4, "");
			vg_bucket_name(&key, plan, id);
			arg[0] = vg_slice_of("HSET");
			arg[1] = (struct vg_slice){key.p, (uint32_t)key.n};
			for (unsigned i = 0; i < PAIRS_A_DAY; i++) {
				char value[64];

				value_of(value, id.agg, i);
				snprintf(text[i], sizeof text[i], "A*\x1f%s",
					 value);
				arg[2 + 2 * i] = vg_slice_of(text[i]);
				arg[3 + 2 * i] = vg_slice_of("120,7");
			}
			must(vg_store_call(store, NULL, arg,
					   2 + 2 * PAIRS_A_DAY, &err) == VG_OK,
			     "redis");
			vg_buf_term(&key);
		}
	for (int p = 0; p < PARTS; p++) {
		struct vg_buf key = {0};
		char roll[24];

		vg_key(&key, topics[p % 4], p / 4, "o");
		snprintf(roll, sizeof roll, "%lld",
			 (long long)((wall_ms() - 2 * DAY) / HOUR * HOUR));
		must(vg_store_callf(store, NULL, &err, "HSET", key.p, "roll",
				    roll, (char *)NULL) == VG_OK,
		     "redis");
		vg_buf_term(&key);
	}
}

/* What goes on in a view while nothing happens that MA sees. */
static void *live(void *arg)
{
	const struct timespec pause = {.tv_nsec = 50000000};
	const struct vg_audiences *aud = arg;
	struct vg_bucket_id id = {.agg = VG_AGG_COUNTRY, .res = VG_RES_1M};
	uint16_t hidden = 0;

	must(vg_audience_find(aud, vg_slice_of("S1"), &hidden), "audience");
	while (!atomic_load(&stop)) {
		int64_t now = wall_ms();

		id.start_ms = now - now % MIN;
		vg_view_mutex_write(&view->lock);
		view->answered_ms = view->level_ms = now;
		for (size_t p = 0; p < view->n_parts; p++)
			view->feed[p]->pub.heartbeat_ms = now;
		vg_changes_note(view->changes, id, hidden);
		vg_view_ticks(view);
		vg_view_mutex_write_done(&view->lock);
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

static void write_token(const char *folder)
{
	char path[512], hash[65];
	FILE *f;

	snprintf(path, sizeof path, "%s/tokens", folder);
	f = fopen(path, "w");
	must(f != NULL, "tokens");
	vg_sha256_hex(hash, "vg_bench", 8);
	fprintf(f, "%s MA\n", hash);
	(void)fclose(f);
}

static struct vg_config *read_config(const char *folder, int port)
{
	struct vg_config *cfg = NULL;
	char text[2048];
	int n = snprintf(text, sizeof text, CONFIG, port, 1, folder);

	must(vg_config_parse(&cfg, "bench", text, (size_t)n, &err) == VG_OK,
	     "config");
	return cfg;
}

int main(int argc, char **argv)
{
	static struct vg_metrics metrics;
	struct vg_part_env env = {
		.metrics = &metrics, .hash_key = HASH_KEY, .table_seed = 7};
	struct vg_service s = {.env = &env};
	struct vg_audiences *aud = NULL;
	struct vg_plan *plan = NULL;
	struct vg_store *store = NULL;
	struct vg_server *server = NULL;
	struct vg_config *cfg;
	pthread_t thread;

	if (argc != 5)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	write_token(argv[1]);
	cfg = read_config(argv[1], atoi(argv[2]));
	must(vg_audiences_new(&aud, cfg, &err) == VG_OK, "audiences");
	must(vg_plan_new(&plan, &err) == VG_OK, "plan");
	env.cfg = cfg;
	env.aud = aud;
	env.plan = plan;
	must(vg_view_new(&view, &env, NULL, &err) == VG_OK, "view");
	fill_view(cfg, atoi(argv[3]), (unsigned)atoi(argv[4]));
	must(vg_store_new(&store, cfg, &metrics, &err) == VG_OK, "store");
	put_days(store, plan);
	s.view = view;
	must(vg_book_new(&s.book, &err) == VG_OK, "book");
	must(vg_book_step(s.book, store, 0, &err) == VG_OK, "book");
	must(vg_tokens_new(&s.tokens, cfg, &err) == VG_OK, "tokens");
	must(vg_pool_new(&s.pool, cfg, &metrics, &err) == VG_OK, "pool");
	must(vg_kept_new(&s.kept, &err) == VG_OK, "kept");
	must(vg_sse_hub_new(&s.streams, &s, 2000, &err) == VG_OK, "streams");
	must(vg_server_new(&server, &s, NULL, vg_clock_system(), &err) == VG_OK,
	     "server");
	must(pthread_create(&thread, NULL, live, aud) == 0, "thread");
	printf("ready %s %lld\n", strrchr(vg_server_address(server), ':') + 1,
	       (long long)view->n_cells);
	(void)fflush(stdout);
	while (getchar() != EOF)
		continue;
	_exit(0); /* the system frees 5 M cells quicker than we do */
}
