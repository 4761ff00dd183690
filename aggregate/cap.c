#include "aggregate/cap.h"

#include "core/defect.h"
#include "core/lexicon.h"

#include <assert.h>

enum { NAME_MAX = 32 };

bool vg_cap_applies(unsigned agg)
{
	switch (agg) {
	case VG_AGG_SENSOR:
	case VG_AGG_ACTOR:
	case VG_AGG_TECHNIQUE:
	case VG_AGG_ACTOR_COUNTRY:
	case VG_AGG_TECHNIQUE_PAIR:
		return true;
	default:
		/* Vocabulary, the account and tracks (whose groups have a
		 * limit of their own). */
		return false;
	}
}

bool vg_cap_exempt(const struct vg_lexicon *lexicon, unsigned agg,
		   struct vg_slice values)
{
	const char *sep;
	struct vg_resolved r;

	if (vg_cap_is_past(values))
		return true;
	if (lexicon == NULL || VG_DEFECT("cap-known"))
		return false;
	/* Actor or technique is the first of a pair. What stands escaped is
	 * spelled as no canonical name is. */
	sep = memchr(values.p, VG_FIELD_SEP, values.n);
	if (sep != NULL)
		values.n = (uint32_t)(sep - values.p);
	switch (agg) {
	case VG_AGG_ACTOR:
	case VG_AGG_ACTOR_COUNTRY:
		r = vg_lexicon_resolve(lexicon, values);
		return r.n_actors == 1 && vg_slice_eq(r.name, values);
	case VG_AGG_TECHNIQUE:
	case VG_AGG_TECHNIQUE_PAIR:
		return vg_lexicon_technique(lexicon, values).p != NULL;
	default:
		return false;
	}
}

uint64_t vg_cap_hash(const uint8_t key[VG_HASH_KEY], unsigned agg,
		     struct vg_slice values)
{
	const char *name = vg_series_info(agg)->name;
	size_t n = strlen(name);
	char text[NAME_MAX + 1 + VG_CAP_VALUES_MAX];

	/* The longest capped value is an actor of VG_ACTOR_MAX bytes, every
	 * one escaped, and a country. */
	assert(n <= NAME_MAX && values.n <= VG_CAP_VALUES_MAX);
	memcpy(text, name, n);
	text[n] = VG_FIELD_SEP;
	memcpy(text + n + 1, values.p, values.n);
	return vg_hash64(key, text, n + 1 + values.n);
}

static bool begins_with(struct vg_slice values, const char *first, size_t n)
{
	return values.n >= n && memcmp(values.p, first, n) == 0 &&
	       (values.n == n || values.p[n] == VG_FIELD_SEP);
}

bool vg_cap_is_other(struct vg_slice values)
{
	return begins_with(values, VG_OTHER, sizeof VG_OTHER - 1);
}

bool vg_cap_is_past(struct vg_slice values)
{
	return begins_with(values, VG_PAST, sizeof VG_PAST - 1);
}

uint64_t vg_cap_steps_hash(const uint8_t key[VG_HASH_KEY],
			   struct vg_slice values, unsigned n_group)
{
	static const uint64_t low = UINT32_MAX;
	uint32_t n = 0;
	unsigned seen = 0;

	for (; n < values.n && n_group > 0; n++)
		if (values.p[n] == VG_FIELD_SEP && ++seen == n_group)
			break;
	return (vg_hash64(key, values.p, n) & ~low) |
	       (vg_hash64(key, values.p, values.n) & low);
}

void vg_cap_other(struct vg_buf *out, struct vg_slice field)
{
	struct vg_slice part[3];
	unsigned n = vg_field_split(field, part, 3);

	assert(n == 2 || n == 3);
	vg_buf_add(out, part[0].p, part[0].n);
	for (unsigned i = 1; i < n; i++) {
		vg_buf_add(out, &(char){VG_FIELD_SEP}, 1);
		if (i == 1)
			vg_buf_str(out, VG_OTHER);
		else
			vg_buf_add(out, part[i].p, part[i].n);
	}
}

bool vg_cap_is_rest(struct vg_slice field)
{
	struct vg_slice audience, values;

	return vg_field_audience(field, &audience, &values) &&
	       vg_cap_is_other(values);
}
