/*
 * hear - the sensor table counted again, after docs/semantics.md ("Silence"):
 * a list of quiets for each sensor instead of a ring, and every name looked at
 * instead of a bound.
 *
 * Owner:   the recount. Threads: one at a time.
 */
#ifndef VG_VERIFY_HEAR_H
#define VG_VERIFY_HEAR_H

#include "core/buf.h"
#include "core/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct vg_hear;

/* Nothing heard yet, of a partition whose names are `max` at most and are kept
 * for `keep_ms` of log time; NULL when memory is out. Freed with _free(), NULL
 * is allowed. */
struct vg_hear *vg_hear_new(int64_t max, int64_t keep_ms, uint64_t seed);
void vg_hear_free(struct vg_hear *h);

/* The sensor spoke: {record time, event time, log time}, of the attack with
 * this hash (0: none that is compared). False when memory is out. */
bool vg_hear_take(struct vg_hear *h, struct vg_slice sensor,
		  const int64_t at_ms[3], uint64_t attack);

/* A canary was recorded that was sent at `sent_ms`. False when memory is out.
 */
bool vg_hear_canary(struct vg_hear *h, int64_t record_ms, int64_t sent_ms);

/* Walk what must be stored at log time `log_ms`: *pos = 0 first; `field` and
 * `text` are written anew. False at the end. */
bool vg_hear_next(const struct vg_hear *h, size_t *pos, int64_t log_ms,
		  struct vg_buf *field, struct vg_buf *text);

#endif
