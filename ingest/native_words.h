/*
 * native_words - other systems' words, scales and times in ours, for the
 * native decoders (native.h has the whole).
 *
 * Threads: pure, but vg_native_time_of(): one at a time a reading.
 */
#ifndef VG_INGEST_NATIVE_WORDS_H
#define VG_INGEST_NATIVE_WORDS_H

#include "ingest/record.h"

/* The RSIT classes, in the order of VG_VOCAB_CATEGORY; a test compares. */
enum vg_rsit {
	VG_RSIT_ABUSIVE_CONTENT,
	VG_RSIT_MALICIOUS_CODE,
	VG_RSIT_INFORMATION_GATHERING,
	VG_RSIT_INTRUSION_ATTEMPTS,
	VG_RSIT_INTRUSIONS,
	VG_RSIT_AVAILABILITY,
	VG_RSIT_INFORMATION_CONTENT_SECURITY,
	VG_RSIT_FRAUD,
	VG_RSIT_VULNERABLE,
	VG_RSIT_OTHER,
	VG_RSIT_TEST
};

/* In the order of VG_VOCAB_SENSOR_KIND; a test compares. */
enum vg_sensor_kind {
	VG_KIND_HONEYPOT,
	VG_KIND_IDS,
	VG_KIND_EDR,
	VG_KIND_SIEM,
	VG_KIND_NETFLOW,
	VG_KIND_DNS,
	VG_KIND_MAIL,
	VG_KIND_FEED,
	VG_KIND_HUMAN,
	VG_KIND_OTHER
};

/* A row of a decoder's table; the last has word NULL. */
struct vg_native_word {
	const char *word; /* in lower case */
	int value;
};

/* The value of the first row whose word `text` is (ASCII case ignored), or
 * `otherwise`. */
int vg_native_word(const struct vg_native_word *table, struct vg_slice text,
		   int otherwise);

/* The same, of the first row whose word `text` contains. */
int vg_native_word_in(const struct vg_native_word *table, struct vg_slice text,
		      int otherwise);

/* `v` of lo..hi on the scale of 1 to 10, 10 the worst. hi < lo: an inverted
 * scale. Outside: the nearest end. */
int vg_native_scale(int64_t v, int64_t lo, int64_t hi);

/* Severity of "informational" 2, "low" 3, "medium" 5, "high" 8, "critical" 10
 * and their usual synonyms in either case; else `otherwise`. */
int vg_native_severity_word(struct vg_slice word, int otherwise);

/* An instant as real exporters write it: RFC 3339; the same with "+0000" or
 * "+00", with a space for the T, with a comma for the point, or without a zone
 * (then UTC); a number since 1970 (or text of one) in s below 1e11, ms below
 * 1e14, us below 1e17, else ns. 1970 to 9999. */
bool vg_native_time_of(struct vg_reading *r, uint32_t tok, int64_t *ms);

/* The same of a text. */
bool vg_native_time_text(struct vg_slice text, int64_t *ms);

/* A decimal number without exponent; correctly rounded up to 15 digits. */
bool vg_native_number_text(struct vg_slice text, double *out);

#endif
