/*
 * mask_scan - the names of credentials, and records of columns. Private to
 * mask.
 *
 * Threads: pure.
 */
#ifndef VG_INGEST_MASK_SCAN_H
#define VG_INGEST_MASK_SCAN_H

#include "core/slice.h"

#include <stddef.h>

enum vg_mask_form { VG_MASK_TEXT, VG_MASK_TSV, VG_MASK_OPAQUE };

/* How a record is to be masked, by its first bytes. */
enum vg_mask_form vg_mask_form(const char *p, size_t n);

/* True for a credential's name; *line when its value is a whole header. */
bool vg_mask_is_secret(struct vg_slice name, bool *line);

/* True for a member that quotes what somebody typed or sent. */
bool vg_mask_is_quoting(struct vg_slice name);

/* Make the bytes from..to-1 '*'. True when one was not. */
bool vg_mask_range(char *p, size_t from, size_t to);

/* Mask the columns of a TSV record whose name is a credential's; all columns
 * when they have no names. True when a byte was changed. */
bool vg_mask_tsv(char *p, size_t n);

/* Mask the values of a raw CEF event that hold whatever somebody wrote. True
 * when a byte was changed. */
bool vg_mask_cef(char *p, size_t n);

#endif
