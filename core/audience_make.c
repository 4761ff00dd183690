/* audience_make - the closed list of audiences, made from the configuration. */
#include "core/audience_parts.h"
#include "core/defect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_alone(const struct vg_audiences *a, size_t set)
{
	return set > 0 && set <= a->n_alone;
}

bool vg_audience_is_void(const struct vg_audiences *a, size_t set,
			 enum vg_tlp label)
{
	return (label == VG_TLP_STRICT && !is_alone(a, set)) ||
	       (label == VG_TLP_RED && (set == 0 || set >= a->joined)) ||
	       (label == VG_TLP_CLEAR && set >= a->joined);
}

static struct vg_audience_set *add_set(struct vg_audiences *a, uint64_t slots)
{
	struct vg_audience_set *s = &a->sets[a->n_sets++];

	assert(a->n_sets <= VG_AUDIENCE_SETS_MAX);
	s->slots = slots;
	return s;
}

static bool has_joined(const struct vg_partner *p, int64_t at_ms)
{
	return !p->has_from || p->from_ms <= at_ms;
}

/* Those who are members, or have been, at a log time; and the coalition. */
static uint64_t members_at(const struct vg_audiences *a,
			   const struct vg_config *cfg, int64_t at_ms)
{
	uint64_t slots = a->members;

	for (size_t i = 0; i < cfg->n_partners; i++)
		if (!has_joined(&cfg->partners[i], at_ms))
			slots &= ~vg_viewer_bit(cfg->partners[i].slot);
	return slots;
}

/* The first time after `at_ms` that a partner joins, or INT64_MAX. */
static int64_t next_join(const struct vg_config *cfg, int64_t at_ms)
{
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < cfg->n_partners; i++) {
		const struct vg_partner *p = &cfg->partners[i];

		if (p->has_from && p->from_ms > at_ms && p->from_ms < next_ms)
			next_ms = p->from_ms;
	}
	return next_ms;
}

/* A set for each time at which some partner joins, by time. */
static void add_joined(struct vg_audiences *a, const struct vg_config *cfg)
{
	for (int64_t at_ms = next_join(cfg, INT64_MIN); at_ms != INT64_MAX;
	     at_ms = next_join(cfg, at_ms)) {
		struct vg_audience_set *s =
			add_set(a, members_at(a, cfg, at_ms));

		s->from_ms = at_ms;
		(void)snprintf(s->suffix, sizeof s->suffix, "*@%" PRId64,
			       at_ms);
	}
}

/* The keys of an exercise are none that the real list knows. */
static void finish_set(struct vg_audience_set *s, bool is_exercise)
{
	size_t n = strlen(s->suffix);

	if (is_exercise) {
		assert(n + 2 <= sizeof s->suffix);
		memmove(s->suffix + 1, s->suffix, n + 1);
		s->suffix[0] = '!';
		n++;
	}
	s->suffix_len = (uint32_t)n;
}

static void add_sets(struct vg_audiences *a, const struct vg_config *cfg)
{
	struct vg_audience_set *all = add_set(a, 0);

	(void)snprintf(all->suffix, sizeof all->suffix, "*");
	a->members = vg_viewer_bit(VG_SLOT_COALITION);
	for (size_t i = 0; i < cfg->n_partners; i++) {
		unsigned slot = cfg->partners[i].slot;
		assert(slot <= VG_SLOT_PARTNER_MAX && a->alone[slot] == 0);
		a->alone[slot] = (uint16_t)a->n_sets;
		a->members |= vg_viewer_bit(slot);
		struct vg_audience_set *s = add_set(a, vg_viewer_bit(slot));
		(void)snprintf(s->suffix, sizeof s->suffix, "%u", slot);
	}
	all->slots = members_at(a, cfg, INT64_MIN);
	a->n_alone = cfg->n_partners;

	for (size_t i = 0; i < cfg->n_caveats; i++) {
		struct vg_audience_set *s = add_set(a, cfg->caveats[i].slots);
		(void)snprintf(s->suffix, sizeof s->suffix, "#%s",
			       cfg->caveats[i].name);
	}
	a->joined = a->n_sets;
	add_joined(a, cfg);
	for (size_t i = 0; i < a->n_sets; i++)
		finish_set(&a->sets[i], cfg->is_exercise);
}

static void add_viewers(struct vg_audiences *a)
{
	for (size_t aud = 0; aud < a->n_sets * VG_TLP_COUNT; aud++) {
		size_t set = aud / VG_TLP_COUNT;
		enum vg_tlp label = (enum vg_tlp)(aud % VG_TLP_COUNT);

		(void)snprintf(a->keys[aud], sizeof a->keys[aud], "%c%s",
			       VG_TLP_LETTERS[label], a->sets[set].suffix);
		if (vg_audience_is_void(a, set, label))
			continue;
		a->viewers[aud] = a->sets[set].slots & a->members;
		if (set == 0 && label == VG_TLP_CLEAR)
			a->viewers[aud] =
				a->members | vg_viewer_bit(VG_SLOT_PUBLIC);
	}
}

/* Whoever an event of an exercise names, it is the exercise's alone. */
static void see_exercise_alone(struct vg_audiences *a)
{
	for (size_t aud = 0; aud < a->n_sets * VG_TLP_COUNT; aud++)
		if (a->viewers[aud] != 0)
			a->viewers[aud] = vg_viewer_bit(VG_SLOT_EXERCISE);
	a->classed = vg_viewer_bit(VG_SLOT_EXERCISE);
}

/* Each partner sees a set that it alone sees, and the coalition sees none of
 * those: no two viewers see the same audiences, so a class is one viewer. */
static void add_classes(struct vg_audiences *a, const struct vg_config *cfg)
{
	for (unsigned slot = 0; slot < VG_VIEWERS; slot++) {
		a->class_of[slot] = -1;
		if ((a->classed & vg_viewer_bit(slot)) == 0)
			continue;
		const struct vg_partner *p = vg_config_slot(cfg, slot);
		size_t c = a->n_classes++;
		a->class_of[slot] = (int)c;
		a->class_slot[c] = slot;
		(void)snprintf(a->class_names[c], sizeof a->class_names[c],
			       "%s",
			       p != NULL		  ? p->id
			       : slot == VG_SLOT_EXERCISE ? "exercise"
							  : "coalition");
	}
}

static size_t count_joins(const struct vg_config *cfg)
{
	size_t n = 0;

	for (int64_t at_ms = next_join(cfg, INT64_MIN); at_ms != INT64_MAX;
	     at_ms = next_join(cfg, at_ms))
		n++;
	return n;
}

enum vg_rc vg_audiences_new(struct vg_audiences **out,
			    const struct vg_config *cfg, struct vg_err *err)
{
	size_t n = 1 + cfg->n_partners + cfg->n_caveats + count_joins(cfg);
	if (n > VG_AUDIENCE_SETS_MAX)
		return vg_err_set(err, VG_INVAL,
				  "caveats: %zu audience sets (everyone, each "
				  "partner, each caveat, each member_from), "
				  "and at most %d; declare fewer caveats",
				  n, VG_AUDIENCE_SETS_MAX);

	struct vg_audiences *a = calloc(1, sizeof *a);
	if (a == NULL)
		return vg_err_set(err, VG_FATAL, "audiences: out of memory");

	add_sets(a, cfg);
	add_viewers(a);
	a->classed = a->members;
	if (cfg->is_exercise && !VG_DEFECT("exercise-seen-by-all"))
		see_exercise_alone(a);
	add_classes(a, cfg);
	*out = a;
	return VG_OK;
}
