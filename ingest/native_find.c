#include "ingest/native_find.h"

#include "ingest/native_words.h"

#include <assert.h>
#include <stdlib.h>

enum { NUMBER_MAX = 40, PATH_MAX_BYTES = 96 };

bool vg_native_is_object(const struct vg_reading *r, uint32_t tok)
{
	return tok != VG_ABSENT && vg_tok(r, tok)->type == VG_JSON_OBJECT;
}

/* One bit of 64 for a name: by its length and its last byte, which tell most
 * names apart. */
static uint64_t bit_of(const char *name, uint32_t n)
{
	unsigned last = n > 0 ? (unsigned char)name[n - 1] : 0;

	return UINT64_C(1) << ((n * 29 + last * 7) & 63);
}

void vg_native_note_keys(struct vg_reading *r)
{
	const struct vg_json *j = &r->s->json;
	const struct vg_json_tok *t = j->tok;

	r->keys = 0;
	if (j->n == 0) /* no document: a record that is no JSON */
		return;
	for (uint32_t k = 1; k < t[0].next; k = t[k + 1].next)
		r->keys |= bit_of(j->text + t[k].start, t[k].len);
}

/* The value of member `name` of `obj`. Keys with escapes are compared by the
 * reader, as rarely as they come. */
static uint32_t find(const struct vg_reading *r, uint32_t obj, const char *name,
		     uint32_t n)
{
	const struct vg_json *j = &r->s->json;
	const struct vg_json_tok *t = j->tok;
	uint32_t end = t[obj].next;
	char last = n > 0 ? name[n - 1] : '\0';

	if (obj == 0 && r->keys != 0 && (r->keys & bit_of(name, n)) == 0)
		return VG_ABSENT;
	for (uint32_t k = obj + 1; k < end; k = t[k + 1].next) {
		/* The last byte tells most names of one length apart. */
		if (t[k].len != n || n == 0 || t[k].escaped ||
		    j->text[t[k].start + n - 1] != last)
			continue;
		if (memcmp(j->text + t[k].start, name, n) == 0)
			return t[k + 1].type == VG_JSON_NULL ? VG_ABSENT
							     : k + 1;
	}
	return VG_ABSENT;
}

uint32_t vg_native_member(const struct vg_reading *r, uint32_t obj,
			  const char *name)
{
	return vg_native_is_object(r, obj)
		       ? find(r, obj, name, (uint32_t)strlen(name))
		       : VG_ABSENT;
}

uint32_t vg_native_at(const struct vg_reading *r, uint32_t obj,
		      const char *path)
{
	if (!vg_native_is_object(r, obj))
		return VG_ABSENT;
	uint32_t tok = find(r, obj, path, (uint32_t)strlen(path));
	if (tok != VG_ABSENT)
		return tok;
	/* The longest name first; each step takes a byte off the path. */
	for (size_t n = strlen(path); n-- > 1;) {
		if (path[n] != '.')
			continue;
		uint32_t inner = find(r, obj, path, (uint32_t)n);
		if (inner == VG_ABSENT)
			continue;
		tok = vg_native_at(r, inner, path + n + 1);
		if (tok != VG_ABSENT)
			return tok;
	}
	return VG_ABSENT;
}

uint32_t vg_native_first(const struct vg_reading *r, uint32_t tok)
{
	if (tok == VG_ABSENT || vg_tok(r, tok)->type != VG_JSON_ARRAY)
		return tok;
	return vg_tok(r, tok)->count > 0 ? tok + 1 : VG_ABSENT;
}

bool vg_native_each(struct vg_reading *r, uint32_t tok,
		    bool (*take)(struct vg_reading *r, uint32_t tok))
{
	if (tok == VG_ABSENT)
		return true;
	if (vg_tok(r, tok)->type != VG_JSON_ARRAY)
		return take(r, tok);
	uint32_t n = vg_tok(r, tok)->count;
	uint32_t k = tok + 1;
	for (uint32_t c = 0; c < n; c++, k = vg_tok(r, k)->next) {
		if (!take(r, k))
			return false;
	}
	return true;
}

bool vg_native_text(struct vg_reading *r, uint32_t tok, struct vg_slice *out)
{
	struct vg_slice text = {NULL, 0};

	tok = vg_native_first(r, tok);
	if (tok == VG_ABSENT)
		return false;
	switch (vg_tok(r, tok)->type) {
	case VG_JSON_STRING:
		if (vg_tok(r, tok)->escaped) {
			/* Asked for again and again, it could fill scratch:
			 * then it is not there. */
			size_t cap = vg_tok(r, tok)->len, n = 0;
			char *room = vg_scratch_room(r->s, cap);
			if (room == NULL ||
			    !vg_json_unescape(&r->s->json, tok, room, cap, &n))
				return false;
			r->s->used += n;
			text = (struct vg_slice){room, (uint32_t)n};
			break;
		}
		text = vg_json_raw(&r->s->json, tok);
		break;
	case VG_JSON_NUMBER:
	case VG_JSON_TRUE:
	case VG_JSON_FALSE:
		text = vg_json_raw(&r->s->json, tok);
		break;
	default:
		return false;
	}
	if (text.n == 0)
		return false;
	*out = text;
	return true;
}

bool vg_native_is(struct vg_reading *r, uint32_t tok, const char *word)
{
	struct vg_slice text;

	return tok != VG_ABSENT && vg_tok(r, tok)->type == VG_JSON_STRING &&
	       vg_native_text(r, tok, &text) &&
	       vg_slice_eq(text, vg_slice_of(word));
}

bool vg_native_double(struct vg_reading *r, uint32_t tok, double *out)
{
	struct vg_slice text;

	tok = vg_native_first(r, tok);
	if (tok == VG_ABSENT)
		return false;
	if (vg_tok(r, tok)->type == VG_JSON_NUMBER) {
		*out = vg_json_double(&r->s->json, tok);
		return true;
	}
	return vg_tok(r, tok)->type == VG_JSON_STRING &&
	       vg_native_text(r, tok, &text) &&
	       vg_native_number_text(text, out);
}

bool vg_native_int(struct vg_reading *r, uint32_t tok, int64_t *out)
{
	static const double exact = 9007199254740992.0; /* 2^53 */
	double d;

	tok = vg_native_first(r, tok);
	if (tok != VG_ABSENT && vg_tok(r, tok)->type == VG_JSON_NUMBER &&
	    vg_json_int(&r->s->json, tok, out))
		return true;
	if (!vg_native_double(r, tok, &d) || !(d >= -exact && d <= exact) ||
	    d != (double)(int64_t)d)
		return false;
	*out = (int64_t)d;
	return true;
}
