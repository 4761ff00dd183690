#include "ingest/fmt_zeek_tsv.h"

#include "core/text.h"
#include "ingest/native.h"

#include <assert.h>

enum { ESCAPED = 6 /* \u00ff */, MARK_MAX = 64 };

/* What the header lines say; the defaults are Zeek's. */
struct header {
	char separator;
	char set_separator;
	struct vg_slice unset, empty, path, fields, types;
};

struct writer {
	char *p;
	size_t n, cap;
	bool full;
};

static void put(struct writer *w, char c)
{
	if (w->n == w->cap)
		w->full = true;
	else
		w->p[w->n++] = c;
}

static void put_slice(struct writer *w, struct vg_slice s)
{
	if (s.n > w->cap - w->n) {
		w->full = true;
		return;
	}
	if (s.n > 0)
		memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
}

static void put_char(struct writer *w, char c)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char u = (unsigned char)c;

	if (u >= 0x20 && c != '"' && c != '\\') {
		put(w, c);
		return;
	}
	put(w, '\\');
	if (c == '"' || c == '\\') {
		put(w, c);
		return;
	}
	put_slice(w, vg_slice_of("u00"));
	put(w, hex[u >> 4]);
	put(w, hex[u & 15]);
}

/* The byte that "\xHH" at `p` stands for, or -1. */
static int hex_escape(const char *p, uint32_t n)
{
	if (n < 4 || p[0] != '\\' || p[1] != 'x')
		return -1;
	int high = vg_text_hex(p[2]), low = vg_text_hex(p[3]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Text was escaped for TSV's sake; other bytes stay escaped, as they do in
 * Zeek's JSON. */
static bool is_text(int byte)
{
	return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\r' ||
	       byte == '\t';
}

static void put_string(struct writer *w, struct vg_slice s)
{
	put(w, '"');
	for (uint32_t i = 0; i < s.n; i++) {
		int byte = hex_escape(s.p + i, s.n - i);

		if (is_text(byte)) {
			put_char(w, (char)byte);
			i += 3;
			continue;
		}
		put_char(w, s.p[i]);
		if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '\\')
			i++;
	}
	put(w, '"');
}

static bool begins(struct vg_slice s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p, word, n) == 0;
}

/* The piece of *s up to `separator`, which is taken off with it; s->p is NULL
 * after the last one. */
static struct vg_slice next_piece(struct vg_slice *s, char separator)
{
	const char *at = s->n > 0 ? memchr(s->p, separator, s->n) : NULL;
	struct vg_slice piece = *s;

	if (at == NULL) {
		*s = (struct vg_slice){NULL, 0};
		return piece;
	}
	piece.n = (uint32_t)(at - s->p);
	s->p += piece.n + 1;
	s->n -= piece.n + 1;
	return piece;
}

/* One header line, "#name<separator>value". */
static void read_header(struct header *h, struct vg_slice line)
{
	if (begins(line, "#separator ")) {
		struct vg_slice v = {line.p + 11, line.n - 11};
		int byte = hex_escape(v.p, v.n);
		if (byte > 0)
			h->separator = (char)byte;
		else if (v.n == 1)
			h->separator = v.p[0];
		return;
	}
	struct vg_slice name = next_piece(&line, h->separator);
	if (vg_slice_eq(name, vg_slice_of("#set_separator")) && line.n == 1)
		h->set_separator = line.p[0];
	else if (vg_slice_eq(name, vg_slice_of("#unset_field")))
		h->unset = line;
	else if (vg_slice_eq(name, vg_slice_of("#empty_field")))
		h->empty = line;
	else if (vg_slice_eq(name, vg_slice_of("#path")))
		h->path = line;
	else if (vg_slice_eq(name, vg_slice_of("#fields")))
		h->fields = line;
	else if (vg_slice_eq(name, vg_slice_of("#types")))
		h->types = line;
}

/* True for the text of a JSON number, which Zeek's are. */
static bool is_number(struct vg_slice s)
{
	uint32_t i = s.n > 0 && s.p[0] == '-' ? 1 : 0;
	bool digit = false;

	for (; i < s.n; i++) {
		char c = s.p[i];

		if (c >= '0' && c <= '9')
			digit = true;
		else if (!digit || strchr(".eE+-", c) == NULL)
			return false;
	}
	return digit;
}

/* The value of one column or element; false when it is not of its type. */
static bool put_scalar(struct writer *w, struct vg_slice type,
		       struct vg_slice v)
{
	static const char *const numbers[] = {"count", "int", "port", "double",
					      "interval"};

