#include "alert/without.h"

#include "alert/episodes.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { NOBODY = 64 };

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "alert: out of memory");
}

/* Free the rows of `slot`, and the tipping event when it was theirs. */
static bool take_out(struct vg_alert *a, unsigned slot)
{
	size_t kept = 0, had = a->n_row;
	bool tipped = a->tip.value != NULL && a->tip.partner == slot;

	for (size_t i = 0; i < a->n_row; i++) {
		if (a->row[i].partner == slot && !VG_DEFECT("purge-rows-stay"))
			free(a->row[i].value);
		else
			a->row[kept++] = a->row[i];
	}
	a->n_row = kept;
	vg_alert_settle_rows(a);
	if (tipped) {
		free(a->tip.value);
		memset(&a->tip, 0, sizeof a->tip);
	}
	return tipped || kept < had;
}

/* The rows but those of partner `but` as spans; equal values stand together,
 * as rows are sorted. */
static size_t spans_of(const struct vg_alert *a, unsigned but,
		       struct vg_span_in *out)
{
	size_t n = 0;
	uint32_t value = 0;

	for (size_t i = 0; i < a->n_row; i++) {
		const struct vg_seen *s = &a->row[i];

		if (i > 0 && (s->condition != s[-1].condition ||
			      strcmp(s->value, s[-1].value) != 0))
			value++;
		if (s->partner == but)
			continue;
		out[n++] = (struct vg_span_in){.condition = s->condition,
					       .value = value,
					       .first_ms = s->first_ms,
					       .last_ms = s->last_ms};
	}
	return n;
}

/* Episodes of the rows, without those of `but`. */
static enum vg_rc episodes_of(const struct vg_alert *a,
			      const struct vg_rule *rule, unsigned but,
			      struct vg_episode **out, size_t *n,
			      struct vg_err *err)
{
	int64_t at_least[VG_RULE_CONDITIONS_MAX];
	const struct vg_episode_rule er = {.window_ms = rule->window_ms,
					   .resolve_after_ms =
						   rule->resolve_after_ms,
					   .at_least = at_least,
					   .n_condition = rule->n_condition};
	struct vg_span_in *in = calloc(a->n_row + 1, sizeof *in);

	if (in == NULL)
		return no_memory(err);
	for (unsigned c = 0; c < rule->n_condition; c++)
		at_least[c] = rule->condition[c].at_least;
	size_t spans = spans_of(a, but, in);
	enum vg_rc rc = vg_episodes(out, n, in, spans, &er, err);
	free(in);
	return rc;
}

static int64_t clip(int64_t t, int64_t low, int64_t high)
{
	return t < low ? low : t > high ? high : t;
}

/* Start, end and peak as the rows that are left have them, within what they
 * were. Rows that were left out may hold it up where these do not. */
static void narrow(struct vg_alert *a, const struct vg_episode *e, size_t n)
{
	int64_t low = a->start_ms, high = a->end_ms;
	int64_t peak_at = low;
	double peak = 0;

	for (size_t i = 0; i < n; i++) {
		if (e[i].peak <= peak)
			continue;
		peak = e[i].peak;
		peak_at = e[i].peak_at_ms;
	}
	if (n == 0 || e[0].start_ms >= high || e[n - 1].end_ms <= low)
		return;
	a->start_ms = clip(e[0].start_ms, low, high - 1);
	a->end_ms = clip(e[n - 1].end_ms, a->start_ms + 1, high);
	if (peak > a->peak)
		return;
	a->peak = peak;
	a->peak_at_ms = clip(peak_at, a->start_ms, a->end_ms - 1);
}

/* The tipping event, when it went: of the rows that begin at the start. */
static bool tip_again(struct vg_alert *a)
{
	for (size_t i = 0; i < a->n_row && a->tip.value == NULL; i++) {
		struct vg_seen t = a->row[i];

		if (t.first_ms != a->start_ms)
			continue;
		t.last_ms = t.first_ms;
		if (!vg_alert_tip(a, &t))
			return false;
	}
	return true;
}

/* Would it have held without one more partner? */
static enum vg_rc hold_without(struct vg_alert *a, const struct vg_rule *rule,
			       struct vg_err *err)
{
	uint64_t partners = vg_alert_partners(a), holds = 0;
	enum vg_rc rc = VG_OK;

	for (unsigned p = 0; p < NOBODY && rc == VG_OK; p++) {
		struct vg_episode *e = NULL;
		size_t n = 0;

		if ((partners >> p & 1) == 0 ||
		    (a->holds_without >> p & 1) == 0)
			continue;
		rc = episodes_of(a, rule, p, &e, &n, err);
		if (rc == VG_OK && n > 0)
			holds |= (uint64_t)1 << p;
		free(e);
	}
	if (rc == VG_OK)
		a->holds_without = holds;
	return rc;
}

static enum vg_rc judge_rest(struct vg_alert *a, const struct vg_rule *rule,
			     struct vg_err *err)
{
	struct vg_episode *e = NULL;
	size_t n = 0;
	enum vg_rc rc = episodes_of(a, rule, NOBODY, &e, &n, err);

	if (rc != VG_OK)
		return rc;
	narrow(a, e, n);
	free(e);
	if (!tip_again(a))
		return no_memory(err);
	return hold_without(a, rule, err);
}

enum vg_rc vg_alert_without(struct vg_alert *a, const struct vg_rule *rule,
			    unsigned slot, enum vg_without *what,
			    struct vg_err *err)
{
	bool held = (a->holds_without >> slot & 1) != 0;
	bool counts = !a->withdrawn && a->merged_into[0] == '\0';

	assert(slot < NOBODY);
	*what = VG_WITHOUT_SAME;
	if (!take_out(a, slot))
		return VG_OK;
	a->holds_without &= ~((uint64_t)1 << slot);
	if (a->n_row == 0) {
		*what = VG_WITHOUT_NOTHING;
		return VG_OK;
	}
	*what = VG_WITHOUT_CHANGED;
	if (counts && !held) {
		a->withdrawn = true;
		*what = VG_WITHOUT_WITHDRAWN;
		return VG_OK;
	}
	/* Other kinds are not judged by their rows. */
	return held && vg_rule_is_plain(rule) ? judge_rest(a, rule, err)
					      : VG_OK;
}
