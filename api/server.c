#include "api/server.h"

#include "api/audited.h"
#include "api/deadline.h"
#include "api/feeder.h"
#include "api/guard.h"
#include "api/listen.h"
#include "api/other_side.h"
#include "api/tls.h"
#include "api/tokens.h"
#include "core/limits.h"

#include <assert.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>
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
	struct vg_tls tls; /* none: plain HTTP */
	/* The one that accepts; the one before the last reload, which goes on
	 * with the connections that it has. */
	struct MHD_Daemon *daemon, *retired;
	_Atomic uint64_t token_reads; /* that the audit log has */
	atomic_uint running; /* requests between target and completion */
};

/* One request: the target exactly as it was sent. */
struct exchange {
	char *target;
	uintptr_t line_at; /* where the library has the target        */
	size_t line_len;   /* up to its first NUL                     */
	bool seen;	   /* headers were read and found right       */
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
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	*context = NULL;
	if (x == NULL)
		return;
	if (how == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED)
		vg_metric_add(s->service->env->metrics, VG_M_HTTP_CUT, 1);
	free_exchange(x);
	assert(atomic_load(&s->running) > 0);
	atomic_fetch_sub(&s->running, 1);
	if (info != NULL && info->socket_context != NULL)
		vg_deadline_touch(s->deadlines, info->socket_context);
}

static void on_connection(void *cls, struct MHD_Connection *connection,
			  void **socket_context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct vg_server *s = cls;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		vg_deadline_close(s->deadlines, *socket_context);
		*socket_context = NULL;
		return;
	}
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL)
		*socket_context =
			vg_deadline_open(s->deadlines, info->connect_fd);
}

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind,
				 const char *name, const char *value)
{
	(void)kind;
	vg_guard_header(cls, name, value);
	return MHD_YES;
}

/* What `a` has to send is the response's from then on. */
static struct MHD_Response *response_of(struct MHD_Connection *connection,
					struct vg_answer *a)
{
	struct MHD_Response *response;

	if (a->stream != NULL) {
		response = vg_feeder_response(connection, a->stream);
		if (response != NULL)
			a->stream = NULL;
		return response;
	}
	response = MHD_create_response_from_buffer(a->body.n, a->body.p,
						   MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		a->body = (struct vg_buf){0};
	return response;
}

/* What every answer but a 304 says to browsers. */
static void add_safety(const struct vg_server *s, const struct vg_answer *a,
		       struct MHD_Response *response)
{
	if (s->tls.key != NULL)
		(void)MHD_add_response_header(response,
					      "Strict-Transport-Security",
					      "max-age=31536000");
	if (vg_answer_get(a, "Content-Security-Policy") == NULL)
		(void)MHD_add_response_header(response,
					      "Content-Security-Policy",
					      "default-src 'none'; "
					      "frame-ancestors 'none'");
	(void)MHD_add_response_header(response, "Referrer-Policy",
				      "no-referrer");
}

/* Hand `a` to the library and free it. */
static enum MHD_Result send_answer(const struct vg_server *s,
				   struct MHD_Connection *connection,
				   struct vg_answer *a)
{
	struct MHD_Response *response = response_of(connection, a);
	enum MHD_Result done = MHD_NO;

	if (response == NULL)
		goto out;
	if (a->status != 304) {
		(void)MHD_add_response_header(response, "Content-Type",
					      a->content_type);
		add_safety(s, a, response);
	}
	for (unsigned i = 0; i < a->n_headers; i++)
		(void)MHD_add_response_header(response, a->header[i].name,
					      a->header[i].value);
	done = MHD_queue_response(connection, (unsigned)a->status, response);
out:
	if (response != NULL)
		MHD_destroy_response(response);
	vg_answer_term(a);
	return done;
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
			  struct MHD_Connection *connection,
			  const struct exchange *x, const char *const line[2],
			  enum MHD_Result *done)
{
	struct vg_metrics *metrics = s->service->env->metrics;
	struct vg_guard guard = {.end = (uintptr_t)line[1] + strlen(line[1])};
	struct vg_answer a = {0};

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header,
					&guard);
	guard.hides_nul = hides_a_nul(x, line[1]);
	guard.takes = guard.has_body && vg_api_takes_body(line[0], x->target);
	if (vg_guard_check(&guard, &a))
		return true;
	vg_metric_add(metrics, VG_M_HTTP_REQUESTS, 1);
	vg_metric_add(metrics, VG_M_HTTP_ERRORS, 1);
	vg_answer_header(&a, "Connection", "close");
	vg_answer_finish(&a);
	*done = send_answer(s, connection, &a);
	return false;
}

static const char *header_of(struct MHD_Connection *connection,
			     const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
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
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (info != NULL && info->socket_context != NULL)
		vg_deadline_exempt(s->deadlines, info->socket_context);
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
	struct vg_other other;
	struct vg_answer a;
	struct vg_call call;

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

	call = (struct vg_call){
		.method = method,
		.target = x->target,
		.authorization = header_of(connection, "Authorization"),
		.content_type = header_of(connection, "Content-Type"),
		.repeat_key = header_of(connection, "Idempotency-Key"),
		.accept = header_of(connection, "Accept"),
		.accept_encoding = header_of(connection, "Accept-Encoding"),
		.if_none_match = header_of(connection, "If-None-Match"),
		.last_event_id = header_of(connection, "Last-Event-ID"),
		.origin = header_of(connection, "Origin"),
		.body = {x->body.p != NULL ? x->body.p : "",
			 (uint32_t)x->body.n},
		.now_ms = vg_now_ms(&s->clock)};
	vg_other_side(connection, s->tls.clients != NULL, &other, &call);
	refresh_tokens(s, call.now_ms);
	vg_api_dispatch(s->service, &call, &a);
	log_fault(s, &a);
	if (a.stream != NULL)
		exempt(s, connection);
	return send_answer(s, connection, &a);
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
		rc = vg_listen(&s->listener, cfg->http_address, err);
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
	vg_tls_term(&s->tls);
	free(s);
}

const char *vg_server_address(const struct vg_server *s)
{
	return s->listener.address;
}
