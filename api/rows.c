#include "api/rows.h"

#include "core/timefmt.h"

#include <assert.h>
#include <stdio.h>

bool vg_rows_format(const struct vg_request *r, struct vg_answer *a,
		    enum vg_format *out)
{
	if (vg_negotiate_format(r->accept, out))
		return true;
	return vg_answer_fail(a, r, 406, "not-acceptable",
			      "%s answers in application/json, text/csv or "
			      "application/x-ndjson; accept one of them",
			      r->instance);
}

struct vg_rows vg_rows_start(struct vg_answer *a, enum vg_format format)
{
	assert(format != VG_FORMAT_JSON);
	a->status = 200;
	a->content_type = format == VG_FORMAT_CSV
				  ? "text/csv; charset=utf-8; header=present"
				  : vg_format_type(format);
	vg_buf_reset(&a->body);
	return (struct vg_rows){.format = format, .buf = &a->body};
}

static bool looks_like_a_formula(struct vg_slice s)
{
	return s.n > 0 && memchr("=+-@\t\r\n", s.p[0], 7) != NULL;
}

/* One CSV field. NUL has no place in a spreadsheet. */
static void add_csv(struct vg_buf *b, struct vg_slice s)
{
	bool quoted = looks_like_a_formula(s);

	for (uint32_t i = 0; i < s.n && !quoted; i++)
		quoted = memchr(",\"\r\n", s.p[i], 4) != NULL;
	if (quoted)
		vg_buf_add(b, "\"", 1);
	if (looks_like_a_formula(s))
		vg_buf_add(b, "'", 1);
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			vg_buf_add(b, "\"", 1);
		if (s.p[i] != '\0')
			vg_buf_add(b, &s.p[i], 1);
	}
	if (quoted)
		vg_buf_add(b, "\"", 1);
}

void vg_rows_column(struct vg_rows *t, struct vg_slice name)
{
	assert(t->n < VG_ROWS_COLUMNS && t->at == 0);
	if (t->format == VG_FORMAT_CSV) {
		/* Over the line end of the columns before. */
		if (t->n > 0 && t->buf->n >= 2)
			t->buf->n -= 2;
		vg_buf_str(t->buf, t->n > 0 ? "," : "");
		add_csv(t->buf, name);
		vg_buf_str(t->buf, "\r\n");
	}
	t->name[t->n++] = name;
}

static void before(struct vg_rows *t)
{
	assert(t->n > 0);
	if (t->format == VG_FORMAT_CSV) {
		vg_buf_str(t->buf, t->at > 0 ? "," : "");
		return;
	}
	if (t->at == 0) {
		t->line = (struct vg_jout){.buf = t->buf};
		vg_jout_open(&t->line, '{');
	}
	vg_jout_name_slice(&t->line, t->name[t->at]);
}

static void after(struct vg_rows *t)
{
	if (++t->at < t->n)
		return;
	t->at = 0;
	if (t->format == VG_FORMAT_CSV) {
		vg_buf_str(t->buf, "\r\n");
		return;
	}
	vg_jout_close(&t->line, '}');
	vg_buf_str(t->buf, "\n");
}

void vg_rows_text(struct vg_rows *t, struct vg_slice s)
{
	before(t);
	if (t->format == VG_FORMAT_CSV)
		add_csv(t->buf, s);
	else
		vg_jout_slice(&t->line, s);
	after(t);
}

void vg_rows_i64(struct vg_rows *t, int64_t v)
{
	before(t);
	if (t->format == VG_FORMAT_CSV)
		vg_buf_i64(t->buf, v);
	else
		vg_jout_i64(&t->line, v);
	after(t);
}

void vg_rows_instant(struct vg_rows *t, int64_t ms)
{
	char text[VG_TIME_TEXT];

	before(t);
	if (t->format == VG_FORMAT_NDJSON) {
		vg_jout_instant(&t->line, ms);
	} else if (ms != INT64_MIN && ms != INT64_MAX) {
		vg_time_print(text, ms);
		vg_buf_str(t->buf, text);
	}
	after(t);
}

void vg_rows_null(struct vg_rows *t)
{
	before(t);
	if (t->format == VG_FORMAT_NDJSON)
		vg_jout_null(&t->line);
	after(t);
}

static int milli_text(char out[32], int64_t v)
{
	int64_t whole = v / 1000, part = v % 1000;

	return snprintf(out, 32, "%s%lld.%03lld", v < 0 ? "-" : "",
			(long long)(whole < 0 ? -whole : whole),
			(long long)(part < 0 ? -part : part));
}

void vg_jout_milli(struct vg_jout *j, int64_t v)
{
	char text[32];

	vg_jout_raw(j, text, (size_t)milli_text(text, v));
}

void vg_rows_milli(struct vg_rows *t, int64_t v)
{
	char text[32];
	int n = milli_text(text, v);

	before(t);
	if (t->format == VG_FORMAT_CSV)
		vg_buf_add(t->buf, text, (size_t)n);
	else
		vg_jout_raw(&t->line, text, (size_t)n);
	after(t);
}
