#include "fmt_fix.h"

#include "ingest/fmt_stix.h"

static void init(void)
{
	make_format("stix");
}

TestSuite(fmt_stix, .init = init, .fini = free_scratch);

#define BUNDLE(objects)                                                        \
	"{'type':'bundle','id':'bundle--1','objects':[" objects "]}"
#define SIGHTING(id, more)                                                     \
	"{'type':'sighting','id':'sighting--" id "',"                          \
	"'first_seen':'2026-01-02T03:04:05Z',"                                 \
	"'sighting_of_ref':'indicator--1'" more "}"
#define INDICATOR(more) "{'type':'indicator','id':'indicator--1'" more "}"
#define IDENTITY	"{'type':'identity','id':'identity--1','name':'Beta'}"

static const char WHOLE[] =
	BUNDLE(INDICATOR(",'name':'Bad','indicator_types':["
			 "'malicious-activity'],"
			 "'pattern_type':'stix','pattern':"
			 "'[ipv4-addr:value = "
			 "`198.51.100.7` OR url:value="
			 "`http://u:secret@evil.example/"
			 "`]'") "," IDENTITY "," SIGHTING("1", ",'count':5,'"
							       "where_"
							       "sighted_refs'"
							       ":['identity--"
							       "1'],"
							       "'confidence':"
							       "80,'object_"
							       "marking_refs'"
							       ":"
							       "['marking-"
							       "definition--"
							       "34098fce-"
							       "860f-48ae-"
							       "8e50-"
							       "ebd3cc5e41da'"
							       "]") ","
								    "{'type':"
								    "'malware"
								    "','id':'"
								    "malware-"
								    "-1','"
								    "name':'"
								    "Mirai'},"
								    "{'type':"
								    "'threat-"
								    "actor','"
								    "id':'"
								    "threat-"
								    "actor--"
								    "1','"
								    "name':'"
								    "Group "
								    "X'},"
								    "{'type':"
								    "'threat-"
								    "actor','"
								    "id':'"
								    "threat-"
								    "actor--"
								    "2','"
								    "name':'"
								    "Bystande"
								    "r'},"
								    "{'type':"
								    "'attack-"
								    "pattern'"
								    ",'id':'"
								    "attack-"
								    "pattern-"
								    "-1',"
								    "'externa"
								    "l_"
								    "referenc"
								    "es':[{'"
								    "source_"
								    "name':'"
								    "mitre-"
								    "attack',"
								    "'externa"
								    "l_id':'"
								    "T1110."
								    "003'},{'"
								    "source_"
								    "name':'"
								    "capec',"
								    "'externa"
								    "l_id':'"
								    "CAPEC-1'"
								    "}]},"
								    "{'type':"
								    "'relatio"
								    "nship','"
								    "id':'"
								    "relation"
								    "ship--1'"
								    ",'"
								    "source_"
								    "ref':"
								    "'indicat"
								    "or--1','"
								    "target_"
								    "ref':'"
								    "malware-"
								    "-1'},"
								    "{'type':"
								    "'relatio"
								    "nship','"
								    "id':'"
								    "relation"
								    "ship--2'"
								    ",'"
								    "source_"
								    "ref':"
								    "'threat-"
								    "actor--"
								    "1','"
								    "target_"
								    "ref':'"
								    "malware-"
								    "-1'},"
								    "{'type':"
								    "'relatio"
								    "nship','"
								    "id':'"
								    "relation"
								    "ship--3'"
								    ",'"
								    "source_"
								    "ref':"
								    "'malware"
								    "--1','"
								    "target_"
								    "ref':'"
								    "attack-"
								    "pattern-"
								    "-1'},"
								    "{'type':"
								    "'relatio"
								    "nship','"
								    "id':'"
								    "relation"
								    "ship--4'"
								    ",'"
								    "source_"
								    "ref':"
								    "'malware"
								    "--1','"
								    "target_"
								    "ref':'"
								    "nowhere-"
								    "-1'}");

