#include "ingest/native_add.h"

#include "core/buf.h"
#include "core/utf8.h"
#include "core/vocab.h"
#include "ingest/canonical_list.h"
#include "ingest/mask.h"
#include "ingest/native_find.h"

#include <assert.h>

enum { LABEL_MAX = 20, TECHNIQUE_MAX = 9 };

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static char upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
}

/* A copy of `text` in scratch through `map`, or an empty one when full. */
static struct vg_slice mapped(struct vg_reading *r, struct vg_slice text,
			      char (*map)(char c))
{
	char *room = vg_scratch_room(r->s, text.n);

	if (room == NULL)
		return (struct vg_slice){"", 0};
	for (uint32_t i = 0; i < text.n; i++)
		room[i] = map(text.p[i]);
	r->s->used += text.n;
	return (struct vg_slice){room, text.n};
}

struct vg_slice vg_native_lower(struct vg_reading *r, struct vg_slice text)
{
	return mapped(r, text, lower);
}

struct vg_slice vg_native_upper(struct vg_reading *r, struct vg_slice text)
{
	return mapped(r, text, upper);
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static char clean(char c)
{
	return (char)(is_control(c) ? ' ' : c);
}

/* Eight bytes at a time: a byte below 0x20 or 0x7f leaves its top bit set. */
static bool has_control(struct vg_slice t)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = UINT64_C(0x8080808080808080);
	uint32_t i = 0;

	for (; i + 8 <= t.n; i += 8) {
		uint64_t x;

		memcpy(&x, t.p + i, sizeof x);
		uint64_t del = x ^ (ones * 0x7f);
		if ((((x - ones * 0x20) & ~x) | ((del - ones) & ~del)) & tops)
			break;
	}
	for (; i < t.n; i++) {
		if (is_control(t.p[i]))
			return true;
	}
	return false;
}

/* At most `max` bytes of `text`, whole characters. */
static struct vg_slice cut(struct vg_slice text, uint32_t max)
{
	if (text.n <= max)
		return text;
	while (max > 0 && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	return (struct vg_slice){text.p, max};
}

/* A free row under `fields` for `name`, or NULL when all are used or it is
 * there already: the first one stands. */
static struct vg_field *new_field(struct vg_reading *r, const char *name)
{
	struct vg_event *e = r->e;
	struct vg_slice n = vg_slice_of(name);

	assert(n.n > 0 && n.n <= VG_FIELD_NAME_MAX);
	for (unsigned i = 0; i < e->n_field; i++) {
		if (vg_slice_eq(e->field[i].name, n))
			return NULL;
	}
	if (e->n_field == VG_FIELDS_MAX) {
		e->n_trimmed++;
		return NULL;
	}
	struct vg_field *f = &e->field[e->n_field++];
	f->name = n;
	f->number = 0;
	return f;
}

void vg_native_field_text(struct vg_reading *r, const char *name,
			  struct vg_slice text)
{
	struct vg_slice fit = cut(text, VG_FIELD_VALUE_MAX);

	if (text.n == 0)
		return;
	bool dirty = has_control(fit);
	if (dirty)
		fit = mapped(r, fit, clean);
	if (dirty || fit.n < text.n)
		r->e->n_trimmed++;
	fit = vg_native_url_clean(r, fit);
	if (vg_mask_needed(fit)) {
		fit = mapped(r, fit, clean);
		/* Scratch is ours to change; the text was copied there. */
		vg_mask((char *)(uintptr_t)fit.p, fit.n);
	}
	struct vg_field *f = new_field(r, name);
	if (f == NULL)
		return;
	f->type = VG_SCALAR_STRING;
	f->text = fit;
}

void vg_native_field_int(struct vg_reading *r, const char *name, int64_t v)
{
	char *room = vg_scratch_room(r->s, VG_I64_TEXT);
	struct vg_field *f = room != NULL ? new_field(r, name) : NULL;

	if (f == NULL)
		return;
	size_t n = vg_i64_print(room, v);
	r->s->used += n;
	f->type = VG_SCALAR_NUMBER;
	f->text = (struct vg_slice){room, (uint32_t)n};
	f->number = (double)v;
}

void vg_native_field(struct vg_reading *r, const char *name, uint32_t tok)
{
	struct vg_slice text;
	struct vg_field *f;

	tok = vg_native_first(r, tok);
	if (tok == VG_ABSENT || !vg_native_text(r, tok, &text))
		return;
	uint8_t type = vg_tok(r, tok)->type;
	if (type == VG_JSON_STRING) {
		vg_native_field_text(r, name, text);
		return;
	}
	f = new_field(r, name);
	if (f == NULL)
		return;
	f->text = text;
	f->type = type == VG_JSON_NUMBER ? VG_SCALAR_NUMBER : VG_SCALAR_BOOL;
	f->number = type == VG_JSON_NUMBER ? vg_json_double(&r->s->json, tok)
					   : (double)(type == VG_JSON_TRUE);
}

void vg_native_technique(struct vg_reading *r, struct vg_slice id)
{
	struct vg_event *e = r->e;

	if (id.n > 0 && id.n <= TECHNIQUE_MAX && id.p[0] == 't')
		id = vg_native_upper(r, id);
	if (!vg_technique_shape(id) || e->n_technique == VG_TECHNIQUES_MAX) {
		e->n_trimmed++;
		return;
	}
	vg_add_technique(e, id);
}

/* A code of the list of countries, or absent and counted. */
static struct vg_slice country(struct vg_reading *r, struct vg_slice code)
{
	if (code.n == 2)
		code = vg_native_upper(r, code);
	if (vg_country_read(code, &code) == VG_COUNTRY_ONE)
		return code;
	r->e->n_trimmed++;
	return (struct vg_slice){NULL, 0};
}

void vg_native_source_country(struct vg_reading *r, struct vg_slice code)
{
	struct vg_slice c = country(r, code);

	if (c.n > 0)
		r->e->source_country = c;
}

void vg_native_country(struct vg_reading *r, struct vg_slice code)
{
	struct vg_slice c = country(r, code);

	/* XK is a source only, as in the canonical format. */
	if (c.n > 0 && !vg_slice_eq(c, vg_slice_of("XK")))
		r->e->country = c;
}

void vg_native_tlp(struct vg_reading *r, struct vg_slice label)
{
	int found = -1;

	if (label.n <= LABEL_MAX)
		found = vg_tlp_find(vg_native_upper(r, label));
	if (found < 0)
		r->e->n_trimmed++;
	r->e->label = found < 0 ? VG_TLP_RED : (enum vg_tlp)found;
	r->e->has_label = true;
}
