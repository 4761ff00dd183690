#include "fmt_fix.h"

static void init(void)
{
	make_format("misp");
}

TestSuite(fmt_misp, .init = init, .fini = free_scratch);

#define EVENT(more)                                                            \
	"{'Event':{'uuid':'u-1','info':'Ursnif','timestamp':'1767323045',"     \
	"'threat_level_id':'3','distribution':'3','Orgc':{'name':'CERT "       \
	"X'}" more "}}"
#define ATTRIBUTE(type, value, more)                                           \
	"{'type':'" type "','value':'" value "','to_ids':true" more "}"
#define SEEN(type, time)                                                       \
	"{'type':'" type "','date_sighting':'" time "','uuid':'s-1'}"

Test(fmt_misp, takes_an_event_without_sightings_as_one)
{
	cr_assert(eq(int,
		     say(EVENT(",'Attribute':["
			       "{'type':'domain','value':'a.example'},"
			       "{'type':'domain','value':'b.example',"
			       "'to_ids':false},"
			       "{'type':'domain','value':'c.example',"
			       "'deleted':true}]")),
		     ACCEPTED));
	cr_assert(is(event.id, "u-1") && is(event.sensor, "CERT X"));
	cr_assert(eq(i64, event.count, 1));
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323045000)));
	cr_assert(eq(int, event.severity, 3));
	cr_assert(is(field("rule.name"), "Ursnif"));
	cr_assert(has("domain", "a.example") && event.n_indicator == 1);
	cr_assert(not(event.has_label));
}

static const char SEEN_AND_JUDGED[] =
	"{'Event':{'uuid':'u-1','timestamp':'1767323045','Attribute':["
	"{'type':'domain','value':'a.example','Sighting':["
	"{'type':'0','date_sighting':'1767323100'},"
	"{'type':'1','date_sighting':'1767323000'},"
	"{'type':'0','date_sighting':'1767323050'}]},"
	"{'type':'domain','value':'b.example','Sighting':["
	"{'type':'1','date_sighting':'1767323000'},"
	"{'type':'2','date_sighting':'1767323000'}]}],"
	"'Object':[{'Attribute':["
	"{'type':'ip-dst|port','value':'198.51.100.7|80','Sighting':["
	"{'type':'0','date_sighting':'1767323200'}]}]}]}}";

static const char SEEN_AND_DELETED[] =
	"{'Event':{'uuid':'u-1','timestamp':'1767323045','Attribute':["
	"{'type':'domain','value':'a.example','deleted':true,'Sighting':["
	"{'type':'0','date_sighting':'1767323000'}]}],"
	"'Object':[{'deleted':true,'Attribute':["
	"{'type':'domain','value':'b.example','Sighting':["
	"{'type':'0','date_sighting':'1767323000'}]}]}]}}";

Test(fmt_misp, counts_sightings_and_sets_false_positives_aside)
{
	cr_assert(eq(int, say(SEEN_AND_JUDGED), ACCEPTED));
	cr_assert(eq(i64, event.count, 3), "type 1 subtracts nothing");
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323050000)));
	cr_assert(is(field("misp.false_positives"), "2"));
	cr_assert(has("domain", "a.example") && has("ipv4", "198.51.100.7"));
	cr_assert(not(has("domain", "b.example")), "only judged, never seen");
}

Test(fmt_misp, sets_aside_an_event_that_was_only_judged)
{
	cr_assert(eq(int,
		     say(EVENT(",'Attribute':[" ATTRIBUTE(
			     "domain", "a.example",
			     ",'Sighting':[" SEEN("1", "1767323000") "]") "]")),
		     ASIDE));
	cr_assert(reason_is("Sighting.type"));
	cr_assert(eq(int, say("{'Org':{}}"), ASIDE));
	cr_assert(eq(int, say("{}"), ASIDE));
}

Test(fmt_misp, counts_nothing_that_was_deleted)
{
	cr_assert(eq(int, say(SEEN_AND_DELETED), ACCEPTED));
	cr_assert(event.count == 1 && event.n_indicator == 0);
}

