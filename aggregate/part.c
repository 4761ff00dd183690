#include "aggregate/part_private.h"

#include "aggregate/keep.h"
#include "aggregate/part_call.h"
#include "aggregate/part_feeds.h"
#include "aggregate/part_recalled.h"
#include "aggregate/sensors.h"
#include "aggregate/store_link.h"
#include "core/defect.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)

void vg_part_free(struct vg_part *p)
{
	if (p == NULL)
		return;
	assert(p->store->n_parts > 0);
	p->store->n_parts--;
	vg_part_recall_free(p);
	vg_part_feeds_free(p);
	vg_sensors_free(p->sensors);
	vg_batch_term(&p->batch);
	vg_live_term(&p->live);
	vg_call_free(p->call);
	vg_buf_term(&p->pack);
	vg_buf_term(&p->key);
	vg_buf_term(&p->name);
	vg_buf_term(&p->delta);
	vg_buf_term(&p->ids);
	vg_buf_term(&p->list);
	vg_buf_term(&p->kept);
	vg_reply_free(p->loaded_ids);
	vg_reply_free(p->loaded_kept);
	free(p->touched);
	free(p->ended);
	free(p->gone);
	free(p->arg);
	free(p->scratch);
	free(p->chunk);
	free(p->step);
	free(p);
}

const struct vg_part_state *vg_part_state(const struct vg_part *p)
{
	return &p->state;
}

enum vg_refusal vg_part_refusal(const struct vg_part *p)
{
	return p->refusal;
}

size_t vg_part_pending(const struct vg_part *p)
{
	return p->batch.n_cell;
}

const char *vg_part_ids(const struct vg_part *p, size_t i, size_t *n_records)
{
	struct vg_slice chunk;

	if (p->loaded_ids == NULL || i >= vg_reply_count(p->loaded_ids))
		return NULL;
	chunk = vg_reply_text(vg_reply_at(p->loaded_ids, i));
	*n_records = chunk.n / VG_PART_ID_RECORD;
	return chunk.p;
}

enum vg_rc vg_part_no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "partition: out of memory");
}

bool vg_part_reserve(void **p, size_t *cap, size_t n, size_t size)
{
	size_t want = *cap ? *cap : 64;
	void *q;

	if (n <= *cap)
		return true;
	while (want < n)
		want *= 2;
	q = realloc(*p, want * size);
	if (q == NULL)
		return false;
	*p = q;
	*cap = want;
	return true;
}

int64_t vg_part_expiry(const struct vg_part *p, struct vg_bucket_id id)
{
	const struct vg_config *cfg = p->env->cfg;

	if (id.agg == VG_AGG_ACCOUNT)
		return id.start_ms + HOUR_MS + cfg->keep_1d_ms;
	if (id.agg < VG_AGG_SERIES_N)
		return id.start_ms + vg_res_ms((enum vg_res)id.res) +
		       vg_keep_ms(cfg, p->partner, id.agg, id.res);
	int64_t life_ms = vg_part_track_life(p->env, vg_agg_track(id.agg));

	return life_ms == VG_PART_NEVER_MS ? life_ms : id.start_ms + life_ms;
}

bool vg_part_is_ended(const struct vg_part_clock *k, struct vg_bucket_id id,
		      int64_t expiry_ms)
{
	if (id.agg < VG_AGG_SERIES_N && id.res == VG_RES_1M &&
	    id.start_ms >= k->rolled_ms)
		return false;
	return expiry_ms <=
	       (id.agg >= VG_AGG_TRACK_0 ? k->tracks_below_ms : k->log_ms);
}

bool vg_part_travels(struct vg_bucket_id id)
{
	return id.agg >= VG_AGG_SERIES_N || id.res <= VG_RES_1M;
}

bool vg_part_flush_hour(struct vg_part *p)
{
	struct vg_bucket_id id = {.agg = VG_AGG_ACCOUNT,
				  .start_ms = p->hour.start_ms};
	uint32_t bucket, cell;

	if (!p->hour.used)
		return true;
	bucket = vg_batch_bucket_at(&p->batch, id);
	if (bucket == VG_BATCH_NONE)
		return false;
	for (unsigned v = 0; v < VG_VERDICT_N; v++) {
		if (p->hour.n[v] == 0)
			continue;
		cell = vg_batch_cell_at(
			&p->batch, bucket,
			vg_slice_of(vg_verdict_name((enum vg_verdict)v)), NULL);
		if (cell == VG_BATCH_NONE)
			return false;
		p->batch.cell[cell].v[0] += p->hour.n[v];
	}
	p->hour.used = false;
	return true;
}

enum vg_rc vg_part_tally(struct vg_part *p, enum vg_verdict v, int64_t ref_ms,
			 int64_t by, struct vg_err *err)
{
	int64_t start = vg_bucket_floor(ref_ms, HOUR_MS);
	char kind = vg_verdict_kind(v);

	assert(v < VG_VERDICT_N);
	if (p->hour.used && p->hour.start_ms != start && !vg_part_flush_hour(p))
		return vg_part_no_memory(err);
	if (!p->hour.used)
		p->hour =
			(struct vg_part_hour){.used = true, .start_ms = start};
	if (kind == 'v' || kind == 'r')
		p->hour.n[VG_VERDICT_RECEIVED] += by;
	if (VG_DEFECT("account-skip") && v == VG_VERDICT_DUPLICATE)
		return VG_OK;
	p->hour.n[v] += by;
	return VG_OK;
}

static void add_le64(struct vg_buf *out, uint64_t v)
{
	unsigned char b[8];

	for (unsigned i = 0; i < sizeof b; i++)
		b[i] = (unsigned char)(v >> (8 * i));
	vg_buf_add(out, b, sizeof b);
}

enum vg_rc vg_part_remember(struct vg_part *p, int64_t offset,
			    struct vg_hash128 id, struct vg_err *err)
{
	if (p->ids.n == 0 || offset > p->ids_newest)
		p->ids_newest = offset;
	add_le64(&p->ids, (uint64_t)offset);
	add_le64(&p->ids, id.hi);
	add_le64(&p->ids, id.lo);
	return p->ids.failed ? vg_part_no_memory(err) : VG_OK;
}
