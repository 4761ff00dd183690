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
#include "story_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVENTS = 420, PARTNERS = STORY_PARTNERS, CAP = 6 };

#define NOW_MS (INT64_C(19800) * 86400000 + 43200000) /* noon */

enum form { WHOLE, REMOVED, REPLACED };

static const struct story_size size = {.countries = 6,
				       .actors = 30,
				       .techniques = 12,
				       .sensors = 20,
				       .indicators = 40,
				       .spread_ms = 600000};
static const char *const viewers[] = {"MA", "IL", "AE", "coalition"};

static void must(enum vg_rc rc, const struct vg_err *err)
{
	cr_assert(rc == VG_OK, "%s", err->text);
}

static void make_story(struct story_record *r, const struct vg_audiences *aud)
{
	for (unsigned i = 0; i < EVENTS; i++) {
		unsigned kind = story_random(STORY_KINDS);

		r[i].partner = story_random(PARTNERS);
		/* The ends of each partition are seen by all, so that the log
		 * times are the same in every form. */
		if (i < PARTNERS || i >= EVENTS - PARTNERS) {
			r[i].partner = i % PARTNERS;
			kind = 0;
		}
		story_fill(&r[i], &size,
			   NOW_MS - (EVENTS - 1 - (int64_t)i) * 25000);
		r[i].audience = story_audience(aud, r[i].partner, kind);
	}
}

/* Count partition 0 of `partner` in one batch and send its heartbeat. */
static void count_partner(struct fix *f, const struct story_record *r, size_t n,
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
		story_count(&r[i], part, c.next_offset++);
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

/* When is asked. */
static int64_t asked_ms = NOW_MS;

static void ask(struct vg_service *s, const char *viewer, const char *target,
		struct story_answers *list)
{
	char authorization[64];
	struct vg_call call = {.method = "GET",
			       .target = target,
			       .authorization = authorization,
			       .now_ms = asked_ms};
	struct vg_answer a;

	(void)snprintf(authorization, sizeof authorization, "Bearer %s",
		       viewer);
	for (int i = 0; i < 2; i++) { /* computed, then what was kept of it */
		vg_api_dispatch(s, &call, &a);
		cr_assert(eq(int, a.status, 200), "%s: %s", target, a.body.p);
		cr_assert(vg_answer_get(&a, "ETag") != NULL);
		story_keep(list, &a, target);
		vg_answer_term(&a);
	}
}

static void ask_all(struct vg_service *s, const char *viewer,
		    struct story_answers *list)
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

/* All answers to `viewer` over a world in which `n` records were counted. */
static void answers(const struct story_record *r, size_t n, const char *viewer,
		    struct story_answers *list)
{
	struct fix f;
	struct vg_err err = {.text = ""};
	struct vg_service s = {.env = &f.env};
	char path[64];

	fix_init(&f, true);
	f.cfg->values_max = CAP; /* so that sets are folded, by audience */
	story_tokens(&f, viewers, sizeof viewers / sizeof *viewers, "", path);
	for (unsigned p = 0; p < PARTNERS; p++)
		count_partner(&f, r, n, p);
	must(vg_view_new(&s.view, &f.env, NULL, &err), &err);
	story_follow(&f, s.view, NOW_MS);
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

/* Every answer that was kept is the one that is computed. */
static void compare_services(struct vg_service *s, struct vg_service *plain)
{
	static struct story_answers kept, computed;

	for (size_t v = 0; v < sizeof viewers / sizeof *viewers; v++) {
		kept.n = computed.n = 0;
		ask_all(s, viewers[v], &kept);
		ask_all(plain, viewers[v], &computed);
		story_compare(&kept, &computed, viewers[v]);
		story_forget(&kept);
		story_forget(&computed);
	}
}

/* Count what is told in `n` records in ten parts, asking after each, of a
 * service that keeps answers and of one that does not. */
static void poll_while_counting(const struct story_record *r, size_t n)
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
	story_tokens(&f, viewers, sizeof viewers / sizeof *viewers, "", path);
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
			story_count(&r[done], part[r[done].partner],
				    offset[r[done].partner]++);
		for (unsigned p = 0; p < PARTNERS; p++)
			story_commit(&f, part[p], p, offset[p],
				     r[done - 1].log_ms, r[done - 1].log_ms);
		asked_ms += VG_KEPT_HOLD_MS; /* nothing is held so long */
		story_follow(&f, s.view, asked_ms);
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
static size_t retell(const struct story_record *r, struct story_record *out,
		     enum form form, const struct vg_audiences *aud,
		     unsigned slot)
{
	size_t n = 0;

	for (size_t i = 0; i < EVENTS; i++) {
		bool seen = vg_audience_sees(aud, r[i].audience, slot);

		if (!seen && form == REMOVED)
			continue;
		out[n] = r[i];
		if (!seen && form == REPLACED)
			story_fill(&out[n], &size, r[i].log_ms);
		n++;
	}
	return n;
}

static void test_form(enum form form)
{
	static struct story_record story[EVENTS], other[EVENTS];
	static struct story_answers whole, told;
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
		story_compare(&whole, &told, viewers[v]);
		story_forget(&whole);
		story_forget(&told);
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
	static struct story_record story[EVENTS];
	struct fix f;

	fix_init(&f, false);
	make_story(story, f.aud);
	fix_term(&f);
	poll_while_counting(story, EVENTS);
}
