#include "ingest/fmt.h"
#include "ingest/native_more.h"

#include <math.h>

/*
 * IDEA0, of CESNET's Warden and Mentat (docs/formats.md, "IDEA0"). Sources and
 * targets hold lists of addresses, ranges and blocks; a port is a number or a
 * list.
 */

/* By the part of a category before its point. */
static const struct vg_native_word categories[] = {
	{"abusive", VG_RSIT_ABUSIVE_CONTENT},
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"recon", VG_RSIT_INFORMATION_GATHERING},
	{"attempt", VG_RSIT_INTRUSION_ATTEMPTS},
	{"intrusion", VG_RSIT_INTRUSIONS},
	{"availability", VG_RSIT_AVAILABILITY},
	{"availibility", VG_RSIT_AVAILABILITY}, /* as Nemea writes it */
	{"information", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"fraud", VG_RSIT_FRAUD},
	{"vulnerable", VG_RSIT_VULNERABLE},
	{"test", VG_RSIT_TEST},
	{NULL, 0}};

/* Node.Type; an earlier row goes before a later one. */
static const struct vg_native_word node_types[] = {
	{"honeypot", VG_KIND_HONEYPOT},
	{"flow", VG_KIND_NETFLOW},
	{"signature", VG_KIND_IDS},
	{"content", VG_KIND_IDS},
	{"heuristic", VG_KIND_IDS},
	{"protocol", VG_KIND_IDS},
	{"log", VG_KIND_SIEM},
	{"blacklist", VG_KIND_FEED},
	{NULL, 0}};

/* The first known category is the event's; a test is one whatever it plays. */
static bool take_one_category(struct vg_reading *r, uint32_t tok)
{
	struct vg_event *e = r->e;
	struct vg_slice text;

	if (!vg_native_text(r, tok, &text))
		return true;
	vg_native_field_text(r, "rule.category", text);
	const char *point = memchr(text.p, '.', text.n);
	if (point != NULL)
		text.n = (uint32_t)(point - text.p);
	int found = vg_native_word(categories, text, -1);
	if (found >= 0 && (e->category < 0 || found == VG_RSIT_TEST))
		e->category = found;
	return true;
}

static bool take_category(struct vg_reading *r)
{
	uint32_t tok = vg_native_member(r, 0, "Category");

	if (tok == VG_ABSENT)
		return true;
	if (!vg_native_each(r, tok, take_one_category))
		return false;
	if (r->e->category < 0)
		r->e->category = VG_RSIT_OTHER;
	return true;
}

static bool take_source_ip(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (vg_native_text(r, tok, &text))
		vg_native_source(r, text);
	return true;
}

static bool take_target_ip(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (vg_native_text(r, tok, &text))
		vg_native_target(r, text);
	return true;
}

static bool take_url(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (vg_native_text(r, tok, &text))
		vg_native_indicator(r, VG_INDICATOR_URL, text);
	return true;
}

static bool take_domain(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (vg_native_text(r, tok, &text))
		vg_native_indicator(r, VG_INDICATOR_DOMAIN, text);
	return true;
}

static bool take_email(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (vg_native_text(r, tok, &text))
		vg_native_indicator(r, VG_INDICATOR_EMAIL, text);
	return true;
}

/* "sha256:ab.."; one that is marked otherwise goes by its length. */
static bool take_hash(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (!vg_native_text(r, tok, &text))
		return true;
	const char *colon = memchr(text.p, ':', text.n);
	if (colon != NULL) {
		text.n -= (uint32_t)(colon + 1 - text.p);
		text.p = colon + 1;
	}
	vg_native_hash(r, text);
	return true;
}

/* Proto goes from the lower to the upper layer. */
static bool take_proto(struct vg_reading *r, uint32_t tok)
{
	static const struct vg_native_word transports[] = {
		{"tcp", 1},  {"udp", 1},   {"icmp", 1},
		{"sctp", 1}, {"icmp6", 1}, {NULL, 0}};
	struct vg_slice text;

	if (vg_native_text(r, tok, &text))
		vg_native_field_text(r,
				     vg_native_word(transports, text, 0)
					     ? "network.transport"
					     : "network.protocol",
				     text);
	return true;
}

static bool take_addresses(struct vg_reading *r, uint32_t tok,
			   bool (*take)(struct vg_reading *r, uint32_t tok))
{
	return vg_native_each(r, vg_native_member(r, tok, "IP4"), take) &&
	       vg_native_each(r, vg_native_member(r, tok, "IP6"), take) &&
	       vg_native_each(r, vg_native_member(r, tok, "IP"), take);
}

/* A spoofed source says nothing of who it was. */
static bool take_one_source(struct vg_reading *r, uint32_t tok)
{
	uint32_t spoofed = vg_native_member(r, tok, "Spoofed");

	vg_native_field(r, "source.port", vg_native_member(r, tok, "Port"));
	if (spoofed != VG_ABSENT && vg_tok(r, spoofed)->type == VG_JSON_TRUE) {
		r->e->n_trimmed++;
		return true;
	}
	return take_addresses(r, tok, take_source_ip) &&
	       vg_native_each(r, vg_native_member(r, tok, "Hostname"),
			      take_domain) &&
	       vg_native_each(r, vg_native_member(r, tok, "URL"), take_url) &&
	       vg_native_each(r, vg_native_member(r, tok, "Email"),
			      take_email) &&
	       vg_native_each(r, vg_native_member(r, tok, "Proto"), take_proto);
}

static bool take_one_target(struct vg_reading *r, uint32_t tok)
{
	vg_native_field(r, "destination.port",
			vg_native_member(r, tok, "Port"));
	vg_native_field(r, "destination.domain",
			vg_native_member(r, tok, "Hostname"));
	return take_addresses(r, tok, take_target_ip) &&
	       vg_native_each(r, vg_native_member(r, tok, "Proto"), take_proto);
}

