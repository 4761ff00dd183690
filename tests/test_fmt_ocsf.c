#include "fmt_fix.h"

static void init(void)
{
	make_format("ocsf");
}

TestSuite(fmt_ocsf, .init = init, .fini = free_scratch);

#define HEAD                                                                   \
	"{'class_uid':2004,'time':1767323045678,"                              \
	"'finding_info':{'uid':'f-1','title':'Login failures'}"

static const char FULL_FINDING[] =
	"{'class_uid':2004,'activity_id':1,'time':1767323045,'count':3,"
	"'severity_id':4,'confidence_id':3,'action':'Denied',"
	"'finding_info':{'uid':'f-1','title':'T','types':["
	"'Recon:EC2/PortProbe'],'attacks':[{'tactic':{'uid':'TA0006'},"
	"'technique':{'uid':'T1110'},'sub_technique':{'uid':'T1110.003'}}]},"
	"'metadata':{'uid':'m-1','product':{'name':'Okta System Log',"
	"'vendor_name':'Okta','version':'0'}},"
	"'evidences':[{'src_endpoint':{'ip':'198.51.100.7','port':4711,"
	"'location':{'country':'United States'}},'dst_endpoint':"
	"{'ip':'192.0.2.9','port':443},'url':{'url_string':"
	"'https://u:secret@evil.example/'},'query':{'hostname':"
	"'q.example'},'file':{'hashes':[{'value':"
	"'0123456789abcdef0123456789abcdef'}]}}],"
	"'malware':[{'name':'Mirai'}],'osint':[{'tlp':'AMBER+STRICT',"
	"'threat_actor':{'name':'Group X'}}],"
	"'observables':[{'type_id':2,'name':'evidences[].src_endpoint.ip',"
	"'value':'198.51.100.8'},{'type_id':2,'name':'device.ip',"
	"'value':'198.51.100.9'},{'type_id':2,'value':'198.51.100.10'},"
	"{'type_id':5,'value':'a@b.example'},{'type_id':6,"
	"'value':'http://o.example'},{'type_id':8,'value':"
	"'abcdef0123456789abcdef0123456789'},{'type_id':1,'value':'h'},"
	"{'type_id':'x'},7]}";

Test(fmt_ocsf, takes_what_a_whole_finding_says)
{
	cr_assert(eq(int, say(FULL_FINDING), ACCEPTED));
	cr_assert(is(event.id, "f-1") && is(event.sensor, "Okta System Log"));
	cr_assert(event.severity == 8 && event.confidence == 75);
	cr_assert(eq(i64, event.count, 3));
	SAME(category(), "information-gathering");
	cr_assert(event.n_technique == 2 && is(event.actor[0].name, "Group X"));
	cr_assert(eq(int, event.label, VG_TLP_STRICT));
	cr_assert(is(field("threat.software.name"), "Mirai"));
	cr_assert(is(field("observer.vendor"), "Okta"));
	cr_assert(is(field("destination.port"), "443"));
	cr_assert(has("url", "https://evil.example/") && nowhere("secret"));
	cr_assert(has("domain", "q.example"));
	cr_assert(has("md5", "0123456789abcdef0123456789abcdef"));
}

Test(fmt_ocsf, reads_seconds_and_milliseconds)
{
	cr_assert(eq(int, say(FULL_FINDING), ACCEPTED));
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323045000)));
	cr_assert(eq(int, say(HEAD "}"), ACCEPTED));
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323045678)));
	cr_assert(eq(int,
		     say("{'class_uid':2004,'time_dt':"
			 "'2026-01-02T03:04:05.678Z'}"),
		     ACCEPTED));
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323045678)));
	cr_assert(event.id.n == 0 && is(event.sensor, "ocsf"));
	cr_assert(eq(int, say("{'class_uid':2004}"), R_MISSING));
	cr_assert(eq(int, say("{'class_uid':2004,'time':-1}"), R_VALUE));
}

Test(fmt_ocsf, knows_a_country_by_its_name)
{
	cr_assert(eq(int, say(FULL_FINDING), ACCEPTED));
	cr_assert(is(event.source_country, "US"));
	cr_assert(eq(int,
		     say(HEAD ",'src_endpoint':{'ip':'198.51.100.7',"
			      "'location':{'country':'Nowhere'}}}"),
		     ACCEPTED));
	cr_assert(event.source_country.n == 0 && event.n_trimmed == 1);
}

