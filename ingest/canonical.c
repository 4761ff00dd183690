#include "ingest/canonical.h"

#include "core/config.h"
#include "core/defect.h"
#include "ingest/canonical_list.h"
#include "ingest/canonical_plain.h"
#include "ingest/record.h"

#include <assert.h>

static bool take_id(struct vg_reading *r, uint32_t i)
{
	return vg_read_name(r, i, "id", VG_ID_MAX, &r->e->id);
}

static bool take_time(struct vg_reading *r, uint32_t i)
{
	return vg_read_time(r, i, "time", &r->e->time_ms);
}

static bool take_partner(struct vg_reading *r, uint32_t i)
{
	return vg_read_text(r, i, "partner", &r->e->partner);
}

static bool take_sensor(struct vg_reading *r, uint32_t i)
{
	return vg_read_name(r, i, "sensor", VG_SENSOR_MAX, &r->e->sensor);
}

static bool take_sensor_kind(struct vg_reading *r, uint32_t i)
{
	return vg_read_word(r, i, "sensor_kind", VG_VOCAB_SENSOR_KIND,
			    &r->e->sensor_kind);
}

static bool take_category(struct vg_reading *r, uint32_t i)
{
	return vg_read_word(r, i, "category", VG_VOCAB_CATEGORY,
			    &r->e->category);
}

static bool take_sector(struct vg_reading *r, uint32_t i)
{
	return vg_read_word(r, i, "sector", VG_VOCAB_SECTOR, &r->e->sector);
}

/* A country as the vocabulary reads it; *out without bytes when the text is
 * known not to be one. */
static bool country(struct vg_reading *r, uint32_t i, const char *member,
		    struct vg_slice *out)
{
	struct vg_slice text, code = {.p = NULL};

	if (!vg_read_text(r, i, member, &text))
		return false;
	if (vg_country_read(text, &code) == VG_COUNTRY_UNKNOWN)
		return vg_refuse(r, VG_VERDICT_R_VALUE, "%s: not a country",
				 member);
	*out = code;
	return true;
}

static bool take_country(struct vg_reading *r, uint32_t i)
{
	struct vg_slice code;

	if (!country(r, i, "country", &code))
		return false;
	if (code.n == 0)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "country: not a country");
	if (vg_slice_eq(code, vg_slice_of("XK")))
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "country: XK is for source_country only");
	r->e->country = code;
	return true;
}

static bool take_source_country(struct vg_reading *r, uint32_t i)
{
	struct vg_event *e = r->e;

	if (!country(r, i, "source_country", &e->source_country))
		return false;
	e->n_trimmed += e->source_country.n == 0;
	return true;
}

static bool small_int(struct vg_reading *r, uint32_t i, const char *member,
		      const int64_t range[2], int *out)
{
	int64_t v;

	if (!vg_read_int(r, i, member, range, &v))
		return false;
	*out = (int)v;
	return true;
}

static bool take_severity(struct vg_reading *r, uint32_t i)
{
	static const int64_t range[2] = {1, 10};

	return small_int(r, i, "severity", range, &r->e->severity);
}

static bool take_confidence(struct vg_reading *r, uint32_t i)
{
	static const int64_t range[2] = {0, 100};

	return small_int(r, i, "confidence", range, &r->e->confidence);
}

static bool take_count(struct vg_reading *r, uint32_t i)
{
	static const int64_t range[2] = {1, VG_COUNT_MAX};

	return vg_read_int(r, i, "count", range, &r->e->count);
}

static bool take_tlp(struct vg_reading *r, uint32_t i)
{
	struct vg_slice text;

	if (!vg_read_text(r, i, "tlp", &text))
		return false;
	int label = vg_tlp_find(text);
	if (label < 0)
		return vg_refuse(r, VG_VERDICT_R_VALUE, "tlp: not a label");
	r->e->label = (enum vg_tlp)label;
	r->e->has_label = true;
	return true;
}

/* The members of an event, in a table where a perfect hash of length and
 * middle byte finds them: two rows in one place do not compile (the second
 * initialiser is an error), and a wrong middle byte fails the test that reads
 * every member. */
