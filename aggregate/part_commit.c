#include "aggregate/part_private.h"

#include "aggregate/part_call.h"
#include "aggregate/part_feeds.h"
#include "aggregate/part_kept.h"
#include "aggregate/part_recalled.h"
#include "aggregate/part_sensors.h"
#include "aggregate/script.h"
#include "aggregate/sensors.h"
#include "aggregate/store_link.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEAD_N = 12, NUMBER_MAX = 24 };

static void begin_call(struct vg_part *p)
{
	static const char *const SUFFIX[VG_CALL_FIXED] = {
		"o", "x", "d", "i", "q", "r", VG_SENSORS_KEY};
	static const char LETTER[] = "hzszhhh";

	vg_call_reset(p->call);
	vg_buf_reset(&p->delta);
	for (unsigned i = 0; i < VG_CALL_FIXED; i++)
		(void)vg_call_key(p->call, p->partner->topic, p->partition,
				  SUFFIX[i], LETTER[i]);
}

static void add_name(struct vg_part *p, struct vg_bucket_id id)
{
	vg_buf_reset(&p->name);
	vg_bucket_name(&p->name, p->env->plan, id);
	vg_call_str(p->call, p->name.p, p->name.n);
}

/* The list of live buckets: new ones in, ended ones out. */
static void tell_live(struct vg_part *p)
{
	const struct vg_live_set *s = &p->live;
	char expiry[NUMBER_MAX];
	bool begun = false;

	for (uint32_t i = 0; i < p->batch.n_bucket; i++) {
		const struct vg_live *b = p->touched[i];

		if (b == NULL || b->stored)
			continue;
		if (!begun)
			vg_call_begin(p->call, "ZADD", VG_CALL_X);
		begun = true;
		(void)snprintf(expiry, sizeof expiry, "%" PRId64, b->expiry_ms);
		vg_call_str(p->call, expiry, strlen(expiry));
		add_name(p, b->id);
	}
	if (p->n_ended + p->n_ended_orphans == 0)
		return;
	vg_call_begin(p->call, "ZREM", VG_CALL_X);
	for (size_t i = 0; i < p->n_ended; i++)
		add_name(p, p->ended[i]->id);
	for (size_t i = s->n_orphan - p->n_ended_orphans; i < s->n_orphan; i++)
		vg_call_str(p->call, s->orphan[i].name,
			    strlen(s->orphan[i].name));
}

/* The batch's ids in, and out those that neither a later record nor one that a
 * recall reads again can meet. */
static bool tell_ids(struct vg_part *p, int64_t next_offset, size_t *trimmed)
{
	int64_t keep_from = next_offset -
			    vg_config_dedup_span(p->env->cfg, p->partner) -
			    vg_config_recall_span(p->env->cfg, p->partner);
	char newest[NUMBER_MAX], below[NUMBER_MAX + 1];

	*trimmed = 0;
	if (!vg_part_reserve((void **)&p->chunk, &p->cap_chunk, p->n_chunk + 1,
			     sizeof *p->chunk))
		return false;
	if (p->ids.n > 0) {
		(void)snprintf(newest, sizeof newest, "%" PRId64,
			       p->ids_newest);
		vg_call_begin(p->call, "ZADD", VG_CALL_I);
		vg_call_str(p->call, newest, strlen(newest));
		vg_call_str(p->call, p->ids.p, p->ids.n);
		p->chunk[p->n_chunk++] = p->ids_newest;
	}
	while (*trimmed < p->n_chunk && p->chunk[*trimmed] < keep_from)
		++*trimmed;
	if (*trimmed > 0) {
		(void)snprintf(below, sizeof below, "(%" PRId64, keep_from);
		vg_call_begin(p->call, "ZREMRANGEBYSCORE", VG_CALL_I);
		vg_call_str(p->call, "-inf", 4);
		vg_call_str(p->call, below, strlen(below));
	}
	return true;
}

/* What the script's answer says. */
static enum vg_rc judge(struct vg_part *p, const struct vg_reply *r,
			struct vg_err *err)
{
	struct vg_slice s = vg_reply_text(r);
	enum vg_rc rc = VG_INVAL;

