/*
 * keys - the names and text forms in Redis. docs/data-model.md says the same
 * for people; the two change together.
 *
 * All keys of a partition share the hash tag {topic:partition}:
 *
 *   vg:{alerts.ma:0}:o           hash: next off epoch po ph wm lt roll schema
 *                                hk cfg live
 *   vg:{alerts.ma:0}:i           sorted set: packed recent ids -> newest offset
 *   vg:{alerts.ma:0}:x           sorted set: bucket name -> expiry, log time ms
 *   vg:{alerts.ma:0}:d           stream: prev off wm lt roll b (see vg_delta)
 *   vg:{alerts.ma:0}:sensors     hash: field -> numbers (see sensors)
 *   vg:{alerts.ma:0}:s           hash: hw (broker's end), at (wall ms): a
 *                                heartbeat, outside the exactly-once script
 *   vg:{alerts.ma:0}:q           hash: the partner's quotas
 *   vg:{alerts.ma:0}:<bucket>    hash: field -> cell
 *
 * Bucket names ("c:" cells, "a:" account; start in ms since 1970):
 *   c:actor+country:1m:1700000040000     series
 *   c:t-0123456789abcdef:1699999200000   track, sub-window start
 *   a:1700002800000                      account of that hour
 *
 * Fields: audience key, then the values, joined by 0x1f. A byte below 0x20 or
 * 0x1b inside a value is written 0x1b, byte + 0x40. The account's fields are
 * the names of aggregate/verdict.h. The folded rest of a capped value set is
 * the raw value "~other" (see vg_cap_other()); a real value of that text has
 * its '~' escaped too, so that nobody can send one. What a partner's quota left
 * without a name is "~quota", which a set keeps like a vocabulary value and
 * readers show as "~other".
 *
 * Cells, in decimal: series "events,reports"; account "n"; span
 * "first,first_off,last,last_off" with times relative to the sub-window start;
 * steps are lists in bytes, whose field's last part is a slice of the
 * sub-window (aggregate/steps.h).
 *
 * Threads: all pure.
 */
#ifndef VG_AGGREGATE_KEYS_H
#define VG_AGGREGATE_KEYS_H

#include "aggregate/plan.h"
#include "core/buf.h"

enum {
	VG_SCHEMA = 1,
	VG_FIELD_SEP = 0x1f,
	VG_BUCKET_NAME_MAX = 96,
	VG_CELL_WIDTH_MAX = 40 /* numbers of a cell, of whatever kind */
};

#define VG_OTHER "~other"
#define VG_PAST	 "~quota"

struct vg_bucket_id {
	uint16_t agg; /* enum vg_agg                                  */
	uint8_t res;  /* enum vg_res; 0 for account and tracks        */
	int64_t start_ms;
};

/* How many int64 a cell of `agg` has: series and steps 2, account 1, span 4.
 */
unsigned vg_cell_width(unsigned agg);

/* Append "vg:{topic:partition}:" and then `suffix`. */
void vg_key(struct vg_buf *out, const char *topic, int32_t partition,
	    const char *suffix);

/* Start of the bucket of `width` that holds `t`; within `width` of the ends of
 * an int64, the end. */
int64_t vg_bucket_floor(int64_t t, int64_t width);

/* Append the bucket's name. */
void vg_bucket_name(struct vg_buf *out, const struct vg_plan *plan,
		    struct vg_bucket_id id);

/* Parse a bucket name; false when malformed or of a track not in `plan`. */
bool vg_bucket_parse(const struct vg_plan *plan, struct vg_slice name,
		     struct vg_bucket_id *out);

/* Append one escaped value to a field being built (separator before it when
 * `out` is not empty). */
void vg_field_pack(struct vg_buf *out, struct vg_slice value);

/* Split a field at its separators into at most `max` raw (still escaped)
 * parts; the number of parts, or 0 when there are more. */
unsigned vg_field_split(struct vg_slice field, struct vg_slice *part,
			unsigned max);

/* Split a field behind its audience key; false when it has no separator (an
 * account's): the outputs are then untouched. */
bool vg_field_audience(struct vg_slice field, struct vg_slice *audience,
		       struct vg_slice *values);

/* Append the unescaped form of one part. */
void vg_field_unescape(struct vg_buf *out, struct vg_slice part);

/* Append the decimal form of a cell of `width`, and read it back. */
void vg_cell_print(struct vg_buf *out, const int64_t *v, unsigned width);
bool vg_cell_parse(struct vg_slice text, int64_t *v, unsigned width);

#endif