enum { MEMBER_SLOTS = 64 };

#define MEMBER_SLOT(len, middle)                                               \
	(((unsigned)(len) + 6u * (unsigned)(middle)) % MEMBER_SLOTS)
#define MEMBER(name, middle, take, plain)                                      \
	[MEMBER_SLOT(sizeof(name) - 1, middle)] = {name, sizeof(name) - 1,     \
						   take, plain}

static const struct member {
	const char *name;
	uint32_t len;
	bool (*take)(struct vg_reading *r, uint32_t i);
	vg_plain_take *plain;
} members[MEMBER_SLOTS] = {
	MEMBER("id", 'd', take_id, vg_plain_id),
	MEMBER("time", 'm', take_time, vg_plain_time),
	MEMBER("partner", 't', take_partner, vg_plain_partner),
	MEMBER("sensor", 's', take_sensor, vg_plain_sensor),
	MEMBER("sensor_kind", 'r', take_sensor_kind, vg_plain_sensor_kind),
	MEMBER("country", 'n', take_country, vg_plain_country),
	MEMBER("source_country", 'c', take_source_country,
	       vg_plain_source_country),
	MEMBER("actor", 't', vg_take_actor, vg_plain_actor),
	MEMBER("category", 'g', take_category, vg_plain_category),
	MEMBER("technique", 'n', vg_take_technique, vg_plain_technique),
	MEMBER("severity", 'r', take_severity, vg_plain_severity),
	MEMBER("confidence", 'd', take_confidence, vg_plain_confidence),
	MEMBER("sector", 't', take_sector, vg_plain_sector),
	MEMBER("tlp", 'l', take_tlp, vg_plain_tlp),
	MEMBER("releasable_to", 'a', vg_take_releasable, vg_plain_releasable),
	MEMBER("count", 'u', take_count, vg_plain_count),
	MEMBER("origin", 'g', vg_take_origin, vg_plain_origin),
	MEMBER("indicators", 'a', vg_take_indicators, vg_plain_indicators),
	MEMBER("fields", 'l', vg_take_fields, vg_plain_fields),
};

/* The row of `key`, or NULL. */
static const struct member *find_member(struct vg_slice key)
{
	if (key.n == 0)
		return NULL;
	const struct member *m =
		&members[MEMBER_SLOT(key.n, (unsigned char)key.p[key.n / 2])];
	return m->len == key.n && vg_bytes_eq(m->name, key.p, key.n) ? m : NULL;
}

/* Take every member of the document into the event. */
static bool take_members(struct vg_reading *r)
{
	uint32_t n = vg_tok(r, 0)->count;
	uint32_t k = 1;

	for (uint32_t c = 0; c < n; c++) {
		struct vg_slice key;

		if (!vg_read_raw(r, k, "member", &key))
			return false;
		const struct member *m = find_member(key);
		if (m == NULL)
			r->e->n_unknown++;
		else if (vg_tok(r, k + 1)->type != VG_JSON_NULL &&
			 !m->take(r, k + 1))
			return false;
		k = vg_tok(r, k + 1)->next;
	}
	return true;
}

static bool check_required(struct vg_reading *r)
{
	const struct vg_event *e = r->e;
	const char *name = NULL;

	if (e->category < 0)
		name = "category";
	if (e->sensor.p == NULL)
		name = "sensor";
	if (e->time_ms < 0)
		name = "time";
	if (e->id.p == NULL)
		name = "id";
	return name == NULL ||
	       vg_refuse(r, VG_VERDICT_R_MISSING, "%s: missing", name);
}

static bool has(const struct vg_json *j, const char *name)
{
	uint32_t at = vg_json_member(j, 0, name);

	return at != 0 && j->tok[at].type != VG_JSON_NULL;
}

/* {"canary": {"time": T}}: that T is a time is all there is to it. */
static void take_canary(struct vg_reading *r)
{
	uint32_t at = vg_json_member(&r->s->json, 0, "canary"), time = 0;

	r->out->verdict = VG_VERDICT_CANARY;
	r->out->reason[0] = '\0';
	if (!vg_read_type(r, at, VG_JSON_OBJECT, "canary"))
		return;
	time = vg_json_member(&r->s->json, at, "time");
	if (time == 0)
		(void)vg_refuse(r, VG_VERDICT_R_MISSING,
				"canary.time: missing");
	else
		(void)vg_read_time(r, time, "canary.time", &r->e->time_ms);
}

