/* quota_state - a partner's quotas as they are stored (docs/data-model.md). */
#include "ingest/quota_parts.h"

#include "aggregate/part_kept.h"
#include "core/buf.h"
#include "core/defect.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SEP = 0x1f, NUMBERS_MAX = 5, NUMBER_BASE = 10 };

static const char SET_LETTER[VG_QUOTA_SETS] = {'s', 'a'};

/* Up to `max` decimals between commas; how many there are, or 0 when something
 * else is. */
static unsigned read_numbers(struct vg_slice s, int64_t *out, unsigned max)
{
	char text[NUMBERS_MAX * 22], *at = text, *end;
	unsigned n = 0;

	if (s.n == 0 || s.n >= sizeof text)
		return 0;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	while (n < max) {
		out[n] = strtoll(at, &end, NUMBER_BASE);
		if (end == at)
			return 0;
		n++;
		if (*end == '\0')
			return n;
		if (*end != ',')
			return 0;
		at = end + 1;
	}
	return 0;
}

static enum vg_rc bad(struct vg_err *err)
{
	return vg_err_set(err, VG_INVAL,
			  "redis: :q holds what is no quota; delete it, or "
			  "restore Redis");
}

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "quota: out of memory");
}

static enum vg_rc load_term(struct vg_quota_term *t, struct vg_slice value,
			    struct vg_err *err)
{
	int64_t v[NUMBERS_MAX];

	if (read_numbers(value, v, NUMBERS_MAX) != NUMBERS_MAX)
		return bad(err);
	t->used = true;
	t->minute_ms = v[0];
	t->first = v[1];
	t->is_past = v[2] != 0;
	t->records = v[3];
	t->indicators = v[4];
	return VG_OK;
}

/* Chunks come in any order: the list has another one than was stored, so what
 * is stored next is all of it. */
static enum vg_rc load_chunk(struct vg_quota_term *t, int set,
			     struct vg_slice value, struct vg_err *err)
{
	if (value.n == 0 || value.n % sizeof(uint64_t) != 0)
		return bad(err);
	for (uint32_t i = 0; i < value.n; i += sizeof(uint64_t)) {
		uint64_t hash;

		memcpy(&hash, value.p + i, sizeof hash);
		if (vg_quota_set_add(&t->set[set], hash, INT64_MAX) ==
		    VG_QUOTA_MEMORY)
			return no_memory(err);
	}
	t->chunks[set]++;
	return VG_OK;
}

/* A field of an audience: its key, then t, s<number> or a<number>. */
static enum vg_rc load_audience(struct vg_quota *q, struct vg_slice field,
				const char *sep, struct vg_slice value,
				struct vg_err *err)
{
	struct vg_slice key = {.p = field.p, .n = (uint32_t)(sep - field.p)};
	struct vg_quota_term *t;
	uint16_t audience;

	if (key.n + 1 >= field.n)
		return bad(err);
	if (!vg_audience_find(q->o.aud, key, &audience))
		return VG_OK; /* it is declared no more */
	t = vg_quota_term_at(q, audience);
	if (t == NULL)
		return no_memory(err);
	if (sep[1] == 't')
		return load_term(t, value, err);
	for (int i = 0; i < VG_QUOTA_SETS; i++)
		if (sep[1] == SET_LETTER[i])
			return load_chunk(t, i, value, err);
	return bad(err);
}

static int by_end(const void *x, const void *y)
{
	const struct vg_quota_passed *a = x, *b = y;

	return (a->to > b->to) - (a->to < b->to);
}

static enum vg_rc load_passed(struct vg_quota *q, struct vg_slice value,
			      struct vg_err *err)
{
	int64_t v[2];

	if (read_numbers(value, v, 2) != 2)
		return bad(err);
	return vg_quota_remember(q, (struct vg_quota_passed){v[0], v[1]})
		       ? VG_OK
		       : no_memory(err);
}

static enum vg_rc load_field(struct vg_quota *q, struct vg_slice field,
			     struct vg_slice value, struct vg_err *err)
{
	const char *sep = memchr(field.p, SEP, field.n);
	int64_t v[3];

	if (sep != NULL)
		return load_audience(q, field, sep, value, err);
	if (field.n > 1 && field.p[0] == 'p')
		return load_passed(q, value, err);
	if (vg_slice_eq(field, vg_slice_of("forgotten")))
		return read_numbers(value, &q->forgotten, 1) == 1 ? VG_OK
								  : bad(err);
	if (!vg_slice_eq(field, vg_slice_of("dead")) ||
	    read_numbers(value, v, 3) != 3)
		return bad(err);
	q->dead_hour_ms = v[0];
	q->dead_records = v[1];
	q->dead_bytes = v[2];
	return VG_OK;
}

enum vg_rc vg_quota_load(struct vg_quota *q, const struct vg_part *p,
			 struct vg_err *err)
{
	struct vg_slice field, value;
	enum vg_rc rc = VG_OK;

	if (VG_DEFECT("quota-forgets"))
		return VG_OK;
	for (size_t i = 0; rc == VG_OK && vg_part_kept(p, i, &field, &value);
	     i++)
		rc = load_field(q, field, value, err);
	if (q->n_passed > 0)
		qsort(q->passed, q->n_passed, sizeof *q->passed, by_end);
	q->n_passed_saved = q->n_passed;
	return rc;
}

