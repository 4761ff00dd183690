/* Lists and objects of plain events. */
#include "ingest/canonical_plain.h"

#include "core/config.h"
#include "core/json_parts.h"
#include "core/json_scan.h"
#include "core/vocab.h"
#include "ingest/canonical_digits.h"
#include "ingest/canonical_list.h"
#include "ingest/indicator.h"

/* Each element of the list at `p`, at most `max`, by `take`. */
static const char *each(struct vg_plain *f, const char *p, unsigned max,
			vg_plain_take *take)
{
	p = vg_plain_char(f, p, '[');
	if (p == NULL || (p < f->end && *p == ']'))
		return p != NULL ? p + 1 : NULL;
	for (unsigned i = 0; i < max; i++) {
		bool over;

		p = take(f, p);
		if (p == NULL)
			return NULL;
		p = vg_plain_more(f, p, ']', &over);
		if (p == NULL || over)
			return p;
	}
	return NULL;
}

/* The members of a small object, all of them names of `names` and texts: what
 * is absent keeps p == NULL. */
static const char *texts_at(const struct vg_plain *f, const char *p,
			    const struct vg_slice *names, struct vg_slice *out)
{
	p = vg_plain_char(f, p, '{');
	while (p != NULL) {
		struct vg_slice key;
		unsigned k = 0;
		bool over;

		p = vg_plain_text(f, p, &key);
		if (p == NULL)
			return NULL;
		while (names[k].p != NULL && !vg_slice_eq(key, names[k]))
			k++;
		if (names[k].p == NULL || out[k].p != NULL)
			return NULL;
		p = vg_plain_char(f, p, ':');
		p = p != NULL ? vg_plain_text(f, p, &out[k]) : NULL;
		if (p == NULL)
			return NULL;
		p = vg_plain_more(f, p, '}', &over);
		if (over)
			return p;
	}
	return NULL;
}

static const char *one_actor(struct vg_plain *f, const char *p)
{
	struct vg_slice name;

	p = vg_plain_name(f, p, VG_ACTOR_MAX, &name);
	if (p != NULL)
		vg_add_actor(f->e, name, -1);
	return p;
}

const char *vg_plain_actor(struct vg_plain *f, const char *p)
{
	return p < f->end && *p == '[' ? each(f, p, VG_ACTORS_MAX, one_actor)
				       : one_actor(f, p);
}

static const char *one_technique(struct vg_plain *f, const char *p)
{
	struct vg_slice id;

	p = vg_plain_text(f, p, &id);
	if (p == NULL || !vg_technique_shape(id))
		return NULL;
	vg_add_technique(f->e, id);
	return p;
}

const char *vg_plain_technique(struct vg_plain *f, const char *p)
{
	return p < f->end && *p == '['
		       ? each(f, p, VG_TECHNIQUES_MAX, one_technique)
		       : one_technique(f, p);
}

static const char *one_releasable(struct vg_plain *f, const char *p)
{
	struct vg_slice id;

	p = vg_plain_text(f, p, &id);
	if (p != NULL)
		vg_add_releasable(f->e, f->cfg, id);
	return p;
}

const char *vg_plain_releasable(struct vg_plain *f, const char *p)
{
	f->e->narrowed = true;
	return each(f, p, VG_RELEASABLE_MAX, one_releasable);
}

const char *vg_plain_origin(struct vg_plain *f, const char *p)
{
	static const struct vg_slice names[] = {VG_SLICE("partner"),
						VG_SLICE("feed"),
						VG_SLICE("id"),
						{NULL, 0}};
	static const uint32_t most[] = {VG_ORIGIN_MAX, VG_ORIGIN_MAX,
					VG_ID_MAX};
	struct vg_slice v[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};

	p = texts_at(f, p, names, v);
	if (p == NULL || (v[0].p == NULL && v[1].p == NULL))
		return NULL;
	for (unsigned i = 0; i < 3; i++)
		if (v[i].p != NULL && (v[i].n == 0 || v[i].n > most[i]))
			return NULL;
	f->e->origin_partner = v[0];
	f->e->origin_feed = v[1];
	f->e->origin_id = v[2];
	return p;
}

static const char *one_indicator(struct vg_plain *f, const char *p)
{
	static const struct vg_slice names[] = {
		VG_SLICE("type"), VG_SLICE("value"), {NULL, 0}};
	struct vg_slice v[2] = {{NULL, 0}, {NULL, 0}};
	struct vg_indicator x;

	p = texts_at(f, p, names, v);
	if (p == NULL || v[0].p == NULL || v[1].p == NULL)
		return NULL;
	x.type = vg_vocab_find(VG_VOCAB_INDICATOR, v[0]);
	x.value = v[1];
	if (x.type < 0 || x.value.n == 0 || x.value.n > VG_INDICATOR_MAX ||
	    !vg_canon_indicator(f->s, &x))
		return NULL;
	vg_add_indicator(f->e, &x);
	return p;
}

