/*
 * Law 3 over the real path: events counted into a real Redis, followed by a
 * real view, asked through the API. What a viewer reads is the same when the
 * events that it may not see are left out, and when they are other ones.
 */
#include "aggregate/query.h"
#include "alert/book.h"
#include "api/kept.h"
#include "api/pool.h"
#include "api/service.h"
#include "api/tokens.h"
#include "core/hash.h"
#include "core/timefmt.h"
#include "core/vocab.h"
#include "view_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVENTS = 420, PARTNERS = 3, ANSWERS_MAX = 512, CAP = 6 };

#define NOW_MS (INT64_C(19800) * 86400000 + 43200000) /* noon */

/* One record, by numbers, so that it can be left out or replaced. */
struct record {
	unsigned partner, country, actor, source, technique, category, sensor;
	unsigned audience_kind;
	int64_t time_ms, log_ms, count;
	uint16_t audience;
};

struct answer_list {
	char *text[ANSWERS_MAX];
	size_t n;
};

enum form { WHOLE, REMOVED, REPLACED };

static const char *const countries[] = {"MA", "IL", "AE", "US", "BH", "FR"};
static const char *const viewers[] = {"MA", "IL", "AE", "coalition"};

static uint64_t random_state = 7;

static unsigned rnd(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % n);
}

static void must(enum vg_rc rc, const struct vg_err *err)
{
	cr_assert(rc == VG_OK, "%s", err->text);
}

/* What happened, without when it was written and who may see it. */
static void fill(struct record *r, int64_t log_ms)
{
	r->country = rnd(6);
	r->actor = rnd(30);
	r->source = rnd(6);
	r->technique = rnd(12);
	r->category = rnd(3);
	r->sensor = rnd(20);
	r->count = 1 + rnd(50);
	r->time_ms = log_ms - rnd(600000);
	r->log_ms = log_ms;
}

/* An audience: open, all, originator, named, or a caveat. */
static uint16_t audience(const struct vg_audiences *aud, unsigned partner,
			 unsigned kind)
{
	const uint64_t ma_us = 1U << FIX_MA | 1U << FIX_US;
	const uint64_t ma_soc = 1U << FIX_MA | UINT64_C(1) << VG_SLOT_COALITION;
	bool undeclared;

	switch (kind) {
	case 0:
		return vg_audience_of(aud, partner, VG_TLP_CLEAR, false, 0,
				      &undeclared);
	case 1:
	case 2:
		return vg_audience_of(aud, partner, VG_TLP_AMBER, false, 0,
				      &undeclared);
	case 3:
		return vg_audience_of(aud, partner, VG_TLP_STRICT, false, 0,
				      &undeclared);
	case 4:
		return vg_audience_of(aud, partner, VG_TLP_RED, true, ma_us,
				      &undeclared);
	default:
		return vg_audience_of(aud, partner, VG_TLP_AMBER, true, ma_soc,
				      &undeclared);
	}
}

static void make_story(struct record *r, const struct vg_audiences *aud)
{
	for (unsigned i = 0; i < EVENTS; i++) {
		unsigned kind = rnd(9);

		r[i].partner = rnd(PARTNERS);
		/* The ends of each partition are seen by all, so that the log
		 * times are the same in every form. */
		if (i < PARTNERS || i >= EVENTS - PARTNERS) {
			r[i].partner = i % PARTNERS;
			kind = 0;
		}
		fill(&r[i], NOW_MS - (EVENTS - 1 - (int64_t)i) * 25000);
		r[i].audience = audience(aud, r[i].partner, kind);
	}
}

static void count_record(const struct record *r, struct vg_part *part,
			 int64_t offset)
{
	char actor[16], sensor[16], technique[16];
	struct vg_err err = {.text = ""};
	struct vg_event e = {.id = vg_slice_of("id"),
			     .time_ms = r->time_ms,
			     .country = vg_slice_of(countries[r->country]),
			     .source_country =
				     vg_slice_of(countries[r->source]),
			     .sensor_kind = -1,
			     .category = (int)r->category,
			     .sector = -1,
			     .severity = 1 + (int)r->category,
			     .confidence = 50,
			     .count = r->count,
			     .n_actor = 1,
			     .n_technique = 1,
			     .audience = r->audience};

	(void)snprintf(actor, sizeof actor, "actor-%u", r->actor);
	(void)snprintf(sensor, sizeof sensor, "s%u", r->sensor);
	(void)snprintf(technique, sizeof technique, "T1%03u", r->technique);
	e.label = vg_audience_label(r->audience);
	e.actor[0].name = vg_slice_of(actor);
	e.sensor = vg_slice_of(sensor);
	e.technique[0] = vg_slice_of(technique);
	must(vg_part_tally(part, VG_VERDICT_COUNTED, r->log_ms, 1, &err), &err);
	must(vg_part_count(part, &e, offset, r->log_ms, r->log_ms, &err), &err);
}

