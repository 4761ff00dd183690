#include "api/write.h"

#include "alert/desk.h"
#include "api/pool.h"
#include "api/viewer.h"
#include "core/defect.h"
#include "core/hash.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { KEY_MAX = 128 };

/* 1 to 128 visible ASCII characters. */
static bool is_key(const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < n; i++)
		if (key[i] < '!' || key[i] > '~')
			return false;
	return n >= 1 && n <= KEY_MAX;
}

/* The same person, path and key make the same id; under our hash key, so that
 * nobody can aim at another's. */
static void derive(char out[VG_ACTION_ID + 1], const struct vg_service *s,
		   const struct vg_request *r, const struct vg_action *action)
{
	const struct vg_slice zero = {"", 1};
	const struct vg_slice part[] = {vg_slice_of(action->viewer),
					zero,
					vg_slice_of(action->author),
					zero,
					vg_slice_of(r->method),
					zero,
					r->path,
					zero,
					vg_slice_of(r->repeat_key)};
	char hex[65];

	vg_hmac_hex(
		hex,
		(struct vg_slice){(const char *)s->env->hash_key, VG_HASH_KEY},
		part, sizeof part / sizeof *part);
	memcpy(out, hex, VG_ACTION_ID);
	out[VG_ACTION_ID] = '\0';
}

static void draw(char out[VG_ACTION_ID + 1])
{
	uint8_t random[VG_ACTION_ID / 2];

	randombytes_buf(random, sizeof random);
	(void)sodium_bin2hex(out, VG_ACTION_ID + 1, random, sizeof random);
}

bool vg_write_sign(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a, struct vg_action *action)
{
	const char *viewer = vg_viewer_name(s->env->cfg, r->viewer);

	if (r->repeat_key != NULL && !is_key(r->repeat_key))
		return vg_answer_fail(a, r, 400, "bad-header",
				      "Idempotency-Key is not 1 to 128 visible "
				      "ASCII characters");
	(void)snprintf(action->viewer, sizeof action->viewer, "%s",
		       viewer != NULL ? viewer : "");
	(void)snprintf(action->author, sizeof action->author, "%s",
		       r->who.name);
	action->at_ms = r->now_ms;
	if (r->repeat_key != NULL)
		derive(action->id, s, r, action);
	else
		draw(action->id);
	return true;
}

bool vg_write_stored(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, const struct vg_action *action,
		     struct vg_buf *out)
{
	struct vg_store *store = NULL;
	struct vg_err err = {.rc = VG_OK};
	enum vg_rc rc = vg_pool_take(s->pool, r->now_ms, &store, &err);

	if (rc == VG_OK) {
		rc = vg_action_is_silence(action->kind)
			     ? vg_desk_silence(store, action->target, out, &err)
			     : vg_desk_entry(store, action->target, action->id,
					     out, &err);
		vg_pool_give(s->pool, store, rc, r->now_ms);
	}
	if (rc == VG_OK)
		return true;
	err.rc = rc;
	vg_service_store_problem(a, r, &err);
	return false;
}

static void answer_id(struct vg_answer *a, int status, const char *id,
		      const char *state)
{
	struct vg_jout j = vg_answer_json(a, status);

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "id");
	vg_jout_text(&j, id);
	vg_jout_name(&j, "state");
	vg_jout_text(&j, state);
	vg_jout_close(&j, '}');
}

void vg_write_known(struct vg_answer *a, const char *id)
{
	answer_id(a, 200, id, "applied");
}

void vg_write_conflict(struct vg_answer *a, const struct vg_request *r)
{
	(void)vg_answer_fail(a, r, 422, "idempotency-key",
			     "this Idempotency-Key was used for another "
			     "request; give each its own");
}

void vg_write_send(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a, const struct vg_action *action,
		   const char *id)
{
	struct vg_buf record = {0};
	struct vg_err err = {.rc = VG_OK};
	enum vg_rc rc = vg_action_print(&record, action, &err);

	if (rc == VG_OK && s->sink.put == NULL)
		rc = vg_err_set(&err, VG_RETRY, "no log to write to");
	if (rc == VG_OK && !VG_DEFECT("api-action-unsent"))
		rc = s->sink.put(
			s->sink.ctx, vg_slice_of(action->target),
			(struct vg_slice){record.p, (uint32_t)record.n}, &err);
	vg_buf_term(&record);
	if (rc == VG_OK) {
		answer_id(a, 202, id, "accepted");
		return;
	}
	vg_answer_header(a, "Retry-After", "2");
	(void)vg_answer_fail(a, r, 503, "log-away",
			     "the brokers have not confirmed it: it may be "
			     "written or not; send it again, with the same "
			     "Idempotency-Key, and it counts once");
}
