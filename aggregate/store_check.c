#include "aggregate/keys.h"
#include "aggregate/store.h"

#include <stdio.h>

#define META "vg:{vg}:meta"

/* Value of "name:" in the text of INFO; absent: n == 0. */
static struct vg_slice info_value(struct vg_slice text, const char *name)
{
	size_t n = strlen(name);
	const char *p = text.p, *end = text.p + text.n;

	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		const char *stop = eol ? eol : end;

		if ((size_t)(stop - p) > n && memcmp(p, name, n) == 0 &&
		    p[n] == ':') {
			struct vg_slice v = {.p = p + n + 1};

			v.n = (uint32_t)(stop - v.p);
			if (v.n > 0 && v.p[v.n - 1] == '\r')
				v.n--;
			return v;
		}
		p = stop + 1;
	}
	return (struct vg_slice){.n = 0};
}

/* Require that INFO's `name` is `want`; `remedy` ends the message. */
static enum vg_rc require(struct vg_store *s, const char *section,
			  const char *name, const char *want,
			  struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_callf(s, &r, err, "INFO", section, NULL);
	struct vg_slice got;

	if (rc != VG_OK)
		return rc;
	got = info_value(vg_reply_text(r), name);
	if (!vg_slice_eq(got, vg_slice_of(want)))
		rc = vg_err_set(err, VG_INVAL,
				"redis: %s is %.*s and must be %s: counters "
				"would be lost in silence",
				name, (int)got.n, got.n ? got.p : "", want);
	vg_reply_free(r);
	return rc;
}

/* Write `want` into the meta hash unless something is there; it must then be
 * the same. */
static enum vg_rc agree(struct vg_store *s, const char *field, const char *want,
			const char *remedy, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	struct vg_slice got;
	enum vg_rc rc =
		vg_store_callf(s, NULL, err, "HSETNX", META, field, want, NULL);

	if (rc == VG_OK)
		rc = vg_store_callf(s, &r, err, "HGET", META, field, NULL);
	if (rc != VG_OK)
		return rc;
	got = vg_reply_text(r);
	if (!vg_slice_eq(got, vg_slice_of(want)))
		rc = vg_err_set(err, VG_INVAL,
				"redis: " META " %s is %.*s, not %s; %s", field,
				(int)got.n, got.n ? got.p : "", want, remedy);
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_store_check(struct vg_store *s, const char *hash_key_fingerprint,
			  const char *series, struct vg_err *err)
{
	char schema[16];
	enum vg_rc rc;

	(void)snprintf(schema, sizeof schema, "%d", VG_SCHEMA);
	rc = require(s, "memory", "maxmemory_policy", "noeviction", err);
	if (rc == VG_OK)
		rc = require(s, "replication", "role", "master", err);
	if (rc == VG_OK)
		rc = agree(s, "schema", schema,
			   "another version of vigie filled this Redis: run "
			   "that one, or count again into an empty Redis; see "
			   "\"Upgrading\" in docs/operations.md",
			   err);
	if (rc == VG_OK)
		rc = agree(s, "hk", hash_key_fingerprint,
			   "bring back the hash_key_file it was filled with",
			   err);
	if (rc == VG_OK)
		rc = agree(s, "series", series,
			   "bring back the series.counted it was filled with, "
			   "or start with an empty Redis",
			   err);
	return rc;
}
