#include "ingest/canonical_plain.h"

#include "core/config.h"
#include "core/timefmt.h"
#include "core/vocab.h"
#include "ingest/canonical_digits.h"

/* Below this, a time is in seconds. */
#define SECONDS_BELOW INT64_C(100000000000)
#define TIME_MAX      INT64_C(253402300799999) /* end of 9999 */

static const char *word_at(const struct vg_plain *f, const char *p,
			   enum vg_vocab list, int *out)
{
	struct vg_slice text;

	p = vg_plain_text(f, p, &text);
	if (p == NULL)
		return NULL;
	*out = vg_vocab_find(list, text);
	return *out >= 0 ? p : NULL;
}

static const char *within(const struct vg_plain *f, const char *p, int64_t low,
			  int64_t high, int *out)
{
	int64_t v;

	p = vg_plain_whole(f, p, &v);
	if (p == NULL || v < low || v > high)
		return NULL;
	*out = (int)v;
	return p;
}

const char *vg_plain_id(struct vg_plain *f, const char *p)
{
	return vg_plain_name(f, p, VG_ID_MAX, &f->e->id);
}

const char *vg_plain_time(struct vg_plain *f, const char *p)
{
	struct vg_slice text;
	int64_t v;

	if (p < f->end && *p == '"') {
		p = vg_plain_text(f, p, &text);
		return p != NULL && vg_time_parse(text, &f->e->time_ms) ? p
									: NULL;
	}
	p = vg_plain_whole(f, p, &v);
	if (p == NULL || v > TIME_MAX)
		return NULL;
	f->e->time_ms = v < SECONDS_BELOW ? v * 1000 : v;
	return p;
}

const char *vg_plain_partner(struct vg_plain *f, const char *p)
{
	return vg_plain_text(f, p, &f->e->partner);
}

const char *vg_plain_sensor(struct vg_plain *f, const char *p)
{
	return vg_plain_name(f, p, VG_SENSOR_MAX, &f->e->sensor);
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

	p = vg_plain_text(f, p, &text);
	if (p == NULL || text.n != 2 ||
	    vg_country_read(text, &f->e->source_country) != VG_COUNTRY_ONE)
		return NULL;
	return p;
}

const char *vg_plain_country(struct vg_plain *f, const char *p)
{
	struct vg_slice text;

	p = vg_plain_text(f, p, &text);
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

	p = vg_plain_text(f, p, &text);
	if (p == NULL)
		return NULL;
	label = vg_tlp_find(text);
	if (label < 0)
		return NULL;
	f->e->label = (enum vg_tlp)label;
	f->e->has_label = true;
	return p;
}
