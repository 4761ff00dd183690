#include "core/hash.h"
#include "ingest/fmt.h"
#include "ingest/native.h"

#include <assert.h>

/*
 * Wazuh 4.x alerts (docs/formats.md, "Wazuh"). The log line itself, commands
 * and command lines are never taken.
 */

enum { DIGEST_HEX = 64, PARTS = 5 };

/* Groups of rules; the first of the rule's that is here decides. */
static const struct vg_native_word groups[] = {
	{"authentication_failed", VG_RSIT_INTRUSION_ATTEMPTS},
	{"authentication_failures", VG_RSIT_INTRUSION_ATTEMPTS},
	{"invalid_login", VG_RSIT_INTRUSION_ATTEMPTS},
	{"login_denied", VG_RSIT_INTRUSION_ATTEMPTS},
	{"win_authentication_failed", VG_RSIT_INTRUSION_ATTEMPTS},
	{"attack", VG_RSIT_INTRUSION_ATTEMPTS},
	{"attacks", VG_RSIT_INTRUSION_ATTEMPTS},
	{"web_attack", VG_RSIT_INTRUSION_ATTEMPTS},
	{"sql_injection", VG_RSIT_INTRUSION_ATTEMPTS},
	{"sqlinjection", VG_RSIT_INTRUSION_ATTEMPTS},
	{"exploit_attempt", VG_RSIT_INTRUSION_ATTEMPTS},
	{"ids", VG_RSIT_INTRUSION_ATTEMPTS},
	{"web_scan", VG_RSIT_INFORMATION_GATHERING},
	{"recon", VG_RSIT_INFORMATION_GATHERING},
	{"scan", VG_RSIT_INFORMATION_GATHERING},
	{"virus", VG_RSIT_MALICIOUS_CODE},
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"rootkit", VG_RSIT_MALICIOUS_CODE},
	{"rootcheck", VG_RSIT_MALICIOUS_CODE},
	{"virustotal", VG_RSIT_MALICIOUS_CODE},
	{"yara", VG_RSIT_MALICIOUS_CODE},
	{"ddos", VG_RSIT_AVAILABILITY},
	{"dos", VG_RSIT_AVAILABILITY},
	{"spam", VG_RSIT_ABUSIVE_CONTENT},
	{"phishing", VG_RSIT_FRAUD},
	{"syscheck", VG_RSIT_INFORMATION_CONTENT_SECURITY},
	{"vulnerability-detector", VG_RSIT_VULNERABLE},
	{"sca", VG_RSIT_VULNERABLE},
	{"ciscat", VG_RSIT_VULNERABLE},
	{"oscap", VG_RSIT_VULNERABLE},
	{NULL, 0}};

static bool take_group(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice text;

	if (r->e->category < 0 && vg_native_text(r, tok, &text))
		r->e->category = vg_native_word(groups, text, -1);
	return true;
}

static bool take_technique(struct vg_reading *r, uint32_t tok)
{
	struct vg_slice id;

	if (vg_native_text(r, tok, &id))
		vg_native_technique(r, id);
	return true;
}

static bool take_rule(struct vg_reading *r, uint32_t rule)
{
	int64_t level;

	if (!vg_native_int(r, vg_native_member(r, rule, "level"), &level))
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "rule.level: missing or no number");
	if (level <= 0)
		return vg_native_aside(r, "rule.level");
	r->e->severity = vg_native_scale(level, 0, 15);
	(void)vg_native_each(r, vg_native_member(r, rule, "groups"),
			     take_group);
	if (r->e->category < 0)
		r->e->category = VG_RSIT_OTHER;
	(void)vg_native_each(r, vg_native_at(r, rule, "mitre.id"),
			     take_technique);
	vg_native_field(r, "rule.id", vg_native_member(r, rule, "id"));
	vg_native_field(r, "rule.name",
			vg_native_member(r, rule, "description"));
	vg_native_field(r, "rule.category",
			vg_native_member(r, rule, "groups"));
	return true;
}