/* The row of the member whose name is at `p`, and in *to where its value is;
 * NULL when it is not plain. *at: of the shape, behind the member before. */
static const struct member *plain_member(struct vg_plain *f, const char *p,
					 unsigned *at, const char **to)
{
	const struct vg_glue *g = vg_shape_next(&f->s->event, at, p, f->end);
	const struct member *m;
	struct vg_slice key;

	if (g != NULL) {
		*to = vg_plain_space(f, p + g->n);
		return &members[g->tag];
	}
	*to = vg_plain_text(f, p, &key);
	m = *to != NULL ? find_member(key) : NULL;
	*to = m != NULL ? vg_plain_char(f, *to, ':') : NULL;
	if (*to == NULL)
		return NULL;
	vg_shape_learn(&f->s->event, at,
		       (struct vg_slice){p, (uint32_t)(*to - p)}, key,
		       (uint16_t)(m - members));
	return m;
}

/* Past the object at `p`, every member once; NULL when it is not plain. */
static const char *plain_members(struct vg_plain *f, const char *p)
{
	const struct member *m;
	uint64_t seen = 0, bit;
	unsigned at = 0;
	bool over;

	p = vg_plain_char(f, p, '{');
	while (p != NULL) {
		m = plain_member(f, p, &at, &p);
		if (m == NULL)
			return NULL;
		bit = UINT64_C(1) << (m - members);
		if ((seen & bit) != 0 && !VG_DEFECT("plain-twice"))
			return NULL;
		seen |= bit;
		p = m->plain(f, p);
		if (p == NULL)
			return NULL;
		p = vg_plain_more(f, p, '}', &over);
		if (over)
			return p;
	}
	return NULL;
}

bool vg_canonical_plain(struct vg_scratch *s, const struct vg_config *cfg,
			struct vg_slice record, struct vg_event *e)
{
	struct vg_plain f = {
		.end = record.p + record.n, .s = s, .cfg = cfg, .e = e};
	const char *p;

	if (record.n == 0 || record.n > VG_RECORD_MAX)
		return false;
	s->used = 0;
	vg_event_clear(e);
	p = plain_members(&f, record.p);
	return p != NULL && vg_plain_space(&f, p) == f.end &&
	       e->category >= 0 && e->sensor.p != NULL && e->time_ms >= 0 &&
	       e->id.p != NULL;
}

void vg_canonical_decode(struct vg_scratch *s, const struct vg_config *cfg,
			 const struct vg_partner *partner,
			 struct vg_slice record, struct vg_event *e,
			 struct vg_decoded *out)
{
	if (vg_canonical_plain(s, cfg, record, e)) {
		out->verdict = VG_VERDICT_COUNTED;
		out->reason[0] = '\0';
		return;
	}
	vg_canonical_strict(s, cfg, partner, record, e, out);
}

void vg_canonical_strict(struct vg_scratch *s, const struct vg_config *cfg,
			 const struct vg_partner *partner,
			 struct vg_slice record, struct vg_event *e,
			 struct vg_decoded *out)
{
	struct vg_reading r = {
		.s = s, .cfg = cfg, .e = e, .out = out, .element = -1};

	(void)partner; /* what depends on it is admission's */
	s->used = 0;
	vg_event_clear(e);
	out->verdict = VG_VERDICT_COUNTED;
	out->reason[0] = '\0';
	if (!vg_record_parse(&r, record) ||
	    (take_members(&r) && check_required(&r)))
		return;
	/* Control records have their own schema: a `recall` or a `canary`, and
	 * no `id`. Asked only of what is no valid event. */
	if (has(&s->json, "id"))
		return;
	if (has(&s->json, "recall")) {
		out->verdict = VG_VERDICT_CONTROL;
		out->reason[0] = '\0';
	} else if (has(&s->json, "canary")) {
		vg_event_clear(e);
		take_canary(&r);
	}
}
