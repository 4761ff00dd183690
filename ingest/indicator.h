/*
 * indicator - one form for each observable, so that equal ones are equal text
 * whoever reports them.
 *
 *     ipv4    dotted quad, no leading zeros
 *     ipv6    RFC 5952; no zone
 *     domain  lower case, no final dot, labels of a-z 0-9 - _ (IDNs as xn--)
 *     url     RFC 3986 syntax-based: scheme and host in lower case, default
 *             port and dot segments gone, %41 -> A, %c3 -> %C3
 *     sha256, md5   lower-case hex
 *     email   lower case
 *
 * What is not of its type is refused, never guessed at (defanged forms like
 * hxxp:// or 1.2.3[.]4 too).
 *
 * Threads: pure.
 */
#ifndef VG_INGEST_INDICATOR_H
#define VG_INGEST_INDICATOR_H

#include "core/limits.h"
#include "core/slice.h"

/* In the order of VG_VOCAB_INDICATOR; a test compares. */
enum vg_indicator_type {
	VG_INDICATOR_IPV4,
	VG_INDICATOR_IPV6,
	VG_INDICATOR_DOMAIN,
	VG_INDICATOR_URL,
	VG_INDICATOR_SHA256,
	VG_INDICATOR_MD5,
	VG_INDICATOR_EMAIL,
	VG_INDICATOR_TYPES
};

/* The canonical form of `in`: at `out`, which has in.n + VG_INDICATOR_GROWTH
 * bytes, or `in` itself when it already is. False, with *canon untouched, when
 * `in` is not of `type`. */
bool vg_indicator_canon(int type, struct vg_slice in, char *out,
			struct vg_slice *canon);

/* The canonical form of a URL; for vg_indicator_canon(). */
bool vg_url_canon(struct vg_slice in, char *out, struct vg_slice *canon);

#endif
