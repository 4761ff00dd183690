#include "aggregate/keep.h"

#include "aggregate/keys.h"
#include "core/defect.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { TRIM = 64 /* entries removed by one command; they can be large */ };

int64_t vg_keep_ms(const struct vg_config *cfg,
		   const struct vg_partner *partner, unsigned agg, unsigned res)
{
	const int64_t keep[VG_RES_N] = {cfg->keep_10s_ms, cfg->keep_1m_ms,
					cfg->keep_1h_ms, cfg->keep_1d_ms};
	bool names = agg == VG_AGG_SENSOR && res >= VG_RES_1H &&
		     partner->has_identifiers_kept && !VG_DEFECT("names-stay");

	return names && partner->identifiers_kept_ms < keep[res]
		       ? partner->identifiers_kept_ms
		       : keep[res];
}

/* One command: XDEL of the ids that `entries` has. */
static enum vg_rc remove_entries(struct vg_store *s, const char *key,
				 const struct vg_reply *entries,
				 struct vg_err *err)
{
	struct vg_slice arg[2 + TRIM] = {vg_slice_of("XDEL"), vg_slice_of(key)};
	size_t n = vg_reply_count(entries);

	assert(n > 0 && n <= TRIM);
	for (size_t i = 0; i < n; i++)
		arg[2 + i] =
			vg_reply_text(vg_reply_at(vg_reply_at(entries, i), 0));
	return vg_store_call(s, NULL, arg, 2 + n, err);
}

enum vg_rc vg_keep_trim(struct vg_store *s, const char *topic,
			int32_t partition, int64_t before_ms,
			struct vg_err *err)
{
	char last[32], count[32];
	struct vg_buf key = {0};
	size_t n = TRIM;
	enum vg_rc rc = VG_OK;

	if (before_ms <= 0)
		return VG_OK;
	vg_key(&key, topic, partition, "d");
	if (key.failed)
		return vg_err_set(err, VG_FATAL, "keep: out of memory");
	(void)snprintf(last, sizeof last, "%" PRId64, before_ms - 1);
	(void)snprintf(count, sizeof count, "%d", TRIM);
	while (rc == VG_OK && n == TRIM) {
		struct vg_reply *r = NULL;

		rc = vg_store_callf(s, &r, err, "XRANGE", key.p, "-", last,
				    "COUNT", count, (char *)NULL);
		n = vg_reply_count(r);
		if (rc == VG_OK && n > 0)
			rc = remove_entries(s, key.p, r, err);
		vg_reply_free(r);
	}
	vg_buf_term(&key);
	return rc;
}