Test(fmt_misp, takes_a_sighting_that_comes_alone)
{
	static const char text[] =
		"{'Sighting':{'uuid':'s-9','type':'%s',"
		"'date_sighting':'1767323045','source':'honeyp',"
		"'Attribute':{'type':'url','value':"
		"'http://u:secret@evil.example/','category':"
		"'Payload delivery','Tag':[{'name':'tlp:amber'}]}}}";

	cr_assert(eq(int, say_with(text, "0"), ACCEPTED));
	cr_assert(is(event.id, "s-9") && is(event.sensor, "honeyp"));
	cr_assert(eq(i64, event.count, 1));
	cr_assert(has("url", "http://evil.example/") && nowhere("secret"));
	SAME(category(), "malicious-code");
	cr_assert(eq(int, event.label, VG_TLP_AMBER));
	cr_assert(eq(int, say_with(text, "1"), ASIDE));
	cr_assert(eq(int, say_with(text, "2"), ASIDE));
	cr_assert(eq(int,
		     say("{'Sighting':{'type':0,'source':'',"
			 "'date_sighting':1767323045,"
			 "'Organisation':{'name':'O'}},"
			 "'Attribute':{'type':'hostname',"
			 "'value':'a.example'}}"),
		     ACCEPTED));
	cr_assert(is(event.sensor, "O") && has("domain", "a.example"));
	cr_assert(eq(int, say("{'Sighting':{}}"), R_MISSING));
	cr_assert(eq(int, say("{'Sighting':{'type':0}}"), R_MISSING));
}

Test(fmt_misp, knows_the_types_of_attributes)
{
	static const struct {
		const char *type, *value, *kind, *is;
	} rows[] = {
		{"ip-src", "198.51.100.7", "ipv4", "198.51.100.7"},
		{"ip-dst", "2001:db9::1", "ipv6", "2001:db9::1"},
		{"hostname|port", "a.example|80", "domain", "a.example"},
		{"domain|ip", "a.example|198.51.100.7", "ipv4", "198.51.100.7"},
		{"domain|ip", "a.example|198.51.100.7", "domain", "a.example"},
		{"email-src", "a@b.example", "email", "a@b.example"},
		{"filename|md5", "x|0123456789abcdef0123456789abcdef", "md5",
		 "0123456789abcdef0123456789abcdef"},
		{"malware-sample", "x|0123456789abcdef0123456789abcdef", "md5",
		 "0123456789abcdef0123456789abcdef"}};
	char more[300];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		snprintf(more, sizeof more, "{'type':'%s','value':'%s'}",
			 rows[i].type, rows[i].value);
		cr_assert(eq(int, say_with(EVENT(",'Attribute':[%s]"), more),
			     ACCEPTED));
		cr_expect(has(rows[i].kind, rows[i].is), "%s", rows[i].type);
	}
	cr_assert(eq(int,
		     say(EVENT(",'Attribute':[{'type':'email-dst',"
			       "'value':'v@b.example'},{'type':'text',"
			       "'value':'secret'},{'type':7},7]")),
		     ACCEPTED));
	cr_assert(event.n_indicator == 0 && nowhere("secret"));
}

Test(fmt_misp, reads_labels_classes_actors_and_techniques_from_tags)
{
	cr_assert(eq(int,
		     say(EVENT(",'Tag':[{'name':'tlp:white'},"
			       "{'name':'TLP:GREEN'},"
			       "{'name':'rsit:intrusion-attempts="
			       "\\\"brute-force\\\"'},"
			       "{'name':'misp-galaxy:threat-actor="
			       "\\\"Group X\\\"'},"
			       "{'name':'misp-galaxy:mitre-intrusion-set="
			       "\\\"APT28 - G0007\\\"'},"
			       "{'name':'misp-galaxy:mitre-attack-pattern="
			       "\\\"Brute Force - T1110\\\"'},"
			       "{'name':'misp-galaxy:threat-actor'},"
			       "{'name':'misp-galaxy:rat=x'},"
			       "{'colour':'#fff'},7]")),
		     ACCEPTED));
	cr_assert(eq(int, event.label, VG_TLP_GREEN));
	SAME(category(), "intrusion-attempts");
	cr_assert(eq(u32, event.n_actor, 2));
	cr_assert(is(event.actor[0].name, "Group X"));
	cr_assert(is(event.actor[1].name, "APT28"));
	cr_assert(event.n_technique == 1 && is(event.technique[0], "T1110"));
	cr_assert(eq(int, say(EVENT(",'Tag':[{'name':'tlp:ex:chr'}]")),
		     ACCEPTED));
	cr_assert(eq(int, event.label, VG_TLP_RED), "what we cannot read");
}

