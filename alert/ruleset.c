#include "alert/ruleset.h"

#include "aggregate/plan.h"
#include "alert/rule_files.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct vg_board {
	/* Guards the rest. */
	pthread_mutex_t lock;
	struct vg_ruleset *set;
	struct vg_board_fault fault;
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

enum vg_rc vg_ruleset_load(struct vg_ruleset **out,
			   const struct vg_part_env *env,
			   const struct vg_config *files, struct vg_err *err)
{
	struct vg_rule_files *read = NULL;
	enum vg_rc rc = vg_rule_files_read(&read, files, err);

	if (rc == VG_OK)
		rc = vg_ruleset_make(out, env, read, NULL, err);
	vg_rule_files_drop(read);
	return rc;
}

enum vg_rc vg_ruleset_make(struct vg_ruleset **out,
			   const struct vg_part_env *env,
			   struct vg_rule_files *files,
			   const struct vg_own_docs *own, struct vg_err *err)
{
	struct vg_ruleset *s = calloc(1, sizeof *s);
	enum vg_rc rc = VG_OK;

	if (s == NULL)
		return no_memory(err);
	atomic_init(&s->held, 1);
	s->files = vg_rule_files_hold(files);
	if (own != NULL)
		rc = vg_own_copy(&s->own, own, err);
	const struct vg_rules_from from = {.files = files,
					   .lexicon = env->cfg->lexicon,
					   .cfg = env->cfg,
					   .own = &s->own};
	if (rc == VG_OK)
		rc = vg_plan_new(&s->plan, err);
	if (rc == VG_OK)
		rc = vg_plan_count_series(s->plan, env->cfg->series_counted,
					  err);
	if (rc == VG_OK)
		rc = vg_rules_make(&s->rules, s->plan, &from, err);
	if (rc != VG_OK) {
		vg_ruleset_drop(s);
		return rc;
	}
	s->env = *env;
	s->env.plan = s->plan;
	s->env.config_hash = s->config_hash;
	*out = s;
	return VG_OK;
}

struct vg_ruleset *vg_ruleset_hold(struct vg_ruleset *s)
{
	atomic_fetch_add(&s->held, 1);
	return s;
}

void vg_ruleset_drop(struct vg_ruleset *s)
{
	if (s == NULL || atomic_fetch_sub(&s->held, 1) > 1)
		return;
	vg_rules_free(s->rules);
	vg_plan_free(s->plan);
	vg_own_term(&s->own);
	vg_rule_files_drop(s->files);
	free(s);
}

enum vg_rc vg_board_new(struct vg_board **out, struct vg_ruleset *s,
			struct vg_err *err)
{
	struct vg_board *b = calloc(1, sizeof *b);

	if (b == NULL)
		return no_memory(err);
	pthread_mutex_init(&b->lock, NULL);
	b->set = vg_ruleset_hold(s);
	*out = b;
	return VG_OK;
}

void vg_board_free(struct vg_board *b)
{
	if (b == NULL)
		return;
	vg_ruleset_drop(b->set);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void vg_board_show(struct vg_board *b, struct vg_ruleset *s)
{
	struct vg_ruleset *old;

	pthread_mutex_lock(&b->lock);
	old = b->set;
	b->set = vg_ruleset_hold(s);
	if (s->files != old->files)
		b->fault = (struct vg_board_fault){.at_ms = 0};
	pthread_mutex_unlock(&b->lock);
	vg_ruleset_drop(old);
}

void vg_board_refuse(struct vg_board *b, const char *why, int64_t now_ms)
{
	pthread_mutex_lock(&b->lock);
	(void)snprintf(b->fault.text, sizeof b->fault.text, "%s", why);
	b->fault.at_ms = now_ms;
	pthread_mutex_unlock(&b->lock);
}

struct vg_ruleset *vg_board_hold(struct vg_board *b,
				 struct vg_board_fault *fault)
{
	struct vg_ruleset *s;

	pthread_mutex_lock(&b->lock);
	s = vg_ruleset_hold(b->set);
	if (fault != NULL)
		*fault = b->fault;
	pthread_mutex_unlock(&b->lock);
	assert(s != NULL);
	return s;
}
