/*
 * guard - refusing requests that two servers could read in two ways.
 *
 * libmicrohttpd 0.9.75 takes the first of two Content-Length headers and
 * accepts one beside Transfer-Encoding: behind a proxy that reads otherwise
 * this smuggles requests. A body is refused unless its route takes one, and is
 * never chunked. A NUL inside a header's value ends it for us: it can only
 * shorten what was sent.
 *
 * Threads: pure.
 */
#ifndef VG_API_GUARD_H
#define VG_API_GUARD_H

#include "api/answer.h"

/* What the headers said, gathered by vg_guard_header(). Zeroed at first. */
struct vg_guard {
	unsigned n_length, n_encoding, n_authorization, n_host;
	bool has_body;	/* Content-Length is not "0" */
	bool is_long;	/* and over VG_HTTP_BODY_MAX */
	bool takes;	/* the route takes a body    */
	bool hides_nul; /* a NUL in the request line */
	bool is_bad;	/* a length that is no plain number */
	bool is_bare;	/* a line ends in LF alone */
	uintptr_t end;	/* of the line before, where the library has it */
};

/* Take in one header line. */
void vg_guard_header(struct vg_guard *g, const char *name, const char *value);

/* False with a problem in `a` when the request must be refused; the connection
 * is then to be closed. */
bool vg_guard_check(const struct vg_guard *g, struct vg_answer *a);

#endif
