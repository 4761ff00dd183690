#include "verify/read.h"

#include "core/config.h"
#include "core/timefmt.h"
#include "core/vocab.h"
#include "ingest/decode.h"
#include "ingest/indicator.h"
#include "verify/strict.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CJSON_NUMBER = 60 };

static const cJSON *member(const cJSON *obj, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(obj, name);

	return m == NULL || cJSON_IsNull(m) ? NULL : m;
}

bool vg_second_is_name(const char *s, size_t max)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return n > 0 && n <= max;
}

/* An optional name into *out; false when it is there and wrong. */
static bool name(const cJSON *obj, const char *key, size_t max,
		 struct vg_slice *out)
{
	const cJSON *m = member(obj, key);

	if (m == NULL)
		return true;
	if (!cJSON_IsString(m) || !vg_second_is_name(m->valuestring, max))
		return false;
	*out = vg_slice_of(m->valuestring);
	return true;
}

static bool word(const cJSON *obj, const char *key, enum vg_vocab list,
		 int *out)
{
	const cJSON *m = member(obj, key);

	if (m == NULL)
		return true;
	if (!cJSON_IsString(m))
		return false;
	*out = vg_vocab_find(list, vg_slice_of(m->valuestring));
	return *out >= 0;
}

/* What is known not to be a country is read as none, for the source alone. */
static bool country(const cJSON *obj, const char *key, bool or_none,
		    struct vg_slice *out)
{
	const cJSON *m = member(obj, key);

	if (m == NULL)
		return true;
	if (!cJSON_IsString(m))
		return false;
	enum vg_country_kind kind =
		vg_country_read(vg_slice_of(m->valuestring), out);
	return kind == VG_COUNTRY_ONE || (or_none && kind == VG_COUNTRY_NONE);
}

static bool whole(const cJSON *obj, const char *key, int64_t min, int64_t max,
		  int64_t *out)
{
	const cJSON *m = member(obj, key);

	if (m == NULL)
		return true;
	if (!cJSON_IsNumber(m) || floor(m->valuedouble) != m->valuedouble ||
	    m->valuedouble < (double)min || m->valuedouble > (double)max)
		return false;
	*out = (int64_t)m->valuedouble;
	return true;
}

bool vg_second_instant(const void *value, int64_t *ms)
{
	const cJSON *m = value;

	if (cJSON_IsString(m))
		return vg_time_parse(vg_slice_of(m->valuestring), ms);
	if (!cJSON_IsNumber(m) || m->valuedouble < 0 ||
	    m->valuedouble > 253402300799999.0)
		return false;
	double v = m->valuedouble;
	*ms = (int64_t)floor((v < 1e11 ? v * 1000.0 : v) + 0.5);
	return true;
}

static bool label(const cJSON *obj, struct vg_event *e)
{
	const cJSON *m = member(obj, "tlp");

	if (m == NULL)
		return true;
	if (!cJSON_IsString(m))
		return false;
	int t = vg_tlp_find(vg_slice_of(m->valuestring));
	if (t < 0)
		return false;
	e->label = (enum vg_tlp)t;
	e->has_label = true;
	return true;
}

static bool one_actor(const cJSON *m, struct vg_event *e)
{
	int64_t confidence = -1;
	struct vg_slice n = {0};

	if (cJSON_IsString(m)) {
		if (!vg_second_is_name(m->valuestring, VG_ACTOR_MAX))
			return false;
		n = vg_slice_of(m->valuestring);
	} else if (!cJSON_IsObject(m) || !name(m, "name", VG_ACTOR_MAX, &n) ||
		   n.p == NULL ||
		   !whole(m, "confidence", 0, 100, &confidence)) {
		return false;
	}
	for (unsigned i = 0; i < e->n_actor; i++) {
		if (!vg_slice_eq(e->actor[i].name, n))
			continue;
		if (confidence > e->actor[i].confidence)
			e->actor[i].confidence = (int)confidence;
		return true;
	}
	e->actor[e->n_actor].confidence = (int)confidence;
	e->actor[e->n_actor++].name = n;
	return true;
}

static bool one_technique(const cJSON *m, struct vg_event *e)
{
	if (!cJSON_IsString(m) ||
	    !vg_technique_shape(vg_slice_of(m->valuestring)))
		return false;
	for (unsigned i = 0; i < e->n_technique; i++)
		if (vg_slice_eq(e->technique[i], vg_slice_of(m->valuestring)))
			return true;
	e->technique[e->n_technique++] = vg_slice_of(m->valuestring);
	return true;
}

/* One value, or a list of at most `max`. */
static bool one_or_list(const cJSON *obj, const char *key, int max,
			bool (*take)(const cJSON *, struct vg_event *),
			struct vg_event *e)
{
	const cJSON *m = member(obj, key), *x = NULL;

