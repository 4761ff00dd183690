#include "part_fix.h"

#include "aggregate/cells.h"
#include "aggregate/steps.h"
#include "core/vocab.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static const uint8_t HASH_KEY[VG_HASH_KEY] = "0123456789abcde";

static void make_config(struct part_fix *f)
{
	f->partner[0] = (struct vg_partner){.id = "MA",
					    .country = "MA",
					    .topic = "alerts.ma",
					    .slot = 0,
					    .tlp = VG_TLP_AMBER};
	f->partner[1] = (struct vg_partner){.id = "IL",
					    .country = "IL",
					    .topic = "alerts.il",
					    .slot = 1,
					    .tlp = VG_TLP_AMBER};
	f->cfg = (struct vg_config){.partners = f->partner,
				    .n_partners = 2,
				    .redis_address = f->redis.address,
				    .redis_connect_ms = 2000,
				    .redis_command_ms = 5000,
				    .ingest_workers = 1,
				    .dedup_span = 1000,
				    .stream_entries = 100,
				    .cache_mbytes = 64,
				    .keep_10s_ms = 2 * HOUR_MS,
				    .keep_1m_ms = 48 * HOUR_MS,
				    .keep_1h_ms = 90 * DAY_MS,
				    .keep_1d_ms = 1095 * DAY_MS,
				    .values_max = 10000,
				    .sensors_max = 10000,
				    .groups_max = 1000000,
				    .lateness_ms = HOUR_MS};
}

static size_t add_track(struct part_fix *f, const char *group,
			int64_t window_ms)
{
	struct vg_track t = {.kind = VG_TRACK_SPAN,
			     .window_ms = window_ms,
			     .n_group = 1,
			     .n_value = 1};
	size_t index = 0;

	t.group[0] = vg_field_ref(vg_slice_of(group));
	t.value[0] = vg_field_ref(vg_slice_of("country"));
	cr_assert(eq(int, vg_plan_add_track(f->plan, &t, &index, NULL), VG_OK));
	return index;
}

void part_fix_open(struct part_fix *f)
{
	memset(f, 0, sizeof *f);
	test_redis_start(&f->redis, NULL);
	make_config(f);
	cr_assert(eq(int, vg_audiences_new(&f->aud, &f->cfg, NULL), VG_OK));
	cr_assert(eq(int, vg_plan_new(&f->plan, NULL), VG_OK));
	f->track_actor = add_track(f, "actor", HOUR_MS);
	f->track_indicator = add_track(f, "indicator", 10 * MIN_MS);
	f->env = (struct vg_part_env){.cfg = &f->cfg,
				      .plan = f->plan,
				      .aud = f->aud,
				      .metrics = &f->metrics,
				      .hash_key = HASH_KEY,
				      .table_seed = 42,
				      .config_hash = "c0ffee"};
	f->store = part_fix_store(f);
}

void part_fix_close(struct part_fix *f)
{
	vg_store_free(f->store);
	vg_plan_free(f->plan);
	vg_audiences_free(f->aud);
	test_redis_stop(&f->redis);
}

struct vg_store *part_fix_store(struct part_fix *f)
{
	struct vg_store *s = NULL;

	cr_assert(eq(int, vg_store_new(&s, &f->cfg, &f->metrics, NULL), VG_OK));
	return s;
}

struct vg_part *part_fix_part(struct part_fix *f, struct vg_store *s,
			      int32_t partition)
{
	struct vg_part *p = NULL;
	struct vg_err err = {.text = ""};
	enum vg_rc rc =
		vg_part_open(&p, &f->env, s, &f->partner[0], partition, &err);

	cr_assert(rc == VG_OK, "%s", err.text);
	return p;
}

struct vg_event part_event(struct part_fix *f, int64_t time_ms,
			   const char *country, const char *actor)
{
	bool undeclared;
	struct vg_event e = {.id = vg_slice_of("id"),
			     .sensor = vg_slice_of("s1"),
			     .time_ms = time_ms,
			     .country = vg_slice_of(country),
			     .sensor_kind = -1,
			     .sector = -1,
			     .severity = 5,
			     .confidence = 50,
			     .count = 1,
			     .label = VG_TLP_AMBER};

	e.category = vg_vocab_find(VG_VOCAB_CATEGORY,
				   vg_slice_of("intrusion-attempts"));
	if (actor != NULL) {
		e.actor[0].name = vg_slice_of(actor);
		e.n_actor = 1;
	}
	e.audience =
		vg_audience_of(f->aud, 0, VG_TLP_AMBER, false, 0, &undeclared);
	return e;
}

