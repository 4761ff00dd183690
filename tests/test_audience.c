#include "core/audience.h"
#include "core/config.h"
#include "core/limits.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

enum { MA = 0, IL = 1, AE = 2, US = 3, BH = 7, SOC = VG_SLOT_COALITION };

#define BIT(slot) (UINT64_C(1) << (slot))

static const char *const CONFIG = "partners:\n"
				  "  - {id: MA, country: MA, slot: 0}\n"
				  "  - {id: US, country: US, slot: 3}\n"
				  "  - {id: IL, country: IL, slot: 1}\n"
				  "  - {id: AE, country: AE, slot: 2}\n"
				  "  - {id: BH, country: BH, slot: 7}\n"
				  "caveats: [MA+US, MA+COALITION, IL+AE+US]\n"
				  "kafka: {brokers: \"127.0.0.1:9092\"}\n"
				  "hash_key_file: key\n";

static const unsigned MEMBERS[] = {MA, IL, AE, US, BH};

static struct vg_config *cfg;
static struct vg_audiences *aud;

static void make_five_partners(void)
{
	struct vg_err err = {0};

	cr_assert(eq(int,
		     vg_config_parse(&cfg, "t", CONFIG, strlen(CONFIG), &err),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(int, vg_audiences_new(&aud, cfg, &err), VG_OK));
}

static void free_five_partners(void)
{
	vg_audiences_free(aud);
	vg_config_free(cfg);
}

TestSuite(audience, .init = make_five_partners, .fini = free_five_partners);

static uint64_t viewers(uint16_t id)
{
	uint64_t set = 0;

	for (unsigned slot = 0; slot < 64; slot++) {
		if (vg_audience_sees(aud, id, slot))
			set |= BIT(slot);
	}
	return set;
}

/* An event of `origin` without releasable_to. */
static uint16_t plain(unsigned origin, enum vg_tlp label)
{
	bool undeclared = true;
	uint16_t id = vg_audience_of(aud, origin, label, false, 0, &undeclared);

	cr_assert(not(undeclared));
	return id;
}

static uint16_t narrowed(unsigned origin, enum vg_tlp label, uint64_t named,
			 bool want_undeclared)
{
	bool undeclared = !want_undeclared;
	uint16_t id =
		vg_audience_of(aud, origin, label, true, named, &undeclared);

	cr_assert(eq(int, undeclared, want_undeclared));
	return id;
}

static void is_key(uint16_t id, const char *key)
{
	cr_assert(eq(str, (char *)vg_audience_key(aud, id), (char *)key));
}

static uint64_t all(void)
{
	return BIT(MA) | BIT(IL) | BIT(AE) | BIT(US) | BIT(BH) | BIT(SOC);
}

Test(audience, shows_clear_to_all_members_and_the_public)
{
	uint16_t id = plain(MA, VG_TLP_CLEAR);

	is_key(id, "C*");
	cr_assert(eq(u64, viewers(id), all() | BIT(VG_SLOT_PUBLIC)));
}

Test(audience, shows_green_and_amber_to_all_members)
{
	is_key(plain(US, VG_TLP_GREEN), "G*");
	is_key(plain(US, VG_TLP_AMBER), "A*");
	cr_assert(eq(u64, viewers(plain(US, VG_TLP_GREEN)), all()));
	cr_assert(eq(u64, viewers(plain(US, VG_TLP_AMBER)), all()));
}

Test(audience, keeps_strict_and_unnamed_red_with_the_originator)
{
	is_key(plain(BH, VG_TLP_STRICT), "S7");
	is_key(plain(BH, VG_TLP_RED), "R7");
	cr_assert(eq(u64, viewers(plain(BH, VG_TLP_STRICT)), BIT(BH)));
	cr_assert(eq(u64, viewers(plain(BH, VG_TLP_RED)), BIT(BH)));
}

Test(audience, keeps_strict_with_the_originator_whoever_is_named)
{
	is_key(narrowed(MA, VG_TLP_STRICT, BIT(US), false), "S0");
	is_key(narrowed(MA, VG_TLP_STRICT, all(), false), "S0");
}

Test(audience, shows_red_to_the_originator_and_those_named)
{
	uint16_t id = narrowed(MA, VG_TLP_RED, BIT(US), false);

	is_key(id, "R#MA+US");
	cr_assert(eq(u64, viewers(id), BIT(MA) | BIT(US)));
	is_key(narrowed(US, VG_TLP_RED, BIT(MA) | BIT(US), false), "R#MA+US");
}

Test(audience, narrows_every_other_label_to_a_declared_caveat)
{
	is_key(narrowed(MA, VG_TLP_CLEAR, BIT(US), false), "C#MA+US");
	is_key(narrowed(US, VG_TLP_GREEN, BIT(MA), false), "G#MA+US");
	is_key(narrowed(AE, VG_TLP_AMBER, BIT(IL) | BIT(US), false),
	       "A#IL+AE+US");
	cr_assert(eq(u64, viewers(narrowed(MA, VG_TLP_CLEAR, BIT(US), false)),
		     BIT(MA) | BIT(US)));
}

Test(audience, shows_a_caveat_to_the_coalition_only_when_it_names_it)
{
	uint16_t with = narrowed(MA, VG_TLP_AMBER, BIT(SOC), false);
	uint16_t without = narrowed(MA, VG_TLP_AMBER, BIT(US), false);

	is_key(with, "A#MA+COALITION");
	cr_assert(eq(u64, viewers(with), BIT(MA) | BIT(SOC)));
	cr_assert(not(vg_audience_sees(aud, without, SOC)));
}

Test(audience, narrowed_to_nobody_is_the_originator_alone)
{
	is_key(narrowed(MA, VG_TLP_CLEAR, 0, false), "C0");
	is_key(narrowed(MA, VG_TLP_GREEN, BIT(MA), false), "G0");
	is_key(narrowed(MA, VG_TLP_AMBER, 0, false), "A0");
	is_key(narrowed(MA, VG_TLP_RED, 0, false), "R0");
	cr_assert(eq(u64, viewers(narrowed(MA, VG_TLP_CLEAR, 0, false)),
		     BIT(MA)));
}

Test(audience, fails_closed_when_a_set_is_not_declared)
{
	is_key(narrowed(MA, VG_TLP_AMBER, BIT(IL), true), "A0");
	is_key(narrowed(MA, VG_TLP_RED, BIT(IL), true), "R0");
	/* Part of a caveat, and more than a caveat. */
	is_key(narrowed(IL, VG_TLP_GREEN, BIT(AE), true), "G1");
	is_key(narrowed(MA, VG_TLP_CLEAR, BIT(US) | BIT(BH), true), "C0");
	/* Everyone by name is a set like another: nobody declared it. */
	is_key(narrowed(MA, VG_TLP_GREEN, all(), true), "G0");
}

Test(audience, forgets_named_slots_without_a_member)
{
	uint64_t nobody = BIT(40) | BIT(VG_SLOT_EXERCISE) | BIT(VG_SLOT_PUBLIC);

	is_key(narrowed(MA, VG_TLP_CLEAR, nobody, false), "C0");
	is_key(narrowed(MA, VG_TLP_CLEAR, BIT(US) | nobody, false), "C#MA+US");
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

Test(audience, law3_narrowing_never_widens)
{
	uint64_t state = UINT64_C(88172645463325252);
	unsigned declared = 0;

	for (int i = 0; i < 200000; i++) {
		unsigned origin = MEMBERS[next(&state) % 5];
		enum vg_tlp label = (enum vg_tlp)(next(&state) % VG_TLP_COUNT);
		/* Sparse sets too, which are likelier to be declared. */
		uint64_t named = next(&state);
		if (i % 2 == 0)
			named &= all() & next(&state);
		bool undeclared = false;
		uint16_t id = vg_audience_of(aud, origin, label, true, named,
					     &undeclared);
		uint64_t seen = viewers(id);

		cr_assert(eq(u64, seen & ~(named | BIT(origin)), 0));
		cr_assert(eq(u64,
			     seen & ~viewers(plain(origin, label)) & ~named,
			     0));
		cr_assert(ne(u64, seen & BIT(origin), 0));
		cr_assert(eq(u64, seen & BIT(VG_SLOT_PUBLIC), 0));
		cr_assert(eq(u64, seen & BIT(VG_SLOT_EXERCISE), 0));
		cr_assert(eq(int, vg_audience_label(id), label));
		if (label == VG_TLP_STRICT || undeclared)
			cr_assert(eq(u64, seen, BIT(origin)));
		declared += seen != BIT(origin);
	}
	cr_assert(gt(uint, declared, 1000), "the test saw only closed sets");
}

Test(audience, law3_nobody_sees_more_than_the_label_allows)
{
	for (uint16_t id = 0; id < vg_audience_count(aud); id++) {
		uint64_t seen = viewers(id);

		cr_assert(eq(u64, seen & ~(all() | BIT(VG_SLOT_PUBLIC)), 0));
		if (vg_audience_label(id) != VG_TLP_CLEAR)
			cr_assert(eq(u64, seen & BIT(VG_SLOT_PUBLIC), 0));
		if (vg_audience_label(id) == VG_TLP_STRICT)
			cr_assert(eq(u64, seen & (seen - 1), 0));
		if (vg_audience_label(id) == VG_TLP_RED)
			cr_assert(ne(u64, seen, all()));
	}
}

Test(audience, shows_nothing_outside_its_list_and_slots)
{
	uint16_t past = (uint16_t)vg_audience_count(aud);

	cr_assert(not(vg_audience_sees(aud, past, MA)));
	cr_assert(not(vg_audience_sees(aud, UINT16_MAX, MA)));
	cr_assert(not(vg_audience_sees(aud, 0, 64)));
	cr_assert(not(vg_audience_sees(aud, 0, 40)));
}

Test(audience, finds_every_key_that_an_event_can_have)
{
	unsigned found = 0;

	for (uint16_t id = 0; id < vg_audience_count(aud); id++) {
		const char *key = vg_audience_key(aud, id);
		uint16_t back = UINT16_MAX;
		bool can = viewers(id) != 0;

		cr_assert(eq(int,
			     vg_audience_find(aud, vg_slice_of(key), &back),
			     can),
			  "%s", key);
		if (can)
			cr_assert(eq(u16, back, id), "%s", key);
		found += can;
	}
	/* 9 sets of 5 labels, less S and R of everyone and S of 3 caveats. */
	cr_assert(eq(uint, found, 40));
}

Test(audience, does_not_find_other_keys)
{
	static const char *const KEYS[] = {
		"",	  "A",	     "*",	"X*",	"a*",	   "S*",
		"R*",	  "A**",     "A4",	"A00",	"A61",	   "A63",
		"A-1",	  "A#",	     "A#US+MA", "A#MA", "S#MA+US", "A#MA+USX",
		"A#MA+U", "A#ma+us", " A*",	"A* ",	"AMA+US",  "A#*"};
	uint16_t id = 77;

	for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
		cr_assert(not(vg_audience_find(aud, vg_slice_of(KEYS[i]), &id)),
			  "%s", KEYS[i]);
	struct vg_slice absent = {0};
	cr_assert(not(vg_audience_find(aud, absent, &id)));
	cr_assert(eq(u16, id, 77));
}

Test(audience, keeps_its_keys_when_partners_and_caveats_are_added)
{
	static const char *const AFTER =
		"partners:\n"
		"  - {id: FR, country: FR, slot: 9}\n"
		"  - {id: US, country: US, slot: 3}\n"
		"  - {id: MA, country: MA, slot: 0}\n"
		"caveats: [US+FR, US+MA]\n"
		"kafka: {brokers: \"127.0.0.1:9092\"}\n"
		"hash_key_file: key\n";
	struct vg_config *cfg2 = NULL;
	struct vg_audiences *aud2 = NULL;
	uint16_t id = 0;

	cr_assert(eq(int,
		     vg_config_parse(&cfg2, "t", AFTER, strlen(AFTER), NULL),
		     VG_OK));
	cr_assert(eq(int, vg_audiences_new(&aud2, cfg2, NULL), VG_OK));
	static const char *const KEYS[] = {"C*", "A*", "A0", "R3", "R#MA+US"};
	for (size_t i = 0; i < 5; i++) {
		cr_assert(vg_audience_find(aud2, vg_slice_of(KEYS[i]), &id));
		cr_assert(eq(str, (char *)vg_audience_key(aud2, id),
			     (char *)KEYS[i]));
	}
	/* A partner and a caveat that are gone: nobody sees their cells. */
	cr_assert(not(vg_audience_find(aud2, vg_slice_of("A1"), &id)));
	cr_assert(not(
		vg_audience_find(aud2, vg_slice_of("A#MA+COALITION"), &id)));
	vg_audiences_free(aud2);
	vg_config_free(cfg2);
}

Test(audience, has_a_class_for_each_viewer_in_slot_order)
{
	static const char *const NAMES[] = {"MA", "IL", "AE",
					    "US", "BH", "coalition"};
	static const unsigned SLOT[] = {MA, IL, AE, US, BH, SOC};

	cr_assert(eq(sz, vg_class_count(aud), 6));
	for (size_t c = 0; c < 6; c++) {
		cr_assert(eq(str, (char *)vg_class_name(aud, c),
			     (char *)NAMES[c]));
		cr_assert(eq(int, vg_class_of(aud, SLOT[c]), (int)c));
	}
	cr_assert(eq(int, vg_class_of(aud, 40), -1));
	cr_assert(eq(int, vg_class_of(aud, VG_SLOT_EXERCISE), -1));
	cr_assert(eq(int, vg_class_of(aud, VG_SLOT_PUBLIC), -1));
	cr_assert(eq(int, vg_class_of(aud, 64), -1));
}

Test(audience, law3_a_class_sees_what_its_viewers_see_and_no_other_does)
{
	for (unsigned a = 0; a < 64; a++) {
		int class = vg_class_of(aud, a);

		if (class < 0)
			continue;
		for (uint16_t id = 0; id < vg_audience_count(aud); id++)
			cr_assert(eq(int,
				     vg_class_sees(aud, (size_t) class, id),
				     vg_audience_sees(aud, id, a)));
		for (unsigned b = 0; b < a; b++) {
			bool same = true;
			for (uint16_t id = 0; id < vg_audience_count(aud); id++)
				same = same &&
				       vg_audience_sees(aud, id, a) ==
					       vg_audience_sees(aud, id, b);
			if (vg_class_of(aud, b) >= 0)
				cr_assert(eq(int, same,
					     vg_class_of(aud, b) == class));
		}
	}
}

/* `partners` and `caveats`, the latter all pairs of the former in order. */
static enum vg_rc make(size_t partners, size_t caveats, size_t *count,
		       struct vg_err *err)
{
	static struct vg_partner p[VG_PARTNERS_MAX];
	static struct vg_caveat c[VG_AUDIENCE_SETS_MAX];
	struct vg_config big = {.partners = p,
				.n_partners = partners,
				.caveats = c,
				.n_caveats = caveats};
	struct vg_audiences *a = NULL;
	size_t n = 0;

	for (unsigned i = 0; i < partners; i++) {
		(void)snprintf(p[i].id, sizeof p[i].id, "P%u", i);
		p[i].slot = i;
	}
	for (unsigned i = 0; i < partners; i++) {
		for (unsigned j = 0; j < i && n < caveats; j++, n++) {
			c[n].slots = BIT(i) | BIT(j);
			(void)snprintf(c[n].name, sizeof c[n].name, "P%u+P%u",
				       j, i);
		}
	}
	enum vg_rc rc = vg_audiences_new(&a, &big, err);
	if (rc == VG_OK)
		*count = vg_audience_count(a);
	vg_audiences_free(a);
	return rc;
}

Test(audience, holds_256_sets_and_not_one_more)
{
	struct vg_err err = {0};
	size_t count = 0;

	cr_assert(eq(int, make(61, 194, &count, &err), VG_OK));
	cr_assert(eq(sz, count, 256 * VG_TLP_COUNT));
	count = 7;
	cr_assert(eq(int, make(61, 195, &count, &err), VG_INVAL));
	cr_assert(eq(sz, count, 7));
	cr_assert(strstr(err.text, "257 audience sets") != NULL, "%s",
		  err.text);
}

Test(audience, gives_every_slot_from_0_to_60_its_set)
{
	size_t count = 0;

	cr_assert(eq(int, make(61, 0, &count, NULL), VG_OK));
	cr_assert(eq(sz, count, 62 * VG_TLP_COUNT));
}

Test(audience, frees_nothing_without_complaint)
{
	vg_audiences_free(NULL);
}

Test(tlp, names_are_found_again)
{
	for (int t = 0; t < VG_TLP_COUNT; t++) {
		char prefixed[32];
		const char *name = vg_tlp_name((enum vg_tlp)t);

		(void)snprintf(prefixed, sizeof prefixed, "TLP:%s", name);
		cr_assert(eq(int, vg_tlp_find(vg_slice_of(name)), t));
		cr_assert(eq(int, vg_tlp_find(vg_slice_of(prefixed)), t));
	}
	cr_assert(eq(str, (char *)vg_tlp_name(VG_TLP_STRICT), "AMBER+STRICT"));
}

Test(tlp, white_is_clear_and_the_rest_is_unknown)
{
	static const char *const WRONG[] = {
		"", "TLP:", "amber", "AMBER ", "TLP:TLP:RED", "RE", "REDD"};

	cr_assert(eq(int, vg_tlp_find(vg_slice_of("WHITE")), VG_TLP_CLEAR));
	cr_assert(eq(int, vg_tlp_find(vg_slice_of("TLP:WHITE")), VG_TLP_CLEAR));
	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
		cr_assert(eq(int, vg_tlp_find(vg_slice_of(WRONG[i])), -1));
}

/* AE joins at 1000, BH and US at 2000. */
static void let_some_join(void)
{
	vg_audiences_free(aud);
	for (size_t i = 0; i < cfg->n_partners; i++) {
		struct vg_partner *p = &cfg->partners[i];

		p->has_from = p->slot == AE || p->slot == BH || p->slot == US;
		p->from_ms = p->slot == AE ? 1000 : 2000;
	}
	cr_assert(eq(int, vg_audiences_new(&aud, cfg, NULL), VG_OK));
}

#define FIRST (BIT(MA) | BIT(IL) | BIT(SOC))

Test(audience, law3_a_member_sees_nothing_of_before_it_joined)
{
	let_some_join();
	uint16_t all = plain(MA, VG_TLP_AMBER);

	is_key(vg_audience_at(aud, all, INT64_MIN), "A*");
	is_key(vg_audience_at(aud, all, 999), "A*");
	is_key(vg_audience_at(aud, all, 1000), "A*@1000");
	is_key(vg_audience_at(aud, all, 1999), "A*@1000");
	is_key(vg_audience_at(aud, plain(MA, VG_TLP_GREEN), 2000), "G*@2000");
	cr_assert(eq(u64, viewers(all), FIRST));
	cr_assert(eq(u64, viewers(vg_audience_at(aud, all, 1000)),
		     FIRST | BIT(AE)));
	cr_assert(eq(u64, viewers(vg_audience_at(aud, all, 2000)),
		     FIRST | BIT(AE) | BIT(BH) | BIT(US)));
}

Test(audience, clear_is_everyones_whenever_one_joined)
{
	let_some_join();
	uint16_t clear = plain(MA, VG_TLP_CLEAR);

	is_key(vg_audience_at(aud, clear, 5000), "C*");
	cr_assert(
		eq(u64, viewers(clear),
		   FIRST | BIT(AE) | BIT(BH) | BIT(US) | BIT(VG_SLOT_PUBLIC)));
}

Test(audience, who_is_named_is_who_is_named_whenever_one_joined)
{
	let_some_join();
	uint16_t two = narrowed(MA, VG_TLP_AMBER, BIT(US), false);

	is_key(vg_audience_at(aud, two, 0), "A#MA+US");
	is_key(vg_audience_at(aud, plain(AE, VG_TLP_STRICT), 0), "S2");
}

Test(audience, keys_of_those_who_joined_are_found_after_one_is_gone)
{
	uint16_t id = 0;

	let_some_join();
	cr_assert(vg_audience_find(aud, vg_slice_of("A*@1000"), &id));
	cr_assert(eq(u64, viewers(id), FIRST | BIT(AE)));
	cr_assert(vg_audience_find(aud, vg_slice_of("G*@1500"), &id));
	is_key(id, "G*@1000");
	cr_assert(vg_audience_find(aud, vg_slice_of("A*@-5"), &id));
	is_key(id, "A*");
	cr_assert(not(vg_audience_find(aud, vg_slice_of("C*@1000"), &id)));
	cr_assert(not(vg_audience_find(aud, vg_slice_of("R*@1000"), &id)));
	cr_assert(not(vg_audience_find(aud, vg_slice_of("A*@"), &id)));
	cr_assert(not(vg_audience_find(aud, vg_slice_of("A*@1x"), &id)));
	cr_assert(not(vg_audience_find(aud, vg_slice_of("A*@-"), &id)));
	cr_assert(not(vg_audience_find(
		aud, vg_slice_of("A*@99999999999999999999"), &id)));
}

Test(audience, a_set_of_viewers_is_who_they_are)
{
	let_some_join();
	is_key(vg_audience_of_viewers(aud, MA, VG_TLP_AMBER, FIRST), "A*");
	is_key(vg_audience_of_viewers(aud, MA, VG_TLP_GREEN, FIRST | BIT(AE)),
	       "G*@1000");
	is_key(vg_audience_of_viewers(aud, MA, VG_TLP_AMBER, UINT64_MAX),
	       "A*@2000");
	is_key(vg_audience_of_viewers(aud, MA, VG_TLP_CLEAR, UINT64_MAX), "C*");
	is_key(vg_audience_of_viewers(aud, MA, VG_TLP_RED, BIT(US)), "R#MA+US");
	is_key(vg_audience_of_viewers(aud, MA, VG_TLP_AMBER, BIT(AE)), "A0");
	is_key(vg_audience_of_viewers(aud, MA, VG_TLP_STRICT, UINT64_MAX),
	       "S0");
}
