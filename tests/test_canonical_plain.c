#include "decode_fix.h"
#include "event_gen.h"
#include "event_same.h"

#include "ingest/canonical.h"

/* The quick reader of plain events against the strict one. */

TestSuite(canonical_plain, .init = make_scratch, .fini = free_scratch);

static struct vg_scratch *other;
static struct vg_event by_strict;

/* Whether the record is plain; then the strict reader says the same of it. */
static bool is_plain_event(const char *p, size_t n)
{
	struct vg_slice record = {.n = (uint32_t)n};
	struct vg_decoded said;

	free(block);
	block = malloc(n > 0 ? n : 1);
	memcpy(block, p, n);
	record.p = block;
	if (!vg_canonical_plain(scratch, &cfg, record, &event))
		return false;
	if (other == NULL)
		cr_assert(eq(int, vg_scratch_new(&other, NULL), VG_OK));
	vg_canonical_strict(other, &cfg, &cfg.partners[0], record, &by_strict,
			    &said);
	cr_assert(eq(int, said.verdict, VG_VERDICT_COUNTED), "%s: %.*s",
		  said.reason, (int)n, p);
	const char *differs = same_event(&event, &by_strict);
	cr_assert(differs == NULL, "%s: %.*s", differs, (int)n, p);
	cr_assert(event.n_unknown == 0 && by_strict.n_unknown == 0);
	return true;
}

static bool plain(const char *text)
{
	return is_plain_event(text, strlen(text));
}

static bool plain_with(const char *more)
{
	struct vg_buf b = {0};

	vg_buf_printf(&b, "{" BASE ",%s}", more);
	bool is = is_plain_event(b.p, b.n);
	vg_buf_term(&b);
	return is;
}

Test(canonical_plain, reads_an_event_with_every_member)
{
	struct vg_buf b = {0};

	/* Seconds with a fraction are the strict reader's. */
	cr_assert(not(plain(FULL)));
	const char *point = strstr(FULL, ".25");
	vg_buf_add(&b, FULL, (size_t)(point - FULL));
	vg_buf_str(&b, point + 3);
	cr_assert(is_plain_event(b.p, b.n));
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323045000)));
	cr_assert(eq(u32, event.n_indicator, 1));
	cr_assert(vg_slice_eq(event.indicator[0].value,
			      vg_slice_of("192.0.2.1")));
	vg_buf_term(&b);
}

Test(canonical_plain, reads_white_space_wherever_it_may_stand)
{
	cr_assert(
		plain(" {\t\"id\" : \"e\" ,\n\"time\":\r1 , \"sensor\":\"s\", "
		      "\"category\" :\"fraud\" , \"actor\" : [ \"a\" , \"b\" "
		      "] , \"indicators\" : [ { \"type\" : \"ipv4\" , "
		      "\"value\" : \"192.0.2.1\" } ] , \"fields\" : { \"a\" "
		      ": 1 , \"b\" : true } }  \n"));
}

Test(canonical_plain, reads_lists_up_to_their_limit_and_empty_ones)
{
	cr_assert(plain_with("\"actor\":[]"));
	cr_assert(plain_with("\"technique\":[\"T1190\",\"T1190.001\"]"));
	cr_assert(plain_with("\"releasable_to\":[\"US\",\"nobody\"]"));
	cr_assert(plain_with("\"indicators\":[ ]"));
	cr_assert(plain_with("\"fields\":{ }"));
	cr_assert(plain_with("\"origin\":{\"feed\":\"f\"}"));
}

Test(canonical_plain, reads_the_numbers_that_are_exact)
{
	cr_assert(plain_with("\"fields\":{\"a\":0,\"b\":-1,\"c\":1.5,\"d\":-0,"
			     "\"e\":999999999999999,\"f\":0.1}"));
	cr_assert(not(plain_with("\"fields\":{\"a\":9999999999999999}")));
	cr_assert(not(plain_with("\"fields\":{\"a\":1e3}")));
}

Test(canonical_plain, leaves_what_is_not_plain_to_the_strict_reader)
{
	static const char *const more[] = {
		"\"actor\":\"caf\xc3\xa9\"",
		"\"actor\":\"a\\u0041\"",
		"\"actor\":\"a\x7f\"",
		"\"actor\":null",
		"\"unknown\":1",
		"\"sensor\":\"again\"",
		"\"country\":\"XK\"",
		"\"country\":\"Morocco\"",
		"\"severity\":11",
		"\"severity\":5.0",
		"\"severity\":05",
		"\"severity\":-5",
		"\"fields\":{\"a\":1,\"a\":2}",
		"\"fields\":{\"a\":null}",
		"\"fields\":{\"a\":01}",
		"\"fields\":{\"a\":1.}",
		"\"fields\":{\"a\":.5}",
		"\"fields\":{\"a\":-}",
		"\"fields\":{\"a\":tru}",
		"\"fields\":{\"a\":[]}",
		"\"fields\":{\"\":1}",
		"\"fields\":{\"a\":1,}",
		"\"actor\":[\"a\",]",
		"\"actor\":[\"a\"",
		"\"origin\":{\"id\":\"x\"}",
		"\"origin\":{}",
	};

	static const char *const whole[] = {
		"{}",	       "[]",	 "{",	       "{" BASE "} x",
		"{" BASE ",}", "{" BASE, "{" BASE "}{"};

	for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
		cr_assert(not(plain_with(more[i])), "%s", more[i]);
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		cr_assert(not(plain(whole[i])), "%s", whole[i]);
}

/* What was learned of the record before is a guess, and may be wrong. */
Test(canonical_plain, a_record_is_read_for_itself_whatever_came_before)
{
	cr_assert(plain_with("\"severity\":5,\"count\":2,"
			     "\"fields\":{\"a\":1,\"b\":2,\"c\":3}"));
	cr_assert(plain_with("\"severity\": 5 , \"count\" :2,"
			     "\"fields\":{ \"c\" :3,\"a\": 1}"));
	cr_assert(eq(int, event.n_field, 2));
	cr_assert(vg_slice_eq(event.field[0].name, vg_slice_of("c")));
	cr_assert(not(plain_with("\"count\":2,\"severity\":5,\"count\":2")));
	cr_assert(not(plain_with("\"fields\":{\"a\":1,\"b\":2,\"a\":1}")));
	cr_assert(not(plain_with("\"fields\":{\"b\":1,\"c\":2,\"b\":1}")));
	cr_assert(not(plain_with("\"severity\":5\"count\":2")));
	cr_assert(not(plain_with("\"severity\":5,,\"count\":2")));
	cr_assert(plain_with("\"severity\":5,\"count\":2"));
}

/* Any event, whole and changed in some bytes: what is read here is read there
 * to the same. */
Test(canonical_plain, says_of_any_record_what_the_strict_reader_says)
{
	static char text[MUTATE_ROOM];
	unsigned n_plain = 0, n_changed = 0;
	struct vg_buf b = {0};

	for (int i = 0; i < 60000; i++) {
		gen_event(&b);
		n_plain += is_plain_event(b.p, b.n);
		if (b.n > MUTATE_ROOM)
			continue;
		memcpy(text, b.p, b.n);
		n_changed += is_plain_event(text, mutate_bytes(text, b.n));
	}
	/* Both ways were gone. */
	cr_assert(n_plain > 5000 && n_plain < 55000, "%u plain", n_plain);
	cr_assert(n_changed > 1000, "%u of the changed plain", n_changed);
	vg_buf_term(&b);
}
