/*
 * silence_doc - an alert about silence as the document that is stored, and
 * back. docs/data-model.md lists its members.
 *
 * Threads: pure.
 */
#ifndef VG_ALERT_SILENCE_DOC_H
#define VG_ALERT_SILENCE_DOC_H

#include "alert/model.h"
#include "core/buf.h"
#include "core/limits.h"

struct vg_config;
struct vg_partner;

struct vg_silent {
	char id[VG_ALERT_ID];
	const struct vg_partner
		*partner; /* NULL: of a receiver (alert/deaf.h) */
	/* "": the partner as a whole; of a receiver its name */
	char sensor[VG_SENSOR_MAX + 1];
	int64_t start_ms, end_ms; /* end: INT64_MAX while it is open */
	int64_t detected_ms, updated_ms;
	int64_t expected_ms; /* how long it might have been quiet */
	uint64_t viewers;    /* slots */
	bool seen;	     /* by the look under way */
};

/* The built-in rule that `a` is of. */
const char *vg_silent_rule(const struct vg_silent *a);

/* Append the names of the viewers, joined by "+" in the order of slots. */
void vg_silent_class(struct vg_buf *out, const struct vg_config *cfg,
		     uint64_t viewers);

/* Append the document, and the entry for its history. VG_FATAL when memory is
 * out. */
enum vg_rc vg_silent_doc(struct vg_buf *out, const struct vg_silent *a,
			 const struct vg_config *cfg,
			 struct vg_err *err) VG_MUST_CHECK;
enum vg_rc vg_silent_history(struct vg_buf *out, const struct vg_silent *a,
			     const char *change,
			     struct vg_err *err) VG_MUST_CHECK;

/* Read `text`. False when it is not an open alert of this kind about a partner
 * that there is. */
bool vg_silent_read(struct vg_silent *out, struct vg_slice text,
		    const struct vg_config *cfg);

#endif
