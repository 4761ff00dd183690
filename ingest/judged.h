/*
 * judged - a record of a lane's log judged once more, as it was when it came:
 * what recalls and back-fills share. Private to ingest.
 *
 * Threads: the worker's.
 */
#ifndef VG_INGEST_JUDGED_H
#define VG_INGEST_JUDGED_H

#include "ingest/count.h"
#include "ingest/log_reader.h"

/* Judge `rec` of the lane's partition by `admit`, which has seen what came
 * before: *counts says that it was counted, and c->event is then the event as
 * it was. Codes as vg_admit_judge(). */
enum vg_rc vg_judge_again(struct vg_counter *c, const struct vg_lane *lane,
			  struct vg_admit *admit,
			  const struct vg_log_record *rec, bool *counts,
			  struct vg_err *err) VG_MUST_CHECK;

#endif
