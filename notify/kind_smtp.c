/*
 * Mail over SMTP with STARTTLS: text in the receiver's language, UTF-8.
 */
#include "core/buf.h"
#include "core/timefmt.h"
#include "notify/transport.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <time.h>

enum { LINE = 57, WORD = 42 }; /* bytes that make 76 and 56 of base64 */

enum vg_rc vg_smtp_check(const struct vg_receiver *to, struct vg_err *err)
{
	static const char *const schemes[] = {"smtp://", "smtps://", NULL};

	if (!vg_is_set(to->from) || !vg_is_set(to->to))
		return vg_err_set(err, VG_INVAL,
				  "from or to is missing; set both");
	return vg_transport_check(to, schemes, err);
}

static void base64(struct vg_buf *out, const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;
		char four[4];

		v |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
		v |= i + 2 < n ? p[i + 2] : 0;
		for (unsigned k = 0; k < 4; k++)
			four[k] = digits[v >> (18 - 6 * k) & 63];
		if (i + 1 >= n)
			four[2] = '=';
		if (i + 2 >= n)
			four[3] = '=';
		vg_buf_add(out, four, 4);
	}
}

/* A whole UTF-8 sequence belongs to one encoded word. */
static size_t cut(const char *p, size_t n, size_t most)
{
	if (n <= most)
		return n;
	while (most > 0 && ((unsigned char)p[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static void subject(struct vg_buf *out, const char *text)
{
	size_t n = strlen(text);

	vg_buf_str(out, "Subject:");
	for (size_t at = 0, w; at < n; at += w) {
		w = cut(text + at, n - at, WORD);
		if (w == 0)
			break;
		vg_buf_str(out, at == 0 ? " =?UTF-8?B?" : "\r\n =?UTF-8?B?");
		base64(out, (const unsigned char *)text + at, w);
		vg_buf_str(out, "?=");
	}
	vg_buf_str(out, "\r\n");
}

static void body(struct vg_buf *out, const char *text)
{
	size_t n = strlen(text);

	for (size_t at = 0; at < n; at += LINE) {
		base64(out, (const unsigned char *)text + at,
		       n - at < LINE ? n - at : LINE);
		vg_buf_str(out, "\r\n");
	}
}

/* "Tue, 14 Nov 2023 22:13:20 +0000" */
static void date(struct vg_buf *out, int64_t now_ms)
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed",
				       "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr",
					 "May", "Jun", "Jul", "Aug",
					 "Sep", "Oct", "Nov", "Dec"};
	time_t t = (time_t)(now_ms / 1000);
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return;
	vg_buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n",
		      days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		      tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static const char *text_of(const cJSON *o, const char *name)
{
	const char *s =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL ? s : "";
}

static void write_mail(struct vg_buf *out, const struct vg_way *w,
		       const struct vg_sending *s, const cJSON *doc)
{
	struct vg_buf text = {0};

	vg_buf_printf(&text, "[%s] %s", text_of(doc, "marking"),
		      text_of(doc, "title"));
	date(out, s->now_ms);
	vg_buf_printf(out, "From: <%s>\r\nTo: %s\r\n", w->to->from, w->to->to);
	vg_buf_printf(out, "Message-ID: <%s@vigie>\r\n", s->id);
	vg_buf_printf(out, "Content-Language: %s\r\n",
		      text_of(doc, "language"));
	vg_buf_str(out, "MIME-Version: 1.0\r\n"
			"Auto-Submitted: auto-generated\r\n"
			"Content-Type: text/plain; charset=utf-8\r\n"
			"Content-Transfer-Encoding: base64\r\n");
	subject(out, text.failed ? "" : text.p);
	vg_buf_str(out, "\r\n");
	vg_buf_reset(&text);
	vg_buf_printf(&text, "TLP:%s\n\n%s\n%s\n", text_of(doc, "marking"),
		      text_of(doc, "text"), s->id);
	body(out, text.failed ? "" : text.p);
	vg_buf_term(&text);
}

enum vg_rc vg_smtp_send(struct vg_way *w, const struct vg_sending *s,
			struct vg_err *err)
{
	cJSON *doc = cJSON_ParseWithLength(s->body.p, s->body.n);
	struct vg_buf mail = {0};
	enum vg_rc rc;

	write_mail(&mail, w, s, doc);
	if (mail.failed)
		rc = vg_err_set(err, VG_FATAL, "notify: out of memory");
	else
		rc = vg_transport_mail(
			w, (struct vg_slice){mail.p, (uint32_t)mail.n}, err);
	vg_buf_term(&mail);
	cJSON_Delete(doc);
	return rc;
}
