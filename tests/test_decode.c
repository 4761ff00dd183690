#include "decode_fix.h"

TestSuite(decode, .init = make_scratch, .fini = free_scratch);

Test(decode, reads_every_member)
{
	cr_assert(eq(int, take(FULL, sizeof FULL - 1), ACCEPTED));
	cr_assert(eq(u32, event.n_unknown, 0));
	cr_assert(is(event.id, "e1") && is(event.partner, "MA"));
	cr_assert(is(event.sensor, "s1") && is(event.country, "IL"));
	cr_assert(is(event.source_country, "XK"));
	cr_assert(eq(i64, event.time_ms, 1767323045250));
	cr_assert(eq(i64, event.count, 9));
	cr_assert(event.severity == 7 && event.confidence == 80);
	cr_assert(event.has_label && event.label == VG_TLP_RED);
	cr_assert(event.narrowed && event.releasable == 1 << 3);
	cr_assert(is(event.origin_partner, "BH") && is(event.origin_id, "u7"));
	cr_assert(is(event.origin_feed, "f"));
	cr_assert(event.n_actor == 1 && is(event.actor[0].name, "APT1"));
	cr_assert(eq(int, event.actor[0].confidence, -1));
	cr_assert(event.n_technique == 1 &&
		  is(event.technique[0], "T1059.001"));
	cr_assert(event.n_indicator == 1 &&
		  is(event.indicator[0].value, "192.0.2.1"));
	cr_assert(event.n_field == 1 && is(event.field[0].text, "b"));
	cr_assert(eq(str,
		     (char *)vg_vocab_word(VG_VOCAB_CATEGORY, event.category),
		     "fraud"));
	cr_assert(eq(
		str,
		(char *)vg_vocab_word(VG_VOCAB_SENSOR_KIND, event.sensor_kind),
		"ids"));
	cr_assert(eq(str, (char *)vg_vocab_word(VG_VOCAB_SECTOR, event.sector),
		     "energy"));
}

Test(decode, gives_defaults_to_what_is_absent)
{
	cr_assert(eq(int, with(""), ACCEPTED));
	cr_assert(eq(int, event.severity, 5));
	cr_assert(eq(int, event.confidence, 50));
	cr_assert(eq(i64, event.count, 1));
	cr_assert(eq(int, event.sensor_kind, -1));
	cr_assert(eq(int, event.sector, -1));
	cr_assert(event.partner.p == NULL && event.country.n == 0);
	cr_assert(event.source_country.n == 0);
	cr_assert(event.origin_partner.n == 0 && event.origin_feed.n == 0);
	cr_assert(not(event.has_label));
	cr_assert(not(event.narrowed));
	cr_assert(event.n_actor + event.n_technique + event.n_indicator +
			  event.n_field ==
		  0);
}

Test(decode, lists_decoders_by_name_and_place)
{
	size_t n = 0;

	cr_assert(vg_decoder_at(0) == decoder);
	for (const struct vg_decoder *d; (d = vg_decoder_at(n)) != NULL; n++)
		cr_assert(vg_decoder_find(d->name) == d, "%s", d->name);
	cr_assert(n > 1);
	cr_assert(vg_decoder_at(n + 1) == NULL);
	cr_assert(vg_decoder_find("nosuch") == NULL);
	cr_assert(eq(str, (char *)decoder->name, "canonical"));
	vg_scratch_free(NULL);
}

