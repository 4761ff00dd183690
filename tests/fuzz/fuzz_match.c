/*
 * fuzz_match - any bytes as a rule's `match`, and an event to ask it of: it is
 * refused with its place, or answers; and then `not` of it answers the other
 * way, unless a search reached its bounds.
 *
 * The first line of an input is the match, the rest the value of field x.
 */
#include "aggregate/match.h"
#include "alert/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum answer { NO, YES, NONE, REFUSED };

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_match: %s\n", complaint);
	abort();
}

static enum answer ask(const struct vg_rules *rules, const struct vg_plan *plan,
		       const struct vg_event *e)
{
	static char scratch[VG_FIELD_SCRATCH];
	struct vg_field_values v = {.scratch = scratch};
	const struct vg_rule *r = vg_rule_at(rules, 0);
	const struct vg_match *m =
		vg_plan_track(plan, r->condition[0].track)->match;

	if (m == NULL || vg_match_test(m, e, vg_slice_of("MA"), &v))
		return YES;
	return v.is_limited ? NONE : NO;
}

/* What `match: {<before><text><after>}` answers. */
static enum answer judge(const char *before, struct vg_slice text,
			 const char *after, const struct vg_event *e)
{
	static char rule[1 << 17];
	struct vg_rules *rules = NULL;
	struct vg_plan *plan = NULL;
	struct vg_err err = {0};
	enum answer answer = REFUSED;
	int n = snprintf(rule, sizeof rule,
			 "id: r\ntitle: T\ngroup_by: [sensor]\nwindow: 6h\n"
			 "severity: 8\ncondition: {country: {distinct: 3}}\n"
			 "match: {%s%.*s%s}\n",
			 before, (int)text.n, text.p, after);

	if (n < 0 || (size_t)n >= sizeof rule ||
	    vg_plan_new(&plan, NULL) != VG_OK)
		return REFUSED;
	enum vg_rc rc =
		vg_rules_parse(&rules, plan, "fuzz", rule, (size_t)n, &err);
	if (rc == VG_OK && vg_rules_count(rules) == 1)
		answer = ask(rules, plan, e);
	else if (rc != VG_OK &&
		 (rc != VG_INVAL || strstr(err.text, "fuzz") == NULL))
		stop(err.text);
	vg_rules_free(rules);
	vg_plan_free(plan);
	return answer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
	size_t n = end != NULL ? (size_t)(end - text) : size;
	size_t rest = end != NULL ? size - n - 1 : 0;

	if (n > 60000 || rest > 2048)
		return 0;
	/* A block of the exact size: a step outside is seen. */
	char *value = malloc(rest > 0 ? rest : 1);
	if (value == NULL)
		return 0;
	if (rest > 0)
		memcpy(value, end + 1, rest);
	struct vg_event e = {.sensor = {"s", 1},
			     .country = {"MA", 2},
			     .sensor_kind = -1,
			     .sector = -1,
			     .severity = 5,
			     .confidence = 50,
			     .count = 1,
			     .n_field = 1};
	e.field[0] = (struct vg_field){
		{"x", 1}, {value, (uint32_t)rest}, VG_SCALAR_STRING, 0};
	struct vg_slice match = {text, (uint32_t)n};
	enum answer yes = judge("", match, "", &e);
	enum answer no = judge("not: {", match, "}", &e);
	bool differ = yes == NONE ? no != NONE : no != (yes == YES ? NO : YES);
	if (yes != REFUSED && no != REFUSED && n > 0 && differ)
		stop("not of it is not the other answer");
	free(value);
	return 0;
}
