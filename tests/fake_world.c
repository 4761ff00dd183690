#include "fake_world.h"

#include "aggregate/span_read.h"
#include "aggregate/stamp.h"
#include "alert/desk.h"

#include <stdlib.h>

struct vg_view {
	struct fake_world w;
};

struct vg_book {
	char unused;
};

struct vg_store {
	char unused;
};

static struct vg_view the_view;
static struct vg_book the_book;

struct fake_world *fake_world(void)
{
	return &the_view.w;
}

struct vg_view *fake_view(void)
{
	return &the_view;
}

struct vg_book *fake_book(void)
{
	return &the_book;
}

void vg_view_read_lock(struct vg_view *v)
{
	(void)v;
}

void vg_view_unlock(struct vg_view *v)
{
	(void)v;
}

size_t vg_view_parts(const struct vg_view *v)
{
	return v->w.n_parts;
}

const struct vg_view_part *vg_view_part(const struct vg_view *v, size_t i)
{
	return &v->w.part[i];
}

bool vg_view_has_whole(const struct vg_view *v, const char *id)
{
	(void)v;
	(void)id;
	return !fake_world()->fills;
}

bool vg_view_ready(const struct vg_view *v)
{
	return v->w.view_ready;
}

struct vg_view_freshness vg_view_freshness(const struct vg_view *v,
					   int64_t now_ms)
{
	(void)now_ms;
	return v->w.fresh;
}

void vg_book_read_lock(struct vg_book *b)
{
	(void)b;
	fake_world()->n_book_reads++;
}

void vg_book_unlock(struct vg_book *b)
{
	(void)b;
}

bool vg_book_ready(const struct vg_book *b)
{
	(void)b;
	return fake_world()->book_ready;
}

uint64_t vg_view_tick(const struct vg_view *v)
{
	return v->w.tick;
}

uint64_t vg_book_tick(const struct vg_book *b)
{
	(void)b;
	return fake_world()->tick;
}

bool vg_query_stamp(struct vg_query_stamp *out, const struct vg_query *q,
		    struct vg_view *view)
{
	(void)view;
	*out = (struct vg_query_stamp){.viewer = q->viewer};
	return true;
}

bool vg_query_stands(const struct vg_query_stamp *s, struct vg_view *view,
		     int64_t now_ms)
{
	(void)s;
	(void)now_ms;
	return !view->w.has_fallen;
}

size_t vg_book_count(const struct vg_book *b)
{
	(void)b;
	return fake_world()->n_alerts;
}

const struct vg_book_alert *vg_book_at(const struct vg_book *b, size_t i)
{
	(void)b;
	return &fake_world()->alert[i];
}

const struct vg_book_alert *vg_book_find(const struct vg_book *b,
					 struct vg_slice id)
{
	(void)b;
	for (size_t i = 0; i < fake_world()->n_alerts; i++)
		if (vg_slice_eq(id, vg_slice_of(fake_world()->alert[i].id)))
			return &fake_world()->alert[i];
	return NULL;
}

/* In the order of a test: ids of one fingerprint stand together there. */
const struct vg_book_alert *vg_book_near(const struct vg_book *b,
					 struct vg_slice prefix, size_t k)
{
	size_t i = 0;

	(void)b;
	while (i < fake_world()->n_alerts &&
	       strncmp(fake_world()->alert[i].id, prefix.p, prefix.n) != 0)
		i++;
	return i + k < fake_world()->n_alerts ? &fake_world()->alert[i + k]
					      : NULL;
}

enum vg_rc vg_book_history(struct vg_store *store, struct vg_slice id,
			   struct vg_buf *out, int64_t *omitted,
			   struct vg_err *err)
{
	(void)store;
	(void)id;
	*omitted = fake_world()->history_omitted;
	if (fake_world()->history_rc != VG_OK)
		return vg_err_set(err, fake_world()->history_rc,
				  "history of key vg:{vg}:h");
	vg_buf_str(out, fake_world()->history);
	return VG_OK;
}

static enum vg_rc give(struct vg_buf *out, const char *text)
{
	if (text != NULL)
		vg_buf_str(out, text);
	return VG_OK;
}

enum vg_rc vg_desk_entries(struct vg_store *s, const char *alert,
			   struct vg_buf *out, struct vg_err *err)
{
	const char *text = fake_world()->entries;

	(void)s;
	(void)alert;
	(void)err;
	return give(out, text != NULL ? text : "[]");
}

enum vg_rc vg_desk_entry(struct vg_store *s, const char *alert, const char *id,
			 struct vg_buf *out, struct vg_err *err)
{
	(void)s;
	(void)alert;
	(void)id;
	(void)err;
	return give(out, fake_world()->entry);
}

enum vg_rc vg_desk_own(struct vg_store *s, struct vg_own_docs *out,
		       struct vg_err *err)
{
	(void)s;
	return vg_own_copy(out, &fake_world()->own, err);
}

enum vg_rc vg_desk_silence(struct vg_store *s, const char *id,
			   struct vg_buf *out, struct vg_err *err)
{
	const char *known = fake_world()->silence_id;

