/*
 * world - what most commands need made from one configuration file: the
 * configuration, audiences, plan, rules and keys, in the order in which they
 * depend on each other.
 *
 * Owner: the caller embeds it and ends it with vg_world_term().
 */
#ifndef VG_CMD_WORLD_H
#define VG_CMD_WORLD_H

#include "alert/ruleset.h"
#include "core/buf.h"
#include "core/fault.h"

struct vg_world {
	struct vg_config *cfg;
	struct vg_audiences *aud;
	struct vg_ruleset *set;	      /* the rules that the start found       */
	const struct vg_plan *plan;   /* of them */
	const struct vg_rules *rules; /* of them */
	struct vg_metrics metrics;
	uint8_t hash_key[VG_HASH_KEY];
	char fingerprint[17];	     /* of the hash key              */
	const char *path;	     /* of the configuration file    */
	struct vg_buf text;	     /* of it, as the start found it */
	char series[VG_SERIES_TEXT]; /* vg_plan_series_text() */
	struct vg_part_env env;	     /* points into this struct      */
#ifdef VG_FAULTS
	struct vg_faults faults; /* of VIGIE_FAULT */
#endif
};

/* Overrides NAME=VALUE of the file. */
struct vg_world_set {
	const char *const *v;
	size_t n;
};

/* Read `path` and all that it names; --set overrides follow. VG_INVAL with the
 * place and the remedy; the metric VG_M_RULES_BAD is then 1 when the fault is
 * in a rule file. */
enum vg_rc vg_world_init(struct vg_world *w, const char *path,
			 const char *const *set, size_t n_set,
			 struct vg_err *err) VG_MUST_CHECK;

/* As vg_world_init(), of the exercise called `id` (core/exercise.h). */
enum vg_rc vg_world_init_exercise(struct vg_world *w, const char *path,
				  const struct vg_world_set *set,
				  const char *id,
				  struct vg_err *err) VG_MUST_CHECK;

/* Read the rule files that the configuration of `w` names now; the rest of it
 * is as it was. Dropped by the caller. VG_INVAL as above. */
enum vg_rc vg_world_files(const struct vg_world *w, const char *const *set,
			  size_t n_set, struct vg_rule_files **out,
			  struct vg_err *err) VG_MUST_CHECK;

/* Make a set of `files` and of what partners keep of their own (NULL: none).
 * VG_INVAL as above. */
enum vg_rc vg_world_rules(const struct vg_world *w, struct vg_rule_files *files,
			  const struct vg_own_docs *own,
			  struct vg_ruleset **out,
			  struct vg_err *err) VG_MUST_CHECK;

/* Before anybody holds the world's set: take what partners keep of their own
 * into it. */
enum vg_rc vg_world_own(struct vg_world *w, const struct vg_own_docs *own,
			struct vg_err *err) VG_MUST_CHECK;

/* Free what init made; a zeroed world is allowed. */
void vg_world_term(struct vg_world *w);

#endif
