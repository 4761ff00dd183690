#include "ingest/fmt.h"
#include "ingest/native_more.h"
#include "ingest/native_paths.h"

/*
 * OCSF Detection Finding, class 2004 (docs/formats.md, "OCSF"). Times are in
 * ms by the schema and in s from some; a closed finding and one judged false
 * are no events.
 */

enum { CLASS_UID = 2004, ACTIVITY_CLOSE = 3 };

/* observable.type_id */
enum {
	OBSERVABLE_IP = 2,
	OBSERVABLE_EMAIL = 5,
	OBSERVABLE_URL = 6,
	OBSERVABLE_HASH = 8
};

enum verdict {
	VERDICT_FALSE_POSITIVE = 1,
	VERDICT_DISREGARD = 3,
	VERDICT_BENIGN = 5,
	VERDICT_TEST = 6,
	VERDICT_DUPLICATE = 10
};

enum {
	SLOT_ACTIVITY,
	SLOT_VERDICT,
	SLOT_UID,
	SLOT_META_UID,
	SLOT_TIME,
	SLOT_TIME_DT,
	SLOT_CREATED,
	SLOT_SEVERITY_ID,
	SLOT_SEVERITY,
	SLOT_CONFIDENCE,
	SLOT_CONFIDENCE_ID,
	SLOT_COUNT,
	SLOT_PRODUCT,
	SLOT_VENDOR,
	SLOT_FINDING_TYPES,
	SLOT_TACTIC,
	SLOT_MALWARE,
	SLOT_VULNERABILITY,
	SLOT_OBSERVABLES
};

static const struct vg_path rows[] = {
	VG_PATH("action", vg_path_field, "event.action"),
	VG_PATH_SLOT("activity_id", SLOT_ACTIVITY),
	VG_PATH("attacks.sub_technique.uid", vg_path_technique, NULL),
	VG_PATH_SLOT("attacks.tactic.name", SLOT_TACTIC),
	VG_PATH_SLOT("attacks.tactic.uid", SLOT_TACTIC),
	VG_PATH_SLOT("attacks.tactics.uid", SLOT_TACTIC),
	VG_PATH("attacks.technique.uid", vg_path_technique, NULL),
	VG_PATH("cloud.account.uid", vg_path_field, "cloud.account.id"),
	VG_PATH("cloud.provider", vg_path_field, "cloud.provider"),
	VG_PATH("cloud.region", vg_path_field, "cloud.region"),
	VG_PATH_SLOT("confidence_id", SLOT_CONFIDENCE_ID),
	VG_PATH_SLOT("confidence_score", SLOT_CONFIDENCE),
	VG_PATH_SLOT("count", SLOT_COUNT),
	VG_PATH("device.hostname", vg_path_field, "host.name"),
	VG_PATH("disposition", vg_path_field, "event.outcome"),
	VG_PATH("dst_endpoint.ip", vg_path_target, NULL),
	VG_PATH("dst_endpoint.port", vg_path_field, "destination.port"),
	VG_PATH("evidences.connection_info.protocol_name", vg_path_field,
		"network.transport"),
	VG_PATH("evidences.dst_endpoint.hostname", vg_path_field,
		"destination.domain"),
	VG_PATH("evidences.dst_endpoint.ip", vg_path_target, NULL),
	VG_PATH("evidences.dst_endpoint.port", vg_path_field,
		"destination.port"),
	VG_PATH("evidences.email.from", vg_path_email, NULL),
	VG_PATH("evidences.file.hashes.value", vg_path_hash, NULL),
	VG_PATH("evidences.file.name", vg_path_field, "file.name"),
	VG_PATH("evidences.process.file.hashes.value", vg_path_hash, NULL),
	VG_PATH("evidences.process.name", vg_path_field, "process.name"),
	VG_PATH("evidences.query.hostname", vg_path_domain,
		"dns.question.name"),
	VG_PATH("evidences.src_endpoint.autonomous_system.number",
		vg_path_field, "source.as.number"),
	VG_PATH("evidences.src_endpoint.ip", vg_path_source, NULL),
	VG_PATH("evidences.src_endpoint.location.country",
		vg_path_source_country, NULL),
	VG_PATH("evidences.src_endpoint.port", vg_path_field, "source.port"),
	VG_PATH("evidences.url.url_string", vg_path_url, NULL),
	VG_PATH("finding_info.analytic.name", vg_path_field, "rule.ruleset"),
	VG_PATH("finding_info.analytic.uid", vg_path_field, "rule.id"),
	VG_PATH("finding_info.attacks.sub_technique.uid", vg_path_technique,
		NULL),
	VG_PATH_SLOT("finding_info.attacks.tactic.name", SLOT_TACTIC),
	VG_PATH_SLOT("finding_info.attacks.tactic.uid", SLOT_TACTIC),
	VG_PATH_SLOT("finding_info.attacks.tactics.uid", SLOT_TACTIC),
	VG_PATH("finding_info.attacks.technique.uid", vg_path_technique, NULL),
	VG_PATH_SLOT("finding_info.created_time", SLOT_CREATED),
	VG_PATH("finding_info.title", vg_path_field, "rule.name"),
	VG_PATH_SLOT("finding_info.types", SLOT_FINDING_TYPES),
	VG_PATH_SLOT("finding_info.uid", SLOT_UID),
	VG_PATH_SLOT("malware.name", SLOT_MALWARE),
	VG_PATH("metadata.event_code", vg_path_field, "event.code"),
	VG_PATH_SLOT("metadata.product.name", SLOT_PRODUCT),
	VG_PATH_SLOT("metadata.product.vendor_name", SLOT_VENDOR),
	VG_PATH("metadata.product.version", vg_path_field, "observer.version"),
	VG_PATH_SLOT("metadata.uid", SLOT_META_UID),
	VG_PATH_SLOT("observables", SLOT_OBSERVABLES),
	VG_PATH("osint.threat_actor.name", vg_path_actor, NULL),
	VG_PATH("osint.tlp", vg_path_tlp, NULL),
	VG_PATH("resources.name", vg_path_field, "resource.name"),
	VG_PATH_SLOT("severity", SLOT_SEVERITY),
	VG_PATH_SLOT("severity_id", SLOT_SEVERITY_ID),
	VG_PATH("src_endpoint.ip", vg_path_source, NULL),
	VG_PATH("src_endpoint.location.country", vg_path_source_country, NULL),
	VG_PATH("src_endpoint.port", vg_path_field, "source.port"),
	VG_PATH("threat_actor.name", vg_path_actor, NULL),
	VG_PATH_SLOT("time", SLOT_TIME),
	VG_PATH_SLOT("time_dt", SLOT_TIME_DT),
	VG_PATH_SLOT("verdict_id", SLOT_VERDICT),
	VG_PATH_SLOT("vulnerabilities.cve.uid", SLOT_VULNERABILITY),
};