Test(decode, refuses_what_is_no_json_object_by_its_reason)
{
	static const struct {
		const char *text;
		size_t n;
		enum vg_verdict verdict;
	} rows[] = {
		{"", 0, VG_VERDICT_R_EMPTY},
		{" ", 1, VG_VERDICT_R_SYNTAX},
		{"{", 1, VG_VERDICT_R_SYNTAX},
		{"{\"a\":1,}", 8, VG_VERDICT_R_SYNTAX},
		{"{\"a\":\"\xff\"}", 9, VG_VERDICT_R_UTF8},
		{"{\"a\":\"\\ud800\"}", 14, VG_VERDICT_R_UTF8},
		{"{\"a\":1,\"a\":1}", 13, VG_VERDICT_R_DUPKEY},
		{"{\"a\":1,\"\\u0061\":1}", 18, VG_VERDICT_R_DUPKEY},
		{"{\"a\":9007199254740993}", 22, VG_VERDICT_R_RANGE},
		{"{\"a\":1e999}", 11, VG_VERDICT_R_RANGE},
		{"{} x", 4, VG_VERDICT_R_TRAIL},
		{"[]", 2, VG_VERDICT_R_NOT_OBJECT},
		{"\"id\"", 4, VG_VERDICT_R_NOT_OBJECT},
		{"null", 4, VG_VERDICT_R_NOT_OBJECT},
		{"7", 1, VG_VERDICT_R_NOT_OBJECT},
		{"{}", 2, VG_VERDICT_R_MISSING},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum vg_verdict v = take(rows[i].text, rows[i].n);

		cr_expect(v == rows[i].verdict, "%s: %s", rows[i].text,
			  vg_verdict_name(v));
	}
	decoder->decode(scratch, &cfg, &cfg.partners[0],
			(struct vg_slice){NULL, 0}, &event, &decoded);
	cr_assert(eq(int, decoded.verdict, VG_VERDICT_R_EMPTY));
}

Test(decode, takes_65536_bytes_and_not_one_more)
{
	char *text = malloc(VG_RECORD_MAX + 1);
	int n = snprintf(text, VG_RECORD_MAX, "{" BASE "}");

	memset(text + n, ' ', (size_t)(VG_RECORD_MAX + 1 - n));
	cr_assert(eq(int, take(text, VG_RECORD_MAX), ACCEPTED));
	cr_assert(
		eq(int, take(text, VG_RECORD_MAX + 1), VG_VERDICT_R_OVERSIZED));
	free(text);
}

Test(decode, takes_depth_32_and_not_one_more)
{
	/* The object is one level, each list one more. */
	for (int lists = VG_JSON_DEPTH_MAX - 1; lists <= VG_JSON_DEPTH_MAX;
	     lists++) {
		struct vg_buf b = {0};

		vg_buf_str(&b, "\"x\":");
		for (int i = 0; i < lists; i++)
			vg_buf_str(&b, "[");
		for (int i = 0; i < lists; i++)
			vg_buf_str(&b, "]");
		enum vg_verdict v = with(b.p);
		cr_assert(eq(int, v,
			     lists < VG_JSON_DEPTH_MAX ? ACCEPTED
						       : VG_VERDICT_R_DEPTH));
		vg_buf_term(&b);
	}
}

Test(decode, takes_8192_values_and_not_one_more)
{
	/* The object, the four members of every event, the list. */
	for (int zeros = VG_JSON_TOKENS_MAX - 6;
	     zeros <= VG_JSON_TOKENS_MAX - 5; zeros++) {
		struct vg_buf b = {0};

		vg_buf_str(&b, "\"x\":[0");
		for (int i = 1; i < zeros; i++)
			vg_buf_str(&b, ",0");
		vg_buf_str(&b, "]");
		enum vg_verdict v = with(b.p);
		cr_assert(eq(int, v,
			     zeros == VG_JSON_TOKENS_MAX - 6
				     ? ACCEPTED
				     : VG_VERDICT_R_SIZE));
		vg_buf_term(&b);
	}
}

Test(decode, names_the_required_member_that_is_missing)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{"{\"time\":1,\"sensor\":\"s\",\"category\":\"fraud\"}",
		 "id: missing"},
		{"{\"id\":\"i\",\"sensor\":\"s\",\"category\":\"fraud\"}",
		 "time: missing"},
		{"{\"id\":\"i\",\"time\":1,\"category\":\"fraud\"}",
		 "sensor: missing"},
		{"{\"id\":\"i\",\"time\":1,\"sensor\":\"s\"}",
		 "category: missing"},
		{"{\"id\":null,\"time\":1,\"sensor\":\"s\","
		 "\"category\":\"fraud\"}",
		 "id: missing"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect(eq(int, take(rows[i].text, strlen(rows[i].text)),
			     R_MISSING));
		cr_expect(eq(str, decoded.reason, (char *)rows[i].reason));
	}
}

/* A valid event in which the text after `name` is `value`. */
static enum vg_verdict replaced(const char *name, const char *value)
{
	static const char *const names[] = {"id", "time", "sensor", "category"};
	static const char *const values[] = {"\"i\"", "1", "\"s\"",
					     "\"fraud\""};
	struct vg_buf b = {0};

