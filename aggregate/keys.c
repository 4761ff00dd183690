#include "aggregate/keys.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

enum { ESCAPE = 0x1b, SHIFT = 0x40, FIRST_PLAIN = 0x20, SPAN_WIDTH = 4 };

int64_t vg_bucket_floor(int64_t t, int64_t width)
{
	int64_t rest = t % width;

	assert(width > 0);
	if (rest >= 0)
		return t - rest;
	return t < INT64_MIN + width ? INT64_MIN : t - rest - width;
}

unsigned vg_cell_width(unsigned agg)
{
	if (agg >= VG_AGG_TRACK_0 && agg < VG_AGG_STEPS_0)
		return SPAN_WIDTH;
	return agg == VG_AGG_ACCOUNT ? 1 : 2;
}

void vg_key(struct vg_buf *out, const char *topic, int32_t partition,
	    const char *suffix)
{
	vg_buf_str(out, "vg:{");
	vg_buf_str(out, topic);
	vg_buf_str(out, ":");
	vg_buf_i64(out, partition);
	vg_buf_str(out, "}:");
	vg_buf_str(out, suffix);
}

void vg_bucket_name(struct vg_buf *out, const struct vg_plan *plan,
		    struct vg_bucket_id id)
{
	if (id.agg == VG_AGG_ACCOUNT) {
		vg_buf_str(out, "a:");
	} else if (id.agg >= VG_AGG_TRACK_0) {
		vg_buf_str(out, "c:t-");
		vg_buf_str(out, vg_plan_track(plan, vg_agg_track(id.agg))->id);
		vg_buf_str(out, ":");
	} else {
		vg_buf_str(out, "c:");
		vg_buf_str(out, vg_series_info(id.agg)->name);
		vg_buf_str(out, ":");
		vg_buf_str(out, vg_res_name((enum vg_res)id.res));
		vg_buf_str(out, ":");
	}
	vg_buf_i64(out, id.start_ms);
}

/* The next decimal integer of *s, which is shortened; false when there is
 * none, it does not fit, or it is not in its one canonical form. */
static bool take_int(struct vg_slice *s, int64_t *out)
{
	bool minus = s->n > 0 && s->p[0] == '-';
	uint32_t i = minus ? 1 : 0, first = i;
	uint64_t v = 0, max = (uint64_t)INT64_MAX + (minus ? 1 : 0);

	for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		uint64_t d = (uint64_t)(s->p[i] - '0');

		if (v > (max - d) / 10)
			return false;
		v = v * 10 + d;
	}
	if (i == first || (i - first > 1 && s->p[first] == '0'))
		return false;
	*out = minus ? (v == 0 ? 0 : -(int64_t)(v - 1) - 1) : (int64_t)v;
	s->p += i;
	s->n -= i;
	return true;
}

/* Cut what is before the next ':' off *s; false when there is none. */
static bool take_part(struct vg_slice *s, struct vg_slice *out)
{
	const char *colon = s->n > 0 ? memchr(s->p, ':', s->n) : NULL;

	if (colon == NULL)
		return false;
	*out = (struct vg_slice){.p = s->p, .n = (uint32_t)(colon - s->p)};
	s->n -= out->n + 1;
	s->p = colon + 1;
	return true;
}

static bool take_res(struct vg_slice *s, uint8_t *out)
{
	struct vg_slice part;

	if (!take_part(s, &part))
		return false;
	for (uint8_t r = 0; r < VG_RES_N; r++) {
		struct vg_slice name = vg_slice_of(vg_res_name((enum vg_res)r));

		if (vg_slice_eq(part, name)) {
			*out = r;
			return true;
		}
	}
	return false;
}

/* "actor+country:1m:" or "t-0123456789abcdef:" */
static bool take_aggregate(struct vg_slice *s, const struct vg_plan *plan,
			   struct vg_bucket_id *id)
{
	struct vg_slice part;
	int found;

	if (!take_part(s, &part))
		return false;
	if (part.n > 2 && memcmp(part.p, "t-", 2) == 0) {
		part.p += 2;
		part.n -= 2;
		found = vg_plan_find_track(plan, part);
		if (found >= 0)
			id->agg = (uint16_t)vg_plan_agg(plan, (size_t)found);
		return found >= 0;
	}
	found = vg_series_find(part);
	id->agg = (uint16_t)found;
	return found >= 0 && take_res(s, &id->res);
}

