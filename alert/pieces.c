#include "alert/pieces.h"

#include <assert.h>
#include <stdlib.h>

/* True when what starts at `start_ms` joins what ended at `end_ms`. */
static bool joins(int64_t end_ms, int64_t start_ms, int64_t resolve_after_ms)
{
	return start_ms <= end_ms || start_ms - end_ms < resolve_after_ms;
}

bool vg_pieces_meet(const struct vg_episode *a, const struct vg_episode *b,
		    int64_t resolve_after_ms)
{
	return joins(a->end_ms, b->start_ms, resolve_after_ms) &&
	       joins(b->end_ms, a->start_ms, resolve_after_ms);
}

bool vg_pieces_fact(const struct vg_alert *a, const struct vg_rule *rule,
		    int64_t exact_ms, struct vg_episode *out)
{
	if (a->merged_into[0] != '\0' || a->withdrawn || a->rests)
		return false;
	if (strcmp(a->rule_hash, rule->hash) != 0)
		exact_ms = INT64_MAX;
	if (a->start_ms >= exact_ms)
		return false;
	/* It held, so there were as many as the rule asks for. */
	*out = (struct vg_episode){.start_ms = a->start_ms,
				   .end_ms = a->end_ms < exact_ms ? a->end_ms
								  : exact_ms,
				   .peak = (double)rule->condition[0].at_least,
				   .peak_at_ms = a->start_ms};
	if (a->peak_at_ms < exact_ms) {
		out->peak = a->peak;
		out->peak_at_ms = a->peak_at_ms;
	}
	return true;
}

static int by_start(const void *a, const void *b)
{
	const struct vg_episode *x = a, *y = b;

	return (x->start_ms > y->start_ms) - (x->start_ms < y->start_ms);
}

static void take_in(struct vg_episode *into, const struct vg_episode *e)
{
	if (e->end_ms > into->end_ms)
		into->end_ms = e->end_ms;
	if (e->peak > into->peak ||
	    (e->peak == into->peak && e->peak_at_ms < into->peak_at_ms)) {
		into->peak = e->peak;
		into->peak_at_ms = e->peak_at_ms;
	}
}

enum vg_rc vg_pieces_join(struct vg_episode **episode, size_t *n,
			  const struct vg_alert *alerts,
			  const struct vg_rule *rule, int64_t exact_ms,
			  struct vg_err *err)
{
	size_t facts = 0, kept = 0;
	struct vg_episode fact, *all = NULL;

	for (const struct vg_alert *a = alerts; a != NULL; a = a->next)
		facts += vg_pieces_fact(a, rule, exact_ms, &fact);
	if (facts == 0)
		return VG_OK;
	all = realloc(*episode, (*n + facts) * sizeof *all);
	if (all == NULL)
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	*episode = all;
	for (const struct vg_alert *a = alerts; a != NULL; a = a->next)
		if (vg_pieces_fact(a, rule, exact_ms, &fact))
			all[(*n)++] = fact;
	qsort(all, *n, sizeof *all, by_start);
	for (size_t i = 0; i < *n; i++) {
		if (kept > 0 && joins(all[kept - 1].end_ms, all[i].start_ms,
				      rule->resolve_after_ms))
			take_in(&all[kept - 1], &all[i]);
		else
			all[kept++] = all[i];
	}
	assert(kept > 0 && kept <= *n);
	*n = kept;
	return VG_OK;
}
