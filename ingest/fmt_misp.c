#include "ingest/fmt_misp.h"
#include "ingest/fmt.h"
#include "ingest/native_more.h"

/*
 * MISP events and sightings (docs/formats.md, "MISP"). Numbers and times are
 * texts. A sighting of type 0 is one occurrence; type 1 judges a false
 * positive and type 2 an expiry: both are set aside and subtract nothing.
 */

enum { SIGHTING = 0, FALSE_POSITIVE = 1 };
enum { ORGANISATION_ONLY = 0, SHARING_GROUP = 4 };

/* One sighting of an attribute. */
static bool take_sighting(struct vg_reading *r, uint32_t tok)
{
	struct vg_misp *m = (struct vg_misp *)r;
	uint32_t at = vg_native_member(r, tok, "date_sighting");
	int64_t type = -1, ms;

	if (!vg_native_int(r, vg_native_member(r, tok, "type"), &type))
		return true;
	m->n_verdicts++;
	if (type == FALSE_POSITIVE)
		m->n_false++;
	if (type != SIGHTING)
		return true;
	m->n_sightings++;
	if (!vg_native_time_of(r, at, &ms))
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "date_sighting: not a time within 1970 to "
				 "9999");
	if (m->first_ms < 0 || ms < m->first_ms)
		m->first_ms = ms;
	return true;
}

static bool is_true(const struct vg_reading *r, uint32_t tok)
{
	return tok != VG_ABSENT && vg_tok(r, tok)->type == VG_JSON_TRUE;
}

static bool is_false(const struct vg_reading *r, uint32_t tok)
{
	return tok != VG_ABSENT && vg_tok(r, tok)->type == VG_JSON_FALSE;
}

/* First walk: only the sightings. */
static bool count_attribute(struct vg_reading *r, uint32_t tok)
{
	return is_true(r, vg_native_member(r, tok, "deleted")) ||
	       vg_native_each(r, vg_native_member(r, tok, "Sighting"),
			      take_sighting);
}

static bool count_object(struct vg_reading *r, uint32_t tok)
{
	return is_true(r, vg_native_member(r, tok, "deleted")) ||
	       vg_native_each(r, vg_native_member(r, tok, "Attribute"),
			      count_attribute);
}

/* Second walk: whether an attribute was sighted at all. */
static bool note_sighting(struct vg_reading *r, uint32_t tok)
{
	struct vg_misp *m = (struct vg_misp *)r;
	int64_t type;

	if (vg_native_int(r, vg_native_member(r, tok, "type"), &type) &&
	    type == SIGHTING)
		m->is_sighted = true;
	return true;
}

/* Second walk: where something was sighted, the sighted attributes alone;
 * else those that are for detection. */
static bool take_attribute(struct vg_reading *r, uint32_t tok)
{
	struct vg_misp *m = (struct vg_misp *)r;
	uint32_t sightings = vg_native_member(r, tok, "Sighting");

	if (is_true(r, vg_native_member(r, tok, "deleted")))
		return true;
	m->is_sighted = false;
	(void)vg_native_each(r, sightings, note_sighting);
	if (m->has_sightings ? m->is_sighted
			     : !is_false(r, vg_native_member(r, tok, "to_ids")))
		vg_misp_attribute(m, tok);
	return vg_misp_tags(m, vg_native_member(r, tok, "Tag")) &&
	       vg_misp_galaxies(m, vg_native_member(r, tok, "Galaxy"));
}

static bool take_object(struct vg_reading *r, uint32_t tok)
{
	if (is_true(r, vg_native_member(r, tok, "deleted")))
		return true;
	return vg_native_each(r, vg_native_member(r, tok, "Attribute"),
			      take_attribute);
}

/* What must not leave its organisation, or only goes to a group whose members
 * are unknown here, stays with its sender. */
static void take_distribution(struct vg_reading *r, uint32_t tok)
{
	int64_t v;

	if (vg_native_int(r, tok, &v) &&
	    (v == ORGANISATION_ONLY || v == SHARING_GROUP))
		vg_native_strictest(r, vg_slice_of("AMBER+STRICT"));
}

/* Threat levels go from 1, high, to 3, low; 4 is undefined. */
static void take_threat_level(struct vg_reading *r, uint32_t tok)
{
	static const int severity[] = {8, 5, 3};
	int64_t v;

	if (vg_native_int(r, tok, &v) && v >= 1 && v <= 3)
		r->e->severity = severity[v - 1];
}

