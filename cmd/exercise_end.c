#include "cmd/exercise_end.h"

#include "aggregate/query.h"
#include "aggregate/wipe.h"
#include "alert/book.h"
#include "cmd/case_events.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/timefmt.h"
#include "ingest/topics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 500, STEP_MS = 20, DAY_MS = 86400000, SPREAD_MAX = 64 };

static const struct vg_verdict_shown {
	enum vg_verdict v;
	const char *name;
} shown[] = {{VG_VERDICT_RECEIVED, "records"},
	     {VG_VERDICT_COUNTED, "counted"},
	     {VG_VERDICT_DUPLICATE, "duplicate"},
	     {VG_VERDICT_RELAYED, "relayed"}};

/* The account of partner `p` over the whole of it. */
static enum vg_rc sum_partner(const struct vg_exercise_end *e,
			      struct vg_view *view, const struct vg_partner *p,
			      int64_t n[VG_VERDICT_N], struct vg_err *err)
{
	int64_t now_ms = vg_now_ms(&e->clock);

	memset(n, 0, VG_VERDICT_N * sizeof *n);
	for (int64_t at = e->mark.start_ms - DAY_MS; at < now_ms + DAY_MS;
	     at += DAY_MS) {
		const struct vg_account_range range = {.slots = UINT64_C(1)
								<< p->slot,
						       .from_ms = at,
						       .to_ms = at + DAY_MS};
		struct vg_account_row *rows = NULL;
		size_t n_rows = 0;
		enum vg_rc rc =
			vg_query_account(&rows, &n_rows, &range, view, err);

		if (rc != VG_OK)
			return rc;
		for (size_t i = 0; i < n_rows; i++)
			for (size_t v = 0; v < VG_VERDICT_N; v++)
				n[v] += rows[i].n[v];
		free(rows);
	}
	return VG_OK;
}

static enum vg_rc tell_account(const struct vg_exercise_end *e,
			       struct vg_view *view, struct vg_err *err)
{
	const struct vg_config *cfg = e->world->cfg;
	int64_t n[VG_VERDICT_N];

	fprintf(e->out, "%-12s", "partner");
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
		fprintf(e->out, "%11s", shown[i].name);
	fprintf(e->out, "%11s\n", "other");
	for (size_t p = 0; p < cfg->n_partners; p++) {
		enum vg_rc rc = sum_partner(e, view, &cfg->partners[p], n, err);
		int64_t other = n[VG_VERDICT_RECEIVED];

		if (rc != VG_OK)
			return rc;
		if (n[VG_VERDICT_RECEIVED] == 0)
			continue;
		fprintf(e->out, "%-12s", cfg->partners[p].id);
		for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
			fprintf(e->out, "%11" PRId64, n[shown[i].v]);
			other -= i > 0 ? n[shown[i].v] : 0;
		}
		fprintf(e->out, "%11" PRId64 "\n", other);
	}
	return VG_OK;
}

static int by_time(const void *a, const void *b)
{
	const struct vg_book_country *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return strcmp(x->code, y->code);
}

static void tell_offset(const struct vg_exercise_end *e, int64_t at_ms)
{
	struct vg_buf b = {0};

	vg_case_offset_print(&b, at_ms - e->mark.start_ms);
	fprintf(e->out, "+%s", b.p != NULL ? b.p : "?");
	vg_buf_term(&b);
}

static void tell_alert(const struct vg_exercise_end *e,
		       const struct vg_book_alert *a, struct vg_json *json)
{
	struct vg_book_country way[SPREAD_MAX];
	size_t n = a->n_country < SPREAD_MAX ? a->n_country : SPREAD_MAX;
	struct vg_slice group = {.p = "{}", .n = 2};
	size_t at = 0;

	if (vg_json_parse(json, a->json, a->json_len, &at) == VG_JSON_OK) {
		uint32_t tok = vg_json_member(json, 0, "group");

		if (tok != 0)
			group = vg_json_raw(json, tok);
	}
	fputs("  ", e->out);
	tell_offset(e, a->start_ms);
	fprintf(e->out, "  %s %.*s%s:", a->rule, (int)group.n, group.p,
		a->shadow ? " (on trial)" : "");
	if (n > 0) {
		memcpy(way, a->country, n * sizeof *way);
		qsort(way, n, sizeof *way, by_time);
	}
	for (size_t i = 0; i < n; i++) {
		fprintf(e->out, " %s ", way[i].code);
		tell_offset(e, way[i].at_ms);
	}
	fputs("\n", e->out);
}

