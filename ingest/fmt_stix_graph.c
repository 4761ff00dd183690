#include "ingest/fmt_stix.h"
#include "ingest/native_more.h"

#include <assert.h>

enum { STEPS = 2 };

/* A string as it is written: ids have no escapes. */
static struct vg_slice raw(const struct vg_stix *x, uint32_t tok)
{
	if (tok == VG_ABSENT || vg_tok(&x->r, tok)->type != VG_JSON_STRING)
		return (struct vg_slice){NULL, 0};
	return vg_json_raw(&x->r.s->json, tok);
}

void vg_stix_list(struct vg_stix *x, uint32_t tok,
		  const struct vg_native_word *kinds)
{
	struct vg_slice id = raw(x, vg_native_member(&x->r, tok, "id"));
	struct vg_slice type = raw(x, vg_native_member(&x->r, tok, "type"));

	assert(x->n < VG_STIX_OBJECTS);
	if (type.n == 0)
		return;
	x->object[x->n++] = (struct vg_stix_object){
		.tok = tok,
		.id = id,
		.kind = (enum vg_stix_kind)vg_native_word(kinds, type,
							  VG_STIX_OTHER)};
}

/* The object with the id that token `ref` is. */
static const struct vg_stix_object *find(const struct vg_stix *x, uint32_t ref)
{
	struct vg_slice id = raw(x, ref);

	for (unsigned i = 0; i < x->n && id.n > 0; i++) {
		if (vg_slice_eq(x->object[i].id, id))
			return &x->object[i];
	}
	return NULL;
}

uint32_t vg_stix_token(const struct vg_stix *x, uint32_t ref)
{
	const struct vg_stix_object *o = find(x, ref);

	return o != NULL ? o->tok : VG_ABSENT;
}

void vg_stix_mark(struct vg_stix *x, uint32_t ref)
{
	const struct vg_stix_object *o = find(x, ref);

	if (o == NULL)
		return;
	struct vg_stix_object *own = &x->object[o - x->object];
	own->is_sighted = own->is_marked = true;
}

/* Both ends of each relationship, by place, or -1. */
struct ends {
	int16_t from[VG_STIX_OBJECTS], to[VG_STIX_OBJECTS];
};

static int16_t place(const struct vg_stix *x, uint32_t tok, const char *name)
{
	const struct vg_stix_object *o =
		find(x, vg_native_member(&x->r, tok, name));

	return (int16_t)(o != NULL ? o - x->object : -1);
}

static void find_ends(const struct vg_stix *x, struct ends *ends)
{
	for (unsigned i = 0; i < x->n; i++) {
		bool is_one = x->object[i].kind == VG_STIX_RELATIONSHIP;
		uint32_t tok = x->object[i].tok;

		ends->from[i] = is_one ? place(x, tok, "source_ref") : -1;
		ends->to[i] = is_one ? place(x, tok, "target_ref") : -1;
	}
}

/* Mark the other end of each relationship that had one end marked before. */
static void step(struct vg_stix *x, const struct ends *ends)
{
	bool before[VG_STIX_OBJECTS];

	for (unsigned i = 0; i < x->n; i++)
		before[i] = x->object[i].is_marked;
	for (unsigned i = 0; i < x->n; i++) {
		int from = ends->from[i], to = ends->to[i];

		if (from < 0 || to < 0)
			continue;
		x->object[from].is_marked |= before[to];
		x->object[to].is_marked |= before[from];
	}
}

void vg_stix_spread(struct vg_stix *x)
{
	struct ends ends;

	find_ends(x, &ends);
	for (int i = 0; i < STEPS; i++)
		step(x, &ends);
	for (unsigned i = 0; i < x->n; i++) {
		if (x->object[i].kind != VG_STIX_TRAFFIC)
			continue;
		int to = place(x, x->object[i].tok, "dst_ref");
		if (to >= 0)
			x->object[to].is_target = true;
	}
}

/* The marking definitions that the standard fixes, of TLP 1 and 2. */
static const struct {
	const char *id, *label;
} markings[] = {
	{"613f2e26-407d-48c7-9eca-b8e91df99dc9", "CLEAR"},
	{"34098fce-860f-48ae-8e50-ebd3cc5e41da", "GREEN"},
	{"f88d31f6-486f-44da-b317-01333bde0b82", "AMBER"},
	{"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "RED"},
	{"94868c89-83c2-464b-929b-a1a8aa3c8487", "CLEAR"},
	{"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "GREEN"},
	{"55d920b0-5e8b-4f79-9ee9-91f868d9b421", "AMBER"},
	{"939a9414-2ddd-4d32-a0cd-375ea402b003", "AMBER+STRICT"},
	{"e828b379-4e03-4974-9ac4-e53a884c97c1", "RED"},
};

static const char MARKING[] = "marking-definition--";

/* The fixed label of a reference, or NULL. */
static const char *fixed_label(struct vg_slice id)
{
	size_t head = sizeof MARKING - 1;

	if (id.n <= head || memcmp(id.p, MARKING, head) != 0)
		return NULL;
	struct vg_slice uuid = {id.p + head, id.n - (uint32_t)head};
	for (size_t i = 0; i < sizeof markings / sizeof markings[0]; i++) {
		if (vg_native_same(uuid, markings[i].id))
			return markings[i].label;
	}
	return NULL;
}

/* A marking of the bundle's own: a label, or a statement, which is none. */
static void own_marking(struct vg_stix *x, uint32_t tok)
{
	struct vg_reading *r = &x->r;
	uint32_t type = vg_native_member(r, tok, "definition_type");
	struct vg_slice text;

	if (vg_native_is(r, type, "statement"))
		return;
	if (!vg_native_text(r, vg_native_at(r, tok, "definition.tlp"), &text) &&
	    !vg_native_text(r, vg_native_member(r, tok, "name"), &text))
		text = vg_slice_of("?");
	vg_native_strictest(r, text);
}

static bool take_marking(struct vg_reading *r, uint32_t ref)
{
	struct vg_stix *x = (struct vg_stix *)r;
	const char *label = fixed_label(raw(x, ref));
	uint32_t tok = vg_stix_token(x, ref);

	if (label != NULL)
		vg_native_strictest(r, vg_slice_of(label));
	else if (tok != VG_ABSENT)
		own_marking(x, tok);
	else
		vg_native_strictest(r, vg_slice_of("?"));
	return true;
}

void vg_stix_label(struct vg_stix *x, uint32_t tok)
{
	(void)vg_native_each(
		&x->r, vg_native_member(&x->r, tok, "object_marking_refs"),
		take_marking);
}