Test(fmt_misp, reads_galaxies_and_leaves_their_synonyms)
{
	cr_assert(eq(int,
		     say(EVENT(",'Galaxy':[{'type':'banker','GalaxyCluster':["
			       "{'type':'banker','value':'Gozi','meta':"
			       "{'synonyms':['Ursnif','CRM']}}]},"
			       "{'GalaxyCluster':[{'type':'threat-actor',"
			       "'value':'Sofacy'},{'type':'threat-actor'},"
			       "{'type':'threat-actor','value':"
			       "'A - B'}]}]")),
		     ACCEPTED));
	SAME(category(), "malicious-code");
	cr_assert(is(field("threat.software.name"), "Gozi"));
	cr_assert(event.n_actor == 2 && is(event.actor[0].name, "Sofacy"));
	cr_assert(is(event.actor[1].name, "A - B"));
	cr_assert(nowhere("Ursnif") == false, "the title alone has it");
}

Test(fmt_misp, classes_by_tag_before_the_rest)
{
	static const struct word_row rows[] = {
		{"'Tag':[{'name':'ecsirt:fraud=\\\"phishing\\\"'}]", "fraud"},
		{"'Tag':[{'name':'circl:incident-classification="
		 "\\\"denial-of-service\\\"'}]",
		 "availability"},
		{"'Tag':[{'name':'rsit:nothing'}]", "other"},
		{"'Tag':[{'name':'rsit:fraud'},{'name':'rsit:test'}]", "test"},
		{"'Attribute':[{'category':'Financial fraud','type':'iban',"
		 "'value':'x'}]",
		 "fraud"},
		{"'Attribute':[{'category':'Network activity'}]", "other"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int, say_with(EVENT(",%s"), rows[i].word),
			     ACCEPTED));
		cr_expect(strcmp(category(), rows[i].category) == 0, "%s: %s",
			  rows[i].word, category());
	}
}

Test(fmt_misp, keeps_what_is_not_distributed_with_its_sender)
{
	static const struct {
		const char *value;
		bool has_label;
	} rows[] = {{"0", true},  {"1", false}, {"2", false},
		    {"3", false}, {"4", true},	{"5", false}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     say_with("{'Event':{'timestamp':1767323045,"
				      "'distribution':'%s'}}",
				      rows[i].value),
			     ACCEPTED));
		cr_expect(event.has_label == rows[i].has_label, "%s",
			  rows[i].value);
		if (event.has_label)
			cr_expect(event.label == VG_TLP_STRICT);
		cr_assert(is(event.sensor, "misp") && event.id.n == 0);
	}
}

Test(fmt_misp, inverts_the_threat_level)
{
	static const int severity[] = {5, 8, 5, 3, 5, 5};

	for (int i = 0; i <= 5; i++) {
		char level[2] = {(char)('0' + i), '\0'};

		cr_assert(eq(int,
			     say_with("{'Event':{'publish_timestamp':"
				      "'1767323045','threat_level_id':%s}}",
				      level),
			     ACCEPTED));
		cr_assert(eq(int, event.severity, severity[i]));
	}
}

Test(fmt_misp, refuses_times_that_are_none)
{
	cr_assert(eq(int, say("{'Event':{}}"), R_MISSING));
	cr_assert(eq(int, say("{'Event':{'timestamp':'x'}}"), R_VALUE));
	cr_assert(eq(int,
		     say(EVENT(",'Attribute':[" ATTRIBUTE(
			     "domain", "a.example",
			     ",'Sighting':[{'type':'0'}]") "]")),
		     R_VALUE));
	cr_assert(reason_is("date_sighting"));
}
