#include "ingest/native_words.h"

#include <assert.h>

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* True when `word`, in lower case, stands at `p`. */
static bool stands_at(const char *p, const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lower(p[i]) != word[i])
			return false;
	}
	return true;
}

int vg_native_word(const struct vg_native_word *table, struct vg_slice text,
		   int otherwise)
{
	if (text.n == 0)
		return otherwise;
	for (; table->word != NULL; table++) {
		if (table->word[0] == lower(text.p[0]) &&
		    strlen(table->word) == text.n &&
		    stands_at(text.p, table->word, text.n))
			return table->value;
	}
	return otherwise;
}

static bool contains(struct vg_slice text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++) {
		if (lower(text.p[i]) == word[0] &&
		    stands_at(text.p + i, word, n))
			return true;
	}
	return false;
}

int vg_native_word_in(const struct vg_native_word *table, struct vg_slice text,
		      int otherwise)
{
	for (; table->word != NULL; table++) {
		if (contains(text, table->word))
			return table->value;
	}
	return otherwise;
}

int vg_native_scale(int64_t v, int64_t lo, int64_t hi)
{
	double span = (double)hi - (double)lo;

	assert(lo != hi);
	double part = ((double)v - (double)lo) / span;
	if (part < 0.0)
		part = 0.0;
	if (part > 1.0)
		part = 1.0;
	return (int)(1.0 + part * 9.0 + 0.5);
}

int vg_native_severity_word(struct vg_slice word, int otherwise)
{
	static const struct vg_native_word table[] = {{"informational", 2},
						      {"information", 2},
						      {"info", 2},
						      {"notice", 2},
						      {"low", 3},
						      {"minor", 3},
						      {"warning", 4},
						      {"medium", 5},
						      {"moderate", 5},
						      {"error", 6},
						      {"high", 8},
						      {"major", 8},
						      {"severe", 8},
						      {"very-high", 9},
						      {"very high", 9},
						      {"critical", 10},
						      {"fatal", 10},
						      {"emergency", 10},
						      {NULL, 0}};

	return vg_native_word(table, word, otherwise);
}

bool vg_native_number_text(struct vg_slice text, double *out)
{
	static const double power[] = {1e0,  1e1,  1e2,	 1e3,  1e4,  1e5,  1e6,
				       1e7,  1e8,  1e9,	 1e10, 1e11, 1e12, 1e13,
				       1e14, 1e15, 1e16, 1e17, 1e18};
	uint64_t digits = 0;
	unsigned n = 0, after = 0;
	bool point = false;
	uint32_t i = text.n > 0 && text.p[0] == '-' ? 1 : 0;

	for (; i < text.n; i++) {
		char c = text.p[i];

		if (c == '.' && !point && n > 0) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9' || n == 18)
			return false;
		digits = digits * 10 + (uint64_t)(c - '0');
		n++;
		after += point;
	}
	if (n == 0 || (point && after == 0))
		return false;
	*out = (double)digits / power[after];
	if (text.p[0] == '-')
		*out = -*out;
	return true;
}
