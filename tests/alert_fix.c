#include "alert_fix.h"

#include "aggregate/keys.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void ok(enum vg_rc rc, const struct vg_err *err)
{
	cr_assert(rc == VG_OK, "%d: %s", rc, err->text);
}

static void make_partners(struct alert_fix *f)
{
	static const char *const id[] = {"MA", "IL", "AE", "US", "BH"};

	for (unsigned i = 0; i < FIX_PARTNERS; i++) {
		struct vg_partner *p = &f->partner[i];

		*p = (struct vg_partner){.slot = i, .tlp = VG_TLP_AMBER};
		strcpy(p->id, id[i]);
		strcpy(p->country, id[i]);
		snprintf(p->topic, sizeof p->topic, "alerts.%s", id[i]);
	}
	f->caveat = (struct vg_caveat){.slots = 1U << FIX_MA | 1U << FIX_US};
	strcpy(f->caveat.name, "MA+US");
	f->cfg = (struct vg_config){.partners = f->partner,
				    .n_partners = FIX_PARTNERS,
				    .caveats = &f->caveat,
				    .n_caveats = 1,
				    .redis_address = f->redis.address,
				    .redis_connect_ms = 1000,
				    .redis_command_ms = 5000,
				    .lateness_ms = 600000,
				    .lease_ms = 5000,
				    .alerts_kept_ms = 90 * INT64_C(86400000)};
}

static void make_world(struct alert_fix *f)
{
	f->world = (struct vg_eval_world){.ready = true,
					  .log_ms = INT64_MIN,
					  .slowest_ms = INT64_MIN,
					  .now_ms = FIX_T0};
	memset(f->world.slot_of, VG_PART_SLOT_NONE, sizeof f->world.slot_of);
	for (unsigned i = 0; i < FIX_PARTNERS; i++)
		f->world.slot_of[i] = (uint8_t)i;
}

struct vg_evaluator *alert_fix_evaluator(struct alert_fix *f, const char *owner)
{
	struct vg_err err = {0};
	struct vg_evaluator *e = NULL;
	const struct vg_evaluator_opts o = {
		.env = &f->env, .rules = f->rules, .owner = owner};

	ok(vg_evaluator_new(&e, &o, &err), &err);
	return e;
}

void alert_fix_start(struct alert_fix *f, const char *rule)
{
	struct vg_err err = {0};

	memset(f, 0, sizeof *f);
	test_redis_start(&f->redis, NULL);
	make_partners(f);
	make_world(f);
	ok(vg_audiences_new(&f->aud, &f->cfg, &err), &err);
	ok(vg_plan_new(&f->plan, &err), &err);
	ok(vg_rules_parse(&f->rules, f->plan, "dir/r.yaml", rule, strlen(rule),
			  &err),
	   &err);
	f->env = (struct vg_part_env){.cfg = &f->cfg,
				      .plan = f->plan,
				      .aud = f->aud,
				      .metrics = &f->metrics,
				      .hash_key = f->hash_key,
				      .table_seed = 7,
				      .config_hash = "0"};
	ok(vg_store_new(&f->store, &f->cfg, &f->metrics, &err), &err);
	f->cell = calloc(FIX_CELLS, sizeof *f->cell);
	f->e = alert_fix_evaluator(f, "one");
}

void alert_fix_stop(struct alert_fix *f)
{
	vg_evaluator_free(f->e);
	vg_store_free(f->store);
	vg_rules_free(f->rules);
	vg_plan_free(f->plan);
	vg_audiences_free(f->aud);
	free(f->cell);
	test_redis_stop(&f->redis);
}

void alert_fix_again(struct alert_fix *f)
{
	struct vg_err err = {0};

	ok(vg_store_callf(f->store, NULL, &err, "FLUSHALL", (char *)NULL),
	   &err);
	vg_evaluator_free(f->e);
	f->e = alert_fix_evaluator(f, "one");
	f->n_cell = 0;
	make_world(f);
}

