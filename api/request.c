#include "api/request.h"

#include "core/limits.h"
#include "core/text.h"
#include "core/utf8.h"

#include <assert.h>
#include <stdlib.h>

static int refuse(struct vg_err *err, const char *why)
{
	(void)vg_err_set(err, VG_INVAL, "%s", why);
	return 400;
}

/* One escape at `p` ("%41") to a byte, or -1. */
static int escaped_byte(const char *p, size_t n)
{
	int hi, lo;

	if (n < 3)
		return -1;
	hi = vg_text_hex(p[1]);
	lo = vg_text_hex(p[2]);
	return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

static bool is_utf8(const char *p, size_t n)
{
	for (size_t at = 0, len; at < n; at += len) {
		len = vg_utf8_seq(p + at, n - at);
		if (len == 0)
			return false;
	}
	return true;
}

/* Decode `n` bytes of `in` to `out` (as long as `in`). */
static int decode(struct vg_slice *out, char *to, const char *in, size_t n,
		  bool plus_is_space, struct vg_err *err)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		int c = (unsigned char)in[i];

		if (c == '%') {
			c = escaped_byte(in + i, n - i);
			if (c < 0)
				return refuse(err, "bad percent-escape in the "
						   "request target; write % "
						   "as %25");
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c == 0)
			return refuse(err, "NUL in the request target; leave "
					   "%00 out");
		to[len++] = (char)c;
	}
	if (!is_utf8(to, len))
		return refuse(err, "request target is not UTF-8 after "
				   "percent-decoding; encode it as UTF-8");
	*out = (struct vg_slice){.p = to, .n = (uint32_t)len};
	return 0;
}

/* Bytes that may not stand in a target unescaped: they would let a target mean
 * something else to a proxy, or forge a line of a log. */
static bool is_printable(const char *target, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)target[i];

		if (c <= 0x20 || c >= 0x7f)
			return false;
	}
	return true;
}

static int add_pair(struct vg_request *r, char **to, const char *p, size_t n,
		    struct vg_err *err)
{
	const char *eq = memchr(p, '=', n);
	size_t name_len = eq == NULL ? n : (size_t)(eq - p);
	struct vg_param *pair = &r->param[r->n_params];
	int status;

	if (n == 0)
		return 0;
	if (r->n_params == VG_PARAMS_MAX) {
		(void)vg_err_set(err, VG_INVAL,
				 "more than %d parameters; leave some out",
				 VG_PARAMS_MAX);
		return 400;
	}
	status = decode(&pair->name, *to, p, name_len, true, err);
	if (status != 0)
		return status;
	*to += pair->name.n;
	pair->value = (struct vg_slice){.p = *to, .n = 0};
	if (eq != NULL)
		status = decode(&pair->value, *to, eq + 1, n - name_len - 1,
				true, err);
	*to += pair->value.n;
	r->n_params += status == 0;
	return status;
}

static int add_query(struct vg_request *r, char *to, struct vg_slice query,
		     struct vg_err *err)
{
	const char *at = query.p, *end = query.p + query.n;

	while (at < end) {
		const char *and = memchr(at, '&', (size_t)(end - at));
		size_t n = (size_t)((and != NULL ? and : end) - at);
		int status = add_pair(r, &to, at, n, err);

		if (status != 0)
			return status;
		at += n + (and != NULL);
	}
	return 0;
}

int vg_request_parse(struct vg_request *r, const char *target,
		     struct vg_err *err)
{
	size_t n = strlen(target), path_len = strcspn(target, "?");
	char *decoded;
	int status;

	*r = (struct vg_request){.method = "GET"};
	if (n > VG_HTTP_URL_MAX) {
		(void)vg_err_set(err, VG_INVAL,
				 "request target is longer than %d bytes; "
				 "ask for less at once",
				 VG_HTTP_URL_MAX);
		return 414;
	}
	if (target[0] != '/' || !is_printable(target, n))
		return refuse(err, "request target must start with / and be "
				   "printable ASCII; percent-encode the rest");

	/* The path as sent, then the decoded text, which is never longer. */
	r->memory = calloc(1, path_len + 1 + n + 1);
	if (r->memory == NULL) {
		(void)vg_err_set(err, VG_FATAL, "out of memory");
		return 500;
	}
	memcpy(r->memory, target, path_len);
	r->instance = r->memory;
	decoded = r->memory + path_len + 1;

	status = decode(&r->path, decoded, target, path_len, false, err);
	if (status == 0 && target[path_len] == '?')
		status = add_query(r, decoded + r->path.n,
				   vg_slice_of(target + path_len + 1), err);
	assert(status == 0 || status == 400);
	return status;
}

int vg_request_add_form(struct vg_request *r, struct vg_slice form,
			struct vg_err *err)
{
	assert(r->form == NULL);
	r->form = malloc((size_t)form.n + 1);
	if (r->form == NULL) {
		(void)vg_err_set(err, VG_FATAL, "out of memory");
		return 500;
	}
	return add_query(r, r->form, form, err);
}

void vg_request_term(struct vg_request *r)
{
	free(r->memory);
	free(r->form);
	r->memory = r->form = NULL;
}

bool vg_request_param(const struct vg_request *r, const char *name,
		      struct vg_slice *value)
{
	struct vg_slice wanted = vg_slice_of(name);

	for (unsigned i = 0; i < r->n_params; i++) {
		if (vg_slice_eq(r->param[i].name, wanted)) {
			*value = r->param[i].value;
			return true;
		}
	}
	return false;
}

void vg_request_encode(struct vg_buf *b, struct vg_slice s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (uint32_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || strchr("-._~:", c) != NULL) {
			vg_buf_add(b, &s.p[i], 1);
		} else {
			char escape[3] = {'%', hex[c >> 4], hex[c & 15]};

			vg_buf_add(b, escape, sizeof escape);
		}
	}
}
