#include "ingest/fmt.h"
#include "ingest/native_more.h"
#include "ingest/native_paths.h"

/*
 * IntelMQ events (docs/formats.md, "IntelMQ"): flat keys with dots, or the
 * same nested. `time.source` may be missing.
 */

enum {
	SLOT_TYPE,
	SLOT_TIME_SOURCE,
	SLOT_TIME_OBSERVATION,
	SLOT_FEED_NAME,
	SLOT_FEED_CODE,
	SLOT_PROVIDER,
	SLOT_TAXONOMY,
	SLOT_CLASS,
	SLOT_ACCURACY,
	SLOT_SEVERITY,
	SLOT_EXTRA_SEVERITY,
	SLOT_COUNT
};

static const struct vg_path rows[] = {
	VG_PATH_SLOT("__type", SLOT_TYPE),
	VG_PATH("classification.identifier", vg_path_field, "rule.name"),
	VG_PATH_SLOT("classification.taxonomy", SLOT_TAXONOMY),
	VG_PATH_SLOT("classification.type", SLOT_CLASS),
	VG_PATH("destination.fqdn", vg_path_field, "destination.domain"),
	VG_PATH("destination.geolocation.cc", vg_path_field,
		"destination.geo.country_iso_code"),
	VG_PATH("destination.ip", vg_path_target, NULL),
	VG_PATH("destination.network", vg_path_target, NULL),
	VG_PATH("destination.port", vg_path_field, "destination.port"),
	VG_PATH_SLOT("extra.count", SLOT_COUNT),
	VG_PATH_SLOT("extra.severity", SLOT_EXTRA_SEVERITY),
	VG_PATH_SLOT("feed.accuracy", SLOT_ACCURACY),
	VG_PATH_SLOT("feed.code", SLOT_FEED_CODE),
	VG_PATH_SLOT("feed.name", SLOT_FEED_NAME),
	VG_PATH_SLOT("feed.provider", SLOT_PROVIDER),
	VG_PATH("malware.hash", vg_path_hash, NULL),
	VG_PATH("malware.hash.md5", vg_path_hash, NULL),
	VG_PATH("malware.hash.sha256", vg_path_hash, NULL),
	VG_PATH("malware.name", vg_path_field, "threat.software.name"),
	VG_PATH("protocol.application", vg_path_field, "network.protocol"),
	VG_PATH("protocol.transport", vg_path_field, "network.transport"),
	VG_PATH_SLOT("severity", SLOT_SEVERITY),
	VG_PATH("source.as_name", vg_path_field, "source.as.organization.name"),
	VG_PATH("source.asn", vg_path_field, "source.as.number"),
	VG_PATH("source.fqdn", vg_path_domain, "source.domain"),
	VG_PATH("source.geolocation.cc", vg_path_source_country, NULL),
	VG_PATH("source.ip", vg_path_source, NULL),
	VG_PATH("source.network", vg_path_source, NULL),
	VG_PATH("source.port", vg_path_field, "source.port"),
	VG_PATH("source.url", vg_path_url, NULL),
	VG_PATH_SLOT("time.observation", SLOT_TIME_OBSERVATION),
	VG_PATH_SLOT("time.source", SLOT_TIME_SOURCE),
	VG_PATH("tlp", vg_path_tlp, NULL),
};

/* Of versions 2 (with spaces) and 3. */
static const struct vg_native_word taxonomies[] = {
	{"abusive-content", VG_RSIT_ABUSIVE_CONTENT},
	{"abusive content", VG_RSIT_ABUSIVE_CONTENT},
	{"malicious-code", VG_RSIT_MALICIOUS_CODE},
	{"malicious code", VG_RSIT_MALICIOUS_CODE},
	{"information-gathering", VG_RSIT_INFORMATION_GATHERING},
	{"information gathering", VG_RSIT_INFORMATION_GATHERING},
	{"intrusion-attempts", VG_RSIT_INTRUSION_ATTEMPTS},
	{"intrusion attempts", VG_RSIT_INTRUSION_ATTEMPTS},
	{"intrusions", VG_RSIT_INTRUSIONS},
	{"availability", VG_RSIT_AVAILABILITY},
	{"information-content-security", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"information content security", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"fraud", VG_RSIT_FRAUD},
	{"vulnerable", VG_RSIT_VULNERABLE},
	{"test", VG_RSIT_TEST},
	{NULL, 0}};

