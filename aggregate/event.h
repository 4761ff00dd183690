/*
 * event - one decoded and normalised alert event (design: "The event").
 *
 * A decoder fills it; admission judges it; a batch counts it. Text is borrowed
 * from the record or from the decoder's scratch: valid until the next event.
 *
 * Time: `time_ms` is event time; everything is ms since 1970 UTC.
 */
#ifndef VG_AGGREGATE_EVENT_H
#define VG_AGGREGATE_EVENT_H

#include "core/audience.h"
#include "core/limits.h"

struct vg_actor {
	struct vg_slice name;
	int confidence; /* 0..100, -1 when not given */
};

struct vg_indicator {
	int type;	       /* index in VG_VOCAB_INDICATOR */
	struct vg_slice value; /* canonical                   */
};

enum vg_scalar { VG_SCALAR_STRING, VG_SCALAR_NUMBER, VG_SCALAR_BOOL };

struct vg_field {
	struct vg_slice name, text; /* text: string, or the number as written */
	enum vg_scalar type;
	double number;
};

struct vg_event {
	struct vg_slice id, sensor, partner; /* partner: as the body says */
	int64_t time_ms;
	struct vg_slice country; /* victim; the partner's own by default */
	struct vg_slice source_country; /* absent: n == 0 */
	struct vg_slice origin_partner, origin_feed, origin_id;
	int sensor_kind, category, sector; /* vocabulary index, -1 absent */
	int severity, confidence;
	int64_t count;
	enum vg_tlp label;
	bool has_label, narrowed;
	uint64_t releasable;		      /* slots named by releasable_to */
	struct vg_actor actor[VG_ACTORS_MAX]; /* different names */
	struct vg_slice technique[VG_TECHNIQUES_MAX];
	struct vg_indicator indicator[VG_INDICATORS_MAX];
	struct vg_field field[VG_FIELDS_MAX];
	unsigned n_actor, n_technique, n_indicator, n_field;
	unsigned n_unknown; /* top-level members that no rule of the format
			       names */
	unsigned n_trimmed; /* values that a native decoder cut or left out */
	uint16_t audience;  /* set by admission */
	/* Beyond a quota, so counted in the rest: by admission. */
	bool sensor_past;
	uint32_t actors_past; /* bit i: actor[i] */
};

#endif
