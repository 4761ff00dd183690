/* From when until when a partner is a member, and how long its identifiers are
 * kept, as the configuration says it. */
#include "config_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct config_fix f;

static void close_config(void)
{
	config_fix_close(&f);
}

TestSuite(config_member, .fini = close_config);

Test(config_member, is_one_always_unless_it_is_said)
{
	const struct vg_partner *p = config_fix_partner(&f, "");

	cr_assert(vg_partner_is_member(p, INT64_MIN));
	cr_assert(vg_partner_is_member(p, INT64_MAX));
	cr_assert(not(p->has_identifiers_kept));
}

Test(config_member, is_one_from_the_first_instant_to_before_the_last)
{
	const struct vg_partner *p =
		config_fix_partner(&f, ", member_from: 2026-01-02T00:00:00Z, "
				       "member_until: 2026-01-03T00:00:00Z");
	const int64_t from = INT64_C(1767312000000), day = 86400000;

	cr_assert(not(vg_partner_is_member(p, from - 1)));
	cr_assert(vg_partner_is_member(p, from));
	cr_assert(vg_partner_is_member(p, from + day - 1));
	cr_assert(not(vg_partner_is_member(p, from + day)));
}

Test(config_member, refuses_what_is_no_instant_or_never)
{
	config_fix_refused(&f, ", member_from: yesterday", "is no instant");
	config_fix_refused(&f, ", member_until: 2026-01-02", "is no instant");
	config_fix_refused(&f,
			   ", member_from: 2026-01-02T00:00:00Z, "
			   "member_until: 2026-01-02T00:00:00Z",
			   "never be a member");
}

Test(config_member, keeps_identifiers_for_an_hour_at_least)
{
	const struct vg_partner *p =
		config_fix_partner(&f, ", identifiers_kept: 30d");

	cr_assert(p->has_identifiers_kept);
	cr_assert(eq(i64, p->identifiers_kept_ms, INT64_C(30) * 86400000));
	close_config();
	config_fix_refused(&f, ", identifiers_kept: 59m", "1h");
}
