#include "ingest/resolve.h"

#include "core/config.h"
#include "core/defect.h"
#include "core/geo.h"
#include "core/lexicon.h"

#include <assert.h>

_Static_assert(VG_RESOLVE_MEMO == 128, "by seven bits");

/* Keep actor `a` as number `n`, or join it to an equal one before. */
static unsigned keep_actor(struct vg_event *e, unsigned n, struct vg_actor a)
{
	for (unsigned i = 0; i < n; i++) {
		if (!vg_slice_eq(e->actor[i].name, a.name))
			continue;
		if (e->actor[i].confidence < a.confidence)
			e->actor[i].confidence = a.confidence;
		return n;
	}
	e->actor[n] = a;
	return n + 1;
}

static struct vg_resolve_known *memo_slot(struct vg_resolve_memo *m,
					  struct vg_slice name)
{
	uint64_t head = 0, tail = 0;

	if (name.n >= sizeof head) {
		memcpy(&head, name.p, sizeof head);
		memcpy(&tail, name.p + name.n - sizeof tail, sizeof tail);
	} else {
		memcpy(&head, name.p, name.n);
	}
	head = (head ^ (tail << 1 | tail >> 63)) * UINT64_C(0x9e3779b97f4a7c15);
	return m->of[head >> 57];
}

static bool knows(const struct vg_resolve_known *k, struct vg_slice name)
{
	return k->n == name.n && vg_bytes_eq(k->name, name.p, k->n);
}

/* What the name stands for (itself where it is not known), and of how many. */
static uint32_t look_up(const struct vg_lexicon *l, struct vg_resolve_memo *m,
			struct vg_slice *name)
{
	struct vg_resolve_known *k = memo_slot(m, *name);

	if (name->n > VG_RESOLVE_NAME) {
		struct vg_resolved r = vg_lexicon_resolve(l, *name);

		*name = r.name;
		return r.n_actors;
	}
	if (!knows(k, *name) && knows(k + 1, *name))
		k++;
	if (!knows(k, *name)) {
		struct vg_resolved r = vg_lexicon_resolve(l, *name);

		k[1] = k[0];
		k->n = (uint8_t)name->n;
		memcpy(k->name, name->p, name->n);
		k->n_actors = r.n_actors;
		k->shown = r.name;
	}
	if (k->n_actors > 0)
		*name = k->shown;
	return k->n_actors;
}

/* Ambiguous names are counted once for each that is left. */
static unsigned resolve_actors(const struct vg_lexicon *l,
			       struct vg_resolve_memo *memo, struct vg_event *e,
			       uint32_t *unknown)
{
	unsigned n = 0, ambiguous = 0;

	for (unsigned i = 0; i < e->n_actor; i++) {
		struct vg_actor a = e->actor[i];
		struct vg_slice name = a.name;
		uint32_t n_actors = look_up(l, memo, &name);
		unsigned before = n;

		if (!VG_DEFECT("actor-literal"))
			a.name = name;
		n = keep_actor(e, n, a);
		assert(n <= i + 1);
		ambiguous += n > before && n_actors > 1;
		if (n > before && n_actors != 1)
			*unknown |= UINT32_C(1) << before;
	}
	e->n_actor = n;
	return ambiguous;
}

static unsigned count_unlisted(const struct vg_lexicon *l,
			       const struct vg_event *e)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_technique; i++)
		n += vg_lexicon_technique(l, e->technique[i]).p == NULL;
	return n;
}

/* The first of the event's source addresses that the file knows. */
static bool country_of_address(const struct vg_geo *g, struct vg_event *e)
{
	static const char name[] = "source.ip";

	for (unsigned i = 0; i < e->n_field; i++) {
		const struct vg_field *f = &e->field[i];

		if (f->type == VG_SCALAR_STRING &&
		    vg_slice_eq(f->name, vg_slice_of(name)) &&
		    vg_geo_is_public(f->text))
			return vg_geo_country(g, f->text, &e->source_country);
	}
	return false;
}

struct vg_resolve_notes vg_resolve_event(const struct vg_config *cfg,
					 struct vg_resolve_memo *memo,
					 struct vg_event *e)
{
	struct vg_resolve_notes notes = {
		.unknown = (UINT32_C(1) << e->n_actor) - 1};

	if (cfg->lexicon != NULL) {
		notes.unknown = 0;
		notes.ambiguous =
			resolve_actors(cfg->lexicon, memo, e, &notes.unknown);
		notes.unlisted = count_unlisted(cfg->lexicon, e);
	}
	if (cfg->geo != NULL && e->source_country.n == 0)
		notes.by_address = country_of_address(cfg->geo, e);
	return notes;
}
