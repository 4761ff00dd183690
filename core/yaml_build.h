/*
 * yaml_build - from libyaml's events to the tree of core/yaml.h. Private.
 *
 * Owner:   the document's arena owns every node and string.
 * Threads: one at a time.
 */
#ifndef VG_CORE_YAML_BUILD_H
#define VG_CORE_YAML_BUILD_H

#include "core/arena.h"
#include "core/yaml.h"

enum { VG_YAML_DEPTH_MAX = 16, VG_YAML_NODES_MAX = 100000 };

struct vg_yaml_doc {
	const struct vg_yaml_node *root;
	struct vg_yaml_doc *next;
};

struct vg_yaml {
	struct vg_arena arena;
	const char *name;
	struct vg_yaml_doc *docs;
};

/* Parse `len` bytes into the named, still empty document `y`. VG_INVAL with
 * "file:line: what"; `y` may then hold half a tree and must be freed. */
enum vg_rc vg_yaml_build(struct vg_yaml *y, const char *text, size_t len,
			 struct vg_err *err) VG_MUST_CHECK;

/* VG_INVAL with "file:line: what", or "file: what" when `line` is 0. */
enum vg_rc vg_yaml_fail_line(const struct vg_yaml *y, int line,
			     struct vg_err *err, const char *what);

#endif
