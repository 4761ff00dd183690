#include "api/params.h"

#include "core/text.h"
#include "core/timefmt.h"

#include <assert.h>

/* Bytes of a bad value that go back in a message. */
enum { SHOWN_MAX = 80 };

static int shown(struct vg_slice s)
{
	return s.n < SHOWN_MAX ? (int)s.n : SHOWN_MAX;
}

/* Find `word` in "a b* c": its index, or -1. *repeats: a "*" follows it. */
static int find_word(const char *list, struct vg_slice word, bool *repeats)
{
	for (int i = 0; *list != '\0'; i++) {
		size_t n = strcspn(list, " ");
		bool star = n > 0 && list[n - 1] == '*';

		if (n - star == word.n && memcmp(list, word.p, word.n) == 0) {
			*repeats = star;
			return i;
		}
		list += n + (list[n] == ' ');
	}
	return -1;
}

bool vg_params_check(const struct vg_request *r, struct vg_answer *a,
		     const char *allowed)
{
	for (unsigned i = 0; i < r->n_params; i++) {
		struct vg_slice name = r->param[i].name, first;
		bool repeats = false;

		if (find_word(allowed, name, &repeats) < 0)
			return vg_answer_fail(
				a, r, 400, "unknown-parameter",
				"unknown parameter \"%.*s\"; %s takes: %s",
				shown(name), name.p, r->instance,
				*allowed ? allowed : "none");
		for (unsigned k = 0; k < i && !repeats; k++) {
			first = r->param[k].name;
			if (vg_slice_eq(first, name))
				return vg_answer_fail(
					a, r, 400, "repeated-parameter",
					"parameter \"%.*s\" is given twice; "
					"give it once",
					shown(name), name.p);
		}
	}
	return true;
}

bool vg_param_time(const struct vg_request *r, struct vg_answer *a,
		   const char *name, int64_t *ms)
{
	struct vg_slice v;
	int64_t parsed;

	if (!vg_request_param(r, name, &v))
		return true;
	if (!vg_time_parse(v, &parsed))
		return vg_answer_fail(
			a, r, 400, "bad-parameter",
			"%s=%.*s is not an RFC 3339 time; write it as in "
			"2026-01-02T03:04:05Z (a + must be written %%2B)",
			name, shown(v), v.p);
	*ms = parsed;
	return true;
}

bool vg_param_int(const struct vg_request *r, struct vg_answer *a,
		  const char *name, const int64_t range[2], int64_t *out)
{
	struct vg_slice v;
	int64_t parsed;

	assert(range[0] >= 0 && range[0] <= range[1]);
	if (!vg_request_param(r, name, &v))
		return true;
	if (!vg_text_number(v.p, v.n, 15, &parsed) || parsed < range[0] ||
	    parsed > range[1])
		return vg_answer_fail(
			a, r, 400, "bad-parameter",
			"%s=%.*s is not a whole number from %lld to %lld", name,
			shown(v), v.p, (long long)range[0],
			(long long)range[1]);
	*out = parsed;
	return true;
}

bool vg_param_word(const struct vg_request *r, struct vg_answer *a,
		   const char *name, const char *words, int *out)
{
	struct vg_slice v;
	bool repeats;
	int found;

	if (!vg_request_param(r, name, &v))
		return true;
	found = find_word(words, v, &repeats);
	if (found < 0)
		return vg_answer_fail(a, r, 400, "bad-parameter",
				      "%s=%.*s is not one of: %s", name,
				      shown(v), v.p, words);
	*out = found;
	return true;
}

bool vg_param_range(const struct vg_request *r, struct vg_answer *a,
		    int64_t *from_ms, int64_t *to_ms)
{
	int64_t from = *from_ms, to = *to_ms, length = to - from;
	struct vg_slice v;

	if (!vg_param_time(r, a, "from", &from) ||
	    !vg_param_time(r, a, "to", &to))
		return false;
	/* With only `to`, the default length ends there. */
	if (!vg_request_param(r, "from", &v))
		from = to > length ? to - length : 0;
	if (from >= to)
		return vg_answer_fail(a, r, 400, "bad-range",
				      "from must be earlier than to; from is "
				      "in the answer, to is not");
	*from_ms = from;
	*to_ms = to;
	return true;
}
