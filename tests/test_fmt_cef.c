#include "fmt_fix.h"

#include "ingest/fmt_cef.h"

static void init(void)
{
	make_format("cef");
}

TestSuite(fmt_cef, .init = init, .fini = free_scratch);

/* A raw record: no marks are replaced. */
static enum vg_verdict raw(const char *text)
{
	return take(text, strlen(text));
}

static enum vg_verdict raw_with(const char *format, const char *value)
{
	static char text[2 * VG_RECORD_MAX];
	int n = snprintf(text, sizeof text, format, value);

	cr_assert(n > 0 && (size_t)n < sizeof text);
	return take(text, (size_t)n);
}

#define HEAD "CEF:0|Acme|Wall|1.2|100|Port scan seen|5|"
#define TIME "rt=1767323045678 "

static const char WHOLE[] =
	"CEF:0|Ac\\|me|Wa\\\\ll|1.2|100|Exploit attempt|8|"
	"rt=1767323045678 src=198.51.100.7 spt=4711 dst=192.0.2.9 dpt=80 "
	"dvchost=fw1 dvc=192.0.2.1 cnt=7 proto=TCP app=http act=blocked "
	"cat=IDS request=https://u:secret@evil.example/a?b\\=c "
	"fileHash=0123456789abcdef0123456789abcdef in=10 out=20 "
	"suser=admin msg=A text = with spaces password\\=secret "
	"cs1=T1110 cs1Label=MITRE technique cs2=Group X "
	"cs2Label=Threat actor FileSHA256=0123456789abcdef0123456789abcdef"
	"0123456789abcdef0123456789abcdef externalId=77";

Test(fmt_cef, takes_what_a_whole_event_says)
{
	cr_assert(eq(int, raw(WHOLE), ACCEPTED));
	cr_assert(event.id.n == 0 && is(event.sensor, "fw1"));
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323045678)));
	cr_assert(event.count == 7 && event.severity == 8);
	SAME(category(), "intrusion-attempts");
	cr_assert(has("ipv4", "198.51.100.7"));
	cr_assert(not(has("ipv4", "192.0.2.9")));
	cr_assert(has("url", "https://evil.example/a?b=c"));
	cr_assert(has("md5", "0123456789abcdef0123456789abcdef"));
	cr_assert(event.n_indicator == 4 && nowhere("secret"));
	cr_assert(event.n_technique == 1 && is(event.technique[0], "T1110"));
	cr_assert(event.n_actor == 1 && is(event.actor[0].name, "Group X"));
	cr_assert(is(field("observer.vendor"), "Ac|me"));
	cr_assert(is(field("observer.product"), "Wa\\ll"));
	cr_assert(is(field("rule.id"), "100"));
	cr_assert(is(field("source.port"), "4711"));
	cr_assert(is(field("destination.ip"), "192.0.2.9"));
	cr_assert(is(field("event.id"), "77"));
	cr_assert(is(field("rule.category"), "IDS"));
}

Test(fmt_cef, skips_a_syslog_header)
{
	static const struct {
		const char *before, *sensor;
		bool has_time;
	} rows[] = {{"", "Wall", false},
		    {"<134>1 2026-01-02T03:04:05Z fw2 app - - - ", "fw2", true},
		    {"<134>1 2026-01-02T03:04:05Z - app - - - ", "Wall", true},
		    {"2026-01-02T03:04:05+00:00 fw2 ", "fw2", true},
		    {"<134>Jan  2 03:04:05 fw2 ", "fw2", false},
		    {"Jan 12 03:04:05 fw2 ", "fw2", false},
		    {"\xef\xbb\xbf", "Wall", false},
		    {"<134> ", "Wall", false}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum vg_verdict v =
			raw_with("%s" HEAD "src=198.51.100.7", rows[i].before);
		cr_expect(v == (rows[i].has_time ? ACCEPTED : R_MISSING), "%s",
			  rows[i].before);
		cr_assert(eq(int,
			     raw_with("%s" HEAD TIME "src=198.51.100.7",
				      rows[i].before),
			     ACCEPTED));
		cr_expect(is(event.sensor, rows[i].sensor), "%s: %.*s",
			  rows[i].before, (int)event.sensor.n, event.sensor.p);
	}
}