	if (vg_reply_type(r) != VG_REPLY_ERROR)
		return VG_OK;
	if (vg_store_is_code(s.p, "VG STALE")) {
		p->refusal = VG_REFUSAL_STALE;
		vg_metric_add(p->env->metrics, VG_M_STALE, 1);
		rc = VG_DROP;
	} else if (vg_store_is_code(s.p, "VG FENCED") &&
		   strtoll(s.p + strlen("VG FENCED "), NULL, 10) <
			   strtoll(p->epoch, NULL, 10)) {
		/* Redis fell back: nobody else owns the partition. */
		p->refusal = VG_REFUSAL_STALE;
		vg_metric_add(p->env->metrics, VG_M_STALE, 1);
		rc = VG_DROP;
	} else if (vg_store_is_code(s.p, "VG FENCED")) {
		p->refusal = VG_REFUSAL_FENCED;
		vg_metric_add(p->env->metrics, VG_M_FENCED, 1);
	} else {
		p->refusal = VG_REFUSAL_TYPE;
	}
	return vg_err_set(err, rc, "partition %s:%" PRId32 ": refused: %.*s",
			  p->partner->topic, p->partition, (int)s.n, s.p);
}

static struct vg_slice number(char out[NUMBER_MAX], int64_t v)
{
	(void)snprintf(out, NUMBER_MAX, "%" PRId64, v);
	return vg_slice_of(out);
}

/* A commit that leaves the offset is told from its like by number. */
static int64_t next_fill(const struct vg_part *p,
			 const struct vg_part_commit *c)
{
	bool stays = p->state.has_offset && c->next_offset == p->state.offset;

	return p->state.fill + stays;
}

#ifdef VG_FAULTS
static void lend_faults(struct vg_part *p, bool on)
{
	p->store->faults = on ? p->env->faults : NULL;
}
#else
#define lend_faults(p, on) ((void)0)
#endif

static enum vg_rc send(struct vg_part *p, const struct vg_part_commit *c,
		       int64_t rolled_ms, struct vg_err *err)
{
	char off[NUMBER_MAX], next[NUMBER_MAX], po[NUMBER_MAX], ph[NUMBER_MAX],
		wm[NUMBER_MAX], lt[NUMBER_MAX], len[NUMBER_MAX],
		roll[NUMBER_MAX], fill[NUMBER_MAX];
	struct vg_slice head[HEAD_N] = {
		vg_slice_of(p->epoch),
		p->state.has_offset ? number(off, p->state.offset)
				    : (struct vg_slice){.p = "", .n = 0},
		{.p = p->call->letters.p, .n = (uint32_t)p->call->letters.n},
		number(next, c->next_offset),
		number(po, c->prev_offset),
		{.p = ph},
		number(wm, c->watermark_ms),
		number(lt, c->log_ms),
		number(len, p->env->cfg->stream_entries),
		{.p = p->delta.p, .n = (uint32_t)p->delta.n},
		number(roll, rolled_ms),
		number(fill, next_fill(p, c))};
	const struct vg_slice *arg;
	struct vg_reply *r = NULL;
	enum vg_rc rc;
	size_t n;

	head[5].n =
		(uint32_t)snprintf(ph, sizeof ph, "%016" PRIx64, c->prev_hash);
	arg = vg_call_args(p->call, head, HEAD_N, &n);
	if (arg == NULL || p->name.failed)
		return vg_part_no_memory(err);
	VG_FAULT(p->env->faults, commit_built);
	lend_faults(p, true);
	rc = vg_store_eval(p->store, &r, vg_script_commit(), p->call->n_key,
			   arg, n, err);
	lend_faults(p, false);
	VG_FAULT(p->env->faults, commit_replied);
	if (rc == VG_RETRY && p->store->lost)
		vg_metric_add(p->env->metrics, VG_M_UNKNOWN, 1);
	if (rc == VG_OK)
		rc = judge(p, r, err);
	vg_reply_free(r);
	return rc;
}