static void tell_alerts(const struct vg_exercise_end *e, struct vg_book *book)
{
	struct vg_json json = {0};
	size_t n = 0;

	vg_book_read_lock(book);
	for (size_t i = vg_book_count(book); i-- > 0;) {
		const struct vg_book_alert *a = vg_book_at(book, i);

		if (a->withdrawn || a->merged_into != NULL)
			continue;
		if (n++ == 0)
			fputs("alerts, where and when they spread:\n", e->out);
		tell_alert(e, a, &json);
	}
	vg_book_unlock(book);
	if (n == 0)
		fputs("no rule raised an alert\n", e->out);
	vg_json_term(&json);
}

/* Load what there is into `view` and `book`. */
static enum vg_rc load(const struct vg_exercise_end *e, struct vg_store *store,
		       struct vg_view *view, struct vg_book *book,
		       struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (int i = 0; i < STEPS && rc == VG_OK; i++) {
		size_t applied = 0;

		rc = vg_view_step(view, store, vg_now_ms(&e->clock), STEP_MS,
				  &applied, err);
		if (rc == VG_OK)
			rc = vg_book_step(book, store, 0, err);
		if (rc == VG_OK && vg_view_ready(view) && vg_book_ready(book) &&
		    applied == 0)
			return VG_OK;
	}
	return rc;
}

static enum vg_rc report(const struct vg_exercise_end *e,
			 struct vg_store *store, struct vg_err *err)
{
	char from[VG_TIME_TEXT], to[VG_TIME_TEXT];
	struct vg_view *view = NULL;
	struct vg_book *book = NULL;
	enum vg_rc rc = vg_view_new(&view, &e->world->env, NULL, err);

	if (rc == VG_OK)
		rc = vg_book_new(&book, err);
	if (rc == VG_OK)
		rc = load(e, store, view, book, err);
	if (rc == VG_OK) {
		vg_time_print(from, e->mark.since_ms);
		vg_time_print(to, vg_now_ms(&e->clock));
		fprintf(e->out,
			"exercise %s: %s\nplayed from %s to %s; %" PRId64
			" records sent\n",
			e->mark.id, e->mark.title, from, to, e->mark.sent);
		rc = tell_account(e, view, err);
	}
	if (rc == VG_OK)
		tell_alerts(e, book);
	vg_book_free(book);
	vg_view_free(view);
	return rc;
}

static enum vg_rc wipe(const struct vg_exercise_end *e, struct vg_store *store,
		       struct vg_err *err)
{
	struct vg_wipe w = {.cursor = 0};
	size_t topics = 0;
	enum vg_rc rc = VG_OK;

	while (rc == VG_OK && !w.done)
		rc = vg_wipe_step(store, &w, err);
	if (rc == VG_OK)
		rc = vg_topics_drop(e->world->cfg, &topics, err);
	if (rc == VG_OK)
		rc = vg_exercise_mark_end(e->real, err);
	if (rc == VG_OK)
		fprintf(e->out,
			"purged: %" PRId64 " keys and %zu topics; nothing of "
			"it is left, and nothing real was touched\n",
			w.removed, topics);
	return rc;
}

enum vg_rc vg_exercise_finish(struct vg_exercise_end *e, struct vg_err *err)
{
	struct vg_store *store = NULL;
	enum vg_rc rc =
		vg_store_new(&store, e->world->cfg, &e->world->metrics, err);

	if (rc != VG_OK)
		return rc;
	(void)snprintf(e->mark.state, sizeof e->mark.state, "purging");
	rc = vg_exercise_mark_write(e->real, &e->mark, err);
	if (rc == VG_OK)
		rc = report(e, store, err);
	/* What a purge that was cut off left need not make sense. */
	if (rc != VG_OK && rc != VG_RETRY) {
		fprintf(e->out, "no report: %s\n", err->text);
		rc = VG_OK;
	}
	if (rc == VG_OK)
		rc = wipe(e, store, err);
	fflush(e->out);
	vg_store_free(store);
	return rc;
}
