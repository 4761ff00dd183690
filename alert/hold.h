/*
 * hold - what those who write under {vg} beside the evaluator share: asking
 * whether a process has the lease, and reading a hash whole.
 *
 * Threads: one at a time, with the store.
 */
#ifndef VG_ALERT_HOLD_H
#define VG_ALERT_HOLD_H

#include "aggregate/store.h"

#define VG_KEY_SILENCES "vg:{vg}:silences"

/* Lua: leads(owner) is true while `owner` has the lease, which is KEYS[1], by
 * Redis' own clock. */
#define VG_LUA_LEADS                                                           \
	"local function leads(owner)\n"                                        \
	"  local t = redis.call('TIME')\n"                                     \
	"  local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"                \
	"  local l = redis.call('HMGET', KEYS[1], 'owner', 'until')\n"         \
	"  return l[1] == owner and l[2] and tonumber(l[2]) > now\n"           \
	"end\n"

/* True in *ours when `owner` has the lease now. */
enum vg_rc vg_hold_leads(struct vg_store *s, const char *owner, bool *ours,
			 struct vg_err *err) VG_MUST_CHECK;

/* Who takes the fields of a hash. */
struct vg_field_taker {
	enum vg_rc (*take)(void *ctx, struct vg_slice name,
			   struct vg_slice value, struct vg_err *err);
	void *ctx;
};

/* Give `to` every field of hash `key`; one that changes meanwhile may come
 * twice. */
enum vg_rc vg_hold_each(struct vg_store *s, const char *key,
			const struct vg_field_taker *to,
			struct vg_err *err) VG_MUST_CHECK;

#endif
