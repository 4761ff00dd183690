#include "notify/feed.h"

#include "notify/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static enum vg_rc read_number(struct vg_store *s, int64_t *out,
			      struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc =
		vg_store_callf(s, &r, err, "GET", VG_KEY_ASEQ, (char *)NULL);

	if (rc == VG_OK)
		*out = vg_reply_int(r);
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_feed_end(struct vg_feed *f, struct vg_store *s,
		       struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = read_number(s, &f->number, err);

	if (rc == VG_OK)
		rc = vg_store_callf(s, &r, err, "XREVRANGE", VG_KEY_ASTREAM,
				    "+", "-", "COUNT", "1", (char *)NULL);
	if (rc != VG_OK)
		return rc;
	(void)snprintf(f->last_id, sizeof f->last_id, "0-0");
	if (vg_reply_count(r) > 0) {
		const struct vg_reply *e = vg_reply_at(r, 0);
		struct vg_slice id = vg_reply_text(vg_reply_at(e, 0));
		const struct vg_reply *pairs = vg_reply_at(e, 1);

		(void)snprintf(f->last_id, sizeof f->last_id, "%.*s", (int)id.n,
			       id.p);
		f->number = vg_reply_int(vg_reply_at(pairs, 1));
	}
	vg_reply_free(r);
	return VG_OK;
}

enum vg_rc vg_feed_begin(struct vg_feed *f, struct vg_store *s, bool *known,
			 struct vg_err *err)
{
	struct vg_reply *r = NULL;
	long long number = 0;
	char text[64];
	enum vg_rc rc = vg_store_callf(s, &r, err, "HMGET", VG_KEY_NOTIFY,
				       "cursor", "at", (char *)NULL);

	if (rc != VG_OK)
		return rc;
	memset(f, 0, sizeof *f);
	struct vg_slice cursor = vg_reply_text(vg_reply_at(r, 0));
	(void)snprintf(text, sizeof text, "%.*s", (int)cursor.n,
		       cursor.n > 0 ? cursor.p : "");
	*known = sscanf(text, "%47s %lld", f->last_id, &number) == 2;
	f->number = number;
	f->at_ms = vg_reply_int(vg_reply_at(r, 1));
	vg_reply_free(r);
	return *known ? VG_OK : vg_feed_end(f, s, err);
}

void vg_feed_cursor(const struct vg_feed *f, char out[64])
{
	(void)snprintf(out, 64, "%.40s %" PRId64, f->last_id, f->number);
}

/* The entries' documents; false in *follows when one is missing. */
static enum vg_rc give(struct vg_feed *f, struct vg_store *s,
		       const struct vg_reply *list,
		       const struct vg_doc_taker *to, bool *follows,
		       struct vg_err *err)
{
	struct vg_slice id[VG_FEED_BATCH], last = {.p = "", .n = 0};
	size_t n = vg_reply_count(list);
	int64_t number = f->number;
	char digits[24];

	for (size_t i = 0; i < n; i++) {
		const struct vg_reply *e = vg_reply_at(list, i);
		struct vg_slice seq = vg_entry_field(vg_reply_at(e, 1), "seq");

		(void)snprintf(digits, sizeof digits, "%" PRId64, ++number);
		*follows = *follows && vg_slice_eq(seq, vg_slice_of(digits));
		id[i] = vg_entry_field(vg_reply_at(e, 1), "id");
		last = vg_reply_text(vg_reply_at(e, 0));
		if (id[i].n == 0)
			*follows = false;
	}
	if (!*follows)
		return VG_OK;
	enum vg_rc rc = vg_alerts_get(s, id, n, to, err);
	if (rc != VG_OK)
		return rc;
	f->number = number;
	(void)snprintf(f->last_id, sizeof f->last_id, "%.*s", (int)last.n,
		       last.p);
	return VG_OK;
}

/* Nothing new is right only if Redis holds no more writes than we know, and no
 * fewer; one may have come between the two questions. */
static enum vg_rc check_level(struct vg_feed *f, struct vg_store *s,
			      bool *follows, struct vg_err *err)
{
	int64_t number = 0;
	enum vg_rc rc = read_number(s, &number, err);

	if (rc != VG_OK)
		return rc;
	*follows = number >= f->number && !(number > f->number && f->behind);
	f->behind = number > f->number;
	return VG_OK;
}

enum vg_rc vg_feed_step(struct vg_feed *f, struct vg_store *s,
			const struct vg_doc_taker *to, size_t *n, bool *follows,
			struct vg_err *err)
{
	struct vg_reply *r = NULL;
	char most[16];

	(void)snprintf(most, sizeof most, "%d", (int)VG_FEED_BATCH);
	*follows = true;
	*n = 0;
	enum vg_rc rc =
		vg_store_callf(s, &r, err, "XREAD", "COUNT", most, "STREAMS",
			       VG_KEY_ASTREAM, f->last_id, (char *)NULL);
	if (rc != VG_OK)
		return rc;
	const struct vg_reply *list =
		vg_reply_count(r) == 1 ? vg_reply_at(vg_reply_at(r, 0), 1) : r;
	*n = vg_reply_count(list);
	if (*n > VG_FEED_BATCH)
		rc = vg_err_set(err, VG_INVAL, "notify: a malformed stream");
	else if (*n > 0)
		rc = give(f, s, list, to, follows, err);
	vg_reply_free(r);
	if (rc == VG_OK && *n == 0)
		return check_level(f, s, follows, err);
	f->behind = false;
	return rc;
}
