#include "notify/transport.h"

#include "core/buf.h"

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { POLL_MS = 50, URL_MAX = 2200 };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_library(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t discard(char *p, size_t size, size_t n, void *ctx)
{
	size_t *left = ctx;

	(void)p;
	(void)size;
	if (n > *left)
		return 0; /* enough: the status is known */
	*left -= n;
	return n;
}

/* Ends a transfer when the process is to stop. */
static int watch(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c,
		 curl_off_t d)
{
	const struct vg_way *w = ctx;

	(void)a, (void)b, (void)c, (void)d;
	return w->stop != NULL && atomic_load(w->stop);
}

/* The way's handle with what all transfers share; NULL when memory is out. */
static CURL *handle_of(struct vg_way *w, const char *url, const char *protocols)
{
	CURL *c;

	(void)pthread_once(&once, start_library);
	if (w->curl == NULL)
		w->curl = curl_easy_init();
	c = w->curl;
	if (c == NULL)
		return NULL;
	curl_easy_reset(c);
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)w->to->timeout_ms);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
			       (long)w->to->timeout_ms);
	(void)curl_easy_setopt(c, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
	(void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, watch);
	(void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, w);
	if (vg_is_set(w->to->ca_file))
		(void)curl_easy_setopt(c, CURLOPT_CAINFO, w->to->ca_file);
	return c;
}

/* User and password, or a bearer token, as the receiver has it. */
static enum vg_rc log_in(struct vg_way *w, CURL *c, struct vg_err *err)
{
	char secret[VG_NOTIFY_SECRET_MAX];
	enum vg_rc rc;

	if (!vg_is_set(w->to->password_file))
		return VG_OK;
	rc = vg_secret_read(secret, sizeof secret, w->to->password_file, err);
	if (rc == VG_OK && vg_is_set(w->to->user)) {
		(void)curl_easy_setopt(c, CURLOPT_USERNAME, w->to->user);
		(void)curl_easy_setopt(c, CURLOPT_PASSWORD, secret);
	} else if (rc == VG_OK) {
		(void)curl_easy_setopt(c, CURLOPT_HTTPAUTH,
				       (long)CURLAUTH_BEARER);
		(void)curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, secret);
	}
	vg_secret_wipe(secret, sizeof secret);
	return rc;
}

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "notify: out of memory");
}

/* What came of an HTTP transfer. */
static enum vg_rc judge(struct vg_way *w, CURL *c, CURLcode e,
			struct vg_err *err)
{
	long status = 0;
	curl_off_t after = 0;

	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &after);
	if (after > 0 && after < 86400)
		w->wait_ms = (int64_t)after * 1000;
	/* An answer longer than anyone needs is cut by us. */
	if (e == CURLE_WRITE_ERROR && status >= 200 && status < 300)
		return VG_OK;
	if (e != CURLE_OK)
		return vg_err_set(err, VG_RETRY, "%s", curl_easy_strerror(e));
	if (status < 200 || status > 299)
		return vg_err_set(err, VG_RETRY, "it answered %ld", status);
	return VG_OK;
}

enum vg_rc vg_transport_post(struct vg_way *w, const struct vg_post *p,
			     struct vg_err *err)
{
	CURL *c = handle_of(w, p->url, "http,https");
	struct curl_slist *headers = NULL;
	size_t left = VG_ANSWER_MAX;
	enum vg_rc rc = c != NULL ? log_in(w, c, err) : no_memory(err);

	w->wait_ms = 0;
	for (size_t i = 0; i < p->n_header && rc == VG_OK; i++) {
		struct curl_slist *more =
			curl_slist_append(headers, p->header[i]);

		if (more == NULL)
			rc = no_memory(err);
		else
			headers = more;
	}
	if (rc == VG_OK) {
		(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, p->body.p);
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
				       (curl_off_t)p->body.n);
		(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, discard);
		(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, &left);
		rc = judge(w, c, curl_easy_perform(c), err);
	}
	curl_slist_free_all(headers);
	return rc;
}

struct writing {
	struct vg_buf *out;
	size_t most;
};

/* Less than what came ends the transfer. */
static size_t keep_text(char *p, size_t size, size_t n, void *ctx)
{
	struct writing *w = ctx;

	(void)size; /* 1 */
	if (n > w->most - w->out->n)
		return n > 0 ? 0 : 1;
	vg_buf_add(w->out, p, n);
	return w->out->failed ? 0 : n;
}

enum vg_rc vg_transport_get(struct vg_way *w, size_t most, struct vg_buf *out,
			    struct vg_err *err)
{
	CURL *c = handle_of(w, w->to->url, "http,https");
	struct writing into = {.out = out, .most = most};
	long status = 0;
	CURLcode e;

	if (c == NULL)
		return no_memory(err);
	vg_buf_reset(out);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep_text);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, &into);
	e = curl_easy_perform(c);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (e == CURLE_WRITE_ERROR)
		return vg_err_set(err, VG_RETRY, "more than %zu bytes", most);
	if (e != CURLE_OK)
		return vg_err_set(err, VG_RETRY, "%s", curl_easy_strerror(e));
	if (status < 200 || status > 299)
		return vg_err_set(err, VG_RETRY, "it answered %ld", status);
	return VG_OK;
}

