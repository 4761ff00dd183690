/*
 * tree - the little that writers of JSON trees share.
 *
 * Threads: pure.
 */
#ifndef VG_API_TREE_H
#define VG_API_TREE_H

#include "api/json_out.h"

struct cJSON;

/* The text of member `name`; "" when there is none, or it is no text. */
const char *vg_tree_text(const struct cJSON *o, const char *name);

/* Write `doc` as the next value; out of memory fails the buffer. */
void vg_tree_write(struct vg_jout *j, const struct cJSON *doc);

/* Write member `name` with the value `m`, or null when that is NULL. */
void vg_tree_copy(struct vg_jout *j, const char *name, const struct cJSON *m);

/* Append `m` (NULL: none) as one cell of a table: a text or a number; the
 * values of a list with spaces between, of an object as name=value. Of an
 * object among them its first member stands for it. None and null are empty. */
void vg_tree_cell(struct vg_buf *out, const struct cJSON *m);

#endif