static const struct vg_native_word types[] = {
	{"application-compromise", VG_RSIT_INTRUSIONS},
	{"application-login", VG_RSIT_INTRUSION_ATTEMPTS},
	{"backdoor", VG_RSIT_INTRUSIONS},
	{"brute-force", VG_RSIT_INTRUSION_ATTEMPTS},
	{"burglary", VG_RSIT_INTRUSIONS},
	{"c&c", VG_RSIT_MALICIOUS_CODE},
	{"c2-server", VG_RSIT_MALICIOUS_CODE},
	{"compromised", VG_RSIT_INTRUSIONS},
	{"copyright", VG_RSIT_FRAUD},
	{"data-leak", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"data-loss", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"ddos", VG_RSIT_AVAILABILITY},
	{"ddos-amplifier", VG_RSIT_VULNERABLE},
	{"defacement", VG_RSIT_INTRUSIONS},
	{"dos", VG_RSIT_AVAILABILITY},
	{"dropzone", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"exploit", VG_RSIT_INTRUSION_ATTEMPTS},
	{"harmful-speech", VG_RSIT_ABUSIVE_CONTENT},
	{"ids-alert", VG_RSIT_INTRUSION_ATTEMPTS},
	{"infected-system", VG_RSIT_MALICIOUS_CODE},
	{"information-disclosure", VG_RSIT_VULNERABLE},
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"malware-configuration", VG_RSIT_MALICIOUS_CODE},
	{"malware-distribution", VG_RSIT_MALICIOUS_CODE},
	{"masquerade", VG_RSIT_FRAUD},
	{"misconfiguration", VG_RSIT_AVAILABILITY},
	{"outage", VG_RSIT_AVAILABILITY},
	{"phishing", VG_RSIT_FRAUD},
	{"potentially-unwanted-accessible", VG_RSIT_VULNERABLE},
	{"privileged-account-compromise", VG_RSIT_INTRUSIONS},
	{"ransomware", VG_RSIT_MALICIOUS_CODE},
	{"sabotage", VG_RSIT_AVAILABILITY},
	{"scanner", VG_RSIT_INFORMATION_GATHERING},
	{"sniffing", VG_RSIT_INFORMATION_GATHERING},
	{"social-engineering", VG_RSIT_INFORMATION_GATHERING},
	{"spam", VG_RSIT_ABUSIVE_CONTENT},
	{"system-compromise", VG_RSIT_INTRUSIONS},
	{"test", VG_RSIT_TEST},
	{"unauthorised-information-access",
	 VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"unauthorised-information-modification",
	 VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"unauthorized-use-of-resources", VG_RSIT_FRAUD},
	{"unprivileged-account-compromise", VG_RSIT_INTRUSIONS},
	{"violence", VG_RSIT_ABUSIVE_CONTENT},
	{"vulnerable-system", VG_RSIT_VULNERABLE},
	{"weak-crypto", VG_RSIT_VULNERABLE},
	{NULL, 0}};

/* The taxonomy is the class; where there is none the type has one. */
static void take_category(struct vg_walk *w)
{
	struct vg_event *e = w->r.e;
	struct vg_slice text;

	e->category = VG_RSIT_OTHER;
	if (vg_native_text(&w->r, w->slot[SLOT_CLASS], &text)) {
		e->category = vg_native_word(types, text, VG_RSIT_OTHER);
		vg_native_field_text(&w->r, "rule.category", text);
	}
	if (e->category != VG_RSIT_TEST &&
	    vg_native_text(&w->r, w->slot[SLOT_TAXONOMY], &text))
		e->category = vg_native_word(taxonomies, text, e->category);
}

static bool take(struct vg_reading *r)
{
	static const int times[] = {SLOT_TIME_SOURCE, SLOT_TIME_OBSERVATION,
				    -1};
	static const int feeds[] = {SLOT_FEED_NAME, SLOT_FEED_CODE,
				    SLOT_PROVIDER, -1};
	static const int severities[] = {SLOT_SEVERITY, SLOT_EXTRA_SEVERITY,
					 -1};
	struct vg_walk *w = (struct vg_walk *)r;
	struct vg_slice text;

	if (!vg_paths_walk(w, rows, sizeof rows / sizeof rows[0]))
		return false;
	if (w->slot[SLOT_TYPE] != VG_ABSENT &&
	    !vg_native_is(r, w->slot[SLOT_TYPE], "Event"))
		return vg_native_aside(r, "__type");
	take_category(w);
	r->e->sensor_kind = VG_KIND_FEED;
	vg_native_confidence(r, w->slot[SLOT_ACCURACY]);
	vg_native_field(r, "event.provider", w->slot[SLOT_PROVIDER]);
	if (vg_native_text(r, vg_slot_first(w, severities), &text))
		r->e->severity = vg_native_severity_word(text, 5);
	return vg_native_sensor(r, "feed.name", vg_slot_first(w, feeds),
				"intelmq") &&
	       vg_native_count(r, "extra.count", w->slot[SLOT_COUNT]) &&
	       vg_native_time(r, "time.source", vg_slot_first(w, times));
}

VG_FMT_DECODE(intelmq)
{
	struct vg_walk w = {.r = VG_NATIVE_READING(s, cfg, partner, e, out)};

	vg_native_run(&w.r, record, take);
}