struct reading {
	struct vg_slice text;
	size_t at;
};

static size_t read_text(char *out, size_t size, size_t n, void *ctx)
{
	struct reading *r = ctx;
	size_t room = size * n, left = r->text.n - r->at;

	if (left < room)
		room = left;
	memcpy(out, r->text.p + r->at, room);
	r->at += room;
	return room;
}

static struct curl_slist *recipients(const char *to)
{
	struct curl_slist *list = NULL;
	char one[300];

	for (const char *p = to; *p != '\0';) {
		size_t n = strcspn(p, ",");

		if (n > 0 && n < sizeof one) {
			memcpy(one, p, n);
			one[n] = '\0';
			struct curl_slist *more = curl_slist_append(list, one);
			if (more != NULL)
				list = more;
		}
		p += n + (p[n] == ',');
	}
	return list;
}

enum vg_rc vg_transport_mail(struct vg_way *w, struct vg_slice text,
			     struct vg_err *err)
{
	CURL *c = handle_of(w, w->to->url, "smtp,smtps");
	struct reading r = {.text = text};
	struct curl_slist *to = recipients(w->to->to);
	enum vg_rc rc = c != NULL ? log_in(w, c, err) : no_memory(err);

	if (rc == VG_OK) {
		(void)curl_easy_setopt(c, CURLOPT_USE_SSL,
				       w->to->insecure ? (long)CURLUSESSL_TRY
						       : (long)CURLUSESSL_ALL);
		(void)curl_easy_setopt(c, CURLOPT_MAIL_FROM, w->to->from);
		(void)curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
		(void)curl_easy_setopt(c, CURLOPT_READFUNCTION, read_text);
		(void)curl_easy_setopt(c, CURLOPT_READDATA, &r);
		(void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		CURLcode e = curl_easy_perform(c);
		if (e != CURLE_OK)
			rc = vg_err_set(err, VG_RETRY, "%s",
					curl_easy_strerror(e));
	}
	curl_slist_free_all(to);
	return rc;
}

/* Push all of `text` through an open connection. */
static enum vg_rc push(struct vg_way *w, CURL *c, struct vg_slice text,
		       struct vg_err *err)
{
	size_t at = 0;
	int64_t tries = w->to->timeout_ms / POLL_MS + 1;
	curl_socket_t socket = CURL_SOCKET_BAD;

	(void)curl_easy_getinfo(c, CURLINFO_ACTIVESOCKET, &socket);
	struct pollfd fd = {.fd = socket, .events = POLLOUT};
	while (at < text.n) {
		size_t sent = 0;
		CURLcode e = curl_easy_send(c, text.p + at, text.n - at, &sent);

		at += sent;
		if (e == CURLE_AGAIN && tries-- > 0 &&
		    watch(w, 0, 0, 0, 0) == 0)
			(void)poll(&fd, 1, POLL_MS);
		else if (e != CURLE_OK)
			return vg_err_set(err, VG_RETRY, "%s",
					  curl_easy_strerror(e));
	}
	return VG_OK;
}

enum vg_rc vg_transport_stream(struct vg_way *w, struct vg_slice text,
			       struct vg_err *err)
{
	bool tls = strncmp(w->to->url, "tls://", 6) == 0;
	char url[URL_MAX];

	(void)snprintf(url, sizeof url, "%s://%s", tls ? "https" : "http",
		       strstr(w->to->url, "://") + 3);
	CURL *c = handle_of(w, url, "http,https");
	if (c == NULL)
		return no_memory(err);
	(void)curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
	(void)curl_easy_setopt(c, CURLOPT_SSL_ENABLE_ALPN, 0L);
	CURLcode e = curl_easy_perform(c);
	enum vg_rc rc = e == CURLE_OK ? push(w, c, text, err)
				      : vg_err_set(err, VG_RETRY, "%s",
						   curl_easy_strerror(e));
	vg_transport_close(w); /* and with it the connection */
	return rc;
}

void vg_transport_close(struct vg_way *w)
{
	if (w->curl != NULL)
		curl_easy_cleanup(w->curl);
	w->curl = NULL;
}

static bool is_loopback(const char *host)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i]);

		if (strncmp(host, names[i], n) == 0 &&
		    strchr(":/", host[n]) != NULL)
			return true;
	}
	return false;
}

enum vg_rc vg_transport_check(const struct vg_receiver *to,
			      const char *const *schemes, struct vg_err *err)
{
	const char *url = vg_is_set(to->url) ? to->url : "";

	for (size_t i = 0; schemes[i] != NULL; i++) {
		size_t n = strlen(schemes[i]);

		if (strncmp(url, schemes[i], n) != 0 || url[n] == '\0')
			continue;
		bool clear = strcmp(schemes[i], "http://") == 0 ||
			     strcmp(schemes[i], "tcp://") == 0 ||
			     strcmp(schemes[i], "udp://") == 0;
		if (clear && !to->insecure && !is_loopback(url + n))
			return vg_err_set(err, VG_INVAL,
					  "%.60s goes in clear to another "
					  "machine; use TLS, or set insecure: "
					  "true",
					  url);
		return VG_OK;
	}
	return vg_err_set(err, VG_INVAL,
			  "url %.60s does not begin with %s; correct it", url,
			  schemes[0]);
}
