/*
 * service - what handlers read from, and the way from a call to its answer.
 *
 * A route is a row of a const table: path, who may ask, the parameters it
 * takes, the handler. vg_api_dispatch() parses, finds the route, checks
 * method, token and parameters, and lets the handler fill the answer. No
 * socket and no HTTP library is involved.
 *
 * Owner:   borrows everything; the server or a test embeds it.
 * Threads: any number of calls at once.
 */
#ifndef VG_API_SERVICE_H
#define VG_API_SERVICE_H

#include "api/answer.h"
#include "api/api.h"

struct vg_auditor;
struct vg_exercise_gate;
struct vg_kept;
struct vg_oidc;
struct vg_pool;
struct vg_rates;
struct vg_sse_hub;
struct vg_tokens;

struct vg_service {
	const struct vg_part_env *env;
	const char *small_at; /* as in api/api.h */
	struct vg_view *view; /* NULL, as is book, in a small one */
	struct vg_book *book;
	struct vg_board *board;
	enum vg_rc (*reload)(void *reloader, size_t *rules, struct vg_err *err);
	void *reloader;		  /* as in api/api.h */
	struct vg_people *people; /* NULL: nobody says anything */
	struct vg_action_sink sink;
	struct vg_event_source events;
	struct vg_tokens *tokens;
	struct vg_pool *pool;
	struct vg_kept *kept;		   /* NULL: every answer is computed */
	struct vg_sse_hub *streams;	   /* NULL: none are served */
	struct vg_exercise_gate *exercise; /* NULL: there are none */
	bool role_ingest;
	struct vg_auditor *auditor; /* NULL: no audit log */
	struct vg_oidc *oidc;	    /* NULL: no provider */
	/* By token, and of requests without one by address; NULL: none. */
	struct vg_rates *rates, *strangers;
};

struct vg_call {
	const char *method;	   /* as sent: case matters          */
	const char *target;	   /* path and query, as sent        */
	const char *authorization; /* header value, NULL when absent */
	const char *content_type;  /* so, too                        */
	const char *accept, *accept_encoding, *if_none_match, *last_event_id,
		*origin;
	const char *repeat_key; /* header Idempotency-Key         */
	struct vg_slice body;	/* at most VG_HTTP_BODY_MAX       */
	/* Names of the certificate that who asks has shown and is his. */
	const struct vg_slice *name;
	unsigned n_names;
	struct vg_token_memo *memo; /* of its connection; NULL: none */
	const uint8_t *address;	    /* of who asks: 16 bytes, as of
				       aggregate/net.h; NULL: not known */
	int64_t now_ms;
};

/* A row of the route table, for those who hold something true of every route.
 */
struct vg_api_route {
	const char
		*method;  /* "GET": and HEAD; "FORM": so, and POST of a form */
	const char *path; /* each "*" is a segment that is not empty        */
	const char *params; /* names, "*" behind those that repeat; NULL: any */
	const char *role;   /* the least one that may ask; NULL: no token     */
	bool is_operators;  /* of viewer coalition                            */
};

/* Row `i` of it; false past the end. */
bool vg_api_route(size_t i, struct vg_api_route *out);

/* True when there is a route that takes a body at `target`. */
bool vg_api_takes_body(const char *method, const char *target);

/* Answer `call`; `a` is zeroed first, and freed with vg_answer_term(). */
void vg_api_dispatch(struct vg_service *s, const struct vg_call *call,
		     struct vg_answer *a);

/* True while `authorization` is that of a token of `viewer` that may read, and
 * whose partner is a member: for a stream, after it was admitted. */
bool vg_service_admits(struct vg_service *s, const char *authorization,
		       unsigned viewer, int64_t now_ms);

/* How far the view is, read once before the data: an answer then never claims
 * more than it holds. */
struct vg_view_freshness vg_service_freshness(const struct vg_service *s,
					      const struct vg_request *r);

/* Add the freshness headers. */
void vg_service_fresh_headers(struct vg_answer *a,
			      const struct vg_view_freshness *f);

/* Take a store for `r` from the pool. VG_RETRY at once while the view is stale
 * (`is_stale`) or the pool backs off: a dead Redis would hold this thread for
 * its whole time-out. */
enum vg_rc vg_service_take_store(struct vg_service *s,
				 const struct vg_request *r, bool is_stale,
				 struct vg_store **out,
				 struct vg_err *err) VG_MUST_CHECK;

/* A problem for a failed call to Redis: 503 and Retry-After, or 500. */
void vg_service_store_problem(struct vg_answer *a, const struct vg_request *r,
			      const struct vg_err *err);

#endif
