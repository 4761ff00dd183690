#include "ingest/indicator.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>

enum {
	DOMAIN_MAX = 253,
	LABEL_MAX = 63,
	LOCAL_MAX = 64,
	EMAIL_MAX = 254,
	IPV6_TEXT_MAX = 45,
	IPV6_WORDS = 8
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static void copy_lower(char *out, const char *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = lower(p[i]);
}

static bool is_lower_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z');
}

/* Past one number of a dotted quad; NULL when it is none. No leading zeros, as
 * some read those as octal. */
static const char *quad_number(const char *p, const char *end)
{
	const char *from = p;
	unsigned v = 0;

	for (; p < end && is_digit(*p) && p - from < 3; p++)
		v = v * 10 + (unsigned)(*p - '0');
	return p > from && v <= 255 && (*from != '0' || p - from == 1) ? p
								       : NULL;
}

static bool canon_ipv4(struct vg_slice in, char *out, struct vg_slice *canon)
{
	const char *end = in.p + in.n, *p = quad_number(in.p, end);

	(void)out;
	for (int part = 1; part < 4; part++) {
		if (p == NULL || p == end || *p != '.')
			return false;
		p = quad_number(p + 1, end);
	}
	if (p != end)
		return false;
	*canon = in;
	return true;
}

/* The longest run of at least two zero words, the first of equals: its start,
 * and its length in *len (0 when there is none). */
static int longest_zeros(const unsigned w[IPV6_WORDS], int *len)
{
	int best = -1;

	*len = 0;
	for (int i = 0; i < IPV6_WORDS;) {
		int k = i;

		while (k < IPV6_WORDS && w[k] == 0)
			k++;
		if (k - i >= 2 && k - i > *len) {
			best = i;
			*len = k - i;
		}
		i = k + 1;
	}
	return best;
}

/* Lower-case hex of `v` without leading zeros; returns its end. */
static char *put_hex(char *p, unsigned v)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && (v >> shift) == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = digits[(v >> shift) & 15];
	return p;
}

/* RFC 5952, section 4; returns the end. */
static char *put_ipv6(char *p, const unsigned w[IPV6_WORDS])
{
	int len;
	int zeros = longest_zeros(w, &len);

	for (int i = 0; i < IPV6_WORDS; i++) {
		if (i == zeros) {
			*p++ = ':';
			*p++ = ':';
			i += len - 1;
			continue;
		}
		if (i > 0 && p[-1] != ':')
			*p++ = ':';
		p = put_hex(p, w[i]);
	}
	return p;
}

static bool canon_ipv6(struct vg_slice in, char *out, struct vg_slice *canon)
{
	char text[IPV6_TEXT_MAX + 1];
	unsigned char b[16];
	unsigned w[IPV6_WORDS];
	char *end = out;

	if (in.n > IPV6_TEXT_MAX || memchr(in.p, '\0', in.n) != NULL)
		return false;
	memcpy(text, in.p, in.n);
	text[in.n] = '\0';
	if (inet_pton(AF_INET6, text, b) != 1)
		return false;

	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	if (memcmp(b, mapped, sizeof mapped) == 0) {
		/* RFC 5952, section 5: known to hold an IPv4 address. */
		end += snprintf(end, VG_INDICATOR_GROWTH, "::ffff:%d.%d.%d.%d",
				b[12], b[13], b[14], b[15]);
	} else {
		for (int i = 0; i < IPV6_WORDS; i++)
			w[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
		end = put_ipv6(end, w);
	}
	assert(end - out < VG_INDICATOR_GROWTH);
	*canon = (struct vg_slice){out, (uint32_t)(end - out)};
	return true;
}

/* A label of lower-case text: 1..63 of a-z 0-9 - _, no hyphen at an end. */
static bool is_label(const char *p, uint32_t n)
{
	if (n == 0 || n > LABEL_MAX || p[0] == '-' || p[n - 1] == '-')
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!is_lower_alnum(p[i]) && p[i] != '-' && p[i] != '_')
			return false;
	}
	return true;
}

static bool is_number(const char *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!is_digit(p[i]))
			return false;
	}
	return n > 0;
}

static bool canon_domain(struct vg_slice in, char *out, struct vg_slice *canon)
{
	uint32_t n = in.n;
	uint32_t from = 0, last = 0;

	if (n > 0 && in.p[n - 1] == '.')
		n--;
	if (n > DOMAIN_MAX)
		return false;
	copy_lower(out, in.p, n);
	for (uint32_t i = 0; i <= n; i++) {
		if (i < n && out[i] != '.')
			continue;
		if (!is_label(out + from, i - from))
			return false;
		last = from;
		from = i + 1;
	}
	if (is_number(out + last, n - last))
		return false; /* an address, or nothing that DNS has */
	*canon = (struct vg_slice){out, n};
	return true;
}

static bool canon_hex(struct vg_slice in, uint32_t digits, char *out,
		      struct vg_slice *canon)
{
	if (in.n != digits)
		return false;
	for (uint32_t i = 0; i < digits; i++) {
		char c = lower(in.p[i]);

		if (!is_digit(c) && (c < 'a' || c > 'f'))
			return false;
		out[i] = c;
	}
	*canon = (struct vg_slice){out, digits};
	return true;
}

static bool canon_sha256(struct vg_slice in, char *out, struct vg_slice *canon)
{
	return canon_hex(in, 64, out, canon);
}

static bool canon_md5(struct vg_slice in, char *out, struct vg_slice *canon)
{
	return canon_hex(in, 32, out, canon);
}

/* RFC 5322 atext in lower case, or beyond ASCII (RFC 6532). */
static bool is_atext(char c)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~";

	return is_lower_alnum(c) || (unsigned char)c >= 0x80 ||
	       (c != '\0' && strchr(others, c) != NULL);
}

/* The local part, a dot-atom. */
static bool is_local(const char *p, uint32_t n)
{
	if (n == 0 || n > LOCAL_MAX || p[0] == '.' || p[n - 1] == '.')
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (p[i] == '.' ? p[i - 1] == '.' : !is_atext(p[i]))
			return false;
	}
	return true;
}

static bool canon_email(struct vg_slice in, char *out, struct vg_slice *canon)
{
	const char *at = memchr(in.p, '@', in.n);
	struct vg_slice domain;

	if (at == NULL || in.n > EMAIL_MAX + 1) /* + 1: a final dot */
		return false;
	uint32_t n = (uint32_t)(at - in.p);
	copy_lower(out, in.p, n);
	out[n] = '@';
	if (!is_local(out, n) ||
	    !canon_domain((struct vg_slice){at + 1, in.n - n - 1}, out + n + 1,
			  &domain) ||
	    n + 1 + domain.n > EMAIL_MAX)
		return false;
	*canon = (struct vg_slice){out, n + 1 + domain.n};
	return true;
}

bool vg_indicator_canon(int type, struct vg_slice in, char *out,
			struct vg_slice *canon)
{
	static bool (*const by_type[VG_INDICATOR_TYPES])(
		struct vg_slice, char *, struct vg_slice *) = {
		[VG_INDICATOR_IPV4] = canon_ipv4,
		[VG_INDICATOR_IPV6] = canon_ipv6,
		[VG_INDICATOR_DOMAIN] = canon_domain,
		[VG_INDICATOR_URL] = vg_url_canon,
		[VG_INDICATOR_SHA256] = canon_sha256,
		[VG_INDICATOR_MD5] = canon_md5,
		[VG_INDICATOR_EMAIL] = canon_email,
	};

	assert(type >= 0 && type < VG_INDICATOR_TYPES);
	return in.n > 0 && by_type[type](in, out, canon);
}
