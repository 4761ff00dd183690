/*
 * request - a request target, split and percent-decoded once.
 *
 * Owner:   the request owns the decoded text; slices borrow it.
 * Threads: one at a time.
 */
#ifndef VG_API_REQUEST_H
#define VG_API_REQUEST_H

#include "api/negotiate.h"
#include "api/tokens.h"
#include "core/buf.h"

enum { VG_PARAMS_MAX = 32 }; /* pairs in one query string */

struct vg_kept_claim;

struct vg_param {
	struct vg_slice name, value;
};

struct vg_request {
	const char *method;   /* "GET", borrowed                            */
	const char *instance; /* the path as sent, for error documents      */
	struct vg_slice path; /* decoded                                    */
	struct vg_slice id, id2; /* what each * of the route's path stood for */
	struct vg_param param[VG_PARAMS_MAX];
	unsigned n_params;
	unsigned viewer;	/* slot, once the token is known       */
	struct vg_asker who;	/* the same, and who of the viewer's   */
	struct vg_slice body;	/* of a route that takes one, borrowed */
	const char *repeat_key; /* header Idempotency-Key, or NULL   */
	const char *accept;	/* header, or NULL                   */
	const char *if_none_match, *authorization, *last_event_id;
	enum vg_coding coding;	     /* that the asker takes         */
	const char *target;	     /* as sent; borrowed            */
	struct vg_kept_claim *claim; /* the call's; NULL: none       */
	const struct vg_slice *name; /* as in struct vg_call      */
	unsigned n_names;
	struct vg_token_memo *memo;		 /* as in struct vg_call   */
	char certificate[VG_CERT_NAME_MAX + 16]; /* instead of a header    */
	const uint8_t *address; /* of who asks: 16 bytes; NULL: local */
	bool plays;		/* asked of the exercise     */
	int64_t now_ms;		/* one "now" for the whole answer    */
	char *memory, *form;	/* owned                             */
};

/* Split and decode `target` into `r`, which is zeroed first. In the query "+"
 * is a space, as forms write it. Returns 0, or the HTTP status to answer with:
 * 400 (a bad escape, NUL, not UTF-8, too many pairs), 414 (over
 * VG_HTTP_URL_MAX), 500 (memory); `err` then says what. */
int vg_request_parse(struct vg_request *r, const char *target,
		     struct vg_err *err) VG_MUST_CHECK;

/* Add the pairs of a form body to the parameters; once. Returns as above. */
int vg_request_add_form(struct vg_request *r, struct vg_slice form,
			struct vg_err *err) VG_MUST_CHECK;

/* Free what `r` owns. */
void vg_request_term(struct vg_request *r);

/* Value of the first parameter `name`; false when there is none. */
bool vg_request_param(const struct vg_request *r, const char *name,
		      struct vg_slice *value);

/* Append `s` percent-encoded, as a name or a value of a query string. */
void vg_request_encode(struct vg_buf *b, struct vg_slice s);

#endif
