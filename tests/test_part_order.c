/* Law 2: the order of arrival and the cut into batches change nothing. */
#include "aggregate/cap.h"
#include "lexicon_fix.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { EVENTS = 400, ACTORS = 60 };

static struct part_fix f;
static struct vg_err err;

#define LOG (T0 + 30 * HOUR_MS)

static void open_fix(void)
{
	part_fix_open(&f);
}

static void close_fix(void)
{
	vg_lexicon_close(f.cfg.lexicon);
	f.cfg.lexicon = NULL;
	part_fix_close(&f);
}

TestSuite(order, .init = open_fix, .fini = close_fix, .timeout = 120);

static uint32_t dice(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Event number `i`, the same in every run; ties in time are many. */
static struct vg_event event(int i)
{
	static char actor[ACTORS][16], address[ACTORS][16];
	static const char *const COUNTRY[] = {"MA", "IL", "AE"};
	uint32_t r = (uint32_t)i * 7919u + 1;
	bool undeclared;
	struct vg_event e;
	uint32_t a = dice(&r) % ACTORS, b = dice(&r) % ACTORS;

	snprintf(actor[a], sizeof actor[a], "actor%u", a);
	snprintf(address[b], sizeof address[b], "192.0.2.%u", b);
	e = part_event(&f, LOG - dice(&r) % 8 * 55 * MIN_MS,
		       COUNTRY[dice(&r) % 3], actor[a]);
	if (f.cfg.lexicon != NULL && a % 3 == 0)
		e.actor[0].name = vg_lexicon_actor(f.cfg.lexicon, a).name;
	e.count = 1 + dice(&r) % 5;
	e.indicator[0].type = 0;
	e.indicator[0].value = vg_slice_of(address[b]);
	e.n_indicator = 1;
	e.audience = vg_audience_of(f.aud, 0, (enum vg_tlp)(dice(&r) % 2),
				    false, 0, &undeclared);
	return e;
}

/* Count all events in the order of `turn`, `batch` at a time; offsets belong
 * to the events, not to the order. */
static char *run(int32_t partition, const int *turn, int batch)
{
	struct vg_part *p = part_fix_part(&f, f.store, partition);
	char *dump;

	for (int i = 0; i < EVENTS; i++) {
		struct vg_event e = event(turn[i]);
		enum vg_rc rc = VG_OK;

		part_fix_take(p, &e, turn[i], LOG);
		if ((i + 1) % batch == 0 || i == EVENTS - 1)
			rc = part_fix_commit(p, i + 1, LOG, &err);
		cr_assert(rc == VG_OK, "%s", err.text);
	}
	vg_part_free(p);
	dump = part_fix_dump(&f, partition);
	return dump;
}

static void same_in_every_order(void)
{
	int turn[EVENTS];
	uint32_t r = 4711;
	char *first, *other;

	for (int i = 0; i < EVENTS; i++)
		turn[i] = i;
	first = run(0, turn, EVENTS);
	for (int32_t k = 1; k <= 6; k++) {
		for (int i = EVENTS - 1; i > 0; i--) {
			int with = (int)(dice(&r) % (uint32_t)(i + 1));
			int t = turn[i];

			turn[i] = turn[with];
			turn[with] = t;
		}
		other = run(k, turn, k == 1 ? EVENTS : 13 * k);
		cr_assert(eq(str, other, first));
		free(other);
	}
	free(first);
}

Test(order, law2_shuffled_batches_give_the_same_cells)
{
	same_in_every_order();
}

Test(order, law2_the_choice_of_a_full_set_is_free_of_order)
{
	f.cfg.values_max = 20;
	same_in_every_order();
	cr_assert(gt(i64, vg_metric_get(&f.metrics, VG_M_FOLDED), 0));
}

Test(order, law2_vocabulary_in_a_full_set_is_free_of_order)
{
	f.cfg.values_max = 8;
	f.cfg.lexicon = open_lexicon(VG_VOCABULARY);
	same_in_every_order();
	cr_assert(gt(i64, vg_metric_get(&f.metrics, VG_M_FOLDED), 0));
}

Test(order, law2_thinned_tracks_are_free_of_order)
{
	f.cfg.groups_max = 7;
	same_in_every_order();
	cr_assert(gt(i64, vg_metric_get(&f.metrics, VG_M_THINNED), 0));
}

Test(order, law2_a_cache_too_small_for_one_bucket_changes_nothing)
{
	char *want, *got;
	int turn[EVENTS];

	for (int i = 0; i < EVENTS; i++)
		turn[i] = i;
	f.cfg.values_max = 20;
	want = run(0, turn, 10);
	f.cfg.cache_mbytes = 0; /* below what the options allow */
	got = run(1, turn, 10);
	cr_assert(eq(str, got, want));
	free(want);
	free(got);
}

static void count_actors(struct vg_part *p, int64_t *offset, int from, int to)
{
	for (int i = from; i < to; i++) {
		char name[32];
		struct vg_event e;

		snprintf(name, sizeof name, "x%d", i);
		e = part_event(&f, LOG, "IL", name);
		part_fix_take(p, &e, (*offset)++, LOG);
	}
	cr_assert(eq(int, part_fix_commit(p, *offset, LOG, &err), VG_OK), "%s",
		  err.text);
}

static int actors_in(const char *dump, int64_t start)
{
	char head[64];
	int n = 0;

	snprintf(head, sizeof head, "c:actor:1m:%lld A*\x1f", (long long)start);
	for (const char *s = dump; (s = strstr(s, head)) != NULL; s++)
		n += strncmp(s + strlen(head), "~other", 6) != 0;
	return n;
}

Test(order, a_set_at_its_limit_keeps_all_and_one_past_it_folds_one)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	char bucket[64], *dump;
	int64_t offset = 0;

	f.cfg.values_max = 8;
	snprintf(bucket, sizeof bucket, "c:actor:1m:%lld", (long long)LOG);
	count_actors(p, &offset, 0, 8);
	dump = part_fix_dump(&f, 0);
	cr_assert(eq(int, actors_in(dump, LOG), 8));
	free(dump);
	cr_assert(
		eq(str, (char *)part_fix_cell(&f, 0, bucket, "A*|~other"), ""));

	count_actors(p, &offset, 8, 9);
	dump = part_fix_dump(&f, 0);
	cr_assert(eq(int, actors_in(dump, LOG), 8));
	free(dump);
	cr_assert(eq(str, (char *)part_fix_cell(&f, 0, bucket, "A*|~other"),
		     "1,1"));
	vg_part_free(p);
}

