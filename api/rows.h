/*
 * rows - an answer as a table: one row a line, for spreadsheets and pipes.
 *
 * CSV (RFC 4180) with a line of names, or NDJSON: one object a line. Text that
 * a spreadsheet would take for a formula (it starts with = + - @, a tab or a
 * carriage return) gets an apostrophe before it in CSV: partners choose names.
 *
 * Owner:   the caller embeds it and lends the buffer.
 * Threads: one at a time. Errors: as vg_buf.
 */
#ifndef VG_API_ROWS_H
#define VG_API_ROWS_H

#include "api/answer.h"
#include "api/negotiate.h"

enum { VG_ROWS_COLUMNS = 16 };

struct vg_rows {
	enum vg_format format;
	struct vg_buf *buf;
	struct vg_jout line; /* of NDJSON */
	struct vg_slice name[VG_ROWS_COLUMNS];
	unsigned n, at; /* columns; the next one */
};

/* Read the format that the asker wants; false with a 406 when it takes none. */
bool vg_rows_format(const struct vg_request *r, struct vg_answer *a,
		    enum vg_format *out);

/* Start a table as the body of `a`: 200, its content type. */
struct vg_rows vg_rows_start(struct vg_answer *a, enum vg_format format);

/* Name the next column, which is borrowed; all before the first value. */
void vg_rows_column(struct vg_rows *t, struct vg_slice name);

/* The next value of the row; the last one ends its line. */
void vg_rows_text(struct vg_rows *t, struct vg_slice s);
void vg_rows_i64(struct vg_rows *t, int64_t v);
void vg_rows_instant(struct vg_rows *t, int64_t ms);
void vg_rows_null(struct vg_rows *t);

/* `v` thousandths, as a number with three decimals. */
void vg_rows_milli(struct vg_rows *t, int64_t v);

/* The same in JSON. */
void vg_jout_milli(struct vg_jout *j, int64_t v);

#endif
