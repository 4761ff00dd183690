#include "ingest/canonical_list.h"

#include "core/config.h"
#include "ingest/indicator.h"

#include <assert.h>

/* A reader of one element of a list. */
typedef bool take_fn(struct vg_reading *r, uint32_t i);

/* Read each element of the list or object at token `i` with `take`. An
 * object's elements are its keys. */
static bool each(struct vg_reading *r, uint32_t i, const char *member,
		 uint32_t max, take_fn *take)
{
	const struct vg_json_tok *t = vg_tok(r, i);
	bool object = t->type == VG_JSON_OBJECT;
	uint32_t k = i + 1;

	if (t->count > max)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "%s: more than %u elements", member,
				 (unsigned)max);
	for (uint32_t c = 0; c < t->count; c++) {
		r->element = (int)c;
		if (!take(r, k))
			return false;
		k = vg_tok(r, object ? k + 1 : k)->next;
	}
	r->element = -1;
	return true;
}

/* The members of a small object: for each of `n` names the token of its value
 * in at[], 0 when absent or null. Others are ignored. */
static bool pick(struct vg_reading *r, uint32_t i, const char *member,
		 const char *const *names, uint32_t *at)
{
	const struct vg_json_tok *t = vg_tok(r, i);
	uint32_t k = i + 1;

	for (uint32_t c = 0; c < t->count; c++) {
		struct vg_slice key;

		if (!vg_read_raw(r, k, member, &key))
			return false;
		for (size_t w = 0; names[w] != NULL; w++) {
			if (vg_slice_eq(key, vg_slice_of(names[w])) &&
			    vg_tok(r, k + 1)->type != VG_JSON_NULL)
				at[w] = k + 1;
		}
		k = vg_tok(r, k + 1)->next;
	}
	return true;
}

void vg_add_actor(struct vg_event *e, struct vg_slice name, int confidence)
{
	for (unsigned a = 0; a < e->n_actor; a++) {
		if (!vg_slice_eq(e->actor[a].name, name))
			continue;
		if (e->actor[a].confidence < confidence)
			e->actor[a].confidence = confidence;
		return;
	}
	assert(e->n_actor < VG_ACTORS_MAX);
	e->actor[e->n_actor].name = name;
	e->actor[e->n_actor++].confidence = confidence;
}

static bool take_one_actor(struct vg_reading *r, uint32_t i)
{
	static const char *const names[] = {"name", "confidence", NULL};
	static const int64_t range[2] = {0, 100};
	uint32_t at[2] = {0, 0};
	int64_t confidence = -1;
	struct vg_slice name;

	if (vg_tok(r, i)->type == VG_JSON_STRING) {
		at[0] = i;
	} else {
		if (vg_tok(r, i)->type != VG_JSON_OBJECT)
			return vg_refuse(r, VG_VERDICT_R_TYPE,
					 "actor: must be a string or an "
					 "object");
		if (!pick(r, i, "actor", names, at))
			return false;
	}
	if (at[0] == 0)
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "actor.name: missing");
	if (!vg_read_name(r, at[0], "actor", VG_ACTOR_MAX, &name))
		return false;
	if (at[1] != 0 &&
	    !vg_read_int(r, at[1], "actor.confidence", range, &confidence))
		return false;
	vg_add_actor(r->e, name, (int)confidence);
	return true;
}

bool vg_take_actor(struct vg_reading *r, uint32_t i)
{
	if (vg_tok(r, i)->type != VG_JSON_ARRAY)
		return take_one_actor(r, i);
	return each(r, i, "actor", VG_ACTORS_MAX, take_one_actor);
}

void vg_add_technique(struct vg_event *e, struct vg_slice id)
{
	for (unsigned t = 0; t < e->n_technique; t++) {
		if (vg_slice_eq(e->technique[t], id))
			return;
	}
	assert(e->n_technique < VG_TECHNIQUES_MAX);
	e->technique[e->n_technique++] = id;
}

static bool take_one_technique(struct vg_reading *r, uint32_t i)
{
	struct vg_slice id;

	if (!vg_read_text(r, i, "technique", &id))
		return false;
	if (!vg_technique_shape(id))
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "technique: not of the form T1234 or "
				 "T1234.567");
	vg_add_technique(r->e, id);
	return true;
}

bool vg_take_technique(struct vg_reading *r, uint32_t i)
{
	if (vg_tok(r, i)->type != VG_JSON_ARRAY)
		return take_one_technique(r, i);
	return each(r, i, "technique", VG_TECHNIQUES_MAX, take_one_technique);
}

void vg_add_releasable(struct vg_event *e, const struct vg_config *cfg,
		       struct vg_slice id)
{
	int slot = vg_config_viewer(cfg, id);

	if (slot >= 0) /* an unknown id names nobody */
		e->releasable |= UINT64_C(1) << slot;
}

static bool take_one_releasable(struct vg_reading *r, uint32_t i)
{
	struct vg_slice id;

	if (!vg_read_text(r, i, "releasable_to", &id))
		return false;
	vg_add_releasable(r->e, r->cfg, id);
	return true;
}

bool vg_take_releasable(struct vg_reading *r, uint32_t i)
{
	if (!vg_read_type(r, i, VG_JSON_ARRAY, "releasable_to"))
		return false;
	r->e->narrowed = true;
	return each(r, i, "releasable_to", VG_RELEASABLE_MAX,
		    take_one_releasable);
}

