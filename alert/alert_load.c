#include "alert/alert_store.h"

#include <assert.h>
#include <stdio.h>

enum { KEY_MAX = 80 };

static struct vg_slice key_of(char out[KEY_MAX], struct vg_slice id)
{
	int n = snprintf(out, KEY_MAX, VG_KEY_ALERT "%.*s",
			 (int)(id.n < 60 ? id.n : 60), id.n > 0 ? id.p : "");

	return (struct vg_slice){out, (uint32_t)n};
}

enum vg_rc vg_alerts_get(struct vg_store *s, const struct vg_slice *id,
			 size_t n, const struct vg_doc_taker *to,
			 struct vg_err *err)
{
	struct vg_slice arg[VG_GET_MAX + 1] = {vg_slice_of("MGET")};
	char key[VG_GET_MAX][KEY_MAX];
	struct vg_reply *docs = NULL;

	assert(n > 0 && n <= VG_GET_MAX);
	for (size_t i = 0; i < n; i++)
		arg[i + 1] = key_of(key[i], id[i]);
	enum vg_rc rc = vg_store_call(s, &docs, arg, n + 1, err);
	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(docs); i++)
		rc = to->take(to->ctx, vg_reply_text(vg_reply_at(docs, i)),
			      err);
	vg_reply_free(docs);
	return rc;
}

static enum vg_rc get_page(struct vg_store *s, const struct vg_reply *ids,
			   size_t at, const struct vg_doc_taker *to,
			   struct vg_err *err)
{
	size_t n = vg_reply_count(ids) - at;
	struct vg_slice id[VG_GET_MAX];

	n = n < VG_GET_MAX ? n : VG_GET_MAX;
	for (size_t i = 0; i < n; i++)
		id[i] = vg_reply_text(vg_reply_at(ids, at + i));
	return vg_alerts_get(s, id, n, to, err);
}

/* All ids at once: were they asked for page by page, an alert that expires in
 * between would shift another one out of sight. */
enum vg_rc vg_alerts_each(struct vg_store *s, const struct vg_doc_taker *to,
			  struct vg_err *err)
{
	struct vg_reply *ids = NULL;
	enum vg_rc rc = vg_store_callf(s, &ids, err, "ZRANGE", VG_KEY_ALERTS,
				       "0", "-1", (char *)NULL);

	for (size_t at = 0; rc == VG_OK && at < vg_reply_count(ids);
	     at += VG_GET_MAX)
		rc = get_page(s, ids, at, to, err);
	vg_reply_free(ids);
	return rc;
}

struct vg_slice vg_entry_field(const struct vg_reply *pairs, const char *name)
{
	for (size_t i = 0; i + 1 < vg_reply_count(pairs); i += 2)
		if (vg_slice_eq(vg_reply_text(vg_reply_at(pairs, i)),
				vg_slice_of(name)))
			return vg_reply_text(vg_reply_at(pairs, i + 1));
	return (struct vg_slice){.p = NULL, .n = 0};
}