Test(order, folding_keeps_every_sum_whole)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	char bucket[64], *dump;
	int64_t offset = 0;
	long long sum = 0, events, reports;

	f.cfg.values_max = 5;
	for (int i = 0; i < 10; i++)
		count_actors(p, &offset, i * 3, i * 3 + 20);
	vg_part_free(p);
	dump = part_fix_dump(&f, 0);
	snprintf(bucket, sizeof bucket, "c:actor+country:1m:%lld A*\x1f",
		 (long long)LOG);
	for (const char *s = dump; (s = strstr(s, bucket)) != NULL; s++) {
		const char *eq = strchr(s, '=');

		cr_assert(eq(int, sscanf(eq, "=%lld,%lld", &events, &reports),
			     2));
		cr_assert(strncmp(eq - 2, "IL", 2) == 0);
		sum += reports;
	}
	cr_assert(eq(i64, sum, 200));
	free(dump);
}

static const char *const KNOWN[] = {"APT28", "APT29", "Turla", "Sandworm"};

enum { KNOWN_N = sizeof KNOWN / sizeof *KNOWN };

static void count_known(struct vg_part *p, int64_t *offset)
{
	for (int i = 0; i < KNOWN_N; i++) {
		struct vg_event e = part_event(&f, LOG, "IL", KNOWN[i]);

		cr_assert(vg_cap_exempt(f.cfg.lexicon, VG_AGG_ACTOR,
					e.actor[0].name));
		part_fix_take(p, &e, (*offset)++, LOG);
	}
	cr_assert(eq(int, part_fix_commit(p, *offset, LOG, &err), VG_OK));
}

static const char *actor_cell(const char *name)
{
	char bucket[64], field[64];

	snprintf(bucket, sizeof bucket, "c:actor:1m:%lld", (long long)LOG);
	snprintf(field, sizeof field, "A*|%s", name);
	return part_fix_cell(&f, 0, bucket, field);
}

Test(order, vocabulary_takes_no_place_at_the_limit_nor_one_past_it)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	int64_t offset = 0;

	f.cfg.values_max = 3;
	f.cfg.lexicon = open_lexicon(VG_VOCABULARY);
	count_known(p, &offset);
	count_actors(p, &offset, 0, 3);
	cr_assert(eq(str, (char *)actor_cell(VG_OTHER), ""));
	count_actors(p, &offset, 3, 4);
	cr_assert(eq(str, (char *)actor_cell(VG_OTHER), "1,1"));
	vg_part_free(p);
}

Test(order, law5_a_flood_of_invented_names_hurts_invented_names_alone)
{
	enum { NAMES = 100000, BATCH = 10000 };
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	int64_t offset = 0;
	long long rest, reports;

	f.cfg.values_max = 100;
	f.cfg.lexicon = open_lexicon(VG_VOCABULARY);
	for (int i = 0; i < NAMES / BATCH; i++) {
		/* Before and behind; a new reader half-way. */
		count_known(p, &offset);
		count_actors(p, &offset, i * BATCH, (i + 1) * BATCH);
		if (i != NAMES / BATCH / 2)
			continue;
		vg_part_free(p);
		p = part_fix_part(&f, f.store, 0);
	}
	vg_part_free(p);
	for (int i = 0; i < KNOWN_N; i++)
		cr_expect(eq(str, (char *)actor_cell(KNOWN[i]), "10,10"));
	cr_assert(eq(int,
		     sscanf(actor_cell(VG_OTHER), "%lld,%lld", &rest, &reports),
		     2));
	cr_assert(eq(i64, reports, NAMES - 100));
}

Test(order, an_actor_called_other_is_not_the_rest)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	struct vg_event e = part_event(&f, LOG, "IL", "~other");
	char bucket[64];

	part_fix_take(p, &e, 0, LOG);
	cr_assert(eq(int, part_fix_commit(p, 1, LOG, &err), VG_OK));
	snprintf(bucket, sizeof bucket, "c:actor:1m:%lld", (long long)LOG);
	cr_assert(
		eq(str, (char *)part_fix_cell(&f, 0, bucket, "A*|~other"), ""));
	vg_part_free(p);
}

/* Raising the limit must not bring back values whose earlier part is in the
 * rest already. */
Test(order, a_set_that_folded_takes_no_larger_hash_when_the_limit_rises)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);
	char *before, *after;
	int64_t offset = 0;

	f.cfg.values_max = 5;
	count_actors(p, &offset, 0, 30);
	before = part_fix_dump(&f, 0);
	vg_part_free(p);
	f.cfg.values_max = 100;
	p = part_fix_part(&f, f.store, 0);
	count_actors(p, &offset, 0, 30);
	after = part_fix_dump(&f, 0);
	cr_assert(eq(int, actors_in(before, LOG), 5));
	cr_assert(eq(int, actors_in(after, LOG), 5));
	free(before);
	free(after);
	vg_part_free(p);
}
