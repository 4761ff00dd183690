/* A predicate is asked. */
#include "aggregate/match_node.h"
#include "aggregate/value_list.h"
#include "core/defect.h"
#include "core/regex.h"

#include <assert.h>

enum answer { NO, YES, NONE /* a bound was reached */ };

/* Up to this many values are compared one by one. */
enum { FEW = 8 };

struct asked {
	const struct vg_match *m;
	const struct vg_event *e;
	struct vg_slice partner;
	struct vg_field_values *values;
};

static bool holds(enum vg_match_op op, double v, double bound)
{
	switch (op) {
	case VG_OP_GT:
		return v > bound;
	case VG_OP_GTE:
		return v >= bound;
	case VG_OP_LT:
		return v < bound;
	case VG_OP_LTE:
		return v <= bound;
	case VG_OP_EQ:
		return v == bound;
	case VG_OP_NEQ:
		return v != bound;
	}
	return false;
}

static bool is_number_among(const struct vg_match_node *t,
			    const struct asked *a)
{
	double v;

	if (!vg_field_number(&t->field, a->e, &v))
		return false;
	for (size_t i = 0; i < t->n_number; i++)
		if (t->number[i] == v)
			return true;
	return false;
}

static bool is_text_among(const struct vg_match_node *t, struct vg_slice value)
{
	size_t low = 0, high = t->n;

	if ((t->filter >> vg_match_bit(value) & 1) == 0)
		return false;
	while (high - low > FEW) {
		size_t mid = low + (high - low) / 2;

		if (vg_slice_cmp(value, t->text[mid]) < 0)
			high = mid;
		else
			low = mid;
	}
	for (; low < high; low++)
		if (vg_slice_eq(t->text[low], value))
			return true;
	return false;
}

static bool is_word_among(const struct vg_match_node *t, int at)
{
	return at >= 0 && (t->words >> at & 1) != 0;
}

/* The value itself of an indicator, without its type. */
static struct vg_slice bare(struct vg_slice value)
{
	const char *colon = memchr(value.p, ':', value.n);

	assert(colon != NULL);
	return (struct vg_slice){
		.p = colon + 1, .n = value.n - (uint32_t)(colon + 1 - value.p)};
}

static bool is_in_nets(const struct vg_match_node *t, struct vg_slice value)
{
	uint8_t address[VG_ADDRESS];

	return vg_address_read(t->what == VG_TEST_INDICATOR ? bare(value)
							    : value,
			       address) &&
	       vg_nets_have(t->net, t->n, address);
}

static bool fits_a_glob(const struct vg_match_node *t, struct vg_slice value)
{
	for (size_t i = 0; i < t->n; i++)
		if (vg_glob_fits(t->text[i], value, t->ignore_case))
			return true;
	return false;
}

static bool is_listed(const struct vg_match_node *t, struct vg_slice value)
{
	return t->what == VG_TEST_INDICATOR
		       ? vg_value_list_has_indicator(t->list, value)
		       : vg_value_list_has(t->list, value);
}

/* The first search without an answer ends them all: what they cost together is
 * bounded by what one may. */
static enum answer find_a_regex(const struct vg_match_node *t,
				struct vg_slice value)
{
	for (size_t i = 0; i < t->n; i++) {
		enum vg_found found = vg_regex_find(t->regex[i], value);

		if (found != VG_FOUND_NO)
			return found == VG_FOUND_YES ? YES : NONE;
	}
	return NO;
}

static enum answer ask_value(const struct vg_match_node *t,
			     struct vg_slice value)
{
	switch (t->kind) {
	case VG_TEST_VALUES:
		return is_text_among(t, value) ? YES : NO;
	case VG_TEST_NETS:
		return is_in_nets(t, value) ? YES : NO;
	case VG_TEST_GLOBS:
		return fits_a_glob(t, value) ? YES : NO;
	case VG_TEST_LIST:
		return is_listed(t, value) ? YES : NO;
	case VG_TEST_REGEXES:
		return find_a_regex(t, value);
	default:
		assert(t->kind == VG_TEST_EXISTS);
		return YES;
	}
}

