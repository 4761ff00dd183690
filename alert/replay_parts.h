/*
 * replay_parts - the inside of a replay, shared by its two halves: adding
 * events and computing alerts. Private to alert.
 */
#ifndef VG_ALERT_REPLAY_PARTS_H
#define VG_ALERT_REPLAY_PARTS_H

#include "alert/replay.h"
#include "alert/shapes.h"

enum { VG_CHUNK_FIRST = 64, VG_CHUNK_MOST = 32768 };

struct vg_chunk {
	struct vg_chunk *next;
	size_t n, cap;
	struct vg_sample v[];
};

/* The samples of one leaf of one rule, as they came. */
struct vg_heap {
	struct vg_chunk *first, *last;
	size_t n;
	struct vg_shape *value; /* VG_TAKE_VALUE */
};

struct vg_replay_rule {
	const struct vg_rule *rule;
	int64_t needs_ms; /* to spare: vg_replay_spare() */
	struct vg_shape *group;
	struct vg_heap leaf[VG_LEAVES_MAX];
	struct vg_heap events; /* of a chain; its leaf 0 has alerts, too */
};

struct vg_replay {
	struct vg_values *values;
	struct vg_shapes shapes;
	struct vg_replay_rule *rule;
	size_t n_rule;
	struct vg_field_values scratch;
	int64_t newest_ms;
	int64_t spare_ms;
};

/* Add a sample; false when memory is out. */
bool vg_heap_push(struct vg_heap *h, const struct vg_sample *s);

/* Forget the samples. */
void vg_heap_term(struct vg_heap *h);

#endif
