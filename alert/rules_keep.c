/* What a set of rules holds, and what it tells of them. */
#include "alert/rules_private.h"

#include "aggregate/match.h"
#include "aggregate/value_list.h"

#include <assert.h>
#include <stdlib.h>

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

void vg_rules_pop(struct vg_rules *set)
{
	assert(set->n > set->n_shared);
	free(set->rule[--set->n]);
}

void vg_rules_only(struct vg_rules *set, const struct vg_value_list *list)
{
	assert(set->n > set->n_shared);
	set->rule[set->n - 1]->only = list;
}

enum vg_rc vg_rules_keep_list(struct vg_rules *set, struct vg_value_list *list,
			      struct vg_err *err)
{
	struct vg_value_list **l =
		realloc(set->list, (set->n_list + 1) * sizeof(*l));

	if (l == NULL)
		return no_memory(err);
	set->list = l;
	vg_value_list_hold(list);
	set->list[set->n_list++] = list;
	return VG_OK;
}

enum vg_rc vg_rules_note(struct vg_rules *set, size_t doc, const char *why,
			 struct vg_err *err)
{
	struct fault *f = realloc(set->fault, (set->n_fault + 1) * sizeof(*f));

	if (f == NULL)
		return no_memory(err);
	set->fault = f;
	f[set->n_fault] = (struct fault){.doc = doc, .why = strdup(why)};
	return f[set->n_fault++].why != NULL ? VG_OK : no_memory(err);
}

const char *vg_rules_fault(const struct vg_rules *r, size_t doc)
{
	for (size_t i = 0; i < r->n_fault; i++)
		if (r->fault[i].doc == doc)
			return r->fault[i].why;
	return NULL;
}

void vg_rules_free(struct vg_rules *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->rule[i]);
	free(r->rule);
	for (size_t i = 0; i < r->n_match; i++)
		vg_match_free(r->match[i]);
	free(r->match);
	for (size_t i = 0; i < r->n_list; i++)
		vg_value_list_free(r->list[i]);
	free(r->list);
	for (size_t i = 0; i < r->n_fault; i++)
		free(r->fault[i].why);
	free(r->fault);
	vg_arena_term(&r->arena);
	vg_buf_term(&r->warnings);
	free(r);
}

size_t vg_rules_count(const struct vg_rules *r)
{
	return r->n;
}

size_t vg_rules_shared(const struct vg_rules *r)
{
	return r->n_shared;
}

bool vg_rule_is_for(const struct vg_rule *r, unsigned slot)
{
	return r->own_of == 0 || r->own_of == 1 + slot;
}

const struct vg_rule *vg_rules_find(const struct vg_rules *r, const char *id)
{
	for (size_t i = 0; i < vg_rules_count(r); i++)
		if (strcmp(vg_rule_at(r, i)->id, id) == 0)
			return vg_rule_at(r, i);
	return NULL;
}

const struct vg_rule *vg_rule_at(const struct vg_rules *r, size_t i)
{
	assert(i < r->n);
	return r->rule[i];
}

const char *vg_rules_warnings(const struct vg_rules *r)
{
	return r->warnings.n > 0 ? r->warnings.p : "";
}
