#include "decode_fix.h"

TestSuite(decode_hostile, .init = make_scratch, .fini = free_scratch);

static uint64_t next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* Change, drop, double or replace some bytes of `text`; returns its length. */
static size_t mutate(char *text, size_t n, uint64_t *seed)
{
	static const char *const words[] = {
		"null",	       "\"\"", "[",	  "]",	    "{}",
		"1e308",       "-1",   "\\u0000", "\xff",   "true",
		"\"recall\":", ",",    "\"id\"",  "\\ud800"};

	for (uint64_t k = 1 + next(seed) % 3; k > 0 && n > 0; k--) {
		size_t at = next(seed) % n;
		const char *w = words[next(seed) % 14];
		size_t len = next(seed) % 8;

		if (len > n - at)
			len = n - at;
		switch (next(seed) % 4) {
		case 0:
			text[at] = (char)next(seed);
			break;
		case 1:
			memmove(text + at, text + at + len, n - at - len);
			n -= len;
			break;
		case 2:
			memmove(text + at + len, text + at, n - at);
			n += len;
			break;
		default:
			memmove(text + at + strlen(w), text + at, n - at);
			memcpy(text + at, w, strlen(w));
			n += strlen(w);
		}
	}
	return n;
}

Test(decode_hostile, gives_any_mutated_record_exactly_one_verdict)
{
	unsigned seen[VG_VERDICT_N] = {0};
	uint64_t seed = 2026;
	char text[1024];

	for (int i = 0; i < 100000; i++) {
		memcpy(text, FULL, sizeof FULL);
		size_t n = mutate(text, sizeof FULL - 1, &seed);
		enum vg_verdict first = take(text, n); /* asserts the rest */
		cr_assert(eq(int, take(text, n), first));
		seen[first]++;
	}
	/* The mutations reach more than one kind of fault. */
	cr_assert(seen[ACCEPTED] > 0 && seen[VG_VERDICT_R_SYNTAX] > 0);
	cr_assert(seen[R_TYPE] > 0 && seen[R_VALUE] > 0 && seen[R_MISSING] > 0);
	cr_assert(seen[VG_VERDICT_R_UTF8] > 0);
}

Test(decode_hostile, survives_any_bytes)
{
	uint64_t seed = 1;
	char text[64];

	for (int i = 0; i < 100000; i++) {
		size_t n = next(&seed) % sizeof text;

		for (size_t k = 0; k < n; k++)
			text[k] = (char)next(&seed);
		cr_assert(vg_verdict_kind(take(text, n)) == 'r');
	}
}
