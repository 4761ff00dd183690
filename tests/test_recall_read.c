/* What a control record asks for, and what is no such thing. */
#include "ingest/recall_read.h"

#include "ingest_fix.h"

#include "core/buf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct vg_config cfg;
static struct vg_scratch *scratch;
static struct vg_recall recall;
static struct vg_decoded decoded;
static struct vg_buf text;

static void start(void)
{
	cfg = fix_config();
	cr_assert(eq(int, vg_scratch_new(&scratch, NULL), VG_OK));
}

static void finish(void)
{
	vg_recall_term(&recall);
	vg_buf_term(&text);
	vg_scratch_free(scratch);
}

TestSuite(recall_read, .init = start, .fini = finish);

/* Read {"recall": <members>}. */
static bool read_of(const char *members)
{
	vg_recall_term(&recall);
	vg_buf_reset(&text);
	vg_buf_printf(&text, "{\"recall\":%s}", members);
	cr_assert(not(text.failed));
	return vg_recall_read(&recall, scratch, &cfg,
			      (struct vg_slice){text.p, (uint32_t)text.n},
			      &decoded);
}

static void refused(const char *members, const char *why)
{
	cr_assert(not(read_of(members)), "%s", members);
	cr_assert(eq(int, decoded.verdict, VG_VERDICT_R_RECALL_FORM));
	cr_assert(strstr(decoded.reason, why) != NULL, "%s: %s", members,
		  decoded.reason);
}

/* `n` ids behind the sensor; freed by the caller. */
static char *ids(int n)
{
	struct vg_buf b = {0};

	vg_buf_str(&b, "{\"sensor\":\"s\",\"ids\":[");
	for (int i = 0; i < n; i++)
		vg_buf_printf(&b, "%s\"i%d\"", i > 0 ? "," : "", n - i);
	vg_buf_str(&b, "]}");
	cr_assert(not(b.failed));
	return b.p;
}

Test(recall_read, ids_are_found_each_once)
{
	cr_assert(read_of("{\"sensor\":\"s1\",\"ids\":[\"b\",\"a\",\"b\","
			  "\"\\u0061b\"]}"));
	cr_assert(eq(int, decoded.verdict, VG_VERDICT_CONTROL));
	cr_assert(vg_slice_eq(recall.sensor, vg_slice_of("s1")));
	cr_assert(eq(sz, recall.n_ids, 3));
	cr_assert(vg_recall_find(&recall, vg_slice_of("ab")) >= 0);
	cr_assert(vg_recall_find(&recall, vg_slice_of("a")) >= 0);
	cr_assert(vg_recall_find(&recall, vg_slice_of("abc")) < 0);
	cr_assert(not(vg_recall_narrows(&recall)));
}

Test(recall_read, law6_4096_ids_and_not_one_more)
{
	char *most = ids(VG_RECALL_IDS_MAX), *more = ids(VG_RECALL_IDS_MAX + 1);

	cr_assert(eq(int, VG_RECALL_IDS_MAX, 4096));
	cr_assert(read_of(most), "%s", decoded.reason);
	cr_assert(eq(sz, recall.n_ids, 4096));
	cr_assert(vg_recall_find(&recall, vg_slice_of("i1")) >= 0);
	cr_assert(vg_recall_find(&recall, vg_slice_of("i4096")) >= 0);
	refused(more, "more than 4096");
	free(most);
	free(more);
}

Test(recall_read, a_range_of_time_instead)
{
	cr_assert(read_of("{\"sensor\":\"s\",\"from\":1700000000,"
			  "\"to\":\"2023-11-14T22:13:21Z\"}"));
	cr_assert(eq(i64, recall.from_ms, INT64_C(1700000000000)));
	cr_assert(eq(i64, recall.to_ms, INT64_C(1700000001000)));
	cr_assert(recall.id == NULL);
	cr_assert(vg_recall_find(&recall, vg_slice_of("a")) < 0);
}

Test(recall_read, narrowing_is_by_label_or_by_partners)
{
	cr_assert(read_of("{\"sensor\":\"s\",\"ids\":[\"a\"],"
			  "\"tlp\":\"RED\"}"));
	cr_assert(recall.has_label && vg_recall_narrows(&recall));
	cr_assert(eq(int, recall.label, VG_TLP_RED));
	cr_assert(read_of("{\"sensor\":\"s\",\"ids\":[\"a\"],"
			  "\"releasable_to\":[\"IL\"]}"));
	cr_assert(recall.narrowed && vg_recall_narrows(&recall));
	cr_assert(not(recall.has_label));
}

Test(recall_read, null_is_as_left_out)
{
	cr_assert(read_of("{\"sensor\":\"s\",\"ids\":[\"a\"],\"from\":null,"
			  "\"tlp\":null}"));
	cr_assert(not(vg_recall_narrows(&recall)));
	refused("{\"sensor\":null,\"ids\":[\"a\"]}", "recall.sensor");
}

Test(recall_read, what_is_no_recall_is_refused_with_a_reason)
{
	refused("5", "recall");
	refused("{}", "recall.sensor: missing");
	refused("{\"sensor\":\"s\"}", "either ids, or from and to");
	refused("{\"sensor\":\"s\",\"ids\":[]}", "empty");
	refused("{\"sensor\":\"s\",\"ids\":\"a\"}", "recall.ids");
	refused("{\"sensor\":\"s\",\"ids\":[1]}", "recall.ids");
	refused("{\"sensor\":\"s\",\"ids\":[\"\"]}", "recall.ids");
	refused("{\"sensor\":\"s\",\"ids\":[\"a\"],\"from\":1,\"to\":2}",
		"either");
	refused("{\"sensor\":\"s\",\"from\":1700000000}", "either");
	refused("{\"sensor\":\"s\",\"from\":1700000000,\"to\":1700000000}",
		"not after from");
	refused("{\"sensor\":\"s\",\"ids\":[\"a\"],\"tlp\":\"PINK\"}",
		"not a label");
	refused("{\"sensor\":\"s\",\"ids\":[\"a\"],\"idz\":1}",
		"a member it has not");
	refused("{\"sensor\":\"s\",\"ids\":[\"a\"],\"releasable_to\":[7]}",
		"releasable_to");
}
