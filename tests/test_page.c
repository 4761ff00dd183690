#include "api/page.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

struct entry {
	int64_t ms;
	const char *id;
};

/* Newest first, then by id. */
static const struct entry all[] = {
	{900, "a"}, {700, "a"}, {700, "ab"}, {700, "b"},
	{0, "x"},   {0, "xx"},	{-5, "a"},
};
enum { ALL = sizeof all / sizeof *all };

/* A page of those whose bit is in `there`, as text; false when refused. The
 * Link that it had, or "", goes to *link. */
static bool page(const char *target, unsigned there, char out[64],
		 char link[128])
{
	struct vg_request r;
	struct vg_answer a = {0};
	struct vg_pager p;
	struct vg_err err;
	bool ok;

	cr_assert(eq(int, vg_request_parse(&r, target, &err), 0));
	out[0] = link[0] = '\0';
	ok = vg_pager_read(&p, &r, &a, 3);
	for (size_t i = 0; ok && i < ALL; i++) {
		const struct entry *e = &all[i];

		if ((there >> i & 1) == 0 ||
		    !vg_pager_is_past(&p, e->ms, e->id))
			continue;
		if (!vg_pager_has_room(&p))
			break;
		(void)snprintf(out + strlen(out), 64 - strlen(out), "%d%s ",
			       (int)e->ms, e->id);
		vg_pager_add(&p, e->ms, e->id);
	}
	if (ok) {
		struct vg_jout j = vg_answer_json(&a, 200);

		vg_jout_open(&j, '{');
		vg_pager_end(&p, &r, &a, &j);
		vg_jout_close(&j, '}');
		cr_assert(eq(int, strstr(a.body.p, "\"next\":") != NULL,
			     vg_answer_get(&a, "Link") != NULL));
	} else {
		cr_assert(eq(int, a.status, 400));
	}
	if (vg_answer_get(&a, "Link") != NULL)
		(void)snprintf(link, 128, "%s", vg_answer_get(&a, "Link"));
	vg_answer_term(&a);
	vg_request_term(&r);
	return ok;
}

/* The target in a Link. */
static void follow(char target[128], const char *link)
{
	cr_assert(eq(int, sscanf(link, "<%127[^>]>; rel=\"next\"", target), 1),
		  "%s", link);
}

Test(page, leads_through_a_list_and_ends)
{
	char text[64], link[128], target[128];

	cr_assert(page("/x?a=b%26c", 127, text, link));
	cr_assert(eq(str, text, "900a 700a 700ab "));
	follow(target, link);
	cr_assert(eq(str, target, "/x?a=b%26c&after=700.ab"));
	cr_assert(page(target, 127, text, link));
	cr_assert(eq(str, text, "700b 0x 0xx "));
	follow(target, link);
	cr_assert(page(target, 127, text, link));
	cr_assert(eq(str, text, "-5a "));
	cr_assert(eq(str, link, ""));
	/* One that is just full is the last. */
	cr_assert(page("/x", 7, text, link));
	cr_assert(eq(str, text, "900a 700a 700ab "));
	cr_assert(eq(str, link, ""));
	cr_assert(page("/x", 0, text, link));
	cr_assert(eq(str, text, ""));
}

Test(page, misses_and_repeats_nothing_while_others_come_and_go)
{
	char text[64], link[128];

	/* The entry of the cursor is gone, and one before it is new. */
	cr_assert(page("/x?after=700.ab&limit=2", 127 & ~4u, text, link));
	cr_assert(eq(str, text, "700b 0x "));
	cr_assert(page("/x?after=700.aa&limit=1", 127, text, link));
	cr_assert(eq(str, text, "700ab "));
	cr_assert(page("/x?after=-5.a", 127, text, link));
	cr_assert(eq(str, text, ""));
}

Test(page, takes_a_thousand_and_not_one_more_and_no_other_cursor)
{
	static const char *const bad[] = {
		"/x?limit=0",  "/x?limit=1001", "/x?limit=a", "/x?after=",
		"/x?after=a",  "/x?after=7",	"/x?after=.", "/x?after=%207.a",
		"/x?after=x.", "/x?after=9x.a",
	};
	char text[64], link[128];

	cr_assert(page("/x?limit=1000", 127, text, link));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert(not(page(bad[i], 127, text, link)), "%s", bad[i]);
}
