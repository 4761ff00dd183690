/*
 * config_edit - a configuration file with one thing more: an entry in the list
 * of partners, or a member in the entry of one.
 *
 * Nothing of the text changes but for what is put in, and only where it is
 * plain where that belongs: in block lists, and in entries of either style.
 * What came of it is read again and compared before it is given out.
 *
 * Threads: pure, but for vg_config_replace().
 */
#ifndef VG_CORE_CONFIG_EDIT_H
#define VG_CORE_CONFIG_EDIT_H

#include "core/buf.h"
#include "core/config.h"

/* Append to `out` the text of a file called `name` with the line
 * "- {id: ..., ...}" of `entry` (without the dash) as last of the partners.
 * VG_INVAL with what to write by hand when that is not plain. */
enum vg_rc vg_config_add_partner(struct vg_buf *out, const char *name,
				 struct vg_slice text, const char *entry,
				 struct vg_err *err) VG_MUST_CHECK;

/* The same with `member: "value"` in the entry of partner `id`, where there is
 * no such member yet. */
enum vg_rc vg_config_add_member(struct vg_buf *out, const char *name,
				struct vg_slice text, const char *id,
				const char *const member_value[2],
				struct vg_err *err) VG_MUST_CHECK;

/* Put `text` in the place of the file `path`: a new file beside it with the
 * same rights, then a rename. */
enum vg_rc vg_config_replace(const char *path, struct vg_slice text,
			     struct vg_err *err) VG_MUST_CHECK;

#endif
