/* From when until when a partner is a member, and how long its identifiers are
 * kept, as the configuration says it. */
#include "core/buf.h"
#include "core/config.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct vg_config *cfg;
static struct vg_err err;

static void close_config(void)
{
	vg_config_free(cfg);
	cfg = NULL;
}

TestSuite(config_member, .fini = close_config);

/* Read a configuration of MA with `own` members more. */
static enum vg_rc read_with(const char *own)
{
	struct vg_buf text = {0};

	vg_buf_printf(&text,
		      "kafka: {brokers: \"127.0.0.1:9092\"}\n"
		      "hash_key_file: hash.key\n"
		      "partners:\n"
		      "  - {id: MA, country: MA, slot: 0%s}\n",
		      own);
	enum vg_rc rc =
		vg_config_parse(&cfg, "test.yaml", text.p, text.n, &err);
	vg_buf_term(&text);
	return rc;
}

static const struct vg_partner *partner_with(const char *own)
{
	cr_assert(read_with(own) == VG_OK, "%s", err.text);
	return &cfg->partners[0];
}

static void refused(const char *own, const char *words)
{
	cr_assert(eq(int, read_with(own), VG_INVAL));
	cr_assert(strstr(err.text, words) != NULL, "%s", err.text);
}

Test(config_member, is_one_always_unless_it_is_said)
{
	const struct vg_partner *p = partner_with("");

	cr_assert(vg_partner_is_member(p, INT64_MIN));
	cr_assert(vg_partner_is_member(p, INT64_MAX));
	cr_assert(not(p->has_identifiers_kept));
}

Test(config_member, is_one_from_the_first_instant_to_before_the_last)
{
	const struct vg_partner *p =
		partner_with(", member_from: 2026-01-02T00:00:00Z, "
			     "member_until: 2026-01-03T00:00:00Z");
	const int64_t from = INT64_C(1767312000000), day = 86400000;

	cr_assert(not(vg_partner_is_member(p, from - 1)));
	cr_assert(vg_partner_is_member(p, from));
	cr_assert(vg_partner_is_member(p, from + day - 1));
	cr_assert(not(vg_partner_is_member(p, from + day)));
}

Test(config_member, refuses_what_is_no_instant_or_never)
{
	refused(", member_from: yesterday", "is no instant");
	refused(", member_until: 2026-01-02", "is no instant");
	refused(", member_from: 2026-01-02T00:00:00Z, "
		"member_until: 2026-01-02T00:00:00Z",
		"never be a member");
}

Test(config_member, keeps_identifiers_for_an_hour_at_least)
{
	const struct vg_partner *p = partner_with(", identifiers_kept: 30d");

	cr_assert(p->has_identifiers_kept);
	cr_assert(eq(i64, p->identifiers_kept_ms, INT64_C(30) * 86400000));
	close_config();
	refused(", identifiers_kept: 59m", "1h");
}
