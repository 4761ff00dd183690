/*
 * fuzz_recall - any bytes as a control record, and as the signature of one: it
 * is refused with a reason, or asks for sensors, ids and times that can be. The
 * first line of an input is the header vigie-sig, the rest the record.
 */
#include "../ingest_fix.h"

#include "core/sign.h"
#include "ingest/recall_read.h"
#include "ingest/signature.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_recall: %s\n", complaint);
	abort();
}

static void check_recall(const struct vg_recall *r)
{
	if (r->sensor.n < 1 || r->sensor.n > VG_SENSOR_MAX)
		stop("a sensor");
	if (r->n_ids > VG_RECALL_IDS_MAX || (r->id == NULL) != (r->n_ids == 0))
		stop("how many ids");
	if (r->id == NULL && r->from_ms >= r->to_ms)
		stop("a range that is none");
	for (size_t i = 0; i < r->n_ids; i++)
		if (vg_recall_find(r, r->id[i]) != (ptrdiff_t)i)
			stop("an id that is not found");
	if (r->has_label && r->label > VG_TLP_RED)
		stop("a label");
}

static void check_signature(struct vg_slice header, struct vg_slice record)
{
	static struct vg_sign_key key = {.id = "k1", .until_ms = INT64_MAX};
	struct vg_partner p = {.id = "MA",
			       .signatures = VG_SIGNATURES_REQUIRED,
			       .keys = &key,
			       .n_keys = 1};
	const struct vg_signed s = {
		.record = record, .header = header, .n_headers = 1};
	char reason[160] = "";
	enum vg_verdict v = vg_signature_judge(&p, &s, reason, sizeof reason);

	if (v == VG_VERDICT_COUNTED)
		stop("signed by a key of zeros");
	if (reason[0] == '\0' || memchr(reason, '\0', sizeof reason) == NULL)
		stop("no reason");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vg_scratch *scratch;
	struct vg_config cfg = fix_config();
	struct vg_recall recall = {.n_ids = 0};
	struct vg_decoded d = {.verdict = VG_VERDICT_COUNTED};
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;

	if (end == NULL ||
	    (scratch == NULL && vg_scratch_new(&scratch, NULL) != VG_OK))
		return 0;
	size_t n = size - (size_t)(end + 1 - text);
	/* A block of the exact size: a step outside is seen. */
	char *record = malloc(n > 0 ? n : 1);
	if (record == NULL)
		return 0;
	memcpy(record, end + 1, n);
	struct vg_slice whole = {record, (uint32_t)n};
	if (vg_recall_read(&recall, scratch, &cfg, whole, &d))
		check_recall(&recall);
	else if (d.verdict != VG_VERDICT_R_RECALL_FORM || d.reason[0] == '\0')
		stop("a refusal without its reason");
	vg_recall_term(&recall);
	check_signature((struct vg_slice){text, (uint32_t)(end - text)}, whole);
	free(record);
	return 0;
}
