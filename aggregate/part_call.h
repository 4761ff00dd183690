/*
 * part_call - the keys and arguments of one commit script while it is built.
 *
 * What a command writes travels as MessagePack strings in one argument, which
 * the script unpacks straight into the command: measured, this costs Redis and
 * us less than one protocol argument for each string. A command with more
 * strings than Lua's stack takes is split into several.
 *
 * Owner:   the part, which reuses its memory. Threads: one at a time.
 * Errors:  memory that runs out sets `failed`; check once, at the end.
 */
#ifndef VG_AGGREGATE_PART_CALL_H
#define VG_AGGREGATE_PART_CALL_H

#include "core/buf.h"
#include "core/slice.h"

/* Numbers of the keys that every commit begins with. */
enum {
	VG_CALL_O = 1,
	VG_CALL_X,
	VG_CALL_D,
	VG_CALL_I,
	VG_CALL_Q,
	VG_CALL_R,
	VG_CALL_SENSORS,
	VG_CALL_FIXED = VG_CALL_SENSORS
};

struct vg_call_op {
	const char *name; /* a Redis command, static */
	char key[12];	  /* number of its key       */
	size_t from, to;  /* of blob                 */
	uint32_t strings;
};

struct vg_call {
	struct vg_buf blob, keys, letters;
	size_t *key_end;
	struct vg_call_op *op;
	struct vg_slice *arg;
	size_t n_key, cap_key, n_op, cap_op, cap_arg;
	bool failed;
};

/* An empty call, or NULL when memory is out. */
struct vg_call *vg_call_new(void);

/* Free `c`; NULL is allowed. */
void vg_call_free(struct vg_call *c);

/* Forget the content, keep the memory. */
void vg_call_reset(struct vg_call *c);

/* Add the key "vg:{topic:partition}:suffix" of type letter h, z, s or l; its
 * number, from 1. */
uint32_t vg_call_key(struct vg_call *c, const char *topic, int32_t partition,
		     const char *suffix, char letter);

/* Begin a command on key number `key`. */
void vg_call_begin(struct vg_call *c, const char *name, uint32_t key);

/* Add one more argument to it. An argument list of pairs stays in pairs. */
void vg_call_str(struct vg_call *c, const char *p, size_t n);

/* Keys, then head[0..n_head), then the commands, as vg_store_eval() wants
 * them; valid until the next change. `head` borrows. NULL when memory is out.
 */
const struct vg_slice *vg_call_args(struct vg_call *c,
				    const struct vg_slice *head, size_t n_head,
				    size_t *n);

#endif