	for (int i = 0; i < 4; i++)
		vg_buf_printf(&b, "%s\"%s\":%s", i ? "," : "{", names[i],
			      strcmp(names[i], name) == 0 ? value : values[i]);
	vg_buf_str(&b, "}");
	enum vg_verdict v = take(b.p, b.n);
	vg_buf_term(&b);
	return v;
}

Test(decode, refuses_wrong_types_of_required_members)
{
	cr_assert(eq(int, replaced("id", "1"), R_TYPE));
	cr_assert(eq(str, decoded.reason, "id: must be a string"));
	cr_assert(eq(int, replaced("id", "[\"i\"]"), R_TYPE));
	cr_assert(eq(int, replaced("sensor", "true"), R_TYPE));
	cr_assert(eq(int, replaced("time", "true"), R_TYPE));
	cr_assert(eq(int, replaced("time", "{}"), R_TYPE));
	cr_assert(eq(int, replaced("category", "3"), R_TYPE));
	cr_assert(eq(int, replaced("category", "\"Fraud\""), R_VALUE));
	cr_assert(eq(int, replaced("category", "\"\""), R_VALUE));
}

static void bound(const char *name, size_t max)
{
	char *text = malloc(max + 4);

	text[0] = '"';
	memset(text + 1, 'x', max + 1);
	memcpy(text + 1 + max, "\"", 2);
	cr_expect(eq(int, replaced(name, text), ACCEPTED));
	memcpy(text + 1 + max, "x\"", 3);
	cr_expect(eq(int, replaced(name, text), R_VALUE));
	free(text);
}

Test(decode, bounds_id_at_128_and_sensor_at_64_bytes)
{
	bound("id", VG_ID_MAX);
	bound("sensor", VG_SENSOR_MAX);
	cr_assert(eq(int, replaced("id", "\"\""), R_VALUE));
	cr_assert(eq(int, replaced("sensor", "\"\""), R_VALUE));
}

Test(decode, refuses_control_characters_in_id_and_sensor)
{
	cr_assert(eq(int, replaced("id", "\"a\\u001fb\""), R_VALUE));
	cr_assert(eq(str, decoded.reason, "id: has a control character"));
	cr_assert(eq(int, replaced("id", "\"a\x7f\""), R_VALUE));
	cr_assert(eq(int, replaced("sensor", "\"\\u001f\""), R_VALUE));
	cr_assert(
		eq(int, replaced("sensor", "\"\\u0000\""), VG_VERDICT_R_UTF8));
}

static void time_is(const char *value, int64_t want)
{
	enum vg_verdict v = replaced("time", value);

	if (want < 0) {
		cr_expect(v == R_VALUE, "%s: %s", value, vg_verdict_name(v));
		return;
	}
	cr_expect(v == ACCEPTED && event.time_ms == want, "%s: %s %lld", value,
		  vg_verdict_name(v), (long long)event.time_ms);
}

Test(decode, reads_time_as_rfc3339_or_epoch_seconds_or_ms)
{
	time_is("\"2026-01-02T03:04:05Z\"", 1767323045000);
	time_is("\"2026-01-02T03:04:05.678+01:00\"", 1767319445678);
	time_is("1767323045", 1767323045000);
	time_is("1767323045.678", 1767323045678);
	time_is("1767323045.6785", 1767323045679);
	time_is("1767323045678", 1767323045678);
	time_is("1.767323045e9", 1767323045000);
	time_is("0", 0);
	time_is("-0", 0);
	time_is("99999999999", 99999999999000);
	time_is("100000000000", 100000000000);
	time_is("253402300799999", 253402300799999);
	time_is("253402300800000", -1);
	time_is("-1", -1);
	time_is("-0.001", -1);
	time_is("1e300", -1);
	time_is("\"9999-12-31T23:59:59.999Z\"", 253402300799999);
	time_is("\"1969-12-31T23:59:59Z\"", -1);
	time_is("\"2026-01-02T03:04:05\"", -1);
	time_is("\"2026-01-02\"", -1);
	time_is("\"1767323045\"", -1);
	time_is("\"\"", -1);
}

