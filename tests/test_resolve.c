#include "ingest/resolve.h"

#include "core/config.h"
#include "core/geo.h"
#include "lexicon_fix.h"
#include "verify/names.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct vg_config cfg;
static struct vg_event event;
static struct vg_resolve_memo memo;

static void start(void)
{
	cfg.lexicon = open_lexicon(VG_VOCABULARY);
}

static void finish(void)
{
	vg_lexicon_close(cfg.lexicon);
}

TestSuite(resolve, .init = start, .fini = finish);

static void name(const char *text, int confidence)
{
	event.actor[event.n_actor++] =
		(struct vg_actor){vg_slice_of(text), confidence};
}

/* Resolve as ingest does; the oracle must make the same of it. */
static struct vg_resolve_notes resolve(void)
{
	struct vg_event other = event;
	struct vg_names_notes o = vg_names_apply(&cfg, &other);
	struct vg_resolve_notes n = vg_resolve_event(&cfg, &memo, &event);

	cr_assert(eq(uint, n.ambiguous, (unsigned)o.ambiguous));
	cr_assert(eq(uint, n.unlisted, (unsigned)o.unlisted));
	cr_assert(eq(uint, n.by_address, (unsigned)o.by_address));
	cr_assert(eq(uint, event.n_actor, other.n_actor));
	for (unsigned i = 0; i < event.n_actor; i++) {
		cr_assert(
			vg_slice_eq(event.actor[i].name, other.actor[i].name));
		cr_assert(eq(int, event.actor[i].confidence,
			     other.actor[i].confidence));
	}
	cr_assert(vg_slice_eq(event.source_country, other.source_country));
	return n;
}

#define ACTOR(i, text)                                                         \
	cr_assert(vg_slice_eq(event.actor[i].name, vg_slice_of(text)))

Test(resolve, two_spellings_of_one_actor_count_once)
{
	name("Fancy Bear", 20);
	name("sofacy", 70);
	name("Silent Heron", -1);
	name("APT28", -1);
	cr_assert(eq(uint, resolve().ambiguous, 0));
	cr_assert(eq(uint, event.n_actor, 2));
	ACTOR(0, "APT28");
	cr_assert(eq(int, event.actor[0].confidence, 70));
	ACTOR(1, "Silent Heron");
}

/* What is remembered of a name is what would be found again. */
Test(resolve, a_name_asked_for_again_among_many_says_the_same)
{
	static char text[600][24];

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 600; i++) {
			event.n_actor = 0;
			(void)snprintf(text[i], sizeof text[i], "%s %d",
				       i % 3 == 0 ? "APT" : "Actor", i / 3);
			name(text[i], -1);
			name(i % 2 ? "Fancy Bear" : "sofacy", -1);
			(void)resolve();
			/* "APT 28" is one of the many. */
			ACTOR(event.n_actor - 1, "APT28");
		}
}

Test(resolve, a_name_of_39_bytes_and_one_of_40_say_the_same_again)
{
	for (int round = 0; round < 2; round++) {
		event.n_actor = 0;
		name("nobody whose name is of thirty-nine by.", -1);
		name("nobody whose name is of forty bytes now.", -1);
		(void)resolve();
		ACTOR(0, "nobody whose name is of thirty-nine by.");
		ACTOR(1, "nobody whose name is of forty bytes now.");
	}
}

Test(resolve, rival_attributions_stay_side_by_side)
{
	name("APT28", -1);
	name("APT1", -1);
	(void)resolve();
	cr_assert(eq(uint, event.n_actor, 2));
}

Test(resolve, an_ambiguous_name_is_noted_once_and_stays)
{
	name("NOBELIUM", -1);
	name("nobelium", -1);
	cr_assert(eq(uint, resolve().ambiguous, 1));
	cr_assert(eq(uint, event.n_actor, 1));
	ACTOR(0, "Nobelium");
}

Test(resolve, an_unlisted_technique_is_kept_and_noted)
{
	event.technique[event.n_technique++] = vg_slice_of("T1059");
	event.technique[event.n_technique++] = vg_slice_of("T9999");
	cr_assert(eq(uint, resolve().unlisted, 1));
	cr_assert(eq(uint, event.n_technique, 2));
}

Test(resolve, without_files_nothing_changes)
{
	vg_lexicon_close(cfg.lexicon);
	cfg.lexicon = NULL;
	name("Fancy Bear", 1);
	event.technique[event.n_technique++] = vg_slice_of("T9999");
	struct vg_resolve_notes n = resolve();
	cr_assert(eq(uint, n.ambiguous + n.unlisted + n.by_address, 0));
	ACTOR(0, "Fancy Bear");
}

Test(resolve, tells_public_addresses_from_others)
{
	const char *public[] = {
		"8.8.8.8",    "1.0.0.1",	"223.255.255.255",
		"100.63.0.1", "100.128.0.1",	"172.15.0.1",
		"172.32.0.1", "::ffff:8.8.8.8", "2a00:1450:4001::1"};
	const char *other[] = {"",
			       "x",
			       "10.0.0.1",
			       "127.0.0.1",
			       "169.254.1.1",
			       "172.16.0.1",
			       "172.31.0.1",
			       "192.168.1.1",
			       "100.64.0.1",
			       "192.0.2.1",
			       "198.51.100.1",
			       "203.0.113.9",
			       "224.0.0.1",
			       "255.255.255.255",
			       "0.0.0.0",
			       "::1",
			       "fe80::1",
			       "fc00::1",
			       "2001:db8::1",
			       "::ffff:10.0.0.1",
			       "8.8.8.8/32",
			       "08.8.8.8"};

	for (size_t i = 0; i < sizeof public / sizeof public[0]; i++)
		cr_expect(vg_geo_is_public(vg_slice_of(public[i])), "%s",
			  public[i]);
	for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
		cr_expect(not(vg_geo_is_public(vg_slice_of(other[i]))), "%s",
			  other[i]);
}

Test(resolve, refuses_a_geo_file_that_is_none)
{
	struct vg_geo *g = NULL;
	struct vg_err err = {0};

	cr_assert(vg_geo_open(&g, "/nowhere.mmdb", &err) == VG_INVAL);
	cr_assert(vg_geo_open(&g, VG_VOCABULARY, &err) == VG_INVAL);
	cr_assert(strstr(err.text, "vocabulary.geo_file") != NULL);
}

static void field(const char *text)
{
	event.field[event.n_field++] = (struct vg_field){
		.name = vg_slice_of("source.ip"), .text = vg_slice_of(text)};
}

Test(resolve, an_address_gives_the_source_country_where_none_is_given)
{
	const char *path = getenv("VIGIE_GEO");

	if (path == NULL)
		path = VG_GEO;
	if (access(path, R_OK) != 0)
		cr_skip_test("no file of address ranges");
	cr_assert(vg_geo_open(&cfg.geo, path, NULL) == VG_OK);
	field("10.0.0.1");
	field("193.0.6.139"); /* the registry of Europe, in Amsterdam */
	cr_assert(eq(uint, resolve().by_address, 1));
	cr_assert(vg_slice_eq(event.source_country, vg_slice_of("NL")));
	event.source_country = vg_slice_of("FR");
	cr_assert(eq(uint, resolve().by_address, 0));
	cr_assert(vg_slice_eq(event.source_country, vg_slice_of("FR")));
	vg_geo_close(cfg.geo);
	cfg.geo = NULL;
}
