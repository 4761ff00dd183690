#include "aggregate/part_fetch.h"

#include "aggregate/part_steps.h"

#include <assert.h>
#include <inttypes.h>

enum vg_rc vg_part_fault(struct vg_part *p, struct vg_bucket_id id,
			 const char *what, struct vg_err *err)
{
	vg_buf_reset(&p->name);
	vg_bucket_name(&p->name, p->env->plan, id);
	return vg_err_set(err, VG_INVAL,
			  "redis: partition %s:%" PRId32 ": bucket %s %s",
			  p->partner->topic, p->partition,
			  p->name.failed ? "" : p->name.p, what);
}

bool vg_part_count_value(struct vg_part *p, struct vg_live *b,
			 struct vg_slice field)
{
	struct vg_slice key, values;
	uint16_t audience;

	if (!vg_field_audience(field, &key, &values))
		return true;
	/* An audience that is not declared any more gets no new values. */
	if (!vg_audience_find(p->env->aud, key, &audience))
		return true;
	return vg_caps_load(b->caps, audience, field);
}

static enum vg_rc take_cell(struct vg_part *p, struct vg_live *b,
			    struct vg_slice field, struct vg_slice text,
			    struct vg_err *err)
{
	unsigned width = vg_cell_width(b->id.agg);
	int64_t v[4], *at;

	if (vg_part_is_steps(b->id))
		return vg_part_take_list(p, b, field, text, err);
	if (!vg_cell_parse(text, v, width))
		return vg_part_fault(p, b->id, "has a cell that is no number",
				     err);
	at = vg_table_at(b->cells, field, NULL);
	if (at == NULL)
		return vg_part_no_memory(err);
	memcpy(at, v, width * sizeof *v);
	if (b->caps != NULL && !vg_part_count_value(p, b, field))
		return vg_part_no_memory(err);
	return VG_OK;
}

/* The answer to HGETALL. */
static enum vg_rc take_whole(struct vg_part *p, struct vg_live *b,
			     const struct vg_reply *r, struct vg_err *err)
{
	size_t n = vg_reply_count(r);
	enum vg_rc rc = VG_OK;

	if (n == 0)
		return vg_part_fault(p, b->id, "is listed and not there", err);
	for (size_t i = 0; rc == VG_OK && i + 1 < n; i += 2)
		rc = take_cell(p, b, vg_reply_text(vg_reply_at(r, i)),
			       vg_reply_text(vg_reply_at(r, i + 1)), err);
	b->whole = true;
	return rc;
}

/* The answer to HMGET, in the order of the batch's list. */
static enum vg_rc take_some(struct vg_part *p, uint32_t bucket,
			    const struct vg_reply *r, struct vg_err *err)
{
	struct vg_live *b = p->touched[bucket];
	enum vg_rc rc = VG_OK;
	size_t k = 0;

	for (uint32_t i = p->batch.bucket[bucket].head;
	     rc == VG_OK && i != VG_BATCH_NONE; i = p->batch.cell[i].next) {
		struct vg_slice f = vg_batch_field(&p->batch.cell[i]);
		const struct vg_reply *cell;

		if (vg_table_get(b->cells, f) != NULL)
			continue;
		if (k == vg_reply_count(r))
			return vg_part_fault(p, b->id, "answers too little",
					     err);
		cell = vg_reply_at(r, k++);
		if (vg_reply_type(cell) != VG_REPLY_NIL)
			rc = take_cell(p, b, f, vg_reply_text(cell), err);
	}
	return rc;
}

enum vg_rc vg_part_take(struct vg_part *p, uint32_t i, enum vg_fetch what,
			struct vg_err *err)
{
	struct vg_reply *r = NULL;
	struct vg_live *b = p->touched[i];
	enum vg_rc rc = vg_store_take(p->store, &r, err);

	if (rc != VG_OK)
		return rc;
	if (what == VG_FETCH_WHOLE)
		rc = take_whole(p, b, r, err);
	else if (what == VG_FETCH_SOME)
		rc = take_some(p, i, r, err);
	else if (vg_reply_int(r) > 0)
		b->total = (size_t)vg_reply_int(r);
	else
		rc = vg_part_fault(p, b->id, "is listed and not there", err);
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_part_queue(struct vg_part *p, const char *command,
			 struct vg_bucket_id id, size_t n, struct vg_err *err)
{
	assert(n >= 2 && n <= p->cap_arg);
	vg_buf_reset(&p->name);
	vg_bucket_name(&p->name, p->env->plan, id);
	vg_buf_reset(&p->key);
	vg_key(&p->key, p->partner->topic, p->partition, p->name.p);
	if (p->key.failed || p->name.failed)
		return vg_part_no_memory(err);
	p->arg[0] = vg_slice_of(command);
	p->arg[1] = (struct vg_slice){.p = p->key.p, .n = (uint32_t)p->key.n};
	return vg_store_queue(p->store, p->arg, n, err);
}

/* The batch's fields that the table has not, from p->arg[2] on. False when
 * memory is out. */
static bool list_missing(struct vg_part *p, uint32_t bucket, size_t *n)
{
	const struct vg_batch_bucket *bb = &p->batch.bucket[bucket];

	*n = 2;
	if (!vg_part_reserve((void **)&p->arg, &p->cap_arg, bb->n + 2,
			     sizeof *p->arg))
		return false;
	for (uint32_t i = bb->head; i != VG_BATCH_NONE;
	     i = p->batch.cell[i].next) {
		struct vg_slice f = vg_batch_field(&p->batch.cell[i]);

		if (vg_table_get(p->touched[bucket]->cells, f) == NULL)
			p->arg[(*n)++] = f;
	}
	return true;
}

enum vg_rc vg_part_ask(struct vg_part *p, uint32_t i, enum vg_fetch what,
		       bool *asked, struct vg_err *err)
{
	static const char *const COMMAND[] = {"HLEN", "HGETALL", "HMGET"};
	size_t n = 2;

	*asked = false;
	if (!list_missing(p, i, &n))
		return vg_part_no_memory(err);
	if (what != VG_FETCH_SOME)
		n = 2;
	else if (n == 2)
		return VG_OK;
	*asked = true;
	return vg_part_queue(p, COMMAND[what], p->batch.bucket[i].id, n, err);
}
