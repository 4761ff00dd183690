/*
 * forget - raw identifiers in stored alerts, replaced when the partner that
 * sent them has had them kept for long enough (`identifiers_kept`).
 *
 * An alert that is over, and out of reach of everything that rules still read,
 * has the values of its rows replaced by "~" and 16 hex digits of a keyed hash:
 * equal values stay equal, so counts stay what they were. Fields of closed
 * vocabularies (countries, categories, ...) and actors' names identify nothing
 * of a partner's; every other field does. A group by such a field is replaced
 * as soon as one of the alert's partners has it so.
 *
 * Threads: pure, but for vg_alerts_forget(): one at a time, with its store.
 */
#ifndef VG_ALERT_FORGET_H
#define VG_ALERT_FORGET_H

#include "aggregate/part.h"
#include "alert/alert_store.h"

struct vg_forget {
	const struct vg_part_env *env;
	int64_t log_ms;	  /* log time */
	int64_t floor_ms; /* what is older is read by no rule */
};

/* Append to `out` the document `doc` as it reads at that time; nothing when it
 * reads as it did. VG_FATAL when memory is out. */
enum vg_rc vg_forget_doc(struct vg_buf *out, struct vg_slice doc,
			 const struct vg_forget *f,
			 struct vg_err *err) VG_MUST_CHECK;

/* Look at the next VG_PUT_BATCH stored alerts behind number *at, and write what
 * changes; *at goes on, and to 0 behind the last. */
enum vg_rc vg_alerts_forget(struct vg_store *s, struct vg_lease *lease,
			    const struct vg_forget *f, int64_t *at,
			    struct vg_err *err) VG_MUST_CHECK;

#endif
