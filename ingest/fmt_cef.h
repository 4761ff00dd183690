/*
 * fmt_cef - the text of one CEF event in parts. Private to the CEF decoder.
 *
 *     <134>1 2026-01-02T03:04:05Z fw1 x - - - CEF:0|a|b|c|d|e|5|src=.. msg=..
 *     `------------- syslog ----------------'      `- header -' `extension-'
 *
 * Threads: one at a time an event.
 */
#ifndef VG_INGEST_FMT_CEF_H
#define VG_INGEST_FMT_CEF_H

#include "ingest/native.h"

/* Fields of the header, in their order. */
enum {
	VG_CEF_VERSION,
	VG_CEF_VENDOR,
	VG_CEF_PRODUCT,
	VG_CEF_DEVICE_VERSION,
	VG_CEF_SIGNATURE,
	VG_CEF_NAME,
	VG_CEF_SEVERITY,
	VG_CEF_HEADER
};

struct vg_cef {
	struct vg_slice header[VG_CEF_HEADER]; /* escapes undone    */
	struct vg_slice extension;	       /* as it came        */
	struct vg_slice time, host;	       /* of syslog, if any */
};

/* Take `text` apart: syslog and header. False when there is no CEF header of
 * seven fields in it. */
bool vg_cef_parse(struct vg_reading *r, struct vg_slice text,
		  struct vg_cef *out);

/* Where "CEF:<digit>" stands in `text`, or NULL. */
const char *vg_cef_head(struct vg_slice text);

/* The pairs of an extension, one after the other. */
struct vg_cef_pairs {
	struct vg_slice text;
	uint32_t key, equals; /* where those of the next pair are */
};

/* Before the first pair of `extension`. */
struct vg_cef_pairs vg_cef_pairs_of(struct vg_slice extension);

/* The next pair, the value as it came; false at the end. A value ends before
 * the next " key=". */
bool vg_cef_next(struct vg_cef_pairs *pairs, struct vg_slice *key,
		 struct vg_slice *value);

/* As vg_cef_next(), the value with its escapes undone. */
bool vg_cef_pair(struct vg_reading *r, struct vg_cef_pairs *pairs,
		 struct vg_slice *key, struct vg_slice *value);

/* A time as CEF writes it: ms since 1970, RFC 3339, or "Jan 02 2026 03:04:05"
 * with a fraction and a zone (UTC, GMT, Z, +0100) or without (then UTC). One
 * without a year is none. */
bool vg_cef_time(struct vg_slice text, int64_t *ms);

/* What to do with the value of a key. */
enum vg_cef_what {
	VG_CEF_FIELD,
	VG_CEF_NUMBER,
	VG_CEF_SOURCE,
	VG_CEF_TARGET,
	VG_CEF_URL,
	VG_CEF_HASH,
	VG_CEF_COUNT,
	VG_CEF_CATEGORY,
	VG_CEF_HOST,
	VG_CEF_ADDRESS,
	VG_CEF_START,
	VG_CEF_RECEIPT,
	VG_CEF_END
};

struct vg_cef_key {
	const char *name;
	uint32_t len;
	enum vg_cef_what what;
	const char *field;
};

/* What to do with a key, by its short or its full name; NULL when it is not
 * known. */
const struct vg_cef_key *vg_cef_key_find(struct vg_slice key);

/* The RSIT class that the words of a category or a name speak of, or -1. */
int vg_cef_class(struct vg_slice text);

#endif