Test(fmt_cef, reads_it_within_json)
{
	static const struct {
		const char *text, *sensor;
	} rows[] = {
		{"{'@timestamp':'2026-01-02T03:04:05Z','message':'" HEAD
		 "src=198.51.100.7','host':{'name':'h1'}}",
		 "h1"},
		{"{'event':{'original':'<1>1 2026-01-02T03:04:05Z h2 a - - "
		 "- " HEAD "src=198.51.100.7'},'message':'no'}",
		 "h2"},
		{"{'_raw':'" HEAD TIME "src=198.51.100.7','host':'h3'}", "h3"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int, say(rows[i].text), ACCEPTED));
		cr_expect(is(event.sensor, rows[i].sensor), "%s", rows[i].text);
		cr_assert(has("ipv4", "198.51.100.7"));
	}
	cr_assert(eq(int, say("{'a':1}"), R_MISSING));
	cr_assert(eq(int, say("{'message':'text'}"), VG_VERDICT_R_SYNTAX));
	cr_assert(eq(int, say("{'message':"), VG_VERDICT_R_SYNTAX));
}

Test(fmt_cef, undoes_escapes_once)
{
	cr_assert(eq(int,
		     raw(HEAD TIME "filePath=C:\\\\Users\\\\a b.exe "
				   "reason=x\\=y\\nz act=C:\\dir fname=\\"),
		     ACCEPTED));
	cr_assert(is(field("file.path"), "C:\\Users\\a b.exe"));
	cr_assert(is(field("event.reason"), "x=y z"));
	cr_assert(is(field("event.action"), "C:\\dir"));
	cr_assert(is(field("file.name"), "\\"));
	/* What stood doubled twice in JSON stands doubled once in CEF. */
	cr_assert(eq(int,
		     say("{'message':'" HEAD TIME
			 "filePath=C:\\\\\\\\Users\\\\\\\\b'}"),
		     ACCEPTED));
	cr_assert(is(field("file.path"), "C:\\Users\\b"));
}

Test(fmt_cef, ends_a_value_before_the_next_key)
{
	cr_assert(eq(int, raw(HEAD TIME "reason=a b=c d  act=  x y  \n"),
		     ACCEPTED));
	cr_assert(is(field("event.reason"), "a"));
	cr_assert(is(field("event.action"), "  x y"));
	cr_assert(eq(int, raw(HEAD TIME "reason=a?b=c act="), ACCEPTED));
	cr_assert(is(field("event.reason"), "a?b=c"));
	cr_assert(eq(int, raw(HEAD TIME "reason=it = all act=x"), ACCEPTED));
	cr_assert(is(field("event.reason"), "it = all"));
	cr_assert(is(field("event.action"), "x"));
	cr_assert(eq(int, raw(HEAD "no pairs"), R_MISSING));
}

Test(fmt_cef, knows_the_bytes_of_a_key)
{
	static const char others[] = "_.-[]";

	for (int c = 1; c < 128; c++) {
		bool is_one =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			(c >= 'A' && c <= 'Z') || strchr(others, c) != NULL;
		char text[100];

		if (c == '=' || c == '\\')
			continue;
		snprintf(text, sizeof text, HEAD TIME "reason=a %c=b", c);
		cr_assert(eq(int, raw(text), ACCEPTED));
		cr_expect(is(field("event.reason"), "a") == is_one, "%d", c);
	}
}