Test(fmt_stix, takes_what_a_whole_bundle_says)
{
	cr_assert(eq(int, say(WHOLE), ACCEPTED));
	cr_assert(is(event.id, "sighting--1") && is(event.sensor, "Beta"));
	cr_assert(eq(i64, event.count, 5));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05Z")));
	cr_assert(event.confidence == 80 && event.label == VG_TLP_GREEN);
	SAME(category(), "malicious-code");
	cr_assert(has("ipv4", "198.51.100.7"));
	cr_assert(has("url", "http://evil.example/") && nowhere("secret"));
	cr_assert(event.n_technique == 1 &&
		  is(event.technique[0], "T1110.003"));
	cr_assert(is(field("threat.software.name"), "Mirai"));
}

Test(fmt_stix, names_the_actors_that_relationships_lead_to)
{
	cr_assert(eq(int, say(WHOLE), ACCEPTED));
	cr_assert(event.n_actor == 1 && is(event.actor[0].name, "Group X"));
}

Test(fmt_stix, adds_the_counts_of_its_sightings)
{
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING("1", ",'count':999999") "," SIGHTING(
			     "2", ",'last_seen':'2026-01-01T00:00:00Z'"))),
		     ACCEPTED));
	cr_assert(eq(i64, event.count, 1000000));
	cr_assert(is(event.id, "bundle--1"), "several go by the bundle");
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING("1", ",'count':1000000") "," SIGHTING(
			     "2", ""))),
		     R_VALUE));
	cr_assert(reason_is("count"));
	cr_assert(eq(int, say(BUNDLE(SIGHTING("1", ",'count':-1"))), R_VALUE));
	cr_assert(eq(int, say(BUNDLE(SIGHTING("1", ",'count':1.5"))), R_VALUE));
}

Test(fmt_stix, takes_the_earliest_of_the_first_seen)
{
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING(
			     "1", "") ","
				      "{'type':'sighting','id':'sighting--2',"
				      "'last_seen':'2026-01-01T00:00:00Z'},"
				      "{'type':'sighting','id':'sighting--3',"
				      "'created':'2026-01-03T00:00:00Z'}")),
		     ACCEPTED));
	cr_assert(eq(i64, event.time_ms, at("2026-01-01T00:00:00Z")));
	cr_assert(eq(i64, event.count, 3));
	cr_assert(eq(int, say(BUNDLE("{'type':'sighting','id':'s--1'}")),
		     R_MISSING));
	cr_assert(reason_is("first_seen"));
	cr_assert(eq(int, say(BUNDLE("{'type':'sighting','first_seen':'x'}")),
		     R_VALUE));
}

Test(fmt_stix, sets_aside_where_nothing_was_sighted)
{
	static const char *const rows[] = {
		BUNDLE(""),
		"{'type':'bundle','id':'bundle--1'}",
		BUNDLE(INDICATOR("")),
		BUNDLE(SIGHTING("1", ",'count':0")),
		BUNDLE(SIGHTING("1", ",'revoked':true")),
		BUNDLE("7,{},{'type':4}"),
		"{'type':'indicator'}",
		"{}"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(say(rows[i]) == ASIDE, "%s", rows[i]);
	cr_assert(eq(int, say("{'type':'bundle','objects':{}}"), R_TYPE));
}

Test(fmt_stix, takes_a_sighting_that_comes_alone)
{
	cr_assert(eq(int, say(SIGHTING("9", "")), ACCEPTED));
	cr_assert(is(event.id, "sighting--9") && is(event.sensor, "stix"));
	SAME(category(), "other");
}

Test(fmt_stix, names_who_sighted_it)
{
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING("1", ",'where_sighted_refs':"
					      "['identity--elsewhere']"))),
		     ACCEPTED));
	cr_assert(is(event.sensor, "identity--elsewhere"));
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING("1", ",'created_by_ref':"
					      "'identity--1'") "," IDENTITY)),
		     ACCEPTED));
	cr_assert(is(event.sensor, "Beta"));
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING(
			     "1", ",'where_sighted_refs':"
				  "['location--1']") ","
						     "{'type':'location','id':'"
						     "location--1',"
						     "'country':'BH'}")),
		     ACCEPTED));
	cr_assert(is(event.country, "BH") && is(event.sensor, "location--1"));
}

