#include "aggregate/part_private.h"

#include "aggregate/part_fast.h"
#include "aggregate/part_steps.h"
#include "core/limits.h"
#include "core/vocab.h"

#include <assert.h>

/* A packed value, and a field: an audience and two of them. The longest value
 * is an actor with every byte escaped. An event has at most so many cells. */
enum {
	PIECE_MAX = 2 * VG_ACTOR_MAX + 2,
	FIELD_MAX = VG_AUDIENCE_KEY_MAX + 2 * PIECE_MAX,
	DUE_MAX = 2 * (VG_ACTORS_MAX + VG_TECHNIQUES_MAX) + 10
};

_Static_assert((int)DUE_MAX *(int)FIELD_MAX <= (int)VG_FIELD_SCRATCH, "room");

enum dim {
	D_COUNTRY,
	D_SOURCE,
	D_PARTNER,
	D_SENSOR,
	D_ACTOR,
	D_TECHNIQUE,
	D_CATEGORY,
	D_SECTOR,
	D_SEVERITY,
	D_N
};

_Static_assert((int)D_N == (int)VG_PART_DIMS, "dimensions");
_Static_assert((int)VG_PART_DIM_VALUES >= (int)VG_TECHNIQUES_MAX, "values");
_Static_assert((int)VG_PART_DIM_VALUES >= (int)VG_ACTORS_MAX, "values");

static const char *const DIM_NAME[D_N] = {
	[D_COUNTRY] = "country",   [D_SOURCE] = "source_country",
	[D_PARTNER] = "partner",   [D_SENSOR] = "sensor",
	[D_ACTOR] = "actor",	   [D_TECHNIQUE] = "technique",
	[D_CATEGORY] = "category", [D_SECTOR] = "sector",
	[D_SEVERITY] = "severity",
};

struct dims {
	struct vg_piece v[D_N][VG_PART_DIM_VALUES];
	unsigned n[D_N];
	uint32_t n_audience; /* bytes of the audience key, first in pack */
	bool too_long;
};

/* The cells of one event. Their texts lie in the part's scratch. */
struct due {
	uint32_t bucket;
	struct vg_slice field;
	uint64_t hash;
};

struct due_list {
	struct due due[DUE_MAX];
	unsigned n;
	char *end;
};

static uint8_t dim_of(const char *field)
{
	uint8_t d = 0;

	if (field == NULL)
		return VG_PART_DIMS;
	while (d < D_N && strcmp(DIM_NAME[d], field) != 0)
		d++;
	assert(d < D_N);
	return d;
}

void vg_part_bind_series(struct vg_part *p)
{
	p->dims_counted = 0;
	for (unsigned a = 0; a < VG_AGG_SERIES_N; a++)
		for (unsigned i = 0; i < 2; i++) {
			uint8_t dim = dim_of(vg_series_info(a)->field[i]);

			p->series_dim[a][i] = dim;
			if (dim < D_N && vg_plan_counts(p->env->plan, a))
				p->dims_counted |= UINT32_C(1) << dim;
		}
}

/* What no series of the plan counts need not be written. */
static bool counts(const struct vg_part *p, enum dim dim)
{
	return (p->dims_counted >> dim & 1) != 0;
}

static void put(struct vg_part *p, struct dims *d, enum dim dim,
		struct vg_slice value)
{
	uint32_t at = (uint32_t)p->pack.n;

	if (value.n == 0 || !counts(p, dim))
		return;
	assert(d->n[dim] < VG_PART_DIM_VALUES);
	vg_fast_pack(&p->pack, value);
	if (p->pack.n - at > PIECE_MAX) {
		d->too_long = true;
		return;
	}
	d->v[dim][d->n[dim]++] =
		(struct vg_piece){.at = at, .n = (uint32_t)p->pack.n - at};
}

