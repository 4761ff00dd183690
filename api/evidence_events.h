/*
 * evidence_events - the events that a row of an alert begins and ends with, by
 * their ids.
 *
 * A span keeps, beside the first and the last event time, the offset of each
 * (docs/data-model.md). Those of the cells that the asker may see are asked for
 * by their exact keys, its audience being the first part of each, and the log
 * is read at these offsets alone. So what there is to do follows from the alert
 * as the asker sees it, and nothing is read that it may not see. Offsets are
 * not told: between two of them is the number of records, hidden ones among
 * them.
 *
 * Threads: as handlers.
 */
#ifndef VG_API_EVIDENCE_EVENTS_H
#define VG_API_EVIDENCE_EVENTS_H

#include "alert/rules.h"
#include "api/json_out.h"
#include "api/service.h"

struct cJSON;

enum {
	VG_EVIDENCE_ROWS = 32,	/* of an alert, of which events are read */
	VG_EVIDENCE_PARTS = 64, /* partitions of a partner               */
};

/* Write members `events`, `events_omitted` and `events_state` of the evidence
 * of `doc`, an alert of `rule` (NULL: not in force, so no cells are known)
 * whose tracks are those of `plan`. */
void vg_evidence_events(struct vg_jout *j, struct vg_service *s,
			const struct vg_request *r, const struct cJSON *doc,
			const struct vg_rule *rule, const struct vg_plan *plan);

#endif
