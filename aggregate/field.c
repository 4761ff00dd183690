#include "aggregate/field.h"

#include "aggregate/alias.h"
#include "core/near.h"
#include "core/vocab.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum canonical {
	F_COUNTRY,
	F_SOURCE_COUNTRY,
	F_PARTNER,
	F_SENSOR,
	F_SENSOR_KIND,
	F_ACTOR,
	F_CATEGORY,
	F_TECHNIQUE,
	F_SEVERITY,
	F_CONFIDENCE,
	F_SECTOR,
	F_ORIGIN,
	F_INDICATOR,
	F_COUNT,
	F_TLP,
	F_N
};

enum { NUMBER_TEXT = 32, PREFIX = sizeof "fields." - 1 };

static const char *const canonical_name[F_N] = {
	[F_COUNTRY] = "country",
	[F_SOURCE_COUNTRY] = "source_country",
	[F_PARTNER] = "partner",
	[F_SENSOR] = "sensor",
	[F_SENSOR_KIND] = "sensor_kind",
	[F_ACTOR] = "actor",
	[F_CATEGORY] = "category",
	[F_TECHNIQUE] = "technique",
	[F_SEVERITY] = "severity",
	[F_CONFIDENCE] = "confidence",
	[F_SECTOR] = "sector",
	[F_ORIGIN] = "origin",
	[F_INDICATOR] = "indicator",
	[F_COUNT] = "count",
	[F_TLP] = "tlp",
};

static int find_canonical(struct vg_slice name)
{
	for (int i = 0; i < F_N; i++)
		if (vg_slice_eq(name, vg_slice_of(canonical_name[i])))
			return i;
	return -1;
}

const char *vg_field_nearest(struct vg_slice name)
{
	struct vg_near near = {.word = name, .far = 2};
	const char *best = NULL;

	if (find_canonical(name) >= 0)
		return NULL;
	for (int i = 0; i < F_N; i++)
		if (vg_near_is(&near, vg_slice_of(canonical_name[i])))
			best = canonical_name[i];
	return best;
}

static bool has_prefix(struct vg_slice name)
{
	return name.n > PREFIX && memcmp(name.p, "fields.", PREFIX) == 0;
}

static struct vg_slice without_prefix(struct vg_slice name)
{
	return (struct vg_slice){.p = name.p + PREFIX, .n = name.n - PREFIX};
}

/* One field has one name, so that rules that need it share a track: the prefix
 * stays only where the rest would mean something else. */
struct vg_field_ref vg_field_ref(struct vg_slice name)
{
	struct vg_field_ref ref = {.canonical = -1, .name = name};

	if (!has_prefix(name)) {
		ref.canonical = find_canonical(name);
		return ref;
	}
	struct vg_slice rest = without_prefix(name);
	if (!has_prefix(rest) && find_canonical(rest) < 0)
		ref.name = rest;
	return ref;
}

static void push(struct vg_field_values *out, struct vg_slice v)
{
	if (v.n == 0 || out->n == VG_FIELD_VALUES_MAX)
		return;
	out->v[out->n++] = v;
}

static void push_word(struct vg_field_values *out, enum vg_vocab list, int i)
{
	if (i >= 0)
		push(out, vg_slice_of(vg_vocab_word(list, i)));
}

/* Copy to the scratch. What does not fit is missing; it always fits, as the
 * scratch is sized for every indicator at its longest. */
static void push_copy(struct vg_field_values *out, const char *a, size_t n_a,
		      struct vg_slice b)
{
	char *p = out->scratch + out->used;
	size_t n = n_a + b.n;

	assert(out->used <= VG_FIELD_SCRATCH);
	if (n > VG_FIELD_SCRATCH - out->used)
		return;
	memcpy(p, a, n_a);
	if (b.n > 0)
		memcpy(p + n_a, b.p, b.n);
	out->used += n;
	push(out, (struct vg_slice){.p = p, .n = (uint32_t)n});
}

/* Whole numbers are written out, not as 1e+06; without printf, as most are. */
static void push_whole(struct vg_field_values *out, long long v)
{
	char text[NUMBER_TEXT];
	size_t at = sizeof text;
	unsigned long long rest = (unsigned long long)(v < 0 ? -v : v);

	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		text[--at] = '-';
	push_copy(out, text + at, sizeof text - at, (struct vg_slice){.n = 0});
}