static bool take_times(struct vg_misp *m, uint32_t event)
{
	struct vg_reading *r = &m->r;
	uint32_t tok = vg_native_member(r, event, "timestamp");

	if (m->has_sightings) {
		r->e->time_ms = m->first_ms;
		return true;
	}
	if (tok == VG_ABSENT)
		tok = vg_native_member(r, event, "publish_timestamp");
	return vg_native_time(r, "Event.timestamp", tok);
}

static bool take_sensor(struct vg_reading *r, uint32_t of, const char *path)
{
	return vg_native_sensor(r, path, vg_native_at(r, of, path), "misp");
}

/* Count the sightings; false when all that there are judge otherwise. */
static bool take_count(struct vg_misp *m, uint32_t event)
{
	struct vg_reading *r = &m->r;

	if (!vg_native_each(r, vg_native_member(r, event, "Attribute"),
			    count_attribute) ||
	    !vg_native_each(r, vg_native_member(r, event, "Object"),
			    count_object))
		return false;
	if (m->n_verdicts > 0 && m->n_sightings == 0)
		return vg_native_aside(r, "Sighting.type");
	m->has_sightings = m->n_sightings > 0;
	if (m->has_sightings)
		r->e->count = m->n_sightings;
	if (m->n_false > 0)
		vg_native_field_int(r, "misp.false_positives", m->n_false);
	return true;
}

static bool take_event(struct vg_misp *m, uint32_t event)
{
	struct vg_reading *r = &m->r;

	if (!take_count(m, event) || !take_times(m, event))
		return false;
	take_distribution(r, vg_native_member(r, event, "distribution"));
	take_threat_level(r, vg_native_member(r, event, "threat_level_id"));
	vg_native_field(r, "rule.name", vg_native_member(r, event, "info"));
	if (!vg_native_id(r, "Event.uuid",
			  vg_native_member(r, event, "uuid")) ||
	    !take_sensor(r, event, "Orgc.name") ||
	    !vg_misp_tags(m, vg_native_member(r, event, "Tag")) ||
	    !vg_misp_galaxies(m, vg_native_member(r, event, "Galaxy")) ||
	    !vg_native_each(r, vg_native_member(r, event, "Attribute"),
			    take_attribute) ||
	    !vg_native_each(r, vg_native_member(r, event, "Object"),
			    take_object))
		return false;
	vg_misp_category(m);
	return true;
}

/* A sighting that comes alone, perhaps with its attribute. */
static bool take_alone(struct vg_misp *m, uint32_t sighting)
{
	struct vg_reading *r = &m->r;
	uint32_t attribute = vg_native_member(r, sighting, "Attribute");
	uint32_t source = vg_native_member(r, sighting, "source");
	int64_t type = -1;
	struct vg_slice text;

	if (!vg_native_int(r, vg_native_member(r, sighting, "type"), &type))
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "Sighting.type: missing");
	if (type != SIGHTING)
		return vg_native_aside(r, "Sighting.type");
	if (attribute == VG_ABSENT)
		attribute = vg_native_member(r, 0, "Attribute");
	if (attribute != VG_ABSENT &&
	    vg_tok(r, attribute)->type == VG_JSON_OBJECT) {
		vg_misp_attribute(m, attribute);
		if (!vg_misp_tags(m, vg_native_member(r, attribute, "Tag")) ||
		    !vg_misp_galaxies(m,
				      vg_native_member(r, attribute, "Galaxy")))
			return false;
	}
	vg_misp_category(m);
	if (!vg_native_id(r, "Sighting.uuid",
			  vg_native_member(r, sighting, "uuid")) ||
	    !vg_native_time(r, "date_sighting",
			    vg_native_member(r, sighting, "date_sighting")))
		return false;
	return vg_native_text(r, source, &text)
		       ? vg_native_sensor(r, "Sighting.source", source, "misp")
		       : take_sensor(r, sighting, "Organisation.name");
}

static bool take(struct vg_reading *r)
{
	struct vg_misp *m = (struct vg_misp *)r;
	uint32_t event = vg_native_member(r, 0, "Event");
	uint32_t sighting = vg_native_member(r, 0, "Sighting");

	if (vg_native_is_object(r, sighting))
		return take_alone(m, sighting);
	if (vg_native_is_object(r, event))
		return take_event(m, event);
	return vg_native_aside(r, "Event");
}

VG_FMT_DECODE(misp)
{
	struct vg_misp m = {.r = VG_NATIVE_READING(s, cfg, partner, e, out),
			    .first_ms = -1,
			    .tagged = -1,
			    .implied = -1};

	vg_native_run(&m.r, record, take);
}
