#include "alert/desk_purge.h"

#include "core/defect.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 256, ID_MAX = 200 };

/* The fields of one hash that are the partner's. */
struct theirs {
	const char *viewer;
	char (*field)[ID_MAX];
	struct vg_buf value[PAGE];
	size_t n;
};

static const char *member(const cJSON *doc, const char *name)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, name));
}

/* A value, with a number before it or not, whose `viewer` it is. */
static bool is_theirs(const struct theirs *t, struct vg_slice value)
{
	const char *brace;
	cJSON *doc;
	bool yes;

	brace = value.n > 0 ? memchr(value.p, '{', value.n) : NULL;
	if (brace == NULL)
		return false;
	doc = cJSON_ParseWithLength(brace, value.n - (size_t)(brace - value.p));
	const char *viewer = member(doc, "viewer");
	yes = viewer != NULL && strcmp(viewer, t->viewer) == 0;
	cJSON_Delete(doc);
	return yes;
}

static enum vg_rc take(void *ctx, struct vg_slice field, struct vg_slice value,
		       struct vg_err *err)
{
	struct theirs *t = ctx;

	(void)err;
	if (t->n == PAGE || field.n >= ID_MAX || !is_theirs(t, value))
		return VG_OK;
	(void)snprintf(t->field[t->n], ID_MAX, "%.*s", (int)field.n, field.p);
	vg_buf_reset(&t->value[t->n]);
	vg_buf_add(&t->value[t->n++], value.p, value.n);
	return VG_OK;
}

/* What stands in place of an entry: that there was one, and when. */
static void tombstone(struct vg_buf *out, const struct vg_buf *was)
{
	const char *brace = was->n > 0 ? memchr(was->p, '{', was->n) : NULL;
	size_t head = brace != NULL ? (size_t)(brace - was->p) : 0;
	cJSON *doc = cJSON_ParseWithLength(was->p + head, was->n - head);
	cJSON *left = cJSON_CreateObject();
	const char *id = member(doc, "action"), *at = member(doc, "at");
	char *text;

	(void)cJSON_AddStringToObject(left, "change", "purged");
	(void)cJSON_AddStringToObject(left, "action", id != NULL ? id : "");
	(void)cJSON_AddStringToObject(left, "at", at != NULL ? at : "");
	text = cJSON_PrintUnformatted(left);
	vg_buf_add(out, was->p, head);
	if (text == NULL)
		out->failed = true;
	else
		vg_buf_str(out, text);
	cJSON_free(text);
	cJSON_Delete(left);
	cJSON_Delete(doc);
}

/* One field: an entry is replaced, the last word of a kind and all else goes;
 * and followers learn of that word. */
static enum vg_rc remove_one(struct vg_store *s, const char *key,
			     const struct theirs *t, size_t i, int64_t next,
			     struct vg_err *err)
{
	char score[24];
	struct vg_buf text = {0};
	enum vg_rc rc;

	if (strncmp(key, VG_KEY_DESK_OF, sizeof VG_KEY_DESK_OF - 1) == 0) {
		tombstone(&text, &t->value[i]);
		rc = text.failed
			     ? vg_err_set(err, VG_FATAL, "desk: out of memory")
			     : vg_store_callf(s, NULL, err, "HSET", key,
					      t->field[i], text.p,
					      (char *)NULL);
		vg_buf_term(&text);
		return rc;
	}
	rc = vg_store_callf(s, NULL, err, "HDEL", key, t->field[i],
			    (char *)NULL);
	if (rc != VG_OK || strcmp(key, VG_KEY_DESK) != 0)
		return rc;
	(void)snprintf(score, sizeof score, "%" PRId64, next);
	return vg_store_callf(s, NULL, err, "ZADD", VG_KEY_DESK_AT, score,
			      t->field[i], (char *)NULL);
}

/* Page by page, until there is none of theirs. */
static enum vg_rc purge_hash(struct vg_store *s, const char *key,
			     struct theirs *t, int64_t next, int64_t *n,
			     struct vg_err *err)
{
	const struct vg_field_taker to = {.take = take, .ctx = t};
	enum vg_rc rc = VG_OK;

	do {
		t->n = 0;
		rc = vg_hold_each(s, key, &to, err);
		for (size_t i = 0; i < t->n && rc == VG_OK; i++)
			rc = remove_one(s, key, t, i, next, err);
		*n += (int64_t)t->n;
	} while (rc == VG_OK && t->n == PAGE);
	return rc;
}

/* The entries of every alert that has any: it is one of those that followers
 * are told of, "<alert> <kind>". */
static enum vg_rc purge_entries(struct vg_store *s, struct theirs *t,
				int64_t next, int64_t *n, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	char key[ID_MAX];
	enum vg_rc rc = vg_store_callf(s, &r, err, "ZRANGE", VG_KEY_DESK_AT,
				       "0", "-1", (char *)NULL);

	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(r); i++) {
		struct vg_slice f = vg_reply_text(vg_reply_at(r, i));
		const char *space = f.n > 0 ? memchr(f.p, ' ', f.n) : NULL;

		if (space == NULL)
			continue;
		(void)snprintf(key, sizeof key, VG_KEY_DESK_OF "%.*s",
			       (int)(space - f.p), f.p);
		rc = purge_hash(s, key, t, next, n, err);
	}
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_desk_purge(struct vg_store *s, const char *viewer, int64_t next,
			 int64_t *n, struct vg_err *err)
{
	static const char *const hashes[] = {VG_KEY_SILENCES, VG_KEY_DESK};
	struct theirs *t = calloc(1, sizeof *t);
	enum vg_rc rc = VG_OK;

	*n = 0;
	if (t == NULL || (t->field = calloc(PAGE, ID_MAX)) == NULL) {
		free(t);
		return vg_err_set(err, VG_FATAL, "desk: out of memory");
	}
	t->viewer = viewer;
	for (size_t i = 0; i < sizeof hashes / sizeof *hashes && rc == VG_OK &&
			   !VG_DEFECT("purge-people-stay");
	     i++)
		rc = purge_hash(s, hashes[i], t, next, n, err);
	if (rc == VG_OK)
		rc = purge_entries(s, t, next, n, err);
	for (size_t i = 0; i < PAGE; i++)
		vg_buf_term(&t->value[i]);
	free(t->field);
	free(t);
	return rc;
}
