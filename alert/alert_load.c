#include "alert/alert_store.h"

#include <stdio.h>

enum { PAGE = 256 };

/* Hand on the documents of a page of ids, asked for in one command. */
static enum vg_rc hand_page(struct vg_store *s, const struct vg_reply *ids,
			    size_t at, const struct vg_doc_taker *to,
			    struct vg_err *err)
{
	size_t n = vg_reply_count(ids) - at;
	struct vg_slice arg[PAGE + 1] = {vg_slice_of("MGET")};
	char key[PAGE][80];
	struct vg_reply *docs = NULL;
	enum vg_rc rc = VG_OK;

	n = n < PAGE ? n : PAGE;
	for (size_t i = 0; i < n; i++) {
		struct vg_slice id = vg_reply_text(vg_reply_at(ids, at + i));

		snprintf(key[i], sizeof key[i], VG_KEY_ALERT "%.*s",
			 (int)(id.n < 60 ? id.n : 60), id.p);
		arg[i + 1] = vg_slice_of(key[i]);
	}
	rc = vg_store_call(s, &docs, arg, n + 1, err);
	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(docs); i++) {
		const struct vg_reply *d = vg_reply_at(docs, i);

		if (vg_reply_type(d) == VG_REPLY_STRING)
			rc = to->take(to->ctx, vg_reply_text(d), err);
	}
	vg_reply_free(docs);
	return rc;
}

/* All ids at once: were they asked for page by page, an alert that expires in
 * between would shift another one out of sight. */
enum vg_rc vg_alerts_each(struct vg_store *s, const struct vg_doc_taker *to,
			  struct vg_err *err)
{
	struct vg_reply *ids = NULL;
	enum vg_rc rc = vg_store_callf(s, &ids, err, "ZRANGE", VG_KEY_ALERTS,
				       "0", "-1", (char *)NULL);

	for (size_t at = 0; rc == VG_OK && at < vg_reply_count(ids); at += PAGE)
		rc = hand_page(s, ids, at, to, err);
	vg_reply_free(ids);
	return rc;
}
