/* The oracle's reading of the event format against ingest's decoder. */
#include "event_gen.h"
#include "event_seeds.h"
#include "second_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { DAMAGED = 50000, GENERATED = 50000, BOTH = 20000 };

static struct two_readers two;
static unsigned seen[VG_SECOND_ASIDE]; /* by kind */

static void open_both(void)
{
	cr_assert(two_readers_open(&two));
}

static void close_both(void)
{
	two_readers_close(&two);
}

TestSuite(second, .init = open_both, .fini = close_both, .timeout = 120);

static void agree_on(const char *p, size_t n)
{
	const char *differs = two_readings(&two, p, n);

	cr_assert(differs == NULL, "%s (%s): %.*s", differs,
		  vg_verdict_name(two.decoded.verdict), (int)n, p);
	seen[two.kind]++;
}

static enum vg_second_kind read_text(const char *s)
{
	agree_on(s, strlen(s));
	return two.kind;
}

/* Every kind was met often, or the test shows little. */
static void met(unsigned events, unsigned controls, unsigned rejected)
{
	cr_assert(ge(uint, seen[VG_SECOND_EVENT], events));
	cr_assert(ge(uint, seen[VG_SECOND_CONTROL], controls));
	cr_assert(ge(uint, seen[VG_SECOND_REJECTED], rejected));
}

Test(second, reads_what_ingest_reads_of_each_seed)
{
	for (size_t i = 0; i < EVENT_SEEDS; i++)
		(void)read_text(event_seed[i]);
	met(20, 1, 5);
}

Test(second, gives_defaults_and_leaves_the_rest_absent)
{
	const struct vg_event *e = &two.second.event;

	cr_assert(eq(int, read_text(SEED_HEAD "}"), VG_SECOND_EVENT));
	cr_assert(vg_slice_eq(e->id, vg_slice_of("q-1")));
	cr_assert(eq(i64, e->time_ms, 1767323045000));
	cr_assert(e->severity == 5 && e->confidence == 50 && e->count == 1);
	cr_assert(e->sensor_kind == -1 && e->sector == -1);
	cr_assert(e->country.p == NULL && e->partner.p == NULL);
	cr_assert(not(e->has_label));
}

Test(second, keeps_the_larger_confidence_of_one_actor)
{
	const struct vg_event *e = &two.second.event;

	cr_assert(eq(int,
		     read_text(SEED_HEAD
			       ",\"actor\":[{\"name\":\"A\",\"confidence\":"
			       "3},\"A\",{\"name\":\"A\",\"confidence\":8},"
			       "{\"name\":\"A\",\"confidence\":5}]}"),
		     VG_SECOND_EVENT));
	cr_assert(eq(uint, e->n_actor, 1));
	cr_assert(eq(int, e->actor[0].confidence, 8));
}

Test(second, takes_xk_as_a_source_only)
{
	cr_assert(eq(int, read_text(SEED_HEAD ",\"source_country\":\"XK\"}"),
		     VG_SECOND_EVENT));
	cr_assert(eq(int, read_text(SEED_HEAD ",\"country\":\"XK\"}"),
		     VG_SECOND_REJECTED));
}

Test(second, reads_a_country_in_any_spelling)
{
	cr_assert(eq(int, read_text(SEED_HEAD ",\"source_country\":\"UK\"}"),
		     VG_SECOND_EVENT));
	cr_assert(eq(int, read_text(SEED_HEAD ",\"source_country\":\"EU\"}"),
		     VG_SECOND_EVENT));
	cr_assert(eq(int, read_text(SEED_HEAD ",\"country\":\"EU\"}"),
		     VG_SECOND_REJECTED));
	cr_assert(eq(int, read_text(SEED_HEAD ",\"country\":\"QQ\"}"),
		     VG_SECOND_REJECTED));
}

Test(second, knows_a_control_record)
{
	cr_assert(eq(int, read_text("{\"recall\":{}}"), VG_SECOND_CONTROL));
	cr_assert(eq(int, read_text("{\"recall\":{},\"id\":null}"),
		     VG_SECOND_CONTROL));
	cr_assert(eq(int, read_text("{\"recall\":null}"), VG_SECOND_REJECTED));
	cr_assert(eq(int, read_text("{\"recall\":{},\"id\":\"x\"}"),
		     VG_SECOND_REJECTED));
	/* Not one: its form is wrong. */
	cr_assert(eq(int, read_text("{\"recall\":1e999}"), VG_SECOND_REJECTED));
	/* Nor this: a whole event comes first. */
	cr_assert(eq(int, read_text(SEED_HEAD ",\"recall\":{}}"),
		     VG_SECOND_EVENT));
}

