/*
 * sigma_item_parts - the inside of sigma_item, shared by its halves: reading
 * modifiers and values, and adding tests. Private.
 */
#ifndef VG_ALERT_SIGMA_ITEM_PARTS_H
#define VG_ALERT_SIGMA_ITEM_PARTS_H

#include "aggregate/match.h"
#include "alert/rule_read.h"
#include "alert/sigma_text.h"

enum vg_sigma_how {
	VG_SIGMA_TEXTS, /* patterns */
	VG_SIGMA_REGEX,
	VG_SIGMA_CIDR,
	VG_SIGMA_COMPARE,
	VG_SIGMA_EXISTS,
	VG_SIGMA_FIELDREF
};

enum { VG_SIGMA_NAMES_MAX = 2, VG_SIGMA_VALUES_MAX = 4096 };

struct vg_sigma_item {
	const struct vg_rule_input *in;
	const struct vg_yaml_node *node;
	struct vg_match *m;
	struct vg_slice name[VG_SIGMA_NAMES_MAX];
	unsigned n_name; /* 0: keywords */
	enum vg_sigma_how how;
	bool all, negated, cased, dashes;
	enum vg_sigma_wide wide;
	bool base64, shifted;
	enum vg_glob_form form; /* VG_GLOB_WHOLE: none was said */
	enum vg_match_op op;
	char flags[4]; /* of a regular expression */
	unsigned rank; /* of the last modifier */
};

/* Read the field and the modifiers of the item's key. */
enum vg_rc vg_sigma_modifiers(struct vg_sigma_item *it,
			      struct vg_err *err) VG_MUST_CHECK;

/* Append the patterns (or the one text) that value `n` means, each copied to
 * the arena. Sets *null instead when it means that the field is not there. */
enum vg_rc vg_sigma_value(const struct vg_sigma_item *it,
			  const struct vg_yaml_node *n, struct vg_slice *out,
			  size_t *n_out, bool *null,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
