/* Where counting begins for a new member, and that no slot is given twice. */
#include "aggregate/member.h"

#include "aggregate/slots.h"
#include "part_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct part_fix f;
static struct vg_err err;

static void open_world(void)
{
	part_fix_open(&f);
}

static void close_world(void)
{
	part_fix_close(&f);
}

TestSuite(member, .init = open_world, .fini = close_world, .timeout = 60);

static void ok(enum vg_rc rc)
{
	cr_assert(rc == VG_OK, "%s", err.text);
}

static bool start(int32_t partition, int64_t offset)
{
	bool begun = false;

	const struct vg_member_at at = {"alerts.ma", partition, offset};

	ok(vg_member_start(f.store, &f.env, &at, &begun, &err));
	return begun;
}

Test(member, law1_counting_begins_where_it_was_set)
{
	struct vg_event e = part_event(&f, T0, "IL", "a");
	struct vg_member_part *p = NULL;
	struct vg_part *part;
	size_t n = 0;

	cr_assert(start(3, 1000));
	part = part_fix_part(&f, f.store, 3);
	cr_assert(vg_part_state(part)->has_offset);
	cr_assert(eq(i64, vg_part_state(part)->offset, 1000));
	cr_assert(eq(i64, vg_part_state(part)->from_offset, 1000));
	cr_assert(eq(i64, vg_part_state(part)->prev_offset, -1));
	part_fix_take(part, &e, 1000, T0);
	ok(part_fix_commit(part, 1001, T0, &err));
	vg_part_free(part);
	ok(vg_member_parts(f.store, "alerts.ma", &p, &n, &err));
	cr_assert(eq(sz, n, 1));
	cr_assert(eq(i64, p->from, 1000));
	cr_assert(eq(i64, p->offset, 1001));
	cr_assert(eq(i64, p->log_ms, T0));
	free(p);
}

Test(member, law1_what_is_counted_is_never_begun_again)
{
	struct vg_event e = part_event(&f, T0, "IL", "a");
	struct vg_part *part = part_fix_part(&f, f.store, 0);

	part_fix_take(part, &e, 0, T0);
	ok(part_fix_commit(part, 1, T0, &err));
	cr_assert(not(start(0, 77)));
	cr_assert(start(1, 5));
	cr_assert(not(start(1, 6)));
	vg_part_free(part);
	cr_assert(eq(
		str,
		(char *)part_fix_ask(&f, "HGET", "vg:{alerts.ma:1}:o", "from"),
		"5"));
}

Test(member, refuses_another_hash_keys_partition)
{
	const struct vg_member_at at = {"alerts.ma", 0, 1};
	bool begun = false;

	(void)part_fix_ask(&f, "DEL", "vg:{alerts.ma:0}:o", NULL);
	ok(vg_store_callf(f.store, NULL, &err, "HSET", "vg:{alerts.ma:0}:o",
			  "hk", "00", NULL));
	cr_assert(eq(int, vg_member_start(f.store, &f.env, &at, &begun, &err),
		     VG_INVAL));
	cr_assert(strstr(err.text, "HASHKEY") != NULL, "%s", err.text);
}

Test(member, law3_a_slot_is_never_given_to_another)
{
	ok(vg_slots_note(f.store, &f.cfg, &err));
	ok(vg_slots_note(f.store, &f.cfg, &err));
	snprintf(f.partner[1].id, sizeof f.partner[1].id, "AE");
	cr_assert(eq(int, vg_slots_note(f.store, &f.cfg, &err), VG_INVAL));
	cr_assert(strstr(err.text, "slot 1") != NULL, "%s", err.text);
	cr_assert(strstr(err.text, "IL") != NULL, "%s", err.text);
}

Test(member, law3_a_past_stays_under_its_slot_until_it_is_purged)
{
	ok(vg_slots_note(f.store, &f.cfg, &err));
	f.partner[1].slot = 9;
	cr_assert(eq(int, vg_slots_note(f.store, &f.cfg, &err), VG_INVAL));
	cr_assert(strstr(err.text, "set it to 1") != NULL, "%s", err.text);
	ok(vg_slots_purged(f.store, 1, "2026-01-02T00:00:00Z", &err));
	ok(vg_slots_note(f.store, &f.cfg, &err));
}

Test(member, an_unused_slot_is_one_that_nobody_ever_had)
{
	struct vg_slots slots;
	bool given = false;

	ok(vg_slots_read(f.store, &slots, &err));
	cr_assert(eq(int, vg_slots_unused(&slots, &f.cfg), 2));
	ok(vg_slots_give(f.store, 7, "GONE", &given, &err));
	cr_assert(given);
	ok(vg_slots_give(f.store, 7, "OTHER", &given, &err));
	cr_assert(not(given));
	ok(vg_slots_read(f.store, &slots, &err));
	cr_assert(eq(str, slots.use[7].id, "GONE"));
	cr_assert(eq(int, vg_slots_unused(&slots, &f.cfg), 8));
	snprintf(slots.use[60].id, sizeof slots.use[60].id, "LAST");
	cr_assert(eq(int, vg_slots_unused(&slots, &f.cfg), 2));
	for (int i = 0; i < VG_PARTNERS_MAX; i++)
		snprintf(slots.use[i].id, sizeof slots.use[i].id, "X%d", i);
	cr_assert(eq(int, vg_slots_unused(&slots, &f.cfg), -1));
}