/* The script was applied: memory follows. */
static void settle(struct vg_part *p, const struct vg_part_commit *c,
		   int64_t rolled_ms, size_t trimmed)
{
	size_t share = p->store->n_parts * (size_t)p->env->cfg->ingest_workers;

	for (uint32_t i = 0; i < p->batch.n_bucket; i++) {
		if (p->touched[i] == NULL)
			continue;
		p->touched[i]->stored = true;
		if (p->touched[i]->reread)
			vg_live_close(&p->live, p->touched[i]);
		p->touched[i]->reread = false;
	}
	vg_part_sweep_settle(p);
	vg_sensors_settle(p->sensors);
	vg_part_feeds_settle(p);
	p->n_chunk -= trimmed;
	if (trimmed > 0)
		memmove(p->chunk, p->chunk + trimmed,
			p->n_chunk * sizeof *p->chunk);
	if (!p->is_opening) {
		vg_reply_free(p->loaded_ids);
		p->loaded_ids = NULL;
		vg_reply_free(p->loaded_kept);
		p->loaded_kept = NULL;
	}
	p->state =
		(struct vg_part_state){.has_offset = true,
				       .offset = c->next_offset,
				       .prev_offset = c->prev_offset,
				       .prev_hash = c->prev_hash,
				       .watermark_ms = c->watermark_ms,
				       .log_ms = c->log_ms,
				       .rolled_ms = rolled_ms,
				       .epoch = p->state.epoch,
				       .from_offset = p->state.from_offset,
				       .recalls_from = vg_part_recalls_from(p),
				       .fill = next_fill(p, c)};
	vg_part_recall_free(p);
	vg_buf_reset(&p->ids);
	vg_buf_reset(&p->kept);
	vg_batch_reset(&p->batch);
	vg_live_trim(&p->live,
		     ((size_t)p->env->cfg->cache_mbytes << 20) / share);
	vg_metric_add(p->env->metrics, VG_M_COMMITS, 1);
}

static enum vg_rc commit(struct vg_part *p, const struct vg_part_commit *c,
			 struct vg_err *err)
{
	struct vg_part_clock k = {.log_ms = c->log_ms,
				  .tracks_below_ms = c->tracks_below_ms};
	size_t trimmed = 0;
	enum vg_rc rc;

	begin_call(p);
	if (!vg_part_flush_hour(p))
		return vg_part_no_memory(err);
	rc = vg_part_roll(p, &k, err);
	if (rc == VG_OK)
		rc = vg_part_load(p, &k, err);
	VG_FAULT(p->env->faults, commit_loaded);
	if (rc == VG_OK)
		rc = vg_part_apply(p, err);
	if (rc != VG_OK)
		return rc;
	if (!vg_part_sweep(p, &k) || !vg_part_sensors_tell(p, c->log_ms))
		return vg_part_no_memory(err);
	tell_live(p);
	vg_part_recall_tell(p);
	vg_part_feeds_tell(p, VG_CALL_O);
	if (!tell_ids(p, c->next_offset, &trimmed))
		return vg_part_no_memory(err);
	vg_part_tell_kept(p, VG_CALL_Q);
	rc = send(p, c, k.rolled_ms, err);
	if (rc == VG_OK)
		settle(p, c, k.rolled_ms, trimmed);
	VG_FAULT(p->env->faults, commit_settled);
	return rc;
}

enum vg_rc vg_part_commit(struct vg_part *p, const struct vg_part_commit *c,
			  struct vg_err *err)
{
	enum vg_rc rc;

	if (p->spent)
		return vg_err_set(err, VG_INVAL,
				  "partition %s:%" PRId32
				  ": an earlier commit failed; open it again",
				  p->partner->topic, p->partition);
	assert(c->next_offset >= p->state.offset || !p->state.has_offset);
	p->refusal = VG_REFUSAL_NONE;
	rc = commit(p, c, err);
	if (rc == VG_OK)
		return rc;
	p->spent = true;
	if (rc == VG_RETRY)
		p->refusal = VG_REFUSAL_UNKNOWN;
	else if (rc == VG_INVAL && p->refusal == VG_REFUSAL_NONE)
		p->refusal = VG_REFUSAL_TYPE;
	return rc;
}
