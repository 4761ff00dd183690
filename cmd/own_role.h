/*
 * own_role - following what partners keep of their own: every process, whatever
 * its roles, has the same rules.
 *
 * Threads: one at a time, with its store.
 */
#ifndef VG_CMD_OWN_ROLE_H
#define VG_CMD_OWN_ROLE_H

#include "cmd/turnover.h"

/* Where it stands: of which offset of the actions the last change was. */
struct vg_own_role {
	int64_t at;
};

/* At the start, before anybody holds the world's rules. */
enum vg_rc vg_own_role_begin(struct vg_own_role *r, struct vg_world *w,
			     struct vg_store *store,
			     struct vg_err *err) VG_MUST_CHECK;

/* Have the rules made again when they changed. */
enum vg_rc vg_own_role_step(struct vg_own_role *r, struct vg_turnover *t,
			    struct vg_store *store,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
