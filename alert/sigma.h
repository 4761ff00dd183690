/*
 * sigma - Sigma detections and correlations in rule files, as rules.
 *
 * A correlation becomes a rule of ours: the same map of keys that a person
 * would write, whose `match` names detections instead of fields. Detections
 * raise nothing by themselves, unless the correlation says `generate`.
 * docs/sigma.md says what each part becomes, and what is refused.
 *
 * A set collects the documents of all files first: correlations may name what
 * comes later, or is in another file.
 *
 * Owner:   a set borrows the documents, which must outlive it, and the arena.
 * Threads: one, while rules are loaded.
 */
#ifndef VG_ALERT_SIGMA_H
#define VG_ALERT_SIGMA_H

#include "aggregate/alias.h"
#include "alert/rule_read.h"

enum {
	VG_SIGMA_DOCS_MAX = 4096, /* detections and correlations of a set */
	VG_SIGMA_ALIASES_MAX = 8, /* names that one rule groups or counts */
	VG_SIGMA_RULES_MAX = 16	  /* rules that one correlation names     */
};

struct vg_sigma;

/* One name that a rule groups by or counts, and what it stands for. */
struct vg_rule_alias {
	struct vg_slice name;
	const struct vg_field_alias *of;
};

/* Take a rule that a document became. What `in` has of it: y, node, sigma,
 * alias and n_alias. */
typedef enum vg_rc vg_sigma_take(void *arg, const struct vg_rule_input *in,
				 struct vg_err *err);

/* True when `doc` is a document of Sigma. */
bool vg_sigma_is(const struct vg_yaml_node *doc);

/* Add one; *s is made when it is NULL. */
enum vg_rc vg_sigma_add(struct vg_sigma **s, const struct vg_yaml *y,
			const struct vg_yaml_node *doc,
			struct vg_err *err) VG_MUST_CHECK;

/* Give the rules that the documents are to `take`, those that others name
 * first. `in` has what predicates are read with: arena, lexicon, warnings and
 * the set that keeps them. */
enum vg_rc vg_sigma_rules(struct vg_sigma *s, const struct vg_rule_input *in,
			  vg_sigma_take *take, void *arg,
			  struct vg_err *err) VG_MUST_CHECK;

/* The predicate of `names`, a list of detections: one of them finds the event.
 */
enum vg_rc vg_sigma_match(const struct vg_rule_input *in,
			  const struct vg_yaml_node *names,
			  struct vg_match **out,
			  struct vg_err *err) VG_MUST_CHECK;

/* How many documents; 0 of NULL. */
size_t vg_sigma_count(const struct vg_sigma *s);

/* Free `s`, not its documents; NULL is allowed. */
void vg_sigma_free(struct vg_sigma *s);

#endif
