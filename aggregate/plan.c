#include "aggregate/plan.h"

#include "aggregate/alias.h"
#include "aggregate/match.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/defect.h"
#include "core/hash.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS_FORM = 2 };

struct vg_plan {
	struct vg_arena arena; /* names of the tracks' fields */
	struct vg_track *track;
	size_t n, cap;
	size_t n_shared; /* once is_sealed */
	bool is_sealed;
	unsigned left_out; /* bit: a series that is not counted */
};

enum vg_rc vg_plan_new(struct vg_plan **out, struct vg_err *err)
{
	struct vg_plan *p = calloc(1, sizeof *p);

	if (p == NULL)
		return vg_err_set(err, VG_FATAL, "plan: out of memory");
	*out = p;
	return VG_OK;
}

/* The struct shows its match as const, since only the plan may free it. */
static void free_match(const struct vg_match *m)
{
	vg_match_free((struct vg_match *)(uintptr_t)m);
}

static void free_matches(const struct vg_track *t)
{
	if (t->borrowed)
		return;
	free_match(t->match);
	for (unsigned i = 0; i < t->n_class; i++)
		free_match(t->class_of[i]);
}

void vg_plan_free(struct vg_plan *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		free_matches(&p->track[i]);
	vg_arena_term(&p->arena);
	free(p->track);
	free(p);
}

static void print_fields(struct vg_buf *out, char what,
			 const struct vg_field_ref *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		vg_buf_printf(out, "%c%u:", what, (unsigned)f[i].name.n);
		vg_buf_add(out, f[i].name.p, f[i].name.n);
		if (f[i].alias != NULL)
			vg_alias_print(f[i].alias, out);
	}
}

static int compare_ref(const void *a, const void *b)
{
	const struct vg_field_ref *x = a, *y = b;

	return vg_slice_cmp(x->name, y->name);
}

/* The id must be the same on every machine and under every hash key: the
 * buckets in Redis carry it. So the key is fixed. */
static enum vg_rc make_id(char id[VG_TRACK_ID], const struct vg_track *t,
			  struct vg_err *err)
{
	static const uint8_t zero[VG_HASH_KEY];
	struct vg_field_ref need[VG_TRACK_NEED_MAX];
	struct vg_buf text = {.n = 0};
	enum vg_rc rc = VG_OK;

	/* The form of what is stored is part of it: steps were kind 1 while
	 * each time had a field of its own. */
	vg_buf_printf(&text, "kind%d window%" PRId64 " ",
		      t->kind == VG_TRACK_STEPS ? STEPS_FORM : (int)t->kind,
		      t->window_ms);
	if (t->match != NULL)
		vg_match_print(t->match, &text);
	print_fields(&text, 'g', t->group, t->n_group);
	print_fields(&text, 'v', t->value, t->n_value);
	memcpy(need, t->need, sizeof need);
	qsort(need, t->n_need, sizeof *need, compare_ref);
	print_fields(&text, 'n', need, t->n_need);
	if (t->numeric)
		vg_buf_str(&text, "numeric");
	if (t->reach_ms > 0)
		vg_buf_printf(&text, "first%" PRId64, t->reach_ms);
	for (unsigned i = 0; i < t->n_class; i++) {
		vg_buf_printf(&text, "class%u ", i);
		if (t->class_of[i] != NULL)
			vg_match_print(t->class_of[i], &text);
	}
	if (t->classless)
		vg_buf_str(&text, "classless");
	if (text.failed)
		rc = vg_err_set(err, VG_FATAL, "plan: out of memory");
	else
		snprintf(id, VG_TRACK_ID, "%016" PRIx64,
			 vg_hash64(zero, text.p, text.n));
	vg_buf_term(&text);
	return rc;
}

static enum vg_rc check(const struct vg_track *t, struct vg_err *err)
{
	if (t->n_need > VG_TRACK_NEED_MAX)
		return vg_err_set(err, VG_INVAL,
				  "track: more than %d fields that must be "
				  "there",
				  VG_TRACK_NEED_MAX);
	if (t->n_group > VG_TRACK_GROUP_MAX)
		return vg_err_set(err, VG_INVAL,
				  "track: more than %d group fields",
				  VG_TRACK_GROUP_MAX);
	if ((t->n_value < 1 && t->kind != VG_TRACK_STEPS) ||
	    t->n_value > VG_TRACK_GROUP_MAX)
		return vg_err_set(err, VG_INVAL,
				  "track: a value has 1 to %d fields",
				  VG_TRACK_GROUP_MAX);
	if (t->numeric && (t->kind != VG_TRACK_STEPS || t->n_value != 1))
		return vg_err_set(err, VG_INVAL,
				  "track: numbers are one field, in steps");
	if (t->n_class > VG_TRACK_CLASSES_MAX ||
	    (t->n_class > 0 && (t->kind != VG_TRACK_STEPS || t->n_value > 0)))
		return vg_err_set(err, VG_INVAL,
				  "track: at most %d classes, in steps, "
				  "without values",
				  VG_TRACK_CLASSES_MAX);
	if (t->window_ms < 1)
		return vg_err_set(err, VG_INVAL,
				  "track: the window must be above 0");
	return VG_OK;
}

/* True when `a` is `b` itself, given again. */
static bool same_matches(const struct vg_track *a, const struct vg_track *b)
{
	return a->match == b->match &&
	       (a->n_class == 0 || a->class_of[0] == b->class_of[0]);
}