const char *vg_plain_indicators(struct vg_plain *f, const char *p)
{
	return each(f, p, VG_INDICATORS_MAX, one_indicator);
}

/* A number, in the forms that are exact as a double. */
static const char *number_at(const struct vg_plain *f, const char *p,
			     struct vg_field *out)
{
	const char *from = p, *digits;
	int64_t v;

	out->type = VG_SCALAR_NUMBER;
	p = vg_plain_whole(f, p, &v);
	if (p != NULL) {
		out->text = (struct vg_slice){from, (uint32_t)(p - from)};
		out->number = (double)v;
		return p;
	}
	p = from + (*from == '-');
	for (digits = p; vg_plain_digit(f, p);)
		p++;
	if (p == digits || (*digits == '0' && p - digits > 1) || p == f->end)
		return NULL;
	if (*p == '.') {
		for (digits = ++p; vg_plain_digit(f, p);)
			p++;
		if (p == digits)
			return NULL;
	}
	if (p - from > VG_PLAIN_DIGITS ||
	    (p < f->end && (*p == 'e' || *p == 'E')))
		return NULL;
	out->text = (struct vg_slice){from, (uint32_t)(p - from)};
	out->number = vg_json_number(from, (size_t)(p - from));
	return p;
}

static const char *word_is(const struct vg_plain *f, const char *p,
			   const char *word, struct vg_field *out)
{
	size_t n = strlen(word);

	if ((size_t)(f->end - p) < n || memcmp(p, word, n) != 0)
		return NULL;
	out->type = VG_SCALAR_BOOL;
	out->text = (struct vg_slice){p, (uint32_t)n};
	out->number = *word == 't';
	return p + n;
}

static const char *scalar_at(const struct vg_plain *f, const char *p,
			     struct vg_field *out)
{
	if (p >= f->end)
		return NULL;
	switch (*p) {
	case '"':
		out->type = VG_SCALAR_STRING;
		out->number = 0;
		p = vg_plain_text(f, p, &out->text);
		return p != NULL && out->text.n <= VG_FIELD_VALUE_MAX ? p
								      : NULL;
	case 't':
		return word_is(f, p, "true", out);
	case 'f':
		return word_is(f, p, "false", out);
	default:
		return number_at(f, p, out);
	}
}

/* A name that may be there already is left to the strict reader. */
static bool is_new(uint64_t filter[8], unsigned hash)
{
	uint64_t bit = UINT64_C(1) << (hash & 63);
	uint64_t *word = &filter[hash >> 6 & 7];
	bool seen = (*word & bit) != 0;

	*word |= bit;
	return !seen;
}

/* The name of a field at `p`, and in *tag its hash; the place of its value. */
static const char *field_name(struct vg_plain *f, const char *p, unsigned *at,
			      struct vg_slice *name, uint16_t *tag)
{
	const struct vg_glue *g = vg_shape_next(&f->s->fields, at, p, f->end);
	const char *from = p;

	if (g != NULL) {
		*name = (struct vg_slice){p + g->name_at, g->name_n};
		*tag = g->tag;
		return vg_plain_space(f, p + g->n);
	}
	p = vg_plain_name(f, p, VG_FIELD_NAME_MAX, name);
	p = p != NULL ? vg_plain_char(f, p, ':') : NULL;
	if (p == NULL)
		return NULL;
	*tag = (uint16_t)vg_json_quick_hash(name->p, name->n);
	vg_shape_learn(&f->s->fields, at,
		       (struct vg_slice){from, (uint32_t)(p - from)}, *name,
		       *tag);
	return p;
}

const char *vg_plain_fields(struct vg_plain *f, const char *p)
{
	uint64_t filter[8] = {0};
	unsigned at = 0;
	uint16_t tag;
	bool over;

	p = vg_plain_char(f, p, '{');
	if (p != NULL && p < f->end && *p == '}')
		return p + 1;
	while (p != NULL && f->e->n_field < VG_FIELDS_MAX) {
		struct vg_field *out = &f->e->field[f->e->n_field];

		p = field_name(f, p, &at, &out->name, &tag);
		if (p == NULL || !is_new(filter, tag))
			return NULL;
		p = scalar_at(f, p, out);
		if (p == NULL)
			return NULL;
		f->e->n_field++;
		p = vg_plain_more(f, p, '}', &over);
		if (over)
			return p;
	}
	return NULL;
}
