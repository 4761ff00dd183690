#include "api/server.h"

#include "api/audited.h"
#include "api/deadline.h"
#include "api/feeder.h"
#include "api/guard.h"
#include "api/listen.h"
#include "api/other_side.h"
#include "api/reply.h"
#include "api/tls.h"
#include "api/tokens.h"
#include "core/limits.h"
#include "core/secret.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum {
	CONNECTION_MEMORY = 32768, /* request line and headers       */
	DEADLINE_FACTOR = 3,	   /* of the time-out of inactivity  */
	STOP_STEPS = 200,	   /* of 10 ms: patience when ending */
};

struct vg_server {
	struct vg_service *service;
	const struct vg_log *log;
	struct vg_clock clock;
	struct vg_listener listener;
	struct vg_deadlines *deadlines;
	struct vg_feeder *feeder;
	struct vg_replies *replies;
	struct vg_tls tls; /* none: plain HTTP */
	/* The one that accepts; the one before the last reload, which goes on
	 * with the connections that it has. */
	struct MHD_Daemon *daemon, *retired;
	_Atomic uint64_t token_reads; /* that the audit log has */
	atomic_uint running; /* requests between target and completion */
};

/* What is known of a connection from one request to the next. */
struct link {
	struct vg_deadline *deadline;
	struct vg_token_memo memo;
};

/* One request: the target exactly as it was sent. */
struct exchange {
	char *target;
	struct vg_call call; /* what the headers say; borrowed       */
	uintptr_t line_at;   /* where the library has the target        */
	size_t line_len;     /* up to its first NUL                     */
	bool seen;	     /* headers were read and found right       */
	struct vg_buf body;
};

static void free_exchange(struct exchange *x)
{
	if (x == NULL)
		return;
	free(x->target);
	vg_buf_term(&x->body);
	free(x);
}

static struct link *link_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

/* The library's earliest sight of a request. One byte over the limit is kept,
 * so that the parser sees that it is too long. */
static void *on_target(void *cls, const char *target,
		       struct MHD_Connection *connection)
{
	struct vg_server *s = cls;
	struct exchange *x = calloc(1, sizeof *x);

	(void)connection;
	if (x == NULL)
		return NULL;
	x->target = strndup(target, VG_HTTP_URL_MAX + 1);
	if (x->target == NULL) {
		free(x);
		return NULL;
	}
	x->line_at = (uintptr_t)target;
	x->line_len = strlen(target);
	atomic_fetch_add(&s->running, 1);
	return x;
}

static void on_completed(void *cls, struct MHD_Connection *connection,
			 void **context, enum MHD_RequestTerminationCode how)
{
	struct vg_server *s = cls;
	struct exchange *x = *context;
	struct link *link = link_of(connection);

	*context = NULL;
	if (x == NULL)
		return;
	if (how == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED)
		vg_metric_add(s->service->env->metrics, VG_M_HTTP_CUT, 1);
	free_exchange(x);
	assert(atomic_load(&s->running) > 0);
	atomic_fetch_sub(&s->running, 1);
	if (link != NULL)
		vg_deadline_touch(s->deadlines, link->deadline);
}

static void unlink_connection(struct vg_server *s, struct link *link)
{
	if (link == NULL)
		return;
	vg_deadline_close(s->deadlines, link->deadline);
	vg_secret_wipe(&link->memo, sizeof link->memo);
	free(link);
}

static void on_connection(void *cls, struct MHD_Connection *connection,
			  void **socket_context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct vg_server *s = cls;
	const union MHD_ConnectionInfo *info;
	struct link *link;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		unlink_connection(s, *socket_context);
		*socket_context = NULL;
		return;
	}
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	link = info != NULL ? calloc(1, sizeof *link) : NULL;
	if (link == NULL)
		return;
	link->deadline = vg_deadline_open(s->deadlines, info->connect_fd);
	if (link->deadline == NULL)
		free(link);
	else
		*socket_context = link;
}

/* Where in a call the value of a header goes; the first of its name counts. */
static const struct place {
	const char *name;
	size_t at;
} places[] = {
	{"Authorization", offsetof(struct vg_call, authorization)},
	{"If-None-Match", offsetof(struct vg_call, if_none_match)},
	{"Accept", offsetof(struct vg_call, accept)},
	{"Accept-Encoding", offsetof(struct vg_call, accept_encoding)},
	{"Content-Type", offsetof(struct vg_call, content_type)},
	{"Idempotency-Key", offsetof(struct vg_call, repeat_key)},
	{"Last-Event-ID", offsetof(struct vg_call, last_event_id)},
	{"Origin", offsetof(struct vg_call, origin)},
};

