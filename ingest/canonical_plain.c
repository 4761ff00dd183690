#include "ingest/canonical_plain.h"

#include "core/config.h"
#include "core/json_parts.h"
#include "core/json_scan.h"
#include "core/timefmt.h"
#include "core/vocab.h"
#include "ingest/canonical_list.h"
#include "ingest/indicator.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Digits of a number that is exact as an integer and as a double. */
enum { DIGITS_MAX = 15 };

/* Below this, a time is in seconds. */
#define SECONDS_BELOW INT64_C(100000000000)
#define TIME_MAX      INT64_C(253402300799999) /* end of 9999 */

static bool is_printable(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The first byte at or after `p` that is not printable ASCII, or a quote or a
 * backslash. */
static inline const char *printable_end(const char *p, const char *end)
{
#if defined(__SSE2__)
	while (end - p >= 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* Signed: what is not ASCII is below 0x20, too. */
		__m128i mark = _mm_or_si128(
			_mm_or_si128(_mm_cmplt_epi8(x, _mm_set1_epi8(0x20)),
				     _mm_cmpeq_epi8(x, _mm_set1_epi8('"'))),
			_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('\\')),
				     _mm_cmpeq_epi8(x, _mm_set1_epi8(0x7f))));
		unsigned bits = (unsigned)_mm_movemask_epi8(mark);

		if (bits != 0)
			return p + __builtin_ctz(bits);
		p += 16;
	}
#endif
	while (p < end && is_printable(*p))
		p++;
	return p;
}

static inline const char *text_at(const struct vg_plain *f, const char *p,
				  struct vg_slice *out)
{
	const char *close;

	if (p >= f->end || *p != '"')
		return NULL;
	close = printable_end(p + 1, f->end);
	if (close >= f->end || *close != '"')
		return NULL;
	*out = (struct vg_slice){.p = p + 1, .n = (uint32_t)(close - p - 1)};
	return close + 1;
}

const char *vg_plain_text(const struct vg_plain *f, const char *p,
			  struct vg_slice *out)
{
	return text_at(f, p, out);
}

/* A text of 1..`max` bytes. */
static const char *name_at(const struct vg_plain *f, const char *p,
			   uint32_t max, struct vg_slice *out)
{
	p = text_at(f, p, out);
	return p != NULL && out->n > 0 && out->n <= max ? p : NULL;
}

static const char *word_at(const struct vg_plain *f, const char *p,
			   enum vg_vocab list, int *out)
{
	struct vg_slice text;

	p = text_at(f, p, &text);
	if (p == NULL)
		return NULL;
	*out = vg_vocab_find(list, text);
	return *out >= 0 ? p : NULL;
}

static inline bool is_digit(const struct vg_plain *f, const char *p)
{
	return p < f->end && (unsigned)(*p - '0') < 10;
}

/* Digits alone, without a sign; what follows them is no part of a number. */
static const char *whole_at(const struct vg_plain *f, const char *p,
			    int64_t *out)
{
	const char *from = p;
	int64_t v = 0;

	for (; is_digit(f, p); p++) {
		if (p - from == DIGITS_MAX)
			return NULL;
		v = v * 10 + (*p - '0');
	}
	if (p == from || (*from == '0' && p - from > 1))
		return NULL;
	if (p < f->end && (*p == '.' || *p == 'e' || *p == 'E'))
		return NULL;
	*out = v;
	return p;
}

static const char *within(const struct vg_plain *f, const char *p, int64_t low,
			  int64_t high, int *out)
{
	int64_t v;

	p = whole_at(f, p, &v);
	if (p == NULL || v < low || v > high)
		return NULL;
	*out = (int)v;
	return p;
}

const char *vg_plain_id(struct vg_plain *f, const char *p)
{
	return name_at(f, p, VG_ID_MAX, &f->e->id);
}

const char *vg_plain_time(struct vg_plain *f, const char *p)
{
	struct vg_slice text;
	int64_t v;

	if (p < f->end && *p == '"') {
		p = text_at(f, p, &text);
		return p != NULL && vg_time_parse(text, &f->e->time_ms) ? p
									: NULL;
	}
	p = whole_at(f, p, &v);
	if (p == NULL || v > TIME_MAX)
		return NULL;
	f->e->time_ms = v < SECONDS_BELOW ? v * 1000 : v;
	return p;
}

const char *vg_plain_partner(struct vg_plain *f, const char *p)
{
	return text_at(f, p, &f->e->partner);
}

const char *vg_plain_sensor(struct vg_plain *f, const char *p)
{
	return name_at(f, p, VG_SENSOR_MAX, &f->e->sensor);
}

const char *vg_plain_sensor_kind(struct vg_plain *f, const char *p)
{
	return word_at(f, p, VG_VOCAB_SENSOR_KIND, &f->e->sensor_kind);
}

const char *vg_plain_category(struct vg_plain *f, const char *p)
{
	return word_at(f, p, VG_VOCAB_CATEGORY, &f->e->category);
}

