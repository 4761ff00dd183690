#include "core/near.h"

enum { WORD_MAX = 64, FAR = WORD_MAX + 1 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein distance of two words, FAR when one is too long to matter. */
static size_t distance(struct vg_slice a, struct vg_slice b)
{
	size_t row[WORD_MAX + 1];

	if (a.n > WORD_MAX || b.n > WORD_MAX)
		return FAR;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t swap = diagonal + (a.p[i - 1] != b.p[j - 1]);
			diagonal = row[j];
			row[j] = smaller(swap, smaller(row[j], row[j - 1]) + 1);
		}
	}
	return row[b.n];
}

struct vg_near vg_near_to(struct vg_slice word)
{
	return (struct vg_near){
		.word = word,
		.far = 1 + smaller(4, 1 + (size_t)word.n / 4),
	};
}

bool vg_near_is(struct vg_near *n, struct vg_slice candidate)
{
	size_t d = distance(n->word, candidate);

	if (d >= n->far)
		return false;
	n->far = d;
	return true;
}
