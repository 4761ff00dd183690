#include "alert/rule_cost.h"

#include "aggregate/steps.h"
#include "alert/replay.h"
#include "alert/rule_kinds.h"
#include "core/limits.h"
#include "core/vocab.h"

enum { CONFIDENCES = 101, SEVERITIES = 10, LABELS = 5 };

/* More than anyone has memory for; products stop there. */
static const int64_t most = INT64_C(1) << 50;

static int64_t words(enum vg_vocab list)
{
	int n = 0;

	while (vg_vocab_word(list, n) != NULL)
		n++;
	return n;
}

int64_t vg_rule_values_most(struct vg_slice field)
{
	const struct {
		const char *name;
		int64_t n;
	} row[] = {{"country", words(VG_VOCAB_COUNTRY)},
		   {"source_country", words(VG_VOCAB_COUNTRY)},
		   {"partner", VG_PARTNERS_MAX},
		   {"category", words(VG_VOCAB_CATEGORY)},
		   {"sector", words(VG_VOCAB_SECTOR)},
		   {"sensor_kind", words(VG_VOCAB_SENSOR_KIND)},
		   {"severity", SEVERITIES},
		   {"confidence", CONFIDENCES},
		   {"count", VG_COUNT_MAX},
		   {"tlp", LABELS}};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (vg_slice_eq(field, vg_slice_of(row[i].name)))
			return row[i].n;
	return 0;
}

bool vg_rule_groups_by(const struct vg_rule *r, struct vg_slice field)
{
	for (unsigned i = 0; i < r->n_group; i++)
		if (vg_slice_eq(r->group[i], field))
			return true;
	return false;
}

static int64_t times(int64_t a, int64_t b)
{
	return a > 0 && b > most / a ? most : a * b;
}

/* Sub-windows that hold what a rule looks back on. */
static int64_t windows(const struct vg_rule *r)
{
	int64_t reach = vg_rule_reach_ms(r);

	return (reach + r->window_ms - 1) / r->window_ms + 1;
}

/* Different values of the tests; steps where a test needs counts. */
static void count_cells(const struct vg_rule *r, struct vg_rule_cost *out)
{
	int64_t n = 1;
	bool needs_steps = false;

	for (unsigned l = 0; l < r->form.n_leaf; l++) {
		const struct vg_take *t = &r->take[l];

		needs_steps |= !vg_rule_needs_presence(&r->form.leaf[l]);

		for (unsigned i = 0; i < t->n_value; i++) {
			int64_t of = vg_rule_values_most(t->value[i].name);

			if (t->what != VG_TAKE_VALUE ||
			    vg_rule_groups_by(r, t->value[i].name))
				continue;
			if (of == 0)
				out->open_value = t->value[i].name;
			n = times(n, of);
		}
	}
	out->cells = times(n, windows(r));
	if (needs_steps)
		out->cells = times(out->cells, VG_STEPS_TIMES_MAX);
}

/* The groups without the value, which is part of them where tracks are. */
static void count_firsts(const struct vg_rule *r, struct vg_rule_cost *out)
{
	const struct vg_leaf *leaf = &r->form.leaf[0];
	unsigned with = r->learns ? r->take[0].n_value : 0;

	if (leaf->kind != VG_KIND_NEW_VALUE || leaf->learn_ms == 0)
		return;
	out->has_firsts = true;
	out->firsts = 1;
	for (unsigned i = 0; i + with < r->n_group; i++) {
		int64_t of = vg_rule_values_most(r->group[i]);

		if (of == 0)
			out->open_first = r->group[i];
		out->firsts = times(out->firsts, of);
	}
}

struct vg_rule_cost vg_rule_cost_of(const struct vg_rule *r)
{
	struct vg_rule_cost c = {.groups = 1};

	for (unsigned i = 0; i < r->n_group; i++) {
		int64_t of = vg_rule_values_most(r->group[i]);

		if (of == 0)
			c.open = r->group[i];
		c.groups = times(c.groups, of);
	}
	count_cells(r, &c);
	count_firsts(r, &c);
	return c;
}
