#include "core/options.h"

#include <assert.h>
#include <stdio.h>

enum { WORD_MAX = 64, FAR = WORD_MAX + 1 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein distance of two words, FAR when one is too long to matter. */
static size_t distance(const char *a, const char *b, size_t bn)
{
	size_t an = strlen(a), row[WORD_MAX + 1];

	if (an > WORD_MAX || bn > WORD_MAX)
		return FAR;
	for (size_t j = 0; j <= bn; j++)
		row[j] = j;
	for (size_t i = 1; i <= an; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= bn; j++) {
			size_t swap = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = smaller(swap, smaller(row[j], row[j - 1]) + 1);
		}
	}
	return row[bn];
}

struct nearest {
	const char *name; /* what is asked */
	const char *best; /* `shown` bytes of an option's name */
	size_t shown, far;
};

static void consider(struct nearest *n, const char *word, size_t len,
		     const char *best, size_t shown)
{
	size_t d = distance(n->name, word, len);

	if (d >= n->far)
		return;
	n->far = d;
	n->best = best;
	n->shown = shown;
}

const char *vg_option_nearest(const char *name, char *out, size_t cap)
{
	const struct vg_option *o;
	struct nearest n = {.name = name};

	assert(cap > 0);
	/* A third of the letters may be wrong; more is another word. */
	n.far = 1 + smaller(4, 1 + strlen(name) / 4);
	for (size_t i = 0; (o = vg_option_at(i)) != NULL; i++) {
		size_t len = strlen(o->name);
		const char *dot = strchr(o->name, '.');

		consider(&n, o->name, len, o->name, len);
		if (dot == NULL)
			continue;
		size_t section = (size_t)(dot - o->name);
		consider(&n, o->name, section, o->name, section);
		/* The section forgotten: `workers` for `ingest.workers`. */
		consider(&n, dot + 1, len - section - 1, o->name, len);
	}
	if (n.best == NULL)
		return NULL;
	(void)snprintf(out, cap, "%.*s", (int)n.shown, n.best);
	return out;
}
