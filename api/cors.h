/*
 * cors - which web pages of other origins may read the API: those named.
 *
 * Threads: pure.
 */
#ifndef VG_API_CORS_H
#define VG_API_CORS_H

#include "api/service.h"

/* Answer a preflight of a named origin. False when `call` is none. */
bool vg_cors_preflight(const struct vg_config *cfg, const struct vg_call *call,
		       struct vg_answer *a);

/* Add what a page of a named origin needs to read `a`. */
void vg_cors_headers(const struct vg_config *cfg, const struct vg_call *call,
		     struct vg_answer *a);

#endif
