/* Law 3: what a viewer reads is what it would read if only the events it may
 * see had been counted. */
#include "view_fix.h"

#include "aggregate/query.h"
#include "core/buf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MIN = 60000, STEPS = 4, EVENTS = 3000, ACTORS = 40, PARTS = 4 };

struct seen {
	unsigned part, step, actor, country;
	uint16_t audience;
	int64_t count;
};

enum keep { ALL, VISIBLE_ONLY, HIDDEN_REPLACED };

static const char *const PARTNER[PARTS] = {"MA", "US", "IL", "BH"};
static const unsigned VIEWER[] = {FIX_MA,	 FIX_IL, FIX_AE,
				  FIX_US,	 FIX_BH, VG_SLOT_COALITION,
				  VG_SLOT_PUBLIC};
enum { VIEWERS = sizeof VIEWER / sizeof *VIEWER };

static struct fix fix;
static struct seen event[EVENTS];

static void make_random_events(void)
{
	unsigned seed = 11;

	fix_init(&fix, false);
	for (int i = 0; i < EVENTS; i++)
		event[i] = (struct seen){
			.part = (unsigned)rand_r(&seed) % PARTS,
			.step = (unsigned)rand_r(&seed) % STEPS,
			.actor = (unsigned)rand_r(&seed) % ACTORS,
			.country = (unsigned)rand_r(&seed) % 3,
			.audience = (uint16_t)((size_t)rand_r(&seed) %
					       vg_audience_count(fix.aud)),
			.count = rand_r(&seed) % 9 + 1,
		};
}

static void free_events(void)
{
	fix_term(&fix);
}

TestSuite(query_law3, .init = make_random_events, .fini = free_events);

static const char *country(unsigned i)
{
	static const char *const name[] = {"MA", "IL", "AE"};

	return name[i];
}

static void add(struct vg_view_feed *f, unsigned agg, unsigned step,
		const char *field, int64_t count)
{
	struct vg_bucket_id id = {(uint16_t)agg, VG_RES_1M,
				  (int64_t)step * MIN};
	int64_t *v = vg_table_at(vg_cells_at(f->cells, id, NULL),
				 vg_slice_of(field), NULL);

	v[0] += count;
	v[1]++;
}

/* Count `e` as ingest would. */
static void count_event(struct vg_view_feed *f, const struct seen *e)
{
	const char *aud = vg_audience_key(fix.aud, e->audience);
	char text[128];

	snprintf(text, sizeof text, "%s\x1fx%u", aud, e->actor);
	add(f, VG_AGG_ACTOR, e->step, text, e->count);
	snprintf(text, sizeof text, "%s\x1fx%u\x1f%s", aud, e->actor,
		 country(e->country));
	add(f, VG_AGG_ACTOR_COUNTRY, e->step, text, e->count);
	snprintf(text, sizeof text, "%s\x1f%s", aud, f->pub.partner->id);
	add(f, VG_AGG_PARTNER, e->step, text, e->count);
}

/* A view of the events, of those `viewer` sees, or with the others changed. */
static struct vg_view *make_view(unsigned viewer, enum keep keep)
{
	struct vg_view *v = NULL;

	cr_assert(eq(int, vg_view_new(&v, &fix.env, NULL, NULL), VG_OK));
	for (int p = 0; p < PARTS; p++)
		fix_feed(v, PARTNER[p])->pub.heartbeat_ms = 100 * MIN;
	for (int i = 0; i < EVENTS; i++) {
		struct seen e = event[i];

		if (!vg_audience_sees(fix.aud, e.audience, viewer)) {
			if (keep == VISIBLE_ONLY)
				continue;
			e.actor += keep == HIDDEN_REPLACED ? 1000 : 0;
			e.count += keep == HIDDEN_REPLACED ? 77 : 0;
		}
		count_event(v->feed[e.part], &e);
	}
	return v;
}