bool vg_bucket_parse(const struct vg_plan *plan, struct vg_slice name,
		     struct vg_bucket_id *out)
{
	struct vg_bucket_id id = {.res = 0};
	struct vg_slice s = name, kind;

	if (name.n > VG_BUCKET_NAME_MAX || !take_part(&s, &kind))
		return false;
	if (vg_slice_eq(kind, vg_slice_of("a")))
		id.agg = VG_AGG_ACCOUNT;
	else if (!vg_slice_eq(kind, vg_slice_of("c")) ||
		 !take_aggregate(&s, plan, &id))
		return false;
	if (!take_int(&s, &id.start_ms) || s.n != 0)
		return false;
	*out = id;
	return true;
}

void vg_field_pack(struct vg_buf *out, struct vg_slice value)
{
	const char *p = value.p, *end = p + value.n, *from = p;

	if (out->n > 0)
		vg_buf_add(out, &(char){VG_FIELD_SEP}, 1);
	/* An actor who calls himself "~other" must not pass for a folded rest,
	 * which would make readers fold what others sent. */
	if (vg_slice_eq(value, vg_slice_of(VG_OTHER))) {
		vg_buf_add(out, (char[]){ESCAPE, (char)('~' + SHIFT)}, 2);
		from = ++p;
	}
	for (; p < end; p++) {
		if ((unsigned char)*p >= FIRST_PLAIN)
			continue;
		vg_buf_add(out, from, (size_t)(p - from));
		vg_buf_add(out, (char[]){ESCAPE, (char)(*p + SHIFT)}, 2);
		from = p + 1;
	}
	if (from < end)
		vg_buf_add(out, from, (size_t)(end - from));
}

unsigned vg_field_split(struct vg_slice field, struct vg_slice *part,
			unsigned max)
{
	unsigned n = 0;

	for (;;) {
		const char *sep =
			field.n > 0 ? memchr(field.p, VG_FIELD_SEP, field.n)
				    : NULL;

		if (n == max)
			return 0;
		part[n] = field;
		if (sep == NULL)
			return n + 1;
		part[n].n = (uint32_t)(sep - field.p);
		field.n -= part[n].n + 1;
		field.p = sep + 1;
		n++;
	}
}

bool vg_field_audience(struct vg_slice field, struct vg_slice *audience,
		       struct vg_slice *values)
{
	const char *sep =
		field.n > 0 ? memchr(field.p, VG_FIELD_SEP, field.n) : NULL;
	uint32_t n = sep != NULL ? (uint32_t)(sep - field.p) : 0;

	if (sep == NULL)
		return false;
	*audience = (struct vg_slice){.p = field.p, .n = n};
	*values = (struct vg_slice){.p = sep + 1, .n = field.n - n - 1};
	return true;
}

void vg_field_unescape(struct vg_buf *out, struct vg_slice part)
{
	for (uint32_t i = 0; i < part.n; i++) {
		char c = part.p[i];

		if (c == ESCAPE && i + 1 < part.n)
			c = (char)(part.p[++i] - SHIFT);
		vg_buf_add(out, &c, 1);
	}
}

void vg_cell_print(struct vg_buf *out, const int64_t *v, unsigned width)
{
	assert(width >= 1 && width <= VG_CELL_WIDTH_MAX);
	for (unsigned i = 0; i < width; i++) {
		if (i > 0)
			vg_buf_add(out, ",", 1);
		vg_buf_i64(out, v[i]);
	}
}

bool vg_cell_parse(struct vg_slice text, int64_t *v, unsigned width)
{
	int64_t got[VG_CELL_WIDTH_MAX];

	assert(width >= 1 && width <= VG_CELL_WIDTH_MAX);
	for (unsigned i = 0; i < width; i++) {
		if (i > 0) {
			if (text.n == 0 || text.p[0] != ',')
				return false;
			text.p++;
			text.n--;
		}
		if (!take_int(&text, &got[i]))
			return false;
	}
	if (text.n != 0)
		return false;
	memcpy(v, got, width * sizeof *v);
	return true;
}
