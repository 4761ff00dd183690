#include "api/negotiate.h"

#include <stddef.h>
#include <strings.h>

/* One member of a list header: its token, and its weight in thousandths. */
struct member {
	struct vg_slice token;
	int weight;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static struct vg_slice trim(const char *p, size_t n)
{
	while (n > 0 && is_space(*p)) {
		p++;
		n--;
	}
	while (n > 0 && is_space(p[n - 1]))
		n--;
	return (struct vg_slice){.p = p, .n = (uint32_t)n};
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "0.8" as 800; what is no weight is 0, so that it is not used. */
static int weight_of(struct vg_slice s)
{
	int w = 0, scale = 100;

	if (s.n == 0 || (s.p[0] != '0' && s.p[0] != '1'))
		return 0;
	w = (s.p[0] - '0') * 1000;
	if (s.n > 1 && s.p[1] != '.')
		return 0;
	for (uint32_t i = 2; i < s.n && i < 5 && is_digit(s.p[i]); i++) {
		w += (s.p[i] - '0') * scale;
		scale /= 10;
	}
	return w > 1000 ? 1000 : w;
}

/* The weight among parameters "; level=1; q=0.5". */
static int parameters(const char *p, size_t n)
{
	int weight = 1000;

	while (n > 0) {
		const char *semi = memchr(p, ';', n);
		size_t len = semi != NULL ? (size_t)(semi - p) : n;
		struct vg_slice one = trim(p, len);

		if (one.n >= 2 && strncasecmp(one.p, "q=", 2) == 0)
			weight = weight_of(trim(one.p + 2, one.n - 2));
		len += semi != NULL;
		p += len;
		n -= len;
	}
	return weight;
}

/* Take the next member of the list at *p; false at its end. */
static bool next_member(const char **p, struct member *out)
{
	size_t n, name;

	while (**p == ',' || is_space(**p))
		(*p)++;
	n = strcspn(*p, ",");
	if (n == 0)
		return false;
	name = strcspn(*p, ",;");
	out->token = trim(*p, name);
	out->weight = name < n ? parameters(*p + name + 1, n - name - 1) : 1000;
	*p += n;
	return true;
}

static bool is_token(struct vg_slice s, const char *want)
{
	return s.n == strlen(want) && strncasecmp(s.p, want, s.n) == 0;
}

/* How well a media range fits `type`: 3 the type itself, 2 its "text/" part
 * and a star, 1 any. */
static int fit_of(struct vg_slice range, const char *type)
{
	size_t slash = (size_t)(strchr(type, '/') - type) + 1;

	if (is_token(range, type))
		return 3;
	if (range.n == slash + 1 && range.p[slash] == '*' &&
	    strncasecmp(range.p, type, slash) == 0)
		return 2;
	return is_token(range, "*/*") ? 1 : 0;
}

/* The weight that `accept` gives to `type`: that of the closest range. */
static int weight_for(const char *accept, const char *type)
{
	struct member m;
	int best = 0, weight = 0;

	while (next_member(&accept, &m)) {
		int fit = fit_of(m.token, type);

		if (fit > best || (fit == best && fit > 0 && m.weight > weight))
			weight = m.weight;
		best = fit > best ? fit : best;
	}
	return weight;
}

const char *vg_format_type(enum vg_format f)
{
	static const char *const types[] = {"application/json", "text/csv",
					    "application/x-ndjson"};

	return types[f];
}

bool vg_negotiate_format(const char *accept, enum vg_format *out)
{
	int best = 0;

	*out = VG_FORMAT_JSON;
	if (accept == NULL || *accept == '\0')
		return true;
	for (int f = VG_FORMAT_JSON; f <= VG_FORMAT_NDJSON; f++) {
		int w = weight_for(accept, vg_format_type((enum vg_format)f));

		if (w > best) {
			best = w;
			*out = (enum vg_format)f;
		}
	}
	return best > 0;
}

const char *vg_coding_name(enum vg_coding c)
{
	return c == VG_CODING_GZIP ? "gzip" : c == VG_CODING_BR ? "br" : NULL;
}

static void coding_weights(const char *accept_encoding, int weight[VG_CODINGS])
{
	struct member m;

	while (accept_encoding != NULL && next_member(&accept_encoding, &m)) {
		if (is_token(m.token, "gzip") || is_token(m.token, "x-gzip"))
			weight[VG_CODING_GZIP] = m.weight;
		else if (is_token(m.token, "br"))
			weight[VG_CODING_BR] = m.weight;
	}
}

bool vg_negotiate_takes(const char *accept_encoding, enum vg_coding c)
{
	int weight[VG_CODINGS] = {0};

	coding_weights(accept_encoding, weight);
	return weight[c] > 0;
}

enum vg_coding vg_negotiate_coding(const char *accept_encoding)
{
	int weight[VG_CODINGS] = {0};

	coding_weights(accept_encoding, weight);
	if (weight[VG_CODING_BR] > 0 &&
	    weight[VG_CODING_BR] >= weight[VG_CODING_GZIP])
		return VG_CODING_BR;
	return weight[VG_CODING_GZIP] > 0 ? VG_CODING_GZIP : VG_CODING_NONE;
}

bool vg_negotiate_matches(const char *header, const char *etag)
{
	size_t want = strlen(etag);

	while (header != NULL && *header != '\0') {
		size_t n;

		while (*header == ',' || is_space(*header))
			header++;
		if (*header == '*')
			return true;
		if (strncmp(header, "W/", 2) == 0)
			header += 2;
		n = strcspn(header, ",");
		if (trim(header, n).n == want &&
		    memcmp(header, etag, want) == 0)
			return true;
		header += n;
	}
	return false;
}
