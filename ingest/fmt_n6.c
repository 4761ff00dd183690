#include "ingest/fmt.h"
#include "ingest/native_more.h"
#include "ingest/native_paths.h"

/*
 * n6, the events of CERT Polska's exchange (docs/formats.md, "n6"). `address`
 * is a list, each with its own country; an entry that left a block list is no
 * event.
 */

enum {
	SLOT_TIME,
	SLOT_ID,
	SLOT_SENSOR,
	SLOT_CATEGORY,
	SLOT_ORIGIN,
	SLOT_CONFIDENCE,
	SLOT_RESTRICTION,
	SLOT_STATUS,
	SLOT_COUNT,
	SLOT_EMAIL
};

static const struct vg_path rows[] = {
	VG_PATH("address.asn", vg_path_field, "source.as.number"),
	VG_PATH("address.cc", vg_path_source_country, NULL),
	VG_PATH("address.ip", vg_path_source, NULL),
	VG_PATH("adip", vg_path_field, "destination.address"),
	VG_PATH_SLOT("category", SLOT_CATEGORY),
	VG_PATH_SLOT("confidence", SLOT_CONFIDENCE),
	VG_PATH_SLOT("count", SLOT_COUNT),
	VG_PATH("dip", vg_path_target, NULL),
	VG_PATH("dport", vg_path_field, "destination.port"),
	VG_PATH_SLOT("email", SLOT_EMAIL),
	VG_PATH("fqdn", vg_path_domain, "url.domain"),
	VG_PATH_SLOT("id", SLOT_ID),
	VG_PATH("md5", vg_path_hash, NULL),
	VG_PATH("name", vg_path_field, "rule.name"),
	VG_PATH_SLOT("origin", SLOT_ORIGIN),
	VG_PATH("product", vg_path_field, "package.name"),
	VG_PATH("proto", vg_path_field, "network.transport"),
	VG_PATH_SLOT("restriction", SLOT_RESTRICTION),
	VG_PATH("sha256", vg_path_hash, NULL),
	VG_PATH_SLOT("source", SLOT_SENSOR),
	VG_PATH("sport", vg_path_field, "source.port"),
	VG_PATH_SLOT("status", SLOT_STATUS),
	VG_PATH("target", vg_path_field, "organization.name"),
	VG_PATH_SLOT("time", SLOT_TIME),
	VG_PATH("url", vg_path_url, NULL),
};

static const struct vg_native_word categories[] = {
	{"amplifier", VG_RSIT_VULNERABLE},
	{"backdoor", VG_RSIT_INTRUSIONS},
	{"bots", VG_RSIT_MALICIOUS_CODE},
	{"cnc", VG_RSIT_MALICIOUS_CODE},
	{"deface", VG_RSIT_INTRUSIONS},
	{"dos-attacker", VG_RSIT_AVAILABILITY},
	{"dos-victim", VG_RSIT_AVAILABILITY},
	{"fraud", VG_RSIT_FRAUD},
	{"leak", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"malurl", VG_RSIT_MALICIOUS_CODE},
	{"malware-action", VG_RSIT_MALICIOUS_CODE},
	{"phish", VG_RSIT_FRAUD},
	{"sandbox-url", VG_RSIT_MALICIOUS_CODE},
	{"scam", VG_RSIT_FRAUD},
	{"scanning", VG_RSIT_INFORMATION_GATHERING},
	{"server-exploit", VG_RSIT_INTRUSION_ATTEMPTS},
	{"spam", VG_RSIT_ABUSIVE_CONTENT},
	{"spam-url", VG_RSIT_ABUSIVE_CONTENT},
	{"vulnerable", VG_RSIT_VULNERABLE},
	{"webinject", VG_RSIT_MALICIOUS_CODE},
	{NULL, 0}};

static const struct vg_native_word origins[] = {{"honeypot", VG_KIND_HONEYPOT},
						{"darknet", VG_KIND_HONEYPOT},
						{"ids", VG_KIND_IDS},
						{"waf", VG_KIND_IDS},
						{"av", VG_KIND_EDR},
						{"sinkhole", VG_KIND_DNS},
						{NULL, 0}};

/* `restriction` as a label; one that is not known is RED. */
static void take_label(struct vg_walk *w)
{
	struct vg_slice word;

	if (!vg_native_text(&w->r, w->slot[SLOT_RESTRICTION], &word))
		return;
	if (vg_slice_eq(word, vg_slice_of("public")))
		word = vg_slice_of("CLEAR");
	else if (vg_slice_eq(word, vg_slice_of("need-to-know")))
		word = vg_slice_of("AMBER");
	vg_native_strictest(&w->r, word);
}

/* A leak's address is its victim's: not kept. */
static void take_email(struct vg_walk *w)
{
	struct vg_slice text;

	if (!vg_native_is(&w->r, w->slot[SLOT_CATEGORY], "leak") &&
	    vg_native_text(&w->r, w->slot[SLOT_EMAIL], &text))
		vg_native_indicator(&w->r, VG_INDICATOR_EMAIL, text);
}

static void take_words(struct vg_walk *w)
{
	static const struct vg_native_word levels[] = {
		{"low", 25}, {"medium", 50}, {"high", 75}, {NULL, 0}};
	struct vg_event *e = w->r.e;
	struct vg_slice text;

	if (vg_native_text(&w->r, w->slot[SLOT_CATEGORY], &text)) {
		e->category = vg_native_word(categories, text, VG_RSIT_OTHER);
		vg_native_field_text(&w->r, "rule.category", text);
	}
	e->sensor_kind = VG_KIND_FEED;
	if (vg_native_text(&w->r, w->slot[SLOT_ORIGIN], &text))
		e->sensor_kind = vg_native_word(origins, text, VG_KIND_FEED);
	if (vg_native_text(&w->r, w->slot[SLOT_CONFIDENCE], &text))
		e->confidence = vg_native_word(levels, text, e->confidence);
}

static bool take(struct vg_reading *r)
{
	struct vg_walk *w = (struct vg_walk *)r;

	if (!vg_paths_walk(w, rows, sizeof rows / sizeof rows[0]))
		return false;
	uint32_t status = w->slot[SLOT_STATUS];
	if (vg_native_is(r, status, "delisted") ||
	    vg_native_is(r, status, "expired") ||
	    vg_native_is(r, status, "replaced"))
		return vg_native_aside(r, "status");
	take_words(w);
	take_label(w);
	take_email(w);
	return vg_native_id(r, "id", w->slot[SLOT_ID]) &&
	       vg_native_sensor(r, "source", w->slot[SLOT_SENSOR], "n6") &&
	       vg_native_count(r, "count", w->slot[SLOT_COUNT]) &&
	       vg_native_time(r, "time", w->slot[SLOT_TIME]);
}

VG_FMT_DECODE(n6)
{
	struct vg_walk w = {.r = VG_NATIVE_READING(s, cfg, partner, e, out)};

	vg_native_run(&w.r, record, take);
}
