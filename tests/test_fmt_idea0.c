#include "fmt_fix.h"

static void init(void)
{
	make_format("idea0");
}

TestSuite(fmt_idea0, .init = init, .fini = free_scratch);

#define HEAD                                                                   \
	"{'Format':'IDEA0','ID':'i-1','DetectTime':'2026-01-02T03:04:05Z',"    \
	"'Category':['Attempt.Login']"

static const char FULL_ALERT[] = HEAD
	",'EventTime':'2026-01-02 04:00:00+01:00','ConnCount':71,"
	"'Confidence':0.8,'Description':'SSH guessing','PacketCount':9,"
	"'ByteCount':900,'Source':[{'IP4':['198.51.100.7','198.51.100.7/32',"
	"'203.0.113.0/24','203.0.113.5-203.0.113.9'],'IP6':['2001:db9::1'],"
	"'Port':[22,23],'Proto':['tcp','ssh'],'Hostname':['Evil.example'],"
	"'URL':['http://u:pw@evil.example/x'],'Email':['a@evil.example']}],"
	"'Target':[{'IP4':['192.0.2.9'],'Port':22,'Hostname':['v.example']}],"
	"'Attach':[{'FileName':['1sh'],'Hash':["
	"'md5:0123456789abcdef0123456789abcdef','sha1:01']}],"
	"'Node':[{'Name':'relay.example','Type':['Relay']},"
	"{'Name':'cz.example.hp','Type':['Flow','Honeypot'],'SW':['Nemea']}],"
	"'_CESNET':{'EventSeverity':'high','SourceResolvedCountry':['cz'],"
	"'TLP':'green'}}";

Test(fmt_idea0, takes_what_a_whole_alert_says)
{
	cr_assert(eq(int, say(FULL_ALERT), ACCEPTED));
	cr_assert(is(event.id, "i-1") && is(event.sensor, "cz.example.hp"));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:00:00Z")));
	cr_assert(eq(i64, event.count, 71));
	cr_assert(event.confidence == 80 && event.severity == 8);
	cr_assert(event.has_label && event.label == VG_TLP_GREEN);
	cr_assert(is(event.source_country, "CZ"));
	SAME(category(), "intrusion-attempts");
	SAME(kind(), "honeypot");
	cr_assert(is(field("rule.name"), "SSH guessing"));
	cr_assert(is(field("observer.product"), "Nemea"));
	cr_assert(is(field("source.port"), "22"));
	cr_assert(is(field("destination.port"), "22"));
	cr_assert(is(field("destination.ip"), "192.0.2.9"));
	cr_assert(is(field("network.transport"), "tcp"));
	cr_assert(is(field("network.protocol"), "ssh"));
	cr_assert(is(field("network.bytes"), "900"));
	cr_assert(has("domain", "evil.example"));
	cr_assert(has("email", "a@evil.example"));
	cr_assert(has("md5", "0123456789abcdef0123456789abcdef"));
}

Test(fmt_idea0, makes_indicators_of_single_addresses_and_fields_of_blocks)
{
	cr_assert(eq(int, say(FULL_ALERT), ACCEPTED));
	cr_assert(has("ipv4", "198.51.100.7") && has("ipv6", "2001:db9::1"));
	cr_assert(not(has("ipv4", "203.0.113.0")));
	cr_assert(not(has("ipv4", "192.0.2.9")), "the target is none");
	cr_assert(is(field("source.address"), "203.0.113.0/24"));
	/* A range behind it, and a hash of no known kind. */
	cr_assert(eq(u32, event.n_trimmed, 2));
}

Test(fmt_idea0, keeps_no_user_information_of_a_url)
{
	cr_assert(eq(int, say(FULL_ALERT), ACCEPTED));
	cr_assert(has("url", "http://evil.example/x"));
	cr_assert(nowhere("pw"));
}

Test(fmt_idea0, reads_the_time_of_the_event_then_of_its_detection)
{
	cr_assert(eq(int, say(HEAD "}"), ACCEPTED));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05Z")));
	cr_assert(eq(int,
		     say("{'Category':['Test'],'CreateTime':"
			 "'2026-01-02T00:00:00Z'}"),
		     ACCEPTED));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T00:00:00Z")));
	cr_assert(event.id.n == 0 && is(event.sensor, "idea0"));
	cr_assert(eq(int, say("{'Category':['Test']}"), R_MISSING));
	cr_assert(reason_is("DetectTime"));
	cr_assert(eq(int, say(HEAD ",'EventTime':'soon'}"), R_VALUE));
	cr_assert(reason_is("EventTime"));
}

