/*
 * compare - a recount against what Redis holds, cell by cell.
 */
#ifndef VG_VERIFY_COMPARE_H
#define VG_VERIFY_COMPARE_H

#include "aggregate/keys.h"
#include "core/limits.h"
#include "verify/recount.h"

#include <stdio.h>

struct vg_compare {
	struct vg_store *store;
	const struct vg_part_env *env;
	const struct vg_partner *partner;
	int32_t partition;
	int64_t swept_ms;  /* what expired at or before this log time may be
			    * gone: the largest log time of any partition */
	int64_t rolled_ms; /* minutes from here on stay, whatever the time */
	FILE *out;	   /* a line a difference */
	uint64_t whole[VG_TRACKS_ALL / 64]; /* tracks that miss nothing */
	size_t cells, differences;
	size_t unfilled; /* buckets of tracks that do: not compared */
};

struct vg_compare_past { /* what the partition was counted under */
	struct vg_epoch *epoch;
	size_t n;
};

struct vg_compare_state { /* of a partition, as stored */
	int64_t offset;	  /* -1 when it has none */
	int64_t from;	  /* where counting began, -1: at the start */
	int64_t log_ms, watermark_ms, rolled_ms;
};

/* Read it. */
enum vg_rc vg_compare_state(struct vg_compare *c, struct vg_compare_state *out,
			    struct vg_err *err) VG_MUST_CHECK;

/* Read the past, and which tracks miss something into c->whole. Ended with
 * _term(). */
enum vg_rc vg_compare_past(struct vg_compare *c, struct vg_compare_past *out,
			   struct vg_err *err) VG_MUST_CHECK;
void vg_compare_past_term(struct vg_compare_past *p);

/* Ask for a whole key of the partition: HGETALL, or ZRANGE and LRANGE of all.
 */
enum vg_rc vg_compare_fetch(struct vg_compare *c, const char *verb,
			    const char *suffix, struct vg_reply **out,
			    struct vg_err *err) VG_MUST_CHECK;

/* The cells of bucket `id` by the audiences of now, where `r` (field, cell,
 * ...) has some of members from a time on at which none of the configuration
 * joined, or lists of steps, each of whose times is then a cell; NULL: it has
 * neither, or a cell that is no number or no list. Freed by the caller. */
struct vg_table *vg_compare_joined(const struct vg_compare *c,
				   struct vg_bucket_id id,
				   const struct vg_reply *r);

/* Compare every live bucket with `r`; adds to cells and differences. */
enum vg_rc vg_compare_cells(struct vg_compare *c, const struct vg_recount *r,
			    struct vg_err *err) VG_MUST_CHECK;

/* Compare the sensor table with what `r` heard up to log time `log_ms`. */
enum vg_rc vg_compare_sensors(struct vg_compare *c, const struct vg_recount *r,
			      int64_t log_ms, struct vg_err *err) VG_MUST_CHECK;

/* Say one difference. */
void vg_compare_say(struct vg_compare *c, const char *fmt, ...) VG_PRINTF(2, 3);

#endif
