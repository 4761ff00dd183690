/* Suricata EVE, Cowrie and Wazuh: what becomes of their records. */
#include "fmt_fix.h"

#include "ingest/native.h"

static void eve(void)
{
	make_format("suricata-eve");
}
static void cowrie(void)
{
	make_format("cowrie");
}
static void wazuh(void)
{
	make_format("wazuh");
}

TestSuite(suricata, .init = eve, .fini = free_scratch);
TestSuite(cowrie, .init = cowrie, .fini = free_scratch);
TestSuite(wazuh, .init = wazuh, .fini = free_scratch);

#define EVE_HEAD "{'timestamp':'2026-01-02T03:04:05.123456+0100',"
#define EVE_ALERT                                                              \
	"'event_type':'alert','src_ip':'192.0.2.9','src_port':4444,"           \
	"'dest_ip':'10.0.0.2','dest_port':22,'proto':'TCP','alert':{"          \
	"'signature_id':9000001,'signature':'TEST scan','category':"           \
	"'Detection of a Network Scan','severity':2}"

Test(suricata, counts_an_alert_with_its_rule_and_ends)
{
	cr_assert(
		eq(int, say(EVE_HEAD EVE_ALERT ",'host':'ids-1'}"), ACCEPTED));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T02:04:05.123Z")));
	cr_assert(is(event.sensor, "ids-1"));
	cr_assert(eq(u32, event.id.n, 0));
	cr_assert(eq(str, (char *)category(), "information-gathering"));
	cr_assert(eq(str, (char *)kind(), "ids"));
	cr_assert(eq(int, event.severity, 5));
	cr_assert(eq(u32, event.n_indicator, 1));
	cr_assert(has("ipv4", "192.0.2.9"));
	cr_assert(is(field("rule.id"), "9000001"));
	cr_assert(is(field("destination.ip"), "10.0.0.2"));
	cr_assert(is(field("network.transport"), "tcp"));
	cr_assert(eq(u32, event.n_trimmed, 0));
}

Test(suricata, sets_aside_what_is_no_alert)
{
	cr_assert(eq(int, say(EVE_HEAD "'event_type':'flow'}"), ASIDE));
	cr_assert(reason_is("event_type"));
	cr_assert(eq(int, say(EVE_HEAD "'x':1}"), R_MISSING));
	cr_assert(eq(int, say(EVE_HEAD "'event_type':'alert'}"), R_MISSING));
	cr_assert(eq(int, say(EVE_HEAD "'event_type':7}"), R_TYPE));
	cr_assert(eq(int, say("{" EVE_ALERT "}"), R_MISSING));
	cr_assert(eq(int, say("{'timestamp':'x'," EVE_ALERT "}"), R_VALUE));
}

Test(suricata, reads_a_time_without_a_zone_as_utc)
{
	cr_assert(eq(int,
		     say("{'timestamp':'2026-01-02T03:04:05.5'," EVE_ALERT "}"),
		     ACCEPTED));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05.5Z")));
	cr_assert(is(event.sensor, "suricata"));
}

Test(suricata, makes_its_smallest_severity_the_worst)
{
	static const struct {
		const char *severity;
		int ours;
	} rows[] = {{"1", 8}, {"2", 5},	  {"3", 3}, {"4", 2},
		    {"5", 1}, {"255", 1}, {"0", 1}, {"-1", 1}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     say_with(EVE_HEAD "'event_type':'alert','alert':{"
					       "'severity':%s}}",
				      rows[i].severity),
			     ACCEPTED));
		cr_expect(eq(int, event.severity, rows[i].ours));
	}
}

Test(suricata, names_the_other_end_when_the_source_is_private)
{
	cr_assert(eq(int,
		     say(EVE_HEAD "'event_type':'alert','src_ip':'10.0.0.2',"
				  "'dest_ip':'2001:0db8::1','alert':{}}"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_indicator, 1));
	cr_assert(has("ipv6", "2001:db8::1"));
	cr_assert(is(field("source.ip"), "10.0.0.2"));
}

Test(suricata, takes_no_query_and_no_credentials)
{
	cr_assert(eq(int,
		     say(EVE_HEAD EVE_ALERT
			 ",'payload_printable':'hunter2','http':{'url':"
			 "'/login?password=hunter2','http_user_agent':"
			 "'x://u:hunter2@h/'}}"),
		     ACCEPTED));
	cr_assert(nowhere("hunter2"));
	cr_assert(is(field("url.path"), "/login"));
	cr_assert(is(field("user_agent.original"), "x://h/"));
}

Test(suricata, cuts_free_text_at_its_limit_and_says_so)
{
	static char text[2048];
	char long_name[VG_FIELD_VALUE_MAX + 2];

	memset(long_name, 'n', sizeof long_name);
	long_name[VG_FIELD_VALUE_MAX] = '\0';
	snprintf(text, sizeof text,
		 EVE_HEAD "'event_type':'alert','alert':{'signature':'%s'}}",
		 long_name);
	cr_assert(eq(int, say(text), ACCEPTED));
	cr_assert(eq(u32, event.n_trimmed, 0));
	cr_assert(eq(u32, field("rule.name").n, VG_FIELD_VALUE_MAX));
	snprintf(text, sizeof text,
		 EVE_HEAD "'event_type':'alert','alert':{'signature':'%sx'}}",
		 long_name);
	cr_assert(eq(int, say(text), ACCEPTED));
	cr_assert(eq(u32, event.n_trimmed, 1));
	cr_assert(eq(u32, field("rule.name").n, VG_FIELD_VALUE_MAX));
}

#define COWRIE                                                                 \
	"'timestamp':'2026-01-02T03:04:05.1Z','src_ip':'192.0.2.7',"           \
	"'dst_ip':'172.16.0.3','sensor':'pot-1','session':'ab',"               \
	"'username':'root','password':'hunter2','message':"                    \
	"'login attempt [root/hunter2] failed','input':'hunter2'"

Test(cowrie, counts_each_act_and_never_takes_what_was_typed)
{
	static const struct {
		const char *id, *category;
		int severity;
	} rows[] = {
		{"session.connect", "information-gathering", 3},
		{"login.failed", "intrusion-attempts", 4},
		{"login.success", "intrusions", 6},
		{"command.input", "intrusions", 7},
		{"direct-tcpip.request", "intrusions", 6},
		{"session.file_download", "malicious-code", 8},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     say_with("{'eventid':'cowrie.%s'," COWRIE "}",
				      rows[i].id),
			     ACCEPTED));
		cr_expect(
			eq(str, (char *)category(), (char *)rows[i].category));
		cr_expect(eq(int, event.severity, rows[i].severity));
		cr_expect(eq(str, (char *)kind(), "honeypot"));
		cr_expect(is(event.sensor, "pot-1"));
		cr_expect(has("ipv4", "192.0.2.7"));
		cr_expect(eq(u32, event.n_indicator, 1));
		cr_expect(is(field("user.name"), "root"));
		cr_expect(nowhere("hunter2"));
	}
}

