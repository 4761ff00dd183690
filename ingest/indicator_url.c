#include "ingest/indicator.h"

#include "core/text.h"

#include <assert.h>

/* A text being read and its canonical form being written. The form is never
 * longer than what was read but for the "/" of an empty path and a bracketed
 * IPv6 host, both within VG_INDICATOR_GROWTH. */
struct cursor {
	const char *p, *end;
	char *out, *start;
};

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_unreserved(int c)
{
	return is_alpha((char)c) || is_digit((char)c) || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

/* True behind a "%" that begins no encoding: a byte decoded there could
 * complete one. The scheme stands before, so there are two bytes. */
static bool behind_stray(const struct cursor *c)
{
	assert(c->out - c->start >= 2);
	return c->out[-1] == '%' || c->out[-2] == '%';
}

/* Copy up to `stop`, percent-encodings made canonical: of an unreserved byte
 * decoded, others in upper case, broken ones as they are. */
static void copy_encoded(struct cursor *c, const char *stop)
{
	static const char upper[] = "0123456789ABCDEF";

	while (c->p < stop) {
		int hi = stop - c->p >= 3 && *c->p == '%' ? vg_text_hex(c->p[1])
							  : -1;
		int lo = hi >= 0 ? vg_text_hex(c->p[2]) : -1;

		if (lo < 0) {
			*c->out++ = *c->p++;
			continue;
		}
		c->p += 3;
		if (is_unreserved(hi * 16 + lo) && !behind_stray(c)) {
			*c->out++ = (char)(hi * 16 + lo);
			continue;
		}
		*c->out++ = '%';
		*c->out++ = upper[hi];
		*c->out++ = upper[lo];
	}
}

/* First of `set` from c->p on, or the end. */
static const char *until(const struct cursor *c, const char *set)
{
	const char *p = c->p;

	while (p < c->end && strchr(set, *p) == NULL)
		p++;
	return p;
}

static bool is_scheme_char(char c)
{
	return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
}

/* "scheme://", in lower case. */
static bool scheme(struct cursor *c)
{
	if (c->p == c->end || !is_alpha(*c->p))
		return false;
	while (c->p < c->end && is_scheme_char(*c->p))
		*c->out++ = lower(*c->p++);
	if (c->end - c->p < 3 || memcmp(c->p, "://", 3) != 0)
		return false;
	memcpy(c->out, "://", 3);
	c->out += 3;
	c->p += 3;
	return true;
}

/* "[v6]" at c->p, in its canonical form. */
static bool ipv6_host(struct cursor *c, const char *stop)
{
	const char *close = memchr(c->p, ']', (size_t)(stop - c->p));
	struct vg_slice v6;

	if (close == NULL || (close + 1 < stop && close[1] != ':'))
		return false;
	*c->out++ = '[';
	if (!vg_indicator_canon(
		    VG_INDICATOR_IPV6,
		    (struct vg_slice){c->p + 1, (uint32_t)(close - c->p - 1)},
		    c->out, &v6))
		return false;
	c->out += v6.n;
	*c->out++ = ']';
	c->p = close + 1;
	return true;
}

/* A host name, kept loosely: hostile URLs write addresses in many ways, and
 * each is an observable of its own. */
static bool name_host(struct cursor *c, const char *stop)
{
	const char *colon = memchr(c->p, ':', (size_t)(stop - c->p));
	const char *end = colon != NULL ? colon : stop;
	const char *from = c->out;

	while (c->p < end) {
		if (strchr("[]<>\"\\^`{|}", *c->p) != NULL)
			return false;
		*c->out++ = lower(*c->p++);
	}
	while (c->out > from && c->out[-1] == '.')
		c->out--;
	return c->out > from;
}

static bool is_default_port(struct vg_slice scheme, uint32_t port)
{
	static const struct {
		const char *scheme;
		uint32_t port;
	} known[] = {{"http", 80},
		     {"https", 443},
		     {"ws", 80},
		     {"wss", 443},
		     {"ftp", 21}};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (port == known[i].port &&
		    vg_slice_eq(scheme, vg_slice_of(known[i].scheme)))
			return true;
	}
	return false;
}

/* ":port" or nothing up to `stop`. */
static bool port(struct cursor *c, const char *stop)
{
	const char *colon = memchr(c->start, ':', (size_t)(c->out - c->start));
	struct vg_slice name = {c->start, (uint32_t)(colon - c->start)};
	uint32_t v = 0;

	if (c->p == stop)
		return true;
	assert(*c->p == ':');
	if (++c->p == stop)
		return true;
	while (c->p < stop && *c->p == '0' && c->p + 1 < stop)
		c->p++;
	const char *digits = c->p;
	for (; c->p < stop; c->p++) {
		if (!is_digit(*c->p))
			return false;
		v = v * 10 + (uint32_t)(*c->p - '0');
		if (v > 65535)
			return false;
	}
	if (is_default_port(name, v))
		return true;
	*c->out++ = ':';
	memcpy(c->out, digits, (size_t)(stop - digits));
	c->out += stop - digits;
	return true;
}

/* "[user@]host[:port]" up to `stop`. */
static bool authority(struct cursor *c, const char *stop)
{
	const char *at = stop;

	while (at > c->p && at[-1] != '@')
		at--;
	copy_encoded(c, at);
	if (c->p == stop)
		return false;
	bool host = *c->p == '[' ? ipv6_host(c, stop) : name_host(c, stop);
	return host && port(c, stop);
}

/* True when the segment of `n` bytes at `p` is "." (or ".." for dots 2). */
static bool is_dots(const char *p, size_t n, size_t dots)
{
	return n == dots && memcmp(p, "..", dots) == 0;
}

/* RFC 3986, section 5.2.4, in place: the path is [from, c->out). */
static void remove_dot_segments(struct cursor *c, char *from)
{
	const char *p = from, *end = c->out;
	char *out = from;

	while (p < end) {
		assert(*p == '/');
		const char *seg = p + 1;
		const char *stop = memchr(seg, '/', (size_t)(end - seg));
		bool last = stop == NULL;
		if (last)
			stop = end;
		size_t n = (size_t)(stop - seg);
		bool up = is_dots(seg, n, 2);

		if (up) {
			while (out > from && *--out != '/')
				;
		}
		if (up || is_dots(seg, n, 1)) {
			if (last)
				*out++ = '/';
		} else {
			memmove(out, p, n + 1);
			out += n + 1;
		}
		p = stop;
	}
	c->out = out;
}

/* The path up to `stop`; an empty one is "/". */
static void path(struct cursor *c, const char *stop)
{
	char *from = c->out;

	if (c->p == stop) {
		*c->out++ = '/';
		return;
	}
	copy_encoded(c, stop);
	remove_dot_segments(c, from);
}

bool vg_url_canon(struct vg_slice in, char *out, struct vg_slice *canon)
{
	struct cursor c = {in.p, in.p + in.n, out, out};

	for (uint32_t i = 0; i < in.n; i++) {
		unsigned char b = (unsigned char)in.p[i];

		if (b <= ' ' || b == 0x7f)
			return false;
	}
	if (!scheme(&c) || !authority(&c, until(&c, "/?#")))
		return false;
	path(&c, until(&c, "?#"));
	copy_encoded(&c, c.end);
	assert(c.out <= out + in.n + VG_INDICATOR_GROWTH);
	*canon = (struct vg_slice){out, (uint32_t)(c.out - out)};
	return true;
}
