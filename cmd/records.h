/*
 * records - the records of a file, one by one, in bounded memory: a line each;
 * or, when the first byte is '[' or a '{' that stands alone in its line, the
 * elements of a JSON list or one object after another, without the white space
 * between their members. Lines of Zeek's TSV come with the header lines above
 * them.
 *
 * Owner:   the caller embeds it and ends it with vg_records_term(); it borrows
 *          the stream. Threads: one at a time.
 */
#ifndef VG_CMD_RECORDS_H
#define VG_CMD_RECORDS_H

#include "core/err.h"
#include "core/slice.h"

#include <stddef.h>
#include <stdio.h>

struct vg_records {
	FILE *in;
	char *text; /* header lines, then the record */
	size_t header, n, cap;
	uint64_t line;	/* being read */
	uint64_t first; /* of the record */
	enum { VG_RECORDS_NEW, VG_RECORDS_LINES, VG_RECORDS_VALUES } mode;
	bool in_header, begun;
	bool tsv; /* header lines are looked for: set by the caller */
};

/* Read from `in`. VG_FATAL: no memory. */
enum vg_rc vg_records_init(struct vg_records *r, FILE *in,
			   struct vg_err *err) VG_MUST_CHECK;

/* Free what init made. */
void vg_records_term(struct vg_records *r);

/* The next record, until the call after; r->first is its first line. One that
 * is longer than VG_RECORD_MAX comes cut to one byte more. False at the end. */
bool vg_records_next(struct vg_records *r, struct vg_slice *record);

#endif
