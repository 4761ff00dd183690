/*
 * sensors - the sensor table of one partition: who was heard, and how each of
 * them speaks (aggregate/sensor.h).
 *
 * Fields: "*" everything of the partition, "s:" and its name a sensor,
 * "~other" what was heard past the limit, "o:" what may overlap
 * (aggregate/overlap.h; its times are event times), "canary" the partner's
 * canaries, which are no sensor's and in nothing else. The first `max` names
 * stay, so that a partner who invents names does not drive out those that it
 * has; one that was not heard for `keep_ms` of log time goes, and leaves its
 * place. When that happens depends on the records alone, not on how they fall
 * into batches.
 *
 * A part notes in it what each record says, and then which entries of it are
 * new in this batch; the view holds what Redis has.
 *
 * Owner:   the caller. Threads: one at a time.
 */
#ifndef VG_AGGREGATE_SENSORS_H
#define VG_AGGREGATE_SENSORS_H

#include "aggregate/sensor.h"

#define VG_SENSORS_KEY	  "sensors" /* of the hash, and of its part of a delta */
#define VG_SENSORS_ALL	  "*"
#define VG_SENSORS_PREFIX "s:"
#define VG_SENSORS_CANARY "canary"

struct vg_sensors;

struct vg_sensors_opts {
	size_t max;	 /* names, at least 1 */
	int64_t keep_ms; /* log time without a record after which one goes */
	uint64_t seed;
};

/* An empty table; NULL when memory is out. Freed with _free(), NULL allowed. */
struct vg_sensors *vg_sensors_new(const struct vg_sensors_opts *o);
void vg_sensors_free(struct vg_sensors *t);

struct vg_heard {
	struct vg_slice sensor; /* its name, 1 to VG_SENSOR_MAX bytes       */
	int64_t record_ms, event_ms;
	int64_t log_ms;	 /* largest record time up to and with this one    */
	uint64_t attack; /* of a counted event: vg_overlap_attack(), or 0 */
};

enum vg_hearing { VG_HEARD, VG_HEARD_FOLDED, VG_HEARD_NO_MEMORY };

/* Note one record. */
enum vg_hearing vg_sensors_hear(struct vg_sensors *t, const struct vg_heard *h);

/* Note a canary that was sent at `sent_ms`. False when memory is out. */
bool vg_sensors_canary(struct vg_sensors *t, int64_t record_ms,
		       int64_t sent_ms);

/* Let go what was not heard for `keep_ms` before `log_ms`. False when memory is
 * out. */
bool vg_sensors_expire(struct vg_sensors *t, int64_t log_ms);

/* Walk the fields that were let go since vg_sensors_settle(), then those that
 * were noted: start with *pos = 0; false at the end. A field may be in both. */
bool vg_sensors_gone(const struct vg_sensors *t, size_t *pos,
		     struct vg_slice *field);
bool vg_sensors_noted(const struct vg_sensors *t, size_t *pos,
		      struct vg_slice *field, const struct vg_sensor **s);

/* Both are known to Redis: forget them. */
void vg_sensors_settle(struct vg_sensors *t);

/* Set `field` to what `text` says, or remove it when `text` is empty. VG_DROP
 * when it is no sensor's; VG_FATAL when memory is out. */
enum vg_rc vg_sensors_set(struct vg_sensors *t, struct vg_slice field,
			  struct vg_slice text) VG_MUST_CHECK;

/* How many fields; the entry of `field`, or NULL; all of them: *pos = 0 first,
 * in no order. */
size_t vg_sensors_count(const struct vg_sensors *t);
const struct vg_sensor *vg_sensors_get(const struct vg_sensors *t,
				       struct vg_slice field);
bool vg_sensors_next(const struct vg_sensors *t, size_t *pos,
		     struct vg_slice *field, const struct vg_sensor **s);

/* The name in `field`; false when it is no sensor's. */
bool vg_sensors_name(struct vg_slice field, struct vg_slice *name);

#endif
