/*
 * fuzz_decode - any bytes through the decoder FORMAT and admission: each record
 * has exactly one verdict, and an accepted event keeps every promise of the
 * canonical format. Masking it for a dead letter stays in its bytes. What the
 * quick reader of canonical events takes, the strict one takes as the same.
 */
#include "../event_check.h"
#include "../event_same.h"
#include "../ingest_fix.h"

#include "ingest/admit.h"
#include "ingest/canonical.h"
#include "ingest/mask.h"
#include "ingest/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct under_test {
	struct vg_config cfg;
	struct vg_audiences *audiences;
	const struct vg_decoder *decoder;
	struct vg_scratch *scratch;
	struct vg_admit *admit;
	int64_t offset;
};

static const uint8_t key[VG_HASH_KEY] = "0123456789abcde";

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_decode: %s\n", complaint);
	abort();
}

static void make(struct under_test *t)
{
	t->cfg = fix_config();
	if (vg_audiences_new(&t->audiences, &t->cfg, NULL) != VG_OK)
		stop("audiences");
	struct vg_admit_env env = {
		.cfg = &t->cfg, .aud = t->audiences, .hash_key = key};
	t->decoder = vg_decoder_find(FORMAT);
	if (t->decoder == NULL || vg_scratch_new(&t->scratch, NULL) != VG_OK ||
	    vg_admit_new(&t->admit, &env, &t->cfg.partners[0], NULL) != VG_OK)
		stop("setting up");
}

/* The same event at two offsets: the second is a duplicate of the first, or
 * has the verdict of the first when that never asked for its identity. */
static void admit_twice(struct under_test *t, struct vg_event *e)
{
	char place[VG_PLACE_ID];
	struct vg_admitted first, second;
	int64_t ref_ms = e->time_ms;

	t->offset += 1 + FIX_SPAN;
	if (e->id.n == 0)
		e->id = vg_place_id(place, key, "alerts.ma", 0, t->offset);
	if (vg_admit_judge(t->admit, e, t->offset, ref_ms, &first, NULL) ||
	    vg_admit_judge(t->admit, e, t->offset + 1, ref_ms, &second, NULL))
		stop("no verdict");
	if (first.remember ? second.verdict != VG_VERDICT_DUPLICATE
			   : second.verdict != first.verdict)
		stop("the second verdict");
	if (first.verdict == VG_VERDICT_COUNTED &&
	    e->audience >= vg_audience_count(t->audiences))
		stop("the audience");
	t->offset++;
}

/* `e` is what the decoder made of the record; it borrows t->scratch. */
static void read_strictly(const struct under_test *t, struct vg_slice record,
			  const struct vg_event *e, const struct vg_decoded *d)
{
	static struct vg_scratch *scratch;
	static struct vg_event strict;
	struct vg_decoded said;

	if (scratch == NULL && vg_scratch_new(&scratch, NULL) != VG_OK)
		stop("setting up");
	vg_canonical_strict(scratch, &t->cfg, &t->cfg.partners[0], record,
			    &strict, &said);
	if (said.verdict != d->verdict || strcmp(said.reason, d->reason) != 0)
		stop("the strict reader's verdict");
	if (said.verdict == VG_VERDICT_COUNTED &&
	    (same_event(e, &strict) != NULL ||
	     e->n_unknown != strict.n_unknown ||
	     e->n_trimmed != strict.n_trimmed))
		stop("the strict reader's event");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct under_test t;
	static struct vg_event e;
	struct vg_decoded d;

	if (t.admit == NULL)
		make(&t);
	/* A block of the exact size: a step outside is seen. */
	char *record = malloc(size > 0 ? size : 1);
	if (record == NULL)
		return 0;
	if (size > 0)
		memcpy(record, data, size);
	t.decoder->decode(t.scratch, &t.cfg, &t.cfg.partners[0],
			  (struct vg_slice){record, (uint32_t)size}, &e, &d);
	const char *complaint = check_decoded(&d, &e);
	if (complaint != NULL)
		stop(complaint);
	if (strcmp(t.decoder->name, "canonical") == 0)
		read_strictly(&t, (struct vg_slice){record, (uint32_t)size}, &e,
			      &d);
	if (d.verdict == VG_VERDICT_COUNTED && e.id.n == 0 &&
	    strcmp(t.decoder->name, "canonical") == 0)
		stop("a canonical event without an id");
	if (d.verdict == VG_VERDICT_COUNTED)
		admit_twice(&t, &e);
	if (size > 0)
		(void)vg_mask_record(record, size);
	free(record);
	return 0;
}
