/*
 * fuzz_delta - any bytes as the payload of a stream entry that a view follows:
 * the feed reloads, or takes it whole; and as values are absolute, taking it
 * again changes nothing. The track's sink sees no more than the entry has.
 */
#include "aggregate/changes.h"
#include "aggregate/delta.h"
#include "aggregate/pack.h"
#include "aggregate/sensors.h"
#include "aggregate/view_parts.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char CONFIG[] = "partners:\n"
			     "  - {id: MA, country: MA, slot: 0}\n"
			     "  - {id: IL, country: IL, slot: 1}\n"
			     "kafka: {brokers: \"127.0.0.1:9092\"}\n"
			     "hash_key_file: key\n";

static struct {
	struct vg_config *cfg;
	struct vg_audiences *aud;
	struct vg_plan *plan; /* track 0: country by actor in 1 h */
	struct vg_metrics metrics;
	struct vg_part_env env;
} t;

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_delta: %s\n", complaint);
	abort();
}

static void must(bool good)
{
	if (!good)
		stop("setting up");
}

static void make(void)
{
	static const uint8_t key[VG_HASH_KEY] = {7};
	struct vg_track track = {
		.window_ms = 3600000, .n_group = 1, .n_value = 1};
	size_t index;

	track.group[0] = vg_field_ref(vg_slice_of("actor"));
	track.value[0] = vg_field_ref(vg_slice_of("country"));
	must(vg_config_parse(&t.cfg, "t", CONFIG, sizeof CONFIG - 1, NULL) ==
	     VG_OK);
	must(vg_audiences_new(&t.aud, t.cfg, NULL) == VG_OK);
	must(vg_plan_new(&t.plan, NULL) == VG_OK);
	must(vg_plan_add_track(t.plan, &track, &index, NULL) == VG_OK);
	t.env = (struct vg_part_env){.cfg = t.cfg,
				     .aud = t.aud,
				     .plan = t.plan,
				     .metrics = &t.metrics,
				     .hash_key = key,
				     .config_hash = "0"};
}

/* What the sink is told is of the one track there is. */
static void span(void *ctx, size_t track, size_t part, int64_t start_ms,
		 struct vg_slice field, const int64_t v[4])
{
	(void)start_ms;
	(void)v;
	if (track != 0 || part != 0)
		stop("a cell of no track");
	*(size_t *)ctx += field.n;
}

static void gone(void *ctx, size_t track, size_t part, int64_t start_ms,
		 struct vg_slice field)
{
	span(ctx, track, part, start_ms, field, NULL);
}

static void swept(void *ctx, size_t track, size_t part, int64_t start_ms)
{
	span(ctx, track, part, start_ms, (struct vg_slice){.n = 0}, NULL);
}

static void restart(void *ctx, size_t track, size_t part)
{
	swept(ctx, track, part, 0);
}

/* A view of one partition that was loaded and is at offset 0. */
static struct vg_view *follow(size_t *told)
{
	const struct vg_track_sink sink = {.ctx = told,
					   .span = span,
					   .gone = gone,
					   .swept = swept,
					   .restart = restart};
	const struct vg_sensors_opts o = {.max = 16, .keep_ms = 1};
	struct vg_view_feed *f = calloc(1, sizeof *f);
	struct vg_view *v = NULL;

	must(vg_view_new(&v, &t.env, &sink, NULL) == VG_OK && f != NULL);
	v->feed = calloc(1, sizeof(*v->feed));
	must(v->feed != NULL);
	f->pub = (struct vg_view_part){.partner = vg_config_slot(t.cfg, 0),
				       .topic = "alerts.ma",
				       .high = -1,
				       .watermark_ms = INT64_MIN,
				       .log_ms = INT64_MIN};
	f->cells = vg_cells_new(0);
	f->packs = vg_packs_new(v->pack_bytes, VG_PACK_BYTES_MAX, 0);
	f->sensors = vg_sensors_new(&o);
	must(f->cells != NULL && f->packs != NULL && f->sensors != NULL);
	f->pub.cells = f->cells;
	f->pub.sensors = f->sensors;
	f->loaded = f->pub.live = true;
	v->feed[0] = f;
	v->n_parts = v->cap = 1;
	return v;
}

static redisReply text_of(const char *text, size_t n)
{
	return (redisReply){
		.type = REDIS_REPLY_STRING, .str = (char *)text, .len = n};
}

/* Apply an entry from offset `prev` to the next; false: the feed reloads. */
static bool apply(struct vg_view *v, int64_t prev, struct vg_slice payload)
{
	char from[24], to[24];
	redisReply word[6], *pair[6], id = text_of("1-1", 3), all, *both[2];

	(void)snprintf(from, sizeof from, "%lld", (long long)prev);
	(void)snprintf(to, sizeof to, "%lld", (long long)prev + 1);
	const char *const name[] = {"prev", from, "off", to, "b"};
	for (int i = 0; i < 5; i++)
		word[i] = text_of(name[i], strlen(name[i]));
	word[5] = text_of(payload.p, payload.n);
	for (int i = 0; i < 6; i++)
		pair[i] = &word[i];
	redisReply pairs = {
		.type = REDIS_REPLY_ARRAY, .elements = 6, .element = pair};
	both[0] = &id;
	both[1] = &pairs;
	all = (redisReply){
		.type = REDIS_REPLY_ARRAY, .elements = 2, .element = both};
	if (vg_view_apply(v, 0, (const struct vg_reply *)&all, NULL) != VG_OK)
		stop("memory is out");
	return v->feed[0]->loaded;
}

/* Cells that the view holds for itself, and a sum of all that they say. */
static uint64_t sum_up(const struct vg_view *v)
{
	struct vg_bucket_id id;
	struct vg_table *table;
	struct vg_slice field;
	int64_t n = 0, *cell;
	uint64_t sum = 0;

	for (size_t pos = 0;
	     vg_cells_next(v->feed[0]->cells, &pos, &id, &table);) {
		if (!vg_view_holds(id))
			continue;
		n += (int64_t)vg_table_count(table);
		for (size_t at = 0; vg_table_next(table, &at, &field, &cell);)
			for (unsigned i = 0; i < vg_cell_width(id.agg); i++)
				sum += (uint64_t)cell[i] * (i + 1) *
				       (field.n + 1) *
				       (uint64_t)(id.start_ms + id.agg + 1);
	}
	if (n != v->n_cells)
		stop("how many cells there are");
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t told = 0, before;
	uint64_t first;

	if (t.cfg == NULL)
		make();
	/* A block of the exact size: a step outside is seen. */
	char *payload = malloc(size > 0 ? size : 1);
	if (payload == NULL)
		return 0;
	if (size > 0)
		memcpy(payload, data, size);
	struct vg_slice whole = {payload, (uint32_t)size};
	struct vg_view *v = follow(&told);
	if (apply(v, 0, whole)) {
		before = told;
		first = sum_up(v);
		if (!apply(v, 1, whole))
			stop("what was taken is refused");
		if (sum_up(v) != first || told != before * 2)
			stop("taken again it says something else");
	} else if (v->n_cells != 0) {
		stop("half an entry");
	}
	vg_view_free(v);
	free(payload);
	return 0;
}
