/* What recalls have done so far, and reading what one of them changes. */
#include "aggregate/part_recalled.h"

#include "aggregate/part_call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_MAX = 24, TEXT_MAX = 32 };

static enum vg_rc fetch_of(struct vg_store *s, const char *topic,
			   int32_t partition, const char *suffix,
			   struct vg_reply **out, struct vg_err *err)
{
	struct vg_buf key = {0};
	enum vg_rc rc;

	vg_key(&key, topic, partition, suffix);
	rc = key.failed ? vg_part_no_memory(err)
			: vg_store_callf(s, out, err, "HGETALL", key.p, NULL);
	vg_buf_term(&key);
	return rc;
}

static enum vg_rc fetch(struct vg_part *p, const char *suffix,
			struct vg_reply **out, struct vg_err *err)
{
	return fetch_of(p->store, p->partner->topic, p->partition, suffix, out,
			err);
}

static enum vg_rc fault(const struct vg_part *p, const char *what,
			struct vg_err *err)
{
	return vg_err_set(err, VG_INVAL, "redis: partition %s:%" PRId32 ": %s",
			  p->partner->topic, p->partition, what);
}

/* "-", or the label's number and the slots: "2,3". */
static bool parse(struct vg_slice text, struct vg_recalled *out)
{
	int64_t v[2];

	out->gone = text.n == 1 && text.p[0] == '-';
	out->label = VG_TLP_CLEAR;
	out->viewers = 0;
	if (out->gone)
		return true;
	if (!vg_cell_parse(text, v, 2) || v[0] < 0 || v[0] >= VG_TLP_COUNT)
		return false;
	out->label = (enum vg_tlp)v[0];
	out->viewers = (uint64_t)v[1];
	return true;
}

static int by_offset(const void *x, const void *y)
{
	const struct vg_recalled *a = x, *b = y;

	return (a->offset > b->offset) - (a->offset < b->offset);
}

static enum vg_rc take_list(const struct vg_reply *reply,
			    struct vg_recalled **list, size_t *n,
			    struct vg_err *err)
{
	size_t count = vg_reply_count(reply) / 2;
	struct vg_recalled *r = calloc(count + 1, sizeof *r);

	if (r == NULL)
		return vg_part_no_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct vg_slice field =
			vg_reply_text(vg_reply_at(reply, 2 * i));

		if (vg_cell_parse(field, &r[i].offset, 1) &&
		    parse(vg_reply_text(vg_reply_at(reply, 2 * i + 1)), &r[i]))
			continue;
		free(r);
		return vg_err_set(err, VG_INVAL, ":r holds what is no recall");
	}
	qsort(r, count, sizeof *r, by_offset);
	*list = r;
	*n = count;
	return VG_OK;
}

enum vg_rc vg_part_recalled(struct vg_part *p, struct vg_recalled **list,
			    size_t *n, struct vg_err *err)
{
	struct vg_reply *reply = NULL;
	enum vg_rc rc = fetch(p, "r", &reply, err);

	if (rc == VG_OK)
		rc = take_list(reply, list, n, err);
	vg_reply_free(reply);
	return rc == VG_INVAL ? fault(p, ":r holds what is no recall", err)
			      : rc;
}

const struct vg_recalled *vg_recalled_find(const struct vg_recalled *list,
					   size_t n, int64_t offset)
{
	const struct vg_recalled key = {.offset = offset};

	return n == 0 ? NULL : bsearch(&key, list, n, sizeof *list, by_offset);
}

/* The number of field `name` of `:o`, or 0. */
static int64_t number_of(const struct vg_reply *o, const char *name)
{
	for (size_t i = 0; i + 1 < vg_reply_count(o); i += 2)
		if (vg_slice_eq(vg_reply_text(vg_reply_at(o, i)),
				vg_slice_of(name)))
			return vg_reply_int(vg_reply_at(o, i + 1));
	return 0;
}

enum vg_rc vg_recalled_read(struct vg_store *s, const char *topic,
			    int32_t partition, struct vg_recalled_log *out,
			    struct vg_err *err)
{
	struct vg_reply *o = NULL, *r = NULL;
	struct vg_recalled_log got = {.n = 0};
	/* The offset first: what was recalled since is in the list. */
	enum vg_rc rc = fetch_of(s, topic, partition, "o", &o, err);

