/*
 * rule_kinds - what a rule can ask of its window, as a table. Private.
 *
 * A kind reads its own keys, fills the rule's form and takes, and, where
 * tracks can answer it, the conditions, and adds the tracks to the plan. A new
 * kind is a new row.
 */
#ifndef VG_ALERT_RULE_KINDS_H
#define VG_ALERT_RULE_KINDS_H

#include "alert/rule_read.h"

struct vg_buf;

enum { VG_KIND_KEYS_MAX = 12 };

struct vg_rule_kind {
	const char *name; /* the value of `type` */
	enum vg_kind kind;
	/* Read `condition` and the kind's own keys. */
	enum vg_rc (*read)(struct vg_rule_input *in, struct vg_err *err);
	const char *window; /* key of how far it looks back */
	int longest_days;
	bool is_instant; /* nothing to join, delay or prolong */
	const char *key[VG_KIND_KEYS_MAX]; /* beside what all rules have */
};

/* The kind of the rule: by `type`, or the short form without one. */
enum vg_rc vg_rule_kind_of(const struct vg_rule_input *in,
			   const struct vg_rule_kind **out,
			   struct vg_err *err) VG_MUST_CHECK;

/* Refuse keys that a rule of this kind does not have. */
enum vg_rc vg_rule_kind_keys(const struct vg_rule_input *in,
			     const struct vg_rule_kind *kind,
			     struct vg_err *err) VG_MUST_CHECK;

/* Set the rule's hash: of one canonical text, so that it changes with the rule
 * and not with how the file is laid out. */
enum vg_rc vg_rule_hash(struct vg_rule_input *in,
			struct vg_err *err) VG_MUST_CHECK;

/* Set the rule's source: its members as they stand in the file, as JSON. */
enum vg_rc vg_rule_source(struct vg_rule_input *in,
			  struct vg_err *err) VG_MUST_CHECK;

/* Add to the plan a track for each leaf, and the conditions that say which. */
enum vg_rc vg_rule_add_tracks(struct vg_rule_input *in,
			      struct vg_err *err) VG_MUST_CHECK;

/* The group of a chain's events, packed (aggregate/keys.h), that an alert of
 * `group` is in as stage `stage` of it; appended to *out. */
void vg_chain_group(struct vg_buf *out, const struct vg_rule *chain,
		    unsigned stage, struct vg_slice group);

/* Whether it is enough for a leaf to know the first and the last event of each
 * value: spans, not steps. */
bool vg_rule_needs_presence(const struct vg_leaf *leaf);

/* The one leaf of a rule, with its kind and window set. */
struct vg_leaf *vg_rule_leaf(struct vg_rule_input *in, enum vg_kind kind);

/* `distinct: field` or a list of fields, into the take of leaf 0. */
enum vg_rc vg_rule_distinct_key(struct vg_rule_input *in,
				struct vg_err *err) VG_MUST_CHECK;

/* The rule's `match` into the take of leaf 0. */
enum vg_rc vg_rule_take_match(struct vg_rule_input *in,
			      struct vg_err *err) VG_MUST_CHECK;

/* Readers of kinds, for the table. */
enum vg_rc vg_rule_read_short(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_distinct(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_count(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_sum(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_avg(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_percentile(struct vg_rule_input *in,
				   struct vg_err *err);
enum vg_rc vg_rule_read_silence(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_ratio(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_spike(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_baseline(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_new_value(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_temporal(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_ordered(struct vg_rule_input *in, struct vg_err *err);
enum vg_rc vg_rule_read_chain(struct vg_rule_input *in, struct vg_err *err);

#endif
