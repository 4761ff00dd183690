/*
 * A webhook: the notification as it is, signed, over HTTP.
 */
#include "core/hash.h"
#include "notify/transport.h"

#include <inttypes.h>
#include <stdio.h>

enum vg_rc vg_webhook_check(const struct vg_receiver *to, struct vg_err *err)
{
	static const char *const schemes[] = {"https://", "http://", NULL};

	return vg_transport_check(to, schemes, err);
}

/* sha256=<hex> of "<time stamp>.<body>" under the receiver's secret. */
static enum vg_rc sign(const struct vg_way *w, const char *stamp,
		       struct vg_slice body, char out[65], struct vg_err *err)
{
	char secret[VG_NOTIFY_SECRET_MAX];
	const struct vg_slice part[] = {vg_slice_of(stamp), vg_slice_of("."),
					body};
	enum vg_rc rc =
		vg_secret_read(secret, sizeof secret, w->to->secret_file, err);

	if (rc == VG_OK)
		vg_hmac_hex(out, vg_slice_of(secret), part, 3);
	vg_secret_wipe(secret, sizeof secret);
	return rc;
}

enum vg_rc vg_webhook_send(struct vg_way *w, const struct vg_sending *s,
			   struct vg_err *err)
{
	char stamp[24], mac[65], id[96], time[64], signature[96];
	struct vg_post p = {.url = w->to->url, .body = s->body};
	enum vg_rc rc = VG_OK;

	snprintf(stamp, sizeof stamp, "%" PRId64, s->now_ms / 1000);
	snprintf(id, sizeof id, "Idempotency-Key: %s", s->id);
	snprintf(time, sizeof time, "Vigie-Timestamp: %s", stamp);
	p.header[p.n_header++] = "Content-Type: application/json";
	p.header[p.n_header++] = "Expect:";
	p.header[p.n_header++] = "User-Agent: vigie";
	p.header[p.n_header++] = id;
	p.header[p.n_header++] = time;
	if (vg_is_set(w->to->secret_file)) {
		rc = sign(w, stamp, s->body, mac, err);
		snprintf(signature, sizeof signature,
			 "Vigie-Signature: sha256=%s", rc == VG_OK ? mac : "");
		p.header[p.n_header++] = signature;
	}
	return rc == VG_OK ? vg_transport_post(w, &p, err) : rc;
}