	if (m == NULL)
		return true;
	if (!cJSON_IsArray(m))
		return take(m, e);
	if (cJSON_GetArraySize(m) > max)
		return false;
	cJSON_ArrayForEach(x, m)
	{
		if (!take(x, e))
			return false;
	}
	return true;
}

bool vg_second_viewers(const void *list, const struct vg_config *cfg,
		       uint64_t *slots)
{
	const cJSON *x = NULL;

	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > 64)
		return false;
	cJSON_ArrayForEach(x, (const cJSON *)list)
	{
		if (!cJSON_IsString(x))
			return false;
		int slot = vg_config_viewer(cfg, vg_slice_of(x->valuestring));
		if (slot >= 0)
			*slots |= UINT64_C(1) << slot;
	}
	return true;
}

static bool releasable(const cJSON *obj, const struct vg_config *cfg,
		       struct vg_event *e)
{
	const cJSON *m = member(obj, "releasable_to");

	if (m == NULL)
		return true;
	e->narrowed = true;
	return vg_second_viewers(m, cfg, &e->releasable);
}

static bool origin(const cJSON *obj, struct vg_event *e)
{
	const cJSON *m = member(obj, "origin");

	if (m == NULL)
		return true;
	return cJSON_IsObject(m) &&
	       name(m, "partner", VG_ORIGIN_MAX, &e->origin_partner) &&
	       name(m, "feed", VG_ORIGIN_MAX, &e->origin_feed) &&
	       name(m, "id", VG_ID_MAX, &e->origin_id) &&
	       (e->origin_partner.p != NULL || e->origin_feed.p != NULL);
}

/* The one form of an indicator is a pure function with tests of its own: the
 * only piece of ingest's reading that is used here too. */
static bool canon(struct vg_second *s, struct vg_indicator *i)
{
	char *room =
		vg_arena_alloc(&s->arena, i->value.n + VG_INDICATOR_GROWTH);

	return room != NULL &&
	       vg_indicator_canon(i->type, i->value, room, &i->value) &&
	       i->value.n <= VG_INDICATOR_MAX;
}

static bool one_indicator(struct vg_second *s, const cJSON *m)
{
	struct vg_event *e = &s->event;
	struct vg_indicator i = {.type = -1};

	if (!cJSON_IsObject(m) ||
	    !word(m, "type", VG_VOCAB_INDICATOR, &i.type) || i.type < 0 ||
	    !name(m, "value", VG_INDICATOR_MAX, &i.value) ||
	    i.value.p == NULL || !canon(s, &i))
		return false;
	for (unsigned k = 0; k < e->n_indicator; k++)
		if (e->indicator[k].type == i.type &&
		    vg_slice_eq(e->indicator[k].value, i.value))
			return true;
	e->indicator[e->n_indicator++] = i;
	return true;
}

static bool indicators(struct vg_second *s, const cJSON *obj)
{
	const cJSON *m = member(obj, "indicators"), *x = NULL;

	if (m == NULL)
		return true;
	if (!cJSON_IsArray(m) || cJSON_GetArraySize(m) > VG_INDICATORS_MAX)
		return false;
	cJSON_ArrayForEach(x, m)
	{
		if (!one_indicator(s, x))
			return false;
	}
	return true;
}

static bool one_field(const cJSON *x, struct vg_event *e)
{
	struct vg_field f = {.name = vg_slice_of(x->string)};

	if (!vg_second_is_name(x->string, VG_FIELD_NAME_MAX))
		return false;
	if (cJSON_IsNull(x))
		return true;
	if (cJSON_IsString(x)) {
		f.text = vg_slice_of(x->valuestring);
		if (f.text.n > VG_FIELD_VALUE_MAX)
			return false;
	} else if (cJSON_IsNumber(x)) {
		f.type = VG_SCALAR_NUMBER;
		f.number = x->valuedouble;
	} else if (cJSON_IsBool(x)) {
		f.type = VG_SCALAR_BOOL;
		f.number = cJSON_IsTrue(x);
		f.text = vg_slice_of(cJSON_IsTrue(x) ? "true" : "false");
	} else {
		return false;
	}
	e->field[e->n_field++] = f;
	return true;
}

static bool fields(const cJSON *obj, struct vg_event *e)
{
	const cJSON *m = member(obj, "fields"), *x = NULL;

	if (m == NULL)
		return true;
	if (!cJSON_IsObject(m) || cJSON_GetArraySize(m) > VG_FIELDS_MAX)
		return false;
	cJSON_ArrayForEach(x, m)
	{
		if (!one_field(x, e))
			return false;
	}
	return true;
}

