/*
 * since - "only what is new": cursors of what an asker has.
 *
 * A cursor says up to where the asker has the answer, and a keyed hash of all
 * before that. Whoever hands it in gets what comes after, as long as what the
 * viewer would read of the part before still has that hash; else all of it. So
 * a cursor is no state of ours, is good at every process, and is made of what
 * its viewer sees and the clock alone (law 3).
 *
 * Threads: pure.
 */
#ifndef VG_API_SINCE_H
#define VG_API_SINCE_H

#include "aggregate/query.h"
#include "api/service.h"

enum { VG_CURSOR_TEXT = 80 };

/* Of a series: the asker has the steps from from_ms to before open_ms. */
struct vg_since {
	bool asked;  /* the parameter is there             */
	bool is_set; /* and it is a cursor                 */
	int64_t from_ms, open_ms;
	uint64_t hash;
};

/* Read the parameter `since` of a series of step `step_ms`; an empty one asks
 * for a cursor. False with a problem. */
bool vg_since_read(const struct vg_request *r, struct vg_answer *a,
		   int64_t step_ms, struct vg_since *out);

/* The first step at now_ms that is still expected to change, in the range. */
int64_t vg_since_open(const struct vg_query *q, int64_t now_ms);

/* The hash of what `res` has from from_ms to before open_ms of `q`. False when
 * memory is out. */
bool vg_since_hash(const struct vg_service *s, const struct vg_query *q,
		   const struct vg_query_result *res, struct vg_since *at);

/* Write `at` as text. */
void vg_since_print(char out[VG_CURSOR_TEXT], const struct vg_since *at);

/* Answer GET /v1/alerts?since=<cursor>: what changed among the alerts that the
 * viewer sees, and which are gone. */
void vg_alerts_since(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, struct vg_slice cursor);

#endif