/* Count partition 0 of `partner` in one batch and send its heartbeat. */
static void count_partner(struct fix *f, const struct record *r, size_t n,
			  unsigned partner)
{
	const struct vg_partner *p = vg_config_slot(f->cfg, partner);
	struct vg_part_commit c = {
		.prev_hash = 1, .watermark_ms = INT64_MIN, .log_ms = NOW_MS};
	struct vg_err err = {.text = ""};
	struct vg_part *part = NULL;

	must(vg_part_open(&part, &f->env, f->store, p, 0, &err), &err);
	for (size_t i = 0; i < n; i++) {
		if (r[i].partner != partner)
			continue;
		count_record(&r[i], part, c.next_offset++);
		c.log_ms = r[i].log_ms;
		if (r[i].time_ms > c.watermark_ms)
			c.watermark_ms = r[i].time_ms;
	}
	c.prev_offset = c.next_offset - 1;
	c.tracks_below_ms = c.log_ms;
	must(vg_part_commit(part, &c, &err), &err);
	fix_beat(f, p->topic, 0, c.next_offset, NOW_MS);
	vg_part_free(part);
}

static void keep(struct answer_list *list, const struct vg_answer *a,
		 const char *target)
{
	struct vg_buf b = {0};

	vg_buf_printf(&b, "%s\n%d %s\n", target, a->status, a->content_type);
	for (unsigned i = 0; i < a->n_headers; i++)
		if (strcmp(a->header[i].name, "Vigie-As-Of") != 0 &&
		    strcmp(a->header[i].name, "Vigie-Complete-To") != 0)
			vg_buf_printf(&b, "%s: %s\n", a->header[i].name,
				      a->header[i].value);
	vg_buf_add(&b, a->body.p, a->body.n);
	cr_assert(list->n < ANSWERS_MAX);
	list->text[list->n++] = b.p;
}

static void ask(struct vg_service *s, const char *viewer, const char *target,
		struct answer_list *list)
{
	char authorization[64];
	struct vg_call call = {.method = "GET",
			       .target = target,
			       .authorization = authorization,
			       .now_ms = NOW_MS};
	struct vg_answer a;

	(void)snprintf(authorization, sizeof authorization, "Bearer %s",
		       viewer);
	for (int i = 0; i < 2; i++) { /* computed, then what was kept of it */
		vg_api_dispatch(s, &call, &a);
		cr_assert(eq(int, a.status, 200), "%s: %s", target, a.body.p);
		cr_assert(vg_answer_get(&a, "ETag") != NULL);
		keep(list, &a, target);
		vg_answer_term(&a);
	}
}

static void ask_all(struct vg_service *s, const char *viewer,
		    struct answer_list *list)
{
	static const char *const by[] = {"country",
					 "source_country",
					 "partner",
					 "sensor",
					 "actor",
					 "technique",
					 "category",
					 "severity",
					 "actor,country",
					 "source_country,country",
					 "technique,country",
					 "",
					 "country&where=actor:actor-3"};
	static const char *const steps[] = {"1m", "1h", "1d"};
	static const char *const measures[] = {"events", "reports"};
	char target[256];

	for (size_t b = 0; b < sizeof by / sizeof *by; b++) {
		for (size_t i = 0; i < 6; i++) {
			(void)snprintf(target, sizeof target,
				       "/v1/series?by=%s&step=%s&measure=%s"
				       "&from=2024-03-18T08:30:00Z",
				       by[b], steps[i / 2], measures[i % 2]);
			ask(s, viewer, target, list);
		}
		(void)snprintf(target, sizeof target, "/v1/top?by=%s&n=5",
			       by[b]);
		ask(s, viewer, target, list);
	}
	ask(s, viewer, "/v1/matrix?rows=actor&columns=country&n=5", list);
	ask(s, viewer, "/v1/matrix?rows=country&columns=source_country", list);
	ask(s, viewer, "/v1/compare?by=technique&n=5", list);
	ask(s, viewer, "/v1/compare?by=actor,country&order=change", list);
	ask(s, viewer, "/v1/distinct?of=actor&by=country", list);
	ask(s, viewer, "/v1/distinct?of=sensor", list);
	ask(s, viewer, "/v1/events/rate?by=country&window=1h", list);
	ask(s, viewer, "/v1/series?by=country&step=1m&since=", list);
	ask(s, viewer, "/v1/alerts?since=c", list);
	ask(s, viewer, "/v1/wall", list);
	ask(s, viewer, "/v1/wall?window=24h", list);
	ask(s, viewer, "/v1/series?by=country&step=10s", list);
	ask(s, viewer, "/v1/series", list);
	ask(s, viewer, "/v1/alerts", list);
	if (strcmp(viewer, "coalition") != 0) {
		/* To the operator the next two tell of everything. */
		ask(s, viewer, "/v1/partners", list);
		ask(s, viewer, "/v1/account", list);
	}
}

