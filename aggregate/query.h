/*
 * query - sums over the cells that one viewer may see.
 *
 * 10 s and 1 min come from the view, and so do hours whose minutes it still
 * has; older ones from Redis, through `store` (which may then answer VG_RETRY).
 * Values are summed over partitions; a capped value set folds as
 * aggregate/cap.h says, each partner's for itself: what one partner's names do
 * to its own sets is not felt in another's, and the answer says whose folded.
 *
 * Time: buckets with from <= start < to, from rounded down and to up to the
 *       step. Units: ms.
 * Threads: any, each with its own store; takes the view's read lock itself.
 */
#ifndef VG_AGGREGATE_QUERY_H
#define VG_AGGREGATE_QUERY_H

#include "aggregate/plan.h"
#include "aggregate/view.h"

enum { VG_QUERY_DIMS = 2 };

struct vg_query {
	unsigned viewer; /* slot */
	struct vg_slice by[VG_QUERY_DIMS];
	unsigned n_by;
	struct vg_slice where_field[VG_QUERY_DIMS], where_value[VG_QUERY_DIMS];
	unsigned n_where;
	bool reports; /* measure: reports instead of events */
	bool totals;  /* only each row's total is wanted: no value[], and so
		       * no limit on rows times steps (for vg_query_top()) */
	enum vg_res step;
	int64_t from_ms, to_ms;
	int64_t now_ms;
	int64_t *cost; /* NULL, or set when it costs more cells than the limit:
			* how many that the viewer may see, about       */
};

struct vg_query_row {
	struct vg_slice key[VG_QUERY_DIMS]; /* in the order of `by` */
	int64_t *value; /* one a time step; -1 where there is no data; NULL
			 * when only totals were asked for */
	int64_t total;
};

struct vg_query_result {
	int64_t *time; /* start of each step */
	size_t n_times;
	struct vg_query_row *row; /* by key, bytewise */
	size_t n_rows;
	int marking;	 /* enum vg_tlp, -1 when no cell was used */
	uint64_t folded; /* bit: of the partner with that slot some of what
			  * was asked for is in "~other"              */
	void *memory;	 /* owned */
};

/* Sum. VG_INVAL when by and where name no aggregate (`err` lists those there
 * are), or the range costs more than the limits; VG_RETRY when Redis is needed
 * and away. Rows with no visible cell do not appear. An empty `by` is one row
 * with no key, the total of what `where` leaves. "No data" (-1) is a step in
 * which nothing was counted, and that ends before what the resolution still
 * keeps or does not start before complete_to (of the row's partner, when `by`
 * names partner); or a step without any of the one value that `where` names in
 * full, where a partner may have folded it into "~other". `folded` is of what
 * the viewer may see, and that alone counts against the limits. */
enum vg_rc vg_query_series(struct vg_query_result *out,
			   const struct vg_query *q, struct vg_view *view,
			   struct vg_store *store,
			   struct vg_err *err) VG_MUST_CHECK;

/* Order rows by total, largest first (ties by key), and keep the first n. */
void vg_query_top(struct vg_query_result *r, size_t n);

/* Free what a query returned. */
void vg_query_result_term(struct vg_query_result *r);

struct vg_account_row {
	const struct vg_partner *partner;
	int64_t hour_ms;
	int64_t n[VG_VERDICT_N];
	/* Records of this hour of event time that several sensors report;
	 * false: the hour is too long ago to know. */
	bool has_overlap;
	int64_t overlap;
};

struct vg_account_range {
	uint64_t slots;		/* bit: the partner with that slot */
	int64_t from_ms, to_ms; /* from <= hour < to */
};

/* The account by partner and hour, ordered, of what is in `range`: VG_INVAL
 * when it is empty or holds too many hours. *rows is freed with free(). */
enum vg_rc vg_query_account(struct vg_account_row **rows, size_t *n,
			    const struct vg_account_range *range,
			    struct vg_view *view,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
