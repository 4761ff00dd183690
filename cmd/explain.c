#include "aggregate/keys.h"
#include "cmd/commands.h"
#include "cmd/offline.h"
#include "cmd/report.h"
#include "core/timefmt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct explaining {
	struct vg_offline o;
	struct vg_arg_list words; /* RULE, then FIELD=VALUE for its group */
	const char *at;
	int64_t at_ms;
	size_t index; /* of the rule */
	const struct vg_rule *rule;
	struct vg_buf group; /* packed */
	size_t told;	     /* alerts of it */
};

static enum vg_rc find_rule(struct explaining *x, struct vg_err *err)
{
	const struct vg_rules *set = x->o.rules;

	for (x->index = 0; x->index < vg_rules_count(set); x->index++) {
		x->rule = vg_rule_at(set, x->index);
		if (strcmp(x->rule->id, x->words.v[0]) == 0)
			return VG_OK;
	}
	return vg_err_set(err, VG_INVAL, "no rule `%.64s` in the files",
			  x->words.v[0]);
}

/* The word that gives `field` its value, or NULL. */
static const char *value_of(const struct explaining *x, struct vg_slice field)
{
	for (size_t i = 1; i < x->words.n; i++) {
		const char *word = x->words.v[i];

		if (strncmp(word, field.p, field.n) == 0 &&
		    word[field.n] == '=')
			return word + field.n + 1;
	}
	return NULL;
}

static enum vg_rc pack_group(struct explaining *x, struct vg_err *err)
{
	for (unsigned i = 0; i < x->rule->n_group; i++) {
		const char *value = value_of(x, x->rule->group[i]);

		if (value == NULL)
			return vg_err_set(
				err, VG_INVAL, "say which group: %.*s=VALUE",
				(int)x->rule->group[i].n, x->rule->group[i].p);
		vg_field_pack(&x->group, vg_slice_of(value));
	}
	return x->group.failed ? vg_err_set(err, VG_FATAL, "out of memory")
			       : VG_OK;
}

static void say_time(const char *before, int64_t ms, const char *after)
{
	char text[VG_TIME_TEXT];

	vg_time_print_ms(text, ms);
	printf("%s%s%s", before, text, after);
}

static void say_bounds(const struct vg_bounds *b)
{
	static const char *const op[VG_BOUND_N] = {">",	 ">=", "<",
						   "<=", "=",  "!="};

	for (unsigned i = 0; i < VG_BOUND_N; i++)
		if ((b->used >> i & 1) != 0)
			printf(" %s %.15g", op[i], b->bound[i]);
}

static void say_leaf(const struct explaining *x, unsigned l,
		     const struct vg_leaf_state *state)
{
	static const char *const name[VG_KIND_N] = {
		[VG_KIND_DISTINCT] = "different values",
		[VG_KIND_EVENT_COUNT] = "events",
		[VG_KIND_SUM] = "sum",
		[VG_KIND_AVG] = "mean",
		[VG_KIND_PERCENTILE] = "percentile",
		[VG_KIND_TEMPORAL] = "stages",
		[VG_KIND_TEMPORAL_ORDERED] = "a chain of stages",
		[VG_KIND_SPIKE] = "a spike",
		[VG_KIND_SILENCE] = "a silence",
		[VG_KIND_RATIO] = "share",
		[VG_KIND_BASELINE] = "out of the ordinary",
		[VG_KIND_SHARE] = "largest share"};
	const struct vg_leaf *leaf = &x->rule->form.leaf[l];
	const struct vg_take *take = &x->rule->take[l];

	printf("test %u: %s", l + 1, name[leaf->kind]);
	for (unsigned i = 0; i < take->n_value; i++)
		printf("%s%.*s", i == 0 ? " of " : "+",
		       (int)take->value[i].name.n, take->value[i].name.p);
	if (state->has && vg_kind_has_peak(leaf->kind))
		printf(" = %.15g", state->value);
	else if (!state->has && leaf->bounds.used != 0)
		printf(" = none");
	if (leaf->bounds.used != 0) {
		printf("; %s",
		       leaf->kind == VG_KIND_RATIO ? "to be outside" : "to be");
		say_bounds(&leaf->bounds);
	}
	printf(": %s\n", state->holds ? "holds" : "does not hold");
}

