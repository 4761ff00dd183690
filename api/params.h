/*
 * params - reading query parameters into values, or refusing with 400.
 *
 * A reader leaves its output alone when the parameter is absent. On a bad value
 * it fills `a` with a problem that names the parameter and returns false.
 *
 * Threads: pure.
 */
#ifndef VG_API_PARAMS_H
#define VG_API_PARAMS_H

#include "api/answer.h"

/* Refuse a parameter that is not in `allowed`, or stands there without a "*"
 * and is given twice. `allowed` is "name name* name". */
bool vg_params_check(const struct vg_request *r, struct vg_answer *a,
		     const char *allowed);

/* An RFC 3339 instant. */
bool vg_param_time(const struct vg_request *r, struct vg_answer *a,
		   const char *name, int64_t *ms);

/* An integer from min to max. */
bool vg_param_int(const struct vg_request *r, struct vg_answer *a,
		  const char *name, const int64_t range[2], int64_t *out);

/* One of the words in `words` ("a b c"): its index. */
bool vg_param_word(const struct vg_request *r, struct vg_answer *a,
		   const char *name, const char *words, int *out);

/* The range `from` <= t < `to`, as changed by the parameters of those names. */
bool vg_param_range(const struct vg_request *r, struct vg_answer *a,
		    int64_t *from_ms, int64_t *to_ms);

#endif
