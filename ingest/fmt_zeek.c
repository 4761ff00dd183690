#include "ingest/fmt.h"
#include "ingest/fmt_zeek_tsv.h"
#include "ingest/native.h"

/*
 * Zeek's logs, as JSON or TSV (docs/formats.md, "Zeek"). A TSV record becomes
 * the JSON that Zeek would have written, so that both are one event. FTP
 * passwords and SNMP communities are never taken.
 */

/* Logs by their path; severity 0: traffic or Zeek's own health, no alert. */
static const struct log {
	const char *path;
	enum vg_rsit category;
	int severity;
} logs[] = {
	{"notice", VG_RSIT_OTHER, 5},
	{"weird", VG_RSIT_OTHER, 2},
	{"dpd", VG_RSIT_OTHER, 2},
	{"intel", VG_RSIT_MALICIOUS_CODE, 7},
	{"signatures", VG_RSIT_INTRUSION_ATTEMPTS, 6},
	{"conn", VG_RSIT_OTHER, 0},
	{"dns", VG_RSIT_OTHER, 0},
	{"http", VG_RSIT_OTHER, 0},
	{"ssl", VG_RSIT_OTHER, 0},
	{"files", VG_RSIT_OTHER, 0},
	{"x509", VG_RSIT_OTHER, 0},
	{"ntp", VG_RSIT_OTHER, 0},
	{"dhcp", VG_RSIT_OTHER, 0},
	{"stats", VG_RSIT_OTHER, 0},
	{"telemetry", VG_RSIT_OTHER, 0},
	{"reporter", VG_RSIT_OTHER, 0},
	{"capture_loss", VG_RSIT_OTHER, 0},
	{"packet_filter", VG_RSIT_OTHER, 0},
	{"loaded_scripts", VG_RSIT_OTHER, 0},
};

/* Another log was sent on purpose: an observation of the least severity. */
static const struct log other_log = {"", VG_RSIT_OTHER, 1};

/* Notices by what their name holds; -1: Zeek's own health. */
static const struct vg_native_word notices[] = {
	{"captureloss::", -1},
	{"packetfilter::", -1},
	{"weird::", VG_RSIT_OTHER},
	{"scan", VG_RSIT_INFORMATION_GATHERING},
	{"traceroute", VG_RSIT_INFORMATION_GATHERING},
	{"password_guessing", VG_RSIT_INTRUSION_ATTEMPTS},
	{"bruteforc", VG_RSIT_INTRUSION_ATTEMPTS},
	{"login", VG_RSIT_INTRUSION_ATTEMPTS},
	{"sql_injection", VG_RSIT_INTRUSION_ATTEMPTS},
	{"heartbleed", VG_RSIT_INTRUSION_ATTEMPTS},
	{"exploit", VG_RSIT_INTRUSION_ATTEMPTS},
	{"attack", VG_RSIT_INTRUSION_ATTEMPTS},
	{"signatures::", VG_RSIT_INTRUSION_ATTEMPTS},
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"intel::", VG_RSIT_MALICIOUS_CODE},
	{"invalid_server_cert", VG_RSIT_VULNERABLE},
	{"certificate", VG_RSIT_VULNERABLE},
	{"weak", VG_RSIT_VULNERABLE},
	{"vulnerable", VG_RSIT_VULNERABLE},
	{NULL, 0}};

static const struct vg_native_word observables[] = {
	{"intel::domain", VG_INDICATOR_DOMAIN},
	{"intel::url", VG_INDICATOR_URL},
	{"intel::email", VG_INDICATOR_EMAIL},
	{NULL, 0}};

/* The log's path: as it says, or by the members that only it has. */
static bool find_path(struct vg_reading *r, struct vg_slice *path)
{
	static const struct {
		const char *member, *path;
	} telltale[] = {{"note", "notice"},	  {"seen.indicator", "intel"},
			{"sig_id", "signatures"}, {"failure_reason", "dpd"},
			{"conn_state", "conn"},	  {"notice", "weird"}};

	if (vg_native_text(r, vg_native_member(r, 0, "_path"), path))
		return vg_check_name(r, *path, "_path", VG_SENSOR_MAX);
	*path = vg_slice_of("log");
	for (size_t i = 0; i < sizeof telltale / sizeof telltale[0]; i++) {
		if (vg_native_member(r, 0, telltale[i].member) != VG_ABSENT) {
			*path = vg_slice_of(telltale[i].path);
			break;
		}
	}
	return true;
}

static const struct log *find_log(struct vg_slice path)
{
	for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
		if (vg_slice_eq(path, vg_slice_of(logs[i].path)))
			return &logs[i];
	}
	return &other_log;
}

/* What a notice is by its name; false when it is set aside. */
static bool take_notice(struct vg_reading *r)
{
	struct vg_slice note;

	if (!vg_native_text(r, vg_native_member(r, 0, "note"), &note))
		return vg_refuse(r, VG_VERDICT_R_MISSING, "note: missing");
	int category = vg_native_word_in(notices, note, VG_RSIT_OTHER);
	if (category < 0)
		return vg_native_aside(r, "note");
	r->e->category = category;
	if (category == VG_RSIT_VULNERABLE)
		r->e->severity = 3;
	vg_native_field_text(r, "rule.name", note);
	vg_native_field(r, "event.reason", vg_native_member(r, 0, "msg"));
	return true;
}

