#include "aggregate/heartbeat.h"

#include "aggregate/keys.h"

#include <inttypes.h>
#include <stdio.h>

bool vg_part_is_behind(const struct vg_part_place *stored,
		       const struct vg_part_place *ours)
{
	if (stored->epoch != ours->epoch)
		return stored->epoch < ours->epoch;
	if (stored->offset != ours->offset)
		return stored->offset < ours->offset;
	return stored->fill < ours->fill;
}

/* Queue both parts; `key` is that of `:s`. */
static enum vg_rc queue(struct vg_store *s, const struct vg_heartbeat *b,
			struct vg_buf *key, struct vg_err *err)
{
	char high[24], at[24];

	(void)snprintf(high, sizeof high, "%" PRId64, b->high);
	(void)snprintf(at, sizeof at, "%" PRId64, b->now_ms);
	const struct vg_slice name = {.p = key->p, .n = (uint32_t)key->n};
	const struct vg_slice beat[] = {vg_slice_of("HSET"), name,
					vg_slice_of("hw"),   vg_slice_of(high),
					vg_slice_of("at"),   vg_slice_of(at)};
	const struct vg_slice ask[] = {vg_slice_of("HMGET"), name,
				       vg_slice_of("epoch"), vg_slice_of("off"),
				       vg_slice_of("fill")};
	enum vg_rc rc = vg_store_queue(s, beat, 6, err);
	key->p[key->n - 1] = 'o';
	return rc == VG_OK ? vg_store_queue(s, ask, 5, err) : rc;
}

enum vg_rc vg_heartbeat(struct vg_store *s, const struct vg_heartbeat *b,
			struct vg_part_place *stored, struct vg_err *err)
{
	struct vg_reply *beat = NULL, *o = NULL;
	struct vg_buf key = {0};

	vg_key(&key, b->topic, b->partition, "s");
	enum vg_rc rc = key.failed ? vg_err_set(err, VG_FATAL,
						"heartbeat: out of memory")
				   : queue(s, b, &key, err);
	if (rc == VG_OK)
		rc = vg_store_take(s, &beat, err);
	if (rc == VG_OK)
		rc = vg_store_take(s, &o, err);
	if (rc == VG_OK)
		*stored = (struct vg_part_place){
			.epoch = vg_reply_int(vg_reply_at(o, 0)),
			.offset = vg_reply_int(vg_reply_at(o, 1)),
			.fill = vg_reply_int(vg_reply_at(o, 2))};
	vg_reply_free(beat);
	vg_reply_free(o);
	vg_buf_term(&key);
	return rc;
}