/* Everything a query answers, as text. */
static void print(struct vg_buf *out, const struct vg_query_result *r,
		  unsigned n_by)
{
	vg_buf_printf(out, "marking %d folded %" PRIx64 "\n", r->marking,
		      r->folded);
	for (size_t k = 0; k < r->n_rows; k++) {
		for (unsigned d = 0; d < n_by; d++) {
			vg_buf_add(out, r->row[k].key[d].p, r->row[k].key[d].n);
			vg_buf_str(out, " ");
		}
		for (size_t i = 0; i < r->n_times; i++)
			vg_buf_printf(out, "%" PRId64 " ", r->row[k].value[i]);
		vg_buf_printf(out, "= %" PRId64 "\n", r->row[k].total);
	}
}

static struct vg_query_result ask(struct vg_view *v, unsigned viewer,
				  const char *a, const char *b)
{
	struct vg_query q = {
		.viewer = viewer,
		.n_by = (a != NULL) + (b != NULL),
		.by = {vg_slice_of(a != NULL ? a : ""),
		       vg_slice_of(b != NULL ? b : "")},
		.step = VG_RES_1M,
		.to_ms = STEPS * MIN,
		.now_ms = 100 * MIN,
	};
	struct vg_query_result r;
	struct vg_err err = {.rc = VG_OK};

	cr_assert(eq(int, vg_query_series(&r, &q, v, NULL, &err), VG_OK), "%s",
		  err.text);
	return r;
}

/* All answers that `viewer` gets from `v`. */
static void read_all(struct vg_buf *out, struct vg_view *v, unsigned viewer)
{
	static const char *const by[][2] = {
		{NULL, NULL},
		{"actor", NULL},
		{"partner", NULL},
		{"actor", "country"},
	};

	for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
		struct vg_query_result r = ask(v, viewer, by[i][0], by[i][1]);

		print(out, &r, (by[i][0] != NULL) + (by[i][1] != NULL));
		vg_query_result_term(&r);
	}
}

static void compare(enum keep keep)
{
	for (int k = 0; k < VIEWERS; k++) {
		struct vg_buf all = {.n = 0}, other = {.n = 0};
		struct vg_view *v = make_view(VIEWER[k], ALL);
		struct vg_view *w = make_view(VIEWER[k], keep);

		read_all(&all, v, VIEWER[k]);
		read_all(&other, w, VIEWER[k]);
		cr_assert(eq(str, all.p, other.p));
		vg_buf_term(&all);
		vg_buf_term(&other);
		vg_view_free(v);
		vg_view_free(w);
	}
}

Test(query_law3, law3_hidden_events_removed_change_nothing)
{
	compare(VISIBLE_ONLY);
}

Test(query_law3, law3_hidden_events_replaced_change_nothing)
{
	compare(HIDDEN_REPLACED);
}

Test(query_law3, law3_every_viewer_reads_the_sum_of_what_it_may_see)
{
	for (int k = 0; k < VIEWERS; k++) {
		int64_t truth[ACTORS] = {0}, got[ACTORS] = {0};
		struct vg_view *v = make_view(VIEWER[k], ALL);
		struct vg_query_result r = ask(v, VIEWER[k], "actor", NULL);
		int hidden = 0, marking = -1;

		for (int i = 0; i < EVENTS; i++) {
			const struct seen *e = &event[i];
			int label = (int)vg_audience_label(e->audience);

			if (!vg_audience_sees(fix.aud, e->audience,
					      VIEWER[k])) {
				hidden++;
				continue;
			}
			truth[e->actor] += e->count;
			marking = label > marking ? label : marking;
		}
		cr_assert(gt(int, hidden, EVENTS * 3 / 10));
		for (size_t i = 0; i < r.n_rows; i++) {
			char name[16] = "";

			memcpy(name, r.row[i].key[0].p, r.row[i].key[0].n);
			got[atoi(name + 1)] = r.row[i].total;
		}
		cr_assert(eq(int, memcmp(truth, got, sizeof truth), 0));
		cr_assert(eq(int, r.marking, marking));
		vg_query_result_term(&r);
		vg_view_free(v);
	}
}