bool vg_take_origin(struct vg_reading *r, uint32_t i)
{
	static const char *const names[] = {"partner", "feed", "id", NULL};
	struct vg_event *e = r->e;
	uint32_t at[3] = {0, 0, 0};

	if (!vg_read_type(r, i, VG_JSON_OBJECT, "origin") ||
	    !pick(r, i, "origin", names, at))
		return false;
	if (at[0] == 0 && at[1] == 0)
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "origin: partner or feed missing");
	if (at[0] != 0 && !vg_read_name(r, at[0], "origin.partner",
					VG_ORIGIN_MAX, &e->origin_partner))
		return false;
	if (at[1] != 0 && !vg_read_name(r, at[1], "origin.feed", VG_ORIGIN_MAX,
					&e->origin_feed))
		return false;
	return at[2] == 0 ||
	       vg_read_name(r, at[2], "origin.id", VG_ID_MAX, &e->origin_id);
}

static bool has_indicator(const struct vg_event *e,
			  const struct vg_indicator *x)
{
	for (unsigned i = 0; i < e->n_indicator; i++) {
		if (e->indicator[i].type == x->type &&
		    vg_slice_eq(e->indicator[i].value, x->value))
			return true;
	}
	return false;
}

void vg_add_indicator(struct vg_event *e, const struct vg_indicator *x)
{
	if (has_indicator(e, x))
		return;
	assert(e->n_indicator < VG_INDICATORS_MAX);
	e->indicator[e->n_indicator++] = *x;
}

bool vg_canon_indicator(struct vg_scratch *s, struct vg_indicator *x)
{
	char *room = vg_scratch_room(s, x->value.n + VG_INDICATOR_GROWTH);

	if (room == NULL ||
	    !vg_indicator_canon(x->type, x->value, room, &x->value) ||
	    x->value.n > VG_INDICATOR_MAX)
		return false;
	if (x->value.p == room)
		s->used += x->value.n;
	return true;
}

static bool take_one_indicator(struct vg_reading *r, uint32_t i)
{
	static const char *const names[] = {"type", "value", NULL};
	uint32_t at[2] = {0, 0};
	struct vg_indicator x;

	if (!vg_read_type(r, i, VG_JSON_OBJECT, "indicators") ||
	    !pick(r, i, "indicators", names, at))
		return false;
	if (at[0] == 0 || at[1] == 0)
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "indicators.%s: missing",
				 names[at[0] == 0 ? 0 : 1]);
	if (!vg_read_word(r, at[0], "indicators.type", VG_VOCAB_INDICATOR,
			  &x.type) ||
	    !vg_read_name(r, at[1], "indicators.value", VG_INDICATOR_MAX,
			  &x.value))
		return false;
	if (!vg_canon_indicator(r->s, &x))
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "indicators.value: not a valid %s",
				 vg_vocab_word(VG_VOCAB_INDICATOR, x.type));
	vg_add_indicator(r->e, &x);
	return true;
}

bool vg_take_indicators(struct vg_reading *r, uint32_t i)
{
	if (!vg_read_type(r, i, VG_JSON_ARRAY, "indicators"))
		return false;
	return each(r, i, "indicators", VG_INDICATORS_MAX, take_one_indicator);
}

/* The scalar at token `i` into `f`. */
static bool scalar(struct vg_reading *r, uint32_t i, struct vg_field *f)
{
	switch (vg_tok(r, i)->type) {
	case VG_JSON_STRING:
		f->type = VG_SCALAR_STRING;
		f->number = 0;
		if (!vg_read_raw(r, i, "fields", &f->text))
			return false;
		if (f->text.n > VG_FIELD_VALUE_MAX)
			return vg_refuse(r, VG_VERDICT_R_VALUE,
					 "fields: value longer than %d bytes",
					 VG_FIELD_VALUE_MAX);
		return true;
	case VG_JSON_NUMBER:
		f->type = VG_SCALAR_NUMBER;
		f->text = vg_json_raw(&r->s->json, i);
		f->number = vg_json_double(&r->s->json, i);
		return true;
	case VG_JSON_TRUE:
	case VG_JSON_FALSE:
		f->type = VG_SCALAR_BOOL;
		f->text = vg_json_raw(&r->s->json, i);
		f->number = vg_tok(r, i)->type == VG_JSON_TRUE;
		return true;
	default:
		return vg_refuse(r, VG_VERDICT_R_TYPE,
				 "fields: must be a string, a number or a "
				 "boolean");
	}
}

/* One member of `fields`: its name at token `i`, its value behind it. */
static bool take_one_field(struct vg_reading *r, uint32_t i)
{
	struct vg_event *e = r->e;
	struct vg_field *f = &e->field[e->n_field];

	assert(e->n_field < VG_FIELDS_MAX);
	if (!vg_read_raw(r, i, "fields", &f->name) ||
	    !vg_check_name(r, f->name, "fields: name", VG_FIELD_NAME_MAX))
		return false;
	if (vg_tok(r, i + 1)->type == VG_JSON_NULL)
		return true;
	r->name = f->name;
	if (!scalar(r, i + 1, f))
		return false;
	e->n_field++;
	return true;
}

bool vg_take_fields(struct vg_reading *r, uint32_t i)
{
	if (!vg_read_type(r, i, VG_JSON_OBJECT, "fields"))
		return false;
	return each(r, i, "fields", VG_FIELDS_MAX, take_one_field);
}
