#include "ingest/judged.h"

#include "ingest/again.h"

enum vg_rc vg_judge_again(struct vg_counter *c, const struct vg_lane *lane,
			  struct vg_admit *admit,
			  const struct vg_log_record *rec, bool *counts,
			  struct vg_err *err)
{
	const struct vg_again again = {.cfg = c->env->part->cfg,
				       .hash_key = c->env->part->hash_key,
				       .partner = lane->partner,
				       .partition = lane->partition,
				       .decoder = c->decoder,
				       .scratch = c->scratch,
				       .event = &c->event,
				       .decoded = &c->decoded,
				       .place = c->place};
	struct vg_admitted a = {.verdict = VG_VERDICT_COUNTED};

	*counts = false;
	if (!vg_again_read(&again, rec))
		return VG_OK;
	enum vg_rc rc = vg_admit_judge(admit, &c->event, rec->offset,
				       rec->ts_ms, &a, err);
	*counts = rc == VG_OK && a.verdict == VG_VERDICT_COUNTED;
	return rc;
}
