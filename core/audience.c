#include "core/audience.h"

#include "core/config.h"
#include "core/defect.h"
#include "core/limits.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { SLOTS = 64, SUFFIX_MAX = VG_AUDIENCE_KEY_MAX - 1 };

/* A set is named by what follows the label's letter in a stored key: "*", a
 * slot number, or "#" and a caveat's name. */
struct set {
	uint64_t slots;
	uint32_t suffix_len; /* compared first: find is asked for every cell */
	char suffix[SUFFIX_MAX];
};

struct vg_audiences {
	struct set sets[VG_AUDIENCE_SETS_MAX];
	size_t n_sets, n_alone; /* all, then n_alone partners, then caveats */
	uint64_t members;	/* the partners and the coalition           */
	uint16_t alone[SLOTS];	/* set of each partner; 0 where there is none */
	uint64_t viewers[VG_AUDIENCE_SETS_MAX * VG_TLP_COUNT];
	char keys[VG_AUDIENCE_SETS_MAX * VG_TLP_COUNT][VG_AUDIENCE_KEY_MAX];
	char class_names[VG_PARTNERS_MAX + 1][VG_CLASS_NAME_MAX];
	int class_of[SLOTS];
	unsigned class_slot[VG_PARTNERS_MAX + 1];
	size_t n_classes;
};

static const char LETTERS[VG_TLP_COUNT] = {'C', 'G', 'A', 'S', 'R'};

static const char *const TLP_NAMES[VG_TLP_COUNT] = {"CLEAR", "GREEN", "AMBER",
						    "AMBER+STRICT", "RED"};

static uint64_t bit(unsigned slot)
{
	assert(slot < SLOTS);
	return UINT64_C(1) << slot;
}

static struct set *add_set(struct vg_audiences *a, uint64_t slots)
{
	struct set *s = &a->sets[a->n_sets++];

	assert(a->n_sets <= VG_AUDIENCE_SETS_MAX);
	s->slots = slots;
	return s;
}

static void add_sets(struct vg_audiences *a, const struct vg_config *cfg)
{
	struct set *all = add_set(a, 0);

	(void)snprintf(all->suffix, sizeof all->suffix, "*");
	a->members = bit(VG_SLOT_COALITION);
	for (size_t i = 0; i < cfg->n_partners; i++) {
		unsigned slot = cfg->partners[i].slot;
		assert(slot <= VG_SLOT_PARTNER_MAX && a->alone[slot] == 0);
		a->alone[slot] = (uint16_t)a->n_sets;
		a->members |= bit(slot);
		struct set *s = add_set(a, bit(slot));
		(void)snprintf(s->suffix, sizeof s->suffix, "%u", slot);
	}
	all->slots = a->members;
	a->n_alone = cfg->n_partners;

	for (size_t i = 0; i < cfg->n_caveats; i++) {
		struct set *s = add_set(a, cfg->caveats[i].slots);
		(void)snprintf(s->suffix, sizeof s->suffix, "#%s",
			       cfg->caveats[i].name);
	}
	for (size_t i = 0; i < a->n_sets; i++)
		a->sets[i].suffix_len = (uint32_t)strlen(a->sets[i].suffix);
}

static bool is_alone(const struct vg_audiences *a, size_t set)
{
	return set > 0 && set <= a->n_alone;
}

/* A set and a label that no event can have: AMBER+STRICT is the originator's
 * alone, and RED is never everyone's. Nobody sees it and no key finds it. */
static bool is_void(const struct vg_audiences *a, size_t set, enum vg_tlp label)
{
	return (label == VG_TLP_STRICT && !is_alone(a, set)) ||
	       (label == VG_TLP_RED && set == 0);
}

static void add_viewers(struct vg_audiences *a)
{
	for (size_t aud = 0; aud < a->n_sets * VG_TLP_COUNT; aud++) {
		size_t set = aud / VG_TLP_COUNT;
		enum vg_tlp label = (enum vg_tlp)(aud % VG_TLP_COUNT);

		(void)snprintf(a->keys[aud], sizeof a->keys[aud], "%c%s",
			       LETTERS[label], a->sets[set].suffix);
		if (is_void(a, set, label))
			continue;
		a->viewers[aud] = a->sets[set].slots & a->members;
		if (set == 0 && label == VG_TLP_CLEAR)
			a->viewers[aud] |= bit(VG_SLOT_PUBLIC);
	}
}

/* Each partner sees a set that it alone sees, and the coalition sees none of
 * those: no two viewers see the same audiences, so a class is one viewer. */
static void add_classes(struct vg_audiences *a, const struct vg_config *cfg)
{
	for (unsigned slot = 0; slot < SLOTS; slot++) {
		a->class_of[slot] = -1;
		if ((a->members & bit(slot)) == 0)
			continue;
		const struct vg_partner *p = vg_config_slot(cfg, slot);
		size_t c = a->n_classes++;
		a->class_of[slot] = (int)c;
		a->class_slot[c] = slot;
		(void)snprintf(a->class_names[c], sizeof a->class_names[c],
			       "%s", p != NULL ? p->id : "coalition");
	}
}

