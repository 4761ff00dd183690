/*
 * transport - HTTP, mail and streams over libcurl, which stays in transport.c.
 *
 * Owner:   a handle lives in its way. Threads: as the way.
 */
#ifndef VG_NOTIFY_TRANSPORT_H
#define VG_NOTIFY_TRANSPORT_H

#include "notify/kinds.h"

enum { VG_ANSWER_MAX = 65536, VG_HEADERS_MAX = 8 };

struct vg_buf;

struct vg_post {
	const char *url;
	const char *header[VG_HEADERS_MAX]; /* "Name: value" */
	size_t n_header;
	struct vg_slice body;
};

/* POST; VG_OK when the answer is whole and 2xx. No redirection is followed. */
enum vg_rc vg_transport_post(struct vg_way *w, const struct vg_post *p,
			     struct vg_err *err) VG_MUST_CHECK;

/* GET w->to->url: an answer of 2xx, whole and of at most `most` bytes, in
 * `out`. No redirection is followed. */
enum vg_rc vg_transport_get(struct vg_way *w, size_t most, struct vg_buf *out,
			    struct vg_err *err) VG_MUST_CHECK;

/* Send mail `text` from `from` to each of the comma-separated `to`. smtp:// is
 * upgraded by STARTTLS or fails, unless the receiver is insecure. */
enum vg_rc vg_transport_mail(struct vg_way *w, struct vg_slice text,
			     struct vg_err *err) VG_MUST_CHECK;

/* Connect (tcp://, tls://), send all of `text`, and close. */
enum vg_rc vg_transport_stream(struct vg_way *w, struct vg_slice text,
			       struct vg_err *err) VG_MUST_CHECK;

/* Free the way's handle. */
void vg_transport_close(struct vg_way *w);

/* VG_INVAL unless `url` starts with one of `schemes` (ends with NULL), has a
 * host, and is a secure one or leads to this machine, or the receiver is
 * insecure. */
enum vg_rc vg_transport_check(const struct vg_receiver *to,
			      const char *const *schemes,
			      struct vg_err *err) VG_MUST_CHECK;

#endif