static void write_tokens(struct fix *f, char path[64])
{
	char hash[65];
	int fd;

	(void)strcpy(path, "/tmp/vigie-law3-XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	for (size_t i = 0; i < sizeof viewers / sizeof *viewers; i++) {
		vg_sha256_hex(hash, viewers[i], strlen(viewers[i]));
		(void)dprintf(fd, "%s %s\n", hash, viewers[i]);
	}
	(void)close(fd);
	free(f->cfg->http_token_file);
	f->cfg->http_token_file = strdup(path);
}

static void follow(struct fix *f, struct vg_view *view)
{
	struct vg_err err = {.text = ""};
	bool ready = false;
	size_t applied;

	for (int i = 0; i < 100 && !ready; i++) {
		must(vg_view_step(view, f->store, NOW_MS, 1, &applied, &err),
		     &err);
		vg_view_read_lock(view);
		ready = vg_view_ready(view) && vg_view_parts(view) == PARTNERS;
		vg_view_unlock(view);
	}
	cr_assert(ready, "the view does not load");
	must(vg_view_step(view, f->store, NOW_MS, 1, &applied, &err), &err);
}

/* All answers to `viewer` over a world in which `n` records were counted. */
static void answers(const struct record *r, size_t n, const char *viewer,
		    struct answer_list *list)
{
	struct fix f;
	struct vg_err err = {.text = ""};
	struct vg_service s = {.env = &f.env};
	char path[64];

	fix_init(&f, true);
	f.cfg->values_max = CAP; /* so that sets are folded, by audience */
	write_tokens(&f, path);
	for (unsigned p = 0; p < PARTNERS; p++)
		count_partner(&f, r, n, p);
	must(vg_view_new(&s.view, &f.env, NULL, &err), &err);
	follow(&f, s.view);
	/* Alerts have suites of their own: this book stays empty. */
	must(vg_book_new(&s.book, &err), &err);
	must(vg_book_step(s.book, f.store, 0, &err), &err);
	must(vg_tokens_new(&s.tokens, f.cfg, &err), &err);
	must(vg_pool_new(&s.pool, f.cfg, &f.metrics, &err), &err);
	must(vg_kept_new(&s.kept, &err), &err);
	list->n = 0;
	ask_all(&s, viewer, list);
	vg_kept_free(s.kept);
	vg_pool_free(s.pool);
	vg_tokens_free(s.tokens);
	vg_book_free(s.book);
	vg_view_free(s.view);
	(void)unlink(path);
	fix_term(&f);
}

static void compare(const struct answer_list *a, const struct answer_list *b,
		    const char *viewer)
{
	cr_assert(eq(sz, a->n, b->n));
	for (size_t i = 0; i < a->n; i++)
		cr_expect(eq(int, strcmp(a->text[i], b->text[i]), 0),
			  "to %s:\n%.600s\nor\n%.600s", viewer, a->text[i],
			  b->text[i]);
}

static void forget(struct answer_list *list)
{
	while (list->n > 0)
		free(list->text[--list->n]);
}

/* Commit what was counted up to `next` and send the heartbeat. */
static void commit_to(struct fix *f, struct vg_part *part, unsigned slot,
		      int64_t next, int64_t log_ms)
{
	struct vg_part_commit c = {.prev_hash = 1,
				   .next_offset = next,
				   .prev_offset = next - 1,
				   .watermark_ms = log_ms,
				   .log_ms = log_ms,
				   .tracks_below_ms = log_ms};
	struct vg_err err = {.text = ""};

	if (next > 0)
		must(vg_part_commit(part, &c, &err), &err);
	fix_beat(f, vg_config_slot(f->cfg, slot)->topic, 0, next, log_ms);
}

