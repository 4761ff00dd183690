/*
 * groups - what rules know: for each group its spans, in little memory.
 *
 * A family is a list of group_by fields; all rules that share it share its
 * groups. A group holds one span of 24 bytes for each (track, value, audience,
 * partition, sub-window), sorted, so that counting different values is one
 * walk; of a track of steps one for each event time, with how many. Marks on a
 * span say what changed since the group was last evaluated: lateness is judged
 * from them, for each viewer from what it may see.
 *
 * Owner:   the set owns its groups. Threads: one at a time.
 */
#ifndef VG_ALERT_GROUPS_H
#define VG_ALERT_GROUPS_H

#include "alert/values.h"
#include "core/limits.h"

enum {
	VG_SPAN_NEW_FIRST = 1, /* `first` changed since the last evaluation */
	VG_SPAN_NEW_LAST = 2,
	VG_SPAN_STALE = 4, /* the partition is loading again; not seen yet */
	VG_SPAN_STEP = 8,  /* a step: see vg_gspan */
	VG_SPAN_MARKS = 15,
	VG_GROUP_KEY_MAX = 65535,
	VG_SPAN_BITS = 36 /* of first and last: windows of 795 days */
};

struct vg_gspan {
	int64_t sub_high; /* start of the sub-window in ms (of a step its event
			   * time), times 256, and 4 bits above each of: */
	uint32_t first, last; /* ms from there; of a step how many events,
			       * and to how many ms its time is rounded */
	uint32_t value_marks; /* value << 4 | marks                    */
	uint32_t place;	      /* track << 21 | audience << 10 | part   */
};

struct vg_span_key {
	uint32_t track, audience, part, value;
	int64_t sub_ms;
	bool step;	     /* of steps: those from sub_ms on ... */
	int64_t until_ms;    /* ... and before this              */
	uint32_t rounded_ms; /* 0: they are exact                */
};

struct vg_active; /* what became of a group with alerts: alert/state.h */

struct vg_group {
	struct vg_gspan *span;
	struct vg_active *active; /* NULL for almost all */
	struct vg_group *next_dirty;
	uint32_t n, cap, hash;
	uint16_t family, key_len;
	bool dirty;
	bool force; /* evaluate all, whatever the marks say */
	char key[];
};

/* Parts of a span's place and marks. */
static inline uint32_t vg_span_track(const struct vg_gspan *s)
{
	return s->place >> 21;
}
static inline uint32_t vg_span_audience(const struct vg_gspan *s)
{
	return s->place >> 10 & 0x7ff;
}
static inline uint32_t vg_span_part(const struct vg_gspan *s)
{
	return s->place & 0x3ff;
}
static inline uint32_t vg_span_value(const struct vg_gspan *s)
{
	return s->value_marks >> 4;
}

/* Start of its sub-window, of a step its event time. */
static inline int64_t vg_span_sub(const struct vg_gspan *s)
{
	return s->sub_high >> 8;
}

/* First and last event time, ms; whether that of a step is rounded; how many
 * events a step has, 1 of a span. */
static inline int64_t vg_span_first(const struct vg_gspan *s)
{
	return vg_span_sub(s) +
	       ((s->value_marks & VG_SPAN_STEP)
			? 0
			: (s->sub_high >> 4 & 15) << 32 | s->first);
}
static inline int64_t vg_span_last(const struct vg_gspan *s)
{
	return vg_span_sub(s) + ((s->value_marks & VG_SPAN_STEP)
					 ? 0
					 : (s->sub_high & 15) << 32 | s->last);
}
static inline bool vg_span_is_rounded(const struct vg_gspan *s)
{
	return (s->value_marks & VG_SPAN_STEP) != 0 && s->last != 0;
}
static inline uint32_t vg_span_events(const struct vg_gspan *s)
{
	return (s->value_marks & VG_SPAN_STEP) ? s->first : 1;
}

struct vg_groups;

/* An empty set, NULL when memory is out; freed with _free() (NULL allowed). */
struct vg_groups *vg_groups_new(uint64_t seed);
void vg_groups_free(struct vg_groups *g);

/* The group of these group bytes, or NULL; _make() makes it when absent (NULL
 * when memory is out). */
struct vg_group *vg_groups_find(const struct vg_groups *g, unsigned family,
				struct vg_slice key);
struct vg_group *vg_groups_make(struct vg_groups *g, unsigned family,
				struct vg_slice key);

/* Forget a group: it must be in no list and without `active`. */
void vg_groups_drop(struct vg_groups *g, struct vg_group *group);

/* Walk: start with *pos = 0; NULL at the end. Dropping the group just given is
 * allowed: another one may then be missed until the next walk. */
struct vg_group *vg_groups_next(const struct vg_groups *g, size_t *pos);

/* How many groups; bytes held with their spans and texts. */
size_t vg_groups_count(const struct vg_groups *g);
size_t vg_groups_bytes(const struct vg_groups *g);

/* The texts of values. */
struct vg_values *vg_groups_values(const struct vg_groups *g);

/* Set a span, with marks where it differs from before. 1 when it changed, 0
 * when it was the same, -1 when memory is out. `value` is the text. */
int vg_group_set(struct vg_groups *g, struct vg_group *group,
		 struct vg_span_key key, struct vg_slice value,
		 const int64_t first_last[2]);

/* Remove one span, or the steps of `key`; true when something was there. Steps
 * that have been rounded since are others. */
bool vg_group_unset(struct vg_groups *g, struct vg_group *group,
		    struct vg_span_key key);

/* Remove the spans for which `gone` says so; how many. */
size_t vg_group_prune(struct vg_groups *g, struct vg_group *group,
		      bool (*gone)(const void *ctx, const struct vg_gspan *s),
		      const void *ctx);

#endif
