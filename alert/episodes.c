#include "alert/episodes.h"

#include "core/defect.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { CONDITIONS_MAX = 8 };

struct edge {
	int64_t at_ms;
	uint32_t condition;
	int step; /* +1: one value more, -1: one less */
};

/* What the sweep knows at one instant. */
struct sweep {
	const struct vg_episode_rule *rule;
	int64_t present[CONDITIONS_MAX];
	struct vg_episode *episode;
	size_t n;
	bool open;
};

static int by_value_then_time(const void *a, const void *b)
{
	const struct vg_span_in *x = a, *y = b;

	if (x->condition != y->condition)
		return x->condition < y->condition ? -1 : 1;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->first_ms > y->first_ms) - (x->first_ms < y->first_ms);
}

static int by_time(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

/* First instant at which a value last seen at `last_ms` is gone: the window at
 * t is (t - W, t]. */
static int64_t gone_at(int64_t last_ms, int64_t window_ms)
{
	if (VG_DEFECT("window-closed"))
		return last_ms + window_ms + 1;
	return last_ms + window_ms;
}

/* Union of each value's presence, as edges; spans are sorted. Returns how many
 * edges were written: at most two a span. */
static size_t make_edges(struct edge *edge, const struct vg_span_in *span,
			 size_t n, int64_t window_ms)
{
	size_t made = 0;

	for (size_t i = 0; i < n;) {
		int64_t end_ms = gone_at(span[i].last_ms, window_ms);
		size_t j = i + 1;

		while (j < n && span[j].condition == span[i].condition &&
		       span[j].value == span[i].value &&
		       span[j].first_ms <= end_ms) {
			int64_t next = gone_at(span[j].last_ms, window_ms);
			end_ms = next > end_ms ? next : end_ms;
			j++;
		}
		edge[made++] =
			(struct edge){span[i].first_ms, span[i].condition, 1};
		edge[made++] = (struct edge){end_ms, span[i].condition, -1};
		i = j;
	}
	return made;
}

static bool holds(const struct sweep *s)
{
	for (size_t c = 0; c < s->rule->n_condition; c++)
		if (s->present[c] < s->rule->at_least[c])
			return false;
	return true;
}

/* True when a stretch that starts at `start_ms` belongs to the last episode. */
static bool joins_last(const struct sweep *s, int64_t start_ms)
{
	if (s->n == 0)
		return false;
	int64_t end_ms = s->episode[s->n - 1].end_ms;
	if (VG_DEFECT("resolve-after-closed"))
		return start_ms - end_ms <= s->rule->resolve_after_ms;
	return start_ms <= end_ms ||
	       start_ms - end_ms < s->rule->resolve_after_ms;
}

static void step_holding(struct sweep *s, int64_t at_ms)
{
	if (!s->open && !joins_last(s, at_ms))
		s->episode[s->n++] = (struct vg_episode){.start_ms = at_ms};
	s->open = true;

	struct vg_episode *e = &s->episode[s->n - 1];
	if ((double)s->present[0] > e->peak) {
		e->peak = (double)s->present[0];
		e->peak_at_ms = at_ms;
	}
}

static void run(struct sweep *s, const struct edge *edge, size_t n)
{
	for (size_t i = 0; i < n;) {
		int64_t at_ms = edge[i].at_ms;

		/* All that happens at one instant happens together. */
		for (; i < n && edge[i].at_ms == at_ms; i++)
			s->present[edge[i].condition] += edge[i].step;
		if (holds(s)) {
			step_holding(s, at_ms);
		} else if (s->open) {
			s->open = false;
			s->episode[s->n - 1].end_ms = at_ms;
		}
	}
	assert(!s->open);
}

static enum vg_rc check(const struct vg_span_in *span, size_t n,
			const struct vg_episode_rule *rule, struct vg_err *err)
{
	if (rule->n_condition == 0 || rule->n_condition > CONDITIONS_MAX)
		return vg_err_set(err, VG_INVAL, "episodes: %zu conditions",
				  rule->n_condition);
	for (size_t c = 0; c < rule->n_condition; c++)
		if (rule->at_least[c] < 1)
			return vg_err_set(err, VG_INVAL,
					  "episodes: a bound below 1");
	for (size_t i = 0; i < n; i++)
		if (span[i].condition >= rule->n_condition ||
		    span[i].first_ms > span[i].last_ms)
			return vg_err_set(err, VG_INVAL,
					  "episodes: span %zu is malformed", i);
	return VG_OK;
}

enum vg_rc vg_episodes(struct vg_episode **out, size_t *n_out,
		       struct vg_span_in *span, size_t n,
		       const struct vg_episode_rule *rule, struct vg_err *err)
{
	struct sweep s = {.rule = rule};
	struct edge *edge = NULL;
	enum vg_rc rc = check(span, n, rule, err);

	if (rc != VG_OK)
		return rc;
	if (n == 0) {
		*out = NULL;
		*n_out = 0;
		return VG_OK;
	}
	edge = malloc(2 * n * sizeof *edge);
	s.episode = malloc(n * sizeof *s.episode);
	if (edge == NULL || s.episode == NULL) {
		rc = vg_err_set(err, VG_FATAL, "episodes: out of memory");
		goto out;
	}
	qsort(span, n, sizeof *span, by_value_then_time);
	size_t edges = make_edges(edge, span, n, rule->window_ms);
	qsort(edge, edges, sizeof *edge, by_time);
	run(&s, edge, edges);
	assert(s.n <= n);
	*n_out = s.n;
	*out = NULL;
	if (s.n > 0) {
		*out = s.episode;
		s.episode = NULL; /* now the caller's */
	}
out:
	free(s.episode);
	free(edge);
	return rc;
}
