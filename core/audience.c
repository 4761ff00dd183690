#include "core/audience_parts.h"

#include "core/defect.h"
#include "core/text.h"

#include <assert.h>
#include <stdlib.h>

static const struct vg_slice TLP_NAMES[VG_TLP_COUNT] = {
	VG_SLICE("CLEAR"), VG_SLICE("GREEN"), VG_SLICE("AMBER"),
	VG_SLICE("AMBER+STRICT"), VG_SLICE("RED")};

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

	uint64_t slots = (named & a->members) | vg_viewer_bit(origin);
	if (slots == vg_viewer_bit(origin))
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
		if (a->sets[i].slots == slots &&
		    !vg_audience_is_void(a, i, label))
			return audience(i, label);
	if (a->sets[0].slots == slots && !vg_audience_is_void(a, 0, label) &&
	    label != VG_TLP_CLEAR)
		return audience(0, label);
	return vg_audience_of(a, origin, label, true, slots, &undeclared);
}

bool vg_audience_sees(const struct vg_audiences *a, uint16_t aud, unsigned slot)
{
	if (VG_DEFECT("audience-mask-off"))
		return true;
	if (slot >= VG_VIEWERS || aud >= vg_audience_count(a))
		return false;
	return (a->viewers[aud] & vg_viewer_bit(slot)) != 0;
}

uint64_t vg_audience_viewers(const struct vg_audiences *a, uint16_t aud)
{
	return aud < vg_audience_count(a) ? a->viewers[aud] : 0;
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
		if (VG_TLP_LETTERS[i] == letter)
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
	uint32_t head = minus ? 3 : 2;
	int64_t ms = 0;

	if (suffix.n <= head || memcmp(suffix.p, "*@", 2) != 0 ||
	    (label != VG_TLP_GREEN && label != VG_TLP_AMBER) ||
	    !vg_text_number(suffix.p + head, suffix.n - head, 18, &ms))
		return false;
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
		const struct vg_audience_set *s = &a->sets[i];
		if (s->suffix_len != suffix.n ||
		    memcmp(s->suffix, suffix.p, suffix.n) != 0)
			continue;
		if (vg_audience_is_void(a, i, (enum vg_tlp)label))
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
	return slot < VG_VIEWERS ? a->class_of[slot] : -1;
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
	return TLP_NAMES[t].p;
}

int vg_tlp_find(struct vg_slice name)
{
	if (name.n > 4 && memcmp(name.p, "TLP:", 4) == 0) {
		name.p += 4;
		name.n -= 4;
	}
	for (int i = 0; i < VG_TLP_COUNT; i++) {
		if (vg_slice_eq(name, TLP_NAMES[i]))
			return i;
	}
	return vg_slice_eq(name, vg_slice_of("WHITE")) ? VG_TLP_CLEAR : -1;
}
