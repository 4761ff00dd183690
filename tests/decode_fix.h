/*
 * decode_fix - decoding one text and looking at the event, for the decoder's
 * suites. State is static: each suite has its own.
 */
#ifndef VG_TESTS_DECODE_FIX_H
#define VG_TESTS_DECODE_FIX_H

#include "event_check.h"
#include "ingest_fix.h"

#include "core/buf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

static struct vg_config cfg;
static struct vg_scratch *scratch;
static const struct vg_decoder *decoder;
static struct vg_event event;
static struct vg_decoded decoded;
static char *block; /* the record being read */

static inline void make_scratch(void)
{
	cfg = fix_config();
	decoder = vg_decoder_find("canonical");
	cr_assert(decoder != NULL);
	cr_assert(eq(int, vg_scratch_new(&scratch, NULL), VG_OK));
}

static inline void free_scratch(void)
{
	free(block);
	vg_scratch_free(scratch);
}

/* Decode from a block of the exact size, so that a sanitizer sees a step
 * outside; the event borrows it until the next. */
static inline enum vg_verdict take(const char *p, size_t n)
{
	const char *complaint;

	free(block);
	block = malloc(n > 0 ? n : 1);
	memcpy(block, p, n);
	memset(&decoded, 'x', sizeof decoded);
	decoder->decode(scratch, &cfg, &cfg.partners[0],
			(struct vg_slice){block, (uint32_t)n}, &event,
			&decoded);
	complaint = check_decoded(&decoded, &event);
	cr_assert(complaint == NULL, "%s: %.*s", complaint, (int)n, p);
	return decoded.verdict;
}

/* An event with every member. */
static const char FULL[] =
	"{\"id\":\"e1\",\"time\":1767323045.25,\"partner\":\"MA\","
	"\"sensor\":\"s1\",\"sensor_kind\":\"ids\",\"country\":\"IL\","
	"\"source_country\":\"XK\",\"actor\":\"APT1\",\"category\":\"fraud\","
	"\"technique\":\"T1059.001\",\"severity\":7,\"confidence\":80,"
	"\"sector\":\"energy\",\"tlp\":\"RED\",\"releasable_to\":[\"US\"],"
	"\"count\":9,\"origin\":{\"partner\":\"BH\",\"feed\":\"f\","
	"\"id\":\"u7\"},\"indicators\":[{\"type\":\"ipv4\","
	"\"value\":\"192.0.2.1\"}],\"fields\":{\"a\":\"b\"}}";

#define BASE                                                                   \
	"\"id\":\"e1\",\"time\":\"2026-01-02T03:04:05Z\",\"sensor\":\"s1\","   \
	"\"category\":\"intrusion-attempts\""

/* A valid event and `more` members. */
static inline enum vg_verdict with(const char *more)
{
	struct vg_buf b = {0};
	enum vg_verdict v;

	vg_buf_printf(&b, "{" BASE "%s%s}", *more ? "," : "", more);
	v = take(b.p, b.n);
	vg_buf_term(&b);
	return v;
}

/* As with(), a string member `name` of `n` times `c`. */
static inline enum vg_verdict with_text(const char *before, size_t n, char c,
					const char *after)
{
	struct vg_buf b = {0};
	enum vg_verdict v;

	vg_buf_str(&b, before);
	for (size_t i = 0; i < n; i++)
		vg_buf_add(&b, &c, 1);
	vg_buf_str(&b, after);
	v = with(b.p);
	vg_buf_term(&b);
	return v;
}

static inline bool is(struct vg_slice s, const char *want)
{
	return s.p != NULL && vg_slice_eq(s, vg_slice_of(want));
}

struct row {
	const char *more;
	enum vg_verdict verdict;
	const char *reason; /* begins so */
};

static inline void expect(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum vg_verdict v = with(rows[i].more);
		const char *reason = rows[i].reason ? rows[i].reason : "";

		cr_expect(v == rows[i].verdict, "%s: %s (%s)", rows[i].more,
			  vg_verdict_name(v), decoded.reason);
		cr_expect(strncmp(decoded.reason, reason, strlen(reason)) == 0,
			  "%s: %s", rows[i].more, decoded.reason);
	}
}

#define EXPECT(rows) expect(rows, sizeof(rows) / sizeof((rows)[0]))
#define ACCEPTED     VG_VERDICT_COUNTED
#define R_TYPE	     VG_VERDICT_R_TYPE
#define R_VALUE	     VG_VERDICT_R_VALUE
#define R_MISSING    VG_VERDICT_R_MISSING

#endif
