/*
 * viewer - what follows from who asks.
 *
 * Threads: pure.
 */
#ifndef VG_API_VIEWER_H
#define VG_API_VIEWER_H

#include "core/config.h"

/* Name of viewer `slot` as in class names and token files; NULL when the
 * configuration has no such viewer. */
const char *vg_viewer_name(const struct vg_config *cfg, unsigned slot);

/* True when `viewer` may read what concerns only the owner of `slot`: it is
 * that partner, or the joint SOC; or the exercise, where all is invented and
 * read by whoever plays. */
bool vg_viewer_owns(unsigned viewer, unsigned slot);

#endif
