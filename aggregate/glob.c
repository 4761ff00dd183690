#include "aggregate/glob.h"

#include <assert.h>

static unsigned char small(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

/* A run of * is one *. */
static size_t add(char *out, size_t n, unsigned char c)
{
	if (c == VG_GLOB_ANY && n > 0 &&
	    (unsigned char)out[n - 1] == VG_GLOB_ANY)
		return n;
	out[n] = (char)c;
	return n + 1;
}

/* The wildcard or character at *p, which goes on behind it. */
static unsigned char read_one(const char **p, const char *end)
{
	unsigned char c = (unsigned char)*(*p)++;

	if (c == '\\' && *p < end && (**p == '*' || **p == '?' || **p == '\\'))
		return (unsigned char)*(*p)++;
	return c == '*' ? VG_GLOB_ANY : c == '?' ? VG_GLOB_ONE : c;
}

size_t vg_glob_compile(char *out, struct vg_slice pattern,
		       enum vg_glob_form form, bool fold)
{
	const char *p = pattern.p, *end = p + pattern.n;
	size_t n = 0;

	if (form == VG_GLOB_SUFFIX || form == VG_GLOB_CONTAINS)
		n = add(out, n, VG_GLOB_ANY);
	while (p < end) {
		unsigned char c = form == VG_GLOB_WILDCARD
					  ? read_one(&p, end)
					  : (unsigned char)*p++;

		n = add(out, n, fold ? small(c) : c);
	}
	if (form == VG_GLOB_PREFIX || form == VG_GLOB_CONTAINS)
		n = add(out, n, VG_GLOB_ANY);
	assert(n <= (size_t)pattern.n + 2);
	return n;
}

/* Behind the character at `at`. */
static uint32_t next(struct vg_slice text, uint32_t at)
{
	at++;
	while (at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80)
		at++;
	return at;
}

/* Bytes of the sign that begins an option at `at`; 0: there is none. */
static uint32_t dash(struct vg_slice text, uint32_t at)
{
	const unsigned char *p = (const unsigned char *)text.p + at;

	if (*p == '-' || *p == '/')
		return 1;
	return text.n - at >= 3 && p[0] == 0xe2 && p[1] == 0x80 &&
			       p[2] >= 0x93 && p[2] <= 0x95
		       ? 3
		       : 0;
}

/* True when the byte `want` of a pattern stands for more than itself. */
static bool is_special(unsigned char want)
{
	return want >= VG_GLOB_DASH;
}

/* Behind what the byte `want` of a pattern takes at `t`; t itself: it does not
 * fit there. */
static uint32_t take(unsigned char want, struct vg_slice text, uint32_t t,
		     bool fold)
{
	unsigned char got = (unsigned char)text.p[t];

	if (want == VG_GLOB_ONE)
		return next(text, t);
	if (want == VG_GLOB_DASH)
		return t + dash(text, t);
	return want == (fold ? small(got) : got) ? t + 1 : t;
}

/* The first place from `at` on where the glob from `g` on may begin to fit:
 * none before it has its first byte. */
static uint32_t seek(struct vg_slice glob, uint32_t g, struct vg_slice text,
		     uint32_t at, bool fold)
{
	unsigned char want = g < glob.n ? (unsigned char)glob.p[g] : 0;
	const char *found;

	if (g == glob.n || is_special(want) || at >= text.n)
		return at;
	if (fold) {
		while (at < text.n && small((unsigned char)text.p[at]) != want)
			at++;
		return at;
	}
	found = memchr(text.p + at, want, text.n - at);
	return found != NULL ? (uint32_t)(found - text.p) : text.n;
}

/* After a mismatch only the last * may take more: an earlier one that took
 * more would only leave less to the last. So the steps are at most the product
 * of both lengths. */
bool vg_glob_fits(struct vg_slice glob, struct vg_slice text, bool fold)
{
	uint32_t g = 0, t = 0, star = UINT32_MAX, taken = 0;

	while (t < text.n) {
		unsigned char want = g < glob.n ? (unsigned char)glob.p[g] : 0;
		uint32_t after = g < glob.n ? take(want, text, t, fold) : t;

		if (g < glob.n && want == VG_GLOB_ANY) {
			star = g++;
			taken = t = seek(glob, g, text, t, fold);
		} else if (after > t) {
			g++;
			t = after;
		} else if (star != UINT32_MAX) {
			g = star + 1;
			taken = t =
				seek(glob, g, text, next(text, taken), fold);
		} else {
			return false;
		}
		if (g == glob.n && star == glob.n - 1)
			return true; /* it ends with a *, which takes the rest
				      */
	}
	while (g < glob.n && (unsigned char)glob.p[g] == VG_GLOB_ANY)
		g++;
	return g == glob.n;
}
