#include "cmd/case_alerts.h"

#include "aggregate/keys.h"
#include "alert/rule_read.h"
#include "api/alert_out.h"
#include "cmd/case_events.h"

#include <math.h>
#include <stdlib.h>

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "out of memory");
}

static void term_one(struct vg_case_alert *a)
{
	free(a->group);
	free(a->value);
}

void vg_case_alerts_term(struct vg_case_alerts *list)
{
	for (size_t i = 0; i < list->n; i++)
		term_one(&list->v[i]);
	free(list->v);
	*list = (struct vg_case_alerts){.n = 0};
}

/* Take over `a`, or free it. */
static enum vg_rc keep(struct vg_case_alerts *list, struct vg_case_alert *a,
		       struct vg_err *err)
{
	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 16 : list->cap * 2;
		struct vg_case_alert *v = realloc(list->v, cap * sizeof *v);

		if (v == NULL) {
			term_one(a);
			return no_memory(err);
		}
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = *a;
	return VG_OK;
}

/* The text of a buffer, the caller's; NULL when memory is out. */
static char *take_text(struct vg_buf *b)
{
	char *text = NULL;

	vg_buf_str(b, "");
	if (b->failed) {
		vg_buf_term(b);
		return NULL;
	}
	text = b->p != NULL ? b->p : calloc(1, 1);
	*b = (struct vg_buf){.n = 0};
	return text;
}

static enum vg_rc find_rule(const struct vg_yaml *y,
			    const struct vg_yaml_node *n,
			    const struct vg_rules *rules,
			    const struct vg_rule **out, struct vg_err *err)
{
	const struct vg_yaml_node *id = vg_yaml_get(n, "rule");

	if (id == NULL && vg_rules_count(rules) != 1)
		return vg_yaml_fail(y, n, err,
				    "say which `rule` the alert is of: there "
				    "are %zu",
				    vg_rules_count(rules));
	for (size_t i = 0; i < vg_rules_count(rules); i++) {
		*out = vg_rule_at(rules, i);
		if (id == NULL || (id->type == VG_YAML_SCALAR &&
				   strcmp(id->text, (*out)->id) == 0))
			return VG_OK;
	}
	return vg_yaml_fail(y, id, err, "no rule `%.64s` in the files",
			    id->type == VG_YAML_SCALAR ? id->text : "");
}

/* group: {actor: X}, each field that the rule groups by and no other. */
static enum vg_rc read_group(struct vg_case_alert *a, const struct vg_yaml *y,
			     const struct vg_yaml_node *n, struct vg_err *err)
{
	const struct vg_yaml_node *group = vg_yaml_get(n, "group");
	size_t given = 0;
	struct vg_buf b = {0};

	if (group != NULL && group->type != VG_YAML_MAP)
		return vg_yaml_fail(y, group, err,
				    "`group` must be a map; write {actor: X}");
	for (unsigned i = 0; i < a->rule->n_group; i++) {
		const char *field = a->rule->group[i].p;
		const struct vg_yaml_node *v =
			group != NULL ? vg_yaml_get(group, field) : NULL;

		if (v == NULL || v->type != VG_YAML_SCALAR) {
			vg_buf_term(&b);
			return vg_yaml_fail(y, n, err,
					    "say the `group`: `%s` groups by "
					    "%.64s",
					    a->rule->id, field);
		}
		given++;
		vg_buf_printf(&b, "%s%s=%s", i > 0 ? " " : "", field, v->text);
	}
	if (group != NULL && group->count != given) {
		vg_buf_term(&b);
		return vg_yaml_fail(y, group, err,
				    "`group` has fields that `%s` does not "
				    "group by",
				    a->rule->id);
	}
	a->group = take_text(&b);
	return a->group != NULL ? VG_OK : no_memory(err);
}