/* What the lines of a header are read into. */
struct lines {
	struct vg_guard guard;
	struct vg_call *call;
};

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind,
				 const char *name, const char *value)
{
	struct lines *into = cls;

	(void)kind;
	vg_guard_header(&into->guard, name, value);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char **at;

		/* Letters alone differ by this bit. */
		if ((name[0] | 0x20) != (places[i].name[0] | 0x20) ||
		    strcasecmp(name, places[i].name) != 0)
			continue;
		at = (const char **)(void *)((char *)into->call + places[i].at);
		if (*at == NULL)
			*at = value;
		break;
	}
	return MHD_YES;
}

static void refresh_tokens(struct vg_server *s, int64_t now_ms)
{
	struct vg_err err;
	uint64_t reads;

	if (vg_tokens_refresh(s->service->tokens, now_ms, false, &err) != VG_OK)
		vg_log(s->log, VG_LOG_ERROR, VG_EV_TOKENS_BAD, "error",
		       err.text, NULL);
	reads = vg_tokens_reads(s->service->tokens);
	if (atomic_exchange(&s->token_reads, reads) != reads)
		vg_audited_tokens(s->service, now_ms);
}

static void log_fault(struct vg_server *s, const struct vg_answer *a)
{
	if (a->fault.rc != VG_OK)
		vg_log(s->log, VG_LOG_ERROR, VG_EV_REDIS_REFUSED, "error",
		       a->fault.text, NULL);
}

/* The library splits the request line in place at its last space, so the
 * version starts one byte after the target ends. When it starts later, a NUL
 * hid the rest of the target from us but not from a proxy before us. */
static bool hides_a_nul(const struct exchange *x, const char *version)
{
	uintptr_t at = (uintptr_t)version, end = x->line_at + x->line_len;

	return at > end + 1 && at - end < CONNECTION_MEMORY;
}

/* `line` is method and version. True when the request may be read on; otherwise
 * it has been answered, or *done tells the library to drop the connection. */
static bool check_headers(struct vg_server *s,
			  struct MHD_Connection *connection, struct exchange *x,
			  const char *const line[2], enum MHD_Result *done)
{
	struct vg_metrics *metrics = s->service->env->metrics;
	struct lines into = {.call = &x->call};
	struct vg_guard *guard = &into.guard;
	struct vg_answer a = {0};

	guard->end = (uintptr_t)line[1] + strlen(line[1]);
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header,
					&into);
	guard->hides_nul = hides_a_nul(x, line[1]);
	guard->takes = guard->has_body && vg_api_takes_body(line[0], x->target);
	if (vg_guard_check(guard, &a))
		return true;
	vg_metric_add(metrics, VG_M_HTTP_REQUESTS, 1);
	vg_metric_add(metrics, VG_M_HTTP_ERRORS, 1);
	vg_answer_header(&a, "Connection", "close");
	vg_answer_finish(&a);
	*done = vg_reply(s->replies, connection, &a) ? MHD_YES : MHD_NO;
	return false;
}

/* The guard let it through: its length is known and within the limit. */
static enum MHD_Result take_body(struct exchange *x, const char *body,
				 size_t *n)
{
	if (x->body.n + *n > VG_HTTP_BODY_MAX)
		return MHD_NO;
	vg_buf_add(&x->body, body, *n);
	*n = 0;
	return x->body.failed ? MHD_NO : MHD_YES;
}

/* A stream has no deadline. */
static void exempt(struct vg_server *s, struct MHD_Connection *connection)
{
	struct link *link = link_of(connection);

	if (link != NULL)
		vg_deadline_exempt(s->deadlines, link->deadline);
}

/* lint: signature of MHD_AccessHandlerCallback */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *body,
				  size_t *body_len, void **context)
{
	struct vg_server *s = cls;
	struct exchange *x = *context;
	enum MHD_Result done = MHD_YES;
	struct link *link = link_of(connection);
	struct vg_other other;
	struct vg_answer a;
	struct vg_call *call;

	(void)url;
	if (x == NULL)
		return MHD_NO;
	if (!x->seen) {
		const char *const line[2] = {method, version};

		x->seen = check_headers(s, connection, x, line, &done);
		return done;
	}
	if (*body_len > 0)
		return take_body(x, body, body_len);

	call = &x->call;
	call->method = method;
	call->target = x->target;
	call->body = (struct vg_slice){x->body.p != NULL ? x->body.p : "",
				       (uint32_t)x->body.n};
	call->memo = link != NULL ? &link->memo : NULL;
	call->now_ms = vg_now_ms(&s->clock);
	vg_other_side(connection, s->tls.clients != NULL, &other, call);
	refresh_tokens(s, call->now_ms);
	vg_api_dispatch(s->service, call, &a);
	log_fault(s, &a);
	if (a.stream != NULL)
		exempt(s, connection);
	return vg_reply(s->replies, connection, &a) ? MHD_YES : MHD_NO;
}

/* The library ignores a pool of one thread with a warning: then none is asked
 * for, and its single internal thread serves. */
