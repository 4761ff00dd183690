#include "aggregate/store_link.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

enum { CALLF_MAX = 32 };

/* Conditions that pass by themselves, or when an operator acts: nothing was
 * applied, and the same call may be made again. */
static const char *const TRANSIENT[] = {
	"LOADING",  "BUSY", "READONLY", "MASTERDOWN", "CLUSTERDOWN",
	"TRYAGAIN", "OOM",  "MISCONF",	"NOREPLICAS", "UNBLOCKED",
};

enum vg_rc vg_store_new(struct vg_store **out, const struct vg_config *cfg,
			struct vg_metrics *metrics, struct vg_err *err)
{
	struct vg_store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return vg_err_set(err, VG_FATAL, "redis: out of memory");
	s->cfg = cfg;
	s->metrics = metrics;
	*out = s;
	return VG_OK;
}

static void unlink_store(struct vg_store *s)
{
	if (s->ctx != NULL)
		redisFree(s->ctx);
	s->ctx = NULL;
	s->pending = 0;
}

void vg_store_forget(struct vg_store *s)
{
	if (s->pending > 0)
		unlink_store(s);
}

void vg_store_free(struct vg_store *s)
{
	if (s == NULL)
		return;
	assert(s->n_parts == 0);
	unlink_store(s);
	free(s->argv);
	free(s->argl);
	free(s);
}

/* The link broke while a call was under way: nobody knows what it did. */
static enum vg_rc lose(struct vg_store *s, struct vg_err *err)
{
	enum vg_rc rc =
		vg_err_set(err, VG_RETRY, "redis %s: %s", s->cfg->redis_address,
			   s->ctx ? s->ctx->errstr : "not connected");

	unlink_store(s);
	s->lost = true;
	vg_metric_add(s->metrics, VG_M_REDIS_ERRORS, 1);
	return rc;
}

bool vg_store_is_code(const char *s, const char *code)
{
	size_t n = strlen(code);

	return strncmp(s, code, n) == 0 && (s[n] == ' ' || s[n] == '\0');
}

enum vg_rc vg_store_judge(struct vg_store *s, const redisReply *r,
			  struct vg_err *err)
{
	enum vg_rc rc = VG_INVAL;

	if (r->type != REDIS_REPLY_ERROR)
		return VG_OK;
	for (size_t i = 0; i < sizeof TRANSIENT / sizeof *TRANSIENT; i++)
		if (vg_store_is_code(r->str, TRANSIENT[i]))
			rc = VG_RETRY;
	vg_metric_add(s->metrics, VG_M_REDIS_ERRORS, 1);
	return vg_err_set(err, rc, "redis %s: %s", s->cfg->redis_address,
			  r->str);
}

static enum vg_rc reserve(struct vg_store *s, size_t n, struct vg_err *err)
{
	const char **argv;
	size_t *argl;

	if (n <= s->cap)
		return VG_OK;
	argv = realloc(s->argv, n * sizeof *argv);
	if (argv != NULL)
		s->argv = argv;
	argl = realloc(s->argl, n * sizeof *argl);
	if (argl != NULL)
		s->argl = argl;
	if (argv == NULL || argl == NULL)
		return vg_err_set(err, VG_FATAL, "redis: out of memory");
	s->cap = n;
	return VG_OK;
}

enum vg_rc vg_store_queue(struct vg_store *s, const struct vg_slice *arg,
			  size_t n, struct vg_err *err)
{
	enum vg_rc rc = vg_store_link(s, err);

	if (rc == VG_OK)
		rc = reserve(s, n, err);
	if (rc != VG_OK)
		return rc;
	assert(n >= 1 && n <= INT32_MAX);
	for (size_t i = 0; i < n; i++) {
		s->argv[i] = arg[i].n > 0 ? arg[i].p : "";
		s->argl[i] = arg[i].n;
	}
	if (redisAppendCommandArgv(s->ctx, (int)n, s->argv, s->argl) !=
	    REDIS_OK)
		return lose(s, err);
	s->pending++;
	return VG_OK;
}

static enum vg_rc take_raw(struct vg_store *s, redisReply **out,
			   struct vg_err *err)
{
	void *r = NULL;

	if (s->ctx == NULL)
		return lose(s, err);
	assert(s->pending > 0);
	if (redisGetReply(s->ctx, &r) != REDIS_OK)
		return lose(s, err);
	s->pending--;
	*out = r;
	return VG_OK;
}

#ifdef VG_FAULTS
/* What a test wants to happen when Redis has all of a commit. */
static void pass_sent(struct vg_store *s)
{
	int done = 0;

	while (s->faults != NULL && s->ctx != NULL && !done &&
	       redisBufferWrite(s->ctx, &done) == REDIS_OK)
		;
	VG_FAULT(s->faults, commit_sent);
}
#else
#define pass_sent(s) ((void)0)
#endif

enum vg_rc vg_store_raw(struct vg_store *s, redisReply **out,
			const struct vg_slice *arg, size_t n,
			struct vg_err *err)
{
	enum vg_rc rc;

	s->lost = false;
	vg_store_forget(s);
	rc = vg_store_queue(s, arg, n, err);
	pass_sent(s);
	return rc == VG_OK ? take_raw(s, out, err) : rc;
}

/* Hand `r` over, or free it when it is an error or not wanted. */
static enum vg_rc deliver(struct vg_store *s, redisReply *r,
			  struct vg_reply **out, struct vg_err *err)
{
	enum vg_rc rc = vg_store_judge(s, r, err);

	if (rc == VG_OK && out != NULL)
		*out = (struct vg_reply *)r;
	else
		freeReplyObject(r);
	return rc;
}

enum vg_rc vg_store_take(struct vg_store *s, struct vg_reply **out,
			 struct vg_err *err)
{
	redisReply *r = NULL;
	enum vg_rc rc = take_raw(s, &r, err);

	if (rc == VG_OK)
		rc = deliver(s, r, out, err);
	if (rc != VG_OK)
		vg_store_forget(s);
	return rc;
}

enum vg_rc vg_store_call(struct vg_store *s, struct vg_reply **out,
			 const struct vg_slice *arg, size_t n,
			 struct vg_err *err)
{
	redisReply *r = NULL;
	enum vg_rc rc = vg_store_raw(s, &r, arg, n, err);

	return rc == VG_OK ? deliver(s, r, out, err) : rc;
}

enum vg_rc vg_store_callf(struct vg_store *s, struct vg_reply **out,
			  struct vg_err *err, ...)
{
	struct vg_slice arg[CALLF_MAX];
	size_t n = 0;
	va_list ap;

	va_start(ap, err);
	for (const char *a; (a = va_arg(ap, const char *)) != NULL; n++) {
		assert(n < CALLF_MAX);
		arg[n] = vg_slice_of(a);
	}
	va_end(ap);
	return vg_store_call(s, out, arg, n, err);
}