static struct fix_cell *cell_at(struct alert_fix *f, size_t track, size_t part,
				int64_t sub_ms, const char *field)
{
	for (size_t i = 0; i < f->n_cell; i++) {
		struct fix_cell *c = &f->cell[i];

		if (c->track == track && c->part == part &&
		    c->sub_ms == sub_ms && strcmp(c->field, field) == 0)
			return c;
	}
	cr_assert(f->n_cell < FIX_CELLS);
	struct fix_cell *c = &f->cell[f->n_cell++];
	*c = (struct fix_cell){.track = track,
			       .part = part,
			       .sub_ms = sub_ms,
			       .v = {INT64_MAX, 0, -1, 0}};
	strcpy(c->field, field);
	return c;
}

static void count(struct alert_fix *f, size_t track, const struct fix_event *ev,
		  const char *value)
{
	int64_t w = vg_plan_track(f->plan, track)->window_ms;
	int64_t t = FIX_T0 + ev->t, sub = t - t % w;
	char field[96];
	struct vg_track_sink sink = vg_evaluator_sink(f->e);

	snprintf(field, sizeof field, "%s\x1f%s\x1f%s", ev->audience, ev->actor,
		 value);
	struct fix_cell *c = cell_at(f, track, ev->part, sub, field);
	if (t - sub < c->v[0])
		c->v[0] = t - sub;
	if (t - sub > c->v[2])
		c->v[2] = t - sub;
	if (vg_plan_track(f->plan, track)->reach_ms > 0)
		c->v[2] = w - 1;
	sink.span(sink.ctx, track, ev->part, sub, vg_slice_of(c->field), c->v);
}

void alert_fix_event(struct alert_fix *f, const struct fix_event *ev)
{
	const struct vg_rule *r = vg_rule_at(f->rules, 0);
	char pair[64];

	/* The pair's fields come in the order of the rule's conditions. */
	snprintf(pair, sizeof pair, "%s\x1f%s", ev->country,
		 r->learns ? ev->country : ev->origin);
	if (r->learns)
		count(f, r->first_track, ev, f->partner[ev->part].id);
	count(f, r->condition[0].track, ev, pair);
}

void alert_fix_hand(struct alert_fix *f, struct vg_evaluator *e)
{
	struct vg_track_sink sink = vg_evaluator_sink(e);

	for (size_t i = 0; i < f->n_cell; i++) {
		const struct fix_cell *c = &f->cell[i];

		if (!c->gone)
			sink.span(sink.ctx, c->track, c->part, c->sub_ms,
				  vg_slice_of(c->field), c->v);
	}
}

void alert_fix_log(struct alert_fix *f, int64_t log)
{
	struct vg_track_sink sink = vg_evaluator_sink(f->e);
	int64_t horizon_ms = vg_part_horizon(&f->env);

	f->world.log_ms = f->world.slowest_ms = FIX_T0 + log;
	for (size_t i = 0; i < f->n_cell; i++) {
		struct fix_cell *c = &f->cell[i];
		int64_t end_ms =
			c->sub_ms + vg_plan_track(f->plan, c->track)->window_ms;

		if (c->gone || vg_plan_track(f->plan, c->track)->reach_ms > 0 ||
		    end_ms + horizon_ms > f->world.log_ms)
			continue;
		c->gone = true;
		sink.swept(sink.ctx, c->track, c->part, c->sub_ms);
	}
}

void alert_fix_tick(struct alert_fix *f, int64_t pass_ms)
{
	struct vg_err err = {0};

	f->world.now_ms += pass_ms;
	ok(vg_evaluator_run(f->e, &f->world, f->store, &err), &err);
}

void alert_fix_settle(struct alert_fix *f)
{
	alert_fix_tick(f, 0);
	for (int i = 0; i < 10 && f->e->unsettled != NULL; i++)
		alert_fix_tick(f, 2000);
	cr_assert(f->e->unsettled == NULL);
	cr_assert(f->e->n_dirty == 0);
}

/* Call `each` with every document of a class, by start and id. */
static void each_doc(struct alert_fix *f, const char *class_name, bool all,
		     void (*each)(cJSON *doc, struct vg_buf *out),
		     struct vg_buf *out)
{
	struct vg_err err = {0};
	struct vg_reply *ids = NULL, *doc = NULL;

