/*
 * Numbers. Most are exact in a double: at most 2^53 as digits and a power of
 * ten up to 10^22, so that one multiplication or division rounds once
 * (Clinger). The rest goes to strtod() as digits and exponent without a radix
 * character, the one thing in a number that a locale can change.
 */
#include "core/json_parts.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A double's decimal expansion, and half-way between two, has at most 768
 * significant digits: what lies beyond counts only as "more than 0". */
enum { DIGITS_MAX = 780, EXACT_POWER = 22, EXPONENT_CAP = 100000 };
#define EXACT_MAX UINT64_C(9007199254740992) /* 2^53 */

struct decimal {
	char digit[DIGITS_MAX + 1]; /* without leading zeros */
	unsigned n;
	int64_t exponent; /* of ten, for the last digit */
	bool negative, more;
};

static void add_digit(struct decimal *d, char c, bool fraction)
{
	bool drop = d->n == DIGITS_MAX;

	if (drop)
		d->more = d->more || c != '0';
	else if (d->n > 0 || c != '0')
		d->digit[d->n++] = c;
	/* A dropped digit before the point still multiplies by ten. */
	if (fraction && !drop)
		d->exponent--;
	else if (!fraction && drop)
		d->exponent++;
}

static int64_t read_exponent(const char *p, const char *end)
{
	bool negative = *p == '-';
	int64_t v = 0;

	if (*p == '-' || *p == '+')
		p++;
	for (; p < end; p++)
		if (v < INT64_C(1) << 40) /* past any text's digits */
			v = v * 10 + (*p - '0');
	return negative ? -v : v;
}

static void read_decimal(struct decimal *d, const char *p, const char *end)
{
	bool fraction = false;

	d->n = 0;
	d->exponent = 0;
	d->more = false;
	d->negative = *p == '-';
	if (d->negative)
		p++;
	for (; p < end && *p != 'e' && *p != 'E'; p++) {
		if (*p == '.')
			fraction = true;
		else
			add_digit(d, *p, fraction);
	}
	if (p < end)
		d->exponent += read_exponent(p + 1, end);
}

/* False when one rounding cannot be had this way. */
static bool exact(const struct decimal *d, double *out)
{
	static const double power[EXACT_POWER + 1] = {
		1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,
		1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
		1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	uint64_t m = 0;

	if (d->n > 16 || d->exponent > EXACT_POWER ||
	    d->exponent < -EXACT_POWER)
		return false;
	for (unsigned i = 0; i < d->n; i++)
		m = m * 10 + (uint64_t)(d->digit[i] - '0');
	if (m > EXACT_MAX)
		return false;
	*out = d->exponent < 0 ? (double)m / power[-d->exponent]
			       : (double)m * power[d->exponent];
	return true;
}

static double by_strtod(struct decimal *d)
{
	char text[DIGITS_MAX + 32];
	int64_t e = d->exponent;

	if (d->n == 0)
		return 0;
	if (d->more) { /* a 1 below the last kept digit */
		d->digit[d->n++] = '1';
		e--;
	}
	if (e > EXPONENT_CAP)
		e = EXPONENT_CAP;
	if (e < -EXPONENT_CAP)
		e = -EXPONENT_CAP;
	int n = snprintf(text, sizeof text, "%.*se%d", (int)d->n, d->digit,
			 (int)e);
	assert(n > 0 && (size_t)n < sizeof text);
	(void)n; /* without asserts */
	return strtod(text, NULL);
}

double vg_json_number(const char *p, size_t n)
{
	struct decimal d;
	double v;

	assert(n > 0);
	read_decimal(&d, p, p + n);
	if (!exact(&d, &v))
		v = by_strtod(&d);
	return d.negative ? -v : v;
}

bool vg_json_number_finite(const char *p, size_t n)
{
	return isfinite(vg_json_number(p, n));
}
