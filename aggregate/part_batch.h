/*
 * part_batch - what one batch adds: (bucket, field) -> integers, in one hot
 * table that is small beside the absolutes, so that an event costs cache hits.
 *
 * Series are counted into 1 min (and 10 s) buckets only; vg_batch_roll() adds
 * up what belongs into hours and days once for the batch. Bucket and cell
 * numbers stay valid until the reset; pointers only until the next insert.
 *
 * Owner:   the part embeds it. Threads: one at a time.
 * Errors:  memory that runs out is VG_BATCH_NONE, or false.
 */
#ifndef VG_AGGREGATE_PART_BATCH_H
#define VG_AGGREGATE_PART_BATCH_H

#include "aggregate/steps.h"
#include "core/arena.h"

#define VG_BATCH_NONE UINT32_MAX

enum { VG_BATCH_CACHE = 128 }; /* series, and the first 48 tracks */

/* The audience of a cell read back whose audience is not declared any more:
 * no limit counts it. */
#define VG_BATCH_UNDECLARED UINT16_MAX

struct vg_batch_cell {
	uint64_t hash;	   /* of the field */
	const char *field; /* audience key and values */
	uint32_t n, bucket;
	uint32_t next; /* of the bucket's list */
	uint16_t audience;
	bool applied; /* v is the new absolute, no longer a delta */
	bool set;     /* v is what is stored now, or `gone`: of a recall */
	bool gone;    /* not kept: folded or thinned */
	int64_t v[4];
};

/* Of a cell of steps v is none of the numbers, but where its times are: */
enum {
	VG_BATCH_STEPS_HEAD, /* number of the first one, plus 1; 0: none */
	VG_BATCH_STEPS_TAIL, /* and of the last one that came */
	VG_BATCH_STEPS_N,    /* how many, equal ones too */
	VG_BATCH_STEPS_MIXED /* 1: they did not come in their order */
};

struct vg_batch_step {
	int64_t events;
	int32_t reports;
	uint32_t at_ms; /* from the slice's start */
	uint32_t next;	/* as STEPS_HEAD */
};

struct vg_batch_bucket {
	struct vg_bucket_id id;
	uint32_t head, n; /* its cells */
	size_t n_step;	  /* their times */
	bool has_rest;	  /* some of them are rests, read back by a roll */
};

struct vg_batch {
	struct vg_batch_cell *cell;
	struct vg_batch_bucket *bucket;
	struct vg_batch_step *step;
	uint32_t n_step, step_cap;
	uint64_t *cell_slot;   /* 32 bits of hash, number + 1; 0 = free */
	uint32_t *bucket_slot; /* number + 1, 0 = free */
	uint32_t n_cell, n_bucket, cell_cap, bucket_cap; /* slots: twice */
	uint32_t recent[VG_BATCH_CACHE]; /* bucket last used, by aggregate */
	uint64_t seed;
	struct vg_arena fields;
};

/* An empty batch. */
void vg_batch_init(struct vg_batch *b, uint64_t seed);
void vg_batch_term(struct vg_batch *b);

/* Forget all cells, keep the memory unless it grew very large. */
void vg_batch_reset(struct vg_batch *b);

/* Number of the bucket `id`, made when absent. */
uint32_t vg_batch_bucket_at(struct vg_batch *b, struct vg_bucket_id id);

/* Number of the cell `field` of `bucket`, made with zeros when absent
 * (*is_new, which may be NULL). The field is copied. */
uint32_t vg_batch_cell_at(struct vg_batch *b, uint32_t bucket,
			  struct vg_slice field, bool *is_new);

/* The same in steps, for a caller that has several cells to find and lets the
 * memory of one load while it asks for the next: hash each field, warm the
 * slots, warm the cells, then take them. */
uint64_t vg_batch_hash(const struct vg_batch *b, struct vg_slice field);
void vg_batch_warm_slot(const struct vg_batch *b, uint32_t bucket,
			uint64_t hash);
void vg_batch_warm_cell(const struct vg_batch *b, uint32_t bucket,
			uint64_t hash);
uint32_t vg_batch_cell_hashed(struct vg_batch *b, uint32_t bucket,
			      struct vg_slice field, uint64_t hash);

/* Number of that cell, or VG_BATCH_NONE. */
uint32_t vg_batch_find(const struct vg_batch *b, uint32_t bucket,
		       struct vg_slice field);

/* Add `v` to the cell `field`, of `audience`, of bucket `id`; `rest` when it is
 * what a limit folded away. The field is copied. */
bool vg_batch_add(struct vg_batch *b, struct vg_bucket_id id,
		  struct vg_slice field, uint16_t audience, const int64_t v[2],
		  bool rest);

/* Add a time to cell number `at`, which is of steps. */
bool vg_batch_add_step(struct vg_batch *b, uint32_t at,
		       const struct vg_step *step);

/* The times of `c`, added up and in order, into *out (of *cap, which grows);
 * how many, or SIZE_MAX when memory is out. */
size_t vg_batch_steps(const struct vg_batch *b, const struct vg_batch_cell *c,
		      struct vg_step **out, size_t *cap);

/* Add the minute buckets that start before `below_ms` into their hours, and
 * the hours into their days. */
bool vg_batch_roll(struct vg_batch *b, int64_t below_ms);

/* The field of `c`. */
static inline struct vg_slice vg_batch_field(const struct vg_batch_cell *c)
{
	return (struct vg_slice){.p = c->field, .n = c->n};
}

#endif