enum vg_rc vg_audiences_new(struct vg_audiences **out,
			    const struct vg_config *cfg, struct vg_err *err)
{
	size_t n = 1 + cfg->n_partners + cfg->n_caveats;
	if (n > VG_AUDIENCE_SETS_MAX)
		return vg_err_set(err, VG_INVAL,
				  "caveats: %zu audience sets (everyone, each "
				  "partner, each caveat), and at most %d; "
				  "declare fewer caveats",
				  n, VG_AUDIENCE_SETS_MAX);

	struct vg_audiences *a = calloc(1, sizeof *a);
	if (a == NULL)
		return vg_err_set(err, VG_FATAL, "audiences: out of memory");

	add_sets(a, cfg);
	add_viewers(a);
	add_classes(a, cfg);
	*out = a;
	return VG_OK;
}

void vg_audiences_free(struct vg_audiences *a)
{
	free(a);
}

size_t vg_audience_count(const struct vg_audiences *a)
{
	return a->n_sets * VG_TLP_COUNT;
}

static uint16_t audience(size_t set, enum vg_tlp label)
{
	return (uint16_t)(set * VG_TLP_COUNT + label);
}

/* The caveat of exactly these slots, or 0. */
static size_t find_caveat(const struct vg_audiences *a, uint64_t slots)
{
	for (size_t i = 1 + a->n_alone; i < a->n_sets; i++) {
		if (a->sets[i].slots == slots)
			return i;
	}
	return 0;
}

uint16_t vg_audience_of(const struct vg_audiences *a, unsigned origin,
			enum vg_tlp label, bool narrowed, uint64_t named,
			bool *undeclared)
{
	assert(origin <= VG_SLOT_PARTNER_MAX && a->alone[origin] != 0);
	assert((unsigned)label < VG_TLP_COUNT);
	uint16_t alone = audience(a->alone[origin], label);

	*undeclared = false;
	if (label == VG_TLP_STRICT)
		return alone;
	if (!narrowed)
		return label == VG_TLP_RED ? alone : audience(0, label);

	uint64_t slots = (named & a->members) | bit(origin);
	if (slots == bit(origin))
		return alone;
	size_t set = find_caveat(a, slots);
	*undeclared = set == 0;
	if (VG_DEFECT("audience-fails-open"))
		return audience(set, label);
	return set == 0 ? alone : audience(set, label);
}

bool vg_audience_sees(const struct vg_audiences *a, uint16_t aud, unsigned slot)
{
	if (VG_DEFECT("audience-mask-off"))
		return true;
	if (slot >= SLOTS || aud >= vg_audience_count(a))
		return false;
	return (a->viewers[aud] & bit(slot)) != 0;
}

enum vg_tlp vg_audience_label(uint16_t aud)
{
	return (enum vg_tlp)(aud % VG_TLP_COUNT);
}

const char *vg_audience_key(const struct vg_audiences *a, uint16_t aud)
{
	assert(aud < vg_audience_count(a));
	return a->keys[aud];
}

static int find_letter(char letter)
{
	for (int i = 0; i < VG_TLP_COUNT; i++) {
		if (LETTERS[i] == letter)
			return i;
	}
	return -1;
}

bool vg_audience_find(const struct vg_audiences *a, struct vg_slice key,
		      uint16_t *aud)
{
	if (key.n < 2)
		return false;
	int label = find_letter(key.p[0]);
	if (label < 0)
		return false;

	struct vg_slice suffix = {.p = key.p + 1, .n = key.n - 1};
	for (size_t i = 0; i < a->n_sets; i++) {
		const struct set *s = &a->sets[i];
		if (s->suffix_len != suffix.n ||
		    memcmp(s->suffix, suffix.p, suffix.n) != 0)
			continue;
		if (is_void(a, i, (enum vg_tlp)label))
			return false;
		*aud = audience(i, (enum vg_tlp)label);
		return true;
	}
	return false;
}

size_t vg_class_count(const struct vg_audiences *a)
{
	return a->n_classes;
}

int vg_class_of(const struct vg_audiences *a, unsigned slot)
{
	return slot < SLOTS ? a->class_of[slot] : -1;
}

const char *vg_class_name(const struct vg_audiences *a, size_t c)
{
	assert(c < a->n_classes);
	return a->class_names[c];
}

bool vg_class_sees(const struct vg_audiences *a, size_t c, uint16_t aud)
{
	assert(c < a->n_classes);
	return vg_audience_sees(a, aud, a->class_slot[c]);
}

const char *vg_tlp_name(enum vg_tlp t)
{
	assert((unsigned)t < VG_TLP_COUNT);
	return TLP_NAMES[t];
}

int vg_tlp_find(struct vg_slice name)
{
	if (name.n > 4 && memcmp(name.p, "TLP:", 4) == 0) {
		name.p += 4;
		name.n -= 4;
	}
	for (int i = 0; i < VG_TLP_COUNT; i++) {
		if (vg_slice_eq(name, vg_slice_of(TLP_NAMES[i])))
			return i;
	}
	return vg_slice_eq(name, vg_slice_of("WHITE")) ? VG_TLP_CLEAR : -1;
}
