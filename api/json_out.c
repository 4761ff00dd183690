#include "api/json_out.h"

#include "core/timefmt.h"
#include "core/utf8.h"

#include <assert.h>

/* Put the comma that is due before a value or a name. */
static void lead(struct vg_jout *j)
{
	uint32_t bit = 1U << j->depth;

	if (j->named) {
		j->named = false;
		return;
	}
	if ((j->used & bit) != 0)
		vg_buf_add(j->buf, ",", 1);
	j->used |= bit;
}

void vg_jout_open(struct vg_jout *j, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	assert(j->depth < VG_JSON_OUT_DEPTH);
	lead(j);
	vg_buf_add(j->buf, &bracket, 1);
	j->depth++;
	j->used &= ~(1U << j->depth);
}

void vg_jout_close(struct vg_jout *j, char bracket)
{
	assert(bracket == '}' || bracket == ']');
	assert(j->depth > 0 && !j->named);
	j->depth--;
	vg_buf_add(j->buf, &bracket, 1);
}

/* Length of the run at `p` that needs no escape. */
static size_t plain_run(const char *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		unsigned char c = (unsigned char)p[at];
		size_t len;

		if (c < 0x20 || c == '"' || c == '\\')
			break;
		len = vg_utf8_seq(p + at, n - at);
		if (len == 0)
			break;
		at += len;
	}
	return at;
}

static void escape(struct vg_buf *b, unsigned char c)
{
	switch (c) {
	case '"':
		vg_buf_str(b, "\\\"");
		break;
	case '\\':
		vg_buf_str(b, "\\\\");
		break;
	case '\n':
		vg_buf_str(b, "\\n");
		break;
	case '\t':
		vg_buf_str(b, "\\t");
		break;
	default:
		if (c < 0x20)
			vg_buf_printf(b, "\\u%04x", c);
		else
			vg_buf_str(b, "\\ufffd");
	}
}

static void quoted(struct vg_buf *b, struct vg_slice s)
{
	size_t at = 0;

	vg_buf_add(b, "\"", 1);
	while (at < s.n) {
		size_t run = plain_run(s.p + at, s.n - at);

		vg_buf_add(b, s.p + at, run);
		at += run;
		if (at < s.n)
			escape(b, (unsigned char)s.p[at++]);
	}
	vg_buf_add(b, "\"", 1);
}

void vg_jout_name_slice(struct vg_jout *j, struct vg_slice name)
{
	assert(!j->named && j->depth > 0);
	lead(j);
	quoted(j->buf, name);
	vg_buf_add(j->buf, ":", 1);
	j->named = true;
}

void vg_jout_name(struct vg_jout *j, const char *name)
{
	vg_jout_name_slice(j, vg_slice_of(name));
}

void vg_jout_slice(struct vg_jout *j, struct vg_slice s)
{
	lead(j);
	quoted(j->buf, s);
}

void vg_jout_text(struct vg_jout *j, const char *s)
{
	if (s == NULL)
		vg_jout_null(j);
	else
		vg_jout_slice(j, vg_slice_of(s));
}

void vg_jout_i64(struct vg_jout *j, int64_t v)
{
	lead(j);
	vg_buf_i64(j->buf, v);
}

void vg_jout_bool(struct vg_jout *j, bool v)
{
	lead(j);
	vg_buf_str(j->buf, v ? "true" : "false");
}

void vg_jout_null(struct vg_jout *j)
{
	lead(j);
	vg_buf_add(j->buf, "null", 4);
}

void vg_jout_instant(struct vg_jout *j, int64_t ms)
{
	char text[VG_TIME_TEXT];

	if (ms == INT64_MIN || ms == INT64_MAX) {
		vg_jout_null(j);
		return;
	}
	vg_time_print(text, ms);
	vg_jout_text(j, text);
}

void vg_jout_raw(struct vg_jout *j, const char *p, size_t n)
{
	lead(j);
	vg_buf_add(j->buf, p, n);
}

void vg_jout_members(struct vg_jout *j, const char *p, size_t n)
{
	if (n > 2)
		vg_jout_raw(j, p + 1, n - 2);
}
