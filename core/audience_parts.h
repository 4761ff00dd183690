/*
 * audience_parts - the closed list of audiences, for the audience*.c files.
 * Private to core.
 *
 * Threads: immutable after making.
 */
#ifndef VG_CORE_AUDIENCE_PARTS_H
#define VG_CORE_AUDIENCE_PARTS_H

#include "core/audience.h"
#include "core/config.h"
#include "core/limits.h"

#include <assert.h>

enum { VG_VIEWERS = 64 };

#define VG_TLP_LETTERS "CGASR" /* by label */

/* A set is named by what follows the label's letter in a stored key: "*", a
 * slot number, "#" and a caveat's name, or "*@" and a time; of an exercise
 * behind a "!". */
struct vg_audience_set {
	uint64_t slots;
	int64_t from_ms;     /* of "*@": the members from then on */
	uint32_t suffix_len; /* compared first: find is asked for every cell */
	char suffix[VG_AUDIENCE_KEY_MAX - 1];
};

struct vg_audiences {
	struct vg_audience_set sets[VG_AUDIENCE_SETS_MAX];
	/* All, then n_alone partners, then caveats, from `joined` on "*@". */
	size_t n_sets, n_alone, joined;
	uint64_t members; /* the partners and the coalition           */
	uint64_t classed; /* who has a clearance class: these, or the exercise
			   */
	uint16_t alone[VG_VIEWERS]; /* set of each partner; 0 where there is
				       none */
	uint64_t viewers[VG_AUDIENCE_SETS_MAX * VG_TLP_COUNT];
	char keys[VG_AUDIENCE_SETS_MAX * VG_TLP_COUNT][VG_AUDIENCE_KEY_MAX];
	char class_names[VG_PARTNERS_MAX + 1][VG_CLASS_NAME_MAX];
	int class_of[VG_VIEWERS];
	unsigned class_slot[VG_PARTNERS_MAX + 1];
	size_t n_classes;
};

/* The viewer of `slot` as a bit. */
static inline uint64_t vg_viewer_bit(unsigned slot)
{
	assert(slot < VG_VIEWERS);
	return UINT64_C(1) << slot;
}

/* True of a set and a label that no event can have: AMBER+STRICT is the
 * originator's alone, RED is never everyone's, and CLEAR is public whenever one
 * joined. Nobody sees it and no key finds it. */
bool vg_audience_is_void(const struct vg_audiences *a, size_t set,
			 enum vg_tlp label);

#endif
