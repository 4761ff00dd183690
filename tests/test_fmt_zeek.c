/* Zeek: logs as JSON, and their TSV twins. */
#include "fmt_fix.h"

static void zeek(void)
{
	make_format("zeek");
}

TestSuite(zeek, .init = zeek, .fini = free_scratch);

#define HEADER                                                                 \
	"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"         \
	"#unset_field\t-\n#path\tnotice\n#fields\tts\tid.orig_h\tid.orig_p\t"  \
	"note\tmsg\tactions\tok\n#types\ttime\taddr\tport\tenum\tstring\t"     \
	"set[enum]\tbool\n"
#define ROW "1767323045.123999\t192.0.2.5\t7\tScan::Port_Scan\ta\\x2cb\tA,B\tT"

static enum vg_verdict tsv(const char *text)
{
	return take(text, strlen(text));
}

Test(zeek, counts_a_notice_by_what_its_name_says)
{
	static const char form[] =
		"{'_path':'notice','ts':'2026-01-02T03:04:05.123999Z','note':"
		"'%s','src':'192.0.2.5','peer_descr':'w1'}";

	cr_assert(eq(int, say_with(form, "Scan::Port_Scan"), ACCEPTED));
	cr_assert(eq(str, (char *)category(), "information-gathering"));
	cr_assert(eq(int, event.severity, 5));
	cr_assert(eq(i64, event.time_ms, at("2026-01-02T03:04:05.123Z")));
	cr_assert(is(event.sensor, "w1"));
	cr_assert(has("ipv4", "192.0.2.5"));
	cr_assert(
		eq(int, say_with(form, "SSL::Invalid_Server_Cert"), ACCEPTED));
	cr_assert(eq(str, (char *)category(), "vulnerable"));
	cr_assert(eq(int, say_with(form, "SSH::Password_Guessing"), ACCEPTED));
	cr_assert(eq(str, (char *)category(), "intrusion-attempts"));
	cr_assert(eq(int, say_with(form, "CaptureLoss::Too_Much_Loss"), ASIDE));
}

Test(zeek, sets_aside_logs_of_traffic_and_health)
{
	static const char *const paths[] = {"conn",  "dns",  "http", "ssl",
					    "files", "x509", "stats"};

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		cr_expect(eq(int, say_with("{'ts':1,'_path':'%s'}", paths[i]),
			     ASIDE));
	cr_assert(eq(int, say("{'ts':1,'conn_state':'S0'}"), ASIDE));
}

Test(zeek, tells_a_log_without_its_path_by_its_members)
{
	cr_assert(eq(int, say("{'ts':1,'note':'A::B'}"), ACCEPTED));
	cr_assert(is(field("event.dataset"), "notice"));
	cr_assert(eq(int, say("{'ts':1,'name':'w','notice':false}"), ACCEPTED));
	cr_assert(is(field("event.dataset"), "weird"));
	cr_assert(eq(int, say("{'ts':1}"), ACCEPTED));
	cr_assert(is(field("event.dataset"), "log"));
	cr_assert(eq(int, say("{'note':'A::B'}"), R_MISSING));
}

Test(zeek, reads_a_tsv_record_as_its_json_twin)
{
	static struct vg_event json;

	cr_assert(eq(int,
		     say("{'_path':'notice','ts':'2026-01-02T03:04:05.123999Z',"
			 "'id.orig_h':'192.0.2.5','id.orig_p':7,'note':"
			 "'Scan::Port_Scan','msg':'a,b','actions':['A','B'],"
			 "'ok':true}"),
		     ACCEPTED));
	json = event;
	cr_assert(eq(u32, json.n_field, 5));
	cr_assert(is(field("event.reason"), "a,b"));
	cr_assert(eq(int, tsv(HEADER ROW "\r\n"), ACCEPTED));
	cr_assert(eq(i64, event.time_ms, json.time_ms));
	cr_assert(eq(int, event.category, json.category));
	cr_assert(eq(u32, event.n_field, json.n_field));
	cr_assert(is(field("event.reason"), "a,b"));
	cr_assert(is(field("source.port"), "7"));
	cr_assert(has("ipv4", "192.0.2.5"));
}

Test(zeek, never_takes_passwords_and_communities)
{
	cr_assert(eq(int,
		     say("{'_path':'ftp','ts':1,'user':'u','password':"
			 "'hunter2','arg':'ftp://u:hunter2@h/','community':"
			 "'hunter2'}"),
		     ACCEPTED));
	cr_assert(nowhere("hunter2"));
	cr_assert(is(field("user.name"), "u"));
}

Test(zeek, refuses_tsv_that_its_header_does_not_fit)
{
	cr_assert(eq(int, tsv(HEADER), ASIDE));
	cr_assert(eq(int, tsv(HEADER ROW "\tmore"), R_VALUE));
	cr_assert(reason_is("column 8: not in #fields"));
	cr_assert(eq(int, tsv(HEADER "1\t192.0.2.5"), R_VALUE));
	cr_assert(reason_is("column 3: missing"));
	cr_assert(eq(int, tsv(HEADER ROW "\n" ROW), R_VALUE));
	cr_assert(reason_is("record: more than one line"));
	cr_assert(eq(int, tsv(ROW), R_MISSING));
	cr_assert(eq(int, tsv("#fields\tts\n1"), R_MISSING));
	cr_assert(eq(int, tsv(HEADER "1\t-\tx\tN\t-\t-\t-"), R_VALUE));
	cr_assert(reason_is("column 3: not of its type"));
	cr_assert(eq(int, tsv(HEADER "1\t-\t-\tN\t-\t-\tyes"), R_VALUE));
	cr_assert(eq(int, tsv(HEADER "1\t-\t-\tN\t-\t(empty)\t-"), ACCEPTED));
}

Test(zeek, bounds_what_a_tsv_record_may_grow_to)
{
	static char text[VG_RECORD_MAX];
	size_t n = strlen(HEADER);

	memcpy(text, HEADER, n);
	n += (size_t)snprintf(text + n, 64, "1\t-\t-\tN\t");
	memset(text + n, 1, 40000); /* each becomes six */
	n += 40000;
	n += (size_t)snprintf(text + n, 16, "\t-\t-");
	cr_assert(eq(int, take(text, n), VG_VERDICT_R_SIZE));
}
