/*
 * built_in - the configuration that offline commands use when none is named:
 * the first five partners and some caveats.
 */
#ifndef VG_CMD_BUILT_IN_H
#define VG_CMD_BUILT_IN_H

#include "cmd/args.h"
#include "core/config.h"

/* Load `path` with the overrides of `set`, or the built-in one for NULL. */
enum vg_rc vg_built_in_or(struct vg_config **out, const char *path,
			  const struct vg_arg_list *set,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
