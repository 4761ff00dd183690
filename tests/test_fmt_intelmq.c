#include "fmt_fix.h"

static void init(void)
{
	make_format("intelmq");
}

TestSuite(fmt_intelmq, .init = init, .fini = free_scratch);

#define HEAD "{'__type':'Event','time.observation':'2026-01-02T03:04:05+00:00'"

static const char FLAT[] =
	HEAD ",'time.source':'2026-01-02T03:00:00+00:00',"
	     "'classification.type':'c2-server',"
	     "'classification.taxonomy':'malicious-code',"
	     "'source.ip':'198.51.100.7','source.port':443,"
	     "'source.network':'198.51.100.0/24','source.asn':64500,"
	     "'source.geolocation.cc':'JO','source.fqdn':'Evil.example',"
	     "'source.url':'http://u:secret@evil.example/',"
	     "'source.account':'victim@secret.example',"
	     "'destination.ip':'192.0.2.9','malware.name':'qakbot',"
	     "'malware.hash.md5':'0123456789abcdef0123456789abcdef',"
	     "'feed.name':'feodo','feed.provider':'abuse','feed.accuracy':99.6,"
	     "'tlp':'AMBER','extra.count':4,'extra.severity':'high',"
	     "'extra.password':'secret','raw':'c2VjcmV0'}";

static const char NESTED[] =
	"{'__type':'Event','time':{'observation':'2026-01-02T03:04:05+00:00',"
	"'source':'2026-01-02T03:00:00+00:00'},'classification':"
	"{'type':'c2-server','taxonomy':'malicious-code'},'source':{"
	"'ip':'198.51.100.7','port':443,'network':'198.51.100.0/24',"
	"'asn':64500,'geolocation':{'cc':'JO'},'fqdn':'Evil.example',"
	"'url':'http://evil.example/'},'destination':{'ip':'192.0.2.9'},"
	"'malware':{'name':'qakbot','hash':{'md5':"
	"'0123456789abcdef0123456789abcdef'}},'feed':{'name':'feodo',"
	"'provider':'abuse','accuracy':99.6},'tlp':'AMBER',"
	"'extra':{'count':4,'severity':'high'}}";

static void check_event(void)
{
	cr_assert(event.id.n == 0 && is(event.sensor, "feodo"));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:00:00Z")));
	SAME(category(), "malicious-code");
	SAME(kind(), "feed");
	cr_assert(event.count == 4 && event.severity == 8);
	cr_assert(event.confidence == 100 && event.label == VG_TLP_AMBER);
	cr_assert(is(event.source_country, "JO"));
	cr_assert(has("ipv4", "198.51.100.7") && has("domain", "evil.example"));
	cr_assert(has("url", "http://evil.example/"));
	cr_assert(has("md5", "0123456789abcdef0123456789abcdef"));
	cr_assert(eq(u32, event.n_indicator, 4));
	cr_assert(is(field("source.address"), "198.51.100.0/24"));
	cr_assert(is(field("source.as.number"), "64500"));
	cr_assert(is(field("threat.software.name"), "qakbot"));
	cr_assert(is(field("rule.category"), "c2-server"));
	cr_assert(is(field("destination.ip"), "192.0.2.9"));
}

Test(fmt_intelmq, reads_flat_and_nested_members_alike)
{
	cr_assert(eq(int, say(FLAT), ACCEPTED));
	check_event();
	cr_assert(nowhere("secret"));
	cr_assert(eq(int, say(NESTED), ACCEPTED));
	check_event();
}

Test(fmt_intelmq, takes_the_time_of_observation_when_there_is_no_other)
{
	cr_assert(eq(int, say(HEAD "}"), ACCEPTED));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05Z")));
	cr_assert(is(event.sensor, "intelmq"));
	SAME(category(), "other");
	cr_assert(eq(int, say("{}"), R_MISSING));
	cr_assert(eq(int, say(HEAD ",'time.source':'x'}"), R_VALUE));
}

Test(fmt_intelmq, sets_aside_reports)
{
	cr_assert(eq(int, say("{'__type':'Report','time.observation':1}"),
		     ASIDE));
	cr_assert(reason_is("__type"));
	cr_assert(eq(int, say("{'time.observation':1767323045}"), ACCEPTED));
}

Test(fmt_intelmq, classes_by_taxonomy_else_by_type)
{
	static const struct word_row rows[] = {
		{"'classification.taxonomy':'information content security'",
		 "information-content-security"},
		{"'classification.taxonomy':'abusive-content'",
		 "abusive-content"},
		{"'classification.taxonomy':'other',"
		 "'classification.type':'ddos'",
		 "availability"},
		{"'classification.taxonomy':'vulnerable',"
		 "'classification.type':'scanner'",
		 "vulnerable"},
		{"'classification.type':'c&c'", "malicious-code"},
		{"'classification.type':'brute-force'", "intrusion-attempts"},
		{"'classification.type':'blacklist'", "other"},
		{"'classification.type':'undetermined'", "other"},
		{"'classification.taxonomy':'fraud',"
		 "'classification.type':'test'",
		 "test"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(
			eq(int, say_with(HEAD ",%s}", rows[i].word), ACCEPTED));
		cr_expect(strcmp(category(), rows[i].category) == 0, "%s: %s",
			  rows[i].word, category());
	}
}

Test(fmt_intelmq, bounds_count_and_confidence)
{
	cr_assert(eq(int, say(HEAD ",'extra.count':1000000}"), ACCEPTED));
	cr_assert(eq(int, say(HEAD ",'extra.count':1000001}"), R_VALUE));
	cr_assert(eq(int, say(HEAD ",'extra.count':0}"), R_VALUE));
	cr_assert(eq(int, say(HEAD ",'feed.accuracy':'100'}"), ACCEPTED));
	cr_assert(eq(int, event.confidence, 100));
	cr_assert(eq(int, say(HEAD ",'feed.accuracy':100.1}"), ACCEPTED));
	cr_assert(event.confidence == 50 && event.n_trimmed == 1);
}

Test(fmt_intelmq, treats_two_equal_lines_as_two_events)
{
	cr_assert(eq(int, say(HEAD ",'event_hash':'x'}"), ACCEPTED));
	cr_assert(event.id.p == NULL, "a hash of the content is no identity");
}
