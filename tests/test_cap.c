#include "aggregate/cap.h"
#include "lexicon_fix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static const uint8_t KEY[VG_HASH_KEY] = {1, 2, 3};

static uint64_t hash(unsigned agg, const char *values)
{
	return vg_cap_hash(KEY, agg, vg_slice_of(values));
}

Test(cap, vocabulary_is_exempt_and_a_pair_is_capped_when_either_half_is)
{
	static const bool capped[VG_AGG_SERIES_N] = {
		[VG_AGG_SENSOR] = true,		[VG_AGG_ACTOR] = true,
		[VG_AGG_TECHNIQUE] = true,	[VG_AGG_ACTOR_COUNTRY] = true,
		[VG_AGG_TECHNIQUE_PAIR] = true,
	};

	for (unsigned i = 0; i < VG_AGG_SERIES_N; i++)
		cr_expect(eq(int, vg_cap_applies(i), capped[i]), "%s",
			  vg_series_info(i)->name);
	cr_assert(not(vg_cap_applies(VG_AGG_ACCOUNT)));
	cr_assert(not(vg_cap_applies(VG_AGG_TRACK_0)));
}

Test(cap, the_hash_depends_on_key_aggregate_and_values)
{
	static const uint8_t other[VG_HASH_KEY] = {1, 2, 4};

	cr_assert(eq(u64, hash(VG_AGG_ACTOR, "APT1"),
		     hash(VG_AGG_ACTOR, "APT1")));
	cr_assert(ne(u64, hash(VG_AGG_ACTOR, "APT1"),
		     hash(VG_AGG_ACTOR, "APT2")));
	cr_assert(ne(u64, hash(VG_AGG_ACTOR, "x"), hash(VG_AGG_SENSOR, "x")));
	cr_assert(ne(u64, hash(VG_AGG_ACTOR, "x"),
		     vg_cap_hash(other, VG_AGG_ACTOR, vg_slice_of("x"))));
}

Test(cap, is_the_siphash_of_name_separator_and_values)
{
	static const char text[] = "actor\x1f"
				   "APT1";

	cr_assert(eq(u64, hash(VG_AGG_ACTOR, "APT1"),
		     vg_hash64(KEY, text, sizeof text - 1)));
}

Test(cap, the_longest_value_all_escaped_fits)
{
	struct vg_buf field = {.n = 0};
	char actor[VG_ACTOR_MAX];

	memset(actor, 0x1f, sizeof actor);
	vg_field_pack(&field, (struct vg_slice){actor, sizeof actor});
	vg_field_pack(&field, vg_slice_of("MA"));
	cr_assert(eq(sz, field.n, 2 * VG_ACTOR_MAX + 3));
	cr_assert(le(sz, field.n, VG_CAP_VALUES_MAX));
	vg_cap_hash(KEY, VG_AGG_ACTOR_COUNTRY,
		    (struct vg_slice){field.p, (uint32_t)field.n});
	vg_buf_term(&field);
}

Test(cap, a_value_folds_within_its_audience_and_country)
{
	struct vg_buf out = {.n = 0};

	vg_cap_other(&out, vg_slice_of("A#MA+US\x1f"
				       "APT1"));
	cr_assert(eq(str, out.p, "A#MA+US\x1f~other"));
	vg_buf_reset(&out);
	vg_cap_other(&out, vg_slice_of("G*\x1f"
				       "APT1\x1fMA"));
	cr_assert(eq(str, out.p, "G*\x1f~other\x1fMA"));
	vg_buf_term(&out);
}

Test(cap, tells_the_rest_from_values_that_look_like_it)
{
	struct vg_buf packed = {.n = 0};

	cr_assert(vg_cap_is_other(vg_slice_of("~other")));
	cr_assert(vg_cap_is_other(vg_slice_of("~other\x1fMA")));
	cr_assert(not(vg_cap_is_other(vg_slice_of("~others"))));
	cr_assert(not(vg_cap_is_other(vg_slice_of("~othe"))));
	vg_field_pack(&packed, vg_slice_of("~other"));
	cr_assert(not(vg_cap_is_other(
		(struct vg_slice){packed.p, (uint32_t)packed.n})));
	vg_buf_term(&packed);
}

