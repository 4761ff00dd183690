#include "aggregate/part_fetch.h"

#include "aggregate/part_steps.h"
#include "aggregate/store_link.h"

#include <assert.h>

enum { IN_FLIGHT = 64 };

/* Reads under way, answered in order. */
struct flight {
	uint32_t bucket[IN_FLIGHT];
	enum vg_fetch what[IN_FLIGHT];
	size_t n;
};

static bool is_track(const struct vg_live *b)
{
	return b->id.agg >= VG_AGG_TRACK_0;
}

bool vg_part_make_caps(struct vg_part *p, struct vg_live *b)
{
	const struct vg_config *cfg = p->env->cfg;
	struct vg_caps_opts opts = {.key = p->env->hash_key,
				    .agg = b->id.agg,
				    .max = (size_t)(is_track(b)
							    ? cfg->groups_max
							    : cfg->values_max),
				    .lexicon = cfg->lexicon};
	struct vg_slice field;
	size_t pos = 0;
	int64_t *v;

	vg_caps_free(b->caps);
	if (is_track(b))
		opts.n_group =
			vg_plan_track(p->env->plan, vg_agg_track(b->id.agg))
				->n_group;
	b->caps = vg_caps_new(&opts);
	if (b->caps == NULL)
		return false;
	while (b->whole && vg_table_next(b->cells, &pos, &field, &v))
		if (!vg_part_count_value(p, b, field))
			return false;
	return true;
}

/* The live bucket of batch bucket `i`, with a table; none when it has ended.
 * False when memory is out. */
static bool touch(struct vg_part *p, uint32_t i, const struct vg_part_clock *k)
{
	struct vg_bucket_id id = p->batch.bucket[i].id;
	int64_t expiry = vg_part_expiry(p, id);
	struct vg_live *b;

	p->touched[i] = NULL;
	if (vg_part_is_ended(k, id, expiry))
		return true;
	b = vg_live_get(&p->live, id);
	if (b == NULL)
		b = vg_live_add(&p->live, id, expiry);
	if (b == NULL)
		return false;
	p->touched[i] = b;
	if (b->cells != NULL) {
		vg_live_touch(&p->live, b);
		return true;
	}
	return vg_live_open(&p->live, b) &&
	       (!vg_cap_applies(id.agg) || vg_part_make_caps(p, b));
}

static enum vg_rc land(struct vg_part *p, struct flight *fl, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i < fl->n; i++)
		rc = vg_part_take(p, fl->bucket[i], fl->what[i], err);
	fl->n = 0;
	return rc;
}

static enum vg_rc ask(struct vg_part *p, struct flight *fl, uint32_t i,
		      enum vg_fetch what, struct vg_err *err)
{
	bool asked;
	enum vg_rc rc = vg_part_ask(p, i, what, &asked, err);

	if (rc != VG_OK || !asked)
		return rc;
	fl->bucket[fl->n] = i;
	fl->what[fl->n++] = what;
	return fl->n == IN_FLIGHT ? land(p, fl, err) : VG_OK;
}

/* How many fields has each bucket that was out of memory? One that is listed
 * and has none was lost, and must not begin again from nothing. */
static enum vg_rc measure(struct vg_part *p, struct vg_err *err)
{
	struct flight fl = {.n = 0};
	enum vg_rc rc = VG_OK;

	for (uint32_t i = 0; rc == VG_OK && i < p->batch.n_bucket; i++) {
		const struct vg_live *b = p->touched[i];

		if (b != NULL && b->caps == NULL && !b->whole && b->total == 0)
			rc = ask(p, &fl, i, VG_FETCH_LENGTH, err);
	}
	return rc == VG_OK ? land(p, &fl, err) : rc;
}

/* A track bucket that this batch may fill beyond the limit is from now on
 * known whole, audience by audience. False when memory is out. */
static bool watch_limit(struct vg_part *p, uint32_t i)
{
	struct vg_live *b = p->touched[i];
	size_t max = (size_t)p->env->cfg->groups_max;

	if (!is_track(b) || b->caps != NULL ||
	    b->total + p->batch.bucket[i].n <= max)
		return true;
	if (!b->whole) {
		vg_live_close(&p->live, b);
		if (!vg_live_open(&p->live, b))
			return false;
	}
	return vg_part_make_caps(p, b);
}

static enum vg_rc fetch(struct vg_part *p, struct vg_err *err)
{
	struct flight fl = {.n = 0};
	enum vg_rc rc = VG_OK;

	for (uint32_t i = 0; rc == VG_OK && i < p->batch.n_bucket; i++) {
		const struct vg_live *b = p->touched[i];

		if (b == NULL)
			continue;
		if (!watch_limit(p, i))
			return vg_part_no_memory(err);
		if (!b->whole)
			rc = ask(p, &fl, i,
				 b->caps != NULL || vg_part_is_steps(b->id)
					 ? VG_FETCH_WHOLE
					 : VG_FETCH_SOME,
				 err);
	}
	return rc == VG_OK ? land(p, &fl, err) : rc;
}

enum vg_rc vg_part_load(struct vg_part *p, const struct vg_part_clock *k,
			struct vg_err *err)
{
	enum vg_rc rc;

	if (!vg_part_reserve((void **)&p->touched, &p->cap_touched,
			     p->batch.n_bucket, sizeof(struct vg_live *)))
		return vg_part_no_memory(err);
	for (uint32_t i = 0; i < p->batch.n_bucket; i++)
		if (!touch(p, i, k))
			return vg_part_no_memory(err);
	rc = measure(p, err);
	if (rc == VG_OK)
		rc = fetch(p, err);
	if (rc != VG_OK)
		vg_store_forget(p->store);
	return rc;
}