static void take_intel(struct vg_reading *r)
{
	struct vg_slice type, text;

	if (!vg_native_text(r, vg_native_at(r, 0, "seen.indicator"), &text) ||
	    !vg_native_text(r, vg_native_at(r, 0, "seen.indicator_type"),
			    &type))
		return;
	int kind = vg_native_word(observables, type, -1);
	if (kind >= 0)
		vg_native_indicator(r, (enum vg_indicator_type)kind, text);
	else if (vg_slice_eq(type, vg_slice_of("Intel::ADDR")))
		(void)vg_native_ip(r, text);
	else if (vg_slice_eq(type, vg_slice_of("Intel::FILE_HASH")))
		vg_native_hash(r, text);
}

/* The first of two members that is there. */
static uint32_t either(const struct vg_reading *r, const char *a, const char *b)
{
	uint32_t tok = vg_native_member(r, 0, a);

	return tok != VG_ABSENT ? tok : vg_native_at(r, 0, b);
}

static void take_ends(struct vg_reading *r)
{
	uint32_t from = either(r, "src", "id.orig_h");
	uint32_t to = either(r, "dst", "id.resp_h");
	struct vg_slice text;

	vg_native_field(r, "source.ip", from);
	vg_native_field(r, "source.port", vg_native_at(r, 0, "id.orig_p"));
	vg_native_field(r, "destination.ip", to);
	vg_native_field(r, "destination.port", either(r, "p", "id.resp_p"));
	if (vg_native_text(r, vg_native_member(r, 0, "proto"), &text))
		vg_native_field_text(r, "network.transport",
				     vg_native_lower(r, text));
	if (vg_native_text(r, from, &text) && vg_native_ip(r, text))
		return;
	if (vg_native_text(r, to, &text))
		(void)vg_native_ip(r, text);
}

/* Members that any log may have; they differ in meaning by log no more than
 * ECS's do. */
static void take_fields(struct vg_reading *r)
{
	static const struct {
		const char *member, *name;
	} rows[] = {{"uid", "zeek.uid"},
		    {"host", "host.ip"},
		    {"port_num", "service.port"},
		    {"name", "rule.name"},
		    {"sig_id", "rule.id"},
		    {"analyzer", "network.protocol"},
		    {"failure_reason", "event.reason"},
		    {"user", "user.name"},
		    {"username", "user.name"},
		    {"client", "zeek.client"},
		    {"command", "event.action"},
		    {"operation", "event.action"},
		    {"func", "event.action"},
		    {"action", "event.action"},
		    {"service", "service.name"},
		    {"endpoint", "service.name"},
		    {"result", "zeek.result"},
		    {"error_msg", "error.message"},
		    {"success", "zeek.success"},
		    {"auth_success", "zeek.success"},
		    {"version", "zeek.version"}};
	struct vg_slice text;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		vg_native_field(r, rows[i].name,
				vg_native_member(r, 0, rows[i].member));
	if (vg_native_text(r,
			   vg_native_at(r, 0, "remote_location.country_code"),
			   &text))
		vg_native_source_country(r, text);
}

static bool take_sensor(struct vg_reading *r)
{
	uint32_t tok = either(r, "_system_name", "peer_descr");

	if (tok == VG_ABSENT)
		tok = vg_native_member(r, 0, "peer");
	return vg_native_sensor(r, "peer", tok, "zeek");
}

static bool take(struct vg_reading *r)
{
	struct vg_slice path;
	uint32_t ok = vg_native_member(r, 0, "auth_success");

	if (!find_path(r, &path))
		return false;
	const struct log *log = find_log(path);
	if (log->severity == 0)
		return vg_native_aside(r, "_path");
	if (!vg_native_time(r, "ts", vg_native_member(r, 0, "ts")) ||
	    !take_sensor(r))
		return false;
	r->e->sensor_kind = VG_KIND_IDS;
	r->e->category = (int)log->category;
	r->e->severity = log->severity;
	if (ok != VG_ABSENT && vg_tok(r, ok)->type == VG_JSON_FALSE) {
		r->e->category = VG_RSIT_INTRUSION_ATTEMPTS;
		r->e->severity = 3;
	}
	vg_native_field_text(r, "event.dataset", path);
	if (vg_slice_eq(path, vg_slice_of("notice")) && !take_notice(r))
		return false;
	if (vg_slice_eq(path, vg_slice_of("intel")))
		take_intel(r);
	take_ends(r);
	take_fields(r);
	return true;
}

static bool is_json(struct vg_slice record)
{
	uint32_t i = 0;

	while (i < record.n && memchr(" \t\r\n", record.p[i], 4) != NULL)
		i++;
	return i == record.n || record.p[i] == '{' || record.p[i] == '[';
}

void vg_zeek_decode(struct vg_scratch *s, const struct vg_config *cfg,
		    const struct vg_partner *partner, struct vg_slice record,
		    struct vg_event *e, struct vg_decoded *out)
{
	struct vg_reading r = VG_NATIVE_READING(s, cfg, partner, e, out);
	struct vg_slice json;

	if (record.p == NULL || record.n == 0 || record.n > VG_RECORD_MAX ||
	    is_json(record)) {
		vg_native_run(&r, record, take);
		return;
	}
	vg_native_start(&r);
	if (vg_zeek_json(&r, record, &json) && vg_record_parse_text(&r, json))
		vg_native_take_object(&r, take);
}
