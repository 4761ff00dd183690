/*
 * action_role - what people do, to Kafka and from there to Redis.
 *
 * The api role writes a record and waits until the brokers have it; the leader
 * of the alert role reads the topic from the offset that Redis has, and applies
 * each record (alert/desk.h).
 *
 * Threads: vg_action_role_put() from any; vg_action_role_step() one thread's.
 * Time: an argument.
 */
#ifndef VG_CMD_ACTION_ROLE_H
#define VG_CMD_ACTION_ROLE_H

#include "cmd/world.h"
#include "core/log.h"

struct vg_action_role;

/* Nothing is connected before it is used. Freed with _free(), NULL allowed. */
enum vg_rc vg_action_role_new(struct vg_action_role **out, struct vg_world *w,
			      const struct vg_log *log, const char *owner,
			      struct vg_err *err) VG_MUST_CHECK;
void vg_action_role_free(struct vg_action_role *r);

/* Write a record and wait for the brokers: VG_RETRY when it is not known that
 * they have it. `ctx` is the role. */
enum vg_rc vg_action_role_put(void *ctx, struct vg_slice key,
			      struct vg_slice record,
			      struct vg_err *err) VG_MUST_CHECK;

/* Apply what is new, if this process leads. A Kafka that is away is logged, and
 * VG_OK. */
enum vg_rc vg_action_role_step(struct vg_action_role *r, struct vg_store *store,
			       int64_t now_ms,
			       struct vg_err *err) VG_MUST_CHECK;

#endif