	vg_buf_reset(out);
	vg_buf_str(out, "");
	ok(vg_store_callf(f->store, &ids, &err, "ZRANGE", VG_KEY_ALERTS, "0",
			  "-1", (char *)NULL),
	   &err);
	for (size_t i = 0; i < vg_reply_count(ids); i++) {
		struct vg_slice id = vg_reply_text(vg_reply_at(ids, i));
		char key[96];

		snprintf(key, sizeof key, VG_KEY_ALERT "%.*s", (int)id.n, id.p);
		ok(vg_store_callf(f->store, &doc, &err, "GET", key,
				  (char *)NULL),
		   &err);
		struct vg_slice text = vg_reply_text(doc);
		cJSON *o = cJSON_ParseWithLength(text.p, text.n);
		cr_assert(cJSON_IsObject(o));
		const char *is =
			cJSON_GetStringValue(cJSON_GetObjectItem(o, "class"));
		bool listed = !cJSON_HasObjectItem(o, "merged_into") &&
			      !cJSON_HasObjectItem(o, "withdrawn");
		if ((class_name[0] == '\0' || strcmp(is, class_name) == 0) &&
		    (all || listed))
			each(o, out);
		cJSON_Delete(o);
		vg_reply_free(doc);
	}
	vg_reply_free(ids);
}

static void print_whole(cJSON *doc, struct vg_buf *out)
{
	cJSON_DeleteItemFromObject(doc, "detected_at");
	cJSON_DeleteItemFromObject(doc, "updated_at");
	char *text = cJSON_PrintUnformatted(doc);
	vg_buf_str(out, text);
	vg_buf_str(out, "\n");
	cJSON_free(text);
}

static int64_t time_in(const cJSON *doc, const char *name)
{
	int64_t ms = 0;

	cr_assert(vg_time_parse(vg_slice_of(cJSON_GetStringValue(
					cJSON_GetObjectItem(doc, name))),
				&ms));
	return ms - FIX_T0;
}

static void print_brief(cJSON *doc, struct vg_buf *out)
{
	const cJSON *g = cJSON_GetObjectItem(doc, "group");
	const cJSON *peak = cJSON_GetObjectItem(doc, "peak");
	const char *country =
		cJSON_GetStringValue(cJSON_GetObjectItem(g, "country"));

	vg_buf_printf(out, "%s%s %s %" PRId64 " %" PRId64 " %d\n",
		      cJSON_GetStringValue(cJSON_GetObjectItem(g, "actor")),
		      country != NULL ? country : "",
		      cJSON_GetStringValue(cJSON_GetObjectItem(doc, "class")),
		      time_in(doc, "start"), time_in(doc, "end"),
		      peak != NULL ? peak->valueint : 0);
}

void alert_fix_docs(struct alert_fix *f, const char *class_name, bool all,
		    struct vg_buf *out)
{
	each_doc(f, class_name, all, print_whole, out);
}

void alert_fix_brief(struct alert_fix *f, const char *class_name,
		     struct vg_buf *out)
{
	each_doc(f, class_name, false, print_brief, out);
}

void alert_fix_ask(struct alert_fix *f, struct vg_buf *out, const char *a,
		   const char *b, const char *c)
{
	struct vg_err err = {0};
	struct vg_reply *r = NULL;

	ok(vg_store_callf(f->store, &r, &err, a, b, c, (char *)NULL), &err);
	vg_buf_reset(out);
	if (vg_reply_type(r) == VG_REPLY_INT)
		vg_buf_i64(out, vg_reply_int(r));
	else
		vg_buf_add(out, vg_reply_text(r).p, vg_reply_text(r).n);
	vg_reply_free(r);
}

int64_t alert_fix_writes(struct alert_fix *f)
{
	struct vg_buf b = {0};

	alert_fix_ask(f, &b, "GET", VG_KEY_ASEQ, NULL);
	int64_t n = b.n > 0 ? strtoll(b.p, NULL, 10) : 0;
	vg_buf_term(&b);
	return n;
}

static uint64_t state = 88172645463325252ULL;

void alert_fix_seed(uint64_t seed)
{
	state = 88172645463325252ULL ^ (seed * 0x9e3779b97f4a7c15ULL);
}

uint32_t alert_fix_random(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 33) % below;
}