Test(fmt_idea0, gives_each_category_its_class)
{
	static const struct word_row rows[] = {
		{"'Abusive.Spam'", "abusive-content"},
		{"'Malware'", "malicious-code"},
		{"'Recon.Scanning'", "information-gathering"},
		{"'Attempt.Exploit'", "intrusion-attempts"},
		{"'Intrusion.Botnet'", "intrusions"},
		{"'Availability.DoS'", "availability"},
		{"'Availibility.DDoS'", "availability"},
		{"'Information.UnauthorizedAccess'",
		 "information-content-security"},
		{"'Fraud.Phishing'", "fraud"},
		{"'Vulnerable.Config'", "vulnerable"},
		{"'Anomaly.Traffic'", "other"},
		{"'some string'", "other"},
		{"'odd','Recon'", "information-gathering"},
		{"'Recon','Malware'", "information-gathering"},
		{"'Recon','Test'", "test"},
		{"", "other"},
		{"7", "other"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     say_with("{'CreateTime':1767323045,"
				      "'Category':[%s]}",
				      rows[i].word),
			     ACCEPTED));
		cr_expect(strcmp(category(), rows[i].category) == 0, "%s: %s",
			  rows[i].word, category());
	}
	cr_assert(eq(int, say("{'CreateTime':1767323045}"), R_MISSING));
}

Test(fmt_idea0, counts_connections_within_bounds)
{
	static const struct {
		const char *count;
		enum vg_verdict verdict;
		int64_t is;
	} rows[] = {{"0", ACCEPTED, 1},
		    {"1", ACCEPTED, 1},
		    {"1000000", ACCEPTED, 1000000},
		    {"1000001", R_VALUE, 0},
		    {"-1", R_VALUE, 0},
		    {"2.5", R_VALUE, 0},
		    {"null", ACCEPTED, 1}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     say_with(HEAD ",'ConnCount':%s}", rows[i].count),
			     rows[i].verdict));
		if (rows[i].verdict == ACCEPTED)
			cr_assert(eq(i64, event.count, rows[i].is));
	}
}

Test(fmt_idea0, takes_no_indicator_of_a_spoofed_source)
{
	cr_assert(eq(int,
		     say(HEAD ",'Source':[{'Spoofed':true,"
			      "'IP4':['198.51.100.7']}]}"),
		     ACCEPTED));
	cr_assert(event.n_indicator == 0 && event.n_trimmed == 1);
}

/* `n` addresses in a list. */
static enum vg_verdict with_addresses(int n)
{
	static char list[4096];
	size_t used = 0;

	for (int i = 0; i < n; i++)
		used += (size_t)snprintf(list + used, sizeof list - used,
					 "%s'198.51.100.%d'", i ? "," : "",
					 i + 1);
	return say_with(HEAD ",'Source':[{'IP4':[%s]}]}", list);
}

Test(fmt_idea0, counts_the_addresses_beyond_the_limit)
{
	cr_assert(eq(int, with_addresses(VG_INDICATORS_MAX), ACCEPTED));
	cr_assert(event.n_indicator == VG_INDICATORS_MAX &&
		  event.n_trimmed == 0);
	cr_assert(eq(int, with_addresses(VG_INDICATORS_MAX + 1), ACCEPTED));
	cr_assert(event.n_indicator == VG_INDICATORS_MAX &&
		  event.n_trimmed == 1);
}

Test(fmt_idea0, finds_the_detector_behind_the_relays)
{
	static const struct {
		const char *nodes, *sensor, *kind;
	} rows[] = {
		{"{'Name':'a','Type':'Log'}", "a", "siem"},
		{"[{'Name':'a'}]", "a", "none"},
		{"[{'Name':'a','Type':['Relay']},{'Name':'b'}]", "b", "none"},
		{"[{'Name':'a','Type':['Flow']},{'Name':'b','Type':['Relay']}]",
		 "a", "netflow"},
		{"[]", "idea0", "none"},
		{"7", "idea0", "none"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int, say_with(HEAD ",'Node':%s}", rows[i].nodes),
			     ACCEPTED));
		cr_expect(is(event.sensor, rows[i].sensor), "%s",
			  rows[i].nodes);
		SAME(kind(), rows[i].kind);
	}
}

Test(fmt_idea0, refuses_what_cannot_identify)
{
	cr_assert(eq(int, say("{'Format':'IDEA9'}"), R_VALUE));
	cr_assert(reason_is("Format"));
	cr_assert(eq(int,
		     say("{'ID':'a\\nb','Category':['Test'],"
			 "'CreateTime':1767323045}"),
		     R_VALUE));
	cr_assert(reason_is("ID"));
	cr_assert(eq(int, say("[]"), VG_VERDICT_R_NOT_OBJECT));
}

Test(fmt_idea0, takes_the_stricter_of_two_labels)
{
	cr_assert(eq(int,
		     say(HEAD ",'TLP':'TLP:AMBER','_Mentat':{'TLP':'green'}}"),
		     ACCEPTED));
	cr_assert(eq(int, event.label, VG_TLP_AMBER));
	cr_assert(eq(int, say(HEAD ",'TLP':'EYES ONLY'}"), ACCEPTED));
	cr_assert(eq(int, event.label, VG_TLP_RED));
}
