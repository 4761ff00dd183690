#include "ingest/signature.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <unistd.h>

enum { FROM = 1000, UNTIL = 2000 };

static struct vg_sign_key keys[2];
static struct vg_partner partner = {.id = "MA", .keys = keys, .n_keys = 2};
static struct vg_signer signer[2];
static char reason[128];

static const struct vg_slice RECORD = {.p = "{\"id\":\"1\"}", .n = 10};

/* Keys old, good in [1000, 2000), and new, from 2000 on. */
static void make_keys(void)
{
	static const char *const NAMES[] = {"old", "new"};
	char path[64], base64[VG_SIGN_BASE64];
	struct vg_err err = {.text = ""};

	for (int i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof path, "/tmp/vg-key-%ld-%d",
			       (long)getpid(), i);
		cr_assert(vg_signer_new(path, NAMES[i], base64, &err) == VG_OK);
		cr_assert(vg_signer_read(&signer[i], path, &err) == VG_OK);
		unlink(path);
		(void)snprintf(keys[i].id, sizeof keys[i].id, "%s", NAMES[i]);
		cr_assert(vg_sign_read_key(vg_slice_of(base64), keys[i].key));
	}
	keys[0].from_ms = FROM;
	keys[0].until_ms = keys[1].from_ms = UNTIL;
	keys[1].until_ms = INT64_MAX;
	partner.signatures = VG_SIGNATURES_REQUIRED;
}

TestSuite(signature, .init = make_keys);

static enum vg_verdict judge(const char *header, int n, int64_t ref_ms)
{
	const struct vg_signed s = {.record = RECORD,
				    .header = header != NULL
						      ? vg_slice_of(header)
						      : (struct vg_slice){0},
				    .n_headers = n,
				    .ref_ms = ref_ms};

	reason[0] = '\0';
	return vg_signature_judge(&partner, &s, reason, sizeof reason);
}

static enum vg_verdict judge_by(int i, int64_t ref_ms)
{
	char text[VG_SIGN_TEXT];

	vg_signer_sign(&signer[i], RECORD, text);
	return judge(text, 1, ref_ms);
}

Test(signature, by_the_right_key_at_the_right_time_is_good)
{
	cr_assert(eq(int, judge_by(0, 1500), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_by(1, 2500), VG_VERDICT_COUNTED));
}

Test(signature, keys_are_good_from_their_first_ms_to_before_their_last)
{
	cr_assert(eq(int, judge_by(0, FROM - 1), VG_VERDICT_R_SIGNATURE));
	cr_assert(eq(int, judge_by(0, FROM), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_by(0, UNTIL - 1), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_by(0, UNTIL), VG_VERDICT_R_SIGNATURE));
	cr_assert(strstr(reason, "not valid at the record's time") != NULL);
	cr_assert(eq(int, judge_by(1, UNTIL - 1), VG_VERDICT_R_SIGNATURE));
	cr_assert(eq(int, judge_by(1, UNTIL), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_by(1, INT64_MAX - 1), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge_by(1, INT64_MIN), VG_VERDICT_R_SIGNATURE));
}

Test(signature, of_other_bytes_or_by_another_key_is_refused)
{
	char text[VG_SIGN_TEXT], swapped[VG_SIGN_TEXT];

	vg_signer_sign(&signer[0], vg_slice_of("{\"id\":\"2\"}"), text);
	cr_assert(eq(int, judge(text, 1, 1500), VG_VERDICT_R_SIGNATURE));
	cr_assert(strstr(reason, "not that of this record") != NULL);
	vg_signer_sign(&signer[1], RECORD, text);
	(void)snprintf(swapped, sizeof swapped, "old%s", text + 3);
	cr_assert(eq(int, judge(swapped, 1, 1500), VG_VERDICT_R_SIGNATURE));
	(void)snprintf(swapped, sizeof swapped, "own%s", text + 3);
	cr_assert(eq(int, judge(swapped, 1, 1500), VG_VERDICT_R_SIGNATURE));
	cr_assert(strstr(reason, "not the partner's") != NULL);
}

Test(signature, header_malformed_or_twice_is_refused)
{
	char text[VG_SIGN_TEXT];

	vg_signer_sign(&signer[0], RECORD, text);
	cr_assert(eq(int, judge(text, 2, 1500), VG_VERDICT_R_SIGNATURE));
	cr_assert(strstr(reason, "twice") != NULL);
	cr_assert(eq(int, judge("", 1, 1500), VG_VERDICT_R_SIGNATURE));
	cr_assert(eq(int, judge(NULL, 1, 1500), VG_VERDICT_R_SIGNATURE));
	cr_assert(eq(int, judge("old:AAAA", 1, 1500), VG_VERDICT_R_SIGNATURE));
	cr_assert(strstr(reason, "<key id>:<base64 of 64 bytes>") != NULL);
	text[strlen(text) - 1] = '\0';
	cr_assert(eq(int, judge(text, 1, 1500), VG_VERDICT_R_SIGNATURE));
}

Test(signature, missing_is_refused_only_where_it_is_required)
{
	cr_assert(eq(int, judge(NULL, 0, 1500), VG_VERDICT_R_UNSIGNED));
	cr_assert(strstr(reason, "missing") != NULL);
	partner.signatures = VG_SIGNATURES_OPTIONAL;
	cr_assert(eq(int, judge(NULL, 0, 1500), VG_VERDICT_COUNTED));
	cr_assert(eq(int, judge("bad", 1, 1500), VG_VERDICT_R_SIGNATURE));
	cr_assert(eq(int, judge_by(0, 1500), VG_VERDICT_COUNTED));
	partner.signatures = VG_SIGNATURES_OFF;
	cr_assert(eq(int, judge("bad", 1, 1500), VG_VERDICT_COUNTED));
	cr_assert(not(vg_signature_matters(&partner)));
}
