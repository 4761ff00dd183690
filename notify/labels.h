/*
 * labels - what silences, inhibition, routes and groups look at: the names and
 * values of one alert, and conditions over them.
 *
 * A name may have several values (the countries of a campaign). A label that
 * is missing has the value "".
 *
 * Owner:   a set owns its texts; zero bytes are a valid empty one.
 * Threads: pure.
 */
#ifndef VG_NOTIFY_LABELS_H
#define VG_NOTIFY_LABELS_H

#include "core/buf.h"
#include "core/slice.h"

enum {
	VG_LABELS_MAX = 512,	  /* labels of one alert              */
	VG_MATCHERS_MAX = 32,	  /* conditions of one list           */
	VG_MATCH_VALUES_MAX = 256 /* values of one condition       */
};

struct vg_label {
	char *name, *value;
};

struct vg_labels {
	struct vg_label *label; /* by name, then value; no two alike */
	size_t n, cap;
};

/* Add a pair; "" adds nothing. False when memory is out or the set is full. */
bool vg_labels_add(struct vg_labels *l, struct vg_slice name,
		   struct vg_slice value);

/* Make `out` (empty) a copy; false when memory is out. */
bool vg_labels_copy(struct vg_labels *out, const struct vg_labels *l);

/* Free what `l` holds; it is then empty. */
void vg_labels_term(struct vg_labels *l);

/* True when both have the same pairs. */
bool vg_labels_equal(const struct vg_labels *a, const struct vg_labels *b);

/* True when `name` has `value` among its values; "" when it has none. */
bool vg_labels_has(const struct vg_labels *l, const char *name,
		   struct vg_slice value);

/* True when `name` has the same values in both. */
bool vg_labels_same(const struct vg_labels *a, const struct vg_labels *b,
		    const char *name);

/* Append the value of `name`, several joined by a comma. */
void vg_labels_value(const struct vg_labels *l, const char *name,
		     struct vg_buf *out);

/* One condition: `name` has one of the values; `*` at a value's end stands for
 * any rest. With `not`: it has none of them. With a number: it is at least
 * that. */
struct vg_matcher {
	char *name;
	char **value;
	size_t n;
	bool not ;
	bool has_least;
	int64_t least;
};

struct vg_matchers {
	struct vg_matcher *m;
	size_t n;
};

/* Add an empty condition on `name`, to be filled; NULL when memory is out or
 * there are VG_MATCHERS_MAX. */
struct vg_matcher *vg_matchers_add(struct vg_matchers *ms, const char *name);

/* Add a value to it; false when memory is out or there are too many. */
bool vg_matcher_value(struct vg_matcher *m, struct vg_slice value);

/* True when every condition holds; an empty list holds for all. */
bool vg_matchers_hold(const struct vg_matchers *ms, const struct vg_labels *l);

/* Free what `ms` holds; it is then empty. */
void vg_matchers_term(struct vg_matchers *ms);

#endif
