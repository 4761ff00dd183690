#include "alert/sigma_text.h"

#include <assert.h>
#include <string.h>

static void put(struct vg_buf *out, unsigned char c)
{
	vg_buf_add(out, &c, 1);
}

static bool is_special(unsigned char c)
{
	return c >= VG_GLOB_DASH;
}

void vg_sigma_text_read(struct vg_buf *out, struct vg_slice raw)
{
	for (uint32_t i = 0; i < raw.n; i++) {
		unsigned char c = (unsigned char)raw.p[i];
		unsigned char next =
			i + 1 < raw.n ? (unsigned char)raw.p[i + 1] : 0;

		if (c == '\\' && (next == '*' || next == '?' || next == '\\')) {
			put(out, next);
			i++;
		} else if (c == '*') {
			put(out, VG_GLOB_ANY);
		} else if (c == '?') {
			put(out, VG_GLOB_ONE);
		} else {
			put(out, c);
		}
	}
}

bool vg_sigma_text_is_plain(const struct vg_buf *text)
{
	for (size_t i = 0; i < text->n; i++)
		if (is_special((unsigned char)text->p[i]))
			return false;
	return true;
}

/* A letter, a digit or _; what is not ASCII is taken for a letter. */
static bool is_word(const struct vg_buf *text, size_t at)
{
	unsigned char c = (unsigned char)text->p[at];

	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '_' ||
	       (c >= 0x80 && !is_special(c));
}

void vg_sigma_text_dashes(struct vg_buf *text)
{
	for (size_t i = 0; i + 1 < text->n; i++)
		if ((text->p[i] == '-' || text->p[i] == '/') &&
		    (i == 0 || !is_word(text, i - 1)) && is_word(text, i + 1))
			text->p[i] = (char)VG_GLOB_DASH;
}

/* The character at *at of UTF-8, which goes on behind it. */
static uint32_t read_one(const struct vg_buf *text, size_t *at)
{
	unsigned char c = (unsigned char)text->p[(*at)++];
	unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	uint32_t code = more == 0 ? c : c & (0x3fu >> more);

	for (; more > 0 && *at < text->n; more--)
		code = code << 6 | ((unsigned char)text->p[(*at)++] & 0x3f);
	return code;
}

static void put_unit(struct vg_buf *out, uint32_t unit, bool big)
{
	unsigned char high = (unsigned char)(unit >> 8 & 0xff);
	unsigned char low = (unsigned char)(unit & 0xff);

	put(out, big ? high : low);
	put(out, big ? low : high);
}

void vg_sigma_text_widen(struct vg_buf *out, const struct vg_buf *text,
			 enum vg_sigma_wide wide)
{
	bool big = wide == VG_SIGMA_WIDE_BE;

	assert(wide != VG_SIGMA_WIDE_NO);
	if (wide == VG_SIGMA_WIDE_BOM)
		put_unit(out, 0xfeff, false);
	for (size_t at = 0; at < text->n;) {
		uint32_t code = read_one(text, &at);

		if (code < 0x10000) {
			put_unit(out, code, big);
			continue;
		}
		code -= 0x10000;
		put_unit(out, 0xd800 + (code >> 10 & 0x3ff), big);
		put_unit(out, 0xdc00 + (code & 0x3ff), big);
	}
}

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Sextet `i` of the bytes of `text` behind `before` bytes that are not known.
 */
static unsigned sextet(const struct vg_buf *text, size_t before, size_t i)
{
	unsigned v = 0;

	for (size_t bit = 6 * i; bit < 6 * i + 6; bit++) {
		size_t at = bit / 8;
		unsigned char c = at >= before && at - before < text->n
					  ? (unsigned char)text->p[at - before]
					  : 0;

		v = v << 1 | ((unsigned)c >> (7 - bit % 8) & 1u);
	}
	return v;
}

void vg_sigma_text_base64(struct vg_buf *out, const struct vg_buf *text,
			  int shift)
{
	size_t before = shift > 0 ? (size_t)shift : 0;
	size_t bits = 8 * (before + text->n);
	/* The first sextet that is the text's alone, and behind the last. */
	size_t first = (8 * before + 5) / 6;
	size_t end = shift == VG_SIGMA_ALONE ? (bits + 5) / 6 : bits / 6;

	assert(shift < VG_SIGMA_SHIFTS);
	for (size_t i = first; i < end; i++)
		put(out, (unsigned char)digits[sextet(text, before, i)]);
	for (size_t i = end; shift == VG_SIGMA_ALONE && i % 4 != 0; i++)
		put(out, '=');
}

void vg_sigma_text_pattern(struct vg_buf *out, const struct vg_buf *text,
			   enum vg_glob_form form)
{
	if (form == VG_GLOB_SUFFIX || form == VG_GLOB_CONTAINS)
		put(out, '*');
	for (size_t i = 0; i < text->n; i++) {
		unsigned char c = (unsigned char)text->p[i];

		if (c == '*' || c == '?' || c == '\\')
			put(out, '\\');
		if (c == VG_GLOB_ANY)
			put(out, '*');
		else if (c == VG_GLOB_ONE)
			put(out, '?');
		else
			put(out, c);
	}
	if (form == VG_GLOB_PREFIX || form == VG_GLOB_CONTAINS)
		put(out, '*');
}