	if (rc == VG_OK)
		rc = fetch_of(s, topic, partition, "r", &r, err);
	if (rc == VG_OK)
		rc = take_list(r, &got.list, &got.n, err);
	if (rc == VG_OK) {
		got.forgotten = number_of(o, "rcut");
		got.offset = number_of(o, "off");
		*out = got;
	}
	vg_reply_free(o);
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_part_recall_read(struct vg_part *p, struct vg_live *b,
			       struct vg_err *err)
{
	struct vg_reply *r = NULL;
	unsigned width = vg_cell_width(b->id.agg);
	int64_t v[4];

	if (b->cells == NULL && !vg_live_open(&p->live, b))
		return vg_part_no_memory(err);
	vg_live_touch(&p->live, b);
	if (b->whole)
		return VG_OK;
	vg_buf_reset(&p->name);
	vg_bucket_name(&p->name, p->env->plan, b->id);
	if (p->name.failed)
		return vg_part_no_memory(err);
	enum vg_rc rc = fetch(p, p->name.p, &r, err);
	if (rc == VG_OK && vg_reply_count(r) == 0)
		rc = fault(p, "a track is listed and not there", err);
	for (size_t i = 0; rc == VG_OK && i + 1 < vg_reply_count(r); i += 2) {
		int64_t *at = vg_table_at(
			b->cells, vg_reply_text(vg_reply_at(r, i)), NULL);

		if (!vg_cell_parse(vg_reply_text(vg_reply_at(r, i + 1)), v,
				   width))
			rc = fault(p, "a track has a cell that is no number",
				   err);
		else if (at == NULL)
			rc = vg_part_no_memory(err);
		else
			memcpy(at, v, width * sizeof *v);
	}
	vg_reply_free(r);
	b->whole = rc == VG_OK;
	b->total = vg_table_count(b->cells);
	return rc;
}

enum vg_rc vg_part_ids_load(struct vg_part *p, struct vg_err *err)
{
	struct vg_reply *r = NULL;

	vg_buf_reset(&p->key);
	vg_key(&p->key, p->partner->topic, p->partition, "i");
	if (p->key.failed)
		return vg_part_no_memory(err);
	enum vg_rc rc = vg_store_callf(p->store, &r, err, "ZRANGE", p->key.p,
				       "0", "-1", NULL);
	if (rc != VG_OK)
		return rc;
	vg_reply_free(p->loaded_ids);
	p->loaded_ids = r;
	return VG_OK;
}

static void add_number(struct vg_call *c, int64_t v)
{
	char text[NUMBER_MAX];

	vg_call_str(c, text,
		    (size_t)snprintf(text, sizeof text, "%" PRId64, v));
}

int64_t vg_part_recalls_from(const struct vg_part *p)
{
	int64_t from = p->state.recalls_from;

	return p->recall != NULL && p->recall->forgotten > from
		       ? p->recall->forgotten
		       : from;
}

/* That there is something which is not remembered. */
static void tell_forgotten(struct vg_part *p)
{
	vg_call_begin(p->call, "HSET", VG_CALL_O);
	vg_call_str(p->call, "rcut", 4);
	add_number(p->call, vg_part_recalls_from(p));
}

void vg_part_recall_tell(struct vg_part *p)
{
	struct vg_part_recall *r = p->recall;

	if (r == NULL || r->n_now + r->n_ended == 0)
		return;
	if (r->n_now > 0)
		vg_call_begin(p->call, "HSET", VG_CALL_R);
	for (size_t i = 0; i < r->n_now; i++) {
		const struct vg_recalled *x = &r->now[i];
		char text[TEXT_MAX] = "-";

		if (!x->gone)
			(void)snprintf(text, sizeof text, "%d,%" PRId64,
				       (int)x->label, (int64_t)x->viewers);
		add_number(p->call, x->offset);
		vg_call_str(p->call, text, strlen(text));
	}
	if (r->n_ended > 0)
		vg_call_begin(p->call, "HDEL", VG_CALL_R);
	for (size_t i = 0; i < r->n_ended; i++)
		add_number(p->call, r->ended[i]);
	if (r->n_ended > 0)
		tell_forgotten(p);
}
