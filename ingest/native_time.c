#include "ingest/native_find.h"
#include "ingest/native_words.h"

#include "core/timefmt.h"

#include <assert.h>
#include <math.h>

enum { TEXT_MAX = 40, DATE_TIME = 19 /* 2026-01-02T03:04:05 */ };

static const double TIME_END = 253402300800.0; /* the year 10000 */

/* A number since 1970 to ms, by its size. Rounded to the us before it is cut,
 * as a double holds no exact fraction of a second. */
static bool of_number(double d, int64_t *ms)
{
	static const double s_below = 1e11, ms_below = 1e14, us_below = 1e17;
	double us;

	if (!(d >= 0.0) || d > 1e21)
		return false;
	if (d < s_below)
		us = floor(d * 1e6 + 0.5);
	else if (d < ms_below)
		us = floor(d * 1e3 + 0.5);
	else if (d < us_below)
		us = floor(d);
	else
		us = floor(d / 1e3);
	if (us >= TIME_END * 1e6)
		return false;
	*ms = (int64_t)us / 1000;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where the zone begins: behind the seconds and their fraction. */
static uint32_t zone_at(const char *p, uint32_t n)
{
	uint32_t i = DATE_TIME;

	if (i < n && (p[i] == '.' || p[i] == ','))
		for (i++; i < n && is_digit(p[i]);)
			i++;
	return i;
}

/* The zone as RFC 3339 has it, appended to `out`; false when it is none. */
static bool add_zone(char *out, uint32_t *n, struct vg_slice zone)
{
	if (zone.n == 0 || (zone.n == 4 && memcmp(zone.p, " UTC", 4) == 0)) {
		out[(*n)++] = 'Z';
		return true;
	}
	if ((zone.n != 3 && zone.n != 5) ||
	    (zone.p[0] != '+' && zone.p[0] != '-'))
		return false;
	memcpy(out + *n, zone.p, 3);
	out[*n + 3] = ':';
	memcpy(out + *n + 4, zone.n == 5 ? zone.p + 3 : "00", 2);
	*n += 6;
	return true;
}

bool vg_native_time_text(struct vg_slice text, int64_t *ms)
{
	char out[TEXT_MAX + 8];
	double d;

	if (text.n == 0)
		return false;
	if (vg_time_parse(text, ms))
		return true;
	if (vg_native_number_text(text, &d))
		return of_number(d, ms);
	if (text.n < DATE_TIME || text.n > TEXT_MAX)
		return false;
	uint32_t n = zone_at(text.p, text.n);
	memcpy(out, text.p, n);
	if (out[10] == ' ')
		out[10] = 'T';
	if (n > DATE_TIME)
		out[DATE_TIME] = '.';
	const struct vg_slice zone = {text.p + n, text.n - n};
	assert(n <= TEXT_MAX);
	/* RFC 3339 with another spelling of the zone. */
	if (zone.n == 1 && (zone.p[0] == 'Z' || zone.p[0] == 'z'))
		out[n++] = 'Z';
	else if (zone.n == 6 && zone.p[3] == ':') {
		memcpy(out + n, zone.p, 6);
		n += 6;
	} else if (!add_zone(out, &n, zone))
		return false;
	return vg_time_parse((struct vg_slice){out, n}, ms);
}

bool vg_native_time_of(struct vg_reading *r, uint32_t tok, int64_t *ms)
{
	struct vg_slice text;

	tok = vg_native_first(r, tok);
	if (tok == VG_ABSENT)
		return false;
	if (vg_tok(r, tok)->type == VG_JSON_NUMBER)
		return of_number(vg_json_double(&r->s->json, tok), ms);
	return vg_tok(r, tok)->type == VG_JSON_STRING &&
	       vg_native_text(r, tok, &text) && vg_native_time_text(text, ms);
}
