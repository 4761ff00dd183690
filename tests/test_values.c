#include "alert/values.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static struct vg_values *values;

static void make(void)
{
	values = vg_values_new(7);
	cr_assert(values != NULL);
}

static void end(void)
{
	vg_values_free(values);
}

TestSuite(values, .init = make, .fini = end);

static uint32_t hold(const char *text)
{
	uint32_t id = vg_values_hold(values, vg_slice_of(text));

	cr_assert(ne(uint, id, VG_VALUE_NONE));
	return id;
}

static uint32_t find(const char *text)
{
	return vg_values_find(values, vg_slice_of(text));
}

Test(values, keep_a_text_once_until_its_last_user_lets_go)
{
	uint32_t a = hold("IL"), b = hold("IL");

	cr_assert(eq(uint, a, b));
	cr_assert(eq(sz, vg_values_count(values), 1));
	vg_values_drop(values, a);
	cr_assert(eq(uint, find("IL"), a));
	vg_values_drop(values, b);
	cr_assert(eq(uint, find("IL"), VG_VALUE_NONE));
	cr_assert(eq(sz, vg_values_count(values), 0));
}

Test(values, a_tuple_holds_its_pieces)
{
	uint32_t t = hold("IL\x1f"
			  "MA"),
		 il = find("IL"), ma = find("MA");

	cr_assert(ne(uint, il, VG_VALUE_NONE));
	cr_assert(eq(uint, vg_values_piece(values, t, 0), il));
	cr_assert(eq(uint, vg_values_piece(values, t, 1), ma));
	cr_assert(vg_slice_eq(vg_values_text(values, ma), vg_slice_of("MA")));
	cr_assert(eq(sz, vg_values_count(values), 3));
	vg_values_drop(values, t);
	cr_assert(eq(sz, vg_values_count(values), 0));
}

Test(values, what_is_no_tuple_is_its_own_piece)
{
	uint32_t id = hold("IL");

	cr_assert(eq(uint, vg_values_piece(values, id, 0), id));
}

Test(values, pieces_that_tuples_share_are_one_value)
{
	uint32_t a = hold("IL\x1f"
			  "MA"),
		 b = hold("IL\x1f"
			  "US"),
		 own = hold("IL");

	cr_assert(ne(uint, a, b));
	cr_assert(eq(uint, vg_values_piece(values, a, 0),
		     vg_values_piece(values, b, 0)));
	cr_assert(eq(uint, vg_values_piece(values, a, 0), own));
	vg_values_drop(values, a);
	vg_values_drop(values, b);
	cr_assert(eq(uint, find("IL"), own));
	cr_assert(eq(uint, find("MA"), VG_VALUE_NONE));
	cr_assert(eq(sz, vg_values_count(values), 1));
}

Test(values, a_tuple_of_one_piece_twice_lets_go_of_both)
{
	uint32_t t = hold("IL\x1f"
			  "IL");

	cr_assert(eq(uint, vg_values_piece(values, t, 0),
		     vg_values_piece(values, t, 1)));
	vg_values_drop(values, t);
	cr_assert(eq(sz, vg_values_count(values), 0));
}

Test(values, many_tuples_come_and_go)
{
	static uint32_t id[2000];
	char text[32];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 2000; i++) {
			snprintf(text, sizeof text,
				 "c%d\x1f"
				 "o%d",
				 i % 97, i % 89);
			id[i] = hold(text);
		}
		for (int i = 0; i < 2000; i++)
			vg_values_drop(values, id[i]);
		cr_assert(eq(sz, vg_values_count(values), 0));
	}
}
