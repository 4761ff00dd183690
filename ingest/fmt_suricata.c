#include "ingest/fmt.h"
#include "ingest/native.h"

/*
 * Suricata's EVE (docs/formats.md, "Suricata EVE"): only `event_type: alert`.
 */

/* Classifications as classification.config words them; the first that is
 * found decides. */
static const struct vg_native_word classes[] = {
	{"unsuccessful", VG_RSIT_INTRUSION_ATTEMPTS},
	{"successful administrator", VG_RSIT_INTRUSIONS},
	{"successful user", VG_RSIT_INTRUSIONS},
	{"credential theft", VG_RSIT_INTRUSIONS},
	{"privilege gain", VG_RSIT_INTRUSION_ATTEMPTS},
	{"denial of service", VG_RSIT_AVAILABILITY},
	{"information leak", VG_RSIT_INFORMATION_GATHERING},
	{"network scan", VG_RSIT_INFORMATION_GATHERING},
	{"portmap", VG_RSIT_INFORMATION_GATHERING},
	{"trojan", VG_RSIT_MALICIOUS_CODE},
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"command and control", VG_RSIT_MALICIOUS_CODE},
	{"used for c2", VG_RSIT_MALICIOUS_CODE},
	{"exploit kit", VG_RSIT_MALICIOUS_CODE},
	{"targeted malicious", VG_RSIT_MALICIOUS_CODE},
	{"currency mining", VG_RSIT_MALICIOUS_CODE},
	{"coin mining", VG_RSIT_MALICIOUS_CODE},
	{"executable code", VG_RSIT_MALICIOUS_CODE},
	{"suspicious filename", VG_RSIT_MALICIOUS_CODE},
	{"unwanted program", VG_RSIT_MALICIOUS_CODE},
	{"web application attack", VG_RSIT_INTRUSION_ATTEMPTS},
	{"vulnerable web application", VG_RSIT_INTRUSION_ATTEMPTS},
	{"login", VG_RSIT_INTRUSION_ATTEMPTS},
	{"suspicious user", VG_RSIT_INTRUSION_ATTEMPTS},
	{"misc attack", VG_RSIT_INTRUSION_ATTEMPTS},
	{"social engineering", VG_RSIT_FRAUD},
	{"phishing", VG_RSIT_FRAUD},
	{"inappropriate content", VG_RSIT_ABUSIVE_CONTENT},
	{NULL, 0}};

static const struct vg_native_word certainty[] = {
	{"high", 80}, {"medium", 50}, {"low", 25}, {NULL, 0}};

struct field {
	const char *member, *name;
};

static void add_fields(struct vg_reading *r, uint32_t obj,
		       const struct field *rows)
{
	for (; obj != VG_ABSENT && rows->member != NULL; rows++)
		vg_native_field(r, rows->name,
				vg_native_member(r, obj, rows->member));
}

static bool take_technique(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice id;

	if (vg_native_text(r, tok, &id))
		vg_native_technique(r, id);
	return true;
}

static void take_rule(struct vg_reading *r, uint32_t alert)
{
	static const struct field rows[] = {
		{"signature_id", "rule.id"}, {"signature", "rule.name"},
		{"rev", "rule.version"},     {"category", "rule.category"},
		{"action", "event.action"},  {NULL, NULL}};
	/* Suricata's 1 is the worst. */
	static const int severity[] = {0, 8, 5, 3, 2};
	struct vg_slice text;
	int64_t v;

	add_fields(r, alert, rows);
	r->e->category = VG_RSIT_OTHER;
	if (vg_native_text(r, vg_native_member(r, alert, "category"), &text))
		r->e->category =
			vg_native_word_in(classes, text, VG_RSIT_OTHER);
	if (vg_native_int(r, vg_native_member(r, alert, "severity"), &v))
		r->e->severity = v >= 1 && v <= 4 ? severity[v] : 1;
	uint32_t meta = vg_native_member(r, alert, "metadata");
	if (!vg_native_is_object(r, meta))
		return;
	(void)vg_native_each(r, vg_native_member(r, meta, "mitre_technique_id"),
			     take_technique);
	if (vg_native_text(r, vg_native_member(r, meta, "confidence"), &text))
		r->e->confidence =
			vg_native_word(certainty, text, r->e->confidence);
	vg_native_field(r, "threat.software.name",
			vg_native_member(r, meta, "malware_family"));
}

/* The attacker's address: what the alert names as the source, else the
 * packet's; when that is nobody outside, the other end's. */