Test(fmt_ocsf, takes_observables_that_are_the_attackers)
{
	cr_assert(eq(int, say(FULL_FINDING), ACCEPTED));
	cr_assert(has("ipv4", "198.51.100.7") && has("ipv4", "198.51.100.8"));
	cr_assert(not(has("ipv4", "198.51.100.9")));
	cr_assert(not(has("ipv4", "198.51.100.10")));
	cr_assert(has("email", "a@b.example"));
	cr_assert(has("url", "http://o.example/"));
	cr_assert(has("md5", "abcdef0123456789abcdef0123456789"));
}

Test(fmt_ocsf, sets_aside_other_classes_and_what_was_judged_none)
{
	static const struct {
		const char *text;
		enum vg_verdict verdict;
	} rows[] = {{"{'class_uid':4001,'time':1767323045}", ASIDE},
		    {"{'time':1767323045}", ASIDE},
		    {"{'type_uid':200401,'time':1767323045}", ACCEPTED},
		    {"{'type_uid':400101,'time':1767323045}", ASIDE},
		    {HEAD ",'activity_id':2}", ACCEPTED},
		    {HEAD ",'activity_id':3}", ASIDE},
		    {HEAD ",'verdict_id':1}", ASIDE},
		    {HEAD ",'verdict_id':2}", ACCEPTED},
		    {HEAD ",'verdict_id':3}", ASIDE},
		    {HEAD ",'verdict_id':5}", ASIDE},
		    {HEAD ",'verdict_id':10}", ASIDE}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(say(rows[i].text) == rows[i].verdict, "%s",
			  rows[i].text);
	cr_assert(eq(int, say(HEAD ",'verdict_id':6}"), ACCEPTED));
	SAME(category(), "test");
}

Test(fmt_ocsf, normalises_severity_and_confidence)
{
	static const struct {
		const char *more;
		int severity, confidence;
	} rows[] = {{"'severity_id':0", 5, 50},
		    {"'severity_id':1", 2, 50},
		    {"'severity_id':5", 10, 50},
		    {"'severity_id':6", 10, 50},
		    {"'severity_id':99,'severity':'High'", 8, 50},
		    {"'severity_id':7", 5, 50},
		    {"'severity':'Unknown'", 5, 50},
		    {"'confidence_id':1", 5, 25},
		    {"'confidence_id':4", 5, 50},
		    {"'confidence_score':0", 5, 0},
		    {"'confidence_score':100,'confidence_id':1", 5, 100},
		    {"'confidence_score':101", 5, 50}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(
			eq(int, say_with(HEAD ",%s}", rows[i].more), ACCEPTED));
		cr_expect(event.severity == rows[i].severity &&
				  event.confidence == rows[i].confidence,
			  "%s: %d %d", rows[i].more, event.severity,
			  event.confidence);
	}
}

Test(fmt_ocsf, classes_by_type_tactic_malware_or_weakness)
{
	static const struct word_row rows[] = {
		{"'attacks':[{'tactic':{'uid':'TA0040'}}]", "availability"},
		{"'attacks':[{'tactics':[{'uid':'TA0010'}]}]",
		 "information-content-security"},
		{"'attacks':[{'tactic':{'name':'Persistence'}}]", "intrusions"},
		{"'malware':[{'name':'X'}]", "malicious-code"},
		{"'vulnerabilities':[{'cve':{'uid':'CVE-2026-1'}}]",
		 "vulnerable"},
		{"'malware':[]", "other"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(
			eq(int, say_with(HEAD ",%s}", rows[i].word), ACCEPTED));
		cr_expect(strcmp(category(), rows[i].category) == 0, "%s: %s",
			  rows[i].word, category());
	}
}

Test(fmt_ocsf, bounds_the_count)
{
	cr_assert(eq(int, say(HEAD ",'count':1000000}"), ACCEPTED));
	cr_assert(eq(i64, event.count, 1000000));
	cr_assert(eq(int, say(HEAD ",'count':1000001}"), R_VALUE));
	cr_assert(eq(int, say(HEAD ",'count':0}"), R_VALUE));
}
