/*
 * answer - what a handler wants sent back, before any HTTP library sees it.
 *
 * An error is a problem document (RFC 9457): `type` is a stable urn for
 * programs, `detail` names the place and the remedy for people.
 *
 * Owner:   the caller embeds it; zero bytes are a valid empty one.
 * Threads: one at a time.
 * Errors:  out of memory shows in body.failed; vg_answer_finish() turns it
 *          into a plain 500.
 */
#ifndef VG_API_ANSWER_H
#define VG_API_ANSWER_H

#include "api/json_out.h"
#include "api/request.h"

enum { VG_ANSWER_HEADERS_MAX = 16 };

struct vg_sse;

struct vg_answer_header {
	const char *name; /* static */
	size_t at;	  /* of its value, in the answer's `values` */
};

struct vg_answer {
	int status;
	const char *content_type; /* static */
	struct vg_buf body;
	struct vg_sse *stream; /* instead of a body; owned, or NULL */
	size_t body_n;	       /* of the body before it was coded or left out */
	struct vg_answer_header header[VG_ANSWER_HEADERS_MAX];
	unsigned n_headers;
	struct vg_buf values; /* of all headers, each with a NUL behind it */
	struct vg_err fault;  /* for the log, not the asker; rc 0: none */
};

/* Free what `a` owns. */
void vg_answer_term(struct vg_answer *a);

/* Add a header; `name` is a string constant, `value` is copied. */
void vg_answer_header(struct vg_answer *a, const char *name, const char *value);

/* Value of header number `i` of `a`. */
const char *vg_answer_value(const struct vg_answer *a, unsigned i);

/* Value of a header, or NULL. */
const char *vg_answer_get(const struct vg_answer *a, const char *name);

/* Start a JSON body: status, content type, writer. */
struct vg_jout vg_answer_json(struct vg_answer *a, int status);

/* Write "marking": the label of an enum vg_tlp, null for -1 (nothing used). */
void vg_answer_marking(struct vg_jout *j, int marking);

/* Start a problem document and leave its object open for more members. `slug`
 * is the last word of `type`; `instance` may be NULL. */
struct vg_jout vg_answer_problem_open(struct vg_answer *a, int status,
				      const char *slug, const char *instance,
				      const char *detail);

/* A whole problem document about request `r` (may be NULL). Always returns
 * false, so that a check reads `return vg_answer_fail(...)`. */
bool vg_answer_fail(struct vg_answer *a, const struct vg_request *r, int status,
		    const char *slug, const char *fmt, ...) VG_PRINTF(5, 6);

/* True when the asker has the answer of `body_n` bytes that `tag` is of. */
bool vg_answer_has_tag(const struct vg_request *r, const char *tag,
		       size_t body_n);

/* Add the headers that every answer has, those of caching where the handler
 * has set none; replace a body that memory did not suffice for. */
void vg_answer_finish(struct vg_answer *a);

#endif