Test(second, knows_a_canary)
{
	cr_assert(eq(int, read_text("{\"canary\":{\"time\":1700000000}}"),
		     VG_SECOND_CANARY));
	cr_assert(eq(int,
		     read_text("{\"canary\":{\"time\":1,\"x\":2},\"y\":3}"),
		     VG_SECOND_CANARY));
	cr_assert(eq(int, read_text("{\"canary\":{}}"), VG_SECOND_REJECTED));
	cr_assert(eq(int, read_text("{\"canary\":{\"time\":\"now\"}}"),
		     VG_SECOND_REJECTED));
	cr_assert(eq(int, read_text("{\"canary\":5}"), VG_SECOND_REJECTED));
	cr_assert(eq(int, read_text("{\"canary\":{\"time\":1},\"recall\":{}}"),
		     VG_SECOND_CONTROL));
	cr_assert(eq(int, read_text("{\"canary\":{\"time\":1},\"id\":\"x\"}"),
		     VG_SECOND_REJECTED));
	cr_assert(eq(int, read_text(SEED_HEAD ",\"canary\":{\"time\":1}}"),
		     VG_SECOND_EVENT));
}

Test(second, takes_65536_bytes_and_not_one_more)
{
	static char text[VG_RECORD_MAX + 1];
	const char *event = SEED_HEAD "}";

	memset(text, ' ', sizeof text);
	memcpy(text, event, strlen(event));
	agree_on(text, VG_RECORD_MAX);
	cr_assert(eq(int, two.kind, VG_SECOND_EVENT));
	agree_on(text, VG_RECORD_MAX + 1);
	cr_assert(eq(int, two.kind, VG_SECOND_REJECTED));
	agree_on("", 0);
	cr_assert(eq(int, two.kind, VG_SECOND_REJECTED));
}

/* A number longer than cJSON reads whole. */
Test(second, reads_a_long_number_to_its_end)
{
	struct vg_buf b = {0};

	vg_buf_str(&b, SEED_HEAD ",\"fields\":{\"-1\\\"2\":\"0.");
	for (int i = 0; i < 70; i++)
		vg_buf_str(&b, "0");
	vg_buf_str(&b, "\",\"x\":0.");
	for (int i = 0; i < 200; i++)
		vg_buf_str(&b, "0");
	vg_buf_str(&b, "25e201}}");
	agree_on(b.p, b.n);
	cr_assert(eq(int, two.kind, VG_SECOND_EVENT));
	cr_assert(eq(uint, two.second.event.n_field, 2));
	cr_assert(eq(dbl, two.second.event.field[1].number, 2.5));
	vg_buf_term(&b);
}

Test(second, agrees_with_ingest_on_50000_damaged_records)
{
	static char text[MUTATE_ROOM];

	for (unsigned i = 0; i < DAMAGED; i++) {
		const char *from = event_seed[i % EVENT_SEEDS];
		size_t n = strlen(from);

		memcpy(text, from, n);
		for (unsigned k = below(2) + 1; k > 0; k--)
			n = mutate_bytes(text, n);
		agree_on(text, n);
	}
	met(DAMAGED / 10, DAMAGED / 200, DAMAGED / 10);
}

Test(second, agrees_with_ingest_on_50000_events_made_of_right_and_wrong_values)
{
	struct vg_buf b = {0};

	for (unsigned i = 0; i < GENERATED; i++) {
		gen_event(&b);
		cr_assert(not(b.failed));
		agree_on(b.p, b.n);
	}
	vg_buf_term(&b);
	met(GENERATED / 10, GENERATED / 500, GENERATED / 10);
}

Test(second, agrees_with_ingest_on_20000_made_events_damaged)
{
	static char text[MUTATE_ROOM];
	struct vg_buf b = {0};

	for (unsigned i = 0; i < BOTH; i++) {
		gen_event(&b);
		if (b.n > MUTATE_ROOM)
			continue;
		memcpy(text, b.p, b.n);
		size_t n = mutate_bytes(text, b.n);
		agree_on(text, n);
	}
	vg_buf_term(&b);
	met(BOTH / 20, BOTH / 1000, BOTH / 10);
}
