#include "ingest/fmt_cef.h"

#include "core/utf8.h"
#include "ingest/fmt.h"
#include "ingest/native_more.h"

/*
 * CEF, raw or as a text within a JSON object, with or without a syslog header
 * (docs/formats.md, "CEF"). It has no id of its own: externalId is a number of
 * the device's.
 */

enum { CUSTOM = 6 };

/* Of several times, the one of the smallest kind. */
enum time { TIME_START, TIME_RECEIPT, TIME_END, TIME_AROUND, TIMES };

struct cef {
	struct vg_reading r; /* first: a reading of an event is its event */
	struct vg_cef parts;
	struct vg_slice time[TIMES], host, address, category;
	struct vg_slice custom[CUSTOM], label[CUSTOM];
	struct vg_slice around_time, around_host; /* of the JSON */
};

static bool take_count(struct vg_reading *r, struct vg_slice value)
{
	double d;

	if (value.n == 0)
		return true;
	if (!vg_native_number_text(value, &d) || d < 1.0 ||
	    d > (double)VG_COUNT_MAX || d != (double)(int64_t)d)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "cnt: must be a whole number from 1 to %d",
				 VG_COUNT_MAX);
	r->e->count = (int64_t)d;
	return true;
}

static void take_number(struct vg_reading *r, const char *field,
			struct vg_slice value)
{
	double d;

	if (vg_native_number_text(value, &d) && d >= 0.0 && d <= 1e15)
		vg_native_field_int(r, field, (int64_t)d);
	else
		r->e->n_trimmed += value.n > 0;
}

/* What names the device or the time; the first of each. */
static void keep(struct vg_slice *slot, struct vg_slice value)
{
	if (slot->n == 0)
		*slot = value;
}

static void take_described(struct cef *x, const struct vg_cef_key *key,
			   struct vg_slice value)
{
	struct vg_reading *r = &x->r;

	switch (key->what) {
	case VG_CEF_NUMBER:
		take_number(r, key->field, value);
		break;
	case VG_CEF_SOURCE:
		vg_native_source(r, value);
		break;
	case VG_CEF_TARGET:
		vg_native_target(r, value);
		break;
	case VG_CEF_URL:
		if (value.n > 0)
			vg_native_indicator(r, VG_INDICATOR_URL, value);
		break;
	case VG_CEF_HASH:
		if (value.n > 0)
			vg_native_hash(r, value);
		break;
	default:
		vg_native_field_text(r, key->field, value);
	}
}

static bool take_key(struct cef *x, const struct vg_cef_key *key,
		     struct vg_slice value)
{
	switch (key->what) {
	case VG_CEF_COUNT:
		return take_count(&x->r, value);
	case VG_CEF_CATEGORY:
		keep(&x->category, value);
		return true;
	case VG_CEF_HOST:
		keep(&x->host, value);
		return true;
	case VG_CEF_ADDRESS:
		keep(&x->address, value);
		return true;
	case VG_CEF_START:
		keep(&x->time[TIME_START], value);
		return true;
	case VG_CEF_RECEIPT:
		keep(&x->time[TIME_RECEIPT], value);
		return true;
	case VG_CEF_END:
		keep(&x->time[TIME_END], value);
		return true;
	default:
		take_described(x, key, value);
		return true;
	}
}

static bool ends(struct vg_slice key, const char *tail)
{
	uint32_t n = (uint32_t)strlen(tail);

	return key.n >= n &&
	       vg_native_same((struct vg_slice){key.p + key.n - n, n}, tail);
}

/* cs1 to cs6 and what they are called; hashes under a vendor's key. */
static void take_other(struct cef *x, struct vg_slice key,
		       struct vg_slice value)
{
	static const char full[] = "deviceCustomString";
	uint32_t n = sizeof full - 1;

	if (ends(key, "md5") || ends(key, "sha256")) {
		if (value.n > 0)
			vg_native_hash(&x->r, value);
		return;
	}
	if (key.n > n && memcmp(key.p, full, n) == 0)
		key = (struct vg_slice){key.p + n - 2, key.n - n + 2};
	else if (key.n < 3 || key.p[0] != 'c' || key.p[1] != 's')
		return;
	int which = key.p[2] - '1';
	if (which < 0 || which >= CUSTOM)
		return;
	if (key.n == 3)
		keep(&x->custom[which], value);
	else if (ends(key, "label"))
		keep(&x->label[which], value);
}

/* A custom string whose label says that it is a technique or an actor. */
static bool take_custom(struct cef *x)
{
	static const struct vg_native_word labels[] = {
		{"technique", 1}, {"mitre", 1}, {"actor", 2}, {NULL, 0}};

	for (int i = 0; i < CUSTOM; i++) {
		if (x->custom[i].n == 0 || x->label[i].n == 0)
			continue;
		int what = vg_native_word_in(labels, x->label[i], 0);
		if (what == 1)
			vg_native_technique(&x->r, x->custom[i]);
		else if (what == 2 &&
			 !vg_native_actor_text(&x->r, "actor", x->custom[i]))
			return false;
	}
	return true;
}

static bool take_extension(struct cef *x)
{
	struct vg_cef_pairs pairs = vg_cef_pairs_of(x->parts.extension);
	struct vg_slice key, value;

	while (vg_cef_pair(&x->r, &pairs, &key, &value)) {
		const struct vg_cef_key *k = vg_cef_key_find(key);

		if (k == NULL)
			take_other(x, key, value);
		else if (!take_key(x, k, value))
			return false;
	}
	return take_custom(x);
}