/* Shortest decimal text that reads back as `d`. */
static void push_number(struct vg_field_values *out, double d)
{
	char text[NUMBER_TEXT];
	int n = 0;

	if (d >= -9007199254740992.0 && d <= 9007199254740992.0 &&
	    (double)(long long)d == d) {
		push_whole(out, (long long)d);
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		n = snprintf(text, sizeof text, "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	push_copy(out, text, (size_t)n, (struct vg_slice){.n = 0});
}

static void push_indicators(struct vg_field_values *out,
			    const struct vg_event *e)
{
	char type[NUMBER_TEXT];

	for (unsigned i = 0; i < e->n_indicator; i++) {
		const struct vg_indicator *k = &e->indicator[i];
		const char *word = vg_vocab_word(VG_VOCAB_INDICATOR, k->type);
		int n;

		if (word == NULL || k->value.n == 0)
			continue;
		n = snprintf(type, sizeof type, "%s:", word);
		push_copy(out, type, (size_t)n, k->value);
	}
}

static const struct vg_field *find(const struct vg_event *e,
				   struct vg_slice name)
{
	if (has_prefix(name))
		name = without_prefix(name);
	for (unsigned i = 0; i < e->n_field; i++)
		if (vg_slice_eq(e->field[i].name, name))
			return &e->field[i];
	return NULL;
}

static void push_field(struct vg_field_values *out, const struct vg_field *f)
{
	if (f == NULL)
		return;
	if (f->type == VG_SCALAR_NUMBER)
		push_number(out, f->number);
	else if (f->type == VG_SCALAR_BOOL)
		push(out, vg_slice_of(f->number != 0 ? "true" : "false"));
	else
		push(out, f->text);
}

static void push_origin(struct vg_field_values *out, const struct vg_event *e,
			struct vg_slice partner)
{
	if (e->origin_partner.n > 0)
		push(out, e->origin_partner);
	else if (e->origin_feed.n > 0)
		push(out, e->origin_feed);
	else
		push(out, partner);
}

static void push_list(struct vg_field_values *out, const struct vg_event *e,
		      int field)
{
	if (field == F_ACTOR)
		for (unsigned i = 0; i < e->n_actor; i++)
			push(out, e->actor[i].name);
	else if (field == F_TECHNIQUE)
		for (unsigned i = 0; i < e->n_technique; i++)
			push(out, e->technique[i]);
	else
		push_indicators(out, e);
}

/* The canonical fields that are one text. */
static void push_text(struct vg_field_values *out, const struct vg_event *e,
		      int field)
{
	switch (field) {
	case F_COUNTRY:
		push(out, e->country);
		break;
	case F_SOURCE_COUNTRY:
		push(out, e->source_country);
		break;
	case F_SENSOR:
		push(out, e->sensor);
		break;
	case F_SENSOR_KIND:
		push_word(out, VG_VOCAB_SENSOR_KIND, e->sensor_kind);
		break;
	case F_CATEGORY:
		push_word(out, VG_VOCAB_CATEGORY, e->category);
		break;
	case F_SECTOR:
		push_word(out, VG_VOCAB_SECTOR, e->sector);
		break;
	default:
		assert(field == F_TLP);
		push(out, vg_slice_of(vg_tlp_name(e->label)));
	}
}

void vg_field_read(const struct vg_field_ref *f, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *out)
{
	out->n = 0;
	out->used = 0;
	vg_field_read_more(f, e, partner, out);
}

unsigned vg_field_count(const struct vg_event *e)
{
	return F_N + e->n_field;
}

struct vg_field_ref vg_field_nth(const struct vg_event *e, unsigned i)
{
	assert(i < vg_field_count(e));
	if (i < F_N)
		return (struct vg_field_ref){
			.canonical = (int)i,
			.name = vg_slice_of(canonical_name[i])};
	return (struct vg_field_ref){.canonical = -1,
				     .name = e->field[i - F_N].name};
}

void vg_field_read_more(const struct vg_field_ref *f, const struct vg_event *e,
			struct vg_slice partner, struct vg_field_values *out)
{
	double number;

	if (f->alias != NULL) {
		vg_alias_read(f->alias, e, partner, out);
		return;
	}
	if (f->canonical < 0) {
		push_field(out, find(e, f->name));
		return;
	}
	switch (f->canonical) {
	case F_PARTNER:
		push(out, partner);
		break;
	case F_ORIGIN:
		push_origin(out, e, partner);
		break;
	case F_ACTOR:
	case F_TECHNIQUE:
	case F_INDICATOR:
		push_list(out, e, f->canonical);
		break;
	case F_SEVERITY:
	case F_CONFIDENCE:
	case F_COUNT:
		if (vg_field_number(f, e, &number))
			push_number(out, number);
		break;
	default:
		push_text(out, e, f->canonical);
	}
}

bool vg_field_number(const struct vg_field_ref *f, const struct vg_event *e,
		     double *out)
{
	const struct vg_field *found;

	if (f->alias != NULL)
		return vg_alias_number(f->alias, e, out);
	switch (f->canonical) {
	case F_SEVERITY:
		*out = e->severity;
		return true;
	case F_CONFIDENCE:
		*out = e->confidence;
		return e->confidence >= 0;
	case F_COUNT:
		*out = (double)e->count;
		return true;
	default:
		break;
	}
	found = f->canonical < 0 ? find(e, f->name) : NULL;
	if (found == NULL || found->type != VG_SCALAR_NUMBER)
		return false;
	*out = found->number;
	return true;
}