static enum vg_rc read_value(struct vg_case_alert *a, const struct vg_yaml *y,
			     const struct vg_yaml_node *n, struct vg_err *err)
{
	const struct vg_yaml_node *v = vg_yaml_get(n, "value");
	const struct vg_yaml_node *c = v;
	struct vg_buf b = {0};

	if (v == NULL)
		return VG_OK;
	a->said |= VG_CASE_VALUE;
	if (v->type == VG_YAML_LIST)
		c = v->child;
	for (; c != NULL; c = v->type == VG_YAML_LIST ? c->next : NULL) {
		if (c->type != VG_YAML_SCALAR) {
			vg_buf_term(&b);
			return vg_yaml_fail(y, c, err,
					    "`value` must be a word or a list "
					    "of words");
		}
		vg_buf_printf(&b, "%s%s", b.n > 0 ? "," : "", c->text);
	}
	a->value = take_text(&b);
	return a->value != NULL ? VG_OK : no_memory(err);
}

/* An instant as an offset; `end: null` is not over. */
static enum vg_rc read_instant(const struct vg_yaml *y,
			       const struct vg_yaml_node *n, int64_t start_ms,
			       int64_t *out, struct vg_err *err)
{
	if (n->type == VG_YAML_SCALAR && strcmp(n->text, "null") == 0) {
		*out = INT64_MAX;
		return VG_OK;
	}
	enum vg_rc rc = vg_case_offset(y, n, out, err);
	*out += start_ms;
	return rc;
}

static enum vg_rc read_state(struct vg_case_alert *a, const struct vg_yaml *y,
			     const struct vg_yaml_node *n, struct vg_err *err)
{
	for (int s = VG_ALERT_FIRING; s <= VG_ALERT_RESOLVED; s++) {
		a->state = vg_alert_state_name((enum vg_alert_state)s);
		if (n->type == VG_YAML_SCALAR && strcmp(n->text, a->state) == 0)
			return VG_OK;
	}
	return vg_yaml_fail(y, n, err,
			    "`state` must be firing, recovering or resolved");
}

static enum vg_rc read_alert(struct vg_case_alert *a, const struct vg_yaml *y,
			     const struct vg_yaml_node *n, int64_t start_ms,
			     struct vg_err *err)
{
	static const double any[2] = {-1e300, 1e300};
	const struct vg_yaml_node *start = vg_yaml_get(n, "start");
	const struct vg_yaml_node *end = vg_yaml_get(n, "end");
	const struct vg_yaml_node *peak = vg_yaml_get(n, "peak");
	const struct vg_yaml_node *state = vg_yaml_get(n, "state");
	enum vg_rc rc = read_group(a, y, n, err);

	a->said = (start != NULL ? VG_CASE_START : 0u) |
		  (end != NULL ? VG_CASE_END : 0u) |
		  (peak != NULL ? VG_CASE_PEAK : 0u) |
		  (state != NULL ? VG_CASE_STATE : 0u);
	if (rc == VG_OK)
		rc = read_value(a, y, n, err);
	if (rc == VG_OK && start != NULL)
		rc = read_instant(y, start, start_ms, &a->start_ms, err);
	if (rc == VG_OK && end != NULL)
		rc = read_instant(y, end, start_ms, &a->end_ms, err);
	if (rc == VG_OK && peak != NULL)
		rc = vg_rule_number(y, peak, any, &a->peak, err);
	if (rc == VG_OK && state != NULL)
		rc = read_state(a, y, state, err);
	return rc;
}

enum vg_rc vg_case_expected(struct vg_case_alerts *out, const struct vg_yaml *y,
			    const struct vg_yaml_node *n,
			    const struct vg_rules *rules, int64_t start_ms,
			    struct vg_err *err)
{
	static const char *const keys[] = {"rule", "group", "value", "start",
					   "end",  "peak",  "state"};
	const struct vg_yaml_node *list = vg_yaml_get(n, "alerts");
	enum vg_rc rc = VG_OK;

