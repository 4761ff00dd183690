#include "aggregate/part_private.h"

#include <assert.h>
#include <inttypes.h>

enum { IN_FLIGHT = 64 };

static enum vg_rc bad_cell(const struct vg_part *p, struct vg_err *err)
{
	return vg_err_set(err, VG_INVAL,
			  "redis: partition %s:%" PRId32
			  ": bucket %s: a cell is no number",
			  p->partner->topic, p->partition, p->name.p);
}

/* One field of HGETALL into the table, and into the count of its set. */
static enum vg_rc take_cell(struct vg_part *p, struct vg_live *b,
			    struct vg_slice field, struct vg_slice text,
			    struct vg_err *err)
{
	unsigned width = vg_cell_width(b->id.agg);
	const char *sep = memchr(field.p, VG_FIELD_SEP, field.n);
	struct vg_slice key = {.p = field.p};
	uint16_t audience;
	int64_t v[4], *at;

	if (!vg_cell_parse(text, v, width))
		return bad_cell(p, err);
	at = vg_table_at(b->cells, field, NULL);
	if (at == NULL)
		return vg_part_no_memory(err);
	memcpy(at, v, width * sizeof *v);
	if (b->caps == NULL || sep == NULL)
		return VG_OK;
	key.n = (uint32_t)(sep - field.p);
	/* An audience that is not declared any more gets no new values. */
	if (vg_audience_find(p->env->aud, key, &audience) &&
	    !vg_caps_load(b->caps, audience, field))
		return vg_part_no_memory(err);
	return VG_OK;
}

static enum vg_rc take_bucket(struct vg_part *p, struct vg_live *b,
			      struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_take(p->store, &r, err);
	size_t n = rc == VG_OK ? vg_reply_count(r) : 0;

	vg_buf_reset(&p->name);
	vg_bucket_name(&p->name, p->env->plan, b->id);
	if (rc == VG_OK && n == 0)
		rc = vg_err_set(err, VG_INVAL,
				"redis: partition %s:%" PRId32
				": bucket %s is listed and not there",
				p->partner->topic, p->partition, p->name.p);
	for (size_t i = 0; rc == VG_OK && i + 1 < n; i += 2)
		rc = take_cell(p, b, vg_reply_text(vg_reply_at(r, i)),
			       vg_reply_text(vg_reply_at(r, i + 1)), err);
	vg_reply_free(r);
	return rc;
}

static enum vg_rc ask_bucket(struct vg_part *p, struct vg_bucket_id id,
			     struct vg_err *err)
{
	struct vg_slice arg[2] = {vg_slice_of("HGETALL")};

	vg_buf_reset(&p->name);
	vg_bucket_name(&p->name, p->env->plan, id);
	vg_buf_reset(&p->key);
	vg_key(&p->key, p->partner->topic, p->partition, p->name.p);
	if (p->key.failed || p->name.failed)
		return vg_part_no_memory(err);
	arg[1] = (struct vg_slice){.p = p->key.p, .n = (uint32_t)p->key.n};
	return vg_store_queue(p->store, arg, 2, err);
}

static bool open_bucket(struct vg_part *p, struct vg_live *b)
{
	const struct vg_config *cfg = p->env->cfg;
	bool track = b->id.agg >= VG_AGG_TRACK_0;
	struct vg_caps_opts opts = {
		.key = p->env->hash_key,
		.agg = b->id.agg,
		.max = (size_t)(track ? cfg->groups_max : cfg->values_max)};

	return vg_live_open(&p->live, b,
			    track || vg_cap_applies(b->id.agg) ? &opts : NULL);
}

/* The live bucket of batch bucket `i`, in memory or about to be; *read when
 * Redis must be asked. */
static bool touch(struct vg_part *p, uint32_t i, const struct vg_part_clock *k,
		  bool *read)
{
	struct vg_bucket_id id = p->batch.bucket[i].id;
	int64_t expiry = vg_part_expiry(p, id);
	struct vg_live *b = vg_live_get(&p->live, id);

	p->touched[i] = NULL;
	*read = false;
	if (vg_part_is_ended(k, id.agg, expiry))
		return true;
	if (b == NULL)
		b = vg_live_add(&p->live, id, expiry);
	if (b == NULL)
		return false;
	p->touched[i] = b;
	if (b->cells != NULL) {
		vg_live_touch(&p->live, b);
		return true;
	}
	*read = b->stored;
	return open_bucket(p, b);
}

static enum vg_rc take_all(struct vg_part *p, struct vg_live **asked, size_t *n,
			   struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i < *n; i++)
		rc = take_bucket(p, asked[i], err);
	*n = 0;
	return rc;
}

enum vg_rc vg_part_load(struct vg_part *p, const struct vg_part_clock *k,
			struct vg_err *err)
{
	struct vg_live *asked[IN_FLIGHT];
	enum vg_rc rc = VG_OK;
	size_t n = 0;
	bool read;

	if (!vg_part_reserve((void **)&p->touched, &p->cap_touched,
			     p->batch.n_bucket, sizeof(struct vg_live *)))
		return vg_part_no_memory(err);
	for (uint32_t i = 0; rc == VG_OK && i < p->batch.n_bucket; i++) {
		if (!touch(p, i, k, &read))
			return vg_part_no_memory(err);
		if (!read)
			continue;
		rc = ask_bucket(p, p->touched[i]->id, err);
		asked[n++] = p->touched[i];
		if (rc == VG_OK && n == IN_FLIGHT)
			rc = take_all(p, asked, &n, err);
	}
	return rc == VG_OK ? take_all(p, asked, &n, err) : rc;
}
