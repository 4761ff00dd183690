#include "ingest/fmt.h"
#include "ingest/native_more.h"
#include "ingest/native_paths.h"

/*
 * Elastic Common Schema (docs/formats.md, "ECS"): only `event.kind: alert`.
 * Members may be nested, dotted, or both.
 */

enum {
	SLOT_AT,
	SLOT_START,
	SLOT_CREATED,
	SLOT_ID,
	SLOT_CATEGORY,
	SLOT_SEVERITY,
	SLOT_RISK,
	SLOT_RULE_RISK,
	SLOT_RULE_SEVERITY,
	SLOT_MODULE,
	SLOT_OBSERVER,
	SLOT_OBSERVER_HOST,
	SLOT_OBSERVER_TYPE,
	SLOT_AGENT,
	SLOT_HOST,
	SLOT_TACTIC_ID,
	SLOT_TACTIC,
	SLOT_COUNT
};

static const struct vg_path rows[] = {
	VG_PATH_SLOT("@timestamp", SLOT_AT),
	VG_PATH_SLOT("agent.name", SLOT_AGENT),
	VG_PATH("agent.type", vg_path_field, "agent.type"),
	VG_PATH("cloud.account.id", vg_path_field, "cloud.account.id"),
	VG_PATH("cloud.provider", vg_path_field, "cloud.provider"),
	VG_PATH("destination.as.number", vg_path_field,
		"destination.as.number"),
	VG_PATH("destination.domain", vg_path_field, "destination.domain"),
	VG_PATH("destination.geo.country_iso_code", vg_path_field,
		"destination.geo.country_iso_code"),
	VG_PATH("destination.ip", vg_path_target, NULL),
	VG_PATH("destination.port", vg_path_field, "destination.port"),
	VG_PATH("dns.question.name", vg_path_domain, "dns.question.name"),
	VG_PATH("email.from.address", vg_path_email, NULL),
	VG_PATH("email.sender.address", vg_path_email, NULL),
	VG_PATH("event.action", vg_path_field, "event.action"),
	VG_PATH_SLOT("event.category", SLOT_CATEGORY),
	VG_PATH("event.code", vg_path_field, "event.code"),
	VG_PATH_SLOT("event.created", SLOT_CREATED),
	VG_PATH("event.dataset", vg_path_field, "event.dataset"),
	VG_PATH_SLOT("event.id", SLOT_ID),
	VG_PATH_SLOT("event.module", SLOT_MODULE),
	VG_PATH("event.outcome", vg_path_field, "event.outcome"),
	VG_PATH("event.provider", vg_path_field, "event.provider"),
	VG_PATH_SLOT("event.risk_score", SLOT_RISK),
	VG_PATH_SLOT("event.severity", SLOT_SEVERITY),
	VG_PATH_SLOT("event.start", SLOT_START),
	VG_PATH("event.type", vg_path_field, "event.type"),
	VG_PATH("file.hash.md5", vg_path_hash, NULL),
	VG_PATH("file.hash.sha256", vg_path_hash, NULL),
	VG_PATH("file.name", vg_path_field, "file.name"),
	VG_PATH("file.path", vg_path_field, "file.path"),
	VG_PATH_SLOT("host.name", SLOT_HOST),
	VG_PATH("host.os.name", vg_path_field, "host.os.name"),
	VG_PATH("http.request.method", vg_path_field, "http.request.method"),
	VG_PATH_SLOT("kibana.alert.risk_score", SLOT_RULE_RISK),
	VG_PATH("kibana.alert.rule.name", vg_path_field, "rule.name"),
	VG_PATH_SLOT("kibana.alert.rule.threat.tactic.id", SLOT_TACTIC_ID),
	VG_PATH("kibana.alert.rule.threat.technique.id", vg_path_technique,
		NULL),
	VG_PATH("kibana.alert.rule.threat.technique.subtechnique.id",
		vg_path_technique, NULL),
	VG_PATH_SLOT("kibana.alert.severity", SLOT_RULE_SEVERITY),
	VG_PATH_SLOT("kibana.alert.threshold_result.count", SLOT_COUNT),
	VG_PATH("network.application", vg_path_field, "network.application"),
	VG_PATH("network.community_id", vg_path_field, "network.community_id"),
	VG_PATH("network.direction", vg_path_field, "network.direction"),
	VG_PATH("network.protocol", vg_path_field, "network.protocol"),
	VG_PATH("network.transport", vg_path_field, "network.transport"),
	VG_PATH("network.type", vg_path_field, "network.type"),
	VG_PATH_SLOT("observer.hostname", SLOT_OBSERVER_HOST),
	VG_PATH_SLOT("observer.name", SLOT_OBSERVER),
	VG_PATH("observer.product", vg_path_field, "observer.product"),
	VG_PATH_SLOT("observer.type", SLOT_OBSERVER_TYPE),
	VG_PATH("observer.vendor", vg_path_field, "observer.vendor"),
	VG_PATH("observer.version", vg_path_field, "observer.version"),
	VG_PATH("process.executable", vg_path_field, "process.executable"),
	VG_PATH("process.hash.md5", vg_path_hash, NULL),
	VG_PATH("process.hash.sha256", vg_path_hash, NULL),
	VG_PATH("process.name", vg_path_field, "process.name"),
	VG_PATH("rule.category", vg_path_field, "rule.category"),
	VG_PATH("rule.id", vg_path_field, "rule.id"),
	VG_PATH("rule.name", vg_path_field, "rule.name"),
	VG_PATH("rule.ruleset", vg_path_field, "rule.ruleset"),
	VG_PATH("rule.uuid", vg_path_field, "rule.uuid"),
	VG_PATH("rule.version", vg_path_field, "rule.version"),
	VG_PATH("source.as.number", vg_path_field, "source.as.number"),
	VG_PATH("source.as.organization.name", vg_path_field,
		"source.as.organization.name"),
	VG_PATH("source.domain", vg_path_field, "source.domain"),
	VG_PATH("source.geo.country_iso_code", vg_path_source_country, NULL),
	VG_PATH("source.geo.country_name", vg_path_source_country, NULL),
	VG_PATH("source.ip", vg_path_source, NULL),
	VG_PATH("source.port", vg_path_field, "source.port"),
	VG_PATH("threat.enrichments.indicator.ip", vg_path_ip, NULL),
	VG_PATH("threat.enrichments.indicator.url.full", vg_path_url, NULL),
	VG_PATH("threat.group.name", vg_path_actor, NULL),
	VG_PATH("threat.indicator.email.address", vg_path_email, NULL),
	VG_PATH("threat.indicator.file.hash.md5", vg_path_hash, NULL),
	VG_PATH("threat.indicator.file.hash.sha256", vg_path_hash, NULL),
	VG_PATH("threat.indicator.ip", vg_path_ip, NULL),
	VG_PATH("threat.indicator.marking.tlp", vg_path_tlp, NULL),
	VG_PATH("threat.indicator.url.domain", vg_path_domain, NULL),
	VG_PATH("threat.indicator.url.full", vg_path_url, NULL),
	VG_PATH("threat.software.name", vg_path_field, "threat.software.name"),
	VG_PATH_SLOT("threat.tactic.id", SLOT_TACTIC_ID),
	VG_PATH_SLOT("threat.tactic.name", SLOT_TACTIC),
	VG_PATH("threat.technique.id", vg_path_technique, NULL),
	VG_PATH("threat.technique.subtechnique.id", vg_path_technique, NULL),
	VG_PATH("url.domain", vg_path_field, "url.domain"),
	VG_PATH("url.full", vg_path_url, NULL),
};