Test(decode, holds_numbers_to_their_range)
{
	static const struct row rows[] = {
		{"\"severity\":1", ACCEPTED, NULL},
		{"\"severity\":10", ACCEPTED, NULL},
		{"\"severity\":0", R_VALUE, "severity: must be a whole number"},
		{"\"severity\":11", R_VALUE,
		 "severity: must be a whole number"},
		{"\"severity\":5.0", ACCEPTED, NULL},
		{"\"severity\":5.5", R_VALUE, "severity"},
		{"\"severity\":\"5\"", R_TYPE, "severity: must be a number"},
		{"\"severity\":true", R_TYPE, "severity"},
		{"\"confidence\":0", ACCEPTED, NULL},
		{"\"confidence\":100", ACCEPTED, NULL},
		{"\"confidence\":-1", R_VALUE, "confidence"},
		{"\"confidence\":101", R_VALUE, "confidence"},
		{"\"confidence\":{}", R_TYPE, "confidence"},
		{"\"count\":1", ACCEPTED, NULL},
		{"\"count\":1000000", ACCEPTED, NULL},
		{"\"count\":1e6", ACCEPTED, NULL},
		{"\"count\":1000001", R_VALUE,
		 "count: must be a whole number "
		 "from 1 to 1000000"},
		{"\"count\":0", R_VALUE, "count"},
		{"\"count\":-1", R_VALUE, "count"},
		{"\"count\":1e300", R_VALUE, "count"},
		{"\"count\":null", ACCEPTED, NULL},
	};
	EXPECT(rows);
	cr_assert(eq(int, with("\"count\":1e6"), ACCEPTED));
	cr_assert(eq(i64, event.count, 1000000));
}

Test(decode, holds_words_to_their_list)
{
	static const struct row rows[] = {
		{"\"sensor_kind\":\"honeypot\"", ACCEPTED, NULL},
		{"\"sensor_kind\":\"Honeypot\"", R_VALUE, "sensor_kind: not a"},
		{"\"sensor_kind\":1", R_TYPE, "sensor_kind"},
		{"\"sector\":\"other\"", ACCEPTED, NULL},
		{"\"sector\":\"nosuch\"", R_VALUE, "sector"},
		{"\"country\":\"MA\"", ACCEPTED, NULL},
		{"\"country\":\"ma\"", R_VALUE, "country: not a country"},
		{"\"country\":\"UK\"", ACCEPTED, NULL},
		{"\"country\":\"United Arab Emirates\"", ACCEPTED, NULL},
		{"\"country\":\"EU\"", R_VALUE, "country: not a country"},
		{"\"country\":\"\"", R_VALUE, "country"},
		{"\"country\":\"XK\"", R_VALUE, "country: XK is for source"},
		{"\"country\":\"ZZ\"", R_VALUE, "country"},
		{"\"source_country\":\"XK\"", ACCEPTED, NULL},
		{"\"source_country\":\"XX\"", ACCEPTED, NULL},
		{"\"source_country\":\"EU\"", ACCEPTED, NULL},
		{"\"source_country\":\"UAE\"", ACCEPTED, NULL},
		{"\"source_country\":\"QQ\"", R_VALUE, "source_country"},
		{"\"source_country\":\"Atlantis\"", R_VALUE,
		 "source_country: not a country"},
		{"\"source_country\":3", R_TYPE, "source_country"},
		{"\"partner\":7", R_TYPE, "partner: must be a string"},
		{"\"partner\":\"anything\"", ACCEPTED, NULL},
		{"\"tlp\":\"CLEAR\"", ACCEPTED, NULL},
		{"\"tlp\":\"PURPLE\"", R_VALUE, "tlp: not a label"},
		{"\"tlp\":[]", R_TYPE, "tlp"},
	};
	EXPECT(rows);
}

Test(decode, reads_labels_with_their_prefix_and_old_name)
{
	static const struct {
		const char *more;
		enum vg_tlp label;
	} rows[] = {
		{"\"tlp\":\"CLEAR\"", VG_TLP_CLEAR},
		{"\"tlp\":\"WHITE\"", VG_TLP_CLEAR},
		{"\"tlp\":\"TLP:WHITE\"", VG_TLP_CLEAR},
		{"\"tlp\":\"TLP:GREEN\"", VG_TLP_GREEN},
		{"\"tlp\":\"AMBER\"", VG_TLP_AMBER},
		{"\"tlp\":\"TLP:AMBER+STRICT\"", VG_TLP_STRICT},
		{"\"tlp\":\"RED\"", VG_TLP_RED},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_expect(eq(int, with(rows[i].more), ACCEPTED));
		cr_expect(event.has_label && event.label == rows[i].label);
	}
}