Test(fmt_stix, obeys_the_strictest_marking)
{
#define MARKED(ids) BUNDLE(SIGHTING("1", ",'object_marking_refs':[" ids "]"))
#define M	    "'marking-definition--"
	static const struct {
		const char *text;
		int label;
	} rows[] = {
		{MARKED(M "613f2e26-407d-48c7-9eca-b8e91df99dc9'"),
		 VG_TLP_CLEAR},
		{MARKED(M "bab4a63c-aed9-4cf5-a766-dfca5abac2bb'"),
		 VG_TLP_GREEN},
		{MARKED(M "f88d31f6-486f-44da-b317-01333bde0b82'"),
		 VG_TLP_AMBER},
		{MARKED(M "939a9414-2ddd-4d32-a0cd-375ea402b003'"),
		 VG_TLP_STRICT},
		{MARKED(M "E828B379-4e03-4974-9ac4-e53a884c97c1'"), VG_TLP_RED},
		{MARKED(M "94868c89-83c2-464b-929b-a1a8aa3c8487'," M
			  "55d920b0-5e8b-4f79-9ee9-91f868d9b421'"),
		 VG_TLP_AMBER},
		{MARKED(M "5e57c739-391a-4eb3-b6be-7d15ca92d5ed'," M
			  "613f2e26-407d-48c7-9eca-b8e91df99dc9'"),
		 VG_TLP_RED},
		{MARKED(M "00000000-0000-4000-8000-000000000000'"), VG_TLP_RED},
		{MARKED("'x'"), VG_TLP_RED},
		{BUNDLE(SIGHTING("1", ",'object_marking_refs':[" M
				      "7']") ",{'type':'marking-definition',"
					     "'id':" M
					     "7','definition_type':'tlp',"
					     "'definition':{'tlp':'green'}}"),
		 VG_TLP_GREEN},
		{BUNDLE(SIGHTING("1", ",'object_marking_refs':[" M
				      "7']") ",{'type':'marking-definition',"
					     "'id':" M
					     "7','definition_type':'odd'}"),
		 VG_TLP_RED}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int, say(rows[i].text), ACCEPTED));
		cr_expect(event.has_label && (int)event.label == rows[i].label,
			  "%s: %d", rows[i].text, (int)event.label);
	}
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING("1", ",'object_marking_refs':[" M
					      "7']") ",{'type':'marking-"
						     "definition','id':" M
						     "7','definition_type':"
						     "'statement'}")),
		     ACCEPTED));
	cr_assert(not(event.has_label), "a statement is no label");
}

/* The event of an indicator with this pattern. */
static void pattern(const char *text)
{
	cr_assert(eq(int,
		     say_with(BUNDLE(SIGHTING("1", "") "," INDICATOR(
				      ",'pattern':'%s'")),
			      text),
		     ACCEPTED));
}

Test(fmt_stix, reads_the_comparisons_of_a_pattern)
{
	pattern("[ipv6-addr:value = `2001:db9::1`]");
	cr_assert(has("ipv6", "2001:db9::1"));
	pattern("[domain-name:value IN (`a.example` , `b.example`)]");
	cr_assert(has("domain", "a.example") && has("domain", "b.example"));
	pattern("[file:hashes.\\\"SHA-256\\\" = `x`]");
	cr_assert(eq(u32, event.n_indicator, 0));
	pattern("[file:hashes.`MD5` = `0123456789abcdef0123456789abcdef`]");
	cr_assert(has("md5", "0123456789abcdef0123456789abcdef"));
	pattern("[email-addr:value = `a@b.example`] FOLLOWEDBY [x:y = `z`]");
	cr_assert(has("email", "a@b.example") && event.n_indicator == 1);
	pattern("[ipv4-addr:value = `198.51.100.0/24`]");
	cr_assert(is(field("source.address"), "198.51.100.0/24"));
	cr_assert(eq(u32, event.n_indicator, 0));
}