Test(fmt_cef, knows_every_key_by_both_its_names)
{
	static const char *const rows[][3] = {
		{"act", "deviceAction", "event.action"},
		{"app", "applicationProtocol", "network.protocol"},
		{"in", "bytesIn", "source.bytes"},
		{"out", "bytesOut", "destination.bytes"},
		{"cat", "deviceEventCategory", "rule.category"},
		{"dhost", "destinationHostName", "destination.domain"},
		{"dpt", "destinationPort", "destination.port"},
		{"dvc", "deviceAddress", "observer.ip"},
		{"fname", "filename", "file.name"},
		{"fname", "fileName", "file.name"},
		{"filePath", "filePath", "file.path"},
		{"externalId", "externalId", "event.id"},
		{"outcome", "eventOutcome", "event.outcome"},
		{"proto", "transportProtocol", "network.transport"},
		{"reason", "reason", "event.reason"},
		{"requestMethod", "requestMethod", "http.request.method"},
		{"shost", "sourceHostName", "source.domain"},
		{"spt", "sourcePort", "source.port"}};
	static const char *const times[] = {"start", "startTime",
					    "end",   "endTime",
					    "rt",    "deviceReceiptTime"};
	static const char *const sources[] = {"src", "sourceAddress", "c6a2",
					      "deviceCustomIPv6Address2"};
	static const char *const targets[] = {"dst", "destinationAddress",
					      "c6a3",
					      "deviceCustomIPv6Address3"};

	for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     raw_with(HEAD TIME "%s=17", rows[i / 2][i % 2]),
			     ACCEPTED));
		cr_expect(is(field(rows[i / 2][2]), "17"), "%s",
			  rows[i / 2][i % 2]);
	}
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
		cr_expect(raw_with(HEAD "%s=1767323045000", times[i]) ==
				  ACCEPTED,
			  "%s", times[i]);
	for (size_t i = 0; i < 4; i++) {
		cr_assert(eq(int,
			     raw_with(HEAD TIME "%s=2001:db9::1", sources[i]),
			     ACCEPTED));
		cr_expect(has("ipv6", "2001:db9::1"), "%s", sources[i]);
		cr_assert(eq(int,
			     raw_with(HEAD TIME "%s=2001:db9::1", targets[i]),
			     ACCEPTED));
		cr_expect(is(field("destination.ip"), "2001:db9::1"), "%s",
			  targets[i]);
	}
	cr_assert(eq(int, raw(HEAD TIME "requestUrl=http://a.example/"),
		     ACCEPTED));
	cr_assert(has("url", "http://a.example/"));
}

Test(fmt_cef, takes_no_address_from_a_message)
{
	cr_assert(eq(int, raw(HEAD TIME "msg=User signed in from 2001:db9::5"),
		     ACCEPTED));
	cr_assert(event.n_indicator == 0 && nowhere("2001:db9::5"));
}

Test(fmt_cef, reads_both_names_of_a_key_and_ipv6)
{
	cr_assert(eq(int,
		     raw(HEAD "deviceReceiptTime=1767323045 "
			      "sourceAddress=10.0.0.1 "
			      "destinationAddress=198.51.100.9 "
			      "deviceHostName=fw9 baseEventCount=2 "
			      "deviceCustomString3=Group Y "
			      "deviceCustomString3Label=actor"),
		     ACCEPTED));
	cr_assert(is(event.sensor, "fw9") && event.count == 2);
	cr_assert(has("ipv4", "198.51.100.9"), "the source is private");
	cr_assert(event.n_actor == 1);
	cr_assert(eq(int, raw(HEAD TIME "c6a2=2001:db9::1 c6a3=2001:db9::2"),
		     ACCEPTED));
	cr_assert(has("ipv6", "2001:db9::1") && event.n_indicator == 1);
}

Test(fmt_cef, reads_times_as_cef_writes_them)
{
	static const struct {
		const char *text, *time; /* NULL: none */
	} rows[] = {
		{"1767323045000", "2026-01-02T03:04:05Z"},
		{"Jan 02 2026 03:04:05", "2026-01-02T03:04:05Z"},
		{"Jan 2 2026 03:04:05.678", "2026-01-02T03:04:05.678Z"},
		{"Jan 02 2026 03:04:05 UTC", "2026-01-02T03:04:05Z"},
		{"Jan 02 2026 03:04:05.678 GMT", "2026-01-02T03:04:05.678Z"},
		{"Dec 31 2025 23:04:05 -0400", "2026-01-01T03:04:05Z"},
		{"Jan 02 2026 04:04:05 +01:00", "2026-01-02T03:04:05Z"},
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
		{"Jan 02 03:04:05", NULL},
		{"Jan 02 2026 03:04:05 EST", NULL},
		{"Jan 32 2026 03:04:05", NULL},
		{"anF 02 2026 03:04:05", NULL},
		{"Foo 02 2026 03:04:05", NULL},
		{"Jan 02 2026 03:04:05.678901234567890123", NULL},
		{"Jan 02 2026 03:04:05 +01000000", NULL},
		{"soon", NULL}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum vg_verdict v = raw_with(HEAD "rt=%s", rows[i].text);

		cr_expect(v == (rows[i].time ? ACCEPTED : R_VALUE), "%s",
			  rows[i].text);
		if (rows[i].time != NULL)
			cr_expect(event.time_ms == at(rows[i].time), "%s",
				  rows[i].text);
	}
}

