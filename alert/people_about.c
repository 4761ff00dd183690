#include "alert/people_about.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_id(struct vg_people_ids *out, const char *id)
{
	if (out->n > 0 && strcmp(out->id[out->n - 1], id) == 0)
		return;
	if (out->n < VG_PEOPLE_IDS_MAX)
		(void)snprintf(out->id[out->n++], VG_ACTION_TARGET, "%s", id);
}

/* What was said about `id` is about `alert` too. */
static bool is_about(const struct vg_book *book,
		     const struct vg_book_alert *alert, const char *id)
{
	const struct vg_book_alert *other = vg_book_find(book, vg_slice_of(id));
	const char *dash = strchr(id, '-');
	int64_t start_ms;

	if (other != NULL)
		return other->merged_into != NULL &&
		       strcmp(other->merged_into, alert->id) == 0;
	if (dash == NULL || alert->merged_into != NULL)
		return false;
	start_ms = strtoll(dash + 1, NULL, 10);
	return start_ms >= alert->start_ms - alert->resolve_after_ms &&
	       (alert->end_ms >= INT64_MAX - alert->resolve_after_ms ||
		start_ms < alert->end_ms + alert->resolve_after_ms);
}

void vg_people_ids(struct vg_people_ids *out, const struct vg_people *p,
		   const struct vg_book *book,
		   const struct vg_book_alert *alert)
{
	struct vg_slice fingerprint;
	const struct vg_word *w;

	*out = (struct vg_people_ids){.n = 0};
	add_id(out, alert->id);
	if (p == NULL)
		return;
	fingerprint = vg_slice_of(alert->fingerprint);
	for (size_t i = vg_people_first(p, fingerprint);
	     (w = vg_people_at(p, i)) != NULL &&
	     strncmp(w->alert, fingerprint.p, fingerprint.n) == 0;
	     i++)
		if (strcmp(w->alert, alert->id) != 0 &&
		    is_about(book, alert, w->alert))
			add_id(out, w->alert);
}

const struct vg_word *vg_people_word(const struct vg_people *p,
				     const struct vg_people_ids *ids,
				     enum vg_action_kind kind)
{
	for (size_t k = 0; k < ids->n; k++) {
		struct vg_slice id = vg_slice_of(ids->id[k]);
		const struct vg_word *w;

		for (size_t i = vg_people_first(p, id);
		     (w = vg_people_at(p, i)) != NULL &&
		     strcmp(w->alert, id.p) == 0;
		     i++)
			if (w->kind == kind)
				return w;
	}
	return NULL;
}