void part_fix_take(struct vg_part *p, const struct vg_event *e, int64_t offset,
		   int64_t log_ms)
{
	struct vg_hash128 id = {.hi = 7, .lo = (uint64_t)offset};

	cr_assert(eq(int, vg_part_tally(p, VG_VERDICT_COUNTED, log_ms, 1, NULL),
		     VG_OK));
	cr_assert(
		eq(int,
		   vg_part_tally(p, VG_VERDICT_EVENTS, log_ms, e->count, NULL),
		   VG_OK));
	cr_assert(eq(int, vg_part_remember(p, offset, id, NULL), VG_OK));
	cr_assert(eq(int, vg_part_count(p, e, offset, log_ms, log_ms, NULL),
		     VG_OK));
}

enum vg_rc part_fix_commit(struct vg_part *p, int64_t next, int64_t log_ms,
			   struct vg_err *err)
{
	struct vg_part_commit c = {.next_offset = next,
				   .prev_offset = next - 1,
				   .prev_hash = 0xabcdef0123456789u,
				   .watermark_ms = log_ms,
				   .log_ms = log_ms,
				   .tracks_below_ms = log_ms};

	return vg_part_commit(p, &c, err);
}

const char *part_fix_ask(struct part_fix *f, const char *a, const char *b,
			 const char *c)
{
	static char text[4096];
	struct vg_reply *r = NULL;
	struct vg_err err = {.text = ""};
	enum vg_rc rc =
		c != NULL ? vg_store_callf(f->store, &r, &err, a, b, c, NULL)
			  : vg_store_callf(f->store, &r, &err, a, b, NULL);

	cr_assert(rc == VG_OK, "%s", err.text);
	if (vg_reply_type(r) == VG_REPLY_INT)
		snprintf(text, sizeof text, "%lld", (long long)vg_reply_int(r));
	else
		snprintf(text, sizeof text, "%.*s", (int)vg_reply_text(r).n,
			 vg_reply_text(r).n ? vg_reply_text(r).p : "");
	vg_reply_free(r);
	return text;
}

const char *part_fix_cell(struct part_fix *f, int32_t p, const char *bucket,
			  const char *field)
{
	struct vg_buf key = {0};
	char packed[512];
	const char *text;

	vg_key(&key, "alerts.ma", p, bucket);
	snprintf(packed, sizeof packed, "%s", field);
	for (char *c = packed; *c != '\0'; c++)
		if (*c == '|')
			*c = VG_FIELD_SEP;
	text = part_fix_ask(f, "HGET", key.p, packed);
	vg_buf_term(&key);
	return text;
}

/* Put the times of a list into the table. */
static void add_list(struct vg_table *t, int64_t window_ms,
		     struct vg_slice field, struct vg_slice list)
{
	struct vg_steps_reader r = vg_steps_read(list);
	struct vg_buf name = {0};
	struct vg_steps_field s;
	struct vg_step step;
	uint32_t n, last;

	cr_assert(vg_steps_parse(field, window_ms, &s));
	cr_assert(vg_steps_check(list, vg_steps_slice(window_ms), &n, &last));
	while (vg_steps_next(&r, &step) > 0) {
		vg_buf_reset(&name);
		vg_buf_add(&name, s.head.p, s.head.n);
		vg_buf_printf(&name, "%c%s%lld", VG_FIELD_SEP,
			      s.rounded ? "~" : "",
			      (long long)(s.at_ms + step.at_ms));
		int64_t *v = vg_table_at(
			t, (struct vg_slice){name.p, (uint32_t)name.n}, NULL);
		v[0] = step.events;
		v[1] = step.reports;
	}
	vg_buf_term(&name);
}

/* The lists of a reply to HGETALL, taken apart. */
static struct vg_table *take_apart(const struct vg_reply *r, int64_t window_ms)
{
	struct vg_table *t = vg_table_new(2, 1);

	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2)
		add_list(t, window_ms, vg_reply_text(vg_reply_at(r, i)),
			 vg_reply_text(vg_reply_at(r, i + 1)));
	return t;
}

