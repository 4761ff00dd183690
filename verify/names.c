#include "verify/names.h"

#include "core/config.h"
#include "core/geo.h"
#include "core/lexicon.h"

static int64_t actors(const struct vg_lexicon *l, struct vg_event *e)
{
	const struct vg_event sent = *e;
	int64_t ambiguous = 0;

	e->n_actor = 0;
	for (unsigned i = 0; i < sent.n_actor; i++) {
		const struct vg_resolved r =
			vg_lexicon_resolve(l, sent.actor[i].name);
		unsigned k = 0;

		while (k < e->n_actor && !vg_slice_eq(e->actor[k].name, r.name))
			k++;
		if (k == e->n_actor) {
			e->actor[e->n_actor++] = (struct vg_actor){r.name, -1};
			ambiguous += r.n_actors >= 2;
		}
		if (sent.actor[i].confidence > e->actor[k].confidence)
			e->actor[k].confidence = sent.actor[i].confidence;
	}
	return ambiguous;
}

static int64_t unlisted(const struct vg_lexicon *l, const struct vg_event *e)
{
	int64_t n = 0;

	for (unsigned i = 0; i < e->n_technique; i++)
		if (vg_lexicon_technique(l, e->technique[i]).p == NULL)
			n++;
	return n;
}

/* The first public address among the fields named source.ip. */
static struct vg_slice source_address(const struct vg_event *e)
{
	for (unsigned i = 0; i < e->n_field; i++)
		if (vg_slice_eq(e->field[i].name, vg_slice_of("source.ip")) &&
		    e->field[i].type == VG_SCALAR_STRING &&
		    vg_geo_is_public(e->field[i].text))
			return e->field[i].text;
	return (struct vg_slice){0};
}

struct vg_names_notes vg_names_apply(const struct vg_config *cfg,
				     struct vg_event *e)
{
	struct vg_names_notes n = {0};

	if (cfg->lexicon != NULL) {
		n.ambiguous = actors(cfg->lexicon, e);
		n.unlisted = unlisted(cfg->lexicon, e);
	}
	if (cfg->geo != NULL && e->source_country.n == 0)
		n.by_address = vg_geo_country(cfg->geo, source_address(e),
					      &e->source_country);
	return n;
}
