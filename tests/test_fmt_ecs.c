#include "fmt_fix.h"

static void init(void)
{
	make_format("ecs");
}

TestSuite(fmt_ecs, .init = init, .fini = free_scratch);

#define HEAD                                                                   \
	"{'@timestamp':'2026-01-02T03:04:05.678Z','event':{'kind':'alert',"    \
	"'id':'e-1'}"
#define DOTTED                                                                 \
	"{'@timestamp':'2026-01-02T03:04:05.678Z','event.kind':'alert',"       \
	"'event.id':'e-1'"

static const char NESTED_ALERT[] =
	"{'@timestamp':'2026-01-02T03:04:05.678Z',"
	"'event':{'kind':'alert','id':'e-1','category':['network',"
	"'intrusion_detection'],'severity':1,'module':'suricata'},"
	"'source':{'ip':'198.51.100.7','port':4711,'geo':"
	"{'country_iso_code':'FR'}},'destination':{'ip':'192.0.2.9',"
	"'port':22},'network':{'transport':'tcp'},"
	"'observer':{'hostname':'ids1','type':'ids'},"
	"'rule':{'id':'2001','name':'ET SCAN'},"
	"'threat':{'group':{'name':'Group X'},'technique':{'id':['T1110'],"
	"'subtechnique':{'id':'T1110.003'}}},"
	"'url':{'full':'https://u:secret@evil.example/a'},"
	"'user':{'password':'secret'},'process':{'command_line':'secret'},"
	"'message':'secret'}";

static const char DOTTED_ALERT[] =
	"{'@timestamp':'2026-01-02T03:04:05.678Z',"
	"'event.kind':'alert','event.id':'e-1','event.category':['network',"
	"'intrusion_detection'],'event.severity':1,"
	"'event.module':'suricata','source.ip':'198.51.100.7',"
	"'source':{'port':4711,'geo.country_iso_code':'FR'},"
	"'destination.ip':'192.0.2.9','destination.port':22,"
	"'network.transport':'tcp','observer.hostname':'ids1',"
	"'observer.type':'ids','rule':{'id':'2001','name':'ET SCAN'},"
	"'threat.group':{'name':'Group X'},'threat':{'technique.id':['T1110'],"
	"'technique':{'subtechnique.id':'T1110.003'}},"
	"'url.full':'https://u:secret@evil.example/a'}";

static void check_alert(void)
{
	cr_assert(is(event.id, "e-1") && is(event.sensor, "ids1"));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05.678Z")));
	cr_assert(is(event.source_country, "FR"));
	SAME(category(), "intrusion-attempts");
	SAME(kind(), "ids");
	cr_assert(eq(int, event.severity, 8));
	cr_assert(event.n_technique == 2 && is(event.technique[0], "T1110"));
	cr_assert(is(event.technique[1], "T1110.003"));
	cr_assert(event.n_actor == 1 && is(event.actor[0].name, "Group X"));
	cr_assert(has("ipv4", "198.51.100.7"));
	cr_assert(not(has("ipv4", "192.0.2.9")));
	cr_assert(is(field("source.port"), "4711"));
	cr_assert(is(field("destination.ip"), "192.0.2.9"));
	cr_assert(is(field("rule.name"), "ET SCAN"));
	cr_assert(has("url", "https://evil.example/a"));
}

Test(fmt_ecs, reads_nested_and_dotted_members_alike)
{
	cr_assert(eq(int, say(NESTED_ALERT), ACCEPTED));
	check_alert();
	cr_assert(eq(int, say(DOTTED_ALERT), ACCEPTED));
	check_alert();
}

Test(fmt_ecs, keeps_no_credentials)
{
	cr_assert(eq(int, say(NESTED_ALERT), ACCEPTED));
	cr_assert(nowhere("secret"));
}

Test(fmt_ecs, sets_aside_what_is_no_alert)
{
	static const char *const kinds[] = {"'event'",	"'metric'", "'state'",
					    "'signal'", "7",	    "null"};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		cr_assert(eq(int,
			     say_with("{'@timestamp':1767323045,"
				      "'event':{'kind':%s}}",
				      kinds[i]),
			     ASIDE));
	cr_assert(reason_is("event.kind"));
	cr_assert(eq(int, say("{}"), ASIDE));
}

Test(fmt_ecs, normalises_each_scale_of_severity)
{
	static const struct {
		const char *more;
		int severity;
	} rows[] = {
		{"'event.severity':3", 3},
		{"'event.severity':0", 1},
		{"'event.severity':10", 10},
		{"'event.severity':47", 5},
		{"'event.severity':99", 10},
		{"'event.severity':1000", 10},
		{"'event.severity':-4", 1},
		{"'event.severity':'high'", 5},
		{"'event.module':'suricata','event.severity':1", 8},
		{"'event.module':'suricata','event.severity':4", 2},
		{"'event.module':'suricata','event.severity':5", 1},
		{"'event.severity':1,'event.risk_score':73.5", 8},
		{"'event.risk_score':101", 5},
		{"'kibana.alert.severity':'critical','event.severity':1", 10},
		{"'kibana.alert.risk_score':21", 3},
		{"'tags':[]", 5}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int, say_with(DOTTED ",%s}", rows[i].more),
			     ACCEPTED));
		cr_expect(event.severity == rows[i].severity, "%s: %d",
			  rows[i].more, event.severity);
	}
}