/* What the words of finding types (GuardDuty, Security Hub) speak of; the
 * first that occurs. */
static const struct vg_native_word finding_types[] = {
	{"recon", VG_RSIT_INFORMATION_GATHERING},
	{"discovery", VG_RSIT_INFORMATION_GATHERING},
	{"trojan", VG_RSIT_MALICIOUS_CODE},
	{"backdoor", VG_RSIT_MALICIOUS_CODE},
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"cryptocurrency", VG_RSIT_MALICIOUS_CODE},
	{"execution", VG_RSIT_MALICIOUS_CODE},
	{"exfiltration", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"unauthorizedaccess", VG_RSIT_INTRUSION_ATTEMPTS},
	{"initialaccess", VG_RSIT_INTRUSION_ATTEMPTS},
	{"credentialaccess", VG_RSIT_INTRUSION_ATTEMPTS},
	{"persistence", VG_RSIT_INTRUSIONS},
	{"privilegeescalation", VG_RSIT_INTRUSIONS},
	{"defenseevasion", VG_RSIT_INTRUSIONS},
	{"impact", VG_RSIT_AVAILABILITY},
	{"vulnerabilities", VG_RSIT_VULNERABLE},
	{NULL, 0}};

static bool take_hash(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (vg_native_text(r, tok, &text))
		vg_native_hash(r, text);
	return true;
}

/* An observable repeats what stands elsewhere; an address only when its name
 * says that it is the source's. */
static bool take_observable(struct vg_reading *r, uint32_t tok)
{
	static const struct vg_native_word sources[] = {{"src_endpoint", 1},
							{NULL, 0}};
	uint32_t value = vg_native_member(r, tok, "value");
	struct vg_slice text, name;
	int64_t type = 0;

	if (!vg_native_int(r, vg_native_member(r, tok, "type_id"), &type) ||
	    !vg_native_text(r, value, &text))
		return true;
	if (type == OBSERVABLE_HASH)
		return take_hash(r, value);
	if (type == OBSERVABLE_EMAIL)
		vg_native_indicator(r, VG_INDICATOR_EMAIL, text);
	else if (type == OBSERVABLE_URL)
		vg_native_indicator(r, VG_INDICATOR_URL, text);
	else if (type == OBSERVABLE_IP &&
		 vg_native_text(r, vg_native_member(r, tok, "name"), &name) &&
		 vg_native_word_in(sources, name, 0))
		vg_native_source(r, text);
	return true;
}

