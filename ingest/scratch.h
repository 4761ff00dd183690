/*
 * scratch - the working memory behind struct vg_scratch, for decoders only.
 *
 * Text that must differ from the record (unescaped, made canonical) is placed
 * in `text`. It cannot run full: unescaping never makes text longer than the
 * record, and a canonical indicator is at most VG_INDICATOR_GROWTH longer than
 * what came. The bound is checked all the same.
 *
 * Owner:   one thread. Threads: one at a time.
 */
#ifndef VG_INGEST_SCRATCH_H
#define VG_INGEST_SCRATCH_H

#include "core/json.h"
#include "core/limits.h"
#include "ingest/glue.h"

enum {
	VG_SCRATCH_TEXT =
		2 * VG_RECORD_MAX + VG_INDICATORS_MAX * VG_INDICATOR_GROWTH
};

struct vg_scratch {
	struct vg_json json;
	struct vg_slice parsed;	       /* the record that json is of, or none */
	size_t used;		       /* of text */
	struct vg_shape event, fields; /* of the plain events before */
	char text[VG_SCRATCH_TEXT];
};

#endif