static bool scalars(const cJSON *doc, struct vg_event *e)
{
	int64_t severity = 5, confidence = 50;
	const cJSON *partner = member(doc, "partner");

	if (partner != NULL) {
		if (!cJSON_IsString(partner))
			return false;
		e->partner = vg_slice_of(partner->valuestring);
	}
	if (!name(doc, "id", VG_ID_MAX, &e->id) ||
	    !name(doc, "sensor", VG_SENSOR_MAX, &e->sensor) ||
	    !vg_second_instant(member(doc, "time"), &e->time_ms) ||
	    !label(doc, e) || !whole(doc, "severity", 1, 10, &severity) ||
	    !whole(doc, "confidence", 0, 100, &confidence) ||
	    !whole(doc, "count", 1, VG_COUNT_MAX, &e->count))
		return false;
	e->severity = (int)severity;
	e->confidence = (int)confidence;
	return word(doc, "category", VG_VOCAB_CATEGORY, &e->category) &&
	       word(doc, "sensor_kind", VG_VOCAB_SENSOR_KIND,
		    &e->sensor_kind) &&
	       word(doc, "sector", VG_VOCAB_SECTOR, &e->sector) &&
	       country(doc, "country", false, &e->country) &&
	       !vg_slice_eq(e->country, vg_slice_of("XK")) &&
	       country(doc, "source_country", true, &e->source_country);
}

static bool event(struct vg_second *s, const cJSON *doc,
		  const struct vg_config *cfg)
{
	struct vg_event *e = &s->event;

	return scalars(doc, e) &&
	       one_or_list(doc, "actor", VG_ACTORS_MAX, one_actor, e) &&
	       one_or_list(doc, "technique", VG_TECHNIQUES_MAX, one_technique,
			   e) &&
	       releasable(doc, cfg, e) && origin(doc, e) &&
	       indicators(s, doc) && fields(doc, e) && e->id.p != NULL &&
	       e->sensor.p != NULL && e->category >= 0;
}

static bool is_number_byte(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' ||
	       c == 'e' || c == 'E';
}

/* cJSON reads at most 63 bytes of a number: `record`, which is strict JSON,
 * with every longer one written in the 17 digits that name its double. */
static struct vg_slice shorten(struct vg_second *s, struct vg_slice record)
{
	char *out = vg_arena_alloc(&s->arena, record.n + 1);
	size_t n = 0, len = 0;
	bool quoted = false;

	if (out == NULL)
		abort();
	for (size_t i = 0; i < record.n; i += len) {
		const char *p = record.p + i;
		size_t left = record.n - i;

		len = quoted && *p == '\\' ? 2 : 1;
		if (*p == '"')
			quoted = !quoted;
		if (!quoted && (*p == '-' || (*p >= '0' && *p <= '9')))
			while (len < left && is_number_byte(p[len]))
				len++;
		memcpy(out + n, p, len);
		out[n + len] = '\0';
		if (len > CJSON_NUMBER)
			n += (size_t)snprintf(out + n, CJSON_NUMBER, "%.17g",
					      strtod(out + n, NULL));
		else
			n += len;
	}
	return (struct vg_slice){.p = out, .n = (uint32_t)n};
}

enum vg_second_kind vg_second_read(struct vg_second *s,
				   const struct vg_config *cfg,
				   struct vg_slice record)
{
	cJSON_Delete(s->doc);
	s->doc = NULL;
	vg_arena_reset(&s->arena);
	memset(&s->event, 0, sizeof s->event);
	s->event.sensor_kind = s->event.category = s->event.sector = -1;
	s->event.count = 1;
	s->event.label = VG_TLP_AMBER;

	if (record.n == 0 || record.n > VG_RECORD_MAX ||
	    !vg_strict_json(record.p, record.n))
		return VG_SECOND_REJECTED;
	record = shorten(s, record);
	s->doc = cJSON_ParseWithLengthOpts(record.p, record.n, NULL, false);
	if (!cJSON_IsObject(s->doc))
		return VG_SECOND_REJECTED;
	if (event(s, s->doc, cfg))
		return VG_SECOND_EVENT;
	if (member(s->doc, "id") != NULL)
		return VG_SECOND_REJECTED;
	if (member(s->doc, "recall") != NULL)
		return VG_SECOND_CONTROL;
	const cJSON *canary = member(s->doc, "canary");
	return cJSON_IsObject(canary) &&
			       vg_second_instant(member(canary, "time"),
						 &s->event.time_ms)
		       ? VG_SECOND_CANARY
		       : VG_SECOND_REJECTED;
}

void vg_second_term(struct vg_second *s)
{
	cJSON_Delete(s->doc);
	vg_arena_term(&s->arena);
	vg_scratch_free(s->scratch);
	memset(s, 0, sizeof *s);
}
