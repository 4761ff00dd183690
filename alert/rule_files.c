#include "alert/rule_files.h"

#include "alert/rule_list.h"
#include "core/limits.h"

#include <stdatomic.h>
#include <stdlib.h>

struct vg_rule_files {
	atomic_int held;
	struct vg_rule_file *file;
	size_t n;
	struct vg_rule_lists lists;
};

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

static enum vg_rc make(struct vg_rule_files **out, size_t n, struct vg_err *err)
{
	struct vg_rule_files *f = calloc(1, sizeof *f);

	if (f == NULL)
		return no_memory(err);
	atomic_init(&f->held, 1);
	f->file = calloc(n + 1, sizeof *f->file);
	if (f->file == NULL) {
		free(f);
		return no_memory(err);
	}
	*out = f;
	return VG_OK;
}

static enum vg_rc add(struct vg_rule_files *f, const char *name,
		      unsigned own_of, struct vg_err *err)
{
	struct vg_rule_file *to = &f->file[f->n];
	enum vg_rc rc =
		vg_yaml_read(&to->text, &to->len, name, VG_RULE_FILE_MAX, err);

	if (rc != VG_OK)
		return rc;
	f->n++;
	to->own_of = own_of;
	to->name = strdup(name);
	return to->name != NULL ? VG_OK : no_memory(err);
}

enum vg_rc vg_rule_files_named(struct vg_rule_files **out, char *const *name,
			       size_t n, struct vg_err *err)
{
	struct vg_rule_files *f = NULL;
	enum vg_rc rc = make(&f, n, err);

	for (size_t i = 0; i < n && rc == VG_OK; i++)
		rc = add(f, name[i], 0, err);
	if (rc == VG_OK) {
		*out = f;
		f = NULL;
	}
	vg_rule_files_drop(f);
	return rc;
}

static enum vg_rc add_own(struct vg_rule_files *f, const struct vg_partner *p,
			  struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < p->n_own_files && rc == VG_OK; i++)
		rc = add(f, p->own_files[i], 1 + p->slot, err);
	return rc;
}

enum vg_rc vg_rule_files_read(struct vg_rule_files **out,
			      const struct vg_config *c, struct vg_err *err)
{
	struct vg_rule_files *f = NULL;
	size_t n = c->n_rule_files;

	for (size_t i = 0; i < c->n_partners; i++)
		n += c->partners[i].n_own_files;
	enum vg_rc rc = make(&f, n, err);
	for (size_t i = 0; i < c->n_rule_files && rc == VG_OK; i++)
		rc = add(f, c->rule_files[i], 0, err);
	for (size_t i = 0; i < c->n_partners && rc == VG_OK; i++)
		rc = add_own(f, &c->partners[i], err);
	if (rc == VG_OK) {
		*out = f;
		f = NULL;
	}
	vg_rule_files_drop(f);
	return rc;
}

struct vg_rule_files *vg_rule_files_hold(struct vg_rule_files *f)
{
	atomic_fetch_add(&f->held, 1);
	return f;
}

void vg_rule_files_drop(struct vg_rule_files *f)
{
	if (f == NULL || atomic_fetch_sub(&f->held, 1) > 1)
		return;
	for (size_t i = 0; i < f->n; i++) {
		free(f->file[i].name);
		free(f->file[i].text);
	}
	vg_rule_lists_term(&f->lists);
	free(f->file);
	free(f);
}

const struct vg_rule_file *vg_rule_file(const struct vg_rule_files *f, size_t i)
{
	return i < f->n ? &f->file[i] : NULL;
}

struct vg_rule_lists *vg_rule_files_lists(struct vg_rule_files *f)
{
	return &f->lists;
}
