/*
 * prom - what the routes of Prometheus' API share: the question, the series
 * that the evaluator reads, the form of answers and errors.
 *
 * Threads: one question on one thread.
 */
#ifndef VG_API_PROM_H
#define VG_API_PROM_H

#include "api/service.h"
#include "promql/eval.h"

struct vg_prom {
	struct vg_service *s;
	const struct vg_request *r;
	struct vg_answer *a;
	struct vg_view_freshness fresh;
	struct vg_pq_source source;
	struct vg_arena arena;
	int marking;	 /* of the cells used, -1 */
	uint64_t folded; /* slots */
};

/* Start answering `r`; ended with vg_prom_end(), which adds the headers. */
void vg_prom_start(struct vg_prom *p, struct vg_service *s,
		   const struct vg_request *r, struct vg_answer *a);
void vg_prom_end(struct vg_prom *p);

/* The metrics that there are, and a source that reads them as r->viewer sees
 * them (in prom_source.c). */
void vg_prom_source(struct vg_prom *p);

/* The labels of aggregates that have all of `label`, each once: "a b c" is put
 * in `out` (in prom_source.c). */
void vg_prom_more_labels(const struct vg_slice *label, unsigned n,
			 struct vg_buf *out);

/* Answer with an error as Prometheus words it; false. */
bool vg_prom_fail(struct vg_answer *a, int status, const char *type,
		  const char *fmt, ...) VG_PRINTF(4, 5);

/* The same for a failed evaluation; `what` is "" or a prefix. False. */
bool vg_prom_fault(struct vg_prom *p, const char *what,
		   const struct vg_err *err);

/* {"status":"success","data": - and the end, with warnings if there are. */
struct vg_jout vg_prom_open(struct vg_prom *p);
void vg_prom_close(struct vg_prom *p, struct vg_jout *j, const char *warning);

/* A number as Prometheus prints it, without quotes; at least 32 bytes. */
void vg_prom_number(char out[32], double v);

/* A time in seconds, with as many digits behind the point as it needs. */
void vg_prom_seconds(struct vg_jout *j, int64_t ms);

/* A point [time,"value"]. */
void vg_prom_point(struct vg_jout *j, int64_t ms, double v);

/* {"name":"value",...} of a series. */
void vg_prom_labels(struct vg_jout *j, const struct vg_pq_series *s);

/* Parameter `name` as a time (seconds or RFC 3339) or as a duration (seconds
 * or 5m). Left alone when it is absent; false with an answer when it is bad. */
bool vg_prom_time(const struct vg_request *r, struct vg_answer *a,
		  const char *name, int64_t *ms);
bool vg_prom_duration(const struct vg_request *r, struct vg_answer *a,
		      const char *name, int64_t *ms);

/* Parameter `limit`: 0 when there is none. */
bool vg_prom_limit(const struct vg_request *r, struct vg_answer *a, size_t *n);

#endif
