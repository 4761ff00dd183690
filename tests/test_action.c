/* What people may say: bounds, strictness, and one form for all of it. */
#include "alert/action.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#define NOON_MS INT64_C(1772366400000) /* 2026-03-01T12:00:00Z */

static struct vg_err err;

static enum vg_rc body(const char *text)
{
	struct vg_action a = {.kind = VG_ACT_KINDS};
	enum vg_rc rc = vg_action_body(&a, vg_slice_of(text), VG_BODY_ALERT,
				       NOON_MS - 3600000, &err);

	vg_action_term(&a);
	return rc;
}

static enum vg_rc silence(const char *text)
{
	struct vg_action a = {.kind = VG_ACT_KINDS};
	enum vg_rc rc = vg_action_body(&a, vg_slice_of(text), VG_BODY_SILENCE,
				       NOON_MS - 3600000, &err);

	vg_action_term(&a);
	return rc;
}

Test(action, takes_each_kind_with_what_belongs_to_it)
{
	static const char *const good[] = {
		"{\"action\":\"acknowledge\"}",
		"{\"action\":\"acknowledge\",\"text\":\"on it\"}",
		"{\"action\":\"assign\",\"assignee\":\"amal\"}",
		"{\"action\":\"assign\",\"assignee\":null}",
		"{\"text\":\"a\\nb\\tc \\u00e9\",\"action\":\"comment\"}",
		"{\"action\":\"close\"}",
		"{\"action\":\"reopen\"}",
		"{\"action\":\"verdict\",\"verdict\":\"known\"}"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		cr_expect(eq(int, body(good[i]), VG_OK), "%s: %s", good[i],
			  err.text);
	cr_expect(eq(int,
		     silence("{\"match\":{\"rule\":\"r\",\"country\":[\"MA\","
			     "\"IL\"]},\"to\":\"2026-03-01T12:00:00Z\","
			     "\"reason\":\"works\"}"),
		     VG_OK),
		  "%s", err.text);
}

Test(action, refuses_what_is_not_strict_or_does_not_belong)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"action\":\"acknowledge\"",
		"{\"action\":\"acknowledge\"} x",
		"{\"action\":\"acknowledge\",\"action\":\"close\"}",
		"{\"action\":\"raise\"}",
		"{\"action\":7}",
		"{\"action\":\"silence\"}",
		"{\"action\":\"comment\"}",
		"{\"action\":\"comment\",\"text\":\"\"}",
		"{\"action\":\"comment\",\"text\":\"\\u001b[2J\"}",
		"{\"action\":\"comment\",\"text\":\"\\u202e\"}",
		"{\"action\":\"comment\",\"text\":\"x\",\"author\":\"eve\"}",
		"{\"action\":\"comment\",\"text\":\"x\",\"viewer\":\"IL\"}",
		"{\"action\":\"close\",\"verdict\":\"true\"}",
		"{\"action\":\"assign\"}",
		"{\"action\":\"verdict\",\"verdict\":true}",
		"{\"action\":\"verdict\",\"verdict\":\"maybe\"}"};
	static const char *const bad_silence[] = {
		"{\"match\":{},\"to\":\"2026-03-01T12:00:00Z\",\"reason\":"
		"\"r\"}",
		"{\"match\":{\"rule\":[]},\"to\":\"2026-03-01T12:00:00Z\","
		"\"reason\":\"r\"}",
		"{\"match\":{\"rule\":\"r\"},\"to\":\"2026-03-01T12:00:00Z\"}",
		"{\"match\":{\"rule\":\"r\"},\"to\":\"later\",\"reason\":"
		"\"r\"}",
		"{\"match\":{\"rule\":\"r\"},\"from\":\"2026-03-01T12:00:00Z\","
		"\"to\":\"2026-03-01T12:00:00Z\",\"reason\":\"r\"}",
		"{\"match\":{\"rule\":\"r\"},\"from\":\"2026-03-01T12:00:00Z\","
		"\"to\":\"2027-03-03T12:00:00Z\",\"reason\":\"r\"}",
		"{\"action\":\"silence\",\"match\":{\"rule\":\"r\"},"
		"\"to\":\"2026-03-01T12:00:00Z\",\"reason\":\"r\"}"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(eq(int, body(bad[i]), VG_DROP), "%s", bad[i]);
	for (size_t i = 0; i < sizeof bad_silence / sizeof *bad_silence; i++)
		cr_expect(eq(int, silence(bad_silence[i]), VG_DROP), "%s",
			  bad_silence[i]);
}

