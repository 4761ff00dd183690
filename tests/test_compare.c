/* The oracle's comparison, of what is stored with a recount. */
#include "part_fix.h"
#include "verify/compare.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORDS = 30, JOINED = 10 };

#define LOG (T0 + HOUR_MS)

static struct part_fix f;
static struct vg_err err;

static void close_fix(void)
{
	part_fix_close(&f);
}

TestSuite(compare, .fini = close_fix, .timeout = 60);

/* Count records whose audience is all who had joined by then. */
static void count_stored(void)
{
	struct vg_part *p = part_fix_part(&f, f.store, 0);

	for (int64_t i = 0; i < RECORDS; i++) {
		struct vg_event e = part_event(&f, LOG, "IL", "a1");

		e.audience = vg_audience_at(f.aud, e.audience, LOG + i);
		part_fix_take(p, &e, i, LOG + i);
	}
	cr_assert(part_fix_commit(p, RECORDS, LOG + RECORDS - 1, &err) == VG_OK,
		  "%s", err.text);
	vg_part_free(p);
}

/* The same records, as the log has them. */
static struct vg_recount *recount(void)
{
	struct vg_recount *r = NULL;
	char text[256];

	cr_assert(eq(int, vg_recount_new(&r, &f.env, &f.cfg.partners[0], &err),
		     VG_OK));
	vg_recount_rolled(r, INT64_MIN);
	for (int i = 0; i < RECORDS; i++) {
		snprintf(text, sizeof text,
			 "{\"id\": \"i%d\", \"time\": %lld, \"sensor\": \"s1\","
			 " \"category\": \"intrusion-attempts\", \"country\": "
			 "\"IL\", \"actor\": \"a1\"}",
			 i, (long long)LOG);
		cr_assert(vg_recount_take(r, i, LOG + i, vg_slice_of(text),
					  &err) == VG_OK,
			  "%s", err.text);
	}
	cr_assert(eq(int, vg_recount_round(r, &err), VG_OK));
	cr_assert(eq(int, vg_recount_cap(r, &err), VG_OK));
	return r;
}

/* What differs, as lines of text. */
static char *differences(size_t *n)
{
	struct vg_recount *r = recount();
	char *text = NULL;
	size_t length = 0;
	struct vg_compare c = {.store = f.store,
			       .env = &f.env,
			       .partner = &f.cfg.partners[0],
			       .swept_ms = INT64_MIN,
			       .rolled_ms = INT64_MIN,
			       .out = open_memstream(&text, &length)};

	memset(c.whole, 0xff, sizeof c.whole);
	cr_assert(vg_compare_cells(&c, r, &err) == VG_OK, "%s", err.text);
	fclose(c.out);
	cr_assert(c.cells > 0);
	*n = c.differences;
	vg_recount_free(r);
	return text;
}

static void no_differences(void)
{
	size_t n = 0;
	char *text = differences(&n);

	cr_assert(eq(sz, n, 0), "%s", text);
	free(text);
}

/* From here on the configuration has no IL. */
static void il_leaves(void)
{
	f.cfg.n_partners = 1;
	vg_audiences_free(f.aud);
	cr_assert(eq(int, vg_audiences_new(&f.aud, &f.cfg, &err), VG_OK));
	f.env.aud = f.aud;
}

/* IL joins while the records come. */
static void open_joining(void)
{
	part_fix_open(&f);
	f.partner[1].has_from = true;
	f.partner[1].from_ms = LOG + JOINED;
	vg_audiences_free(f.aud);
	cr_assert(eq(int, vg_audiences_new(&f.aud, &f.cfg, &err), VG_OK));
	f.env.aud = f.aud;
	count_stored();
}

Test(compare, cells_of_members_from_a_time_on_are_as_counted)
{
	open_joining();
	no_differences();
}

Test(compare, bug_cells_of_one_who_left_the_configuration_were_differences)
{
	open_joining();
	il_leaves();
	no_differences();
}

Test(compare, bug_what_a_decoder_left_out_was_a_difference)
{
	char key[64];

	open_joining();
	snprintf(key, sizeof key, "vg:{alerts.ma:0}:a:%lld", (long long)LOG);
	cr_assert(vg_store_callf(f.store, NULL, &err, "HSET", key, "trimmed",
				 "3", NULL) == VG_OK);
	no_differences();
}

/* Nor does the sum of the two hide that one of them is wrong. */
Test(compare, cells_of_one_who_left_are_compared)
{
	char key[96];
	size_t n = 0;

	open_joining();
	il_leaves();
	snprintf(key, sizeof key, "vg:{alerts.ma:0}:c:country:1m:%lld",
		 (long long)LOG);
	cr_assert(vg_store_callf(f.store, NULL, &err, "HDEL", key, "A*\x1fIL",
				 NULL) == VG_OK);
	char *text = differences(&n);
	cr_assert(eq(sz, n, 1), "%s", text);
	cr_assert(strstr(text, "redis has 20,20, the log says 30,30") != NULL,
		  "%s", text);
	free(text);
}
