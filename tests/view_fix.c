#include "view_fix.h"

#include "aggregate/delta.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEED = 99, WORDS_MAX = 16 };

static const uint8_t HASH_KEY[VG_HASH_KEY] = {7};

static const char CONFIG[] = "partners:\n"
			     "  - {id: MA, country: MA, slot: 0}\n"
			     "  - {id: IL, country: IL, slot: 1}\n"
			     "  - {id: AE, country: AE, slot: 2}\n"
			     "  - {id: US, country: US, slot: 3}\n"
			     "  - {id: BH, country: BH, slot: 7}\n"
			     "caveats: [MA+US, MA+COALITION]\n"
			     "kafka: {brokers: \"127.0.0.1:9092\"}\n"
			     "redis: {address: \"127.0.0.1:%d\"}\n"
			     "hash_key_file: key\n";

static void must(enum vg_rc rc, const struct vg_err *err)
{
	cr_assert(rc == VG_OK, "%s", err->text);
}

static void make_plan(struct fix *f, struct vg_err *err)
{
	struct vg_track t = {
		.window_ms = FIX_WINDOW_MS, .n_group = 1, .n_value = 1};
	size_t index;

	t.group[0] = vg_field_ref(vg_slice_of("actor"));
	t.value[0] = vg_field_ref(vg_slice_of("country"));
	must(vg_plan_new(&f->plan, err), err);
	must(vg_plan_add_track(f->plan, &t, &index, err), err);
	memcpy(f->track, vg_plan_track(f->plan, 0)->id, VG_TRACK_ID);
}

void fix_init(struct fix *f, bool with_redis)
{
	struct vg_err err = {.rc = VG_OK};
	char text[sizeof CONFIG + 16];
	int n;

	memset(f, 0, sizeof *f);
	if (with_redis)
		test_redis_start(&f->redis, NULL);
	n = snprintf(text, sizeof text, CONFIG, with_redis ? f->redis.port : 1);
	must(vg_config_parse(&f->cfg, "t", text, (size_t)n, &err), &err);
	must(vg_audiences_new(&f->aud, f->cfg, &err), &err);
	make_plan(f, &err);
	f->env = (struct vg_part_env){
		.cfg = f->cfg,
		.plan = f->plan,
		.aud = f->aud,
		.metrics = &f->metrics,
		.hash_key = HASH_KEY,
		.table_seed = SEED,
		.config_hash = "0",
	};
	must(vg_store_new(&f->store, f->cfg, &f->metrics, &err), &err);
}

void fix_term(struct fix *f)
{
	vg_store_free(f->store);
	test_redis_stop(&f->redis);
	vg_plan_free(f->plan);
	vg_audiences_free(f->aud);
	vg_config_free(f->cfg);
}

void fix_do(struct fix *f, const char *const *word, size_t n)
{
	struct vg_slice arg[WORDS_MAX];
	struct vg_err err = {.rc = VG_OK};

	cr_assert(n <= WORDS_MAX);
	for (size_t i = 0; i < n; i++)
		arg[i] = vg_slice_of(word[i]);
	must(vg_store_call(f->store, NULL, arg, n, &err), &err);
}

#define DO(f, ...)                                                             \
	fix_do(f, (const char *[]){__VA_ARGS__},                               \
	       sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static char *key(const struct fix_batch *b, const char *suffix)
{
	static char text[8][256];
	static unsigned turn;
	char *out = text[turn++ % 8];

	snprintf(out, sizeof text[0], "vg:{%s:%d}:%s", b->topic, b->partition,
		 suffix);
	return out;
}

static char *number(int64_t v)
{
	static char text[8][24];
	static unsigned turn;
	char *out = text[turn++ % 8];

	snprintf(out, sizeof text[0], "%" PRId64, v);
	return out;
}

void fix_entry(struct fix *f, const struct fix_batch *b,
	       struct vg_slice payload)
{
	const char *word[] = {"XADD",
			      key(b, "d"),
			      "*",
			      "prev",
			      number(b->prev),
			      "off",
			      number(b->off),
			      "wm",
			      number(b->wm),
			      "lt",
			      number(b->lt),
			      "roll",
			      number(b->roll),
			      "b"};
	struct vg_slice arg[15];
	struct vg_err err = {.rc = VG_OK};

	for (int i = 0; i < 14; i++)
		arg[i] = vg_slice_of(word[i]);
	arg[14] = payload;
	must(vg_store_call(f->store, NULL, arg, 15, &err), &err);
}

static void write_cell(struct fix *f, const struct fix_batch *b,
		       const struct fix_cell *c)
{
	if (c->field == NULL) {
		DO(f, "DEL", key(b, c->bucket));
		DO(f, "ZREM", key(b, "x"), c->bucket);
		return;
	}
	DO(f, "ZADD", key(b, "x"), "0", c->bucket);
	if (c->cell == NULL)
		DO(f, "HDEL", key(b, c->bucket), c->field);
	else
		DO(f, "HSET", key(b, c->bucket), c->field, c->cell);
}

void fix_commit(struct fix *f, const struct fix_batch *b)
{
	struct vg_buf delta = {.n = 0};
	char part[280];

	snprintf(part, sizeof part, "%s:%d", b->topic, b->partition);
	for (size_t i = 0; i < b->n; i++) {
		const struct fix_cell *c = &b->cell[i];

		vg_delta_bucket(&delta, vg_slice_of(c->bucket),
				c->field != NULL);
		if (c->field != NULL)
			vg_delta_field(
				&delta, vg_slice_of(c->field),
				vg_slice_of(c->cell != NULL ? c->cell : ""));
		write_cell(f, b, c);
	}
	DO(f, "HSET", key(b, "o"), "off", number(b->off), "wm", number(b->wm),
	   "lt", number(b->lt), "roll", number(b->roll));
	DO(f, "SADD", "vg:{vg}:parts", part);
	fix_entry(f, b, (struct vg_slice){delta.p, (uint32_t)delta.n});
	vg_buf_term(&delta);
}

void fix_beat(struct fix *f, const char *topic, int partition, int64_t high,
	      int64_t at_ms)
{
	struct fix_batch b = {.topic = topic, .partition = partition};

	DO(f, "HSET", key(&b, "s"), "hw", number(high), "at", number(at_ms));
}

struct vg_view_feed *fix_feed(struct vg_view *v, const char *partner)
{
	struct vg_view_feed *feed = calloc(1, sizeof *feed);
	const struct vg_partner *p =
		vg_config_partner(v->env->cfg, vg_slice_of(partner));

	cr_assert(p != NULL);
	feed->cells = vg_cells_new(SEED);
	feed->loaded = true;
	feed->pub = (struct vg_view_part){
		.partner = p,
		.partition = (int32_t)v->n_parts,
		.offset = 1,
		.high = 1,
		.watermark_ms = INT64_MIN,
		.log_ms = INT64_MIN,
		.live = true,
		.cells = feed->cells,
	};
	memcpy(feed->pub.topic, p->topic, sizeof feed->pub.topic);
	if (v->n_parts == v->cap) {
		v->cap = v->cap ? v->cap * 2 : 4;
		v->feed = realloc(v->feed, v->cap * sizeof(*v->feed));
	}
	v->feed[v->n_parts++] = feed;
	v->found = true;
	return feed;
}

void fix_set(struct vg_view_feed *feed, struct vg_bucket_id id,
	     const char *field, int64_t events, int64_t reports)
{
	int64_t *v = vg_table_at(vg_cells_at(feed->cells, id, NULL),
				 vg_slice_of(field), NULL);

	v[0] = events;
	v[1] = reports;
}