static void take_data(struct vg_reading *r)
{
	static const struct {
		const char *member, *name;
	} rows[] = {{"srcip", "source.ip"},
		    {"srcport", "source.port"},
		    {"dstip", "destination.ip"},
		    {"dstport", "destination.port"},
		    {"protocol", "network.protocol"},
		    {"srcuser", "source.user.name"},
		    {"dstuser", "user.name"}};
	uint32_t data = vg_native_member(r, 0, "data");
	struct vg_slice text;

	if (!vg_native_is_object(r, data))
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		vg_native_field(r, rows[i].name,
				vg_native_member(r, data, rows[i].member));
	if (vg_native_text(r, vg_native_member(r, data, "srcip"), &text))
		(void)vg_native_ip(r, text);
}

static void take_places(struct vg_reading *r)
{
	vg_native_field(r, "agent.id", vg_native_at(r, 0, "agent.id"));
	vg_native_field(r, "host.ip", vg_native_at(r, 0, "agent.ip"));
	vg_native_field(r, "event.provider",
			vg_native_at(r, 0, "decoder.name"));
	vg_native_field(r, "log.file.path", vg_native_member(r, 0, "location"));
	vg_native_field(r, "file.path", vg_native_at(r, 0, "syscheck.path"));
	vg_native_field(r, "file.hash.sha256",
			vg_native_at(r, 0, "syscheck.sha256_after"));
}

/* Wazuh numbers alerts for each manager and second, and repeats itself: its id
 * alone would drop alerts as duplicates. With its time, rule, agent and node
 * two are one only when they are one. */
static bool take_id(struct vg_reading *r)
{
	static const char *const more[PARTS - 1] = {"timestamp", "rule.id",
						    "agent.id", "cluster.node"};
	struct vg_slice part[PARTS] = {{NULL, 0}};
	size_t n = 0, used = 0;

	if (!vg_native_text(r, vg_native_member(r, 0, "id"), &part[0]))
		return true;
	for (size_t i = 1; i < PARTS; i++)
		(void)vg_native_text(r, vg_native_at(r, 0, more[i - 1]),
				     &part[i]);
	for (size_t i = 0; i < PARTS; i++)
		n += part[i].n + 1;
	char *room = vg_scratch_room(r->s, n + DIGEST_HEX + 1);
	if (room == NULL)
		return vg_refuse(r, VG_VERDICT_R_SIZE, "id: too long");
	for (size_t i = 0; i < PARTS; i++) {
		if (i > 0)
			room[used++] = '/';
		if (part[i].n > 0)
			memcpy(room + used, part[i].p, part[i].n);
		used += part[i].n;
	}
	assert(used == n - 1);
	struct vg_slice id = {room, (uint32_t)used};
	if (used > VG_ID_MAX) {
		vg_blake2b_hex(room + used, room, used);
		id = (struct vg_slice){room + used, DIGEST_HEX};
	}
	r->s->used += n + DIGEST_HEX + 1;
	if (!vg_check_name(r, id, "id", VG_ID_MAX))
		return false;
	r->e->id = id;
	return true;
}

static bool take(struct vg_reading *r)
{
	uint32_t rule = vg_native_member(r, 0, "rule");
	uint32_t time = vg_native_member(r, 0, "timestamp");
	uint32_t agent = vg_native_at(r, 0, "agent.name");

	if (rule == VG_ABSENT)
		return vg_refuse(r, VG_VERDICT_R_MISSING, "rule: missing");
	if (!vg_read_type(r, rule, VG_JSON_OBJECT, "rule"))
		return false;
	if (time == VG_ABSENT)
		time = vg_native_member(r, 0, "@timestamp");
	if (agent == VG_ABSENT)
		agent = vg_native_at(r, 0, "manager.name");
	r->e->sensor_kind = VG_KIND_SIEM;
	if (!take_rule(r, rule) || !vg_native_time(r, "timestamp", time) ||
	    !vg_native_sensor(r, "agent.name", agent, "wazuh") || !take_id(r))
		return false;
	take_data(r);
	take_places(r);
	return true;
}

void vg_wazuh_decode(struct vg_scratch *s, const struct vg_config *cfg,
		     const struct vg_partner *partner, struct vg_slice record,
		     struct vg_event *e, struct vg_decoded *out)
{
	struct vg_reading r = VG_NATIVE_READING(s, cfg, partner, e, out);

	vg_native_run(&r, record, take);
}
