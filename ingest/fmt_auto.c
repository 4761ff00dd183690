#include "ingest/fmt.h"
#include "ingest/native.h"

/*
 * Any format, by tell-tale members (docs/formats.md, "auto"). The first row
 * that holds decides; what none holds for is canonical, whose reasons say what
 * is wrong.
 */

enum { CEF_WITHIN = 256 };

static bool has(const struct vg_reading *r, const char *member)
{
	return vg_native_member(r, 0, member) != VG_ABSENT;
}

static bool begins(struct vg_reading *r, const char *member, const char *word)
{
	struct vg_slice text;
	size_t n = strlen(word);

	return vg_native_text(r, vg_native_at(r, 0, member), &text) &&
	       text.n >= n && memcmp(text.p, word, n) == 0;
}

static bool is_canonical(struct vg_reading *r)
{
	return has(r, "sensor") && has(r, "category");
}

static bool is_suricata(struct vg_reading *r)
{
	return has(r, "event_type") && has(r, "timestamp");
}

static bool is_cowrie(struct vg_reading *r)
{
	return begins(r, "eventid", "cowrie.");
}

static bool is_wazuh(struct vg_reading *r)
{
	return vg_native_at(r, 0, "rule.level") != VG_ABSENT &&
	       (has(r, "agent") || has(r, "manager"));
}

static bool is_zeek(struct vg_reading *r)
{
	return has(r, "ts") &&
	       (has(r, "_path") || has(r, "uid") || has(r, "note"));
}

static bool is_idea0(struct vg_reading *r)
{
	return begins(r, "Format", "IDEA");
}

static bool is_stix(struct vg_reading *r)
{
	return begins(r, "type", "bundle") ||
	       (begins(r, "type", "sighting") && has(r, "spec_version"));
}

static bool is_misp(struct vg_reading *r)
{
	return has(r, "Event") || has(r, "Sighting");
}

static bool is_ocsf(struct vg_reading *r)
{
	return has(r, "class_uid");
}

static bool is_intelmq(struct vg_reading *r)
{
	return has(r, "classification.type") || has(r, "time.observation") ||
	       has(r, "feed.accuracy");
}

static bool is_n6(struct vg_reading *r)
{
	return has(r, "restriction") && has(r, "category");
}

static bool is_ecs(struct vg_reading *r)
{
	return has(r, "@timestamp") &&
	       (vg_native_at(r, 0, "event.kind") != VG_ABSENT ||
		vg_native_at(r, 0, "ecs.version") != VG_ABSENT);
}

static bool is_cef(struct vg_reading *r)
{
	return begins(r, "message", "CEF:") || begins(r, "cef", "CEF:") ||
	       begins(r, "event.original", "CEF:") || begins(r, "raw", "CEF:");
}

static const struct row {
	bool (*holds)(struct vg_reading *r);
	const char *name;
} rows[] = {
	{is_canonical, "canonical"},
	{is_suricata, "suricata-eve"},
	{is_cowrie, "cowrie"},
	{is_wazuh, "wazuh"},
	{is_idea0, "idea0"},
	{is_zeek, "zeek"},
	{is_stix, "stix"},
	{is_misp, "misp"},
	{is_ocsf, "ocsf"},
	{is_intelmq, "intelmq"},
	{is_n6, "n6"},
	{is_ecs, "ecs"},
	{is_cef, "cef"},
};

/* By the first bytes of what is no JSON. */
static const char *by_text(struct vg_slice record)
{
	uint32_t n = record.n < CEF_WITHIN ? record.n : CEF_WITHIN;

	if (record.n > 0 && record.p[0] == '#')
		return "zeek";
	for (uint32_t i = 0; i + 4 <= n && record.p[i] != '{'; i++) {
		if (memcmp(record.p + i, "CEF:", 4) == 0)
			return "cef";
	}
	return NULL;
}

static const char *by_members(struct vg_reading *r)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].holds(r))
			return rows[i].name;
	}
	return "canonical";
}

void vg_auto_decode(struct vg_scratch *s, const struct vg_config *cfg,
		    const struct vg_partner *partner, struct vg_slice record,
		    struct vg_event *e, struct vg_decoded *out)
{
	struct vg_reading r = VG_NATIVE_READING(s, cfg, partner, e, out);
	const struct vg_decoder *d = NULL;
	const char *name = by_text(record);

	vg_native_start(&r);
	if (name == NULL && vg_record_parse(&r, record)) {
		vg_native_note_keys(&r);
		name = by_members(&r);
		s->parsed = record;
	}
	if (name != NULL)
		d = vg_decoder_find(name);
	if (d == NULL)
		d = vg_decoder_at(0);
	d->decode(s, cfg, partner, record, e, out);
	s->parsed = (struct vg_slice){NULL, 0};
}