struct vg_table *part_fix_steps(struct part_fix *f, int32_t p, size_t track,
				int64_t start_ms)
{
	struct vg_buf key = {0}, name = {0};
	struct vg_reply *r = NULL;
	struct vg_table *t;

	vg_bucket_name(&name, f->plan,
		       (struct vg_bucket_id){
			       .agg = (uint16_t)vg_plan_agg(f->plan, track),
			       .start_ms = start_ms});
	vg_key(&key, "alerts.ma", p, name.p);
	cr_assert(eq(int,
		     vg_store_callf(f->store, &r, NULL, "HGETALL", key.p, NULL),
		     VG_OK));
	t = take_apart(r, vg_plan_track(f->plan, track)->window_ms);
	vg_reply_free(r);
	vg_buf_term(&key);
	vg_buf_term(&name);
	return t;
}

const char *part_fix_step(struct part_fix *f, int32_t p, size_t track,
			  int64_t start_ms, const char *field)
{
	static char text[64];
	struct vg_table *t = part_fix_steps(f, p, track, start_ms);
	char packed[512];
	const int64_t *v;

	snprintf(packed, sizeof packed, "%s", field);
	for (char *c = packed; *c != '\0'; c++)
		if (*c == '|')
			*c = VG_FIELD_SEP;
	v = vg_table_get(t, vg_slice_of(packed));
	text[0] = '\0';
	if (v != NULL)
		snprintf(text, sizeof text, "%lld,%lld", (long long)v[0],
			 (long long)v[1]);
	vg_table_free(t);
	return text;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct lines {
	char **v;
	size_t n;
};

static void add_steps(struct lines *l, const char *suffix,
		      const struct vg_reply *r, const struct vg_track *track)
{
	struct vg_table *t = take_apart(r, track->window_ms);
	struct vg_slice field;
	size_t pos = 0;
	int64_t *v;

	l->v = realloc(l->v, (l->n + vg_table_count(t)) * sizeof *l->v);
	while (vg_table_next(t, &pos, &field, &v)) {
		size_t n = strlen(suffix) + field.n + 48;
		char *line = malloc(n);

		snprintf(line, n, "%s %.*s=%lld,%lld", suffix, (int)field.n,
			 field.p, (long long)v[0], (long long)v[1]);
		l->v[l->n++] = line;
	}
	vg_table_free(t);
}

static void add_bucket(struct part_fix *f, struct lines *l, int32_t partition,
		       struct vg_slice name)
{
	struct vg_buf key = {0};
	struct vg_reply *r = NULL;
	char suffix[VG_BUCKET_NAME_MAX + 1];

	snprintf(suffix, sizeof suffix, "%.*s", (int)name.n, name.p);
	vg_key(&key, "alerts.ma", partition, suffix);
	cr_assert(eq(int,
		     vg_store_callf(f->store, &r, NULL, "HGETALL", key.p, NULL),
		     VG_OK));
	cr_assert(vg_reply_count(r) > 0, "%s is listed and not there", suffix);
	struct vg_bucket_id id;
	if (vg_bucket_parse(f->plan, name, &id) && id.agg >= VG_AGG_STEPS_0) {
		add_steps(l, suffix, r,
			  vg_plan_track(f->plan, vg_agg_track(id.agg)));
		vg_reply_free(r);
		vg_buf_term(&key);
		return;
	}
	l->v = realloc(l->v, (l->n + vg_reply_count(r) / 2) * sizeof *l->v);
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2) {
		struct vg_slice k = vg_reply_text(vg_reply_at(r, i));
		struct vg_slice v = vg_reply_text(vg_reply_at(r, i + 1));
		size_t n = name.n + k.n + v.n + 4;
		char *line = malloc(n);

		snprintf(line, n, "%s %.*s=%.*s", suffix, (int)k.n, k.p,
			 (int)v.n, v.p);
		l->v[l->n++] = line;
	}
	vg_reply_free(r);
	vg_buf_term(&key);
}

char *part_fix_dump(struct part_fix *f, int32_t partition)
{
	struct lines l = {0};
	struct vg_buf key = {0}, out = {0};
	struct vg_reply *r = NULL;

	vg_key(&key, "alerts.ma", partition, "x");
	cr_assert(eq(int,
		     vg_store_callf(f->store, &r, NULL, "ZRANGE", key.p, "0",
				    "-1", NULL),
		     VG_OK));
	for (size_t i = 0; i < vg_reply_count(r); i++)
		add_bucket(f, &l, partition, vg_reply_text(vg_reply_at(r, i)));
	if (l.n > 0)
		qsort(l.v, l.n, sizeof *l.v, by_text);
	for (size_t i = 0; i < l.n; i++) {
		vg_buf_printf(&out, "%s\n", l.v[i]);
		free(l.v[i]);
	}
	vg_buf_str(&out, "");
	free(l.v);
	vg_reply_free(r);
	vg_buf_term(&key);
	return out.p;
}