const char *vg_plain_sector(struct vg_plain *f, const char *p)
{
	return word_at(f, p, VG_VOCAB_SECTOR, &f->e->sector);
}

/* A country by its code; other spellings are the strict reader's. */
const char *vg_plain_source_country(struct vg_plain *f, const char *p)
{
	struct vg_slice text;

	p = text_at(f, p, &text);
	if (p == NULL || text.n != 2 ||
	    vg_country_read(text, &f->e->source_country) != VG_COUNTRY_ONE)
		return NULL;
	return p;
}

const char *vg_plain_country(struct vg_plain *f, const char *p)
{
	struct vg_slice text;

	p = text_at(f, p, &text);
	if (p == NULL || text.n != 2 ||
	    vg_country_read(text, &f->e->country) != VG_COUNTRY_ONE ||
	    vg_slice_eq(f->e->country, vg_slice_of("XK")))
		return NULL;
	return p;
}

const char *vg_plain_severity(struct vg_plain *f, const char *p)
{
	return within(f, p, 1, 10, &f->e->severity);
}

const char *vg_plain_confidence(struct vg_plain *f, const char *p)
{
	return within(f, p, 0, 100, &f->e->confidence);
}

const char *vg_plain_count(struct vg_plain *f, const char *p)
{
	int v = 0;

	p = within(f, p, 1, VG_COUNT_MAX, &v);
	f->e->count = v;
	return p;
}

const char *vg_plain_tlp(struct vg_plain *f, const char *p)
{
	struct vg_slice text;
	int label;

	p = text_at(f, p, &text);
	if (p == NULL)
		return NULL;
	label = vg_tlp_find(text);
	if (label < 0)
		return NULL;
	f->e->label = (enum vg_tlp)label;
	f->e->has_label = true;
	return p;
}

/* Each element of the list at `p`, at most `max`, by `take`. */
static const char *each(struct vg_plain *f, const char *p, unsigned max,
			vg_plain_take *take)
{
	p = vg_plain_char(f, p, '[');
	if (p == NULL || (p < f->end && *p == ']'))
		return p != NULL ? p + 1 : NULL;
	for (unsigned i = 0; i < max; i++) {
		p = take(f, p);
		if (p == NULL)
			return NULL;
		p = vg_plain_space(f, p);
		if (p < f->end && *p == ']')
			return p + 1;
		p = vg_plain_char(f, p, ',');
		if (p == NULL)
			return NULL;
	}
	return NULL;
}

/* The members of a small object, all of them names of `names` and texts: what
 * is absent keeps p == NULL. */
static const char *texts_at(const struct vg_plain *f, const char *p,
			    const struct vg_slice *names, struct vg_slice *out)
{
	p = vg_plain_char(f, p, '{');
	while (p != NULL) {
		struct vg_slice key;
		unsigned k = 0;

		p = text_at(f, p, &key);
		if (p == NULL)
			return NULL;
		while (names[k].p != NULL && !vg_slice_eq(key, names[k]))
			k++;
		if (names[k].p == NULL || out[k].p != NULL)
			return NULL;
		p = vg_plain_char(f, p, ':');
		p = p != NULL ? text_at(f, p, &out[k]) : NULL;
		if (p == NULL)
			return NULL;
		p = vg_plain_space(f, p);
		if (p < f->end && *p == '}')
			return p + 1;
		p = vg_plain_char(f, p, ',');
	}
	return NULL;
}

static const char *one_actor(struct vg_plain *f, const char *p)
{
	struct vg_slice name;

	p = name_at(f, p, VG_ACTOR_MAX, &name);
	if (p != NULL)
		vg_add_actor(f->e, name, -1);
	return p;
}

const char *vg_plain_actor(struct vg_plain *f, const char *p)
{
	return p < f->end && *p == '[' ? each(f, p, VG_ACTORS_MAX, one_actor)
				       : one_actor(f, p);
}

static const char *one_technique(struct vg_plain *f, const char *p)
{
	struct vg_slice id;

	p = text_at(f, p, &id);
	if (p == NULL || !vg_technique_shape(id))
		return NULL;
	vg_add_technique(f->e, id);
	return p;
}

const char *vg_plain_technique(struct vg_plain *f, const char *p)
{
	return p < f->end && *p == '['
		       ? each(f, p, VG_TECHNIQUES_MAX, one_technique)
		       : one_technique(f, p);
}

static const char *one_releasable(struct vg_plain *f, const char *p)
{
	struct vg_slice id;

	p = text_at(f, p, &id);
	if (p != NULL)
		vg_add_releasable(f->e, f->cfg, id);
	return p;
}

const char *vg_plain_releasable(struct vg_plain *f, const char *p)
{
	f->e->narrowed = true;
	return each(f, p, VG_RELEASABLE_MAX, one_releasable);
}

