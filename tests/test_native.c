/* What the native decoders share. */
#include "fmt_fix.h"

#include "ingest/native.h"
#include "ingest/place.h"

static struct vg_reading r;

static void setup(void)
{
	make_format("ecs");
	r = (struct vg_reading){.s = scratch,
				.cfg = &cfg,
				.partner = &cfg.partners[0],
				.e = &event,
				.out = &decoded,
				.element = -1};
	vg_native_start(&r);
}

TestSuite(native, .init = setup, .fini = free_scratch);

static void parse(const char *text)
{
	static char json[4096];
	size_t n = strlen(text);

	for (size_t i = 0; i <= n; i++)
		json[i] = (char)(text[i] == '\'' ? '"' : text[i]);
	vg_native_start(&r);
	cr_assert(vg_record_parse(&r, (struct vg_slice){json, (uint32_t)n}));
}

static const char *text_at(const char *path)
{
	static char out[64];
	struct vg_slice s;

	if (!vg_native_text(&r, vg_native_at(&r, 0, path), &s))
		return "absent";
	snprintf(out, sizeof out, "%.*s", (int)s.n, s.p);
	return out;
}

Test(native, finds_members_nested_dotted_and_both)
{
	parse("{'a':{'b':{'c':1}},'d.e.f':2,'g':{'h.i':3},'j.k':{'l':4},"
	      "'z':null,'x':{'y':[]}}");
	cr_assert(eq(str, (char *)text_at("a.b.c"), "1"));
	cr_assert(eq(str, (char *)text_at("d.e.f"), "2"));
	cr_assert(eq(str, (char *)text_at("g.h.i"), "3"));
	cr_assert(eq(str, (char *)text_at("j.k.l"), "4"));
	cr_assert(eq(str, (char *)text_at("z"), "absent"));
	cr_assert(eq(str, (char *)text_at("a.b"), "absent"));
	cr_assert(eq(str, (char *)text_at("x.y"), "absent"));
	cr_assert(eq(str, (char *)text_at("a.b.c.d"), "absent"));
}

Test(native, reads_whole_numbers_and_texts_of_them)
{
	int64_t v = 0;

	parse("{'a':5,'b':'6','c':7.0,'d':'8.5','e':'x','f':[9],'g':true}");
	cr_assert(vg_native_int(&r, vg_native_at(&r, 0, "a"), &v) && v == 5);
	cr_assert(vg_native_int(&r, vg_native_at(&r, 0, "b"), &v) && v == 6);
	cr_assert(vg_native_int(&r, vg_native_at(&r, 0, "c"), &v) && v == 7);
	cr_assert(vg_native_int(&r, vg_native_at(&r, 0, "f"), &v) && v == 9);
	cr_assert(not(vg_native_int(&r, vg_native_at(&r, 0, "d"), &v)));
	cr_assert(not(vg_native_int(&r, vg_native_at(&r, 0, "e"), &v)));
	cr_assert(not(vg_native_int(&r, vg_native_at(&r, 0, "g"), &v)));
	cr_assert(not(vg_native_int(&r, VG_ABSENT, &v)));
}

Test(native, reads_times_as_exporters_write_them)
{
	static const struct {
		const char *text, *time; /* NULL: none */
	} rows[] = {
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
		{"2026-01-02T03:04:05.123456+0100", "2026-01-02T02:04:05.123Z"},
		{"2026-01-02T03:04:05-06", "2026-01-02T09:04:05Z"},
		{"2026-01-02T03:04:05.1", "2026-01-02T03:04:05.1Z"},
		{"2026-01-02 03:04:05,5 UTC", "2026-01-02T03:04:05.5Z"},
		{"2026-01-02 03:04:05+01:00", "2026-01-02T02:04:05Z"},
		{"1767323045", "2026-01-02T03:04:05Z"},
		{"1767323045.123999", "2026-01-02T03:04:05.123Z"},
		{"1767323045123", "2026-01-02T03:04:05.123Z"},
		{"1767323045123999", "2026-01-02T03:04:05.123Z"},
		{"1767323045123999000", NULL}, /* 19 digits are no number */
		{"2026-01-02T03:04:05.1Eastern Daylight Time", NULL},
		{"2026-13-02T03:04:05Z", NULL},
		{"2026-01-02", NULL},
		{"-5", NULL},
		{"", NULL}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t ms = -1;
		bool ok = vg_native_time_text(vg_slice_of(rows[i].text), &ms);

		cr_expect(ok == (rows[i].time != NULL), "%s", rows[i].text);
		if (ok && rows[i].time != NULL)
			cr_expect(ms == at(rows[i].time), "%s", rows[i].text);
	}
}

Test(native, leaves_out_addresses_that_name_nobody_outside)
{
	static const char *const nobody[] = {"10.1.2.3",
					     "127.0.0.1",
					     "172.16.0.1",
					     "172.31.255.255",
					     "192.168.0.1",
					     "169.254.1.1",
					     "100.64.0.1",
					     "224.0.0.1",
					     "0.0.0.0",
					     "::1",
					     "::",
					     "fe80::1",
					     "fd00::1",
					     "ff02::1",
					     "::ffff:10.0.0.1"};
	static const char *const somebody[] = {
		"192.0.2.1",   "172.32.0.1", "100.128.0.1",
		"2001:db8::1", "fb00::1",    "::ffff:192.0.2.1"};

	for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++)
		cr_expect(not(vg_native_ip(&r, vg_slice_of(nobody[i]))), "%s",
			  nobody[i]);
	cr_assert(eq(u32, event.n_indicator, 0));
	cr_assert(eq(u32, event.n_trimmed, 0));
	for (size_t i = 0; i < sizeof somebody / sizeof somebody[0]; i++)
		cr_expect(vg_native_ip(&r, vg_slice_of(somebody[i])), "%s",
			  somebody[i]);
	cr_assert(eq(u32, event.n_indicator, 6));
	cr_assert(not(vg_native_ip(&r, vg_slice_of("300.1.1.1"))));
	cr_assert(eq(u32, event.n_trimmed, 1));
}

