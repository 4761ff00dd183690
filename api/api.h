/*
 * api - the HTTP server: tokens, routes, answers.
 *
 * Routes are rows of one table; a handler gets a parsed request (viewer
 * already known) and fills an answer, and never sees libmicrohttpd. Handlers
 * take "now" as an argument, so that tests call them without a socket.
 *
 * Threads: libmicrohttpd's own pool; every handler may run on several at once.
 */
#ifndef VG_API_API_H
#define VG_API_API_H

#include "aggregate/view.h"
#include "core/log.h"

struct vg_board;
struct vg_exercise_gate;
struct vg_book;
struct vg_people;
struct vg_api;

/* Where what people do is written: it returns when the log has the record. */
struct vg_action_sink {
	enum vg_rc (*put)(void *ctx, struct vg_slice key,
			  struct vg_slice record, struct vg_err *err);
	void *ctx;
};

/* An event in the log: one that an audience alone may be told of. */
struct vg_event_ref {
	const char *topic;
	int32_t partition;
	int64_t offset, time_ms; /* its record, its event time */
	const struct vg_partner *partner;
	uint16_t audience;
};

enum { VG_EVENT_NAME = 257 }; /* bytes of an id or a sensor, and a NUL */

/* What it is called; id "" when that is not to be had. */
struct vg_event_name {
	char id[VG_EVENT_NAME], sensor[VG_EVENT_NAME];
};

/* Where the names of `n` events are read, in a bounded time: VG_RETRY when the
 * log is away. `ctx` NULL: there is none. */
struct vg_event_source {
	enum vg_rc (*read)(void *ctx, const struct vg_event_ref *ref, size_t n,
			   struct vg_event_name *out, struct vg_err *err);
	void *ctx;
};

struct vg_api_opts {
	const struct vg_part_env *env;
	/* Where a process without the role api listens: then it answers /livez,
	 * /readyz and /metrics alone, by tokens of the file, and all that the
	 * other routes read may be NULL. NULL: the whole, at http.address. */
	const char *small_at;
	struct vg_view *view; /* NULL when small: nothing is followed */
	struct vg_book *book;
	struct vg_board *board;
	/* Have the rule files read again: *rules is how many there are now.
	 * VG_INVAL: they are bad, and nothing changes. */
	enum vg_rc (*reload)(void *reloader, size_t *rules, struct vg_err *err);
	void *reloader;
	struct vg_people *people;
	struct vg_action_sink sink;
	struct vg_event_source events;
	struct vg_exercise_gate *exercise; /* NULL: there are none */
	const struct vg_log *log;
	struct vg_clock clock;
	const char *owner; /* this process, in the audit log */
	bool role_ingest;  /* this process ingests: /readyz asks for it too */
};

/* Read the token file, listen. VG_INVAL with the place and the remedy. */
enum vg_rc vg_api_new(struct vg_api **out, const struct vg_api_opts *opts,
		      struct vg_err *err) VG_MUST_CHECK;

/* Read the certificate of TLS again, if there is one; a bad one is logged, and
 * the old one stays. By main. NULL is allowed. */
void vg_api_reload(struct vg_api *a);

/* Stop listening, finish what runs, free. */
void vg_api_free(struct vg_api *a);

/* "127.0.0.1:8080", with the real port when 0 was asked for. */
const char *vg_api_address(const struct vg_api *a);

/* The keys of the OpenID provider: true when they are to be brought now, from
 * oidc.keys_url, by a thread that may wait; then taken in (api/oidc.h). */
bool vg_api_wants_keys(struct vg_api *a, int64_t now_ms);
enum vg_rc vg_api_take_keys(struct vg_api *a, struct vg_slice text,
			    int64_t now_ms, size_t *n,
			    struct vg_err *err) VG_MUST_CHECK;

struct vg_token_wish {
	const char *viewer;
	const char *role;   /* NULL: reader      */
	const char *name;   /* NULL: none        */
	int64_t expires_ms; /* 0: never          */
	/* As in the token file; NULL: none. */
	const char *scopes, *from, *rate;
	const char *certificate; /* a name of one: no token is made */
};

/* Add a token to the token file (made with mode 0600 when absent) and print it
 * once to `out`. */
enum vg_rc vg_token_add(const struct vg_config *cfg,
			const struct vg_token_wish *wish, FILE *out,
			struct vg_err *err) VG_MUST_CHECK;

#endif
