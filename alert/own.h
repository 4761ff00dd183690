/*
 * own - what partners keep for themselves: rules and watchlists, as their
 * analysts wrote them over the API.
 *
 * A document is one rule or one watchlist as JSON, which is YAML too. They
 * stand in one order, whoever reads them: by partner, watchlists first, by id;
 * so every process makes the same set of them.
 *
 * Owner:   the documents own their texts. Threads: one at a time.
 */
#ifndef VG_ALERT_OWN_H
#define VG_ALERT_OWN_H

#include "core/err.h"
#include "core/limits.h"
#include "core/slice.h"

#include <stddef.h>
#include <stdint.h>

enum vg_own_kind { VG_OWN_WATCHLIST, VG_OWN_RULE };

enum { VG_OWN_ID_MAX = 39 };

struct vg_own_doc {
	char viewer[17]; /* whose */
	enum vg_own_kind kind;
	char id[65];
	char *text;  /* the rule or watchlist, as JSON           */
	char *entry; /* as stored, who and when beside it; or NULL */
};

struct vg_own_docs {
	struct vg_own_doc *doc;
	size_t n, cap;
};

/* "watchlist", "rule"; and back, -1 when it is neither. */
const char *vg_own_kind_name(enum vg_own_kind kind);
int vg_own_kind_find(struct vg_slice name);

/* True for what a rule or watchlist may be called: 1 to 39 of a-z 0-9 -. */
bool vg_own_is_id(struct vg_slice id);

/* What its owner calls the rule `id`: "x" of "ma.x". */
const char *vg_own_name(const char *id);

/* Put `doc` at its place, instead of one of the same name; texts are copied. */
enum vg_rc vg_own_put(struct vg_own_docs *d, const struct vg_own_doc *doc,
		      struct vg_err *err) VG_MUST_CHECK;

/* Its place, or d->n; and take it away. */
size_t vg_own_find(const struct vg_own_docs *d, const char *viewer,
		   enum vg_own_kind kind, struct vg_slice id);
void vg_own_remove(struct vg_own_docs *d, size_t i);

/* The same documents once more. */
enum vg_rc vg_own_copy(struct vg_own_docs *out, const struct vg_own_docs *d,
		       struct vg_err *err) VG_MUST_CHECK;

/* How many `viewer` has of a kind. */
size_t vg_own_count(const struct vg_own_docs *d, const char *viewer,
		    enum vg_own_kind kind);

/* Free what they own; they are then none. */
void vg_own_term(struct vg_own_docs *d);

#endif
