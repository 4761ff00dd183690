#include "ingest/fmt.h"
#include "ingest/native.h"

/*
 * Cowrie's JSON log (docs/formats.md, "Cowrie"). A session is a dozen records;
 * those that are an act of the attacker count, the rest is set aside. Passwords
 * and what was typed are never taken.
 */

static const struct act {
	const char *id; /* behind "cowrie." */
	enum vg_rsit category;
	int severity;
	const char *technique; /* or NULL */
} acts[] = {
	{"session.connect", VG_RSIT_INFORMATION_GATHERING, 3, NULL},
	{"login.failed", VG_RSIT_INTRUSION_ATTEMPTS, 4, "T1110"},
	{"login.success", VG_RSIT_INTRUSIONS, 6, "T1110"},
	{"command.input", VG_RSIT_INTRUSIONS, 7, "T1059"},
	{"command.failed", VG_RSIT_INTRUSIONS, 7, "T1059"},
	{"command.success", VG_RSIT_INTRUSIONS, 7, "T1059"},
	{"direct-tcpip.request", VG_RSIT_INTRUSIONS, 6, "T1090"},
	{"session.file_download", VG_RSIT_MALICIOUS_CODE, 8, "T1105"},
	{"session.file_download.failed", VG_RSIT_MALICIOUS_CODE, 6, "T1105"},
	{"session.file_upload", VG_RSIT_MALICIOUS_CODE, 8, "T1105"},
};

static const char PREFIX[] = "cowrie.";

static bool has_prefix(struct vg_slice id)
{
	return id.n > sizeof PREFIX - 1 &&
	       memcmp(id.p, PREFIX, sizeof PREFIX - 1) == 0;
}

static const struct act *find_act(struct vg_slice id)
{
	id.p += sizeof PREFIX - 1;
	id.n -= (uint32_t)sizeof PREFIX - 1;
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
		if (vg_slice_eq(id, vg_slice_of(acts[i].id)))
			return &acts[i];
	}
	return NULL;
}

static void take_fields(struct vg_reading *r)
{
	static const struct {
		const char *member, *name;
	} rows[] = {{"src_ip", "source.ip"},
		    {"src_port", "source.port"},
		    {"dst_ip", "destination.ip"},
		    {"dst_port", "destination.port"},
		    {"protocol", "network.protocol"},
		    {"session", "cowrie.session"},
		    {"username", "user.name"}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		vg_native_field(r, rows[i].name,
				vg_native_member(r, 0, rows[i].member));
}

static void take_indicators(struct vg_reading *r)
{
	struct vg_slice text;

	if (vg_native_text(r, vg_native_member(r, 0, "src_ip"), &text))
		(void)vg_native_ip(r, text);
	if (vg_native_text(r, vg_native_member(r, 0, "url"), &text))
		vg_native_indicator(r, VG_INDICATOR_URL, text);
	if (vg_native_text(r, vg_native_member(r, 0, "shasum"), &text))
		vg_native_hash(r, text);
}

static bool take(struct vg_reading *r)
{
	struct vg_slice id;
	uint32_t tok = vg_native_member(r, 0, "eventid");

	if (tok == VG_ABSENT)
		return vg_refuse(r, VG_VERDICT_R_MISSING, "eventid: missing");
	if (!vg_read_text(r, tok, "eventid", &id))
		return false;
	if (!has_prefix(id))
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "eventid: does not begin with cowrie.");
	const struct act *act = find_act(id);
	if (act == NULL)
		return vg_native_aside(r, "eventid");
	if (!vg_native_time(r, "timestamp",
			    vg_native_member(r, 0, "timestamp")) ||
	    !vg_native_sensor(r, "sensor", vg_native_member(r, 0, "sensor"),
			      "cowrie"))
		return false;
	r->e->sensor_kind = VG_KIND_HONEYPOT;
	r->e->category = (int)act->category;
	r->e->severity = act->severity;
	if (act->technique != NULL)
		vg_native_technique(r, vg_slice_of(act->technique));
	vg_native_field_text(r, "event.action", id);
	take_fields(r);
	take_indicators(r);
	return true;
}

void vg_cowrie_decode(struct vg_scratch *s, const struct vg_config *cfg,
		      const struct vg_partner *partner, struct vg_slice record,
		      struct vg_event *e, struct vg_decoded *out)
{
	struct vg_reading r = VG_NATIVE_READING(s, cfg, partner, e, out);

	vg_native_run(&r, record, take);
}
