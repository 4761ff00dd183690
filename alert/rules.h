/*
 * rules - rule files to compiled rules and the tracks they need.
 *
 * A rule is written in the short form of the design ("Rules and alerts":
 * condition {field: {distinct: k}} with one or two fields) or with `type` and
 * the keys of that kind; docs/rules.md lists all. One file holds one rule, a
 * list of rules, or several documents. A kind is a row of a table. Documents
 * of Sigma become rules, too (alert/sigma.h).
 *
 * Owner:   the set owns its rules. Immutable after loading; threads: any.
 */
#ifndef VG_ALERT_RULES_H
#define VG_ALERT_RULES_H

#include "alert/take.h"
#include "core/config.h"

/* Ids of built-in rules (alert/silence.h, notify/beat.h); no file may use one.
 */
#define VG_SILENCE_RULE	 "sensor-silent"
#define VG_WATCHDOG_RULE "watchdog"
#define VG_DEAD_RULE	 "receiver-dead"

enum { VG_RULE_CONDITIONS_MAX = VG_LEAVES_MAX, VG_RULE_WHOLE = -1 };

#define VG_CHAIN_EVENTS	 SIZE_MAX
#define VG_RULE_NO_TRACK SIZE_MAX

struct vg_rule_condition {
	struct vg_slice field; /* as written */
	int64_t at_least;      /* distinct: k */
	size_t track;	       /* index in the plan; VG_RULE_NO_TRACK: it
				* counts the alerts of others alone */
	int piece; /* which of the track's value fields; VG_RULE_WHOLE: the
		    * tuple of all */
};

/* A stage of a chain: the starts of a rule's alerts, or events. */
struct vg_chained {
	size_t rule; /* index in the set; VG_CHAIN_EVENTS: part of the take */
	uint8_t group[VG_TRACK_GROUP_MAX]; /* of the chain's i-th group field:
					    * which one of that rule it is */
};

struct vg_rule {
	char id[65];  /* [a-z0-9-]{1,64} */
	size_t index; /* in its set */
	char title[257];
	char file[256];
	int line;
	char hash[17];	    /* of the canonical text: changes with the rule */
	const char *source; /* as it was written, as JSON; the set's */
	int severity;	    /* 1..10 */
	bool shadow;	    /* its alerts are on trial: told to nobody */
	uint8_t own_of;	    /* 0: of all; else 1 + slot of the partner whose own
			     * it is: nobody else may tell that it is there */
	const struct vg_value_list *only; /* what of group[0] is looked at, when
					   * not NULL; the set's */
	int64_t window_ms, resolve_after_ms;
	struct vg_slice group[VG_TRACK_GROUP_MAX];
	struct vg_field_ref group_ref[VG_TRACK_GROUP_MAX]; /* where they are */
	unsigned n_group;
	struct vg_rule_condition condition[VG_RULE_CONDITIONS_MAX];
	unsigned n_condition; /* those of a plain rule must all hold; of others
			       * one a leaf, and 0 offline */
	const char *type;     /* name of its kind; "" is the short form */
	int64_t for_ms, keep_firing_ms;
	struct vg_form form; /* the same as a pure function ...      */
	struct vg_take take[VG_LEAVES_MAX];	/* ... and its input, a leaf */
	struct vg_chained chain[VG_STAGES_MAX]; /* what a chain counts */
	unsigned n_chain;
	bool learns; /* it waits for `learn` after a group's first event, ... */
	size_t first_track; /* ... which that track has; its groups are those
			     * of the rule without the value that is new */
};

struct vg_rules;
struct vg_lexicon;
struct vg_own_docs;
struct vg_rule_files;

/* What a set is made of. */
struct vg_rules_from {
	struct vg_rule_files *files;
	const struct vg_lexicon *lexicon; /* NULL: no names are known     */
	const struct vg_config *cfg;	  /* who may have rules of its own */
	const struct vg_own_docs *own;	  /* alert/own.h; NULL: none       */
};

/* Make a set and add its tracks to `plan`, which is then sealed. A file that is
 * bad is VG_INVAL with file:line: what; remedy, and neither *out nor the plan
 * counts; one of from->own that is bad is left out: vg_rules_fault(). */
enum vg_rc vg_rules_make(struct vg_rules **out, struct vg_plan *plan,
			 const struct vg_rules_from *from,
			 struct vg_err *err) VG_MUST_CHECK;

/* Read `n` files, add the tracks to `plan`; names of actors resolve as those
 * of events do (NULL: none are known). All or nothing: on VG_INVAL (with
 * file:line: what; remedy) neither *out nor the plan counts. */
enum vg_rc vg_rules_load(struct vg_rules **out, struct vg_plan *plan,
			 const struct vg_lexicon *lexicon, char *const *files,
			 size_t n, struct vg_err *err) VG_MUST_CHECK;

/* As vg_rules_load() from memory and without a lexicon, for tests. */
enum vg_rc vg_rules_parse(struct vg_rules **out, struct vg_plan *plan,
			  const char *name, const char *text, size_t len,
			  struct vg_err *err) VG_MUST_CHECK;

/* As both, for use without tracks (back-tests). */
enum vg_rc vg_rules_load_offline(struct vg_rules **out, struct vg_plan *plan,
				 const struct vg_lexicon *lexicon,
				 char *const *files, size_t n,
				 struct vg_err *err) VG_MUST_CHECK;
enum vg_rc vg_rules_parse_offline(struct vg_rules **out, struct vg_plan *plan,
				  const char *name, const char *text,
				  size_t len, struct vg_err *err) VG_MUST_CHECK;

/* True when the rule is "at least k different values of each field" and no
 * more: its spans answer it alone. */
bool vg_rule_is_plain(const struct vg_rule *r);

/* Free `r` (NULL is allowed); number of rules; rule `i`. */
void vg_rules_free(struct vg_rules *r);
size_t vg_rules_count(const struct vg_rules *r);
const struct vg_rule *vg_rule_at(const struct vg_rules *r, size_t i);

/* The rule of that id, or NULL. */
const struct vg_rule *vg_rules_find(const struct vg_rules *r, const char *id);

/* How many rules all share: they come first. */
size_t vg_rules_shared(const struct vg_rules *r);

/* True when viewer `slot` may know of `r`. */
bool vg_rule_is_for(const struct vg_rule *r, unsigned slot);

/* Why number `doc` of the partners' own is not in force; NULL: it is. */
const char *vg_rules_fault(const struct vg_rules *r, size_t doc);

/* What the files say that is legal and hardly meant: a line each, "file:line:
 * what", ended by line ends; "" when there is nothing. */
const char *vg_rules_warnings(const struct vg_rules *r);

#endif
