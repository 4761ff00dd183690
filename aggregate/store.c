#include "aggregate/store_link.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CALLF_MAX = 32, HOPS_MAX = 5 };

/* Conditions that pass by themselves, or when an operator acts: nothing was
 * applied, and the same call may be made again. */
static const char *const TRANSIENT[] = {
	"LOADING",     "BUSY",	    "READONLY", "MASTERDOWN",
	"CLUSTERDOWN", "TRYAGAIN",  "OOM",	"MISCONF",
	"NOREPLICAS",  "UNBLOCKED", "MOVED",	"ASK",
};

enum vg_rc vg_store_new(struct vg_store **out, const struct vg_config *cfg,
			struct vg_metrics *metrics, struct vg_err *err)
{
	struct vg_store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return vg_err_set(err, VG_FATAL, "redis: out of memory");
	s->cfg = cfg;
	s->metrics = metrics;
	s->n_node = 1;
	(void)snprintf(s->node[0].address, sizeof s->node[0].address, "%s",
		       cfg->redis_address);
	*out = s;
	return VG_OK;
}

static void unlink_store(struct vg_store *s)
{
	for (size_t i = 0; i < s->n_node; i++) {
		if (s->node[i].ctx != NULL)
			redisFree(s->node[i].ctx);
		s->node[i].ctx = NULL;
	}
	s->pending = s->first = 0;
	s->is_asked = s->is_stale = false;
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
	free(s->order);
	free(s->slot);
	free(s);
}

/* The link broke while a call was under way: nobody knows what it did. */
static enum vg_rc lose(struct vg_store *s, struct vg_err *err)
{
	const struct vg_node *node = &s->node[s->at];
	enum vg_rc rc =
		vg_err_set(err, VG_RETRY, "redis %s: %s", node->address,
			   node->ctx ? node->ctx->errstr : "not connected");

	unlink_store(s);
	vg_cluster_lost(s);
	s->lost = true;
	vg_metric_add(s->metrics, VG_M_REDIS_ERRORS, 1);
	return rc;
}

bool vg_store_is_code(const char *s, const char *code)
{
	size_t n = strlen(code);

	return strncmp(s, code, n) == 0 && (s[n] == ' ' || s[n] == '\0');
}

/* What to do about an answer that is for a person to mend. */
static const char *remedy(const char *said)
{
	if (vg_store_is_code(said, "NOAUTH") ||
	    vg_store_is_code(said, "WRONGPASS"))
		return "; set redis.user and redis.password_file";
	return vg_store_is_code(said, "NOPERM")
		       ? "; give the user what docker/redis/commands lists"
		       : "";
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
	/* Another may be behind the address by now. */
	s->is_stale = s->is_stale || vg_store_is_code(r->str, "READONLY") ||
		      vg_store_is_code(r->str, "MASTERDOWN");
	if (vg_store_is_code(r->str, "CROSSSLOT") && vg_cluster_begin(s))
		rc = VG_RETRY;
	vg_metric_add(s->metrics, VG_M_REDIS_ERRORS, 1);
	return vg_err_set(err, rc, "redis %s: %s%s", s->node[s->at].address,
			  r->str, remedy(r->str));
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

/* Remember the node that the next reply comes from. */
static enum vg_rc note_order(struct vg_store *s, struct vg_err *err)
{
	size_t n = s->first + s->pending;

	if (n == s->cap_order) {
		size_t cap = n > 0 ? n * 2 : 64;
		uint8_t *order = realloc(s->order, cap);

		if (order == NULL)
			return vg_err_set(err, VG_FATAL,
					  "redis: out of memory");
		s->order = order;
		s->cap_order = cap;
	}
	s->order[n] = (uint8_t)s->at;
	return VG_OK;
}

enum vg_rc vg_store_queue(struct vg_store *s, const struct vg_slice *arg,
			  size_t n, struct vg_err *err)
{
	enum vg_rc rc;

	if (s->is_stale && s->pending == 0)
		unlink_store(s);
	vg_cluster_route(s, arg, n);
	rc = vg_store_link(s, err);
	if (rc == VG_OK)
		rc = reserve(s, n, err);
	if (rc == VG_OK)
		rc = note_order(s, err);
	if (rc != VG_OK)
		return rc;
	assert(n >= 1 && n <= INT32_MAX);
	for (size_t i = 0; i < n; i++) {
		s->argv[i] = arg[i].n > 0 ? arg[i].p : "";
		s->argl[i] = arg[i].n;
	}
	if (redisAppendCommandArgv(s->node[s->at].ctx, (int)n, s->argv,
				   s->argl) != REDIS_OK)
		return lose(s, err);
	s->pending++;
	return VG_OK;
}

static enum vg_rc take_raw(struct vg_store *s, redisReply **out,
			   struct vg_err *err)
{
	void *r = NULL;

	if (s->pending == 0) /* lost with those before it */
		return lose(s, err);
	s->at = s->order[s->first++];
	if (redisGetReply(s->node[s->at].ctx, &r) != REDIS_OK)
		return lose(s, err);
	if (--s->pending == 0)
		s->first = 0;
	*out = r;
	return VG_OK;
}

#ifdef VG_FAULTS
/* What a test wants to happen when Redis has all of a commit. */
static void pass_sent(struct vg_store *s)
{
	int done = 0;

	while (s->faults != NULL && s->node[s->at].ctx != NULL && !done &&
	       redisBufferWrite(s->node[s->at].ctx, &done) == REDIS_OK)
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
	redisReply *r = NULL;
	enum vg_rc rc;
	int hops = 0;

	s->lost = false;
	vg_store_forget(s);
	do {
		freeReplyObject(r);
		r = NULL;
		rc = vg_store_queue(s, arg, n, err);
		pass_sent(s);
		if (rc == VG_OK)
			rc = take_raw(s, &r, err);
	} while (rc == VG_OK && hops++ < HOPS_MAX &&
		 vg_cluster_redirects(s, r));
	if (rc == VG_OK)
		*out = r;
	return rc;
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

/* A pipeline has gone to the wrong nodes and is asked for again: its other
 * replies say where their slots are, so that once is enough. */
static void learn_rest(struct vg_store *s)
{
	redisReply *r = NULL;
	struct vg_err err;

	while (s->pending > 0 && take_raw(s, &r, &err) == VG_OK) {
		if (r->type == REDIS_REPLY_ERROR &&
		    vg_store_is_code(r->str, "MOVED"))
			(void)vg_cluster_redirects(s, r);
		freeReplyObject(r);
	}
	s->is_asked = false;
}

enum vg_rc vg_store_take(struct vg_store *s, struct vg_reply **out,
			 struct vg_err *err)
{
	redisReply *r = NULL;
	enum vg_rc rc = take_raw(s, &r, err);

	if (rc == VG_OK && vg_cluster_redirects(s, r))
		learn_rest(s);
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
