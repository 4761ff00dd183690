#include "alert/exact_sum.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

/* Digit i weighs 2^(32 i - BIAS). */
enum { BIAS = 1152, DIGIT = 32, MANTISSA = 53 };

static const int64_t base = INT64_C(1) << DIGIT;
static const uint64_t low = 0xffffffff;

/* A positive number as the top 128 bits of hi:lo, the highest one set, times
 * 2^power; `rest` says that lower bits were not all 0. */
struct wide {
	uint64_t hi, lo;
	int power;
	bool rest;
};

static void add_at(struct vg_exact_sum *s, int i, int64_t v)
{
	for (; v != 0 && i < VG_EXACT_DIGITS - 1; i++) {
		int64_t sum = s->digit[i] + v;
		int64_t digit = sum & (int64_t)low;

		s->digit[i] = digit;
		v = (sum - digit) / base;
		s->high = i > s->high ? i : s->high;
	}
	if (v == 0)
		return;
	s->digit[VG_EXACT_DIGITS - 1] += v;
	s->high = VG_EXACT_DIGITS - 1;
}

static void add_some(struct vg_exact_sum *s, double x, int64_t n)
{
	int power = 0;
	double fraction = frexp(fabs(x), &power);
	uint64_t m = (uint64_t)ldexp(fraction, MANTISSA);
	int at = power - MANTISSA + BIAS, shift = at % DIGIT;
	uint64_t first = (m & low) << shift;
	uint64_t second = ((m >> DIGIT) << shift) + (first >> DIGIT);

	assert(at >= 0);
	if (x < 0)
		n = -n;
	at /= DIGIT;
	add_at(s, at, (int64_t)(first & low) * n);
	add_at(s, at + 1, (int64_t)(second & low) * n);
	add_at(s, at + 2, (int64_t)(second >> DIGIT) * n);
}

void vg_exact_add(struct vg_exact_sum *s, double x, int64_t n)
{
	static const int64_t most = INT64_C(1) << 30; /* a digit's product */

	assert(isfinite(x) && n < base && n > -base);
	if (x == 0)
		return;
	for (; n > most; n -= most)
		add_some(s, x, most);
	for (; n < -most; n += most)
		add_some(s, x, -most);
	add_some(s, x, n);
}

/* -s, where s is below 0. */
static struct vg_exact_sum negated(const struct vg_exact_sum *s)
{
	struct vg_exact_sum out = {.high = VG_EXACT_DIGITS - 1};
	int64_t borrow = 0;

	for (int i = 0; i < VG_EXACT_DIGITS - 1; i++) {
		int64_t v = -s->digit[i] - borrow;

		borrow = v < 0;
		out.digit[i] = v + borrow * base;
	}
	out.digit[VG_EXACT_DIGITS - 1] =
		-s->digit[VG_EXACT_DIGITS - 1] - borrow;
	return out;
}

static uint64_t digit_at(const struct vg_exact_sum *s, int i)
{
	return i >= 0 ? (uint64_t)s->digit[i] : 0;
}

/* The top of s, whose highest digit that is not 0 is `high`. */
static struct wide top_of(const struct vg_exact_sum *s, int high)
{
	uint64_t a = digit_at(s, high) << DIGIT | digit_at(s, high - 1);
	uint64_t b = digit_at(s, high - 2) << DIGIT | digit_at(s, high - 3);
	uint64_t c = digit_at(s, high - 4) << DIGIT;
	struct wide w = {a, b, DIGIT * (high - 3) - BIAS, false};

	for (int i = high - 5; i >= 0 && !w.rest; i--)
		w.rest = s->digit[i] != 0;
	while ((w.hi >> 63) == 0) {
		w.hi = w.hi << 1 | w.lo >> 63;
		w.lo = w.lo << 1 | c >> 63;
		c <<= 1;
		w.power--;
	}
	w.rest = w.rest || c != 0;
	return w;
}

/* By schoolbook, bit for bit: n may have 63 of them. */
static void divide(struct wide *w, uint64_t n)
{
	struct wide q = {0, 0, w->power, w->rest};
	uint64_t left = 0;

	for (int i = 127; i >= 0; i--) {
		uint64_t bit = (i >= 64 ? w->hi >> (i - 64) : w->lo >> i) & 1;

		left = left << 1 | bit;
		q.hi = q.hi << 1 | q.lo >> 63;
		q.lo = q.lo << 1;
		if (left >= n) {
			left -= n;
			q.lo |= 1;
		}
	}
	q.rest = q.rest || left != 0;
	assert(q.hi != 0);
	while ((q.hi >> 63) == 0) {
		q.hi = q.hi << 1 | q.lo >> 63;
		q.lo <<= 1;
		q.power--;
	}
	*w = q;
}

static double round_once(const struct wide *w)
{
	enum { DROPPED = 64 - MANTISSA };
	uint64_t kept = w->hi >> DROPPED, half = UINT64_C(1) << (DROPPED - 1);
	uint64_t cut = w->hi & (2 * half - 1);
	bool rest = w->rest || w->lo != 0;

	if (cut > half || (cut == half && (rest || (kept & 1) != 0)))
		kept++;
	double v = ldexp((double)kept, w->power + 64 + DROPPED);
	return isfinite(v) ? v : DBL_MAX;
}

static double read_positive(const struct vg_exact_sum *s, int64_t n)
{
	int high = s->high;

	while (high >= 0 && s->digit[high] == 0)
		high--;
	if (high < 0)
		return 0;
	struct wide w = top_of(s, high);
	if (n > 1)
		divide(&w, (uint64_t)n);
	return round_once(&w);
}

double vg_exact_read(const struct vg_exact_sum *s, int64_t n)
{
	assert(n >= 1);
	if (s->digit[VG_EXACT_DIGITS - 1] >= 0)
		return read_positive(s, n);
	const struct vg_exact_sum positive = negated(s);
	return -read_positive(&positive, n);
}
