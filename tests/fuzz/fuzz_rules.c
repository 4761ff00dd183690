/*
 * fuzz_rules - any bytes as a rule file, of whatever kinds: it is refused with
 * its place, or every rule keeps what rules.h promises; and read again it is
 * the same rules.
 */
#include "alert/rules.h"
#include "core/limits.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NAME[] = "fuzz.yaml";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_rules: %s\n", complaint);
	abort();
}

struct read {
	struct vg_rules *rules;
	struct vg_plan *plan;
};

static void term(struct read *r)
{
	vg_rules_free(r->rules);
	vg_plan_free(r->plan);
}

static enum vg_rc parse(struct read *r, bool offline, const char *text,
			size_t size)
{
	struct vg_err err = {.text = ""};

	*r = (struct read){.rules = NULL};
	if (vg_plan_new(&r->plan, NULL) != VG_OK)
		return VG_FATAL;
	enum vg_rc rc = offline ? vg_rules_parse_offline(&r->rules, r->plan,
							 NAME, text, size, &err)
				: vg_rules_parse(&r->rules, r->plan, NAME, text,
						 size, &err);
	if (rc != VG_OK && rc != VG_INVAL && rc != VG_FATAL)
		stop("an unexpected code");
	if (rc == VG_INVAL && strstr(err.text, "fuzz") == NULL)
		stop("a refusal without the file");
	if (rc != VG_OK && r->rules != NULL)
		stop("rules with their refusal");
	return rc;
}

static void check_rule(const struct read *of, const struct vg_rule *r)
{
	if (r->id[0] == '\0' || r->line < 1 || r->hash[0] == '\0')
		stop("a rule without its name");
	if (r->severity < 1 || r->severity > 10 || r->window_ms < 0 ||
	    r->resolve_after_ms < 0 || r->for_ms < 0 || r->keep_firing_ms < 0)
		stop("a number out of its range");
	if (r->n_group > VG_TRACK_GROUP_MAX ||
	    r->n_condition > VG_RULE_CONDITIONS_MAX ||
	    r->n_chain > VG_STAGES_MAX)
		stop("more than there may be");
	for (unsigned i = 0; i < r->n_condition; i++)
		if (r->condition[i].track != VG_RULE_NO_TRACK &&
		    r->condition[i].track >= vg_plan_tracks(of->plan))
			stop("a track that is not in the plan");
	for (unsigned i = 0; i < r->n_chain; i++)
		if (r->chain[i].rule != VG_CHAIN_EVENTS &&
		    r->chain[i].rule >= vg_rules_count(of->rules))
			stop("a stage of no rule");
}

static void check_same(const struct read *one, const struct read *two)
{
	if (vg_rules_count(one->rules) != vg_rules_count(two->rules) ||
	    vg_plan_tracks(one->plan) != vg_plan_tracks(two->plan))
		stop("read again it is another number of rules");
	for (size_t i = 0; i < vg_rules_count(one->rules); i++)
		if (strcmp(vg_rule_at(one->rules, i)->hash,
			   vg_rule_at(two->rules, i)->hash) != 0)
			stop("read again it is another rule");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct read one, two;

	/* A block of the exact size: a step outside is seen. */
	char *text = malloc(size > 0 ? size : 1);
	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	if (parse(&one, false, text, size) == VG_OK) {
		if (vg_rules_count(one.rules) > VG_RULES_MAX)
			stop("how many rules");
		for (size_t i = 0; i < vg_rules_count(one.rules); i++)
			check_rule(&one, vg_rule_at(one.rules, i));
		if (parse(&two, false, text, size) == VG_OK)
			check_same(&one, &two);
		else
			stop("read again it is refused");
		term(&two);
	}
	term(&one);
	(void)parse(&one, true, text, size);
	term(&one);
	free(text);
	return 0;
}
