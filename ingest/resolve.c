#include "ingest/resolve.h"

#include "core/config.h"
#include "core/defect.h"
#include "core/geo.h"
#include "core/lexicon.h"

#include <assert.h>

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

/* Ambiguous names are counted once for each that is left. */
static unsigned resolve_actors(const struct vg_lexicon *l, struct vg_event *e,
			       uint32_t *unknown)
{
	unsigned n = 0, ambiguous = 0;

	for (unsigned i = 0; i < e->n_actor; i++) {
		struct vg_actor a = e->actor[i];
		struct vg_resolved r = vg_lexicon_resolve(l, a.name);
		unsigned before = n;

		if (!VG_DEFECT("actor-literal"))
			a.name = r.name;
		n = keep_actor(e, n, a);
		assert(n <= i + 1);
		ambiguous += n > before && r.n_actors > 1;
		if (n > before && r.n_actors != 1)
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
					 struct vg_event *e)
{
	struct vg_resolve_notes notes = {
		.unknown = (UINT32_C(1) << e->n_actor) - 1};

	if (cfg->lexicon != NULL) {
		notes.unknown = 0;
		notes.ambiguous =
			resolve_actors(cfg->lexicon, e, &notes.unknown);
		notes.unlisted = count_unlisted(cfg->lexicon, e);
	}
	if (cfg->geo != NULL && e->source_country.n == 0)
		notes.by_address = country_of_address(cfg->geo, e);
	return notes;
}