Test(decode, ignores_and_counts_unknown_members)
{
	cr_assert(eq(int,
		     with("\"x\":{\"id\":1},\"Id\":2,\"\":3,\"tim\":4,"
			  "\"recall\":null,\"severitz\":5,\"n\":null"),
		     ACCEPTED));
	cr_assert(eq(u32, event.n_unknown, 7));
	cr_assert(is(event.id, "e1"));
}

Test(decode, reads_names_and_texts_through_their_escapes)
{
	static const char text[] =
		"{\"\\u0069d\":\"a\\u0062c\",\"time\":1,\"sensor\":"
		"\"\\ud83d\\ude00\",\"category\":\"fr\\u0061ud\"}";

	cr_assert(eq(int, take(text, sizeof text - 1), ACCEPTED));
	cr_assert(is(event.id, "abc"));
	cr_assert(is(event.sensor, "\xf0\x9f\x98\x80"));
	cr_assert(eq(u32, event.n_unknown, 0));
}

Test(decode, measures_lengths_after_unescaping)
{
	struct vg_buf b = {0};

	vg_buf_str(&b, "\"");
	for (int i = 0; i < VG_ID_MAX; i++)
		vg_buf_str(&b, "\\u0061");
	vg_buf_str(&b, "\"");
	cr_assert(eq(int, replaced("id", b.p), ACCEPTED));
	cr_assert(eq(u32, event.id.n, VG_ID_MAX));
	vg_buf_term(&b);
}

Test(decode, tells_control_records_from_events)
{
	static const struct {
		const char *text;
		enum vg_verdict verdict;
	} rows[] = {
		{"{\"recall\":{\"sensor\":\"s\",\"ids\":[\"e\"]}}",
		 VG_VERDICT_CONTROL},
		{"{\"recall\":1,\"severity\":99}", VG_VERDICT_CONTROL},
		{"{\"severity\":99,\"recall\":{}}", VG_VERDICT_CONTROL},
		{"{\"recall\":{},\"id\":null}", VG_VERDICT_CONTROL},
		{"{\"recall\":null}", R_MISSING},
		{"{\"recall\":{},\"id\":\"i\"}", R_MISSING},
		{"{\"recall\":{},\"id\":\"i\",\"severity\":99}", R_VALUE},
		{"{\"recall\":{}", VG_VERDICT_R_SYNTAX},
		{"{\"canary\":{\"time\":1700000000}}", VG_VERDICT_CANARY},
		{"{\"sensor\":7,\"canary\":{\"time\":1}}", VG_VERDICT_CANARY},
		{"{\"canary\":{}}", R_MISSING},
		{"{\"canary\":{\"time\":null}}", R_TYPE},
		{"{\"canary\":{\"time\":\"soon\"}}", R_VALUE},
		{"{\"canary\":[1]}", R_TYPE},
		{"{\"canary\":null}", R_MISSING},
		{"{\"canary\":{\"time\":1},\"id\":\"i\"}", R_MISSING},
		{"{\"canary\":{\"time\":1},\"recall\":{}}", VG_VERDICT_CONTROL},
		{"[{\"recall\":{}}]", VG_VERDICT_R_NOT_OBJECT},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum vg_verdict v = take(rows[i].text, strlen(rows[i].text));

		cr_expect(v == rows[i].verdict, "%s: %s", rows[i].text,
			  vg_verdict_name(v));
	}
}

Test(decode, lets_the_first_fault_of_the_record_decide)
{
	cr_assert(eq(int, with("\"severity\":\"x\",\"count\":0"), R_TYPE));
	cr_assert(eq(int, with("\"count\":0,\"severity\":\"x\""), R_VALUE));
}

Test(decode, reads_a_country_in_any_spelling_and_sets_aside_what_is_none)
{
	cr_assert(eq(int, with("\"source_country\":\"UK\""), ACCEPTED));
	cr_assert(is(event.source_country, "GB"));
	cr_assert(eq(uint, event.n_trimmed, 0));
	cr_assert(eq(int, with("\"country\":\"UAE\""), ACCEPTED));
	cr_assert(is(event.country, "AE"));
	cr_assert(eq(int, with("\"source_country\":\"EU\""), ACCEPTED));
	cr_assert(eq(uint, event.source_country.n, 0));
	cr_assert(eq(uint, event.n_trimmed, 1));
}