/* event.category says what kind of thing was seen, so only some have a class
 * of their own. */
static const struct vg_native_word categories[] = {
	{"authentication", VG_RSIT_INTRUSION_ATTEMPTS},
	{"email", VG_RSIT_ABUSIVE_CONTENT},
	{"intrusion_detection", VG_RSIT_INTRUSION_ATTEMPTS},
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"vulnerability", VG_RSIT_VULNERABLE},
	{NULL, 0}};

static const struct vg_native_word kinds[] = {
	{"ids", VG_KIND_IDS},	       {"ips", VG_KIND_IDS},
	{"suricata", VG_KIND_IDS},     {"snort", VG_KIND_IDS},
	{"zeek", VG_KIND_IDS},	       {"honeypot", VG_KIND_HONEYPOT},
	{"cowrie", VG_KIND_HONEYPOT},  {"edr", VG_KIND_EDR},
	{"endpoint", VG_KIND_EDR},     {"crowdstrike", VG_KIND_EDR},
	{"sentinel_one", VG_KIND_EDR}, {"wazuh", VG_KIND_EDR},
	{"siem", VG_KIND_SIEM},	       {"netflow", VG_KIND_NETFLOW},
	{"dns", VG_KIND_DNS},	       {"mail", VG_KIND_MAIL},
	{"email", VG_KIND_MAIL},       {NULL, 0}};

