/*
 * tree - the little that writers of JSON trees share.
 *
 * Threads: pure.
 */
#ifndef VG_API_TREE_H
#define VG_API_TREE_H

#include "api/json_out.h"
#include "api/rows.h"

struct cJSON;

/* The text of member `name`; "" when there is none, or it is no text. */
const char *vg_tree_text(const struct cJSON *o, const char *name);

/* Write `doc` as the next value; out of memory fails the buffer. */
void vg_tree_write(struct vg_jout *j, const struct cJSON *doc);

/* Write member `name` with the value `m`, or null when that is NULL. */
void vg_tree_copy(struct vg_jout *j, const char *name, const struct cJSON *m);

/* Write the row of `doc`: a cell for each column of `t`, the member of that
 * name. A text or a number; the values of a list with spaces between, of an
 * object as name=value, where of an object among them its first member stands
 * for it. None and null are empty. */
void vg_tree_row(struct vg_rows *t, const struct cJSON *doc);

#endif
