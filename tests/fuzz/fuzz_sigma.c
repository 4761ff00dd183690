/*
 * fuzz_sigma - any bytes as the condition of a Sigma detection and as a line of
 * its selection, and an event to ask it of: it is refused with its place, or
 * answers; and then `not` of it answers the other way, unless a search reached
 * its bounds.
 *
 * The first line of an input is the condition, the second a line of a
 * selection, the rest the value of field x.
 */
#include "aggregate/match.h"
#include "alert/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum answer { NO, YES, NONE, REFUSED };

enum { CONDITION_MAX = 5000, LINE_MAX = 20000, VALUE_MAX = 2048 };

struct input {
	struct vg_slice condition, line;
	const struct vg_event *e;
};

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_sigma: %s\n", complaint);
	abort();
}

static enum answer ask(const struct vg_rules *rules, const struct vg_plan *plan,
		       const struct vg_event *e)
{
	static char scratch[VG_FIELD_SCRATCH];
	struct vg_field_values v = {.scratch = scratch};
	const struct vg_rule *r = vg_rule_at(rules, 0);

	if (vg_match_test(vg_plan_track(plan, r->condition[0].track)->match, e,
			  vg_slice_of("MA"), &v))
		return YES;
	return v.is_limited ? NONE : NO;
}

/* What the detection answers whose condition is <before><condition><after>. */
static enum answer judge(const struct input *in, const char *before,
			 const char *after)
{
	static char yaml[1 << 16];
	struct vg_rules *rules = NULL;
	struct vg_plan *plan = NULL;
	struct vg_err err = {0};
	enum answer answer = REFUSED;
	int n = snprintf(yaml, sizeof yaml,
			 "title: A\nname: a\ndetection:\n"
			 "  sel: {x: a}\n  sel2: [y, {x: b}]\n  _z:\n    %.*s\n"
			 "  condition: >-\n    %s%.*s%s\n---\n"
			 "title: C\nname: c\ncorrelation:\n"
			 "  type: event_count\n  rules: [a]\n  timespan: 1h\n"
			 "  condition: {gte: 2}\n",
			 (int)in->line.n, in->line.p, before,
			 (int)in->condition.n, in->condition.p, after);

	if (n < 0 || (size_t)n >= sizeof yaml ||
	    vg_plan_new(&plan, NULL) != VG_OK)
		return REFUSED;
	enum vg_rc rc =
		vg_rules_parse(&rules, plan, "fuzz", yaml, (size_t)n, &err);
	if (rc == VG_OK && vg_rules_count(rules) == 1)
		answer = ask(rules, plan, in->e);
	else if (rc != VG_OK &&
		 (rc != VG_INVAL || strstr(err.text, "fuzz") == NULL))
		stop(err.text);
	vg_rules_free(rules);
	vg_plan_free(plan);
	return answer;
}

/* The text up to the end of its line; *rest goes on behind it. */
static struct vg_slice line_of(struct vg_slice *rest)
{
	const char *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
	struct vg_slice line = *rest;

	if (end != NULL)
		line.n = (uint32_t)(end - rest->p);
	rest->p += line.n + (end != NULL);
	rest->n -= line.n + (end != NULL);
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vg_slice rest = {(const char *)data, (uint32_t)size};
	struct input in = {.condition = line_of(&rest)};

	in.line = line_of(&rest);
	if (in.condition.n > CONDITION_MAX || in.line.n > LINE_MAX ||
	    rest.n > VALUE_MAX)
		return 0;
	/* A block of the exact size: a step outside is seen. */
	char *value = malloc(rest.n > 0 ? rest.n : 1);
	if (value == NULL)
		return 0;
	if (rest.n > 0)
		memcpy(value, rest.p, rest.n);
	struct vg_event e = {.sensor = {"s", 1},
			     .country = {"MA", 2},
			     .sensor_kind = -1,
			     .sector = -1,
			     .severity = 5,
			     .confidence = 50,
			     .count = 1,
			     .n_field = 1};
	e.field[0] = (struct vg_field){
		{"x", 1}, {value, rest.n}, VG_SCALAR_STRING, 0};
	in.e = &e;
	enum answer yes = judge(&in, "", "");
	enum answer no = judge(&in, "not (", ")");
	bool differ = yes == NONE ? no != NONE : no != (yes == YES ? NO : YES);
	if (yes != REFUSED && no != REFUSED && differ)
		stop("not of it is not the other answer");
	free(value);
	return 0;
}
