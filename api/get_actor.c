/*
 * How a name of an actor is resolved: a function of the vocabulary file alone,
 * the same for every viewer, so that it tells nothing of any event.
 */
#include "api/handlers.h"
#include "core/fold.h"
#include "core/lexicon.h"

static void write_source(struct vg_jout *j, const struct vg_lexicon *l,
			 uint32_t i)
{
	struct vg_lexicon_source s = vg_lexicon_source(l, i);

	vg_jout_open(j, '{');
	vg_jout_name(j, "name");
	vg_jout_slice(j, s.name);
	vg_jout_name(j, "version");
	vg_jout_slice(j, s.version);
	vg_jout_name(j, "licence");
	vg_jout_slice(j, s.licence);
	vg_jout_close(j, '}');
}

/* One actor that the name may mean: what it is called, and by which source. */
static void write_candidate(struct vg_jout *j, const struct vg_lexicon *l,
			    const struct vg_known_actor *a)
{
	vg_jout_open(j, '{');
	vg_jout_name(j, "actor");
	vg_jout_slice(j, a->name);
	vg_jout_name(j, "attack_group");
	if (a->id.n > 0)
		vg_jout_slice(j, a->id);
	else
		vg_jout_null(j);
	vg_jout_name(j, "names");
	vg_jout_open(j, '[');
	for (uint32_t i = 0; i < a->n_names; i++) {
		struct vg_spelling s = vg_lexicon_spelling(l, a, i);

		vg_jout_open(j, '{');
		vg_jout_name(j, "name");
		vg_jout_slice(j, s.text);
		vg_jout_name(j, "source");
		vg_jout_slice(j, vg_lexicon_source(l, s.source).name);
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
	vg_jout_close(j, '}');
}

static const char *state_of(const struct vg_resolved *r)
{
	if (r->n_actors == 0)
		return "unknown";
	return r->n_actors == 1 ? "resolved" : "ambiguous";
}

static void write_key(struct vg_jout *j, const struct vg_resolved *r,
		      struct vg_slice asked)
{
	struct vg_slice key = r->key;
	struct vg_folded folded;
	bool squeezed = key.n > 0 && key.p[0] == VG_FOLD_SQUEEZED;

	if (squeezed)
		key = (struct vg_slice){.p = key.p + 1, .n = key.n - 1};
	if (key.n == 0 && vg_fold(asked, &folded))
		key = (struct vg_slice){.p = folded.key, .n = folded.n};
	vg_jout_name(j, "key");
	vg_jout_slice(j, key);
	vg_jout_name(j, "by");
	if (r->n_actors == 0)
		vg_jout_null(j);
	else
		vg_jout_text(j, squeezed ? "letters" : "name");
}

void vg_get_actor(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a)
{
	const struct vg_lexicon *l = s->env->cfg->lexicon;
	struct vg_resolved found = vg_lexicon_resolve(l, r->id);
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "asked");
	vg_jout_slice(&j, r->id);
	write_key(&j, &found, r->id);
	vg_jout_name(&j, "state");
	vg_jout_text(&j, state_of(&found));
	vg_jout_name(&j, "counted_as");
	vg_jout_slice(&j, found.name);
	vg_jout_name(&j, "candidates");
	vg_jout_open(&j, '[');
	for (uint32_t i = 0; i < found.n_actors; i++) {
		struct vg_known_actor actor =
			vg_lexicon_candidate(l, &found, i);

		write_candidate(&j, l, &actor);
	}
	vg_jout_close(&j, ']');
	vg_jout_name(&j, "vocabulary");
	if (l == NULL) {
		vg_jout_null(&j);
	} else {
		vg_jout_open(&j, '{');
		vg_jout_name(&j, "sha256");
		vg_jout_text(&j, vg_lexicon_checksum(l));
		vg_jout_name(&j, "sources");
		vg_jout_open(&j, '[');
		for (uint32_t i = 0; i < vg_lexicon_sources(l); i++)
			write_source(&j, l, i);
		vg_jout_close(&j, ']');
		vg_jout_close(&j, '}');
	}
	vg_jout_close(&j, '}');
}
