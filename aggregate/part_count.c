#include "aggregate/part_private.h"

#include "core/limits.h"
#include "core/vocab.h"

#include <assert.h>
#include <stdio.h>

/* A packed value, and a field: an audience and two of them. The longest value
 * is an actor with every byte escaped. */
enum { PIECE_MAX = 2 * VG_ACTOR_MAX + 2, KEY_MAX = 1024 };

_Static_assert(KEY_MAX >= VG_AUDIENCE_KEY_MAX + 2 * PIECE_MAX, "field");

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
	for (unsigned a = 0; a < VG_AGG_SERIES_N; a++)
		for (unsigned i = 0; i < 2; i++)
			p->series_dim[a][i] =
				dim_of(vg_series_info(a)->field[i]);
}

static void put(struct vg_part *p, struct dims *d, enum dim dim,
		struct vg_slice value)
{
	uint32_t at = (uint32_t)p->pack.n;

	if (value.n == 0)
		return;
	assert(d->n[dim] < VG_PART_DIM_VALUES);
	vg_field_pack(&p->pack, value);
	if (p->pack.n - at > PIECE_MAX) {
		d->too_long = true;
		return;
	}
	d->v[dim][d->n[dim]++] =
		(struct vg_piece){.at = at, .n = (uint32_t)p->pack.n - at};
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
		if (k == i)
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

static void read_dims(struct vg_part *p, struct dims *d,
		      const struct vg_event *e)
{
	char severity[8];

	memset(d->n, 0, sizeof d->n);
	d->too_long = false;
	vg_buf_reset(&p->pack);
	vg_buf_str(&p->pack, vg_audience_key(p->env->aud, e->audience));
	d->n_audience = (uint32_t)p->pack.n;
	put(p, d, D_COUNTRY, e->country);
	put(p, d, D_SOURCE, e->source_country);
	put(p, d, D_PARTNER, p->partner_id);
	put(p, d, D_SENSOR, e->sensor);
	put_word(p, d, D_CATEGORY, VG_VOCAB_CATEGORY, e->category);
	put_word(p, d, D_SECTOR, VG_VOCAB_SECTOR, e->sector);
	(void)snprintf(severity, sizeof severity, "%d", e->severity);
	put(p, d, D_SEVERITY, vg_slice_of(severity));
	put_lists(p, d, e);
}

static bool add(struct vg_part *p, uint32_t bucket, struct vg_slice field,
		const struct vg_event *e)
{
	uint32_t at = vg_batch_cell_at(&p->batch, bucket, field, NULL);
	struct vg_batch_cell *c;

	if (at == VG_BATCH_NONE)
		return false;
	c = &p->batch.cell[at];
	c->audience = e->audience;
	c->v[0] += e->count;
	c->v[1] += 1;
	return true;
}

static char *join(char *to, const struct vg_part *p, struct vg_piece piece)
{
	memcpy(to, p->pack.p + piece.at, piece.n);
	return to + piece.n;
}

/* Count one event in bucket number `bucket` of aggregate `agg`. */
static bool count_in(struct vg_part *p, const struct dims *d, unsigned agg,
		     uint32_t bucket, const struct vg_event *e)
{
	unsigned a = p->series_dim[agg][0], b = p->series_dim[agg][1];
	unsigned n_b = b < D_N ? d->n[b] : 1;
	char key[KEY_MAX];

	memcpy(key, p->pack.p, d->n_audience);
	for (unsigned i = 0; i < d->n[a]; i++) {
		for (unsigned k = 0; k < n_b; k++) {
			struct vg_slice f = {.p = key};
			char *end = join(key + d->n_audience, p, d->v[a][i]);

			if (b < D_N)
				end = join(end, p, d->v[b][k]);
			f.n = (uint32_t)(end - key);
			if (!add(p, bucket, f, e))
				return false;
		}
	}
	return true;
}

static bool count_series(struct vg_part *p, const struct dims *d, unsigned agg,
			 const struct vg_event *e)
{
	unsigned first = vg_series_info(agg)->fine ? VG_RES_10S : VG_RES_1M;

	for (unsigned res = first; res <= VG_RES_1M; res++) {
		struct vg_bucket_id id = {.agg = (uint16_t)agg,
					  .res = (uint8_t)res};
		uint32_t bucket;

		if (d->n[p->series_dim[agg][0]] == 0)
			return true;
		id.start_ms =
			vg_part_floor(e->time_ms, vg_res_ms((enum vg_res)res));
		bucket = vg_batch_bucket_at(&p->batch, id);
		if (bucket == VG_BATCH_NONE || !count_in(p, d, agg, bucket, e))
			return false;
	}
	return true;
}

enum vg_rc vg_part_count(struct vg_part *p, const struct vg_event *e,
			 int64_t offset, int64_t ref_ms, int64_t log_ms,
			 struct vg_err *err)
{
	struct dims d;

	read_dims(p, &d, e);
	if (p->pack.failed)
		return vg_part_no_memory(err);
	if (d.too_long) /* a decoder's mistake: every text has its limit */
		return vg_err_set(err, VG_INVAL, "an event's text is too long");
	for (unsigned a = 0; a < VG_AGG_SERIES_N; a++)
		if (!count_series(p, &d, a, e))
			return vg_part_no_memory(err);
	if (e->time_ms <= log_ms - p->horizon_ms)
		return vg_part_tally(p, VG_VERDICT_BEYOND_RULES, ref_ms, 1,
				     err);
	return vg_part_count_tracks(p, e, offset, err);
}
