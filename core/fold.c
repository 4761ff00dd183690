#include "core/fold.h"

#include <assert.h>
#include <utf8proc.h>

/* A name of 128 bytes has at most 42 characters of 3 bytes, and none becomes
 * more than 18 code points. */
enum { POINTS = 1024, DOT_ABOVE = 0x307, DOTLESS_I = 0x131 };

static const utf8proc_option_t HOW = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
				     UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
				     UTF8PROC_IGNORE;

/* ASCII: 0 = visible and no punctuation, else what it is. */
enum { SPACE = 1, PUNCTUATION, OTHER };

static uint8_t kind_of(unsigned char c)
{
	/* The punctuation of ASCII by its Unicode category; $+<=>^`|~ are
	 * symbols, and stay. */
	static const uint8_t kind[128] = {
		['!'] = PUNCTUATION, ['"'] = PUNCTUATION,  ['#'] = PUNCTUATION,
		['%'] = PUNCTUATION, ['&'] = PUNCTUATION,  ['\''] = PUNCTUATION,
		['('] = PUNCTUATION, [')'] = PUNCTUATION,  ['*'] = PUNCTUATION,
		[','] = PUNCTUATION, ['-'] = PUNCTUATION,  ['.'] = PUNCTUATION,
		['/'] = PUNCTUATION, [':'] = PUNCTUATION,  [';'] = PUNCTUATION,
		['?'] = PUNCTUATION, ['@'] = PUNCTUATION,  ['['] = PUNCTUATION,
		[']'] = PUNCTUATION, ['\\'] = PUNCTUATION, ['_'] = PUNCTUATION,
		['{'] = PUNCTUATION, ['}'] = PUNCTUATION,  [' '] = SPACE};

	return c < 128 ? kind[c] : OTHER;
}

/* The keys of an ASCII name; false at the first byte that is none. */
static bool fold_ascii(struct vg_slice name, struct vg_folded *out)
{
	uint32_t n = 0, s = 1;

	for (uint32_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		uint8_t kind = kind_of(c);

		if (kind == OTHER)
			return false;
		if (kind == SPACE && (n == 0 || out->key[n - 1] == ' '))
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c | 0x20);
		out->key[n++] = (char)c;
		out->squeezed[s] = (char)c;
		s += kind == 0;
	}
	if (n > 0 && out->key[n - 1] == ' ')
		n--;
	out->n = n;
	out->n_squeezed = s;
	return true;
}

static bool is_separator(utf8proc_category_t c)
{
	return c == UTF8PROC_CATEGORY_ZS || c == UTF8PROC_CATEGORY_ZL ||
	       c == UTF8PROC_CATEGORY_ZP;
}

static bool is_punctuation(utf8proc_category_t c)
{
	return c == UTF8PROC_CATEGORY_PC || c == UTF8PROC_CATEGORY_PD ||
	       c == UTF8PROC_CATEGORY_PS || c == UTF8PROC_CATEGORY_PE ||
	       c == UTF8PROC_CATEGORY_PI || c == UTF8PROC_CATEGORY_PF ||
	       c == UTF8PROC_CATEGORY_PO;
}

/* Compose and write `n` code points of `from`, which is overwritten. */
static uint32_t write_points(char *to, utf8proc_int32_t *from, size_t n)
{
	utf8proc_ssize_t len = utf8proc_reencode(
		from, (utf8proc_ssize_t)n, UTF8PROC_STABLE | UTF8PROC_COMPOSE);

	/* Every code point is valid: it comes from the decomposition. */
	assert(len >= 0 && len < VG_FOLD_ROOM - 1);
	memcpy(to, from, (size_t)len);
	return (uint32_t)len;
}

/* Turkish, and runs of spaces: code points to keep, at the front of `at`. */
static size_t clean(utf8proc_int32_t *at, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		utf8proc_int32_t c = at[i] == DOTLESS_I ? 'i' : at[i];

		if (is_separator(utf8proc_category(c)))
			c = ' ';
		if (c == DOT_ABOVE && kept > 0 && at[kept - 1] == 'i')
			continue;
		if (c == ' ' && (kept == 0 || at[kept - 1] == ' '))
			continue;
		at[kept++] = c;
	}
	return kept > 0 && at[kept - 1] == ' ' ? kept - 1 : kept;
}

static bool fold_unicode(struct vg_slice name, struct vg_folded *out)
{
	/* reencode() writes bytes over the points, with a NUL at the end. */
	utf8proc_int32_t points[POINTS + 1], squeezed[POINTS + 1];
	utf8proc_ssize_t got = utf8proc_decompose(
		(const utf8proc_uint8_t *)name.p, (utf8proc_ssize_t)name.n,
		points, POINTS, HOW);
	size_t n, s = 0;

	if (got < 0)
		return false;
	assert(got <= POINTS);
	n = clean(points, (size_t)got);
	for (size_t i = 0; i < n; i++) {
		utf8proc_category_t c = utf8proc_category(points[i]);

		if (!is_separator(c) && !is_punctuation(c))
			squeezed[s++] = points[i];
	}
	out->n = write_points(out->key, points, n);
	out->n_squeezed = 1 + write_points(out->squeezed + 1, squeezed, s);
	return true;
}

bool vg_fold(struct vg_slice name, struct vg_folded *out)
{
	if (name.n > VG_FOLD_NAME_MAX)
		return false;
	if (!fold_ascii(name, out) && !fold_unicode(name, out))
		return false;
	out->squeezed[0] = VG_FOLD_SQUEEZED;
	if (out->n_squeezed == 1)
		out->n_squeezed = 0;
	if (out->n == 0 && name.n > 0) {
		memcpy(out->key, name.p, name.n);
		out->n = name.n;
	}
	return true;
}