static bool take_one_attach(struct vg_reading *r, uint32_t tok)
{
	vg_native_field(r, "file.name", vg_native_member(r, tok, "FileName"));
	return vg_native_each(r, vg_native_member(r, tok, "Hash"), take_hash);
}

/* The place of a node's type in the table, or -1. */
static int rank_of(struct vg_slice text)
{
	for (int i = 0; node_types[i].word != NULL; i++) {
		if (vg_native_same(text, node_types[i].word))
			return i;
	}
	return -1;
}

/* What a node is by its types; *relay when it only passed the event on. */
static int kind_of(struct vg_reading *r, uint32_t node, bool *relay)
{
	uint32_t types = vg_native_member(r, node, "Type");
	bool is_list =
		types != VG_ABSENT && vg_tok(r, types)->type == VG_JSON_ARRAY;
	uint32_t n = types == VG_ABSENT
			     ? 0
			     : (is_list ? vg_tok(r, types)->count : 1);
	uint32_t i = is_list ? types + 1 : types;
	int best = -1;

	*relay = false;
	for (uint32_t c = 0; c < n; c++, i = vg_tok(r, i)->next) {
		struct vg_slice text;

		if (!vg_native_text(r, i, &text))
			continue;
		if (vg_native_same(text, "relay"))
			*relay = true;
		int rank = rank_of(text);
		if (rank >= 0 && (best < 0 || rank < best))
			best = rank;
	}
	return best < 0 ? -1 : node_types[best].value;
}

/* Nodes are put before one another on the way: the last that is no relay is
 * the detector. */
static bool take_node(struct vg_reading *r)
{
	uint32_t nodes = vg_native_member(r, 0, "Node");
	uint32_t detector = vg_native_first(r, nodes);
	bool relay;

	if (detector != VG_ABSENT && detector != nodes) {
		uint32_t i = detector;

		for (uint32_t c = vg_tok(r, nodes)->count; c > 0; c--) {
			(void)kind_of(r, i, &relay);
			if (!relay)
				detector = i;
			i = vg_tok(r, i)->next;
		}
	}
	r->e->sensor_kind = kind_of(r, detector, &relay);
	vg_native_field(r, "observer.product",
			vg_native_member(r, detector, "SW"));
	return vg_native_sensor(r, "Node.Name",
				vg_native_member(r, detector, "Name"), "idea0");
}

/* What Mentat adds: a severity, the countries of the sources, a label. */
static void take_extension(struct vg_reading *r, const char *name)
{
	uint32_t x = vg_native_member(r, 0, name);
	struct vg_slice text;

	if (vg_native_text(r, vg_native_member(r, x, "EventSeverity"), &text))
		r->e->severity = vg_native_severity_word(text, 5);
	if (vg_native_text(r, vg_native_member(r, x, "SourceResolvedCountry"),
			   &text))
		vg_native_source_country(r, text);
	if (vg_native_text(r, vg_native_member(r, x, "TLP"), &text))
		vg_native_strictest(r, text);
}

static void take_rest(struct vg_reading *r)
{
	struct vg_slice text;
	double confidence;

	take_extension(r, "_CESNET");
	take_extension(r, "_Mentat");
	if (vg_native_text(r, vg_native_member(r, 0, "TLP"), &text))
		vg_native_strictest(r, text);
	if (vg_native_double(r, vg_native_member(r, 0, "Confidence"),
			     &confidence) &&
	    confidence >= 0.0 && confidence <= 1.0)
		r->e->confidence = (int)floor(confidence * 100.0 + 0.5);
	vg_native_field(r, "rule.name", vg_native_member(r, 0, "Description"));
	vg_native_field(r, "network.packets",
			vg_native_member(r, 0, "PacketCount"));
	vg_native_field(r, "network.bytes",
			vg_native_member(r, 0, "ByteCount"));
}

/* When it began, else when it was noticed, else when that was written. */
static bool take_time(struct vg_reading *r)
{
	static const char *const names[] = {"EventTime", "DetectTime",
					    "CreateTime", NULL};
	uint32_t tok = VG_ABSENT;
	const char *name = "DetectTime";

	for (int i = 0; names[i] != NULL && tok == VG_ABSENT; i++) {
		tok = vg_native_member(r, 0, names[i]);
		if (tok != VG_ABSENT)
			name = names[i];
	}
	return vg_native_time(r, name, tok);
}

/* One alert, however many connections: none of them is one event. */
static bool take_count(struct vg_reading *r)
{
	uint32_t tok = vg_native_member(r, 0, "ConnCount");
	int64_t v;

	if (vg_native_int(r, tok, &v) && v == 0)
		return true;
	return vg_native_count(r, "ConnCount", tok);
}

static bool take(struct vg_reading *r)
{
	uint32_t format = vg_native_member(r, 0, "Format");

	if (format != VG_ABSENT && !vg_native_is(r, format, "IDEA0"))
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "Format: must be IDEA0");
	take_rest(r);
	return vg_native_id(r, "ID", vg_native_member(r, 0, "ID")) &&
	       take_category(r) && take_node(r) && take_count(r) &&
	       vg_native_each(r, vg_native_member(r, 0, "Source"),
			      take_one_source) &&
	       vg_native_each(r, vg_native_member(r, 0, "Target"),
			      take_one_target) &&
	       vg_native_each(r, vg_native_member(r, 0, "Attach"),
			      take_one_attach) &&
	       take_time(r);
}

VG_FMT_DECODE(idea0)
{
	struct vg_reading r = VG_NATIVE_READING(s, cfg, partner, e, out);

	vg_native_run(&r, record, take);
}
