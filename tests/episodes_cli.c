/*
 * episodes_cli - alert/episodes for the oracle: one JSON case a line in, one
 * JSON list of [start, end, peak, peak_at] a line out.
 *
 * A case: {"window": ms, "resolve_after": ms, "at_least": [k, ...],
 * "spans": [[condition, value, first, last], ...]}.
 */
#include "alert/episodes.h"
#include "core/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONDITIONS_MAX = 8, SPANS_MAX = 4096, LINE_MAX_BYTES = 1 << 20 };

static int64_t number(const struct vg_json *j, uint32_t tok)
{
	int64_t v = 0;

	if (!vg_json_int(j, tok, &v)) {
		fprintf(stderr, "episodes_cli: not a whole number\n");
		exit(2);
	}
	return v;
}

static size_t numbers(const struct vg_json *j, uint32_t list, int64_t *out,
		      size_t max)
{
	uint32_t tok = list + 1;
	size_t n = j->tok[list].count;

	if (n > max)
		exit(2);
	for (size_t i = 0; i < n; i++, tok = j->tok[tok].next)
		out[i] = number(j, tok);
	return n;
}

static void run(const struct vg_json *j)
{
	static struct vg_span_in span[SPANS_MAX];
	int64_t at_least[CONDITIONS_MAX], v[4];
	uint32_t list = vg_json_member(j, 0, "spans"), tok = list + 1;
	struct vg_episode_rule rule = {
		.window_ms = number(j, vg_json_member(j, 0, "window")),
		.resolve_after_ms =
			number(j, vg_json_member(j, 0, "resolve_after")),
		.at_least = at_least};
	struct vg_episode *e = NULL;
	struct vg_err err = {0};
	size_t n = j->tok[list].count, k = 0;

	rule.n_condition = numbers(j, vg_json_member(j, 0, "at_least"),
				   at_least, CONDITIONS_MAX);
	if (n > SPANS_MAX)
		exit(2);
	for (size_t i = 0; i < n; i++, tok = j->tok[tok].next) {
		if (numbers(j, tok, v, 4) != 4)
			exit(2);
		span[i] = (struct vg_span_in){(uint32_t)v[0], (uint32_t)v[1],
					      v[2], v[3]};
	}
	if (vg_episodes(&e, &k, span, n, &rule, &err) != VG_OK) {
		fprintf(stderr, "episodes_cli: %s\n", err.text);
		exit(1);
	}
	printf("[");
	for (size_t i = 0; i < k; i++)
		printf("%s[%" PRId64 ",%" PRId64 ",%.0f,%" PRId64 "]",
		       i > 0 ? "," : "", e[i].start_ms, e[i].end_ms, e[i].peak,
		       e[i].peak_at_ms);
	printf("]\n");
	free(e);
}

int main(void)
{
	static char line[LINE_MAX_BYTES];
	struct vg_json j = {0};
	size_t at = 0;

	while (fgets(line, sizeof line, stdin) != NULL) {
		size_t n = strcspn(line, "\n");

		if (vg_json_parse(&j, line, n, &at) != VG_JSON_OK) {
			fprintf(stderr, "episodes_cli: bad JSON at %zu\n", at);
			return 2;
		}
		run(&j);
	}
	vg_json_term(&j);
	return 0;
}
