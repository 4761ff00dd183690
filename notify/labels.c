#include "notify/labels.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static char *copy_text(const char *p, size_t n)
{
	char *out = malloc(n + 1);

	if (out == NULL)
		return NULL;
	if (n > 0)
		memcpy(out, p, n);
	out[n] = '\0';
	return out;
}

static int order(const char *a, struct vg_slice b)
{
	size_t n = strlen(a), least = n < b.n ? n : b.n;
	int c = least > 0 ? memcmp(a, b.p, least) : 0;

	return c != 0 ? c : (n > b.n) - (n < b.n);
}

/* Where the pair is or would be; *found when it is. */
static size_t place_of(const struct vg_labels *l, struct vg_slice name,
		       struct vg_slice value, bool *found)
{
	size_t i = 0;
	int c = -1;

	for (; i < l->n; i++) {
		c = order(l->label[i].name, name);
		if (c == 0)
			c = order(l->label[i].value, value);
		if (c >= 0)
			break;
	}
	*found = i < l->n && c == 0;
	return i;
}

static bool grow(struct vg_labels *l)
{
	size_t cap = l->cap == 0 ? 8 : 2 * l->cap;
	struct vg_label *p;

	if (l->n < l->cap)
		return true;
	p = realloc(l->label, cap * sizeof *p);
	if (p == NULL)
		return false;
	l->label = p;
	l->cap = cap;
	return true;
}

bool vg_labels_add(struct vg_labels *l, struct vg_slice name,
		   struct vg_slice value)
{
	bool found = false;
	size_t i = place_of(l, name, value, &found);

	if (found || value.n == 0)
		return true;
	if (l->n >= VG_LABELS_MAX || !grow(l))
		return false;
	struct vg_label new = {copy_text(name.p, name.n),
			       copy_text(value.p, value.n)};
	if (new.name == NULL || new.value == NULL) {
		free(new.name);
		free(new.value);
		return false;
	}
	memmove(&l->label[i + 1], &l->label[i],
		(l->n - i) * sizeof l->label[0]);
	l->label[i] = new;
	l->n++;
	return true;
}

bool vg_labels_copy(struct vg_labels *out, const struct vg_labels *l)
{
	assert(out->n == 0);
	for (size_t i = 0; i < l->n; i++)
		if (!vg_labels_add(out, vg_slice_of(l->label[i].name),
				   vg_slice_of(l->label[i].value))) {
			vg_labels_term(out);
			return false;
		}
	return true;
}

void vg_labels_term(struct vg_labels *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->label[i].name);
		free(l->label[i].value);
	}
	free(l->label);
	memset(l, 0, sizeof *l);
}

bool vg_labels_equal(const struct vg_labels *a, const struct vg_labels *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->label[i].name, b->label[i].name) != 0 ||
		    strcmp(a->label[i].value, b->label[i].value) != 0)
			return false;
	return true;
}

/* The run of labels called `name`: its first, and how many. */
static size_t run_of(const struct vg_labels *l, const char *name, size_t *n)
{
	size_t from = 0, to;

	while (from < l->n && strcmp(l->label[from].name, name) != 0)
		from++;
	for (to = from; to < l->n && strcmp(l->label[to].name, name) == 0;)
		to++;
	*n = to - from;
	return from;
}

/* `*` at the end of a pattern stands for any rest. */
static bool fits(struct vg_slice pattern, const char *value)
{
	size_t n = strlen(value);

	if (pattern.n > 0 && pattern.p[pattern.n - 1] == '*')
		return n >= pattern.n - 1 &&
		       memcmp(pattern.p, value, pattern.n - 1) == 0;
	return pattern.n == n && (n == 0 || memcmp(pattern.p, value, n) == 0);
}

static bool has_like(const struct vg_labels *l, const char *name,
		     struct vg_slice pattern)
{
	size_t n = 0, from = run_of(l, name, &n);

	for (size_t i = from; i < from + n; i++)
		if (fits(pattern, l->label[i].value))
			return true;
	return n == 0 && fits(pattern, "");
}

bool vg_labels_has(const struct vg_labels *l, const char *name,
		   struct vg_slice value)
{
	size_t n = 0, from = run_of(l, name, &n);

	for (size_t i = from; i < from + n; i++)
		if (order(l->label[i].value, value) == 0)
			return true;
	return n == 0 && value.n == 0;
}

bool vg_labels_same(const struct vg_labels *a, const struct vg_labels *b,
		    const char *name)
{
	size_t n = 0, m = 0, from = run_of(a, name, &n),
	       at = run_of(b, name, &m);

	for (size_t i = 0; n == m && i < n; i++)
		if (strcmp(a->label[from + i].value, b->label[at + i].value) !=
		    0)
			return false;
	return n == m;
}

void vg_labels_value(const struct vg_labels *l, const char *name,
		     struct vg_buf *out)
{
	size_t n = 0, from = run_of(l, name, &n);

	for (size_t i = from; i < from + n; i++) {
		if (i > from)
			vg_buf_str(out, ",");
		vg_buf_str(out, l->label[i].value);
	}
}

struct vg_matcher *vg_matchers_add(struct vg_matchers *ms, const char *name)
{
	struct vg_matcher *p;

	if (ms->n >= VG_MATCHERS_MAX)
		return NULL;
	p = realloc(ms->m, (ms->n + 1) * sizeof *p);
	if (p == NULL)
		return NULL;
	ms->m = p;
	p = &ms->m[ms->n];
	*p = (struct vg_matcher){.name = copy_text(name, strlen(name))};
	if (p->name == NULL)
		return NULL;
	ms->n++;
	return p;
}

bool vg_matcher_value(struct vg_matcher *m, struct vg_slice value)
{
	char **p;

	if (m->n >= VG_MATCH_VALUES_MAX)
		return false;
	p = realloc(m->value, (m->n + 1) * sizeof *p);
	if (p == NULL)
		return false;
	m->value = p;
	p[m->n] = copy_text(value.p, value.n);
	if (p[m->n] == NULL)
		return false;
	m->n++;
	return true;
}

static bool is_least(const struct vg_matcher *m, const struct vg_labels *l)
{
	size_t n = 0, from = run_of(l, m->name, &n);

	for (size_t i = from; i < from + n; i++) {
		char *end = NULL;

		errno = 0;
		long long v = strtoll(l->label[i].value, &end, 10);
		if (errno == 0 && *end == '\0' && v >= m->least)
			return true;
	}
	return false;
}

static bool holds(const struct vg_matcher *m, const struct vg_labels *l)
{
	bool any = m->n == 0 && m->has_least;

	for (size_t i = 0; i < m->n && !any; i++)
		any = has_like(l, m->name, vg_slice_of(m->value[i]));
	if (m->has_least)
		any = any && is_least(m, l);
	return any != m->not ;
}

bool vg_matchers_hold(const struct vg_matchers *ms, const struct vg_labels *l)
{
	for (size_t i = 0; i < ms->n; i++)
		if (!holds(&ms->m[i], l))
			return false;
	return true;
}

void vg_matchers_term(struct vg_matchers *ms)
{
	for (size_t i = 0; i < ms->n; i++) {
		for (size_t k = 0; k < ms->m[i].n; k++)
			free(ms->m[i].value[k]);
		free(ms->m[i].value);
		free(ms->m[i].name);
	}
	free(ms->m);
	memset(ms, 0, sizeof *ms);
}