Test(cowrie, sets_aside_the_rest_of_a_session)
{
	static const char *const rows[] = {"session.closed", "client.version",
					   "log.open", "direct-tcpip.data",
					   "something.new"};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(eq(int, say_with("{'eventid':'cowrie.%s'}", rows[i]),
			     ASIDE));
	cr_assert(eq(int, say("{'eventid':'kippo.login'}"), R_VALUE));
	cr_assert(eq(int, say("{'eventid':'cowrie.'}"), R_VALUE));
	cr_assert(eq(int, say("{'timestamp':1}"), R_MISSING));
}

Test(cowrie, takes_what_was_fetched_without_credentials)
{
	cr_assert(eq(int,
		     say("{'eventid':'cowrie.session.file_download','url':"
			 "'http://u:hunter2@Malware.example/x','shasum':"
			 "'ABABABABABABABABABABABABABABABABABABABABABABABABABAB"
			 "ABABABABABAB'," COWRIE "}"),
		     ACCEPTED));
	cr_assert(has("url", "http://malware.example/x"));
	cr_assert(eq(u32, event.n_indicator, 3));
	cr_assert(nowhere("hunter2"));
}

#define WAZUH_TIME "'timestamp':'2026-01-02T03:04:05.123+0000'"
#define WAZUH                                                                  \
	"{" WAZUH_TIME ",'id':'1767.1','rule':{'id':'5710','level':10,"        \
	"'description':'bad user','groups':['syslog',"                         \
	"'authentication_failed'],'mitre':{'id':['T1110']}},'agent':{"         \
	"'id':'%s','name':'web-1'},'data':{'srcip':'192.0.2.8','dstuser':"     \
	"'root','command':'hunter2'},'full_log':'hunter2'}"

Test(wazuh, counts_an_alert_by_its_level_and_groups)
{
	cr_assert(eq(int, say_with(WAZUH, "001"), ACCEPTED));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05.123Z")));
	cr_assert(eq(str, (char *)category(), "intrusion-attempts"));
	cr_assert(eq(int, event.severity, 7));
	cr_assert(eq(str, (char *)kind(), "siem"));
	cr_assert(is(event.sensor, "web-1"));
	cr_assert(eq(u32, event.n_technique, 1));
	cr_assert(has("ipv4", "192.0.2.8"));
	cr_assert(is(field("rule.name"), "bad user"));
	cr_assert(nowhere("hunter2"));
}

Test(wazuh, tells_alerts_apart_that_carry_one_id)
{
	char first[VG_ID_MAX];

	cr_assert(eq(int, say_with(WAZUH, "001"), ACCEPTED));
	cr_assert(event.id.n > 0 && event.id.n < sizeof first);
	memcpy(first, event.id.p, event.id.n);
	uint32_t n = event.id.n;
	cr_assert(eq(int, say_with(WAZUH, "002"), ACCEPTED));
	cr_assert(n == event.id.n && memcmp(first, event.id.p, n) != 0);
	cr_assert(eq(int, say_with(WAZUH, "001"), ACCEPTED));
	cr_assert(n == event.id.n && memcmp(first, event.id.p, n) == 0);
}

Test(wazuh, hashes_an_id_that_is_too_long)
{
	char id[VG_ID_MAX + 1];

	memset(id, '9', VG_ID_MAX);
	id[VG_ID_MAX] = '\0';
	cr_assert(eq(
		int,
		say_with("{" WAZUH_TIME ",'id':'%s','rule':{'level':3}}", id),
		ACCEPTED));
	cr_assert(eq(u32, event.id.n, 64));
	cr_assert(
		eq(int, say("{" WAZUH_TIME ",'rule':{'level':3}}"), ACCEPTED));
	cr_assert(eq(u32, event.id.n, 0));
	cr_assert(is(event.sensor, "wazuh"));
}

Test(wazuh, sets_aside_level_0_and_refuses_what_has_no_rule)
{
	cr_assert(eq(int, say("{" WAZUH_TIME ",'rule':{'level':0}}"), ASIDE));
	cr_assert(eq(int, say("{" WAZUH_TIME ",'rule':{}}"), R_MISSING));
	cr_assert(eq(int, say("{" WAZUH_TIME ",'rule':5}"), R_TYPE));
	cr_assert(eq(int, say("{" WAZUH_TIME "}"), R_MISSING));
	cr_assert(eq(int, say("{'rule':{'level':3}}"), R_MISSING));
}
