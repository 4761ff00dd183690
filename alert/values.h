/*
 * values - texts kept once, by number: the values that groups have seen.
 *
 * A country or a partner is in hundreds of thousands of groups; each holds a
 * number. A text goes when its last user lets go. A tuple (packed values joined
 * by VG_FIELD_SEP) holds its pieces as values of their own, so that a rule can
 * count any of its fields.
 *
 * Owner:   the caller. Threads: one at a time.
 */
#ifndef VG_ALERT_VALUES_H
#define VG_ALERT_VALUES_H

#include "core/slice.h"

#include <stddef.h>

enum { VG_VALUE_NONE = 0, VG_VALUE_ID_MAX = (1 << 28) - 1 };

struct vg_values;

/* An empty set, NULL when memory is out; freed with _free() (NULL allowed). */
struct vg_values *vg_values_new(uint64_t seed);
void vg_values_free(struct vg_values *v);

/* The number of `text`, made when new, with one more user; VG_VALUE_NONE when
 * memory is out. */
uint32_t vg_values_hold(struct vg_values *v, struct vg_slice text);

/* `n` more users of a held number. */
void vg_values_hold_more(struct vg_values *v, uint32_t id, size_t n);

/* The number of `text`, or VG_VALUE_NONE. */
uint32_t vg_values_find(const struct vg_values *v, struct vg_slice text);

/* One user less of `id`. */
void vg_values_drop(struct vg_values *v, uint32_t id);

/* The number of piece `k` of a held tuple; of what is no tuple, itself. */
uint32_t vg_values_piece(const struct vg_values *v, uint32_t id, unsigned k);

/* The text of a held number. */
struct vg_slice vg_values_text(const struct vg_values *v, uint32_t id);

/* How many texts are held. */
size_t vg_values_count(const struct vg_values *v);

#endif