/* The first element of a list that the table has, else `otherwise`. */
static int class_of(struct vg_walk *w, uint32_t tok,
		    const struct vg_native_word *table, int otherwise)
{
	const struct vg_json_tok *t;
	struct vg_slice text;

	if (tok == VG_ABSENT)
		return otherwise;
	t = vg_tok(&w->r, tok);
	uint32_t n = t->type == VG_JSON_ARRAY ? t->count : 1;
	uint32_t i = t->type == VG_JSON_ARRAY ? tok + 1 : tok;
	for (uint32_t c = 0; c < n; c++, i = vg_tok(&w->r, i)->next) {
		int found = -1;

		if (vg_native_text(&w->r, i, &text))
			found = vg_native_word(table, text, -1);
		if (found >= 0)
			return found;
	}
	return otherwise;
}

/* The tactic says more than the category, but for malware. */
static void take_category(struct vg_walk *w)
{
	static const int tactics[] = {SLOT_TACTIC_ID, SLOT_TACTIC, -1};
	int category = class_of(w, w->slot[SLOT_CATEGORY], categories, -1);
	struct vg_slice text;

	if (category != VG_RSIT_MALICIOUS_CODE &&
	    vg_native_text(&w->r, vg_slot_first(w, tactics), &text))
		category = vg_native_tactic(text, category);
	w->r.e->category = category < 0 ? VG_RSIT_OTHER : category;
	vg_native_field(&w->r, "event.category", w->slot[SLOT_CATEGORY]);
}

/* event.severity is on the scale of whoever wrote it: Suricata's is inverted,
 * 1 to 10 is taken as it stands, more is of 100 (Elastic's rules: 21, 47, 73,
 * 99). */
static int own_severity(struct vg_walk *w, int64_t v)
{
	static const int suricata[] = {8, 5, 3, 2};

	if (vg_native_is(&w->r, w->slot[SLOT_MODULE], "suricata"))
		return v >= 1 && v <= 4 ? suricata[v - 1] : 1;
	if (v >= 1 && v <= 10)
		return (int)v;
	return vg_native_scale(v, 0, 100);
}

static void take_severity(struct vg_walk *w)
{
	static const int risks[] = {SLOT_RULE_RISK, SLOT_RISK, -1};
	struct vg_event *e = w->r.e;
	struct vg_slice text;
	double risk;
	int64_t v;

	if (vg_native_text(&w->r, w->slot[SLOT_RULE_SEVERITY], &text))
		e->severity = vg_native_severity_word(text, 5);
	else if (vg_native_double(&w->r, vg_slot_first(w, risks), &risk) &&
		 risk >= 0.0 && risk <= 100.0)
		e->severity = vg_native_scale((int64_t)risk, 0, 100);
	else if (vg_native_int(&w->r, w->slot[SLOT_SEVERITY], &v))
		e->severity = own_severity(w, v);
}

static void take_kind(struct vg_walk *w)
{
	static const int slots[] = {SLOT_OBSERVER_TYPE, SLOT_MODULE, -1};

	for (const int *s = slots; *s >= 0 && w->r.e->sensor_kind < 0; s++)
		w->r.e->sensor_kind = class_of(w, w->slot[*s], kinds, -1);
	vg_native_field(&w->r, "event.module", w->slot[SLOT_MODULE]);
	vg_native_field(&w->r, "host.name", w->slot[SLOT_HOST]);
}

static bool take(struct vg_reading *r)
{
	static const int times[] = {SLOT_AT, SLOT_START, SLOT_CREATED, -1};
	static const int sensors[] = {SLOT_OBSERVER, SLOT_OBSERVER_HOST,
				      SLOT_AGENT, SLOT_HOST, -1};
	struct vg_walk *w = (struct vg_walk *)r;

	if (!vg_native_is(r, vg_native_at(r, 0, "event.kind"), "alert"))
		return vg_native_aside(r, "event.kind");
	if (!vg_paths_walk(w, rows, sizeof rows / sizeof rows[0]))
		return false;
	take_category(w);
	take_severity(w);
	take_kind(w);
	vg_native_other_end(r);
	return vg_native_id(r, "event.id", w->slot[SLOT_ID]) &&
	       vg_native_sensor(r, "observer.name", vg_slot_first(w, sensors),
				"ecs") &&
	       vg_native_count(r, "kibana.alert.threshold_result.count",
			       w->slot[SLOT_COUNT]) &&
	       vg_native_time(r, "@timestamp", vg_slot_first(w, times));
}

VG_FMT_DECODE(ecs)
{
	struct vg_walk w = {.r = VG_NATIVE_READING(s, cfg, partner, e, out)};

	vg_native_run(&w.r, record, take);
}
