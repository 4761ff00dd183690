/*
 * purge_report - what a purge deleted, as JSON with a signature beside it.
 *
 * FILE holds one JSON object; FILE.sig one line "<key id>:<base64>", Ed25519
 * over the bytes of FILE, as `vigie sign-key new` makes keys.
 */
#ifndef VG_CMD_PURGE_REPORT_H
#define VG_CMD_PURGE_REPORT_H

#include "aggregate/purge.h"
#include "core/sign.h"
#include "ingest/dead_purge.h"

struct vg_buf;

struct vg_purge_part {
	struct vg_member_at at; /* offset: counting begins anew there */
	struct vg_purge_counts counts;
};

struct vg_purge_report {
	const struct vg_partner *partner;
	const char *begun, *ended; /* RFC 3339 */
	struct vg_purge_part *part;
	size_t n_part;
	struct vg_dead_purged dead;
	const struct vg_reply
		*notes; /* field, value: what was done to alerts */
};

/* Append the report. VG_FATAL when memory is out. */
enum vg_rc vg_purge_report_text(struct vg_buf *out,
				const struct vg_purge_report *r,
				struct vg_err *err) VG_MUST_CHECK;

/* Write FILE and FILE.sig, which must not be there. */
enum vg_rc vg_purge_report_write(const char *path, struct vg_slice text,
				 const struct vg_signer *signer,
				 struct vg_err *err) VG_MUST_CHECK;

/* VG_INVAL when FILE or FILE.sig is there. */
enum vg_rc vg_purge_report_room(const char *path,
				struct vg_err *err) VG_MUST_CHECK;

/* Check FILE against FILE.sig and the public key `base64`; the key's id in
 * `id`. VG_INVAL when that cannot be done, VG_DROP when it does not fit. */
enum vg_rc vg_purge_report_check(const char *path, const char *base64,
				 char id[VG_SIGN_ID_MAX + 1],
				 struct vg_err *err) VG_MUST_CHECK;

#endif
