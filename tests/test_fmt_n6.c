#include "fmt_fix.h"

static void init(void)
{
	make_format("n6");
}

TestSuite(fmt_n6, .init = init, .fini = free_scratch);

#define HEAD "{'id':'n-1','time':'2026-01-02T03:04:05Z'"

static const char WHOLE[] =
	HEAD ",'source':'hidden.42','restriction':'need-to-know',"
	     "'confidence':'high','category':'bots','modified':'x',"
	     "'address':[{'ip':'198.51.100.7','cc':'PL','asn':64500},"
	     "{'ip':'198.51.100.8','cc':'DE'}],'adip':'x.x.51.198',"
	     "'dip':'192.0.2.9','dport':22,'sport':4711,'proto':'tcp',"
	     "'name':'andromeda','origin':'honeypot','count':3,"
	     "'fqdn':'C2.example','url':'http://u:secret@c2.example/',"
	     "'md5':'0123456789abcdef0123456789abcdef',"
	     "'email':'a@b.example','target':'Example','username':'secret'}";

Test(fmt_n6, takes_what_a_whole_event_says)
{
	cr_assert(eq(int, say(WHOLE), ACCEPTED));
	cr_assert(is(event.id, "n-1") && is(event.sensor, "hidden.42"));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05Z")));
	cr_assert(event.confidence == 75 && event.count == 3);
	cr_assert(eq(int, event.label, VG_TLP_AMBER));
	SAME(category(), "malicious-code");
	SAME(kind(), "honeypot");
	cr_assert(has("ipv4", "198.51.100.7") && has("ipv4", "198.51.100.8"));
	cr_assert(is(event.source_country, "PL"), "the first has one");
	cr_assert(has("domain", "c2.example") && has("email", "a@b.example"));
	cr_assert(has("url", "http://c2.example/") && nowhere("secret"));
	cr_assert(is(field("rule.name"), "andromeda"));
	cr_assert(is(field("source.as.number"), "64500"));
	cr_assert(is(field("destination.address"), "x.x.51.198"));
	cr_assert(is(field("destination.ip"), "192.0.2.9"));
}

Test(fmt_n6, narrows_by_the_restriction)
{
	static const struct {
		const char *word;
		int label;
	} rows[] = {{"public", VG_TLP_CLEAR},
		    {"need-to-know", VG_TLP_AMBER},
		    {"internal", VG_TLP_RED},
		    {"odd", VG_TLP_RED}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     say_with(HEAD ",'category':'bots',"
					   "'restriction':'%s'}",
				      rows[i].word),
			     ACCEPTED));
		cr_expect(event.has_label && (int)event.label == rows[i].label,
			  "%s", rows[i].word);
	}
	cr_assert(eq(int, say(HEAD ",'category':'bots'}"), ACCEPTED));
	cr_assert(not(event.has_label));
	cr_assert(is(event.sensor, "n6"));
}

Test(fmt_n6, gives_each_category_its_class)
{
	static const struct word_row rows[] = {
		{"amplifier", "vulnerable"},
		{"cnc", "malicious-code"},
		{"deface", "intrusions"},
		{"dos-victim", "availability"},
		{"leak", "information-content-security"},
		{"phish", "fraud"},
		{"scanning", "information-gathering"},
		{"server-exploit", "intrusion-attempts"},
		{"spam", "abusive-content"},
		{"flow", "other"},
		{"tor", "other"},
		{"?", "other"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     say_with(HEAD ",'category':'%s'}", rows[i].word),
			     ACCEPTED));
		cr_expect(strcmp(category(), rows[i].category) == 0, "%s: %s",
			  rows[i].word, category());
	}
	cr_assert(eq(int, say(HEAD "}"), R_MISSING));
	cr_assert(reason_is("category"));
}

Test(fmt_n6, sets_aside_what_left_a_block_list)
{
	static const struct {
		const char *word;
		enum vg_verdict verdict;
	} rows[] = {{"active", ACCEPTED},
		    {"delisted", ASIDE},
		    {"expired", ASIDE},
		    {"replaced", ASIDE}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(say_with(HEAD ",'category':'cnc','status':'%s'}",
				   rows[i].word) == rows[i].verdict,
			  "%s", rows[i].word);
}

Test(fmt_n6, keeps_no_address_of_a_leaks_victim)
{
	cr_assert(eq(int, say(HEAD ",'category':'leak','email':'a@b.example'}"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_indicator, 0));
}

Test(fmt_n6, takes_a_time_without_a_zone_as_utc)
{
	cr_assert(eq(int,
		     say("{'category':'bots','time':'2026-01-02 03:04:05'}"),
		     ACCEPTED));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05Z")));
	cr_assert(eq(int, say("{'category':'bots'}"), R_MISSING));
	cr_assert(eq(int, say("{'category':'bots','time':'x'}"), R_VALUE));
}

Test(fmt_n6, bounds_count_and_id)
{
	static char id[VG_ID_MAX + 2];

	cr_assert(eq(int, say(HEAD ",'category':'x','count':1000000}"),
		     ACCEPTED));
	cr_assert(
		eq(int, say(HEAD ",'category':'x','count':1000001}"), R_VALUE));
	memset(id, 'i', VG_ID_MAX);
	cr_assert(
		eq(int,
		   say_with("{'category':'x','time':1767323045,'id':'%s'}", id),
		   ACCEPTED));
	id[VG_ID_MAX] = 'i';
	cr_assert(
		eq(int,
		   say_with("{'category':'x','time':1767323045,'id':'%s'}", id),
		   R_VALUE));
}

Test(fmt_n6, takes_the_levels_of_confidence)
{
	static const struct {
		const char *word;
		int confidence;
	} rows[] = {{"low", 25}, {"medium", 50}, {"high", 75}, {"odd", 50}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     say_with(HEAD ",'category':'x',"
					   "'confidence':'%s'}",
				      rows[i].word),
			     ACCEPTED));
		cr_assert(eq(int, event.confidence, rows[i].confidence));
	}
}
