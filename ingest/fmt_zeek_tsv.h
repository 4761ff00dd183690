/*
 * fmt_zeek_tsv - one record of Zeek's TSV, with the header lines that name its
 * columns, as the JSON that Zeek would have written. Private to the decoder.
 *
 * Threads: one at a time a reading.
 */
#ifndef VG_INGEST_FMT_ZEEK_TSV_H
#define VG_INGEST_FMT_ZEEK_TSV_H

#include "ingest/record.h"

/* The JSON at *json, in scratch. A record of header lines alone is set aside;
 * one without "#fields" and "#types", with another number of columns, with a
 * column that is not of its type, or with more than one line is refused; then
 * false. */
bool vg_zeek_json(struct vg_reading *r, struct vg_slice record,
		  struct vg_slice *json);

#endif