const char *vg_plain_origin(struct vg_plain *f, const char *p)
{
	static const struct vg_slice names[] = {VG_SLICE("partner"),
						VG_SLICE("feed"),
						VG_SLICE("id"),
						{NULL, 0}};
	static const uint32_t most[] = {VG_ORIGIN_MAX, VG_ORIGIN_MAX,
					VG_ID_MAX};
	struct vg_slice v[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};

	p = texts_at(f, p, names, v);
	if (p == NULL || (v[0].p == NULL && v[1].p == NULL))
		return NULL;
	for (unsigned i = 0; i < 3; i++)
		if (v[i].p != NULL && (v[i].n == 0 || v[i].n > most[i]))
			return NULL;
	f->e->origin_partner = v[0];
	f->e->origin_feed = v[1];
	f->e->origin_id = v[2];
	return p;
}

static const char *one_indicator(struct vg_plain *f, const char *p)
{
	static const struct vg_slice names[] = {
		VG_SLICE("type"), VG_SLICE("value"), {NULL, 0}};
	struct vg_slice v[2] = {{NULL, 0}, {NULL, 0}};
	struct vg_indicator x;

	p = texts_at(f, p, names, v);
	if (p == NULL || v[0].p == NULL || v[1].p == NULL)
		return NULL;
	x.type = vg_vocab_find(VG_VOCAB_INDICATOR, v[0]);
	x.value = v[1];
	if (x.type < 0 || x.value.n == 0 || x.value.n > VG_INDICATOR_MAX ||
	    !vg_canon_indicator(f->s, &x))
		return NULL;
	vg_add_indicator(f->e, &x);
	return p;
}

const char *vg_plain_indicators(struct vg_plain *f, const char *p)
{
	return each(f, p, VG_INDICATORS_MAX, one_indicator);
}

/* A number, in the forms that are exact as a double. */
static const char *number_at(const struct vg_plain *f, const char *p,
			     struct vg_field *out)
{
	const char *from = p, *digits;
	int64_t v;

	out->type = VG_SCALAR_NUMBER;
	p = whole_at(f, p, &v);
	if (p != NULL) {
		out->text = (struct vg_slice){from, (uint32_t)(p - from)};
		out->number = (double)v;
		return p;
	}
	p = from + (*from == '-');
	for (digits = p; is_digit(f, p);)
		p++;
	if (p == digits || (*digits == '0' && p - digits > 1) || p == f->end)
		return NULL;
	if (*p == '.') {
		for (digits = ++p; is_digit(f, p);)
			p++;
		if (p == digits)
			return NULL;
	}
	if (p - from > DIGITS_MAX || (p < f->end && (*p == 'e' || *p == 'E')))
		return NULL;
	out->text = (struct vg_slice){from, (uint32_t)(p - from)};
	out->number = vg_json_number(from, (size_t)(p - from));
	return p;
}

static const char *word_is(const struct vg_plain *f, const char *p,
			   const char *word, struct vg_field *out)
{
	size_t n = strlen(word);

	if ((size_t)(f->end - p) < n || memcmp(p, word, n) != 0)
		return NULL;
	out->type = VG_SCALAR_BOOL;
	out->text = (struct vg_slice){p, (uint32_t)n};
	out->number = *word == 't';
	return p + n;
}

static const char *scalar_at(const struct vg_plain *f, const char *p,
			     struct vg_field *out)
{
	if (p >= f->end)
		return NULL;
	switch (*p) {
	case '"':
		out->type = VG_SCALAR_STRING;
		out->number = 0;
		p = text_at(f, p, &out->text);
		return p != NULL && out->text.n <= VG_FIELD_VALUE_MAX ? p
								      : NULL;
	case 't':
		return word_is(f, p, "true", out);
	case 'f':
		return word_is(f, p, "false", out);
	default:
		return number_at(f, p, out);
	}
}

/* A name that may be there already is left to the strict reader. */
static bool is_new(uint64_t filter[8], struct vg_slice name)
{
	unsigned h = vg_json_quick_hash(name.p, name.n);
	uint64_t bit = UINT64_C(1) << (h & 63);
	bool seen = (filter[h >> 6] & bit) != 0;

	filter[h >> 6] |= bit;
	return !seen;
}

const char *vg_plain_fields(struct vg_plain *f, const char *p)
{
	uint64_t filter[8] = {0};

	p = vg_plain_char(f, p, '{');
	if (p != NULL && p < f->end && *p == '}')
		return p + 1;
	while (p != NULL && f->e->n_field < VG_FIELDS_MAX) {
		struct vg_field *out = &f->e->field[f->e->n_field];

		p = name_at(f, p, VG_FIELD_NAME_MAX, &out->name);
		if (p == NULL || !is_new(filter, out->name))
			return NULL;
		p = vg_plain_char(f, p, ':');
		p = p != NULL ? scalar_at(f, p, out) : NULL;
		if (p == NULL)
			return NULL;
		f->e->n_field++;
		p = vg_plain_space(f, p);
		if (p < f->end && *p == '}')
			return p + 1;
		p = vg_plain_char(f, p, ',');
	}
	return NULL;
}