/* A value without a name, which is no text that anyone can send. */
static void put_past(struct vg_part *p, struct dims *d, enum dim dim)
{
	static const char PAST[] = {VG_FIELD_SEP, '~', 'q', 'u', 'o', 't', 'a'};
	uint32_t at = (uint32_t)p->pack.n;

	_Static_assert(sizeof PAST == sizeof VG_PAST, "as VG_PAST");
	if (!counts(p, dim))
		return;
	assert(d->n[dim] < VG_PART_DIM_VALUES);
	vg_fast_add(&p->pack, PAST, sizeof PAST);
	d->v[dim][d->n[dim]++] =
		(struct vg_piece){.at = at, .n = (uint32_t)sizeof PAST};
}

static void put_word(struct vg_part *p, struct dims *d, enum dim dim,
		     enum vg_vocab list, int i)
{
	const char *word = i >= 0 ? vg_vocab_word(list, i) : NULL;

	if (word != NULL)
		put(p, d, dim, vg_slice_of(word));
}

/* Every distinct value once: an event counts once for each. */
static void put_lists(struct vg_part *p, struct dims *d,
		      const struct vg_event *e)
{
	for (unsigned i = 0; i < e->n_actor; i++) {
		unsigned k = 0;

		while (k < i &&
		       !vg_slice_eq(e->actor[k].name, e->actor[i].name))
			k++;
		if (k == i && (e->actors_past >> i & 1) != 0)
			put_past(p, d, D_ACTOR);
		else if (k == i)
			put(p, d, D_ACTOR, e->actor[i].name);
	}
	for (unsigned i = 0; i < e->n_technique; i++) {
		unsigned k = 0;

		while (k < i && !vg_slice_eq(e->technique[k], e->technique[i]))
			k++;
		if (k == i)
			put(p, d, D_TECHNIQUE, e->technique[i]);
	}
}

static void put_severity(struct vg_part *p, struct dims *d, int severity)
{
	char text[2] = {(char)('0' + severity), '0'};

	assert(severity >= 0 && severity <= 10);
	if (severity == 10)
		text[0] = '1';
	put(p, d, D_SEVERITY,
	    (struct vg_slice){.p = text, .n = severity == 10 ? 2 : 1});
}

static void read_dims(struct vg_part *p, struct dims *d,
		      const struct vg_event *e)
{
	memset(d->n, 0, sizeof d->n);
	d->too_long = false;
	vg_buf_reset(&p->pack);
	vg_buf_str(&p->pack, vg_audience_key(p->env->aud, e->audience));
	d->n_audience = (uint32_t)p->pack.n;
	put(p, d, D_COUNTRY, e->country);
	put(p, d, D_SOURCE, e->source_country);
	put(p, d, D_PARTNER, p->partner_id);
	if (e->sensor_past)
		put_past(p, d, D_SENSOR);
	else
		put(p, d, D_SENSOR, e->sensor);
	put_word(p, d, D_CATEGORY, VG_VOCAB_CATEGORY, e->category);
	put_word(p, d, D_SECTOR, VG_VOCAB_SECTOR, e->sector);
	put_severity(p, d, e->severity);
	put_lists(p, d, e);
}

/* Note one more cell. The 10 s and 1 min cells of a field share its text. */
static void add_due(struct vg_part *p, struct due_list *l, uint32_t bucket,
		    struct vg_slice field, uint64_t hash)
{
	assert(l->n < DUE_MAX);
	vg_batch_warm_slot(&p->batch, bucket, hash);
	l->due[l->n++] =
		(struct due){.bucket = bucket, .field = field, .hash = hash};
}

static char *join(char *to, const struct vg_part *p, struct vg_piece piece)
{
	memcpy(to, p->pack.p + piece.at, piece.n);
	return to + piece.n;
}

/* Note the cells of one event in an aggregate, in one or two buckets. */
static void list_fields(struct vg_part *p, struct due_list *l,
			const struct dims *d, unsigned agg,
			const uint32_t bucket[2])
{
	unsigned a = p->series_dim[agg][0], b = p->series_dim[agg][1];
	unsigned n_b = b < D_N ? d->n[b] : 1;

	for (unsigned i = 0; i < d->n[a] * n_b; i++) {
		struct vg_slice f = {.p = l->end};
		uint64_t hash;

		memcpy(l->end, p->pack.p, d->n_audience);
		l->end = join(l->end + d->n_audience, p, d->v[a][i / n_b]);
		if (b < D_N)
			l->end = join(l->end, p, d->v[b][i % n_b]);
		f.n = (uint32_t)(l->end - f.p);
		assert(f.n <= FIELD_MAX);
		hash = vg_batch_hash(&p->batch, f);
		for (unsigned k = 0; k < 2; k++)
			if (bucket[k] != VG_BATCH_NONE)
				add_due(p, l, bucket[k], f, hash);
	}
}

