#include "verify/native.h"

#include "aggregate/part.h"
#include "ingest/decode.h"

#include <stdlib.h>

/* The event's id when its format has none. One partition is compared at a
 * time: which it is, makes no difference here. */
static void place(struct vg_second *s, const struct vg_part_env *env,
		  const struct vg_partner *partner, int64_t offset)
{
	if (s->event.id.n == 0)
		s->event.id = vg_place_id(s->place, env->hash_key,
					  partner->topic, 0, offset);
}

enum vg_second_kind vg_second_of(struct vg_second *s,
				 const struct vg_part_env *env,
				 const struct vg_partner *partner,
				 int64_t offset, struct vg_slice record)
{
	const struct vg_decoder *d = vg_decoder_of(partner);
	struct vg_decoded out;

	if (d == NULL || d == vg_decoder_at(0))
		return vg_second_read(s, env->cfg, record);
	/* No memory: as in ingest, no verdict may come of it. */
	if (s->scratch == NULL && vg_scratch_new(&s->scratch, NULL) != VG_OK)
		abort();
	const struct vg_decoding of = {
		.cfg = env->cfg, .partner = partner, .record = record};
	vg_decode(d, s->scratch, &of, &s->event, &out);
	switch (out.verdict) {
	case VG_VERDICT_COUNTED:
		place(s, env, partner, offset);
		return VG_SECOND_EVENT;
	case VG_VERDICT_NOT_ALERT:
		return VG_SECOND_ASIDE;
	case VG_VERDICT_CONTROL:
		return VG_SECOND_CONTROL;
	case VG_VERDICT_CANARY:
		return VG_SECOND_CANARY;
	default:
		return VG_SECOND_REJECTED;
	}
}
