#include "ingest/fmt_stix.h"
#include "ingest/fmt.h"
#include "ingest/native_more.h"

#include <assert.h>

/*
 * STIX 2.1 bundles with sightings (docs/formats.md, "STIX"). The bundle is one
 * event that stands for the sum of its sightings' counts; a bundle in which
 * nothing was sighted is none.
 */

/* Objects by the kind that their type gives them. */
static const struct vg_native_word kinds[] = {
	{"sighting", VG_STIX_SIGHTING},
	{"relationship", VG_STIX_RELATIONSHIP},
	{"indicator", VG_STIX_INDICATOR},
	{"marking-definition", VG_STIX_MARKING},
	{"threat-actor", VG_STIX_ACTOR},
	{"intrusion-set", VG_STIX_ACTOR},
	{"attack-pattern", VG_STIX_PATTERN},
	{"malware", VG_STIX_MALWARE},
	{"infrastructure", VG_STIX_OTHER},
	{"tool", VG_STIX_OTHER},
	{"campaign", VG_STIX_OTHER},
	{"vulnerability", VG_STIX_OTHER},
	{"network-traffic", VG_STIX_TRAFFIC},
	{"ipv4-addr", VG_STIX_OBSERVABLE},
	{"ipv6-addr", VG_STIX_OBSERVABLE},
	{"domain-name", VG_STIX_OBSERVABLE},
	{"url", VG_STIX_OBSERVABLE},
	{"email-addr", VG_STIX_OBSERVABLE},
	{"file", VG_STIX_OBSERVABLE},
	{NULL, 0}};

/* The class of what was sighted, by its type. */
static const struct vg_native_word classes[] = {
	{"malware", VG_RSIT_MALICIOUS_CODE},
	{"infrastructure", VG_RSIT_MALICIOUS_CODE},
	{"tool", VG_RSIT_INTRUSIONS},
	{"threat-actor", VG_RSIT_INTRUSIONS},
	{"intrusion-set", VG_RSIT_INTRUSIONS},
	{"campaign", VG_RSIT_INTRUSIONS},
	{"attack-pattern", VG_RSIT_INTRUSION_ATTEMPTS},
	{"vulnerability", VG_RSIT_VULNERABLE},
	{NULL, 0}};

/* Phases of the kill chains of ATT&CK and of Lockheed Martin that the tactics
 * do not spell. */
static const struct vg_native_word phases[] = {
	{"initial-access", VG_RSIT_INTRUSION_ATTEMPTS},
	{"credential-access", VG_RSIT_INTRUSION_ATTEMPTS},
	{"delivery", VG_RSIT_INTRUSION_ATTEMPTS},
	{"exploitation", VG_RSIT_INTRUSION_ATTEMPTS},
	{"weaponization", VG_RSIT_INTRUSION_ATTEMPTS},
	{"installation", VG_RSIT_MALICIOUS_CODE},
	{"command-and-control", VG_RSIT_MALICIOUS_CODE},
	{"privilege-escalation", VG_RSIT_INTRUSIONS},
	{"defense-evasion", VG_RSIT_INTRUSIONS},
	{"lateral-movement", VG_RSIT_INTRUSIONS},
	{"actions-on-objectives", VG_RSIT_INTRUSIONS},
	{NULL, 0}};

/* indicator_types */
static const struct vg_native_word indicator_types[] = {
	{"compromised", VG_RSIT_INTRUSIONS},
	{"malicious-activity", VG_RSIT_MALICIOUS_CODE},
	{NULL, 0}};

/* Make the list of objects; false when refused. */
static bool list_objects(struct vg_stix *x, uint32_t objects)
{
	struct vg_reading *r = &x->r;
	uint32_t n = vg_tok(r, objects)->count;
	uint32_t i = objects + 1;

	if (n > VG_STIX_OBJECTS)
		return vg_refuse(r, VG_VERDICT_R_VALUE, "objects: more than %d",
				 VG_STIX_OBJECTS);
	for (uint32_t c = 0; c < n; c++, i = vg_tok(r, i)->next)
		vg_stix_list(x, i, kinds);
	return true;
}

static void take_first_seen(struct vg_stix *x, uint32_t sighting)
{
	static const char *const names[] = {"first_seen", "last_seen",
					    "created", NULL};
	struct vg_event *e = x->r.e;
	int64_t ms;

	for (int i = 0; names[i] != NULL; i++) {
		uint32_t tok = vg_native_member(&x->r, sighting, names[i]);

		if (tok == VG_ABSENT)
			continue;
		if (!vg_native_time_of(&x->r, tok, &ms))
			x->has_bad_time = true;
		else if (e->time_ms < 0 || ms < e->time_ms)
			e->time_ms = ms;
		return;
	}
}

/* Count a sighting that says that something was seen. */
static bool take_sighting(struct vg_stix *x, const struct vg_stix_object *o)
{
	struct vg_reading *r = &x->r;
	uint32_t count = vg_native_member(r, o->tok, "count");
	uint32_t revoked = vg_native_member(r, o->tok, "revoked");
	int64_t v = 1;

	if (revoked != VG_ABSENT && vg_tok(r, revoked)->type == VG_JSON_TRUE)
		return true;
	if ((count != VG_ABSENT && !vg_native_int(r, count, &v)) || v < 0 ||
	    v > VG_COUNT_MAX - x->total)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "count: must be a whole number, their sum at "
				 "most %d",
				 VG_COUNT_MAX);
	if (v == 0)
		return true;
	x->total += v;
	if (x->n_sightings++ == 0)
		x->sighting = o->tok;
	take_first_seen(x, o->tok);
	vg_stix_mark(x, vg_native_member(r, o->tok, "sighting_of_ref"));
	vg_stix_label(x, o->tok);
	return true;
}