static void take_attacker(struct vg_reading *r, uint32_t alert)
{
	struct vg_slice from = {NULL, 0}, to = {NULL, 0};
	uint32_t named =
		vg_native_member(r, vg_native_member(r, alert, "source"), "ip");

	if (!vg_native_text(r, named, &from))
		(void)vg_native_text(r, vg_native_member(r, 0, "src_ip"),
				     &from);
	(void)vg_native_text(r, vg_native_member(r, 0, "dest_ip"), &to);
	if (!vg_native_ip(r, from) && named == VG_ABSENT)
		(void)vg_native_ip(r, to);
}

static void take_network(struct vg_reading *r)
{
	static const struct field rows[] = {
		{"src_ip", "source.ip"},
		{"src_port", "source.port"},
		{"dest_ip", "destination.ip"},
		{"dest_port", "destination.port"},
		{"app_proto", "network.protocol"},
		{"community_id", "network.community_id"},
		{NULL, NULL}};
	struct vg_slice text;

	add_fields(r, 0, rows);
	if (vg_native_text(r, vg_native_member(r, 0, "proto"), &text))
		vg_native_field_text(r, "network.transport",
				     vg_native_lower(r, text));
}

/* A URL's path: what follows may hold anything. */
static void take_path(struct vg_reading *r, uint32_t http)
{
	struct vg_slice url;

	if (!vg_native_text(r, vg_native_member(r, http, "url"), &url))
		return;
	const char *query = memchr(url.p, '?', url.n);
	if (query != NULL)
		url.n = (uint32_t)(query - url.p);
	vg_native_field_text(r, "url.path", url);
}

static void take_application(struct vg_reading *r)
{
	static const struct field of_http[] = {
		{"hostname", "url.domain"},
		{"http_method", "http.request.method"},
		{"status", "http.response.status_code"},
		{"http_user_agent", "user_agent.original"},
		{NULL, NULL}};
	static const struct field of_tls[] = {
		{"sni", "tls.client.server_name"},
		{"version", "tls.version"},
		{"fingerprint", "tls.server.certificate.fingerprint"},
		{NULL, NULL}};
	uint32_t http = vg_native_member(r, 0, "http");

	add_fields(r, http, of_http);
	take_path(r, http);
	add_fields(r, vg_native_member(r, 0, "tls"), of_tls);
	vg_native_field(r, "tls.client.ja3",
			vg_native_at(r, 0, "tls.ja3.hash"));
	vg_native_field(r, "dns.question.name",
			vg_native_at(r, 0, "dns.rrname"));
}

static void take_file(struct vg_reading *r)
{
	static const char *const hashes[] = {"md5", "sha256"};
	uint32_t file = vg_native_member(r, 0, "fileinfo");
	struct vg_slice text;

	for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
		if (vg_native_text(r, vg_native_member(r, file, hashes[i]),
				   &text))
			vg_native_hash(r, text);
	}
	vg_native_field(r, "file.name", vg_native_member(r, file, "filename"));
}

static bool take(struct vg_reading *r)
{
	uint32_t type = vg_native_member(r, 0, "event_type");

	if (type == VG_ABSENT)
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "event_type: missing");
	if (!vg_read_type(r, type, VG_JSON_STRING, "event_type"))
		return false;
	if (!vg_native_is(r, type, "alert"))
		return vg_native_aside(r, "event_type");
	uint32_t alert = vg_native_member(r, 0, "alert");
	if (alert == VG_ABSENT)
		return vg_refuse(r, VG_VERDICT_R_MISSING, "alert: missing");
	if (!vg_read_type(r, alert, VG_JSON_OBJECT, "alert") ||
	    !vg_native_time(r, "timestamp",
			    vg_native_member(r, 0, "timestamp")) ||
	    !vg_native_sensor(r, "host", vg_native_member(r, 0, "host"),
			      "suricata"))
		return false;
	r->e->sensor_kind = VG_KIND_IDS;
	take_rule(r, alert);
	take_network(r);
	take_attacker(r, alert);
	take_application(r);
	take_file(r);
	return true;
}

void vg_suricata_eve_decode(struct vg_scratch *s, const struct vg_config *cfg,
			    const struct vg_partner *partner,
			    struct vg_slice record, struct vg_event *e,
			    struct vg_decoded *out)
{
	struct vg_reading r = VG_NATIVE_READING(s, cfg, partner, e, out);

	vg_native_run(&r, record, take);
}
