#include "cmd/records.h"

#include "core/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 16384, ROOM = HEADER_MAX + VG_RECORD_MAX + 1 };

enum vg_rc vg_records_init(struct vg_records *r, FILE *in, struct vg_err *err)
{
	*r = (struct vg_records){.in = in, .line = 1, .cap = ROOM};
	r->text = malloc(ROOM);
	return r->text != NULL
		       ? VG_OK
		       : vg_err_set(err, VG_FATAL, "records: out of memory");
}

void vg_records_term(struct vg_records *r)
{
	free(r->text);
	r->text = NULL;
}

static int next_char(struct vg_records *r)
{
	int c = getc(r->in);

	if (c == '\n')
		r->line++;
	return c;
}

static void give_back(struct vg_records *r, int c)
{
	if (c == EOF)
		return;
	if (c == '\n')
		r->line--;
	(void)ungetc(c, r->in);
}

/* Add a byte of the record; what is beyond the longest is dropped, but for one
 * that says so. */
static void add(struct vg_records *r, int c)
{
	if (r->n - r->header <= VG_RECORD_MAX && r->n < r->cap)
		r->text[r->n++] = (char)c;
}

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int skip_space(struct vg_records *r)
{
	int c = next_char(r);

	while (is_space(c))
		c = next_char(r);
	return c;
}

/* Lines or values, by the first bytes. */
static void choose_mode(struct vg_records *r)
{
	int c = skip_space(r);

	r->mode = VG_RECORDS_LINES;
	r->first = r->line;
	if (c == '[') {
		r->mode = VG_RECORDS_VALUES;
		return;
	}
	if (c != '{') {
		give_back(r, c);
		return;
	}
	r->begun = true;
	do {
		c = next_char(r);
	} while (is_space(c) && c != '\n');
	if (c == '\n')
		r->mode = VG_RECORDS_VALUES;
	else
		give_back(r, c);
}

/* Where in a value a byte stands. */
struct place {
	int depth;
	bool string, escaped;
};

/* Step over byte `c`; true when it closes what was open. */
static bool step(struct place *p, int c)
{
	if (p->escaped) {
		p->escaped = false;
		return false;
	}
	p->escaped = p->string && c == '\\';
	if (c == '"')
		p->string = !p->string;
	if (p->string)
		return false;
	if (c == '{' || c == '[')
		p->depth++;
	if (c == '}' || c == ']')
		p->depth--;
	return p->depth <= 0 && (c == '}' || c == ']' || c == '\n');
}

/* The rest of the value whose first byte is there, up to its end. */
static void read_value(struct vg_records *r, int c)
{
	struct place p = {0};

	for (; c != EOF; c = next_char(r)) {
		if (!p.string && p.depth == 0 && (c == ',' || c == ']')) {
			give_back(r, c);
			return;
		}
		if (p.string || !is_space(c))
			add(r, c);
		if (step(&p, c))
			return;
	}
}

static bool next_value(struct vg_records *r, struct vg_slice *record)
{
	int c = '{';

	r->header = r->n = 0;
	if (!r->begun) {
		do {
			c = skip_space(r);
		} while (c == ',' || c == ']' || c == '[');
		r->first = r->line;
	}
	r->begun = false;
	if (c == EOF)
		return false;
	read_value(r, c);
	*record = (struct vg_slice){r->text, (uint32_t)r->n};
	return true;
}

/* Read one line behind what is there; false at the end. */
static bool read_line(struct vg_records *r)
{
	int c;

	r->n = r->header;
	if (r->begun)
		add(r, '{');
	else
		r->first = r->line;
	r->begun = false;
	while ((c = next_char(r)) != EOF && c != '\n')
		add(r, c);
	return c != EOF || r->n > r->header;
}

/* True for a header line: what begins one, or any other behind that. */
static bool is_header(const struct vg_records *r, const char *line, size_t n)
{
	static const char *const begins[] = {"#separator ", "#fields\t"};

	if (!r->tsv || line[0] != '#')
		return false;
	if (r->header > 0)
		return true;
	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
		size_t len = strlen(begins[i]);

		if (n >= len && memcmp(line, begins[i], len) == 0)
			return true;
	}
	return false;
}

/* Keep the line just read as one of the header; a header that is too long is
 * none. */
static void keep_header(struct vg_records *r)
{
	const char *line = r->text + r->header;
	size_t n = r->n - r->header;

	if (!r->in_header)
		r->header = 0;
	r->in_header = true;
	if (r->header + n + 1 > HEADER_MAX)
		return;
	memmove(r->text + r->header, line, n);
	r->header += n;
	r->text[r->header++] = '\n';
	assert(r->header <= HEADER_MAX);
}

static bool next_line(struct vg_records *r, struct vg_slice *record)
{
	while (read_line(r)) {
		const char *line = r->text + r->header;
		size_t n = r->n - r->header;

		while (n > 0 && is_space((unsigned char)line[n - 1]) &&
		       line[n - 1] != '\t')
			n--;
		r->n = r->header + n;
		if (n == 0)
			continue;
		if (is_header(r, line, n)) {
			keep_header(r);
			continue;
		}
		r->in_header = false;
		*record = (struct vg_slice){r->text, (uint32_t)r->n};
		return true;
	}
	return false;
}

bool vg_records_next(struct vg_records *r, struct vg_slice *record)
{
	if (r->mode == VG_RECORDS_NEW)
		choose_mode(r);
	return r->mode == VG_RECORDS_VALUES ? next_value(r, record)
					    : next_line(r, record);
}
