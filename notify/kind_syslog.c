/*
 * Syslog, RFC 5424: one message an alert; over TCP and TLS with octet counting
 * (RFC 6587, 5425), or one datagram each over UDP. Syslog has no
 * acknowledgement: what the peer's kernel took counts as delivered.
 */
#include "alert/doc_labels.h"
#include "notify/transport.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOCAL0 = 16, DATAGRAM_MAX = 2048, HOST = 256 };

enum vg_rc vg_syslog_check(const struct vg_receiver *to, struct vg_err *err)
{
	static const char *const schemes[] = {"tls://", "tcp://", "udp://",
					      NULL};
	enum vg_rc rc = vg_transport_check(to, schemes, err);
	const char *host = rc == VG_OK ? strstr(to->url, "://") + 3 : "";

	if (rc == VG_OK && (strrchr(host, ':') == NULL ||
			    strchr(host, '/') != NULL || strlen(host) >= HOST))
		return vg_err_set(err, VG_INVAL,
				  "url %.60s is not <scheme>://host:port",
				  to->url);
	return rc;
}

static const char *text_of(const cJSON *o, const char *name)
{
	const char *s =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL ? s : "";
}

static int severity_of(const cJSON *alert)
{
	const cJSON *s = cJSON_GetObjectItemCaseSensitive(alert, "severity");
	int n = cJSON_IsNumber(s) ? s->valueint : 5;

	if (strcmp(text_of(alert, "state"), "firing") != 0)
		return 6; /* informational */
	return n >= 9 ? 2 : n >= 7 ? 3 : n >= 4 ? 4 : 5;
}

/* A parameter's value: `"`, `\` and `]` are escaped. */
static void param(struct vg_buf *b, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	vg_buf_printf(b, " %s=\"", name);
	for (const char *p = value; *p != '\0'; p++) {
		if (strchr("\"\\]", *p) != NULL)
			vg_buf_str(b, "\\");
		vg_buf_add(b, p, 1);
	}
	vg_buf_str(b, "\"");
}

static void joined(struct vg_buf *b, const char *name, const cJSON *list)
{
	struct vg_buf v = {0};
	const cJSON *one;

	vg_buf_str(&v, "");
	cJSON_ArrayForEach(one, list)
	{
		if (cJSON_IsString(one))
			vg_buf_printf(&v, "%s%s", v.n > 0 ? "," : "",
				      one->valuestring);
	}
	if (!v.failed)
		param(b, name, v.p);
	vg_buf_term(&v);
}

/* Of its campaign: stage, velocity, and the time to each country. */
static void campaign(struct vg_buf *b, const cJSON *c)
{
	const cJSON *velocity = cJSON_GetObjectItemCaseSensitive(c, "velocity");
	struct vg_buf v = {0};

	param(b, "stage", text_of(c, "stage"));
	vg_doc_spread(&v, c);
	if (!v.failed)
		param(b, "spread", v.p);
	vg_buf_reset(&v);
	if (cJSON_IsNumber(velocity)) {
		vg_buf_printf(&v, "%.6g", velocity->valuedouble);
		if (!v.failed)
			param(b, "velocity", v.p);
	}
	vg_buf_term(&v);
}

static void message(struct vg_buf *b, const struct vg_sending *s,
		    const cJSON *doc, const cJSON *alert)
{
	static const char bom[] = "\xef\xbb\xbf";
	const cJSON *one;
	char host[HOST] = "-";

	(void)gethostname(host, sizeof host - 1);
	vg_buf_printf(b, "<%d>1 %s %s vigie - alert [vigie@32473",
		      LOCAL0 * 8 + severity_of(alert), text_of(doc, "at"),
		      host[0] != '\0' ? host : "-");
	param(b, "notification", s->id);
	param(b, "id", text_of(alert, "id"));
	param(b, "state", text_of(alert, "state"));
	param(b, "rule", text_of(alert, "rule"));
	param(b, "viewer", text_of(doc, "viewer"));
	param(b, "marking", text_of(alert, "marking"));
	param(b, "start", text_of(alert, "start"));
	joined(b, "countries",
	       cJSON_GetObjectItemCaseSensitive(alert, "countries"));
	campaign(b, cJSON_GetObjectItemCaseSensitive(alert, "campaign"));
	vg_buf_printf(b, "] %s%s", bom, text_of(alert, "title"));
	cJSON_ArrayForEach(one,
			   cJSON_GetObjectItemCaseSensitive(alert, "group"))
	{
		if (cJSON_IsString(one))
			vg_buf_printf(b, " %s=%s", one->string,
				      one->valuestring);
	}
	for (size_t i = 0; i < b->n && b->p != NULL; i++)
		if ((unsigned char)b->p[i] < 0x20)
			b->p[i] = ' ';
}

/* A socket connected to host:port, or -1. */
static int open_udp(const char *where)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
	const char *colon = strrchr(where, ':');
	struct addrinfo *list = NULL;
	char host[HOST];
	int fd = -1;

	snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
	if (getaddrinfo(host, colon + 1, &hints, &list) != 0)
		return -1;
	for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			(void)close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static enum vg_rc send_udp(const struct vg_way *w, const struct vg_sending *s,
			   const cJSON *doc, struct vg_err *err)
{
	int fd = open_udp(strstr(w->to->url, "://") + 3);
	enum vg_rc rc = VG_OK;
	const cJSON *one;

	if (fd < 0)
		return vg_err_set(err, VG_RETRY, "%.60s: no such address",
				  w->to->url);
	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(doc, "alerts"))
	{
		struct vg_buf b = {0};

		message(&b, s, doc, one);
		size_t n = b.n < DATAGRAM_MAX ? b.n : DATAGRAM_MAX;
		if (b.failed || send(fd, b.p, n, 0) != (ssize_t)n)
			rc = vg_err_set(err, VG_RETRY, "%.60s: %s", w->to->url,
					strerror(errno));
		vg_buf_term(&b);
	}
	(void)close(fd);
	return rc;
}

enum vg_rc vg_syslog_send(struct vg_way *w, const struct vg_sending *s,
			  struct vg_err *err)
{
	cJSON *doc = cJSON_ParseWithLength(s->body.p, s->body.n);
	struct vg_buf all = {0};
	enum vg_rc rc = VG_OK;
	const cJSON *one;

	if (strncmp(w->to->url, "udp://", 6) == 0) {
		rc = send_udp(w, s, doc, err);
		cJSON_Delete(doc);
		return rc;
	}
	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(doc, "alerts"))
	{
		struct vg_buf b = {0};

		message(&b, s, doc, one);
		vg_buf_printf(&all, "%zu ", b.n);
		vg_buf_add(&all, b.p, b.n);
		vg_buf_term(&b);
	}
	if (all.failed)
		rc = vg_err_set(err, VG_FATAL, "notify: out of memory");
	else
		rc = vg_transport_stream(
			w, (struct vg_slice){all.p, (uint32_t)all.n}, err);
	vg_buf_term(&all);
	cJSON_Delete(doc);
	return rc;
}