Test(fmt_cef, prefers_the_start_and_falls_back)
{
	cr_assert(eq(int,
		     raw(HEAD "end=1767323047000 rt=1767323046000 "
			      "start=1767323045000"),
		     ACCEPTED));
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323045000)));
	cr_assert(eq(int, raw(HEAD "start=Jan 02 03:04:05 end=1767323047000"),
		     ACCEPTED));
	cr_assert(eq(i64, event.time_ms, INT64_C(1767323047000)));
}

Test(fmt_cef, normalises_severity)
{
	static const struct {
		const char *text;
		int severity;
	} rows[] = {{"0", 1},	{"1", 1},   {"10", 10},	      {"11", 5},
		    {"Low", 3}, {"low", 3}, {"Medium", 5},    {"High", 8},
		    {"", 5},	{"-1", 5},  {"Very-High", 9}, {"Unknown", 5},
		    {"7.5", 7}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int,
			     raw_with("CEF:0|a|b|c|d|e|%s|" TIME "act=x",
				      rows[i].text),
			     ACCEPTED));
		cr_expect(event.severity == rows[i].severity, "%s: %d",
			  rows[i].text, event.severity);
	}
}

Test(fmt_cef, classes_by_the_words_of_category_then_name)
{
	static const struct word_row rows[] = {
		{"cat=Malware", "malicious-code"},
		{"cat=fraud", "fraud"},
		{"cat=/Recon", "information-gathering"},
		{"cat=nothing", "information-gathering"}, /* the name */
		{"deviceEventCategory=DDoS", "availability"},
		{"cat=System compromise", "intrusions"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert(eq(int, raw_with(HEAD TIME "%s", rows[i].word),
			     ACCEPTED));
		cr_expect(strcmp(category(), rows[i].category) == 0, "%s: %s",
			  rows[i].word, category());
	}
	cr_assert(eq(int, raw("CEF:0|a|b|c|d|User Signed In|3|" TIME "a=b"),
		     ACCEPTED));
	SAME(category(), "other");
}

Test(fmt_cef, bounds_the_count)
{
	static const struct {
		const char *text;
		enum vg_verdict verdict;
	} rows[] = {{"1", ACCEPTED},	  {"1000000", ACCEPTED},
		    {"1000001", R_VALUE}, {"0", R_VALUE},
		    {"x", R_VALUE},	  {"1.5", R_VALUE},
		    {"", ACCEPTED}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(raw_with(HEAD TIME "cnt=%s", rows[i].text) ==
				  rows[i].verdict,
			  "%s", rows[i].text);
}

Test(fmt_cef, leaves_out_numbers_and_addresses_that_are_none)
{
	cr_assert(eq(int,
		     raw(HEAD TIME "spt=x dpt=-1 src=nobody fileHash=1 "
				   "cs9=a csx=b cs7Label=c cs1=d"),
		     ACCEPTED));
	cr_assert(event.n_indicator == 0 && event.n_trimmed == 4);
}

Test(fmt_cef, refuses_what_is_no_cef)
{
	static const struct {
		const char *text;
		enum vg_verdict verdict;
	} rows[] = {{"", VG_VERDICT_R_EMPTY},
		    {"hello", VG_VERDICT_R_SYNTAX},
		    {"CEF:x|a|b|c|d|e|5|", VG_VERDICT_R_SYNTAX},
		    {"CEF:0|a|b|c|d|e", VG_VERDICT_R_SYNTAX},
		    {"CEF:0|a|b|c|d|e\\|5|", VG_VERDICT_R_SYNTAX},
		    {"CEF:", VG_VERDICT_R_SYNTAX},
		    {"CCEF:0", VG_VERDICT_R_SYNTAX},
		    {HEAD "act=\xff", VG_VERDICT_R_UTF8},
		    {HEAD TIME "dvchost=a\x01", R_VALUE},
		    {HEAD TIME "cs1=a\x01 cs1Label=actor", R_VALUE}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		cr_expect(raw(rows[i].text) == rows[i].verdict, "%s: %s",
			  rows[i].text, decoded.reason);
}

Test(fmt_cef, bounds_the_record)
{
	static char text[VG_RECORD_MAX + 2];

	memset(text, 'a', sizeof text);
	memcpy(text, HEAD TIME "msg=", sizeof HEAD TIME "msg=" - 1);
	cr_assert(eq(int, take(text, VG_RECORD_MAX), ACCEPTED));
	cr_assert(
		eq(int, take(text, VG_RECORD_MAX + 1), VG_VERDICT_R_OVERSIZED));
}
