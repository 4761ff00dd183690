#include "api/answer.h"

#include "api/sse.h"
#include "core/audience.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

enum { VALUES_USUAL = 500 /* bytes of all header values of most answers */ };

static const struct status_title {
	int status;
	const char *title;
} titles[] = {
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
};

static const char *title_of(int status)
{
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

void vg_answer_term(struct vg_answer *a)
{
	vg_buf_term(&a->values);
	vg_buf_term(&a->body);
	vg_sse_close(a->stream);
	*a = (struct vg_answer){0};
}

void vg_answer_header(struct vg_answer *a, const char *name, const char *value)
{
	size_t n = strlen(value), at = a->values.n;

	assert(a->n_headers < VG_ANSWER_HEADERS_MAX);
	assert(memchr(value, '\r', n) == NULL &&
	       memchr(value, '\n', n) == NULL);
	if (a->n_headers == 0)
		vg_buf_room(&a->values, VALUES_USUAL);
	vg_buf_add(&a->values, value, n + 1);
	if (a->values.failed) {
		a->body.failed = true;
		return;
	}
	a->header[a->n_headers++] =
		(struct vg_answer_header){.name = name, .at = at};
}

const char *vg_answer_value(const struct vg_answer *a, unsigned i)
{
	assert(i < a->n_headers);
	return a->values.p + a->header[i].at;
}

const char *vg_answer_get(const struct vg_answer *a, const char *name)
{
	for (unsigned i = 0; i < a->n_headers; i++)
		if (strcasecmp(a->header[i].name, name) == 0)
			return vg_answer_value(a, i);
	return NULL;
}

struct vg_jout vg_answer_json(struct vg_answer *a, int status)
{
	a->status = status;
	a->content_type = "application/json";
	vg_buf_reset(&a->body);
	return (struct vg_jout){.buf = &a->body};
}

void vg_answer_marking(struct vg_jout *j, int marking)
{
	assert(marking < VG_TLP_COUNT);
	vg_jout_name(j, "marking");
	vg_jout_text(j, marking < 0 ? NULL : vg_tlp_name((enum vg_tlp)marking));
}

struct vg_jout vg_answer_problem_open(struct vg_answer *a, int status,
				      const char *slug, const char *instance,
				      const char *detail)
{
	struct vg_jout j = vg_answer_json(a, status);
	char type[80];

	a->content_type = "application/problem+json";
	(void)snprintf(type, sizeof type, "urn:vigie:problem:%s", slug);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "type");
	vg_jout_text(&j, type);
	vg_jout_name(&j, "title");
	vg_jout_text(&j, title_of(status));
	vg_jout_name(&j, "status");
	vg_jout_i64(&j, status);
	vg_jout_name(&j, "detail");
	vg_jout_text(&j, detail);
	if (instance != NULL) {
		vg_jout_name(&j, "instance");
		vg_jout_text(&j, instance);
	}
	return j;
}

bool vg_answer_fail(struct vg_answer *a, const struct vg_request *r, int status,
		    const char *slug, const char *fmt, ...)
{
	char detail[640];
	struct vg_jout j;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);

	j = vg_answer_problem_open(a, status, slug, r ? r->instance : NULL,
				   detail);
	vg_jout_close(&j, '}');
	return false;
}

void vg_answer_finish(struct vg_answer *a)
{
	if (a->body.failed) {
		vg_answer_term(a);
		(void)vg_answer_fail(a, NULL, 500, "memory",
				     "out of memory while answering; ask for "
				     "less at once");
	}
	assert(a->status >= 200 && a->status < 600);
	if (vg_answer_get(a, "Cache-Control") == NULL) {
		/* What has a tag may be kept by its asker, who asks before
		 * using it. */
		vg_answer_header(a, "Cache-Control",
				 vg_answer_get(a, "ETag") != NULL
					 ? "private, no-cache"
					 : "no-store");
		vg_answer_header(a, "Vary",
				 "Authorization, Accept, Accept-Encoding");
	}
	vg_answer_header(a, "X-Content-Type-Options", "nosniff");
}