/* Every value of the event, as it is sent. */
static enum answer ask_anywhere(const struct asked *a,
				const struct vg_match_node *t)
{
	struct vg_field_values *v = a->values;

	for (unsigned i = 0; i < vg_field_count(a->e); i++) {
		const struct vg_field_ref f = vg_field_nth(a->e, i);

		vg_field_read(&f, a->e, a->partner, v);
		for (unsigned k = 0; k < v->n; k++)
			if (fits_a_glob(t, v->v[k]))
				return YES;
	}
	return NO;
}

/* A value as a pattern of the form, and whether `text` fits it. */
static bool is_same(const struct vg_match_node *t, struct vg_slice value,
		    struct vg_slice text)
{
	char glob[VG_INDICATOR_MAX + VG_GLOB_MAX];

	if (value.n > sizeof glob - 2)
		return false;
	size_t n = vg_glob_compile(glob, value, t->form, t->ignore_case);
	return vg_glob_fits((struct vg_slice){glob, (uint32_t)n}, text,
			    t->ignore_case);
}

static enum answer ask_same(const struct asked *a,
			    const struct vg_match_node *t)
{
	struct vg_field_values *v = a->values;
	unsigned n;

	vg_field_read(&t->field, a->e, a->partner, v);
	n = v->n;
	vg_field_read_more(&t->other, a->e, a->partner, v);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = n; k < v->n; k++)
			if (is_same(t, v->v[k], v->v[i]))
				return YES;
	return NO;
}

static enum answer ask_values(const struct asked *a,
			      const struct vg_match_node *t)
{
	struct vg_field_values *v = a->values;
	enum answer answer = NO;

	vg_field_read(&t->field, a->e, a->partner, v);
	for (unsigned i = 0; i < v->n && answer == NO; i++)
		answer = ask_value(t, v->v[i]);
	return answer;
}

/* Whether a field that is no text of the event equals one of the values. */
static bool is_among(const struct asked *a, const struct vg_match_node *t)
{
	switch (t->what) {
	case VG_TEST_NUMBER:
		return is_number_among(t, a);
	case VG_TEST_CATEGORY:
		return is_word_among(t, a->e->category);
	case VG_TEST_SECTOR:
		return is_word_among(t, a->e->sector);
	case VG_TEST_SENSOR_KIND:
		return is_word_among(t, a->e->sensor_kind);
	default:
		return ask_values(a, t) == YES;
	}
}

static enum answer ask_test(const struct asked *a,
			    const struct vg_match_node *t)
{
	double number;

	switch (t->kind) {
	case VG_TEST_BOUND:
		return vg_field_number(&t->field, a->e, &number) &&
				       holds(t->op, number, t->bound)
			       ? YES
			       : NO;
	case VG_TEST_VALUES:
		return is_among(a, t) ? YES : NO;
	case VG_TEST_SAME:
		return ask_same(a, t);
	default:
		return t->what == VG_TEST_ANYWHERE ? ask_anywhere(a, t)
						   : ask_values(a, t);
	}
}

static enum answer ask(const struct asked *a, const struct vg_match_node *t);

/* All: NO decides; any: YES does. Else a missing answer is one to the whole,
 * so that the order of the children changes nothing. */
static enum answer ask_group(const struct asked *a,
			     const struct vg_match_node *t, enum answer decides)
{
	enum answer all = decides == NO ? YES : NO;

	for (uint16_t c = t->child; c != 0; c = a->m->node[c - 1].next) {
		enum answer one = ask(a, &a->m->node[c - 1]);

		if (one == decides)
			return one;
		if (one == NONE)
			all = NONE;
	}
	return all;
}

static enum answer ask(const struct asked *a, const struct vg_match_node *t)
{
	enum answer answer;

	switch (t->kind) {
	case VG_TEST_ALL:
		return ask_group(a, t, NO);
	case VG_TEST_ANY:
		return ask_group(a, t, YES);
	case VG_TEST_NOT:
		answer = ask_group(a, t, NO);
		if (answer == NONE)
			return VG_DEFECT("match-limit-is-no") ? YES : NONE;
		return answer == YES ? NO : YES;
	default:
		return ask_test(a, t);
	}
}

bool vg_match_test(const struct vg_match *m, const struct vg_event *e,
		   struct vg_slice partner, struct vg_field_values *values)
{
	const struct asked a = {
		.m = m, .e = e, .partner = partner, .values = values};
	enum answer answer;

	assert(m->depth == 0);
	answer = ask(&a, &m->node[0]);
	values->is_limited = answer == NONE;
	return answer == YES;
}