static struct vg_slice text_of(const struct vg_buf *b)
{
	return (struct vg_slice){.p = b->p, .n = (uint32_t)b->n};
}

/* "<audience key>", the separator, the letter and, unless NULL, a number. */
static struct vg_slice name_of(const struct vg_quota *q, struct vg_buf *to,
			       const struct vg_quota_term *t, char letter,
			       const uint32_t *number)
{
	vg_buf_reset(to);
	vg_buf_printf(to, "%s%c%c", vg_audience_key(q->o.aud, t->audience), SEP,
		      letter);
	if (number != NULL)
		vg_buf_printf(to, "%" PRIu32, *number);
	return text_of(to);
}

/* The chunks that have changed; those that the minute before left go. */
static void save_set(const struct vg_quota *q, struct vg_quota_term *t, int i,
		     struct vg_part *p, struct vg_buf *name)
{
	struct vg_quota_set *s = &t->set[i];
	uint32_t n = (s->n + VG_QUOTA_CHUNK - 1) / VG_QUOTA_CHUNK;

	for (uint32_t k = t->saved[i] / VG_QUOTA_CHUNK;
	     s->n > t->saved[i] && k < n; k++) {
		uint32_t from = k * VG_QUOTA_CHUNK;
		uint32_t left = s->n - from;

		left = left < VG_QUOTA_CHUNK ? left : VG_QUOTA_CHUNK;
		vg_part_keep(p, name_of(q, name, t, SET_LETTER[i], &k),
			     (struct vg_slice){
				     .p = (const char *)(s->list + from),
				     .n = left * (uint32_t)sizeof s->list[0]});
	}
	for (uint32_t k = n; k < t->chunks[i]; k++)
		vg_part_unkeep(p, name_of(q, name, t, SET_LETTER[i], &k));
	t->saved[i] = s->n;
	t->chunks[i] = n;
}

static void save_term(const struct vg_quota *q, struct vg_quota_term *t,
		      struct vg_part *p, struct vg_buf *name)
{
	struct vg_buf value = {.n = 0};

	for (int i = 0; i < VG_QUOTA_SETS; i++)
		save_set(q, t, i, p, name);
	vg_buf_printf(&value, "%" PRId64 ",%" PRId64 ",%d,%" PRId64 ",%" PRId64,
		      t->minute_ms, t->first, t->is_past, t->records,
		      t->indicators);
	vg_part_keep(p, name_of(q, name, t, 't', NULL), text_of(&value));
	name->failed |= value.failed;
	vg_buf_term(&value);
	t->dirty = false;
	if (VG_DEFECT("cap-by-arrival"))
		t->used = false;
}

/* The minutes past a limit: new ones in, and out the oldest of too many. */
static void save_passed(struct vg_quota *q, struct vg_part *p,
			struct vg_buf *name)
{
	struct vg_buf value = {.n = 0};
	size_t out = q->n_passed > VG_QUOTA_PASSED_MAX
			     ? q->n_passed - VG_QUOTA_PASSED_MAX
			     : 0;

	for (size_t i = 0; i < q->n_passed; i++) {
		bool is_new = i >= q->n_passed_saved;

		if (i >= out && !is_new)
			continue;
		vg_buf_reset(name);
		vg_buf_reset(&value);
		vg_buf_printf(name, "p%" PRId64, q->passed[i].from);
		vg_buf_printf(&value, "%" PRId64 ",%" PRId64, q->passed[i].from,
			      q->passed[i].to);
		if (i >= out)
			vg_part_keep(p, text_of(name), text_of(&value));
		else if (!is_new)
			vg_part_unkeep(p, text_of(name));
	}
	if (out > 0) {
		q->forgotten = q->passed[out - 1].to;
		vg_buf_reset(&value);
		vg_buf_printf(&value, "%" PRId64, q->forgotten);
		vg_part_keep(p, vg_slice_of("forgotten"), text_of(&value));
		memmove(q->passed, q->passed + out,
			(q->n_passed - out) * sizeof *q->passed);
		q->n_passed -= out;
	}
	q->n_passed_saved = q->n_passed;
	name->failed |= value.failed;
	vg_buf_term(&value);
}

enum vg_rc vg_quota_save(struct vg_quota *q, struct vg_part *p,
			 struct vg_err *err)
{
	struct vg_buf name = {.n = 0};

	for (size_t a = 0; a < q->n_term; a++)
		if (q->term[a] != NULL && q->term[a]->dirty)
			save_term(q, q->term[a], p, &name);
	if (q->n_passed > q->n_passed_saved)
		save_passed(q, p, &name);
	if (q->dead_dirty) {
		vg_buf_reset(&name);
		vg_buf_printf(&name, "%" PRId64 ",%" PRId64 ",%" PRId64,
			      q->dead_hour_ms, q->dead_records, q->dead_bytes);
		vg_part_keep(p, vg_slice_of("dead"), text_of(&name));
		q->dead_dirty = false;
	}
	bool failed = name.failed;
	vg_buf_term(&name);
	return failed ? no_memory(err) : VG_OK;
}
