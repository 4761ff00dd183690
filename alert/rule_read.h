/*
 * rule_read - the pieces of a rule file: keys, numbers, words, predicates.
 * Private to alert.
 *
 * Threads: pure. Errors: VG_INVAL with "file:line: what; remedy".
 */
#ifndef VG_ALERT_RULE_READ_H
#define VG_ALERT_RULE_READ_H

#include "alert/rules.h"
#include "core/arena.h"
#include "core/yaml.h"

enum {
	VG_RULE_LIST_MAX = 1000,  /* values of one test, tags, ...       */
	VG_RULE_TEXT_MAX = 16384, /* bytes of a description              */
	VG_RULE_K_MAX = 1000	  /* largest `distinct`                  */
};

struct vg_value_list;
struct vg_own_scope; /* alert/own_scope.h */

/* One rule being read. */
struct vg_rule_input {
	const struct vg_yaml *y;
	const struct vg_yaml_node *node; /* the rule's map */
	struct vg_rule *rule;		 /* filled as it is read */
	struct vg_plan *plan;
	struct vg_arena *arena; /* of the set: what slices point into */
	const struct vg_lexicon *lexicon; /* NULL: no names are known */
	struct vg_buf *warnings;	  /* alert/rule_warn.h        */
	struct vg_rules *set;	     /* keeps predicates: vg_rules_keep() */
	bool offline;		     /* also what tracks cannot answer yet */
	struct vg_rule_lists *lists; /* NULL: the rule is in no file */
	/* Of a rule that a Sigma document became: its set, and the names that
	 * stand for other fields. */
	const struct vg_sigma *sigma;
	const struct vg_rule_alias *alias;
	unsigned n_alias;
	const struct vg_own_scope *own; /* NULL: the rule is all viewers' */
};

/* Read the rule of in->node into in->set, as its last. */
enum vg_rc vg_rules_add(const struct vg_rule_input *in,
			struct vg_err *err) VG_MUST_CHECK;

/* Take the last rule back. */
void vg_rules_pop(struct vg_rules *set);

/* Let the last rule look at groups alone whose first value is in `list`. */
void vg_rules_only(struct vg_rules *set, const struct vg_value_list *list);

/* Have the set hold a list until it goes. */
enum vg_rc vg_rules_keep_list(struct vg_rules *set, struct vg_value_list *list,
			      struct vg_err *err) VG_MUST_CHECK;

/* Note why number `doc` of the partners' own is not in force. */
enum vg_rc vg_rules_note(struct vg_rules *set, size_t doc, const char *why,
			 struct vg_err *err) VG_MUST_CHECK;

/* Read the whole rule of in->node into in->rule, and its tracks into the plan.
 */
enum vg_rc vg_rule_read(struct vg_rule_input *in,
			struct vg_err *err) VG_MUST_CHECK;

/* Refuse a key of map `n` that is not among the `n_known` ones, naming the
 * nearest. */
enum vg_rc vg_rule_keys(const struct vg_yaml *y, const struct vg_yaml_node *n,
			const char *const *known, size_t n_known,
			struct vg_err *err) VG_MUST_CHECK;

/* Member `key`, or VG_INVAL that says that it is needed, as `form` shows. */
enum vg_rc vg_rule_need(const struct vg_rule_input *in, const char *key,
			const char *form, const struct vg_yaml_node **out,
			struct vg_err *err) VG_MUST_CHECK;

/* A whole number within low..high. */
enum vg_rc vg_rule_int(const struct vg_yaml *y, const struct vg_yaml_node *n,
		       const int64_t low_high[2], int64_t *out,
		       struct vg_err *err) VG_MUST_CHECK;

/* A duration within low..high ms. */
enum vg_rc vg_rule_duration(const struct vg_yaml *y,
			    const struct vg_yaml_node *n,
			    const int64_t low_high[2], int64_t *out,
			    struct vg_err *err) VG_MUST_CHECK;

/* A field's name, copied into the set. `text` is the scalar or the key. */
enum vg_rc vg_rule_field(const struct vg_rule_input *in,
			 const struct vg_yaml_node *n, const char *text,
			 struct vg_slice *out,
			 struct vg_err *err) VG_MUST_CHECK;

/* How `name`, which the rule groups by or counts, is read from events. */
struct vg_field_ref vg_rule_ref(const struct vg_rule_input *in,
				struct vg_slice name);

/* A number that is finite, within low_high. */
enum vg_rc vg_rule_number(const struct vg_yaml *y, const struct vg_yaml_node *n,
			  const double low_high[2], double *out,
			  struct vg_err *err) VG_MUST_CHECK;

/* A map of gt gte lt lte eq neq, at least one. */
enum vg_rc vg_rule_bounds(const struct vg_yaml *y, const struct vg_yaml_node *n,
			  struct vg_bounds *out,
			  struct vg_err *err) VG_MUST_CHECK;

/* The predicate of map `n`, in the form of a rule's `match`; the set's. NULL
 * when it tests nothing. */
enum vg_rc vg_rule_submatch(const struct vg_rule_input *in,
			    const struct vg_yaml_node *n,
			    const struct vg_match **out,
			    struct vg_err *err) VG_MUST_CHECK;

/* Hand a predicate over to the set; freed when that fails. */
enum vg_rc vg_rules_keep(struct vg_rules *set, struct vg_match *match,
			 struct vg_err *err) VG_MUST_CHECK;

/* The rule's `match` as a new predicate; NULL when it tests nothing. */
enum vg_rc vg_rule_match(const struct vg_rule_input *in, struct vg_match **out,
			 struct vg_err *err) VG_MUST_CHECK;

/* As vg_rule_match(), of any map of the rule that has the form of `match`: a
 * stage's, a ratio's. NULL is an absent one. */
enum vg_rc vg_rule_match_of(const struct vg_rule_input *in,
			    const struct vg_yaml_node *map,
			    struct vg_match **out,
			    struct vg_err *err) VG_MUST_CHECK;

/* true or false: key `name`, whose node is `n`. */
enum vg_rc vg_rule_bool(const struct vg_yaml *y, const struct vg_yaml_node *n,
			const char *name, bool *out,
			struct vg_err *err) VG_MUST_CHECK;

#endif
