/*
 * audience - who may see an event: a TLP label and a set of viewers.
 *
 * The sets are a closed list made from the configuration: set 0 is all
 * members, then each partner alone, then the declared caveats, then the members
 * from each `member_from` on. An audience id is set * VG_TLP_COUNT + label; its
 * stored key is stable over restarts and configuration changes:
 *
 *     C* G* A*      all members (CLEAR is also public); of GREEN and AMBER
 *                   those who have no `member_from`
 *     G*@<ms>       all who are members from that log time on
 *     S0 R0 A0      the partner of slot 0 alone
 *     A#MA+US       the caveat named MA+US
 *     A!*           of an exercise: another list, which it alone sees
 *
 * with the label as its first letter: C CLEAR, G GREEN, A AMBER, S
 * AMBER+STRICT, R RED. A viewer is a slot: 0..60 a partner, 61 the joint SOC
 * (coalition), 62 the exercise, 63 the public.
 *
 * A clearance class is the set of viewers who see exactly the same audiences;
 * rules are evaluated once for each (design: "Audiences"). Its name is its
 * viewers joined by "+" in slot order: "MA", "coalition".
 *
 * Owner:   immutable after making; borrow freely. Threads: any.
 */
#ifndef VG_CORE_AUDIENCE_H
#define VG_CORE_AUDIENCE_H

#include "core/err.h"
#include "core/slice.h"

#include <stddef.h>
#include <stdint.h>

enum vg_tlp {
	VG_TLP_CLEAR,
	VG_TLP_GREEN,
	VG_TLP_AMBER,
	VG_TLP_STRICT,
	VG_TLP_RED,
	VG_TLP_COUNT
};

enum {
	VG_SLOT_PARTNER_MAX = 60,
	VG_SLOT_COALITION = 61,
	VG_SLOT_EXERCISE = 62,
	VG_SLOT_PUBLIC = 63,
	VG_AUDIENCE_KEY_MAX = 80,
	VG_CLASS_NAME_MAX = 1100
};

struct vg_config;
struct vg_audiences;

/* Make the closed list. VG_INVAL when it passes VG_AUDIENCE_SETS_MAX. */
enum vg_rc vg_audiences_new(struct vg_audiences **out,
			    const struct vg_config *cfg,
			    struct vg_err *err) VG_MUST_CHECK;

/* Free `a`; NULL is allowed. */
void vg_audiences_free(struct vg_audiences *a);

/* Number of audience ids. */
size_t vg_audience_count(const struct vg_audiences *a);

/* The audience of an event of partner slot `origin` with `label`. `narrowed`
 * says that releasable_to was given, as the slots of `named` (bit n = slot n);
 * it narrows and never widens. A set that is not declared fails closed to the
 * originator alone and sets *undeclared. */
uint16_t vg_audience_of(const struct vg_audiences *a, unsigned origin,
			enum vg_tlp label, bool narrowed, uint64_t named,
			bool *undeclared);

/* The audience of an event that was recorded at log time `at_ms`: where `aud`
 * is that of all members, of those who had joined by then; else `aud`. */
uint16_t vg_audience_at(const struct vg_audiences *a, uint16_t aud,
			int64_t at_ms);

/* The audience of exactly `viewers` (bit n = slot n) for an event of `origin`;
 * of the originator alone when that set is not declared. */
uint16_t vg_audience_of_viewers(const struct vg_audiences *a, unsigned origin,
				enum vg_tlp label, uint64_t viewers);

/* True when viewer `slot` may see audience `aud`. */
bool vg_audience_sees(const struct vg_audiences *a, uint16_t aud,
		      unsigned slot);

/* The slots that may see audience `aud`, as bits; none when it is unknown. */
uint64_t vg_audience_viewers(const struct vg_audiences *a, uint16_t aud);

/* The label of `aud`. */
enum vg_tlp vg_audience_label(uint16_t aud);

/* The stored key of `aud`, NUL-terminated. */
const char *vg_audience_key(const struct vg_audiences *a, uint16_t aud);

/* The audience of a stored key; false when unknown (a removed caveat: nobody
 * sees its cells until it is declared again). The members from a time on are
 * known though whoever joined then has left the configuration. */
bool vg_audience_find(const struct vg_audiences *a, struct vg_slice key,
		      uint16_t *aud);

/* Number of clearance classes over the partners and the coalition. */
size_t vg_class_count(const struct vg_audiences *a);

/* Class of viewer `slot`, or -1 when the slot has no viewer. */
int vg_class_of(const struct vg_audiences *a, unsigned slot);

/* Name of class `c`, and whether it sees `aud`. */
const char *vg_class_name(const struct vg_audiences *a, size_t c);
bool vg_class_sees(const struct vg_audiences *a, size_t c, uint16_t aud);

/* "CLEAR", "AMBER+STRICT", ... */
const char *vg_tlp_name(enum vg_tlp t);

/* The label of a name (an optional "TLP:" before it; WHITE is CLEAR), or -1. */
int vg_tlp_find(struct vg_slice name);

#endif