static bool list_series(struct vg_part *p, struct due_list *l,
			const struct dims *d, unsigned agg,
			const int64_t start[2])
{
	bool fine = vg_series_info(agg)->fine;
	uint32_t bucket[2] = {VG_BATCH_NONE, VG_BATCH_NONE};
	uint8_t dim = p->series_dim[agg][1];

	/* A missing field has no cell, and then needs no bucket. */
	if (d->n[p->series_dim[agg][0]] == 0 || (dim < D_N && d->n[dim] == 0))
		return true;
	for (unsigned res = fine ? VG_RES_10S : VG_RES_1M; res <= VG_RES_1M;
	     res++) {
		struct vg_bucket_id id = {.agg = (uint16_t)agg,
					  .res = (uint8_t)res,
					  .start_ms = start[res]};

		bucket[res] = vg_batch_bucket_at(&p->batch, id);
		if (bucket[res] == VG_BATCH_NONE)
			return false;
	}
	list_fields(p, l, d, agg, bucket);
	return true;
}

/* Add the event to every cell noted, or take it out. */
static bool count_due(struct vg_part *p, const struct due_list *l,
		      const struct vg_event *e, int sign)
{
	for (unsigned i = 0; i < l->n; i++)
		vg_batch_warm_cell(&p->batch, l->due[i].bucket, l->due[i].hash);
	for (unsigned i = 0; i < l->n; i++) {
		const struct due *d = &l->due[i];
		uint32_t at = vg_batch_cell_hashed(&p->batch, d->bucket,
						   d->field, d->hash);
		struct vg_batch_cell *c;

		if (at == VG_BATCH_NONE)
			return false;
		c = &p->batch.cell[at];
		c->audience = e->audience;
		c->v[0] += sign * e->count;
		c->v[1] += sign;
	}
	return true;
}

enum vg_rc vg_part_count_series(struct vg_part *p, const struct vg_event *e,
				int sign, struct vg_err *err)
{
	struct due_list l; /* large: not worth zeroing */
	struct dims d;
	int64_t start[2];

	l.n = 0;
	l.end = p->scratch;
	start[VG_RES_10S] = vg_bucket_floor(e->time_ms, vg_res_ms(VG_RES_10S));
	start[VG_RES_1M] = vg_bucket_floor(e->time_ms, vg_res_ms(VG_RES_1M));
	read_dims(p, &d, e);
	if (p->pack.failed)
		return vg_part_no_memory(err);
	if (d.too_long) /* a decoder's mistake: every text has its limit */
		return vg_err_set(err, VG_INVAL, "an event's text is too long");
	for (unsigned a = 0; a < VG_AGG_SERIES_N; a++)
		if (vg_plan_counts(p->env->plan, a) &&
		    !list_series(p, &l, &d, a, start))
			return vg_part_no_memory(err);
	return count_due(p, &l, e, sign) ? VG_OK : vg_part_no_memory(err);
}

enum vg_rc vg_part_count(struct vg_part *p, const struct vg_event *e,
			 int64_t offset, int64_t ref_ms, int64_t log_ms,
			 struct vg_err *err)
{
	enum vg_rc rc = vg_part_count_series(p, e, 1, err);

	if (rc != VG_OK)
		return rc;
	if (e->time_ms <= log_ms - p->rules_ms)
		rc = vg_part_tally(p, VG_VERDICT_BEYOND_RULES, ref_ms, 1, err);
	if (rc != VG_OK || e->time_ms <= log_ms - p->own_ms)
		return rc;
	const struct vg_part_at at = {offset, log_ms};
	rc = vg_part_count_spans(p, e, &at, err);
	return rc == VG_OK ? vg_part_count_steps(p, e, 1, &at, err) : rc;
}