static bool copy_fields(struct vg_plan *p, struct vg_field_ref *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		f[i].name.p =
			vg_arena_copy(&p->arena, f[i].name.p, f[i].name.n);
		if (f[i].name.p == NULL)
			return false;
	}
	return true;
}

static enum vg_rc append(struct vg_plan *p, const struct vg_track *t,
			 struct vg_err *err)
{
	struct vg_track copy = *t;

	if (p->n == (p->is_sealed ? VG_TRACKS_ALL : VG_TRACKS_MAX))
		return vg_err_set(err, VG_INVAL,
				  "the rules need more than %d tracks",
				  VG_TRACKS_MAX);
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;
		struct vg_track *grown = realloc(p->track, cap * sizeof *grown);

		if (grown == NULL)
			return vg_err_set(err, VG_FATAL, "plan: out of memory");
		p->track = grown;
		p->cap = cap;
	}
	if (!copy_fields(p, copy.group, copy.n_group) ||
	    !copy_fields(p, copy.value, copy.n_value) ||
	    !copy_fields(p, copy.need, copy.n_need))
		return vg_err_set(err, VG_FATAL, "plan: out of memory");
	p->track[p->n++] = copy;
	return VG_OK;
}

enum vg_rc vg_plan_add_track(struct vg_plan *p, const struct vg_track *track,
			     size_t *index, struct vg_err *err)
{
	struct vg_track t = *track;
	enum vg_rc rc;
	int found;

	rc = check(track, err);
	if (rc == VG_OK)
		rc = make_id(t.id, track, err);
	if (rc != VG_OK)
		return rc;
	found = vg_plan_find_track(p, vg_slice_of(t.id));
	if (found >= 0) {
		if (!same_matches(&p->track[found], &t))
			free_matches(&t);
		*index = (size_t)found;
		return VG_OK;
	}
	rc = append(p, &t, err);
	if (rc == VG_OK)
		*index = p->n - 1;
	return rc;
}

size_t vg_plan_tracks(const struct vg_plan *p)
{
	return p->n;
}

const struct vg_track *vg_plan_track(const struct vg_plan *p, size_t i)
{
	assert(i < p->n);
	return &p->track[i];
}

unsigned vg_plan_agg(const struct vg_plan *p, size_t i)
{
	unsigned base = vg_plan_track(p, i)->kind == VG_TRACK_STEPS
				? VG_AGG_STEPS_0
				: VG_AGG_TRACK_0;

	return base + (unsigned)i;
}

size_t vg_agg_track(unsigned agg)
{
	assert(agg >= VG_AGG_TRACK_0 && agg < VG_AGG_END);
	return agg - (agg >= VG_AGG_STEPS_0 ? VG_AGG_STEPS_0 : VG_AGG_TRACK_0);
}

int vg_plan_find_track(const struct vg_plan *p, struct vg_slice id)
{
	if (id.n != VG_TRACK_ID - 1)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		if (memcmp(p->track[i].id, id.p, id.n) == 0)
			return (int)i;
	return -1;
}

static int64_t longest_of(const struct vg_plan *p, size_t n)
{
	int64_t longest = 0;

	for (size_t i = 0; i < n; i++)
		if (vg_track_late_ms(&p->track[i]) > longest)
			longest = vg_track_late_ms(&p->track[i]);
	return longest;
}

int64_t vg_plan_longest_ms(const struct vg_plan *p)
{
	return longest_of(p, p->n);
}

void vg_plan_seal(struct vg_plan *p)
{
	p->n_shared = p->n;
	p->is_sealed = true;
}

int64_t vg_plan_shared_ms(const struct vg_plan *p)
{
	return longest_of(p, p->is_sealed && !VG_DEFECT("own-window-told")
				     ? p->n_shared
				     : p->n);
}

void vg_plan_cut(struct vg_plan *p, size_t n)
{
	assert(!p->is_sealed || n >= p->n_shared);
	while (p->n > n)
		free_matches(&p->track[--p->n]);
}

enum vg_rc vg_plan_count_series(struct vg_plan *p, const char *names,
				struct vg_err *err)
{
	unsigned counted = 1u << VG_AGG_PARTNER;
	const char *at = names;

	p->left_out = 0;
	if (names == NULL || strcmp(names, "all") == 0)
		return VG_OK;
	for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		int agg = vg_series_find(
			(struct vg_slice){.p = at, .n = (uint32_t)n});

		if (agg < 0)
			return vg_err_set(err, VG_INVAL,
					  "series.counted: %.*s is no series; "
					  "docs/data-model.md lists them",
					  (int)n, at);
		counted |= 1u << agg;
		at += n;
	}
	p->left_out = ((1u << VG_AGG_SERIES_N) - 1) & ~counted;
	return VG_OK;
}

bool vg_plan_counts(const struct vg_plan *p, size_t agg)
{
	return agg < VG_AGG_SERIES_N && (p->left_out >> agg & 1) == 0;
}

void vg_plan_series_text(const struct vg_plan *p, char out[VG_SERIES_TEXT])
{
	size_t n = 0;

	if (p->left_out == 0) {
		memcpy(out, "all", sizeof "all");
		return;
	}
	out[0] = '\0';
	for (size_t agg = 0; agg < VG_AGG_SERIES_N; agg++)
		if (vg_plan_counts(p, agg))
			n += (size_t)snprintf(out + n, VG_SERIES_TEXT - n,
					      "%s%s", n > 0 ? " " : "",
					      vg_series_info(agg)->name);
}
