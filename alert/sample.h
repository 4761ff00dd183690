/*
 * sample - what an aggregate sees of an event: its time, how many equal ones
 * it stands for, and the one thing that the rule's kind reads.
 *
 * It does not say where it came from: a decoded event, or a cell of a track.
 * Only what the viewer may see is ever made a sample.
 */
#ifndef VG_ALERT_SAMPLE_H
#define VG_ALERT_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* Bit of a sample's mask: an event of `until`; of the numerator. */
#define VG_MASK_BREAKER (UINT32_C(1) << 31)
#define VG_MASK_PART	UINT32_C(1)

/* One accepted event of a group, or `n` equal ones. */
struct vg_sample {
	int64_t t_ms;
	union {			/* which: as the kind reads */
		double number;	/* sum, avg, percentile, share */
		uint32_t mask;	/* stages that it is of, numerator */
		uint32_t value; /* equal numbers are the same value */
	};
	uint32_t n; /* at least 1 */
	uint32_t group;
};

struct vg_samples {
	const struct vg_sample *v; /* by time */
	size_t n;
};

#endif