static bool take_sightings(struct vg_stix *x)
{
	for (unsigned i = 0; i < x->n; i++) {
		if (x->object[i].kind == VG_STIX_SIGHTING &&
		    !take_sighting(x, &x->object[i]))
			return false;
	}
	return true;
}

/* Where it was sighted: an identity, whose name is the sensor's, or a place,
 * whose country is the victim's. An object that is elsewhere goes by its id. */
static bool take_where(struct vg_stix *x)
{
	struct vg_reading *r = &x->r;
	uint32_t refs = vg_native_member(r, x->sighting, "where_sighted_refs");
	uint32_t ref = vg_native_first(r, refs);
	struct vg_slice text;

	if (ref == VG_ABSENT)
		ref = vg_native_member(r, x->sighting, "created_by_ref");
	uint32_t where = vg_stix_token(x, ref);
	if (vg_native_text(r, vg_native_member(r, where, "country"), &text))
		vg_native_country(r, text);
	uint32_t name = vg_native_member(r, where, "name");
	return vg_native_sensor(r, "where_sighted_refs",
				name != VG_ABSENT ? name : ref, "stix");
}

static int class_of_indicator(struct vg_stix *x, uint32_t tok)
{
	struct vg_reading *r = &x->r;
	uint32_t chain = vg_native_first(
		r, vg_native_member(r, tok, "kill_chain_phases"));
	struct vg_slice text;
	int found = -1;

	if (vg_native_text(r, vg_native_member(r, chain, "phase_name"), &text))
		found = vg_native_word(phases, text,
				       vg_native_tactic(text, -1));
	if (found < 0 &&
	    vg_native_text(r, vg_native_member(r, tok, "indicator_types"),
			   &text))
		found = vg_native_word(indicator_types, text, -1);
	return found;
}

/* What an object that has to do with a sighting says of the event. */
static bool take_marked(struct vg_stix *x, const struct vg_stix_object *o)
{
	struct vg_reading *r = &x->r;
	uint32_t name = vg_native_member(r, o->tok, "name");
	struct vg_slice type;
	int found = -1;

	if (vg_native_text(r, vg_native_member(r, o->tok, "type"), &type))
		found = vg_native_word(classes, type, -1);
	if (o->kind == VG_STIX_INDICATOR) {
		found = class_of_indicator(x, o->tok);
		vg_native_field(r, "rule.name", name);
		vg_stix_pattern(x, o->tok);
	} else if (o->kind == VG_STIX_MALWARE) {
		vg_native_field(r, "threat.software.name", name);
	} else if (o->kind == VG_STIX_PATTERN) {
		vg_stix_technique(x, o->tok);
	}
	if (o->is_sighted && r->e->category < 0)
		r->e->category = found;
	vg_stix_label(x, o->tok);
	return o->kind != VG_STIX_ACTOR ||
	       vg_native_actor(r, "threat-actor.name", name, -1);
}

static bool take_objects(struct vg_stix *x)
{
	for (unsigned i = 0; i < x->n; i++) {
		const struct vg_stix_object *o = &x->object[i];

		if (o->is_marked && !take_marked(x, o))
			return false;
		if (o->kind == VG_STIX_OBSERVABLE && !o->is_target)
			vg_stix_observable(x, o->tok);
	}
	/* An indicator without a class of its own: that of what it is of. */
	for (unsigned i = 0; i < x->n && x->r.e->category < 0; i++) {
		if (x->object[i].is_marked &&
		    x->object[i].kind == VG_STIX_MALWARE)
			x->r.e->category = VG_RSIT_MALICIOUS_CODE;
	}
	if (x->r.e->category < 0)
		x->r.e->category = VG_RSIT_OTHER;
	return true;
}

/* One sighting is known by its own id, several by the bundle's. */
static bool take_event(struct vg_stix *x)
{
	struct vg_reading *r = &x->r;
	uint32_t of = x->n_sightings == 1 ? x->sighting : 0;

	assert(x->total >= 1 && x->total <= VG_COUNT_MAX);
	r->e->count = x->total;
	vg_native_confidence(r, vg_native_member(r, x->sighting, "confidence"));
	vg_stix_spread(x);
	if (!vg_native_id(r, "id", vg_native_member(r, of, "id")) ||
	    !take_where(x) || !take_objects(x))
		return false;
	if (r->e->time_ms >= 0 && !x->has_bad_time)
		return true;
	return vg_refuse(
		r, x->has_bad_time ? VG_VERDICT_R_VALUE : VG_VERDICT_R_MISSING,
		"first_seen: no time within 1970 to 9999");
}

static bool take(struct vg_reading *r)
{
	struct vg_stix *x = (struct vg_stix *)r;
	uint32_t type = vg_native_member(r, 0, "type");
	uint32_t objects = vg_native_member(r, 0, "objects");

	if (vg_native_is(r, type, "sighting")) {
		vg_stix_list(x, 0, kinds);
	} else if (!vg_native_is(r, type, "bundle")) {
		return vg_native_aside(r, "type");
	} else if (objects != VG_ABSENT) {
		if (!vg_read_type(r, objects, VG_JSON_ARRAY, "objects") ||
		    !list_objects(x, objects))
			return false;
	}
	if (!take_sightings(x))
		return false;
	if (x->n_sightings == 0)
		return vg_native_aside(r, "objects");
	return take_event(x);
}

VG_FMT_DECODE(stix)
{
	struct vg_stix x;

	/* The list of objects is long, and is as long as `n` says. */
	x.r = (struct vg_reading)VG_NATIVE_READING(s, cfg, partner, e, out);
	x.n = x.n_sightings = 0;
	x.total = 0;
	x.has_bad_time = false;
	x.sighting = VG_ABSENT;
	vg_native_run(&x.r, record, take);
}
