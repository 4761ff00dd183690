#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct part_fix f;
static struct vg_part *part;

static void open_part(void)
{
	part_fix_open(&f);
	part = part_fix_part(&f, f.store, 0);
}

static void close_part(void)
{
	vg_part_free(part);
	part_fix_close(&f);
}

TestSuite(part, .init = open_part, .fini = close_part, .timeout = 60);

static void commit(int64_t next, int64_t log_ms)
{
	struct vg_err err = {.text = ""};
	enum vg_rc rc = part_fix_commit(part, next, log_ms, &err);

	cr_assert(rc == VG_OK, "%s", err.text);
}

static void cell_is(const char *bucket, int64_t start, const char *field,
		    const char *want)
{
	char name[128];

	snprintf(name, sizeof name, "%s:%lld", bucket, (long long)start);
	cr_assert(eq(str, (char *)part_fix_cell(&f, 0, name, field),
		     (char *)want),
		  "%s %s", name, field);
}

Test(part, counts_an_event_in_every_resolution)
{
	int64_t t = T0 + HOUR_MS + 3 * MIN_MS + 25000;
	struct vg_event e = part_event(&f, t, "IL", "apt1");

	e.count = 3;
	part_fix_take(part, &e, 0, t);
	part_fix_take(part, &e, 1, t);
	commit(2, t);

	cell_is("c:country:10s", t - 5000, "A*|IL", "6,2");
	cell_is("c:country:1m", t - 25000, "A*|IL", "6,2");
	cell_is("c:country:1h", T0 + HOUR_MS, "A*|IL", "6,2");
	cell_is("c:country:1d", T0, "A*|IL", "6,2");
	cell_is("c:actor+country:1d", T0, "A*|apt1|IL", "6,2");
	cell_is("c:partner:1h", T0 + HOUR_MS, "A*|MA", "6,2");
	cell_is("c:sensor:10s", t - 5000, "A*|s1", "");
	cell_is("c:severity:1m", t - 25000, "A*|5", "6,2");
	cell_is("c:category:1m", t - 25000, "A*|intrusion-attempts", "6,2");
}