/* Every answer that was kept is the one that is computed. */
static void compare_services(struct vg_service *s, struct vg_service *plain)
{
	static struct answer_list kept, computed;

	for (size_t v = 0; v < sizeof viewers / sizeof *viewers; v++) {
		kept.n = computed.n = 0;
		ask_all(s, viewers[v], &kept);
		ask_all(plain, viewers[v], &computed);
		compare(&kept, &computed, viewers[v]);
		forget(&kept);
		forget(&computed);
	}
}

/* Count what is told in `n` records in ten parts, asking after each, of a
 * service that keeps answers and of one that does not. */
static void poll_while_counting(const struct record *r, size_t n)
{
	struct fix f;
	struct vg_err err = {.text = ""};
	struct vg_service s = {.env = &f.env}, plain;
	struct vg_part *part[PARTNERS];
	int64_t offset[PARTNERS] = {0};
	char path[64];
	size_t done = 0;

	fix_init(&f, true);
	f.cfg->values_max = CAP;
	write_tokens(&f, path);
	for (unsigned p = 0; p < PARTNERS; p++)
		must(vg_part_open(&part[p], &f.env, f.store,
				  vg_config_slot(f.cfg, p), 0, &err),
		     &err);
	must(vg_view_new(&s.view, &f.env, NULL, &err), &err);
	must(vg_book_new(&s.book, &err), &err);
	must(vg_book_step(s.book, f.store, 0, &err), &err);
	must(vg_tokens_new(&s.tokens, f.cfg, &err), &err);
	must(vg_pool_new(&s.pool, f.cfg, &f.metrics, &err), &err);
	plain = s;
	must(vg_kept_new(&s.kept, &err), &err);
	for (size_t round = 1; round <= 10; round++) {
		for (size_t end = n * round / 10; done < end; done++)
			count_record(&r[done], part[r[done].partner],
				     offset[r[done].partner]++);
		for (unsigned p = 0; p < PARTNERS; p++)
			commit_to(&f, part[p], p, offset[p],
				  r[done - 1].log_ms);
		follow(&f, s.view);
		compare_services(&s, &plain);
	}
	for (unsigned p = 0; p < PARTNERS; p++)
		vg_part_free(part[p]);
	vg_kept_free(s.kept);
	vg_pool_free(s.pool);
	vg_tokens_free(s.tokens);
	vg_book_free(s.book);
	vg_view_free(s.view);
	(void)unlink(path);
	fix_term(&f);
}

/* The story as `form` has it; how many records that are. */
static size_t retell(const struct record *r, struct record *out, enum form form,
		     const struct vg_audiences *aud, unsigned slot)
{
	size_t n = 0;

	for (size_t i = 0; i < EVENTS; i++) {
		bool seen = vg_audience_sees(aud, r[i].audience, slot);

		if (!seen && form == REMOVED)
			continue;
		out[n] = r[i];
		if (!seen && form == REPLACED)
			fill(&out[n], r[i].log_ms);
		n++;
	}
	return n;
}

static void test_form(enum form form)
{
	static struct record story[EVENTS], other[EVENTS];
	static struct answer_list whole, told;
	struct fix f;

	fix_init(&f, false);
	make_story(story, f.aud);
	for (size_t v = 0; v < sizeof viewers / sizeof *viewers; v++) {
		unsigned slot = (unsigned)vg_config_viewer(
			f.cfg, vg_slice_of(viewers[v]));
		size_t seen = retell(story, other, REMOVED, f.aud, slot);
		size_t n = retell(story, other, form, f.aud, slot);

		if (slot != FIX_MA) /* who sees most */
			cr_assert(le(sz, seen * 10, (size_t)EVENTS * 7),
				  "too little is hidden from %s", viewers[v]);
		answers(story, EVENTS, viewers[v], &whole);
		answers(other, n, viewers[v], &told);
		compare(&whole, &told, viewers[v]);
		forget(&whole);
		forget(&told);
	}
	fix_term(&f);
}

Test(api_law3, law3_answers_are_the_same_with_hidden_events_removed)
{
	test_form(REMOVED);
}

Test(api_law3, law3_answers_are_the_same_with_hidden_events_replaced)
{
	test_form(REPLACED);
}

Test(api_law3, a_kept_answer_is_the_one_that_would_be_computed)
{
	static struct record story[EVENTS];
	struct fix f;

	fix_init(&f, false);
	make_story(story, f.aud);
	fix_term(&f);
	poll_while_counting(story, EVENTS);
}
