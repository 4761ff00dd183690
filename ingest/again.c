#include "ingest/again.h"

#include "ingest/signature.h"

#include <stdio.h>

bool vg_again_read(const struct vg_again *a, const struct vg_log_record *rec)
{
	struct vg_decoded *d = a->decoded;
	const struct vg_decoding of = {
		.cfg = a->cfg, .partner = a->partner, .record = rec->value};
	const struct vg_signed sig = {.record = rec->value,
				      .header = rec->signature,
				      .n_headers = rec->n_signatures,
				      .ref_ms = rec->ts_ms};

	if (!vg_partner_is_member(a->partner, rec->ts_ms)) {
		d->verdict = VG_VERDICT_NOT_MEMBER;
		d->reason[0] = '\0';
		return false;
	}
	vg_decode(a->decoder, a->scratch, &of, a->event, d);
	if (vg_verdict_kind(d->verdict) != 'r' &&
	    vg_signature_matters(a->partner)) {
		enum vg_verdict v = vg_signature_judge(
			a->partner, &sig, d->reason, sizeof d->reason);

		if (v != VG_VERDICT_COUNTED)
			d->verdict = v;
	}
	if (d->verdict != VG_VERDICT_COUNTED)
		return false;
	if (a->event->id.n == 0)
		a->event->id =
			vg_place_id(a->place, a->hash_key, a->partner->topic,
				    a->partition, rec->offset);
	return true;
}
