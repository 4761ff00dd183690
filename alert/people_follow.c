#include "alert/people.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAGE = 256 };

static enum vg_rc take(void *ctx, struct vg_slice field, struct vg_slice value,
		       struct vg_err *err)
{
	if (value.p == NULL) {
		vg_people_drop(ctx, field);
		return VG_OK;
	}
	enum vg_rc rc = vg_people_put(ctx, field, value, err);

	return rc == VG_DROP ? VG_OK : rc;
}

/* All of it, made aside; what is applied meanwhile comes again. */
static enum vg_rc load(struct vg_people *p, struct vg_store *s,
		       struct vg_err *err)
{
	struct vg_people *fresh = NULL;
	enum vg_rc rc = vg_people_new(&fresh, err);

	if (rc != VG_OK)
		return rc;
	const struct vg_field_taker to = {.take = take, .ctx = fresh};
	rc = vg_hold_each(s, VG_KEY_DESK, &to, err);
	if (rc == VG_OK)
		vg_people_replace(p, fresh);
	vg_people_free(fresh);
	return rc;
}

/* The fields of `names`, as they are now. */
static enum vg_rc take_page(struct vg_people *p, struct vg_store *s,
			    const struct vg_reply *names, size_t from,
			    struct vg_err *err)
{
	struct vg_slice arg[PAGE + 2] = {vg_slice_of("HMGET"),
					 vg_slice_of(VG_KEY_DESK)};
	size_t n = vg_reply_count(names) - from;
	struct vg_reply *values = NULL;

	n = n < PAGE ? n : PAGE;
	for (size_t i = 0; i < n; i++)
		arg[i + 2] = vg_reply_text(vg_reply_at(names, from + i));
	enum vg_rc rc = vg_store_call(s, &values, arg, n + 2, err);
	for (size_t i = 0; rc == VG_OK && i < n && i < vg_reply_count(values);
	     i++)
		rc = take(p, arg[i + 2], vg_reply_text(vg_reply_at(values, i)),
			  err);
	vg_reply_free(values);
	return rc;
}

static enum vg_rc take_new(struct vg_people *p, struct vg_store *s, int64_t off,
			   struct vg_err *err)
{
	struct vg_reply *names = NULL;
	char from[24];

	snprintf(from, sizeof from, "(%" PRId64, off);
	enum vg_rc rc =
		vg_store_callf(s, &names, err, "ZRANGEBYSCORE", VG_KEY_DESK_AT,
			       from, "+inf", (char *)NULL);
	for (size_t at = 0; rc == VG_OK && at < vg_reply_count(names);
	     at += PAGE)
		rc = take_page(p, s, names, at, err);
	vg_reply_free(names);
	return rc;
}

enum vg_rc vg_people_step(struct vg_people *p, struct vg_people_follow *f,
			  struct vg_store *store, struct vg_err *err)
{
	int64_t off = -1;
	enum vg_rc rc = vg_desk_offset(store, &off, err);

	if (rc != VG_OK || (f->loaded && off == f->off))
		return rc;
	/* Redis fell back, or lost it: all is looked at again. */
	if (!f->loaded || off < f->off)
		rc = load(p, store, err);
	else
		rc = take_new(p, store, f->off, err);
	if (rc == VG_OK) {
		f->off = off;
		f->loaded = true;
	}
	return rc;
}