static bool is_finding(struct vg_reading *r)
{
	int64_t uid;

	if (vg_native_int(r, vg_native_member(r, 0, "class_uid"), &uid))
		return uid == CLASS_UID;
	return vg_native_int(r, vg_native_member(r, 0, "type_uid"), &uid) &&
	       uid / 100 == CLASS_UID;
}

/* False when somebody judged that it is none. */
static bool take_verdict(struct vg_walk *w)
{
	int64_t v = 0;

	if (vg_native_int(&w->r, w->slot[SLOT_ACTIVITY], &v) &&
	    v == ACTIVITY_CLOSE)
		return vg_native_aside(&w->r, "activity_id");
	if (!vg_native_int(&w->r, w->slot[SLOT_VERDICT], &v))
		return true;
	if (v == VERDICT_FALSE_POSITIVE || v == VERDICT_DISREGARD ||
	    v == VERDICT_BENIGN || v == VERDICT_DUPLICATE)
		return vg_native_aside(&w->r, "verdict_id");
	if (v == VERDICT_TEST)
		w->r.e->category = VG_RSIT_TEST;
	return true;
}

static void take_category(struct vg_walk *w)
{
	struct vg_event *e = w->r.e;
	struct vg_slice text;
	int found = -1;

	if (vg_native_text(&w->r, w->slot[SLOT_FINDING_TYPES], &text)) {
		found = vg_native_word_in(finding_types, text, -1);
		vg_native_field_text(&w->r, "rule.category", text);
	}
	if (found < 0 && vg_native_text(&w->r, w->slot[SLOT_TACTIC], &text))
		found = vg_native_tactic(text, -1);
	if (found < 0 && w->slot[SLOT_MALWARE] != VG_ABSENT)
		found = VG_RSIT_MALICIOUS_CODE;
	if (found < 0 && w->slot[SLOT_VULNERABILITY] != VG_ABSENT)
		found = VG_RSIT_VULNERABLE;
	if (e->category < 0)
		e->category = found < 0 ? VG_RSIT_OTHER : found;
}

static void take_scales(struct vg_walk *w)
{
	/* Unknown, informational, low, medium, high, critical, fatal. */
	static const int severity[] = {5, 2, 3, 5, 8, 10, 10};
	static const int confidence[] = {50, 25, 50, 75};
	struct vg_event *e = w->r.e;
	struct vg_slice text;
	int64_t v = 0;

	if (vg_native_int(&w->r, w->slot[SLOT_SEVERITY_ID], &v) && v >= 0 &&
	    v <= 6)
		e->severity = severity[v];
	else if (vg_native_text(&w->r, w->slot[SLOT_SEVERITY], &text))
		e->severity = vg_native_severity_word(text, 5);
	if (w->slot[SLOT_CONFIDENCE] != VG_ABSENT)
		vg_native_confidence(&w->r, w->slot[SLOT_CONFIDENCE]);
	else if (vg_native_int(&w->r, w->slot[SLOT_CONFIDENCE_ID], &v) &&
		 v >= 0 && v <= 3)
		e->confidence = confidence[v];
}

static bool take(struct vg_reading *r)
{
	static const int ids[] = {SLOT_UID, SLOT_META_UID, -1};
	static const int times[] = {SLOT_TIME, SLOT_TIME_DT, SLOT_CREATED, -1};
	static const int sensors[] = {SLOT_PRODUCT, SLOT_VENDOR, -1};
	struct vg_walk *w = (struct vg_walk *)r;

	if (!is_finding(r))
		return vg_native_aside(r, "class_uid");
	if (!vg_paths_walk(w, rows, sizeof rows / sizeof rows[0]) ||
	    !take_verdict(w) ||
	    !vg_native_each(r, w->slot[SLOT_OBSERVABLES], take_observable))
		return false;
	take_category(w);
	take_scales(w);
	vg_native_other_end(r);
	vg_native_field(r, "threat.software.name", w->slot[SLOT_MALWARE]);
	vg_native_field(r, "vulnerability.id", w->slot[SLOT_VULNERABILITY]);
	vg_native_field(r, "observer.vendor", w->slot[SLOT_VENDOR]);
	vg_native_field(r, "observer.product", w->slot[SLOT_PRODUCT]);
	return vg_native_id(r, "finding_info.uid", vg_slot_first(w, ids)) &&
	       vg_native_sensor(r, "metadata.product.name",
				vg_slot_first(w, sensors), "ocsf") &&
	       vg_native_count(r, "count", w->slot[SLOT_COUNT]) &&
	       vg_native_time(r, "time", vg_slot_first(w, times));
}

VG_FMT_DECODE(ocsf)
{
	struct vg_walk w = {.r = VG_NATIVE_READING(s, cfg, partner, e, out)};

	vg_native_run(&w.r, record, take);
}
