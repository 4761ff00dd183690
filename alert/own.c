#include "alert/own.h"

#include <stdlib.h>

const char *vg_own_kind_name(enum vg_own_kind kind)
{
	return kind == VG_OWN_RULE ? "rule" : "watchlist";
}

int vg_own_kind_find(struct vg_slice name)
{
	for (int k = VG_OWN_WATCHLIST; k <= VG_OWN_RULE; k++)
		if (vg_slice_eq(name, vg_slice_of(vg_own_kind_name(
					      (enum vg_own_kind)k))))
			return k;
	return -1;
}

bool vg_own_is_id(struct vg_slice id)
{
	for (uint32_t i = 0; i < id.n; i++)
		if (!(id.p[i] >= 'a' && id.p[i] <= 'z') &&
		    !(id.p[i] >= '0' && id.p[i] <= '9') && id.p[i] != '-')
			return false;
	return id.n >= 1 && id.n <= VG_OWN_ID_MAX;
}

const char *vg_own_name(const char *id)
{
	const char *dot = strchr(id, '.');

	return dot != NULL ? dot + 1 : id;
}

static int order(const struct vg_own_doc *d, const char *viewer,
		 enum vg_own_kind kind, struct vg_slice id)
{
	int c = strcmp(d->viewer, viewer);

	if (c == 0)
		c = (d->kind > kind) - (d->kind < kind);
	return c != 0 ? c : vg_slice_cmp(vg_slice_of(d->id), id);
}

/* Where it is, or is to be. */
static size_t place_of(const struct vg_own_docs *d, const char *viewer,
		       enum vg_own_kind kind, struct vg_slice id)
{
	size_t i = 0;

	while (i < d->n && order(&d->doc[i], viewer, kind, id) < 0)
		i++;
	return i;
}

size_t vg_own_find(const struct vg_own_docs *d, const char *viewer,
		   enum vg_own_kind kind, struct vg_slice id)
{
	size_t i = place_of(d, viewer, kind, id);

	return i < d->n && order(&d->doc[i], viewer, kind, id) == 0 ? i : d->n;
}

static void free_texts(struct vg_own_doc *d)
{
	free(d->text);
	free(d->entry);
}

static bool make_room(struct vg_own_docs *d)
{
	size_t cap = d->cap == 0 ? 16 : 2 * d->cap;
	struct vg_own_doc *bigger;

	if (d->n < d->cap)
		return true;
	bigger = realloc(d->doc, cap * sizeof *bigger);
	if (bigger == NULL)
		return false;
	d->doc = bigger;
	d->cap = cap;
	return true;
}

enum vg_rc vg_own_put(struct vg_own_docs *d, const struct vg_own_doc *doc,
		      struct vg_err *err)
{
	const struct vg_slice id = vg_slice_of(doc->id);
	size_t i = place_of(d, doc->viewer, doc->kind, id);
	struct vg_own_doc copy = *doc;

	copy.text = strdup(doc->text);
	copy.entry = doc->entry != NULL ? strdup(doc->entry) : NULL;
	if (copy.text == NULL || (doc->entry != NULL && copy.entry == NULL) ||
	    !make_room(d)) {
		free_texts(&copy);
		return vg_err_set(err, VG_FATAL, "own: out of memory");
	}
	if (i < d->n && order(&d->doc[i], doc->viewer, doc->kind, id) == 0) {
		free_texts(&d->doc[i]);
	} else {
		memmove(&d->doc[i + 1], &d->doc[i],
			(d->n - i) * sizeof d->doc[0]);
		d->n++;
	}
	d->doc[i] = copy;
	return VG_OK;
}

void vg_own_remove(struct vg_own_docs *d, size_t i)
{
	free_texts(&d->doc[i]);
	d->n--;
	memmove(&d->doc[i], &d->doc[i + 1], (d->n - i) * sizeof d->doc[0]);
}

enum vg_rc vg_own_copy(struct vg_own_docs *out, const struct vg_own_docs *d,
		       struct vg_err *err)
{
	struct vg_own_docs copy = {.n = 0};
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < d->n && rc == VG_OK; i++)
		rc = vg_own_put(&copy, &d->doc[i], err);
	if (rc != VG_OK)
		vg_own_term(&copy);
	else
		*out = copy;
	return rc;
}

size_t vg_own_count(const struct vg_own_docs *d, const char *viewer,
		    enum vg_own_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->doc[i].kind == kind &&
		     strcmp(d->doc[i].viewer, viewer) == 0;
	return n;
}

void vg_own_term(struct vg_own_docs *d)
{
	for (size_t i = 0; i < d->n; i++)
		free_texts(&d->doc[i]);
	free(d->doc);
	*d = (struct vg_own_docs){.n = 0};
}
