/*
 * overlap - one attack that several sensors of one partner report: the same
 * source address, target address and category, not more than 5 min apart.
 * docs/semantics.md ("Overlap") says the same for people.
 *
 * Sensors of a partner lie in different partitions, so what is stored of each
 * partition (in its sensor table, for two hours of log time) can be put
 * together by readers: for each attack, 5 min of event time and sensor the
 * number of records and the first and last event time. An entry overlaps when
 * one of another sensor, of the same attack, lies within 5 min of it. So what
 * overlaps does not depend on order, up to the limit of a partition; what is
 * past that is counted and not compared. Nothing is left out of any count.
 *
 * Threads: pure.
 */
#ifndef VG_AGGREGATE_OVERLAP_H
#define VG_AGGREGATE_OVERLAP_H

#include "core/hash.h"
#include "core/slice.h"

#include <stdbool.h>

struct vg_event;
struct vg_sensors;
struct vg_table;

/* Bytes of a field before the sensor's name: "o:", 16 hex digits of the attack,
 * 8 of the window. */
enum { VG_OVERLAP_HEAD = 26, VG_OVERLAP_FIELD_MAX = 96 };

#define VG_OVERLAP_WINDOW_MS INT64_C(300000)
#define VG_OVERLAP_KEPT_MS   INT64_C(7200000)
#define VG_OVERLAP_REST	     "o:~" /* what was past the limit */

/* The keyed hash of the event's attack; 0 when it lacks an address
 * (`fields` source.ip and destination.ip) or a category. */
uint64_t vg_overlap_attack(const uint8_t key[VG_HASH_KEY],
			   const struct vg_event *e);

/* Write the field of an entry to `out`; its length, or 0 when an event at
 * `event_ms`, met at log time `log_ms`, is too old or too far off to compare.
 */
uint32_t vg_overlap_field(char out[VG_OVERLAP_FIELD_MAX], uint64_t attack,
			  int64_t event_ms, int64_t log_ms,
			  struct vg_slice sensor);

/* The log time at which the entry of `field` goes; false when it is none. */
bool vg_overlap_end(struct vg_slice field, int64_t *end_ms);

/* Add to `by_name` (width 1) for each sensor the number of its records that
 * overlap, over all partitions of one partner, and to *rest what was not
 * compared. False when memory is out. */
bool vg_overlap_count(const struct vg_sensors *const *part, size_t n,
		      struct vg_table *by_name, int64_t *rest);

#define VG_OVERLAP_HOUR_MS INT64_C(3600000)

/* True when of the hour (of event time) at `hour_ms` every entry of a partition
 * is still there at its log time `log_ms`. */
bool vg_overlap_knows(int64_t hour_ms, int64_t log_ms);

/* Add to by_hour[i] the number of records that overlap in the hour that begins
 * i hours behind `first_ms`, over all partitions of one partner. False when
 * memory is out. */
bool vg_overlap_hours(const struct vg_sensors *const *part, size_t n,
		      int64_t first_ms, int64_t *by_hour, size_t n_hours);

#endif