static enum vg_rc say_alert(void *arg, const struct vg_replayed *a,
			    struct vg_err *err)
{
	struct explaining *x = arg;
	const struct vg_slice group = {x->group.n > 0 ? x->group.p : "",
				       (uint32_t)x->group.n};

	(void)err;
	if (a->rule != x->rule || !vg_slice_eq(a->group, group))
		return VG_OK;
	x->told++;
	say_time("alert from ", a->span.start_ms, "");
	if (a->open)
		printf(", not over");
	else
		say_time(" to ", a->span.end_ms, "");
	if (vg_kind_has_peak(a->rule->form.leaf[0].kind))
		printf(", peak %.15g", a->span.peak);
	puts("");
	return VG_OK;
}

static void say_all(const struct explaining *x, const struct vg_explained *e)
{
	printf("rule %s, for %s, ", x->rule->id, x->o.viewer);
	say_time("at ", x->at_ms, "\n");
	if (e->n == 0) {
		puts("no event of this group counts up to then: it is not "
		     "considered");
		return;
	}
	printf("%zu records count up to then, ", e->n);
	say_time("the first at ", e->first_ms, ", ");
	say_time("the last at ", e->last_ms, "\n");
	if (x->rule->form.leaf[0].kind == VG_KIND_NEW_VALUE)
		return;
	for (unsigned l = 0; l < x->rule->form.n_leaf; l++)
		say_leaf(x, l, &e->leaf[l]);
	printf("the rule %s\n", e->holds ? "holds" : "does not hold");
}

static enum vg_rc say_nothing(void *arg, const struct vg_replayed *a,
			      struct vg_err *err)
{
	(void)arg;
	(void)a;
	(void)err;
	return VG_OK;
}

static enum vg_rc explain(struct explaining *x,
			  const struct vg_offline_words *w, struct vg_err *err)
{
	struct vg_explained e;
	enum vg_rc rc = VG_OK;

	if (!vg_instant_read(x->at, &x->at_ms))
		return vg_err_set(err, VG_INVAL,
				  "--at: %.40s is no time; write "
				  "2026-01-02T03:04:05Z",
				  x->at);
	rc = vg_offline_read(&x->o, w, err);
	if (rc == VG_OK)
		rc = find_rule(x, err);
	if (rc == VG_OK)
		rc = pack_group(x, err);
	if (rc != VG_OK)
		return rc;
	const struct vg_slice group = {x->group.n > 0 ? x->group.p : "",
				       (uint32_t)x->group.n};
	if (x->rule->n_chain > 0) /* what it counts are others' alerts */
		rc = vg_replay_run(x->o.replay, x->at_ms, say_nothing, x, err);
	if (rc == VG_OK)
		rc = vg_replay_explain(x->o.replay, x->index, group, x->at_ms,
				       &e, err);
	if (rc != VG_OK)
		return rc;
	say_all(x, &e);
	rc = vg_replay_run(x->o.replay, x->at_ms, say_alert, x, err);
	if (rc == VG_OK && x->told == 0)
		puts(e.holds ? "no alert yet: it must hold longer (`for`)"
			     : "no alert up to then");
	return rc;
}

int vg_cmd_explain(int argc, char **argv)
{
	static struct explaining x;
	struct vg_offline_words w = {.path = NULL};
	const struct vg_arg table[] = {
		VG_ARGS_OFFLINE(&w),
		{"--at", NULL, VG_ARG_TEXT, &x.at, "TIME",
		 "the instant; nothing after it is known", true, 0, 0},
		{"--events", "-e", VG_ARG_TEXT, &w.path, "EVENTS.ndjson",
		 "canonical events, one a line; - is standard input", false, 0,
		 0},
		{"", NULL, VG_ARG_MANY, &x.words, "RULE FIELD=VALUE...",
		 "the rule's id, and its group", true, 0, 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("explain RULE FIELD=VALUE... --at T --rules FILE "
			     "--events EVENTS.ndjson",
			     table, VG_ROWS(table), argc, argv, &status))
		return status;
	if (explain(&x, &w, &err) != VG_OK)
		status = vg_report(&err);
	vg_offline_term(&x.o);
	vg_buf_term(&x.group);
	return status;
}
