/*
 * item - a stored alert as the notifier knows it, and those it knows, by id.
 *
 * Labels are `rule`, `severity`, `title`, `marking`, each `viewer`, `country`
 * and `partner`, and the fields of its group. A document holds only what its
 * viewers may see, so labels do too.
 *
 * Owner:   the set owns its items. Threads: one at a time.
 */
#ifndef VG_NOTIFY_ITEM_H
#define VG_NOTIFY_ITEM_H

#include "core/err.h"
#include "notify/labels.h"

struct vg_item {
	char *id, *json;
	size_t json_len;
	struct vg_labels labels;
	int64_t start_ms, detected_ms;
	int64_t over_ms; /* resolved from then on, as far as known */
	bool gone;	 /* merged into another, withdrawn, or on trial */
};

/* Read a document; VG_DROP when it is none. */
enum vg_rc vg_item_read(struct vg_item **out, struct vg_slice doc,
			struct vg_err *err) VG_MUST_CHECK;

/* Free `i`; NULL is allowed. */
void vg_item_free(struct vg_item *i);

struct vg_items {
	struct vg_item **item; /* by id */
	size_t n, cap;
};

/* The item called `id`, or NULL. */
struct vg_item *vg_items_find(const struct vg_items *s, const char *id);

/* Take `i` in, which must not be there; false when memory is out. */
bool vg_items_add(struct vg_items *s, struct vg_item *i);

/* Let the item called `id` go, if there. */
void vg_items_drop(struct vg_items *s, const char *id);

/* Free all; `s` is then empty. */
void vg_items_term(struct vg_items *s);

#endif