	if (vg_slice_eq(type, vg_slice_of("bool"))) {
		if (v.n != 1 || (v.p[0] != 'T' && v.p[0] != 'F'))
			return false;
		put_slice(w, vg_slice_of(v.p[0] == 'T' ? "true" : "false"));
		return true;
	}
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (!vg_slice_eq(type, vg_slice_of(numbers[i])))
			continue;
		put_slice(w, v);
		return is_number(v);
	}
	put_string(w, v);
	return true;
}

static bool put_list(struct writer *w, const struct header *h,
		     struct vg_slice type, struct vg_slice v)
{
	bool first = true;

	put(w, '[');
	while (v.p != NULL && !vg_slice_eq(v, h->empty)) {
		if (!first)
			put(w, ',');
		first = false;
		if (!put_scalar(w, type, next_piece(&v, h->set_separator)))
			return false;
	}
	put(w, ']');
	return true;
}

static bool put_value(struct writer *w, const struct header *h,
		      struct vg_slice type, struct vg_slice v)
{
	const char *open = type.n > 0 ? memchr(type.p, '[', type.n) : NULL;

	if (open == NULL)
		return put_scalar(w, type,
				  vg_slice_eq(v, h->empty)
					  ? (struct vg_slice){"", 0}
					  : v);
	uint32_t from = (uint32_t)(open - type.p) + 1;
	uint32_t n = type.n - from;
	return put_list(w, h,
			(struct vg_slice){type.p + from, n > 0 ? n - 1 : 0}, v);
}

/* The columns as members; unset ones are left out. */
static bool put_columns(struct vg_reading *r, struct writer *w,
			const struct header *h, struct vg_slice line)
{
	struct vg_slice names = h->fields, types = h->types;
	unsigned column = 1;

	for (; line.p != NULL; column++) {
		if (names.p == NULL || types.p == NULL)
			return vg_refuse(r, VG_VERDICT_R_VALUE,
					 "column %u: not in #fields and #types",
					 column);
		struct vg_slice name = next_piece(&names, h->separator);
		struct vg_slice type = next_piece(&types, h->separator);
		struct vg_slice v = next_piece(&line, h->separator);

		if (vg_slice_eq(v, h->unset))
			continue;
		if (w->n > 1)
			put(w, ',');
		put_string(w, name);
		put(w, ':');
		if (!put_value(w, h, type, v))
			return vg_refuse(r, VG_VERDICT_R_VALUE,
					 "column %u: not of its type", column);
	}
	if (names.p != NULL || types.p != NULL)
		return vg_refuse(r, VG_VERDICT_R_VALUE, "column %u: missing",
				 column);
	return true;
}

/* The header lines into `h`, the one other line into *line. */
static bool read_lines(struct vg_reading *r, struct vg_slice record,
		       struct header *h, struct vg_slice *line)
{
	unsigned lines = 0;

	while (record.p != NULL) {
		struct vg_slice one = next_piece(&record, '\n');

		if (one.n > 0 && one.p[one.n - 1] == '\r')
			one.n--;
		if (one.n == 0)
			continue;
		if (one.p[0] == '#') {
			read_header(h, one);
			continue;
		}
		*line = one;
		if (++lines > 1)
			return vg_refuse(r, VG_VERDICT_R_VALUE,
					 "record: more than one line");
	}
	if (lines == 0)
		return vg_native_aside(r, "header");
	if (h->fields.n == 0 || h->types.n == 0)
		return vg_refuse(r, VG_VERDICT_R_MISSING, "%s: missing",
				 h->fields.n == 0 ? "#fields" : "#types");
	return true;
}

bool vg_zeek_json(struct vg_reading *r, struct vg_slice record,
		  struct vg_slice *json)
{
	struct header h = {.separator = '\t',
			   .set_separator = ',',
			   .unset = vg_slice_of("-"),
			   .empty = vg_slice_of("(empty)")};
	struct vg_slice line = {NULL, 0};

	if (!read_lines(r, record, &h, &line))
		return false;
	struct writer w = {.p = r->s->text, .cap = VG_SCRATCH_TEXT / 2};
	assert(r->s->used == 0);
	put(&w, '{');
	if (h.path.n > 0) {
		put_slice(&w, vg_slice_of("\"_path\":"));
		put_string(&w, h.path);
	}
	if (!put_columns(r, &w, &h, line))
		return false;
	put(&w, '}');
	if (w.full)
		return vg_refuse(r, VG_VERDICT_R_SIZE, "record: too long");
	r->s->used = w.n;
	*json = (struct vg_slice){w.p, (uint32_t)w.n};
	return true;
}
