#include "api/prom.h"

#include "api/select.h"
#include "core/timefmt.h"
#include "promql/lex.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 80, NUMBER_MAX = 40 };

void vg_prom_start(struct vg_prom *p, struct vg_service *s,
		   const struct vg_request *r, struct vg_answer *a)
{
	*p = (struct vg_prom){.s = s,
			      .r = r,
			      .a = a,
			      .fresh = vg_service_freshness(s, r),
			      .marking = -1};
	vg_prom_source(p);
}

void vg_prom_end(struct vg_prom *p)
{
	vg_arena_term(&p->arena);
	if (p->a->status != 200)
		return;
	vg_select_headers(p->s, p->a, p->marking, p->folded);
	vg_service_fresh_headers(p->a, &p->fresh);
}

bool vg_prom_fail(struct vg_answer *a, int status, const char *type,
		  const char *fmt, ...)
{
	char text[512];
	struct vg_jout j;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	vg_buf_reset(&a->body);
	j = vg_answer_json(a, status);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "status");
	vg_jout_text(&j, "error");
	vg_jout_name(&j, "errorType");
	vg_jout_text(&j, type);
	vg_jout_name(&j, "error");
	vg_jout_text(&j, text);
	vg_jout_close(&j, '}');
	return false;
}

bool vg_prom_fault(struct vg_prom *p, const char *what,
		   const struct vg_err *err)
{
	switch (err->rc) {
	case VG_INVAL:
		return vg_prom_fail(p->a, 400, "bad_data", "%s%s", what,
				    err->text);
	case VG_DROP:
		return vg_prom_fail(p->a, 422, "execution", "%s%s", what,
				    err->text);
	case VG_RETRY:
		vg_answer_header(p->a, "Retry-After", "2");
		return vg_prom_fail(p->a, 503, "unavailable",
				    "the store does not answer now; questions "
				    "about the last hours need none");
	default:
		/* It may name keys: it is for the operator's log. */
		p->a->fault = *err;
		return vg_prom_fail(p->a, 500, "internal",
				    "the operator finds why in the log");
	}
}

struct vg_jout vg_prom_open(struct vg_prom *p)
{
	struct vg_jout j = vg_answer_json(p->a, 200);

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "status");
	vg_jout_text(&j, "success");
	vg_jout_name(&j, "data");
	return j;
}

/* What a reader of numbers should know and Prometheus has a place for. */
static unsigned warnings(const struct vg_prom *p, const char *own,
			 const char *out[3])
{
	unsigned n = 0;

	if (own != NULL)
		out[n++] = own;
	if (p->fresh.stale)
		out[n++] =
			"the store is away: these are the last numbers known";
	if (p->folded != 0)
		out[n++] = "some names are summed in ~other: see the header "
			   "Vigie-Folded";
	return n;
}

void vg_prom_close(struct vg_prom *p, struct vg_jout *j, const char *warning)
{
	const char *text[3];
	unsigned n = warnings(p, warning, text);

	if (n > 0) {
		vg_jout_name(j, "warnings");
		vg_jout_open(j, '[');
		for (unsigned i = 0; i < n; i++)
			vg_jout_text(j, text[i]);
		vg_jout_close(j, ']');
	}
	vg_jout_close(j, '}');
}

void vg_prom_number(char out[32], double v)
{
	if (isnan(v)) {
		(void)snprintf(out, 32, "NaN");
	} else if (isinf(v)) {
		(void)snprintf(out, 32, v > 0 ? "+Inf" : "-Inf");
	} else if (v == floor(v) && fabs(v) < 9007199254740992.0) {
		(void)snprintf(out, 32, "%s%.0f", signbit(v) ? "-" : "",
			       fabs(v));
	} else {
		for (int digits = 15; digits <= 17; digits++) {
			(void)snprintf(out, 32, "%.*g", digits, v);
			if (strtod(out, NULL) == v)
				return;
		}
	}
}

void vg_prom_seconds(struct vg_jout *j, int64_t ms)
{
	char text[32];
	int64_t whole = ms / 1000, rest = ms % 1000;
	int n = snprintf(text, sizeof text, "%s%lld",
			 ms < 0 && whole == 0 ? "-" : "", (long long)whole);

	if (rest != 0) {
		n += snprintf(text + n, sizeof text - (size_t)n, ".%03lld",
			      (long long)(rest < 0 ? -rest : rest));
		while (text[n - 1] == '0')
			n--;
	}
	vg_jout_raw(j, text, (size_t)n);
}

void vg_prom_point(struct vg_jout *j, int64_t ms, double v)
{
	char text[32];

	vg_prom_number(text, v);
	vg_jout_open(j, '[');
	vg_prom_seconds(j, ms);
	vg_jout_text(j, text);
	vg_jout_close(j, ']');
}

void vg_prom_labels(struct vg_jout *j, const struct vg_pq_series *s)
{
	vg_jout_open(j, '{');
	for (unsigned i = 0; i < s->n_labels; i++) {
		vg_jout_name_slice(j, s->label[i].name);
		vg_jout_slice(j, s->label[i].value);
	}
	vg_jout_close(j, '}');
}

/* Seconds, with a fraction; false when it is no finite number. */
static bool parse_seconds(struct vg_slice v, int64_t *ms)
{
	char text[NUMBER_MAX], *end;
	double s;

	if (v.n == 0 || v.n >= sizeof text ||
	    strspn(v.p, "+-.0123456789eE") < v.n)
		return false;
	memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	s = strtod(text, &end);
	if (*end != '\0' || !(fabs(s) < 253402300800.0))
		return false;
	*ms = (int64_t)llround(s * 1000);
	return true;
}

bool vg_prom_time(const struct vg_request *r, struct vg_answer *a,
		  const char *name, int64_t *ms)
{
	struct vg_slice v;

	if (!vg_request_param(r, name, &v) || parse_seconds(v, ms) ||
	    vg_time_parse(v, ms))
		return true;
	return vg_prom_fail(a, 400, "bad_data",
			    "invalid parameter \"%s\": cannot parse \"%.*s\" "
			    "to a valid timestamp",
			    name, v.n < SHOWN ? (int)v.n : SHOWN, v.p);
}

bool vg_prom_duration(const struct vg_request *r, struct vg_answer *a,
		      const char *name, int64_t *ms)
{
	struct vg_slice v;

	if (!vg_request_param(r, name, &v) || parse_seconds(v, ms) ||
	    vg_pq_duration(v, ms))
		return true;
	return vg_prom_fail(a, 400, "bad_data",
			    "invalid parameter \"%s\": cannot parse \"%.*s\" "
			    "to a valid duration",
			    name, v.n < SHOWN ? (int)v.n : SHOWN, v.p);
}

bool vg_prom_limit(const struct vg_request *r, struct vg_answer *a, size_t *n)
{
	struct vg_slice v;
	uint64_t limit = 0;

	*n = 0;
	if (!vg_request_param(r, "limit", &v))
		return true;
	for (uint32_t i = 0; i < v.n; i++) {
		if (v.n > 9 || v.p[i] < '0' || v.p[i] > '9')
			return vg_prom_fail(a, 400, "bad_data",
					    "limit must be a whole number, 0 "
					    "or more");
		limit = limit * 10 + (uint64_t)(v.p[i] - '0');
	}
	*n = (size_t)limit;
	return true;
}