Test(fmt_ecs, classes_by_tactic_before_category_but_for_malware)
{
	static const struct word_row rows[] = {
		{"'event.category':'malware'", "malicious-code"},
		{"'event.category':['x','vulnerability']", "vulnerable"},
		{"'event.category':'email'", "abusive-content"},
		{"'event.category':[1,{}]", "other"},
		{"'threat.tactic.id':'TA0043'", "information-gathering"},
		{"'threat':[{'tactic':{'name':'Impact'}}]", "availability"},
		{"'event.category':'authentication','threat.tactic.id':['"
		 "TA0008']",
		 "intrusions"},
		{"'event.category':'malware','threat.tactic.id':'TA0043'",
		 "malicious-code"},
		{"'event.category':'malware','threat.tactic.id':'TA9999'",
		 "malicious-code"},
		{"'a':1", "other"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int, say_with(DOTTED ",%s}", rows[i].word),
			     ACCEPTED));
		cr_expect(strcmp(category(), rows[i].category) == 0, "%s: %s",
			  rows[i].word, category());
	}
}

Test(fmt_ecs, reads_rules_that_list_their_threats)
{
	cr_assert(eq(int,
		     say(HEAD
			 ",'kibana.alert.rule':{'name':'R','threat':["
			 "{'tactic':{'id':'TA0040'},'technique':["
			 "{'id':'T1486','subtechnique':[{'id':'T1027.002'}]},"
			 "{'id':'no'}]}]},"
			 "'kibana.alert.threshold_result':{'count':12}}"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_technique, 2));
	cr_assert(eq(i64, event.count, 12));
	cr_assert(eq(u32, event.n_trimmed, 1));
	SAME(category(), "availability");
	cr_assert(is(field("rule.name"), "R"));
}

Test(fmt_ecs, takes_the_far_end_when_the_source_is_private)
{
	cr_assert(eq(int,
		     say(DOTTED ",'source.ip':'10.1.2.3',"
				"'destination.ip':'198.51.100.9'}"),
		     ACCEPTED));
	cr_assert(has("ipv4", "198.51.100.9") && event.n_indicator == 1);
	cr_assert(is(field("source.ip"), "10.1.2.3"));
	cr_assert(eq(int, say(DOTTED ",'destination.ip':'198.51.100.9'}"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_indicator, 0));
}

Test(fmt_ecs, takes_indicators_from_every_place)
{
	cr_assert(eq(int,
		     say(DOTTED
			 ",'source.ip':['198.51.100.1','198.51.100.2'],"
			 "'source.geo.country_name':'France',"
			 "'dns.question.name':'a.example',"
			 "'email.from.address':['x@b.example'],"
			 "'file.hash':{'md5':'0123456789abcdef0123456789abcdef'"
			 "},'threat.enrichments':[{'indicator':{'ip':"
			 "'198.51.100.3'}}],'threat.indicator':{'marking':"
			 "{'tlp':'amber'},'url':{'domain':'c.example'}}}"),
		     ACCEPTED));
	cr_assert(has("ipv4", "198.51.100.1") && has("ipv4", "198.51.100.2"));
	cr_assert(has("ipv4", "198.51.100.3") && has("domain", "a.example"));
	cr_assert(has("domain", "c.example") && has("email", "x@b.example"));
	cr_assert(has("md5", "0123456789abcdef0123456789abcdef"));
	cr_assert(event.has_label && event.label == VG_TLP_AMBER);
	cr_assert(is(event.source_country, "FR"));
}

Test(fmt_ecs, names_the_observer_before_the_agent_and_the_host)
{
	cr_assert(eq(int,
		     say(DOTTED ",'host.name':'h','agent.name':'a',"
				"'observer.name':'o'}"),
		     ACCEPTED));
	cr_assert(is(event.sensor, "o") && is(field("host.name"), "h"));
	cr_assert(eq(int, say(DOTTED ",'host.name':'h','agent.name':'a'}"),
		     ACCEPTED));
	cr_assert(is(event.sensor, "a"));
	cr_assert(eq(int, say(DOTTED "}"), ACCEPTED));
	cr_assert(is(event.sensor, "ecs"));
}

/* A member below so long a name, one level or several deep. */
static enum vg_verdict below_name_of(int n, char *name)
{
	memset(name, 'a', (size_t)n);
	name[n] = '\0';
	return say_with(DOTTED ",'%s':{'source':{'ip':'198.51.100.7'}}}", name);
}

Test(fmt_ecs, passes_over_names_of_any_length)
{
	char name[300];

	for (int n = 0; n < 299; n += 13) {
		cr_assert(eq(int, below_name_of(n, name), ACCEPTED));
		cr_assert(eq(u32, event.n_indicator, 0));
	}
	cr_assert(eq(int, say(DOTTED ",'\\u0073ource.ip':'198.51.100.7'}"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_indicator, 1));
}

Test(fmt_ecs, refuses_a_time_or_an_identity_it_cannot_use)
{
	cr_assert(eq(int, say("{'event.kind':'alert'}"), R_MISSING));
	cr_assert(reason_is("@timestamp"));
	cr_assert(eq(int, say("{'event.kind':'alert','@timestamp':'now'}"),
		     R_VALUE));
	cr_assert(eq(int, say(DOTTED ",'threat.group.name':'a\\u0001'}"),
		     R_VALUE));
	cr_assert(reason_is("threat.group.name"));
	cr_assert(eq(int, say(DOTTED ",'threat.group.name':[['x'],'Y',null]}"),
		     ACCEPTED));
	cr_assert(event.n_actor == 2);
}
