#include "aggregate/store_link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static enum vg_rc load(struct vg_store *s, const char *text,
		       char sha[VG_SHA1_HEX], struct vg_err *err)
{
	struct vg_reply *r = NULL;
	struct vg_slice got;
	enum vg_rc rc =
		vg_store_callf(s, &r, err, "SCRIPT", "LOAD", text, NULL);

	if (rc != VG_OK)
		return rc;
	got = vg_reply_text(r);
	if (got.n == VG_SHA1_HEX - 1)
		memcpy(sha, got.p, VG_SHA1_HEX);
	else
		rc = vg_err_set(err, VG_INVAL, "redis: SCRIPT LOAD: no digest");
	vg_reply_free(r);
	return rc;
}

/* The digest of a script that this store has loaded before, or now. */
static enum vg_rc digest(struct vg_store *s, const char *text, const char **out,
			 struct vg_err *err)
{
	size_t i = 0;
	enum vg_rc rc;

	while (i < s->n_scripts && s->script[i].text != text)
		i++;
	if (i == s->n_scripts) {
		assert(i < VG_STORE_SCRIPTS);
		rc = load(s, text, s->script[i].sha, err);
		if (rc != VG_OK)
			return rc;
		s->script[i].text = text;
		s->n_scripts++;
	}
	*out = s->script[i].sha;
	return VG_OK;
}

/* A script's own refusal is an answer, not a failure of the store. */
static enum vg_rc deliver(struct vg_store *s, redisReply *r,
			  struct vg_reply **out, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (r->type != REDIS_REPLY_ERROR || !vg_store_is_code(r->str, "VG"))
		rc = vg_store_judge(s, r, err);
	if (rc == VG_OK && out != NULL)
		*out = (struct vg_reply *)r;
	else
		freeReplyObject(r);
	return rc;
}

enum vg_rc vg_store_run(struct vg_store *s, struct vg_reply **out,
			const struct vg_script_run *run, struct vg_err *err)
{
	const char *sha = NULL;
	size_t n = run->n + 3;
	struct vg_slice *full;
	redisReply *r = NULL;
	char keys[24], again[VG_SHA1_HEX];
	enum vg_rc rc = digest(s, run->script, &sha, err);

	assert(run->n_keys <= run->n);
	if (rc != VG_OK)
		return rc;
	full = malloc(n * sizeof *full);
	if (full == NULL)
		return vg_err_set(err, VG_FATAL, "redis: out of memory");
	(void)snprintf(keys, sizeof keys, "%zu", run->n_keys);
	full[0] = vg_slice_of("EVALSHA");
	full[1] = vg_slice_of(sha);
	full[2] = vg_slice_of(keys);
	if (run->n > 0)
		memcpy(full + 3, run->arg, run->n * sizeof *full);
	rc = vg_store_raw(s, &r, full, n, err);
	if (rc == VG_OK && r->type == REDIS_REPLY_ERROR &&
	    vg_store_is_code(r->str, "NOSCRIPT")) {
		/* A restarted or promoted Redis does not know it yet. */
		vg_metric_add(s->metrics, VG_M_NOSCRIPT, 1);
		freeReplyObject(r);
		r = NULL;
		rc = load(s, run->script, again, err);
		if (rc == VG_OK)
			rc = vg_store_raw(s, &r, full, n, err);
	}
	free(full);
	return rc == VG_OK ? deliver(s, r, out, err) : rc;
}
