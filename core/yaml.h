/*
 * yaml - a YAML document as a tree of nodes that know their file and line.
 *
 * Read with libyaml, restricted to what config and rule files need: no
 * anchors, aliases or tags; duplicate keys refused; depth and size bounded.
 *
 * Owner:   the document owns its nodes and strings.
 * Threads: one at a time; read-only after loading.
 */
#ifndef VG_CORE_YAML_H
#define VG_CORE_YAML_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

enum vg_yaml_type { VG_YAML_SCALAR, VG_YAML_LIST, VG_YAML_MAP };

struct vg_yaml_node {
	enum vg_yaml_type type;
	int line;	  /* 1-based                                   */
	bool quoted;	  /* scalar written in quotes: always a string */
	const char *key;  /* in a map: the key; else NULL              */
	int key_line;	  /* line of the key                           */
	const char *text; /* scalar's text, NUL-terminated             */
	size_t text_len;
	const struct vg_yaml_node *child; /* first of a list or map */
	const struct vg_yaml_node *next;  /* sibling                */
	size_t count;			  /* children               */
};

struct vg_yaml;

/* Read every document of `path` (at most `max` bytes). VG_INVAL with
 * "file:line: what" when it is not YAML of this kind or cannot be read. */
enum vg_rc vg_yaml_load(struct vg_yaml **out, const char *path, size_t max,
			struct vg_err *err) VG_MUST_CHECK;

/* The bytes of `path`, at most `max`, for vg_yaml_parse(); freed by the caller.
 * Errors as vg_yaml_load(). */
enum vg_rc vg_yaml_read(char **text, size_t *len, const char *path, size_t max,
			struct vg_err *err) VG_MUST_CHECK;

/* As vg_yaml_load() from memory; `name` stands for the file in messages. */
enum vg_rc vg_yaml_parse(struct vg_yaml **out, const char *name,
			 const char *text, size_t len,
			 struct vg_err *err) VG_MUST_CHECK;

/* Free `y`; NULL is allowed. */
void vg_yaml_free(struct vg_yaml *y);

/* Root of document `i`, NULL past the end. */
const struct vg_yaml_node *vg_yaml_doc(const struct vg_yaml *y, size_t i);

/* File name for messages. */
const char *vg_yaml_name(const struct vg_yaml *y);

/* Member `key` of map `n`, or NULL. */
const struct vg_yaml_node *vg_yaml_get(const struct vg_yaml_node *n,
				       const char *key);

/* VG_INVAL with "file:line: <formatted>". */
enum vg_rc vg_yaml_fail(const struct vg_yaml *y, const struct vg_yaml_node *n,
			struct vg_err *err, const char *fmt, ...)
	VG_PRINTF(4, 5);

#endif
