#include "core/audience.h"

#include "core/config.h"
#include "core/defect.h"
#include "core/limits.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SLOTS = 64, SUFFIX_MAX = VG_AUDIENCE_KEY_MAX - 1 };

/* A set is named by what follows the label's letter in a stored key: "*", a
 * slot number, "#" and a caveat's name, or "*@" and a time. */
struct set {
	uint64_t slots;
	int64_t from_ms;     /* of "*@": the members from then on */
	uint32_t suffix_len; /* compared first: find is asked for every cell */
	char suffix[SUFFIX_MAX];
};

struct vg_audiences {
	struct set sets[VG_AUDIENCE_SETS_MAX];
	/* All, then n_alone partners, then caveats, from `joined` on "*@". */
	size_t n_sets, n_alone, joined;
	uint64_t members;      /* the partners and the coalition           */
	uint16_t alone[SLOTS]; /* set of each partner; 0 where there is none */
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
			slots &= ~bit(cfg->partners[i].slot);
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
		struct set *s = add_set(a, members_at(a, cfg, at_ms));

		s->from_ms = at_ms;
		(void)snprintf(s->suffix, sizeof s->suffix, "*@%" PRId64,
			       at_ms);
	}
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
	all->slots = members_at(a, cfg, INT64_MIN);
	a->n_alone = cfg->n_partners;

	for (size_t i = 0; i < cfg->n_caveats; i++) {
		struct set *s = add_set(a, cfg->caveats[i].slots);
		(void)snprintf(s->suffix, sizeof s->suffix, "#%s",
			       cfg->caveats[i].name);
	}
	a->joined = a->n_sets;
	add_joined(a, cfg);
	for (size_t i = 0; i < a->n_sets; i++)
		a->sets[i].suffix_len = (uint32_t)strlen(a->sets[i].suffix);
}

static bool is_alone(const struct vg_audiences *a, size_t set)
{
	return set > 0 && set <= a->n_alone;
}

/* A set and a label that no event can have: AMBER+STRICT is the originator's
 * alone, RED is never everyone's, and CLEAR is public whenever one joined.
 * Nobody sees it and no key finds it. */
static bool is_void(const struct vg_audiences *a, size_t set, enum vg_tlp label)
{
	return (label == VG_TLP_STRICT && !is_alone(a, set)) ||
	       (label == VG_TLP_RED && (set == 0 || set >= a->joined)) ||
	       (label == VG_TLP_CLEAR && set >= a->joined);
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
			a->viewers[aud] = a->members | bit(VG_SLOT_PUBLIC);
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
	for (size_t i = 1 + a->n_alone; i < a->joined; i++) {
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

uint16_t vg_audience_at(const struct vg_audiences *a, uint16_t aud,
			int64_t at_ms)
{
	enum vg_tlp label = vg_audience_label(aud);
	size_t set = 0;

	if (aud / VG_TLP_COUNT != 0 || label == VG_TLP_CLEAR)
		return aud;
	if (VG_DEFECT("newcomer-sees-the-past"))
		at_ms = INT64_MAX;
	for (size_t i = a->joined; i < a->n_sets; i++)
		if (a->sets[i].from_ms <= at_ms)
			set = i;
	return audience(set, label);
}

uint16_t vg_audience_of_viewers(const struct vg_audiences *a, unsigned origin,
				enum vg_tlp label, uint64_t viewers)
{
	uint64_t slots = viewers & a->members;
	bool undeclared;

	if (label == VG_TLP_CLEAR && slots == a->members)
		return audience(0, label);
	for (size_t i = a->joined; i < a->n_sets; i++)
		if (a->sets[i].slots == slots && !is_void(a, i, label))
			return audience(i, label);
	if (a->sets[0].slots == slots && !is_void(a, 0, label) &&
	    label != VG_TLP_CLEAR)
		return audience(0, label);
	return vg_audience_of(a, origin, label, true, slots, &undeclared);
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

/* "*@<ms>" of one who is in the configuration no more: those who had joined by
 * then are who they are. */
static bool find_joined(const struct vg_audiences *a, struct vg_slice suffix,
			enum vg_tlp label, uint16_t *aud)
{
	bool minus = suffix.n > 2 && suffix.p[2] == '-';
	int64_t ms = 0;
	uint32_t i = minus ? 3 : 2;

	if (suffix.n <= i || suffix.n > i + 18 || suffix.p[0] != '*' ||
	    suffix.p[1] != '@' ||
	    (label != VG_TLP_GREEN && label != VG_TLP_AMBER))
		return false;
	for (; i < suffix.n; i++) {
		if (suffix.p[i] < '0' || suffix.p[i] > '9')
			return false;
		ms = ms * 10 + (suffix.p[i] - '0');
	}
	*aud = vg_audience_at(a, audience(0, label), minus ? -ms : ms);
	return true;
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
	return find_joined(a, suffix, (enum vg_tlp)label, aud);
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
