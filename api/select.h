/*
 * select - from query parameters to a query over cells.
 *
 * `by` and `where` together must name exactly the fields of one aggregate;
 * without either it is the total. What has no cells is a 422 that lists the
 * aggregates there are.
 *
 * Owner:   the query borrows the request's text.
 * Threads: pure.
 */
#ifndef VG_API_SELECT_H
#define VG_API_SELECT_H

#include "aggregate/query.h"
#include "api/service.h"

enum { VG_SELECT_DEFAULT_MS = 3600000 }; /* the last hour */

/* Read by, where and measure into `q` (zeroed first, viewer and now set). On a
 * fault fills `a` and returns false. */
bool vg_select_cells(const struct vg_request *r, struct vg_answer *a,
		     struct vg_query *q);

/* The same for `rows` and `columns`: a pair, in that order. */
bool vg_select_pair(const struct vg_request *r, struct vg_answer *a,
		    struct vg_query *q);

/* The same for `of`, then `by`, and where. */
bool vg_select_of(const struct vg_request *r, struct vg_answer *a,
		  struct vg_query *q);

/* True when what `q` names is kept in buckets of `res`. */
bool vg_select_has_res(const struct vg_query *q, enum vg_res res);

/* Fill `a` with the 422 that lists the aggregates, saying `detail`. Returns
 * false. */
bool vg_select_refuse(const struct vg_request *r, struct vg_answer *a,
		      const char *detail);

/* How long buckets of `res` are kept, ms. */
int64_t vg_select_kept_ms(const struct vg_config *cfg, enum vg_res res);

/* Round from down and to up to whole buckets of `step`, and set it. False with
 * a 422 and an estimate when there are too many. */
bool vg_select_step(const struct vg_request *r, struct vg_answer *a,
		    struct vg_query *q, enum vg_res step);

/* False when the configuration leaves the series of `q` uncounted. */
bool vg_select_is_counted(const struct vg_service *s, const struct vg_query *q);

/* Run `q`, its actor under any of its names, having read whether the view is
 * stale. VG_INVAL: it costs too much; VG_RETRY: the store is away. */
enum vg_rc vg_select_sum(struct vg_service *s, const struct vg_request *r,
			 const struct vg_query *q, struct vg_query_result *out,
			 bool is_stale, struct vg_err *err) VG_MUST_CHECK;

/* Run `q`, having read whether the view is stale; false with a problem in `a`
 * when it fails. */
bool vg_select_run(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a, const struct vg_query *q,
		   struct vg_query_result *out, bool is_stale);

/* Write the members that series and tops have in common: measure, by. */
void vg_select_write_head(struct vg_jout *j, const struct vg_query *q);

/* Write "folded": the ids of the partners in the bits `slots`; nothing when
 * there is none. */
void vg_select_write_folded(struct vg_jout *j, const struct vg_config *cfg,
			    uint64_t slots);

/* Write "from" and "to". */
void vg_select_write_range(struct vg_jout *j, const struct vg_query *q);

/* Add the headers Vigie-Marking and Vigie-Folded, which tables have in place of
 * the members. */
void vg_select_headers(const struct vg_service *s, struct vg_answer *a,
		       int marking, uint64_t folded);

/* Write "key": the values of `row` under the names of `by`. */
void vg_select_write_key(struct vg_jout *j, const struct vg_query *q,
			 const struct vg_query_row *row);

#endif