Test(native, keeps_to_the_limits_of_lists)
{
	static char text[VG_INDICATORS_MAX + 1][24];

	for (int i = 0; i < VG_INDICATORS_MAX + 1; i++) {
		snprintf(text[i], sizeof text[i], "192.0.2.%d", i);
		(void)vg_native_ip(&r, vg_slice_of(text[i]));
	}
	cr_assert(eq(u32, event.n_indicator, VG_INDICATORS_MAX));
	cr_assert(eq(u32, event.n_trimmed, 1));
}

Test(native, never_widens_a_label_it_does_not_know)
{
	vg_native_tlp(&r, vg_slice_of("tlp:green"));
	cr_assert(eq(int, event.label, VG_TLP_GREEN));
	vg_native_tlp(&r, vg_slice_of("TLP:WHITE"));
	cr_assert(eq(int, event.label, VG_TLP_CLEAR));
	vg_native_tlp(&r, vg_slice_of("ours"));
	cr_assert(eq(int, event.label, VG_TLP_RED));
	cr_assert(event.has_label);
}

Test(native, scales_severities_both_ways)
{
	cr_assert(eq(int, vg_native_scale(0, 0, 15), 1));
	cr_assert(eq(int, vg_native_scale(15, 0, 15), 10));
	cr_assert(eq(int, vg_native_scale(99, 0, 15), 10));
	cr_assert(eq(int, vg_native_scale(-1, 0, 15), 1));
	cr_assert(eq(int, vg_native_scale(1, 4, 1), 10));
	cr_assert(eq(int, vg_native_scale(4, 4, 1), 1));
	cr_assert(eq(int, vg_native_severity_word(vg_slice_of("HIGH"), 5), 8));
	cr_assert(eq(int, vg_native_severity_word(vg_slice_of("odd"), 5), 5));
}

Test(native, has_the_classes_and_kinds_of_the_vocabulary)
{
	cr_assert(eq(str,
		     (char *)vg_vocab_word(VG_VOCAB_CATEGORY, VG_RSIT_TEST),
		     "test"));
	cr_assert(eq(str,
		     (char *)vg_vocab_word(VG_VOCAB_CATEGORY,
					   VG_RSIT_INTRUSION_ATTEMPTS),
		     "intrusion-attempts"));
	cr_assert(
		eq(str,
		   (char *)vg_vocab_word(VG_VOCAB_CATEGORY, VG_RSIT_VULNERABLE),
		   "vulnerable"));
	cr_assert(vg_vocab_word(VG_VOCAB_CATEGORY, VG_RSIT_TEST + 1) == NULL);
	cr_assert(eq(str,
		     (char *)vg_vocab_word(VG_VOCAB_SENSOR_KIND, VG_KIND_SIEM),
		     "siem"));
	cr_assert(vg_vocab_word(VG_VOCAB_SENSOR_KIND, VG_KIND_OTHER + 1) ==
		  NULL);
}

Test(native, knows_a_decoder_for_every_format_of_the_configuration)
{
	size_t n = 0;

	for (; vg_config_format(n) != NULL; n++)
		cr_expect(vg_decoder_find(vg_config_format(n)) != NULL, "%s",
			  vg_config_format(n));
	cr_assert(vg_decoder_at(n - 1) != NULL);
	cr_assert(vg_decoder_at(n) == NULL);
}

Test(native, makes_two_ids_of_two_places_and_one_of_one)
{
	static const uint8_t key[VG_HASH_KEY] = "0123456789abcde";
	char a[VG_PLACE_ID], b[VG_PLACE_ID];

	(void)vg_place_id(a, key, "alerts.ma", 1, 7);
	cr_assert(eq(sz, strlen(a), 32));
	(void)vg_place_id(b, key, "alerts.ma", 1, 7);
	cr_assert(eq(str, a, b));
	(void)vg_place_id(b, key, "alerts.ma", 1, 8);
	cr_assert(ne(str, a, b));
	(void)vg_place_id(b, key, "alerts.ma", 2, 7);
	cr_assert(ne(str, a, b));
	(void)vg_place_id(b, key, "alerts.mb", 1, 7);
	cr_assert(ne(str, a, b));
}

Test(native, detects_each_format_by_its_members)
{
	decoder = vg_decoder_find("auto");
	cr_assert(eq(int,
		     say("{'id':'e','time':1,'sensor':'s',"
			 "'category':'fraud'}"),
		     ACCEPTED));
	cr_assert(eq(int, say("{'event_type':'flow','timestamp':1}"), ASIDE));
	cr_assert(eq(int, say("{'eventid':'cowrie.log.open'}"), ASIDE));
	cr_assert(eq(int, say("{'rule':{'level':0},'agent':{}}"), ASIDE));
	cr_assert(eq(int, say("{'ts':1,'_path':'conn'}"), ASIDE));
	cr_assert(eq(int, say("{'x':1}"), R_MISSING));
	cr_assert(reason_is("id: missing"));
	cr_assert(eq(int, say("nothing"), VG_VERDICT_R_SYNTAX));
}
