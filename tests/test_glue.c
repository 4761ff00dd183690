#include "ingest/glue.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct vg_shape shape;
static unsigned at;

/* The tag of what stands at the end of a block of its own, so that a sanitizer
 * sees a step outside; -1 when it has to be read. */
static int next_of(const char *text)
{
	size_t n = strlen(text);
	char *block = malloc(n);

	memcpy(block, text, n);
	const struct vg_glue *g = vg_shape_next(&shape, &at, block, block + n);
	free(block);
	return g != NULL ? g->tag : -1;
}

static void learn(const char *glue, uint16_t tag)
{
	struct vg_slice g = vg_slice_of(glue);
	struct vg_slice name = {g.p + 1, g.n - 3};

	vg_shape_learn(&shape, &at, g, name, tag);
}

static void again(void)
{
	at = 0;
}

Test(glue, what_was_read_is_known_in_its_order)
{
	learn("\"id\":", 1);
	learn("\"time\":", 2);
	again();
	cr_assert(eq(int, next_of("\"id\":\"a\",\"time\":1}"), 1));
	cr_assert(eq(int, next_of("\"time\":1}"), 2));
	cr_assert(eq(int, next_of("\"id\":\"a\"}"), -1), "it lies behind");
}

Test(glue, says_where_the_name_is)
{
	const char *text = "\"id\":1";

	learn("\"id\":", 1);
	again();
	const struct vg_glue *g =
		vg_shape_next(&shape, &at, text, text + strlen(text));
	cr_assert(g != NULL && g->n == 5);
	cr_assert(vg_slice_eq((struct vg_slice){text + g->name_at, g->name_n},
			      vg_slice_of("id")));
}

Test(glue, each_byte_of_it_counts_in_a_long_record_and_at_the_end_of_one)
{
	static const char *const behind[] = {"", "1,\"and so on\":\"and on\","};
	char text[80];

	learn("\"member\":", 7);
	for (size_t i = 0; i < 2; i++) {
		int n = snprintf(text, sizeof text, "\"member\":%s", behind[i]);

		for (int k = 0; k < 9; k++) {
			again();
			text[k] ^= 1;
			cr_assert(eq(int, next_of(text), -1), "byte %d", k);
			text[k] ^= 1;
		}
		again();
		cr_assert(eq(int, next_of(text), 7), "%d bytes", n);
	}
	again();
	cr_assert(eq(int, next_of("\"member\""), -1), "cut short");
}

Test(glue, members_that_are_left_out_are_passed_over_up_to_a_number)
{
	char text[16];

	for (int i = 0; i < 6; i++) {
		(void)snprintf(text, sizeof text, "\"m%d\":", i);
		learn(text, (uint16_t)i);
	}
	again();
	cr_assert(eq(int, next_of("\"m3\":1"), VG_SHAPE_AHEAD - 1));
	again();
	cr_assert(eq(int, next_of("\"m4\":1"), -1));
	again();
	cr_assert(eq(int, next_of("\"m1\":1"), 1));
	cr_assert(eq(int, next_of("\"m5\":1"), 5));
}

Test(glue, a_member_that_is_new_is_put_where_it_stood)
{
	learn("\"a\":", 1);
	learn("\"c\":", 3);
	again();
	cr_assert(eq(int, next_of("\"a\":"), 1));
	cr_assert(eq(int, next_of("\"b\":"), -1));
	learn("\"b\":", 2);
	cr_assert(eq(int, next_of("\"c\":"), 3));
	again();
	cr_assert(eq(int, next_of("\"a\":"), 1));
	cr_assert(eq(int, next_of("\"b\":"), 2));
	cr_assert(eq(int, next_of("\"c\":"), 3));
}

Test(glue, of_32_bytes_is_learned_and_of_33_is_not)
{
	learn("\"a.name.that.fills.all.there.is\":", 1);
	cr_assert(eq(uint, shape.n, 0), "33");
	learn("\"a.name.that.fills.all.there.i\":", 2);
	cr_assert(eq(uint, shape.n, 1), "32");
	again();
	cr_assert(eq(int, next_of("\"a.name.that.fills.all.there.i\":1"), 2));
	again();
	cr_assert(eq(int, next_of("\"a.name.that.fills.all.there.x\":1"), -1));
}

Test(glue, a_shape_that_is_full_begins_anew)
{
	char text[16];

	for (unsigned i = 0; i < VG_SHAPE_MAX; i++) {
		(void)snprintf(text, sizeof text, "\"m%u\":", i);
		learn(text, (uint16_t)i);
	}
	cr_assert(eq(uint, shape.n, VG_SHAPE_MAX));
	learn("\"more\":", 99);
	cr_assert(eq(uint, shape.n, 1));
	again();
	cr_assert(eq(int, next_of("\"more\":1"), 99));
}
