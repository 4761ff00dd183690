#include "aggregate/wipe.h"

#include "aggregate/keys.h"
#include "aggregate/store_link.h"
#include "core/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "1000"

/* Remove what a page names. */
static enum vg_rc unlink_keys(struct vg_store *s, const struct vg_reply *keys,
			      struct vg_wipe *w, struct vg_err *err)
{
	size_t n = vg_reply_count(keys);
	struct vg_slice *arg = calloc(n + 1, sizeof *arg);
	struct vg_reply *r = NULL;

	if (arg == NULL)
		return vg_err_set(err, VG_FATAL, "wipe: out of memory");
	arg[0] = vg_slice_of("UNLINK");
	for (size_t i = 0; i < n; i++)
		arg[i + 1] = vg_reply_text(vg_reply_at(keys, i));
	enum vg_rc rc = n > 0 ? vg_store_call(s, &r, arg, n + 1, err) : VG_OK;
	if (rc == VG_OK && n > 0)
		w->removed += vg_reply_int(r);
	vg_reply_free(r);
	free(arg);
	return rc;
}

/* One page of the keys that `pattern` matches. */
static enum vg_rc step(struct vg_store *s, const char *pattern,
		       struct vg_wipe *w, struct vg_err *err)
{
	char cursor[24];
	struct vg_reply *r = NULL;

	(void)snprintf(cursor, sizeof cursor, "%" PRIu64, w->cursor);
	enum vg_rc rc = vg_store_callf(s, &r, err, "SCAN", cursor, "MATCH",
				       pattern, "COUNT", PAGE, (char *)NULL);
	if (rc != VG_OK)
		return rc;
	rc = unlink_keys(s, vg_reply_at(r, 1), w, err);
	if (rc == VG_OK) {
		struct vg_slice next = vg_reply_text(vg_reply_at(r, 0));

		w->cursor = next.n > 0 ? strtoull(next.p, NULL, 10) : 0;
		w->done = w->cursor == 0;
	}
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_wipe_step(struct vg_store *s, struct vg_wipe *w,
			struct vg_err *err)
{
	if (!s->cfg->is_exercise || s->cfg->redis_database == 0)
		return vg_err_set(err, VG_INVAL,
				  "wipe: this is no exercise's database");
	return step(s, "vg:*", w, err);
}

enum vg_rc vg_wipe_partition_step(struct vg_store *s, const char *topic,
				  int32_t partition, struct vg_wipe *w,
				  struct vg_err *err)
{
	struct vg_buf pattern = {0};

	/* A topic has no character that means something in a pattern. */
	vg_key(&pattern, topic, partition, "*");
	vg_buf_add(&pattern, "", 1);
	enum vg_rc rc = pattern.failed
				? vg_err_set(err, VG_FATAL, "wipe: no memory")
				: step(s, pattern.p, w, err);
	vg_buf_term(&pattern);
	return rc;
}