/* A comment of `n` bytes. */
static enum vg_rc comment_of(size_t n)
{
	struct vg_buf b = {0};

	vg_buf_str(&b, "{\"action\":\"comment\",\"text\":\"");
	for (size_t i = 0; i < n; i++)
		vg_buf_add(&b, "x", 1);
	vg_buf_str(&b, "\"}");
	enum vg_rc rc = body(b.p);
	vg_buf_term(&b);
	return rc;
}

/* A silence of `n` conditions of `values` values. */
static enum vg_rc silence_of(int n, int values)
{
	struct vg_buf b = {0};

	vg_buf_str(&b, "{\"match\":{");
	for (int i = 0; i < n; i++) {
		vg_buf_printf(&b, "%s\"n%d\":[", i > 0 ? "," : "", i);
		for (int k = 0; k < values; k++)
			vg_buf_printf(&b, "%s\"v\"", k > 0 ? "," : "");
		vg_buf_str(&b, "]");
	}
	vg_buf_str(&b, "},\"to\":\"2026-03-01T12:00:00Z\",\"from\":"
		       "\"2026-03-01T11:00:00Z\",\"reason\":\"r\"}");
	enum vg_rc rc = silence(b.p);
	vg_buf_term(&b);
	return rc;
}

Test(action, takes_as_much_as_each_limit_and_not_one_more)
{
	cr_assert(eq(int, comment_of(VG_ACTION_TEXT_MAX), VG_OK));
	cr_assert(eq(int, comment_of(VG_ACTION_TEXT_MAX + 1), VG_DROP));
	cr_assert(eq(int, silence_of(VG_ACTION_MATCH_MAX, 1), VG_OK));
	cr_assert(eq(int, silence_of(VG_ACTION_MATCH_MAX + 1, 1), VG_DROP));
	cr_assert(eq(int, silence_of(1, VG_ACTION_VALUES_MAX), VG_OK));
	cr_assert(eq(int, silence_of(1, VG_ACTION_VALUES_MAX + 1), VG_DROP));
}

Test(action, is_read_as_it_was_written)
{
	struct vg_action a = {.kind = VG_ACT_KINDS}, b = a;
	struct vg_buf first = {0}, second = {0};

	cr_assert(eq(int,
		     vg_action_body(&a,
				    vg_slice_of("{\"match\":{\"rule\":\"r\"},"
						"\"to\":\"2026-03-01T12:00:00Z"
						"\",\"reason\":\"say \\\"x\\\""
						"\"}"),
				    true, INT64_C(1772362800000), &err),
		     VG_OK));
	memset(a.id, 'a', VG_ACTION_ID);
	strcpy(a.target, a.id);
	strcpy(a.viewer, "MA");
	strcpy(a.author, "amal");
	cr_assert(eq(int, vg_action_print(&first, &a, &err), VG_OK));
	cr_assert(eq(int,
		     vg_action_read(
			     &b, (struct vg_slice){first.p, (uint32_t)first.n},
			     &err),
		     VG_OK),
		  "%s", err.text);
	cr_assert(eq(int, vg_action_print(&second, &b, &err), VG_OK));
	cr_assert(eq(str, first.p, second.p));
	vg_action_term(&a);
	vg_action_term(&b);
	vg_buf_term(&first);
	vg_buf_term(&second);
}

Test(action, of_the_topic_is_refused_when_it_is_no_record_of_ours)
{
	static const char *const bad[] = {
		"hello", "{}", "{\"action\":\"close\"}",
		"{\"v\":2,\"id\":\"00000000000000000000000000000000\","
		"\"viewer\":\"MA\",\"author\":\"a\",\"time\":\"2026-03-01T12:"
		"00:"
		"00Z\",\"action\":\"close\",\"alert\":\"a-1\"}",
		"{\"v\":1,\"id\":\"00000000000000000000000000000000\","
		"\"viewer\":\"MA\",\"author\":\"a\",\"time\":\"2026-03-01T12:"
		"00:"
		"00Z\",\"action\":\"close\",\"alert\":\"a/1\"}"};
	struct vg_action a = {.kind = VG_ACT_KINDS};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_expect(eq(int, vg_action_read(&a, vg_slice_of(bad[i]), &err),
			     VG_DROP),
			  "%s", bad[i]);
	cr_assert(eq(int,
		     vg_action_read(&a, (struct vg_slice){.p = NULL}, &err),
		     VG_DROP));
}
