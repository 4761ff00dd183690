/*
 * negotiate - what the asker takes: a format by Accept, a coding by
 * Accept-Encoding (RFC 9110, 12.5), both with q-values.
 *
 * Threads: pure.
 */
#ifndef VG_API_NEGOTIATE_H
#define VG_API_NEGOTIATE_H

#include "core/slice.h"

enum vg_format { VG_FORMAT_JSON, VG_FORMAT_CSV, VG_FORMAT_NDJSON, VG_FORMATS };
enum vg_coding { VG_CODING_NONE, VG_CODING_GZIP, VG_CODING_BR, VG_CODINGS };

/* The format that `accept` (a header value, NULL when absent) likes best; JSON
 * when it likes several as much. False when it takes none of them. */
bool vg_negotiate_format(const char *accept, enum vg_format *out);

/* The coding that `accept_encoding` (NULL when absent) likes best; of equals
 * br, then gzip. What it does not name is not used. */
enum vg_coding vg_negotiate_coding(const char *accept_encoding);

/* Whether `accept_encoding` (NULL when absent) names `c` and takes it. */
bool vg_negotiate_takes(const char *accept_encoding, enum vg_coding c);

/* "gzip", "br"; NULL for none. */
const char *vg_coding_name(enum vg_coding c);

/* The media type of a format. */
const char *vg_format_type(enum vg_format f);

/* True when `header`, an If-None-Match (NULL when absent), names `etag` or is
 * "*"; compared weakly, as RFC 9110 has it. */
bool vg_negotiate_matches(const char *header, const char *etag);

#endif
