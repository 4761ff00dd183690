#include "ingest/canonical_read.h"

#include "core/timefmt.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const double SECONDS_BELOW = 1e11;
static const int64_t TIME_MAX = INT64_C(253402300799999); /* end of 9999 */
static const double INTEGER_MAX = 9007199254740992.0;	  /* 2^53 */

static const char *const type_names[] = {
	[VG_JSON_NULL] = "null",	[VG_JSON_FALSE] = "a boolean",
	[VG_JSON_TRUE] = "a boolean",	[VG_JSON_NUMBER] = "a number",
	[VG_JSON_STRING] = "a string",	[VG_JSON_ARRAY] = "a list",
	[VG_JSON_OBJECT] = "an object",
};

/* Say where in its list or object a value stands: by position, and under
 * `fields` also by name, made printable and cut. */
static void add_place(const struct vg_reading *r)
{
	struct vg_decoded *out = r->out;
	size_t n = strlen(out->reason);
	char name[33];
	size_t len = r->name.n < sizeof name - 1 ? r->name.n : sizeof name - 1;

	for (size_t i = 0; i < len; i++) {
		char c = r->name.p[i];

		name[i] = (char)(c > ' ' && c < 0x7f && c != '"' ? c : '?');
	}
	name[len] = '\0';
	snprintf(out->reason + n, sizeof out->reason - n,
		 len > 0 ? " (number %d, \"%s\")" : " (number %d)",
		 r->element + 1, name);
}

bool vg_refuse(struct vg_reading *r, enum vg_verdict v, const char *fmt, ...)
{
	va_list args;

	assert(vg_verdict_kind(v) == 'r');
	r->out->verdict = v;
	va_start(args, fmt);
	vsnprintf(r->out->reason, sizeof r->out->reason, fmt, args);
	va_end(args);
	if (r->element >= 0)
		add_place(r);
	return false;
}

bool vg_read_type(struct vg_reading *r, uint32_t i, enum vg_json_type type,
		  const char *member)
{
	if (vg_tok(r, i)->type == (uint8_t)type)
		return true;
	return vg_refuse(r, VG_VERDICT_R_TYPE, "%s: must be %s", member,
			 type_names[type]);
}

char *vg_scratch_room(struct vg_scratch *s, size_t n)
{
	assert(s->used <= sizeof s->text);
	return n <= sizeof s->text - s->used ? s->text + s->used : NULL;
}

bool vg_read_escaped(struct vg_reading *r, uint32_t i, const char *member,
		     struct vg_slice *out)
{
	struct vg_scratch *s = r->s;
	size_t cap = vg_tok(r, i)->len; /* it only gets shorter */
	size_t n = 0;
	char *room = vg_scratch_room(s, cap);

	if (room == NULL || !vg_json_unescape(&s->json, i, room, cap, &n))
		return vg_refuse(r, VG_VERDICT_R_SIZE, "%s: too long", member);
	assert(n <= cap);
	s->used += n;
	out->p = room;
	out->n = (uint32_t)n;
	return true;
}

bool vg_read_text(struct vg_reading *r, uint32_t i, const char *member,
		  struct vg_slice *out)
{
	return vg_read_type(r, i, VG_JSON_STRING, member) &&
	       vg_read_raw(r, i, member, out);
}

static bool has_control(struct vg_slice t)
{
	for (uint32_t i = 0; i < t.n; i++) {
		unsigned char c = (unsigned char)t.p[i];

		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

bool vg_check_name(struct vg_reading *r, struct vg_slice text,
		   const char *member, uint32_t max)
{
	if (text.n == 0)
		return vg_refuse(r, VG_VERDICT_R_VALUE, "%s: empty", member);
	if (text.n > max)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "%s: longer than %u bytes", member,
				 (unsigned)max);
	if (has_control(text))
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "%s: has a control character", member);
	return true;
}

bool vg_read_name(struct vg_reading *r, uint32_t i, const char *member,
		  uint32_t max, struct vg_slice *out)
{
	struct vg_slice text;

	if (!vg_read_text(r, i, member, &text) ||
	    !vg_check_name(r, text, member, max))
		return false;
	*out = text;
	return true;
}

bool vg_read_word(struct vg_reading *r, uint32_t i, const char *member,
		  enum vg_vocab list, int *out)
{
	struct vg_slice text;

	if (!vg_read_text(r, i, member, &text))
		return false;
	int word = vg_vocab_find(list, text);
	if (word < 0)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "%s: not a word of its list", member);
	*out = word;
	return true;
}

/* The whole number that token `i` is; false when it has a fraction. */
static bool whole(const struct vg_reading *r, uint32_t i, int64_t *out)
{
	if (vg_json_int(&r->s->json, i, out))
		return true;
	double d = vg_json_double(&r->s->json, i);
	if (d != floor(d) || fabs(d) > INTEGER_MAX)
		return false;
	*out = (int64_t)d;
	return true;
}

bool vg_read_int(struct vg_reading *r, uint32_t i, const char *member,
		 const int64_t range[2], int64_t *out)
{
	int64_t v = 0;

	if (!vg_read_type(r, i, VG_JSON_NUMBER, member))
		return false;
	if (!whole(r, i, &v) || v < range[0] || v > range[1])
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "%s: must be a whole number from %lld to %lld",
				 member, (long long)range[0],
				 (long long)range[1]);
	*out = v;
	return true;
}

/* An epoch number to ms; false when negative or past 9999. */
static bool epoch_ms(const struct vg_reading *r, uint32_t i, int64_t *ms)
{
	double d = vg_json_double(&r->s->json, i);

	if (!(d >= 0.0) || d > (double)TIME_MAX)
		return false;
	if (d < SECONDS_BELOW)
		d *= 1000.0;
	*ms = (int64_t)floor(d + 0.5);
	return true;
}

bool vg_read_time(struct vg_reading *r, uint32_t i, const char *member,
		  int64_t *ms)
{
	struct vg_slice text;

	if (vg_tok(r, i)->type == VG_JSON_NUMBER) {
		if (epoch_ms(r, i, ms))
			return true;
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "%s: not within 1970 to 9999", member);
	}
	if (vg_tok(r, i)->type != VG_JSON_STRING)
		return vg_refuse(r, VG_VERDICT_R_TYPE,
				 "%s: must be a string or a number", member);
	if (!vg_read_raw(r, i, member, &text))
		return false;
	if (vg_time_parse(text, ms))
		return true;
	return vg_refuse(r, VG_VERDICT_R_VALUE,
			 "%s: not an RFC 3339 time with a zone within 1970 to "
			 "9999",
			 member);
}
