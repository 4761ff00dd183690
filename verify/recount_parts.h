/*
 * recount_parts - what the files of a recount share. Private to verify.
 *
 * Owner, threads: as recount.
 */
#ifndef VG_VERIFY_RECOUNT_PARTS_H
#define VG_VERIFY_RECOUNT_PARTS_H

#include "aggregate/keys.h"
#include "verify/native.h"
#include "verify/quota.h"

struct vg_cells;
struct vg_hear;
struct vg_table;
struct vg_names_notes;

struct vg_kept {
	int64_t offset, ts_ms;
	char *value; /* of a counted one, else NULL */
	uint32_t n;
	struct vg_marks marks;
	bool gone, narrowed; /* what recalls made of it */
	enum vg_tlp label;   /* when narrowed */
	uint64_t viewers;
	bool is_target; /* of the recall at hand */
};

struct vg_recount {
	const struct vg_part_env *env;
	const struct vg_partner *partner;
	struct vg_second second;
	int64_t ref_ms; /* of the record at hand */
	struct vg_cells *cells;
	struct vg_hear *heard;
	struct vg_table *ids; /* id -> the offset it was last seen at */
	struct vg_quota_count *quota;
	struct vg_recount_state state;
	struct vg_field_values a, b; /* scratch */
	struct vg_buf field;
	unsigned tuples; /* of the event and track at hand */
	int64_t rolled_ms;
	int64_t at_ms; /* log time at the event at hand, as tracks ask */
	const struct vg_epoch *epoch;
	size_t n_epoch;
	int sign;		/* of what is added to series and steps */
	unsigned long classes;	/* of the event, in the track at hand */
	struct vg_cells *spans; /* where the spans at hand go */
	struct vg_kept *kept;	/* the records that a recall may need */
	size_t n_kept, cap_kept;
};

/* The start of the bucket of `width` that holds `t`. */
static inline int64_t vg_recount_floor(int64_t t, int64_t width)
{
	int64_t rest = t % width;

	return t - (rest < 0 ? rest + width : rest);
}

/* Begin a field with the audience of `e`; the integers of the field as it
 * stands, in bucket `id`, NULL when memory is out. */
void vg_recount_field(struct vg_recount *r, const struct vg_event *e);
int64_t *vg_recount_cell(struct vg_recount *r, struct vg_bucket_id id);

/* Note a number of the account. False when memory is out, as of the others. */
bool vg_recount_tally(struct vg_recount *r, const char *name, int64_t ref_ms,
		      int64_t by);

/* The audience that the event at hand will have. */
uint16_t vg_recount_audience(const struct vg_recount *r);

/* A record that is rejected by `name` is kept as a dead letter, unless its
 * partner has no room for one of so many bytes. */
bool vg_recount_bury(struct vg_recount *r, const char *name, int64_t ts_ms,
		     uint32_t bytes);

/* Mark the event at hand, dressed, as past its quotas. */
void vg_recount_mark(struct vg_recount *r, struct vg_marks marks);

/* Give the event at hand its defaults, audience and resolved names. */
struct vg_names_notes vg_recount_dress(struct vg_recount *r, bool *undeclared);

/* Add the event at hand `sign` times to every series. */
bool vg_recount_series(struct vg_recount *r, int sign);

/* Put the spans of the event at hand into `into`. */
bool vg_recount_spans(struct vg_recount *r, int64_t offset,
		      struct vg_cells *into);

/* Take an event `at` ms into the span `v`. */
void vg_recount_widen(int64_t v[4], bool is_new, int64_t at, int64_t offset);

/* Add the event at hand `sign` times to the steps. */
bool vg_recount_steps(struct vg_recount *r, int sign);

/* Keep the record, counted unless `value` is NULL, for recalls; the event at
 * hand is then its. */
void vg_recount_keep(struct vg_recount *r, int64_t offset, int64_t ts_ms,
		     const struct vg_slice *value);

/* Do what the control record at `offset` asks for; false when that is refused.
 * `record` is its key and value. */
bool vg_recount_recall(struct vg_recount *r, int64_t offset,
		       const struct vg_slice record[2]);

#endif