Test(cap, what_a_quota_left_without_a_name_is_exempt_and_no_rest)
{
	static const char pair[] = VG_PAST "\x1fMA";

	cr_assert(vg_cap_is_past(vg_slice_of(VG_PAST)));
	cr_assert(vg_cap_is_past(vg_slice_of(pair)));
	cr_assert(not(vg_cap_is_past(vg_slice_of(VG_PAST "s"))));
	cr_assert(not(vg_cap_is_other(vg_slice_of(VG_PAST))));
	cr_assert(vg_cap_exempt(NULL, VG_AGG_ACTOR, vg_slice_of(VG_PAST)));
	cr_assert(vg_cap_exempt(NULL, VG_AGG_SENSOR, vg_slice_of(VG_PAST)));
	cr_assert(vg_cap_exempt(NULL, VG_AGG_ACTOR_COUNTRY, vg_slice_of(pair)));
}

Test(cap, known_actors_and_listed_techniques_are_exempt_alone_and_in_a_pair)
{
	static const struct {
		unsigned agg;
		const char *values;
		bool exempt;
	} row[] = {
		{VG_AGG_ACTOR, "APT28", true},
		{VG_AGG_ACTOR, "Fancy Bear", false}, /* not canonical */
		{VG_AGG_ACTOR, "apt28", false},
		{VG_AGG_ACTOR,
		 "\x1b\x01"
		 "APT28",
		 false},
		{VG_AGG_ACTOR, "nobody knows it", false},
		{VG_AGG_ACTOR, "", false},
		{VG_AGG_ACTOR, VG_OTHER, false},
		{VG_AGG_ACTOR, "T1190", false},
		{VG_AGG_ACTOR_COUNTRY, "APT28\x1fMA", true},
		{VG_AGG_ACTOR_COUNTRY, "invented\x1fMA", false},
		{VG_AGG_ACTOR_COUNTRY,
		 "MA\x1f"
		 "APT28",
		 false},
		{VG_AGG_TECHNIQUE, "T1190", true},
		{VG_AGG_TECHNIQUE, "T1059.001", true},
		{VG_AGG_TECHNIQUE, "T9999", false},
		{VG_AGG_TECHNIQUE, "APT28", false},
		{VG_AGG_TECHNIQUE_PAIR, "T1190\x1fMA", true},
		{VG_AGG_TECHNIQUE_PAIR, "T9999\x1fMA", false},
		{VG_AGG_SENSOR, "APT28", false},
	};
	struct vg_lexicon *l = open_lexicon(VG_VOCABULARY);

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct vg_slice v = vg_slice_of(row[i].values);

		cr_expect(
			eq(int, vg_cap_exempt(l, row[i].agg, v), row[i].exempt),
			"%s", row[i].values);
		cr_expect(not(vg_cap_exempt(NULL, row[i].agg, v)));
	}
	vg_lexicon_close(l);
}

Test(cap, a_name_of_several_actors_is_not_exempt)
{
	struct vg_lexicon *l = open_lexicon(VG_VOCABULARY);
	uint32_t ambiguous = 0;

	for (uint32_t i = 0; i < vg_lexicon_actors(l); i++) {
		struct vg_slice name = vg_lexicon_actor(l, i).name;
		bool one = vg_lexicon_resolve(l, name).n_actors == 1;

		ambiguous += !one;
		cr_expect(one || !vg_cap_exempt(l, VG_AGG_ACTOR, name), "%.*s",
			  (int)name.n, name.p);
	}
	cr_expect(gt(u32, ambiguous, 0));
	vg_lexicon_close(l);
}
