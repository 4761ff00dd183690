/*
 * sigma_parts - the inside of a set of Sigma documents. Private to alert.
 */
#ifndef VG_ALERT_SIGMA_PARTS_H
#define VG_ALERT_SIGMA_PARTS_H

#include "alert/sigma.h"

struct vg_sigma_doc {
	const struct vg_yaml *y;
	const struct vg_yaml_node *node;
	/* One of both. */
	const struct vg_yaml_node *detection, *correlation;
	const char *uid, *name; /* its `id` and `name`, NULL: none */
	char id[65];		/* of the rule that it becomes     */
	bool used, taken, visiting;
};

struct vg_sigma {
	struct vg_sigma_doc *doc;
	size_t n, cap;
};

/* The document that `text` names by id or name, or NULL. */
struct vg_sigma_doc *vg_sigma_find(const struct vg_sigma *s, const char *text);

/* Add to the open group of `m`, all of which must pass, what finds events. */
enum vg_rc vg_sigma_detect(const struct vg_rule_input *in, struct vg_match *m,
			   const struct vg_sigma_doc *doc,
			   struct vg_err *err) VG_MUST_CHECK;

/* A correlation that is being made a rule. */
struct vg_sigma_rule {
	struct vg_sigma *s;
	struct vg_sigma_doc *doc;
	const struct vg_rule_input *in; /* of the whole set */
	struct vg_sigma_doc *of[VG_SIGMA_RULES_MAX];
	unsigned n_of, n_chained; /* how many of them are correlations */
	struct vg_rule_alias alias[VG_SIGMA_ALIASES_MAX];
	unsigned n_alias;
};

/* What the correlation groups by or counts as `name`, which node `n` says:
 * adds an alias where it is more than a field. */
enum vg_rc vg_sigma_alias(struct vg_sigma_rule *r, const struct vg_yaml_node *n,
			  const char *name, struct vg_err *err) VG_MUST_CHECK;

/* Check the map `aliases` of the correlation. */
enum vg_rc vg_sigma_check_aliases(const struct vg_sigma_rule *r,
				  struct vg_err *err) VG_MUST_CHECK;

/* Write the correlation as a map of ours, in the arena. */
enum vg_rc vg_sigma_write(struct vg_sigma_rule *r,
			  const struct vg_yaml_node **out,
			  struct vg_err *err) VG_MUST_CHECK;

/* The same for a detection of it that is to raise alerts. */
enum vg_rc vg_sigma_write_base(struct vg_sigma_rule *r,
			       const struct vg_sigma_doc *base,
			       const struct vg_yaml_node **out,
			       struct vg_err *err) VG_MUST_CHECK;

/* VG_INVAL with "file:line: what" about a node of document `doc`. */
#define vg_sigma_fail(doc, n, err, ...)                                        \
	vg_yaml_fail((doc)->y, (n), (err), __VA_ARGS__)

#endif