Test(fmt_stix, takes_nothing_from_other_comparisons)
{
	pattern("[ipv4-addr:value != `198.51.100.7`]");
	cr_assert(eq(u32, event.n_indicator, 0));
	pattern("[x:name = `url:value = ``]");
	pattern("[url:value LIKE `http://%%`]");
	cr_assert(eq(u32, event.n_indicator, 0));
	pattern("[url:value = `http://a.example/");
	cr_assert(eq(u32, event.n_indicator, 0), "a literal without its end");
	pattern("[url:value IN `a`]");
	pattern("[url:value =");
	pattern("url:value");
	cr_assert(eq(u32, event.n_indicator, 0));
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING("1", "") "," INDICATOR(
			     ",'pattern_type':'snort','pattern':"
			     "'[url:value = `http://a.example/`]'"))),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_indicator, 0));
}

Test(fmt_stix, takes_observables_that_traffic_did_not_go_to)
{
	cr_assert(eq(
		int,
		say(BUNDLE(SIGHTING(
			"1", "") ","
				 "{'type':'ipv4-addr','id':'ipv4-addr--1',"
				 "'value':'198.51.100.1'},"
				 "{'type':'ipv4-addr','id':'ipv4-addr--2',"
				 "'value':'198.51.100.2'},"
				 "{'type':'network-traffic','id':'n--1',"
				 "'src_ref':'ipv4-addr--1',"
				 "'dst_ref':'ipv4-addr--2'},"
				 "{'type':'domain-name','value':'a.example'},"
				 "{'type':'url','value':'http://b.example/'},"
				 "{'type':'email-addr','value':'c@d.example'},"
				 "{'type':'file','hashes':{'MD5':"
				 "'0123456789abcdef0123456789abcdef'}}")),
		ACCEPTED));
	cr_assert(has("ipv4", "198.51.100.1") && event.n_indicator == 5);
	cr_assert(not(has("ipv4", "198.51.100.2")));
}

Test(fmt_stix, classes_by_what_was_sighted)
{
	static const struct word_row rows[] = {
		{"'type':'malware'", "malicious-code"},
		{"'type':'tool'", "intrusions"},
		{"'type':'attack-pattern'", "intrusion-attempts"},
		{"'type':'vulnerability'", "vulnerable"},
		{"'type':'identity'", "other"},
		{"'type':'indicator','kill_chain_phases':[{'phase_name':"
		 "'reconnaissance'}]",
		 "information-gathering"},
		{"'type':'indicator','kill_chain_phases':[{'phase_name':"
		 "'lateral-movement'}]",
		 "intrusions"},
		{"'type':'indicator','indicator_types':['compromised']",
		 "intrusions"},
		{"'type':'indicator'", "other"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(
			int,
			say_with(BUNDLE(SIGHTING("1", "") ",{'id':"
							  "'indicator--1',%s}"),
				 rows[i].word),
			ACCEPTED));
		cr_expect(strcmp(category(), rows[i].category) == 0, "%s: %s",
			  rows[i].word, category());
	}
	cr_assert(eq(int,
		     say(BUNDLE(SIGHTING("1", "") "," INDICATOR(
			     "") ","
				 "{'type':'malware','id':'malware--1'},"
				 "{'type':'relationship','source_ref':"
				 "'indicator--1','target_ref':'malware--1'}")),
		     ACCEPTED));
	SAME(category(), "malicious-code");
}

/* A sighting among `n` objects. */
static enum vg_verdict with_objects(int n)
{
	static char list[16384];
	size_t used = 0;

	for (int i = 1; i < n; i++)
		used += (size_t)snprintf(list + used, sizeof list - used,
					 ",{'type':'identity','id':'i--%d'}",
					 i);
	return say_with(BUNDLE(SIGHTING("1", "") "%s"), list);
}

Test(fmt_stix, bounds_the_objects_of_a_bundle)
{
	cr_assert(eq(int, with_objects(VG_STIX_OBJECTS), ACCEPTED));
	cr_assert(eq(int, with_objects(VG_STIX_OBJECTS + 1), R_VALUE));
	cr_assert(reason_is("objects: more than 256"));
}
