/* Law 3 of partners' own rules: what they raise is theirs alone, and nobody
 * else reads anything that tells of them. */
#include "alert/own.h"
#include "alert/rule_files.h"
#include "alert_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <unistd.h>

enum { MIN = 60000 };

static struct alert_fix f;
static struct vg_buf out;
static char path[] = "/tmp/own-rule-XXXXXX";

/* Two countries, where the shared rule wants three. */
static const char MINE[] =
	"{\"id\":\"mine\",\"title\":\"M\",\"group_by\":[\"actor\"],"
	"\"window\":\"1h\",\"severity\":3,\"condition\":{\"country\":"
	"{\"distinct\":2},\"origin\":{\"distinct\":2}}}";

/* The fixture's rule, and what `viewer` keeps; NULL: nobody anything. */
static void take_own(const char *viewer)
{
	struct vg_own_doc d = {.kind = VG_OWN_RULE,
			       .id = "mine",
			       .text = (char *)(uintptr_t)MINE};
	struct vg_own_docs docs = {.n = 0};
	struct vg_rule_files *files = NULL;
	char *name[] = {path};
	struct vg_err err = {0};

	if (viewer != NULL) {
		strcpy(d.viewer, viewer);
		cr_assert(eq(int, vg_own_put(&docs, &d, &err), VG_OK));
	}
	cr_assert(eq(int, vg_rule_files_named(&files, name, 1, &err), VG_OK),
		  "%s", err.text);
	const struct vg_rules_from from = {
		.files = files, .cfg = &f.cfg, .own = &docs};
	vg_evaluator_free(f.e);
	vg_rules_free(f.rules);
	vg_plan_free(f.plan);
	cr_assert(eq(int, vg_plan_new(&f.plan, &err), VG_OK));
	cr_assert(eq(int, vg_rules_make(&f.rules, f.plan, &from, &err), VG_OK),
		  "%s", err.text);
	cr_assert(eq(sz, vg_rules_count(f.rules), 1 + docs.n));
	f.env.plan = f.plan;
	f.e = alert_fix_evaluator(&f, "one");
	vg_rule_files_drop(files);
	vg_own_term(&docs);
}

static void start(void)
{
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	(void)dprintf(fd, "%s", FIX_RULE(3, ""));
	(void)close(fd);
	alert_fix_start(&f, FIX_RULE(3, ""));
}

static void finish(void)
{
	(void)unlink(path);
	vg_buf_term(&out);
	alert_fix_stop(&f);
}

TestSuite(own_alerts, .init = start, .fini = finish, .timeout = 60);

static void see(int64_t t, unsigned part, const char *audience)
{
	const char *id = f.partner[part].id;
	const struct fix_event ev = {t, part, audience, "x", id, id};

	alert_fix_event(&f, &ev);
}

static void see_all(void)
{
	see(0, FIX_MA, "A*");
	see(1 * MIN, FIX_IL, "A*");
	see(2 * MIN, FIX_AE, "A*");
	alert_fix_settle(&f);
	see(90 * MIN, FIX_MA, "A*");
	see(91 * MIN, FIX_IL, "S1");
	see(92 * MIN, FIX_US, "A*");
	alert_fix_settle(&f);
}

Test(own_alerts, law3_a_rule_of_ones_own_is_evaluated_for_its_owner_alone)
{
	take_own("MA");
	see_all();
	alert_fix_docs(&f, "MA", true, &out);
	cr_assert(strstr(out.p, "\"rule\":\"ma.mine\"") != NULL, "%s", out.p);
	for (unsigned i = 1; i < FIX_PARTNERS; i++) {
		alert_fix_docs(&f, f.partner[i].id, true, &out);
		cr_expect(strstr(out.p, "mine") == NULL, "%s", out.p);
	}
	alert_fix_docs(&f, "coalition", true, &out);
	cr_assert(strstr(out.p, "mine") == NULL, "%s", out.p);
}

Test(own_alerts, law3_others_read_the_same_with_it_and_without)
{
	static const char *const who[] = {"IL", "AE", "US", "BH", "coalition"};
	struct vg_buf with[5] = {{0}};

	for (int own = 1; own >= 0; own--) {
		take_own(own ? "MA" : NULL);
		see_all();
		for (size_t i = 0; i < 5; i++) {
			alert_fix_docs(&f, who[i], true, &out);
			if (own)
				vg_buf_str(&with[i], out.p);
			else
				cr_expect(eq(str, with[i].p, out.p));
		}
		alert_fix_stop(&f);
		alert_fix_start(&f, FIX_RULE(3, ""));
	}
	for (size_t i = 0; i < 5; i++)
		vg_buf_term(&with[i]);
}

Test(own_alerts, law3_its_owner_sees_by_it_what_it_may_see)
{
	take_own("MA");
	see(0, FIX_MA, "A*");
	see(1 * MIN, FIX_IL, "S1"); /* Israel's alone */
	alert_fix_settle(&f);
	alert_fix_docs(&f, "", true, &out);
	cr_assert(eq(str, out.p, ""));
}
