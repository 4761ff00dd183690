/*
 * second_fix - one record through ingest's decoder and through verify's second
 * reading, for the suite and the fuzzer.
 */
#ifndef VG_TESTS_SECOND_FIX_H
#define VG_TESTS_SECOND_FIX_H

#include "event_same.h"
#include "ingest_fix.h"

#include "verify/read.h"

#include <stdlib.h>

struct two_readers {
	struct vg_config cfg;
	struct vg_scratch *scratch;
	struct vg_second second;
	struct vg_event event;
	struct vg_decoded decoded;
	enum vg_second_kind kind;
};

static inline bool two_readers_open(struct two_readers *t)
{
	memset(t, 0, sizeof *t);
	t->cfg = fix_config();
	return vg_scratch_new(&t->scratch, NULL) == VG_OK;
}

static inline void two_readers_close(struct two_readers *t)
{
	vg_scratch_free(t->scratch);
	vg_second_term(&t->second);
}

static inline enum vg_second_kind kind_of(enum vg_verdict v)
{
	if (v == VG_VERDICT_COUNTED)
		return VG_SECOND_EVENT;
	if (v == VG_VERDICT_CANARY)
		return VG_SECOND_CANARY;
	return v == VG_VERDICT_CONTROL ? VG_SECOND_CONTROL : VG_SECOND_REJECTED;
}

/* What the two do not agree on, or NULL. Both read a block of the exact size,
 * so that a sanitizer sees a step outside. */
static inline const char *two_readings(struct two_readers *t, const void *p,
				       size_t n)
{
	const char *differs = NULL;
	char *block = malloc(n > 0 ? n : 1);

	if (block == NULL)
		abort();
	if (n > 0)
		memcpy(block, p, n);
	const struct vg_slice record = {block, (uint32_t)n};
	vg_decoder_at(0)->decode(t->scratch, &t->cfg, &t->cfg.partners[0],
				 record, &t->event, &t->decoded);
	t->kind = vg_second_read(&t->second, &t->cfg, record);
	if (t->kind != kind_of(t->decoded.verdict))
		differs = "verdict";
	else if (t->kind == VG_SECOND_EVENT)
		differs = same_event(&t->event, &t->second.event);
	free(block);
	return differs;
}

#endif
