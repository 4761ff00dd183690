#include "core/exercise.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const char TEXT[] =
	"partners:\n"
	"  - {id: MA, country: MA, slot: 0}\n"
	"  - {id: US-CYBER, country: US, slot: 3, topic: x}\n"
	"caveats: [MA+US-CYBER]\n"
	"kafka: {brokers: \"127.0.0.1:9092\", group: g}\n"
	"hash_key_file: key\n";

static struct vg_config *parse(void)
{
	struct vg_config *c = NULL;
	struct vg_err err = {.text = ""};

	cr_assert(eq(int, vg_config_parse(&c, "t", TEXT, strlen(TEXT), &err),
		     VG_OK),
		  "%s", err.text);
	return c;
}

static struct vg_config *turned(void)
{
	struct vg_config *c = parse();
	struct vg_err err = {.text = ""};

	cr_assert(eq(int, vg_config_exercise(c, "x1", &err), VG_OK), "%s",
		  err.text);
	return c;
}

static struct vg_audiences *audiences_of(const struct vg_config *c)
{
	struct vg_audiences *a = NULL;
	struct vg_err err;

	cr_assert(eq(int, vg_audiences_new(&a, c, &err), VG_OK));
	return a;
}

Test(exercise, has_topics_a_group_and_a_database_of_its_own)
{
	struct vg_config *c = turned();

	cr_assert(eq(str, c->partners[0].topic, "exercise.x1.ma"));
	cr_assert(eq(str, c->partners[1].topic, "exercise.x1.us-cyber"));
	cr_assert(eq(str, c->kafka_dead_prefix, "exercise.x1.dead."));
	cr_assert(eq(str, c->kafka_group, "g-exercise-x1"));
	cr_assert(eq(i64, c->redis_database, 1));
	cr_assert(not(c->silence_alerts));
	vg_config_free(c);
}

Test(exercise, limit_a_name_of_24_is_taken_and_of_25_is_not)
{
	static const char *const bad[] = {
		"", "X", "a.b", "a b", "a/b", "abcdefghijklmnopqrstuvwxy"};
	struct vg_config *c = parse();
	struct vg_err err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert(
			eq(int, vg_config_exercise(c, bad[i], &err), VG_INVAL));
	cr_assert(not(c->is_exercise));
	cr_assert(eq(int,
		     vg_config_exercise(c, "abcdefghijklmnopqrstuvw-", &err),
		     VG_OK));
	vg_config_free(c);
}

Test(exercise, is_refused_where_the_configuration_allows_none)
{
	struct vg_config *c = parse();
	struct vg_err err;

	c->exercise_database = 0;
	cr_assert(eq(int, vg_config_exercise(c, "x1", &err), VG_INVAL));
	cr_assert(eq(str, c->partners[0].topic, "alerts.ma"));
	vg_config_free(c);
}

Test(exercise, law3_whoever_an_event_names_the_exercise_alone_sees_it)
{
	struct vg_config *c = turned();
	struct vg_audiences *a = audiences_of(c);
	const uint64_t both = UINT64_C(1) << 0 | UINT64_C(1) << 3;

	for (int label = 0; label < VG_TLP_COUNT; label++) {
		for (int narrowed = 0; narrowed < 2; narrowed++) {
			bool undeclared;
			uint16_t aud = vg_audience_at(
				a,
				vg_audience_of(a, 3, (enum vg_tlp)label,
					       narrowed == 1, both,
					       &undeclared),
				0);

			for (unsigned slot = 0; slot < 64; slot++)
				cr_assert(eq(int,
					     vg_audience_sees(a, aud, slot),
					     slot == VG_SLOT_EXERCISE),
					  "label %d, slot %u", label, slot);
			cr_assert(eq(int, vg_audience_label(aud), label));
		}
	}
	cr_assert(eq(sz, vg_class_count(a), 1));
	cr_assert(eq(str, (char *)vg_class_name(a, 0), "exercise"));
	cr_assert(eq(int, vg_class_of(a, VG_SLOT_EXERCISE), 0));
	cr_assert(eq(int, vg_class_of(a, VG_SLOT_COALITION), -1));
	vg_audiences_free(a);
	vg_config_free(c);
}

Test(exercise, law3_its_audiences_are_unknown_to_what_is_real)
{
	struct vg_config *c = turned(), *real = parse();
	struct vg_audiences *a = audiences_of(c), *b = audiences_of(real);

	for (size_t i = 0; i < vg_audience_count(a); i++) {
		struct vg_slice key =
			vg_slice_of(vg_audience_key(a, (uint16_t)i));
		uint16_t found;

		cr_assert(not(vg_audience_find(b, key, &found)), "%.*s",
			  (int)key.n, key.p);
	}
	cr_assert(eq(int, vg_class_of(b, VG_SLOT_EXERCISE), -1));
	cr_assert(eq(int, vg_config_viewer(real, vg_slice_of("exercise")), -1));
	vg_audiences_free(a);
	vg_audiences_free(b);
	vg_config_free(c);
	vg_config_free(real);
}
