#include "alert/alert_store.h"
#include "alert/book.h"
#include "core/buf.h"

#include <stdio.h>

/* How many changes are before the `n` that were read. */
static enum vg_rc count_before(struct vg_store *store, const char *key,
			       size_t n, int64_t *omitted, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = VG_OK;

	*omitted = 0;
	if (n < VG_HISTORY_MAX)
		return VG_OK;
	rc = vg_store_callf(store, &r, err, "LLEN", key, (char *)NULL);
	if (rc == VG_OK)
		*omitted = vg_reply_int(r) - (int64_t)n;
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_book_history(struct vg_store *store, struct vg_slice id,
			   struct vg_buf *out, int64_t *omitted,
			   struct vg_err *err)
{
	char key[128], first[24];
	struct vg_reply *r = NULL;
	enum vg_rc rc = VG_OK;

	if (id.n > 60)
		return vg_err_set(err, VG_INVAL, "book: no such alert");
	snprintf(key, sizeof key, VG_KEY_ALERT "%.*s:h", (int)id.n, id.p);
	snprintf(first, sizeof first, "-%d", VG_HISTORY_MAX);
	rc = vg_store_callf(store, &r, err, "LRANGE", key, first, "-1",
			    (char *)NULL);
	if (rc != VG_OK)
		return rc;
	vg_buf_str(out, "[");
	for (size_t i = 0; i < vg_reply_count(r); i++) {
		struct vg_slice one = vg_reply_text(vg_reply_at(r, i));

		if (i > 0)
			vg_buf_str(out, ",");
		vg_buf_add(out, one.p, one.n);
	}
	vg_buf_str(out, "]");
	rc = count_before(store, key, vg_reply_count(r), omitted, err);
	vg_reply_free(r);
	if (out->failed)
		rc = vg_err_set(err, VG_FATAL, "book: out of memory");
	return rc;
}