	(void)s;
	(void)err;
	return give(out, known != NULL && strcmp(known, id) == 0
				 ? fake_world()->silence
				 : NULL);
}

enum vg_rc vg_desk_offset(struct vg_store *s, int64_t *next, struct vg_err *err)
{
	(void)s;
	(void)err;
	*next = -1;
	return VG_OK;
}

enum vg_rc vg_hold_each(struct vg_store *s, const char *key,
			const struct vg_field_taker *to, struct vg_err *err)
{
	struct fake_world *w = fake_world();

	(void)s;
	(void)key;
	return w->silence == NULL
		       ? VG_OK
		       : to->take(to->ctx, vg_slice_of(w->silence_id),
				  vg_slice_of(w->silence), err);
}

enum vg_rc vg_store_new(struct vg_store **out, const struct vg_config *cfg,
			struct vg_metrics *metrics, struct vg_err *err)
{
	(void)cfg;
	(void)metrics;
	*out = malloc(sizeof **out);
	if (*out == NULL)
		return vg_err_set(err, VG_FATAL, "out of memory");
	fake_world()->n_stores++;
	return VG_OK;
}

void vg_store_free(struct vg_store *s)
{
	free(s);
}

/* No cell is stored. */
enum vg_rc vg_spans_read(struct vg_store *s, const struct vg_span_ask *ask,
			 struct vg_span_cell *out, struct vg_err *err)
{
	(void)s;
	(void)err;
	for (size_t i = 0; i < ask->n; i++)
		out[i] = (struct vg_span_cell){.there = false};
	return VG_OK;
}

/* The memory of a result: rows, their values, the times. */
struct result_memory {
	struct vg_query_row row[FAKE_ROWS];
	int64_t number[];
};

static struct result_memory *fill(struct vg_query_result *out,
				  const struct vg_query *q, size_t n_times)
{
	struct fake_world *w = fake_world();
	size_t numbers = (w->n_rows + 1) * n_times;
	struct result_memory *m =
		malloc(sizeof *m + numbers * sizeof m->number[0]);

	if (m == NULL)
		return NULL;
	out->time = m->number;
	out->n_times = n_times;
	out->row = m->row;
	out->n_rows = w->n_rows;
	out->marking = w->marking;
	out->folded = w->folded;
	out->memory = m;
	for (size_t i = 0; i < n_times; i++)
		out->time[i] = q->from_ms + (int64_t)i * vg_res_ms(q->step);
	for (size_t i = 0; i < w->n_rows; i++) {
		struct vg_query_row *row = &m->row[i];

		*row = (struct vg_query_row){0};
		for (unsigned k = 0; k < q->n_by; k++)
			row->key[k] = vg_slice_of(w->row_key[i]);
		row->value = m->number + (i + 1) * n_times;
		for (size_t t = 0; t < n_times; t++)
			row->value[t] = w->row_value[i];
		row->total = w->row_value[i];
	}
	return m;
}

enum vg_rc vg_query_series(struct vg_query_result *out,
			   const struct vg_query *q, struct vg_view *view,
			   struct vg_store *store, struct vg_err *err)
{
	struct fake_world *w = fake_world();
	bool stored = q->step == VG_RES_1H || q->step == VG_RES_1D;
	int64_t n = (q->to_ms - q->from_ms) / vg_res_ms(q->step);

	(void)view;
	w->asked = *q;
	w->n_queries++;
	if (stored != (store != NULL))
		abort(); /* a store is for 1h and 1d, and for them alone */
	if (q->cost != NULL && w->query_rc != VG_OK)
		*q->cost = w->query_cost;
	if (w->query_rc != VG_OK)
		return vg_err_set(err, w->query_rc, "%s", w->query_text);
	if (fill(out, q, (size_t)n) == NULL)
		return vg_err_set(err, VG_FATAL, "out of memory");
	return VG_OK;
}

static int larger_first(const void *a, const void *b)
{
	const struct vg_query_row *x = a, *y = b;

	return (x->total < y->total) - (x->total > y->total);
}

void vg_query_top(struct vg_query_result *r, size_t n)
{
	qsort(r->row, r->n_rows, sizeof *r->row, larger_first);
	if (r->n_rows > n)
		r->n_rows = n;
}

void vg_query_result_term(struct vg_query_result *r)
{
	free(r->memory);
	*r = (struct vg_query_result){0};
}

enum vg_rc vg_query_account(struct vg_account_row **rows, size_t *n,
			    const struct vg_account_range *range,
			    struct vg_view *view, struct vg_err *err)
{
	struct fake_world *w = fake_world();

	(void)view;
	*rows = calloc(w->n_account + 1, sizeof **rows);
	if (*rows == NULL)
		return vg_err_set(err, VG_FATAL, "out of memory");
	*n = 0;
	for (size_t i = 0; i < w->n_account; i++) {
		const struct vg_account_row *row = &w->account[i];

		if ((range->slots >> row->partner->slot & 1) != 0 &&
		    row->hour_ms >= range->from_ms &&
		    row->hour_ms < range->to_ms)
			(*rows)[(*n)++] = *row;
	}
	return VG_OK;
}