	if (list == NULL || list->type != VG_YAML_LIST)
		return vg_yaml_fail(y, n, err,
				    "an expectation needs `alerts`, a list; [] "
				    "is that there is none");
	for (const struct vg_yaml_node *c = list->child;
	     c != NULL && rc == VG_OK; c = c->next) {
		struct vg_case_alert a = {.peak = NAN};

		if (c->type != VG_YAML_MAP)
			return vg_yaml_fail(y, c, err,
					    "an alert must be a map; write "
					    "{group: {actor: X}, start: 10m}");
		rc = vg_rule_keys(y, c, keys, 7, err);
		if (rc == VG_OK)
			rc = find_rule(y, c, rules, &a.rule, err);
		if (rc == VG_OK)
			rc = read_alert(&a, y, c, start_ms, err);
		if (rc == VG_OK)
			rc = keep(out, &a, err);
		else
			term_one(&a);
	}
	return rc;
}

/* Packed parts as "name=part name=part", or "part,part" without names. */
static char *parts_text(struct vg_slice packed, const struct vg_slice *name,
			unsigned n_most)
{
	struct vg_slice part[VG_TRACK_GROUP_MAX];
	struct vg_buf b = {0};
	unsigned n = n_most == 0 ? 0 : vg_field_split(packed, part, n_most);

	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			vg_buf_str(&b, name != NULL ? " " : ",");
		if (name != NULL)
			vg_buf_printf(&b, "%.*s=", (int)name[i].n, name[i].p);
		vg_field_unescape(&b, part[i]);
	}
	return take_text(&b);
}

enum vg_rc vg_case_came(struct vg_case_alerts *out, const struct vg_replayed *a,
			int64_t clock_ms, struct vg_err *err)
{
	const struct vg_book_alert as_stored = {
		.end_ms = a->open ? INT64_MAX : a->span.end_ms,
		.resolve_after_ms = a->rule->resolve_after_ms};
	struct vg_case_alert c = {
		.rule = a->rule,
		.start_ms = a->span.start_ms,
		.end_ms = as_stored.end_ms,
		.peak = vg_kind_has_peak(a->rule->form.leaf[0].kind)
				? a->span.peak
				: (double)NAN,
		.state = vg_alert_state_name(
			vg_alert_state(&as_stored, clock_ms)),
		.said = VG_CASE_START | VG_CASE_END | VG_CASE_STATE};

	if (isfinite(c.peak))
		c.said |= VG_CASE_PEAK;
	c.group = parts_text(a->group, a->rule->group, a->rule->n_group);
	if (a->value.n > 0) {
		c.value = parts_text(a->value, NULL, VG_TRACK_GROUP_MAX);
		c.said |= VG_CASE_VALUE;
	}
	if (c.group == NULL || (a->value.n > 0 && c.value == NULL)) {
		term_one(&c);
		return no_memory(err);
	}
	return keep(out, &c, err);
}

/* In what two alerts of one group differ, of what `want` says. */
static unsigned differs(const struct vg_case_alert *want,
			const struct vg_case_alert *got)
{
	static const double close = 1e-9; /* of a peak, relatively */
	unsigned bits = 0;

	if (want->start_ms != got->start_ms)
		bits |= VG_CASE_START;
	if (want->end_ms != got->end_ms)
		bits |= VG_CASE_END;
	if (!(fabs(want->peak - got->peak) <=
	      close * fmax(1, fabs(want->peak))))
		bits |= VG_CASE_PEAK;
	if (want->state == NULL || strcmp(want->state, got->state) != 0)
		bits |= VG_CASE_STATE;
	if (want->value == NULL || got->value == NULL ||
	    strcmp(want->value, got->value) != 0)
		bits |= VG_CASE_VALUE;
	return bits & want->said;
}

static void say_instant(struct vg_buf *out, int64_t ms, int64_t start_ms)
{
	if (ms == INT64_MAX)
		vg_buf_str(out, "null");
	else
		vg_case_offset_print(out, ms - start_ms);
}

