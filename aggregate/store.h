/*
 * store - one connection to Redis and what vigie says over it.
 *
 * hiredis stays inside. A call returns VG_OK, VG_RETRY when Redis is away,
 * loading, busy, read-only, out of memory or failing over (whether the command
 * took effect is then unknown: read the offset again), VG_INVAL when Redis
 * refused for good (wrong type, wrong password, evicting policy). Of a Redis
 * Cluster the node is found by the key: a command has keys of one tag, all of
 * them vg:{tag}.
 *
 * Owner:   the caller. Threads: one at a time; open one for each thread. The
 *          process must ignore SIGPIPE.
 */
#ifndef VG_AGGREGATE_STORE_H
#define VG_AGGREGATE_STORE_H

#include "core/config.h"
#include "core/metric.h"

struct vg_store;
struct vg_reply;

enum vg_reply_type {
	VG_REPLY_NIL,
	VG_REPLY_INT,
	VG_REPLY_STRING, /* bulk or status */
	VG_REPLY_ARRAY,
	VG_REPLY_ERROR /* a script's own error reply, e.g. "STALE 17" */
};

/* Make a store; it connects at the first call and again after a loss. */
enum vg_rc vg_store_new(struct vg_store **out, const struct vg_config *cfg,
			struct vg_metrics *metrics,
			struct vg_err *err) VG_MUST_CHECK;

/* Close and free `s`; NULL is allowed. */
void vg_store_free(struct vg_store *s);

/* Refuse a Redis that may evict, is a replica, or holds data of another schema,
 * another hash key or other series (vg_plan_series_text()); vg:{vg}:meta says
 * of which, and is written when absent. */
enum vg_rc vg_store_check(struct vg_store *s, const char *hash_key_fingerprint,
			  const char *series, struct vg_err *err) VG_MUST_CHECK;

/* Run one command of `n` binary-safe arguments. *out (may be NULL) is freed
 * with vg_reply_free(). A reply that is a Redis error of the transient kind
 * (LOADING, BUSY, READONLY, MASTERDOWN, CLUSTERDOWN, TRYAGAIN, OOM, MISCONF,
 * NOREPLICAS, UNBLOCKED; MOVED and ASK when they lead nowhere) is VG_RETRY, any
 * other VG_INVAL. */
enum vg_rc vg_store_call(struct vg_store *s, struct vg_reply **out,
			 const struct vg_slice *arg, size_t n,
			 struct vg_err *err) VG_MUST_CHECK;

/* Convenience: arguments are NUL-terminated strings, ended by NULL. */
enum vg_rc vg_store_callf(struct vg_store *s, struct vg_reply **out,
			  struct vg_err *err, ...) VG_MUST_CHECK
	__attribute__((sentinel));

/* Pipeline: queue a command, then take the replies in order. After an error
 * all queued replies are lost; whoever stops taking for a reason of his own
 * makes a vg_store_call() next, which gives up the rest. */
enum vg_rc vg_store_queue(struct vg_store *s, const struct vg_slice *arg,
			  size_t n, struct vg_err *err) VG_MUST_CHECK;
enum vg_rc vg_store_take(struct vg_store *s, struct vg_reply **out,
			 struct vg_err *err) VG_MUST_CHECK;

/* True once Redis has said that it is a cluster. */
bool vg_store_is_cluster(const struct vg_store *s);

struct vg_script_run {
	const char *script; /* NUL-terminated Lua text with static lifetime */
	size_t n_keys;
	const struct vg_slice *arg; /* n_keys keys, then the arguments */
	size_t n;
};

/* EVALSHA, loaded again on NOSCRIPT. A Lua redis.error_reply("VG ...") comes
 * back as VG_OK with a VG_REPLY_ERROR. */
enum vg_rc vg_store_run(struct vg_store *s, struct vg_reply **out,
			const struct vg_script_run *run,
			struct vg_err *err) VG_MUST_CHECK;

/* vg_store_run() with the members of the run as arguments. */
#define vg_store_eval(s, out, text, keys, args, count, err)                    \
	vg_store_run((s), (out),                                               \
		     &(struct vg_script_run){.script = (text),                 \
					     .n_keys = (keys),                 \
					     .arg = (args),                    \
					     .n = (count)},                    \
		     (err))

/* What `r` is. */
enum vg_reply_type vg_reply_type(const struct vg_reply *r);

/* A number, or the text of one; else 0. */
int64_t vg_reply_int(const struct vg_reply *r);

/* Text of a string or an error, else absent; the reply owns it. */
struct vg_slice vg_reply_text(const struct vg_reply *r);

/* Length of an array, else 0, and its elements. */
size_t vg_reply_count(const struct vg_reply *r);
const struct vg_reply *vg_reply_at(const struct vg_reply *r, size_t i);

/* Free `r`; NULL is allowed. */
void vg_reply_free(struct vg_reply *r);

#endif
