/*
 * roles - which parts of the daemon a process is, and what it is called.
 */
#ifndef VG_CMD_ROLES_H
#define VG_CMD_ROLES_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VG_OWNER = 64 };

struct vg_roles {
	bool ingests, alerts, serves;
};

/* Read `n` names; none means all. VG_INVAL when one is no role. */
enum vg_rc vg_roles_read(struct vg_roles *out, const char *const *name,
			 size_t n, struct vg_err *err) VG_MUST_CHECK;

/* The identity under which this process holds the alert lease; `seed` tells it
 * from one before it with the same pid. */
void vg_owner_name(char out[VG_OWNER], uint64_t seed);

#endif