/* "start 10m, peak 3": of what `bits` ask for; `lead` comes before it. */
static void say_bits(struct vg_buf *out, const struct vg_case_alert *a,
		     unsigned bits, int64_t start_ms, const char *lead)
{
	static const char between[] = ", ";

	if ((bits & VG_CASE_VALUE) != 0) {
		vg_buf_printf(out, "%svalue %s", lead,
			      a->value != NULL ? a->value : "none");
		lead = between;
	}
	if ((bits & VG_CASE_START) != 0) {
		vg_buf_printf(out, "%sstart ", lead);
		say_instant(out, a->start_ms, start_ms);
		lead = between;
	}
	if ((bits & VG_CASE_END) != 0) {
		vg_buf_printf(out, "%send ", lead);
		say_instant(out, a->end_ms, start_ms);
		lead = between;
	}
	if ((bits & VG_CASE_PEAK) != 0) {
		vg_buf_printf(out, "%speak %.15g", lead, a->peak);
		lead = between;
	}
	if ((bits & VG_CASE_STATE) != 0)
		vg_buf_printf(out, "%s%s", lead, a->state);
}

static void say_name(struct vg_buf *out, const char *what,
		     const struct vg_case_alert *a)
{
	vg_buf_printf(out, "    %s: %s%s%s", what, a->rule->id,
		      a->group[0] != '\0' ? " " : "", a->group);
}

static bool is_same(const struct vg_case_alert *a,
		    const struct vg_case_alert *b)
{
	return a->rule == b->rule && strcmp(a->group, b->group) == 0;
}

/* Pair what is expected with what came: first those that agree, then those of
 * one group. pair[i] is 1 + the index of what came, 0: nothing. */
static void pair_up(const struct vg_case_alerts *expected,
		    const struct vg_case_alerts *came, size_t *pair,
		    bool *is_taken)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < expected->n; i++) {
			const struct vg_case_alert *want = &expected->v[i];

			for (size_t k = 0; pair[i] == 0 && k < came->n; k++) {
				const struct vg_case_alert *got = &came->v[k];

				if (is_taken[k] || !is_same(want, got) ||
				    (round == 0 && differs(want, got) != 0))
					continue;
				pair[i] = k + 1;
				is_taken[k] = true;
			}
		}
	}
}

/* Differences of a pair: "expected start 10m; came start 9m". */
static void say_pair(struct vg_buf *out, const struct vg_case_alert *want,
		     const struct vg_case_alert *got, int64_t start_ms)
{
	unsigned bits = differs(want, got);

	say_name(out, "differs", want);
	vg_buf_str(out, "\n      expected");
	say_bits(out, want, bits, start_ms, " ");
	vg_buf_str(out, "\n      came");
	say_bits(out, got, bits, start_ms, "     ");
	vg_buf_str(out, "\n");
}

size_t vg_case_diff(const struct vg_case_alerts *expected,
		    const struct vg_case_alerts *came, int64_t start_ms,
		    struct vg_buf *out)
{
	size_t *pair = calloc(expected->n + 1, sizeof *pair), faults = 0;
	bool *is_taken = calloc(came->n + 1, sizeof *is_taken);

	if (pair == NULL || is_taken == NULL) {
		out->failed = true;
		goto out;
	}
	pair_up(expected, came, pair, is_taken);
	for (size_t i = 0; i < expected->n; i++) {
		const struct vg_case_alert *want = &expected->v[i];

		if (pair[i] == 0) {
			say_name(out, "missing", want);
			say_bits(out, want, want->said, start_ms, ", ");
			vg_buf_str(out, "\n");
			faults++;
		} else if (differs(want, &came->v[pair[i] - 1]) != 0) {
			say_pair(out, want, &came->v[pair[i] - 1], start_ms);
			faults++;
		}
	}
	for (size_t k = 0; k < came->n; k++) {
		if (is_taken[k])
			continue;
		say_name(out, "unexpected", &came->v[k]);
		say_bits(out, &came->v[k], came->v[k].said, start_ms, ", ");
		vg_buf_str(out, "\n");
		faults++;
	}
out:
	free(pair);
	free(is_taken);
	return faults;
}
