/*
 * ruleset - the rules in force at one time, with the plan that they make; and
 * the board on which readers find those of now.
 *
 * A set is made once, never changes, and is shared: whoever holds it may read
 * it until it lets go, whatever the board shows meanwhile.
 *
 * Owner:   a set is freed by the last who lets go of it.
 * Threads: any; a lock guards what the board shows.
 * Time:    wall clock, an argument.
 */
#ifndef VG_ALERT_RULESET_H
#define VG_ALERT_RULESET_H

#include "aggregate/part.h"
#include "alert/own.h"
#include "alert/rules.h"

enum { VG_CONFIG_HASH = 17 };

struct vg_ruleset {
	struct vg_rule_files *files; /* as they were read for it */
	struct vg_own_docs own;	     /* what partners added over the API */
	struct vg_plan *plan;
	struct vg_rules *rules;
	char config_hash[VG_CONFIG_HASH];
	struct vg_part_env env; /* with this plan and this hash */
	int64_t loaded_ms;
	_Atomic int held;
};

/* Read the configuration's rule files into a set held once. `env` is what all
 * sets share: all of it but plan and hash is taken over. VG_INVAL with the
 * place and the remedy when a file is bad. */
enum vg_rc vg_ruleset_load(struct vg_ruleset **out,
			   const struct vg_part_env *env,
			   const struct vg_config *files,
			   struct vg_err *err) VG_MUST_CHECK;

/* Make a set of files that were read, and of the partners' own `own` (copied;
 * NULL: none), as above. */
enum vg_rc vg_ruleset_make(struct vg_ruleset **out,
			   const struct vg_part_env *env,
			   struct vg_rule_files *files,
			   const struct vg_own_docs *own,
			   struct vg_err *err) VG_MUST_CHECK;

/* Hold it once more; let go (NULL is allowed). */
struct vg_ruleset *vg_ruleset_hold(struct vg_ruleset *s);
void vg_ruleset_drop(struct vg_ruleset *s);

struct vg_board;

/* A board that shows `s` and holds it. Freed with _free(), NULL allowed. */
enum vg_rc vg_board_new(struct vg_board **out, struct vg_ruleset *s,
			struct vg_err *err) VG_MUST_CHECK;
void vg_board_free(struct vg_board *b);

/* Show another set: what went wrong before is forgotten, unless it was made of
 * the same files again. */
void vg_board_show(struct vg_board *b, struct vg_ruleset *s);

/* Note why the files were refused; the set stays. */
void vg_board_refuse(struct vg_board *b, const char *why, int64_t now_ms);

/* What went wrong last, "" and 0 when nothing did. */
struct vg_board_fault {
	char text[sizeof((struct vg_err *)0)->text];
	int64_t at_ms;
};

/* The set shown, held for the caller, and the fault since. */
struct vg_ruleset *vg_board_hold(struct vg_board *b,
				 struct vg_board_fault *fault);

#endif