/* 0 to 10, or a word. */
static void take_severity(struct vg_reading *r, struct vg_slice text)
{
	double d;

	if (vg_native_number_text(text, &d) && d >= 0.0 && d <= 10.0)
		r->e->severity = d < 1.0 ? 1 : (int)d;
	else
		r->e->severity = vg_native_severity_word(text, 5);
}

static void take_header(struct cef *x)
{
	static const char *const names[VG_CEF_HEADER] = {
		[VG_CEF_VENDOR] = "observer.vendor",
		[VG_CEF_PRODUCT] = "observer.product",
		[VG_CEF_DEVICE_VERSION] = "observer.version",
		[VG_CEF_SIGNATURE] = "rule.id",
		[VG_CEF_NAME] = "rule.name"};
	struct vg_reading *r = &x->r;
	const struct vg_slice *header = x->parts.header;
	int category;

	for (int i = 0; i < VG_CEF_HEADER; i++) {
		if (names[i] != NULL)
			vg_native_field_text(r, names[i], header[i]);
	}
	take_severity(r, header[VG_CEF_SEVERITY]);
	vg_native_field_text(r, "rule.category", x->category);
	vg_native_field_text(r, "observer.ip", x->address);
	category = vg_cef_class(x->category);
	if (category < 0)
		category = vg_cef_class(header[VG_CEF_NAME]);
	r->e->category = category < 0 ? VG_RSIT_OTHER : category;
}

static bool take_time(struct cef *x)
{
	struct vg_reading *r = &x->r;
	bool is_there = false;

	keep(&x->time[TIME_AROUND], x->around_time);
	keep(&x->time[TIME_AROUND], x->parts.time);
	for (int i = 0; i < TIMES; i++) {
		if (x->time[i].n == 0)
			continue;
		if (vg_cef_time(x->time[i], &r->e->time_ms))
			return true;
		is_there = true;
	}
	return vg_refuse(r,
			 is_there ? VG_VERDICT_R_VALUE : VG_VERDICT_R_MISSING,
			 is_there ? "rt: not a time with a year and a known "
				    "zone"
				  : "rt: missing");
}

static bool take_sensor(struct cef *x)
{
	keep(&x->host, x->address);
	keep(&x->host, x->parts.host);
	keep(&x->host, x->around_host);
	keep(&x->host, x->parts.header[VG_CEF_PRODUCT]);
	return vg_native_sensor_text(&x->r, "dvchost", x->host, "cef");
}

static bool take_text(struct cef *x, struct vg_slice text)
{
	if (!vg_cef_parse(&x->r, text, &x->parts) || !take_extension(x))
		return false;
	take_header(x);
	vg_native_other_end(&x->r);
	return take_time(x) && take_sensor(x);
}

static bool first_text(struct vg_reading *r, const char *const *names,
		       struct vg_slice *out)
{
	for (; *names != NULL; names++) {
		if (vg_native_text(r, vg_native_at(r, 0, *names), out))
			return true;
	}
	return false;
}

static bool take_json(struct vg_reading *r)
{
	static const char *const texts[] = {"event.original", "cef", "message",
					    "_raw",	      "raw", NULL};
	static const char *const times[] = {"@timestamp", "timestamp", "time",
					    NULL};
	static const char *const hosts[] = {"host.name", "host", "hostname",
					    NULL};
	struct cef *x = (struct cef *)r;
	struct vg_slice text;

	if (!first_text(r, texts, &text))
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "event.original: missing");
	(void)first_text(r, times, &x->around_time);
	(void)first_text(r, hosts, &x->around_host);
	return take_text(x, text);
}

static bool take_raw(struct vg_reading *r)
{
	struct cef *x = (struct cef *)r;

	return take_text(x, x->parts.extension);
}

/* The bytes of `text` from `i` that are ASCII for sure: eight by eight. */
static uint32_t skip_ascii(struct vg_slice text, uint32_t i)
{
	uint64_t eight;

	while (text.n - i >= sizeof eight) {
		memcpy(&eight, text.p + i, sizeof eight);
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
		i += sizeof eight;
	}
	return i;
}

/* JSON's reader checks its own. */
static bool check_utf8(struct vg_reading *r, struct vg_slice text)
{
	for (uint32_t i = skip_ascii(text, 0); i < text.n;) {
		size_t n = vg_utf8_seq(text.p + i, text.n - i);

		if (n == 0)
			return vg_refuse(r, VG_VERDICT_R_UTF8,
					 "CEF: not UTF-8 at byte %u",
					 (unsigned)i);
		i += (uint32_t)n;
		if (n > 1)
			i = skip_ascii(text, i);
	}
	return true;
}

VG_FMT_DECODE(cef)
{
	struct cef x = {.r = VG_NATIVE_READING(s, cfg, partner, e, out)};

	if (record.p == NULL || record.n == 0 || record.n > VG_RECORD_MAX ||
	    record.p[0] == '{') {
		vg_native_run(&x.r, record, take_json);
		return;
	}
	vg_native_start(&x.r);
	s->json.n = 0; /* no document, and not that of the record before */
	x.parts.extension = record;
	if (check_utf8(&x.r, record))
		vg_native_take_object(&x.r, take_raw);
}
