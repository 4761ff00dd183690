#include "core/lexicon.h"

#include "core/fold.h"
#include "core/lexicon_file.h"
#include "core/vocab.h"

#include <assert.h>

const char *vg_lexicon_checksum(const struct vg_lexicon *l)
{
	return l == NULL ? "" : l->checksum;
}

/* The row of a key, or NULL. */
static const struct vg_lex_key *find_key(const struct vg_lexicon *l,
					 const char *p, uint32_t n)
{
	uint32_t mask = l->count[VG_LEX_SLOT] - 1;
	uint32_t at = (uint32_t)vg_lex_hash(p, n) & mask;

	for (; l->slot[at] != 0; at = (at + 1) & mask) {
		const struct vg_lex_key *k = &l->key[l->slot[at] - 1];

		if (k->key.n == n && memcmp(l->text + k->key.at, p, n) == 0)
			return k;
	}
	return NULL;
}

struct vg_resolved vg_lexicon_resolve(const struct vg_lexicon *l,
				      struct vg_slice name)
{
	struct vg_resolved r = {.name = name};
	const struct vg_lex_key *k;
	struct vg_folded folded;

	if (l == NULL || !vg_fold(name, &folded))
		return r;
	k = find_key(l, folded.key, folded.n);
	if (k == NULL && folded.n_squeezed > 0)
		k = find_key(l, folded.squeezed, folded.n_squeezed);
	if (k == NULL)
		return r;
	r.name = vg_lex_slice(l, k->shown);
	r.key = vg_lex_slice(l, k->key);
	r.n_actors = k->n_refs;
	r.first = k->first_ref;
	assert(r.n_actors > 0);
	return r;
}

uint32_t vg_lexicon_actors(const struct vg_lexicon *l)
{
	return l == NULL ? 0 : l->count[VG_LEX_ACTOR];
}

struct vg_known_actor vg_lexicon_actor(const struct vg_lexicon *l, uint32_t i)
{
	assert(i < l->count[VG_LEX_ACTOR]);
	const struct vg_lex_actor *a = &l->actor[i];

	return (struct vg_known_actor){.name = vg_lex_slice(l, a->name),
				       .id = vg_lex_slice(l, a->id),
				       .sources = a->sources,
				       .first_name = a->first_spelling,
				       .n_names = a->n_spellings};
}

struct vg_known_actor vg_lexicon_candidate(const struct vg_lexicon *l,
					   const struct vg_resolved *r,
					   uint32_t i)
{
	assert(i < r->n_actors);
	return vg_lexicon_actor(l, l->ref[r->first + i]);
}

struct vg_spelling vg_lexicon_spelling(const struct vg_lexicon *l,
				       const struct vg_known_actor *a,
				       uint32_t i)
{
	assert(i < a->n_names);
	const struct vg_lex_spelling *s = &l->spelling[a->first_name + i];

	return (struct vg_spelling){.text = vg_lex_slice(l, s->text),
				    .source = s->source};
}

uint32_t vg_lexicon_sources(const struct vg_lexicon *l)
{
	return l == NULL ? 0 : l->count[VG_LEX_SOURCE];
}

struct vg_lexicon_source vg_lexicon_source(const struct vg_lexicon *l,
					   uint32_t i)
{
	assert(i < l->count[VG_LEX_SOURCE]);
	const struct vg_lex_source *s = &l->source[i];

	return (struct vg_lexicon_source){
		.name = vg_lex_slice(l, s->name),
		.version = vg_lex_slice(l, s->version),
		.licence = vg_lex_slice(l, s->licence)};
}

static uint32_t number(const char *p, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (uint32_t)(p[i] - '0');
	return v;
}

struct vg_slice vg_lexicon_technique(const struct vg_lexicon *l,
				     struct vg_slice id)
{
	size_t low = 0, high;
	uint32_t code;

	if (l == NULL || !vg_technique_shape(id))
		return (struct vg_slice){0};
	/* In the order of ids; a technique comes before its parts. */
	code = number(id.p + 1, 4) * 1001;
	if (id.n > 5)
		code += number(id.p + 6, 3) + 1;
	high = l->count[VG_LEX_TECHNIQUE];
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (l->technique[mid].code == code)
			return vg_lex_slice(l, l->technique[mid].name);
		if (l->technique[mid].code < code)
			low = mid + 1;
		else
			high = mid;
	}
	return (struct vg_slice){0};
}