static struct MHD_Daemon *start_daemon(struct vg_server *s,
				       const struct vg_tls *tls)
{
	const struct vg_config *cfg = s->service->env->cfg;
	int64_t timeout_s = (cfg->http_timeout_ms + 999) / 1000;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC |
			 MHD_ALLOW_SUSPEND_RESUME;
	/* Each thread of the pool needs a connection of its own. */
	int64_t threads = cfg->http_threads < cfg->http_connections
				  ? cfg->http_threads
				  : cfg->http_connections;
	struct MHD_OptionItem more[9];
	unsigned n = 0;

	if (threads >= 2)
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE,
						    (intptr_t)threads, NULL};
	if (tls->key != NULL) {
		flags |= MHD_USE_TLS;
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
						    tls->key};
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT,
						    0, tls->certificate};
		more[n++] = (struct MHD_OptionItem){
			MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)(uintptr_t)VG_TLS_PRIORITIES};
	}
	if (tls->clients != NULL) /* certificates are asked for, not needed */
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST,
						    0, tls->clients};
	more[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	if (s->listener.is_v6)
		flags |= MHD_USE_IPv6;
	return MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET,
		s->listener.fd, MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)cfg->http_connections,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)timeout_s,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, more,
		MHD_OPTION_END);
}

static enum vg_rc no_daemon(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL,
			  "api: the HTTP server does not start; are there too "
			  "few file descriptors for http.connections?");
}

enum vg_rc vg_server_new(struct vg_server **out, struct vg_service *service,
			 const struct vg_log *log, struct vg_clock clock,
			 struct vg_err *err)
{
	const struct vg_config *cfg = service->env->cfg;
	struct vg_server *s = calloc(1, sizeof *s);
	enum vg_rc rc;

	if (s == NULL)
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	s->service = service;
	s->log = log;
	s->clock = clock;
	s->listener.fd = -1;
	rc = vg_tls_read(&s->tls, cfg, err);
	if (rc == VG_OK)
		rc = vg_listen(&s->listener,
			       service->small_at != NULL ? service->small_at
							 : cfg->http_address,
			       err);
	if (rc == VG_OK)
		rc = vg_replies_new(&s->replies, s->tls.key != NULL, err);
	if (rc != VG_OK)
		goto out;
	rc = vg_deadlines_new(&s->deadlines,
			      DEADLINE_FACTOR * cfg->http_timeout_ms, clock,
			      service->env->metrics, err);
	if (rc != VG_OK)
		goto out;
	if (service->streams != NULL)
		rc = vg_feeder_new(&s->feeder, service->streams, clock, err);
	if (rc != VG_OK)
		goto out;
	s->daemon = start_daemon(s, &s->tls);
	if (s->daemon == NULL) {
		rc = no_daemon(err);
		goto out;
	}
	*out = s;
	s = NULL; /* now the caller's */
out:
	vg_server_free(s);
	return rc;
}

/* The library may not be stopped while a connection sleeps: streams end first,
 * and come back. */
static void stop_retired(struct vg_server *s)
{
	if (s->service->streams != NULL)
		vg_sse_hub_end(s->service->streams, "reload");
	MHD_stop_daemon(s->retired);
	s->retired = NULL;
	if (s->service->streams != NULL)
		vg_sse_hub_begin(s->service->streams);
}

enum vg_rc vg_server_reload(struct vg_server *s, struct vg_err *err)
{
	struct vg_tls fresh;
	struct MHD_Daemon *next, *old = s->daemon;
	enum vg_rc rc;

	if (s->tls.key == NULL)
		return VG_OK;
	rc = vg_tls_read(&fresh, s->service->env->cfg, err);
	if (rc != VG_OK)
		return rc;
	next = start_daemon(s, &fresh);
	if (next == NULL) {
		vg_tls_term(&fresh);
		return no_daemon(err);
	}
	(void)MHD_quiesce_daemon(old);
	if (s->retired != NULL)
		stop_retired(s);
	s->retired = old;
	s->daemon = next;
	vg_tls_term(&s->tls);
	s->tls = fresh;
	return VG_OK;
}

/* Accepting no more first lets what runs come to its end. */
static void stop_daemons(struct vg_server *s)
{
	const struct timespec step = {.tv_nsec = 10000000};

	if (s->daemon != NULL)
		(void)MHD_quiesce_daemon(s->daemon);
	for (int i = 0; i < STOP_STEPS && atomic_load(&s->running) > 0; i++)
		(void)nanosleep(&step, NULL);
	if (s->retired != NULL)
		MHD_stop_daemon(s->retired);
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
}

void vg_server_free(struct vg_server *s)
{
	if (s == NULL)
		return;
	vg_feeder_free(s->feeder);
	stop_daemons(s);
	vg_listener_term(&s->listener);
	vg_deadlines_free(s->deadlines);
	vg_replies_free(s->replies);
	vg_tls_term(&s->tls);
	free(s);
}

const char *vg_server_address(const struct vg_server *s)
{
	return s->listener.address;
}
