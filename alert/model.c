#include "alert/model.h"

#include "aggregate/keys.h"
#include "core/hash.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PARTNERS = 64 }; /* slots */

void vg_alert_term(struct vg_alert *a)
{
	for (size_t i = 0; i < a->n_row; i++)
		free(a->row[i].value);
	free(a->row);
	free(a->tip.value);
	memset(a, 0, sizeof *a);
}

void vg_alert_free(struct vg_alert *a)
{
	if (a == NULL)
		return;
	vg_alert_term(a);
	free(a);
}

static char *copy_of(struct vg_slice s)
{
	char *p = malloc((size_t)s.n + 1);

	if (p == NULL)
		return NULL;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

/* Rows grow by doubling: room is made at each power of two. */
static bool make_room(struct vg_alert *a)
{
	if ((a->n_row & (a->n_row - 1)) != 0 || a->n_row == 1)
		return true;
	size_t cap = a->n_row == 0 ? 2 : a->n_row * 2;
	struct vg_seen *row = realloc(a->row, cap * sizeof *row);
	if (row == NULL)
		return false;
	a->row = row;
	return true;
}

bool vg_alert_add(struct vg_alert *a, const struct vg_seen *row)
{
	char *text = NULL;

	assert(row->partner < PARTNERS);
	if (!make_room(a))
		return false;
	text = copy_of(vg_slice_of(row->value));
	if (text == NULL)
		return false;
	a->row[a->n_row] = *row;
	a->row[a->n_row++].value = text;
	return true;
}

int vg_seen_order(const struct vg_seen *x, const struct vg_seen *y)
{
	if (x->condition != y->condition)
		return x->condition < y->condition ? -1 : 1;
	int o = strcmp(x->value, y->value);
	if (o != 0)
		return o;
	return (x->partner > y->partner) - (x->partner < y->partner);
}

static int by_name(const void *a, const void *b)
{
	return vg_seen_order(a, b);
}

static int by_first(const void *a, const void *b)
{
	const struct vg_seen *x = a, *y = b;

	if (x->first_ms != y->first_ms)
		return x->first_ms < y->first_ms ? -1 : 1;
	return by_name(a, b);
}

static void join_equal(struct vg_alert *a)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->n_row; i++) {
		struct vg_seen *s = &a->row[i];

		if (kept == 0 || by_name(&a->row[kept - 1], s) != 0) {
			a->row[kept++] = *s;
			continue;
		}
		struct vg_seen *k = &a->row[kept - 1];
		if (s->first_ms < k->first_ms)
			k->first_ms = s->first_ms;
		if (s->last_ms > k->last_ms)
			k->last_ms = s->last_ms;
		k->seen_by &= s->seen_by;
		free(s->value);
	}
	a->n_row = kept;
}

/* The row array has room for the next power of two: say so again after rows
 * went, or the next add would write past it. */
static void fit(struct vg_alert *a)
{
	size_t cap = 2;

	while (cap < a->n_row)
		cap *= 2;
	struct vg_seen *row = realloc(a->row, cap * sizeof *row);
	if (row != NULL)
		a->row = row;
}

void vg_alert_settle_rows(struct vg_alert *a)
{
	if (a->n_row == 0)
		return;
	qsort(a->row, a->n_row, sizeof *a->row, by_name);
	join_equal(a);
	if (a->n_row > VG_ALERT_ROWS_MAX) {
		qsort(a->row, a->n_row, sizeof *a->row, by_first);
		for (size_t i = VG_ALERT_ROWS_MAX; i < a->n_row; i++)
			free(a->row[i].value);
		a->omitted += a->n_row - VG_ALERT_ROWS_MAX;
		a->n_row = VG_ALERT_ROWS_MAX;
		qsort(a->row, a->n_row, sizeof *a->row, by_name);
	}
	fit(a);
}

bool vg_alert_same_rows(const struct vg_alert *a, const struct vg_alert *b)
{
	if (a->n_row != b->n_row || a->omitted != b->omitted)
		return false;
	for (size_t i = 0; i < a->n_row; i++)
		if (by_name(&a->row[i], &b->row[i]) != 0)
			return false;
	return true;
}

static bool same_seen(const struct vg_seen *x, const struct vg_seen *y)
{
	if ((x->value == NULL) != (y->value == NULL))
		return false;
	return x->condition == y->condition && x->partner == y->partner &&
	       x->first_ms == y->first_ms && x->last_ms == y->last_ms &&
	       (x->value == NULL || strcmp(x->value, y->value) == 0);
}

/* By partner, as a document that is read back knows no more. */
static bool same_seen_by(const struct vg_alert *a, const struct vg_alert *b)
{
	uint64_t x[PARTNERS], y[PARTNERS];

	vg_alert_seen_by(a, x);
	vg_alert_seen_by(b, y);
	return memcmp(x, y, sizeof x) == 0;
}

bool vg_alert_same(const struct vg_alert *a, const struct vg_alert *b)
{
	if (a->start_ms != b->start_ms || a->end_ms != b->end_ms ||
	    a->peak != b->peak || a->peak_at_ms != b->peak_at_ms)
		return false;
	if (a->marking != b->marking || a->withdrawn != b->withdrawn ||
	    a->approximate != b->approximate ||
	    a->holds_without != b->holds_without ||
	    strcmp(a->merged_into, b->merged_into) != 0)
		return false;
	if (!vg_alert_same_rows(a, b) || !same_seen(&a->tip, &b->tip) ||
	    !same_seen_by(a, b))
		return false;
	for (size_t i = 0; i < a->n_row; i++)
		if (!same_seen(&a->row[i], &b->row[i]))
			return false;
	return true;
}

uint64_t vg_alert_partners(const struct vg_alert *a)
{
	uint64_t slots = 0;

	for (size_t i = 0; i < a->n_row; i++)
		slots |= (uint64_t)1 << a->row[i].partner;
	return slots;
}

void vg_alert_seen_by(const struct vg_alert *a, uint64_t seen_by[64])
{
	memset(seen_by, 0xff, PARTNERS * sizeof *seen_by);
	for (size_t i = 0; i < a->n_row; i++)
		seen_by[a->row[i].partner] &= a->row[i].seen_by;
}

bool vg_alert_tip(struct vg_alert *a, const struct vg_seen *tip)
{
	char *value = copy_of(vg_slice_of(tip->value));

	if (value == NULL)
		return false;
	free(a->tip.value);
	a->tip = *tip;
	a->tip.value = value;
	return true;
}

bool vg_alert_fingerprint(char out[VG_FINGERPRINT], const uint8_t *hash_key,
			  const char *rule_id, struct vg_slice group,
			  const char *class_name)
{
	const char sep = VG_FIELD_SEP;
	struct vg_buf b = {0};

	vg_buf_str(&b, rule_id);
	vg_buf_add(&b, &sep, 1);
	vg_buf_add(&b, group.p, group.n);
	vg_buf_add(&b, &sep, 1);
	vg_buf_str(&b, class_name);
	bool ok = !b.failed;
	if (ok)
		snprintf(out, VG_FINGERPRINT, "%016" PRIx64,
			 vg_hash64(hash_key, b.p, b.n));
	vg_buf_term(&b);
	return ok;
}
