#include "api/alert_out.h"
#include "api/alert_rows.h"
#include "api/campaign_out.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/params.h"
#include "api/people_out.h"
#include "api/select.h"
#include "api/since.h"
#include "api/viewer.h"

#include <assert.h>

enum { LIMIT_DEFAULT = 100 };

struct filter {
	int shadow; /* 1: of rules on trial, 0: of the others */
	const char *viewer;
	struct vg_slice rule; /* n == 0: any */
	int state;	      /* -1: any */
	int64_t since_ms, from_ms, to_ms, now_ms;
	int64_t severity_min;
};

static bool read_filter(const struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a, struct filter *f,
			struct vg_pager *pager)
{
	const int64_t severities[2] = {1, 10};

	*f = (struct filter){.viewer = vg_viewer_name(s->env->cfg, r->viewer),
			     .state = -1,
			     .since_ms = INT64_MIN,
			     .from_ms = INT64_MIN,
			     .to_ms = INT64_MAX,
			     .now_ms = r->now_ms,
			     .severity_min = 0};
	(void)vg_request_param(r, "rule", &f->rule);
	if (!vg_param_word(r, a, "shadow", "false true", &f->shadow) ||
	    !vg_param_word(r, a, "state", VG_ALERT_STATES, &f->state) ||
	    !vg_param_time(r, a, "since", &f->since_ms) ||
	    !vg_param_time(r, a, "from", &f->from_ms) ||
	    !vg_param_time(r, a, "to", &f->to_ms) ||
	    !vg_param_int(r, a, "severity_min", severities, &f->severity_min))
		return false;
	if (f->from_ms >= f->to_ms)
		return vg_answer_fail(a, r, 400, "bad-range",
				      "from must be earlier than to");
	return vg_pager_read(pager, r, a, LIMIT_DEFAULT);
}

static bool is_wanted(const struct vg_book_alert *alert, const struct filter *f)
{
	if (!vg_alert_is_listed(alert, f->shadow))
		return false;
	if (!vg_alert_sees(alert, f->viewer))
		return false;
	if (f->rule.n > 0 && !vg_slice_eq(f->rule, vg_slice_of(alert->rule)))
		return false;
	if (alert->severity < f->severity_min || alert->start_ms < f->since_ms)
		return false;
	if (alert->start_ms >= f->to_ms || alert->end_ms <= f->from_ms)
		return false;
	return f->state < 0 ||
	       (int)vg_alert_state(alert, f->now_ms) == f->state;
}

struct page {
	enum vg_format format;
	struct vg_rows table; /* of CSV */
	struct vg_buf list;
	struct vg_pager pager;
	struct vg_buf people, campaign; /* of the alert at hand         */
	int marking;
};

/* The alert as the next value of the page's list, or as a line of it. False
 * when there is nothing to read in it. */
static bool write_one(const struct vg_service *s, struct page *page,
		      struct vg_jout *j, const struct vg_book_alert *alert,
		      int64_t now_ms)
{
	struct vg_jout line = {.buf = &page->list};
	struct vg_people_ids ids;
	bool ok;

	if (page->format == VG_FORMAT_CSV)
		return vg_alert_row(&page->table, alert, now_ms,
				    &page->marking);
	vg_people_ids(&ids, s->people, s->book, alert);
	vg_buf_reset(&page->people);
	vg_people_write(&page->people, s->people, &ids);
	vg_buf_reset(&page->campaign);
	vg_campaign_text(&page->campaign, s, alert, now_ms);
	const struct vg_alert_more more = {
		.people = page->people.n > 0 ? page->people.p : NULL,
		.campaign = page->campaign.n > 0 ? page->campaign.p : NULL};
	ok = vg_alert_write(page->format == VG_FORMAT_JSON ? j : &line, alert,
			    &more, now_ms, &page->marking);
	if (ok && page->format == VG_FORMAT_NDJSON)
		vg_buf_str(&page->list, "\n");
	return ok;
}

/* Gather the page's alerts; the lock is held. */
static void fill_page_locked(const struct vg_service *s, const struct filter *f,
			     struct page *page)
{
	struct vg_jout j = {.buf = &page->list};
	size_t n = vg_book_count(s->book);

	if (page->format == VG_FORMAT_JSON)
		vg_jout_open(&j, '[');
	for (size_t i = 0; i < n; i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);

		/* The book's order is start, newest first, then id. */
		if (!is_wanted(alert, f) ||
		    !vg_pager_is_past(&page->pager, alert->start_ms, alert->id))
			continue;
		if (!vg_pager_has_room(&page->pager))
			break;
		if (write_one(s, page, &j, alert, f->now_ms))
			vg_pager_add(&page->pager, alert->start_ms, alert->id);
	}
	if (page->format == VG_FORMAT_JSON)
		vg_jout_close(&j, ']');
}

static void write_body(const struct vg_request *r, struct vg_answer *a,
		       struct page *page)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_answer_marking(&j, page->marking);
	vg_jout_name(&j, "alerts");
	vg_jout_raw(&j, page->list.p, page->list.n);
	vg_pager_end(&page->pager, r, a, &j);
	vg_jout_close(&j, '}');
	if (page->list.failed)
		a->body.failed = true;
}

/* Lines are the body; what JSON has beside the list are headers. */
static void write_lines(const struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a, struct page *page)
{
	if (page->format == VG_FORMAT_NDJSON) {
		(void)vg_rows_start(a, page->format);
		vg_buf_add(&a->body, page->list.p, page->list.n);
	}
	vg_select_headers(s, a, page->marking, 0);
	vg_pager_end(&page->pager, r, a, NULL);
	if (page->list.failed)
		a->body.failed = true;
}

/* A delta names what is gone, which no table does. */
static bool refuse_delta(const struct vg_request *r, struct vg_answer *a,
			 enum vg_format format)
{
	return format != VG_FORMAT_JSON &&
	       !vg_answer_fail(a, r, 406, "not-acceptable",
			       "a delta is application/json; leave out since, "
			       "or accept that");
}

void vg_get_alerts(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	struct page page = {.marking = -1};
	struct vg_view_freshness fresh;
	struct vg_slice since;
	struct filter f;

	if (!vg_rows_format(r, a, &page.format))
		return;
	if (vg_request_param(r, "since", &since) && since.n > 0 &&
	    since.p[0] == 'c') {
		if (!refuse_delta(r, a, page.format))
			vg_alerts_since(s, r, a, since);
		return;
	}
	if (!read_filter(s, r, a, &f, &page.pager))
		return;
	fresh = vg_service_freshness(s, r);
	if (page.format == VG_FORMAT_CSV) {
		page.table = vg_rows_start(a, page.format);
		vg_alert_columns(&page.table);
	}
	vg_book_read_lock(s->book);
	vg_people_read_lock(s->people);
	fill_page_locked(s, &f, &page);
	vg_people_unlock(s->people);
	vg_book_unlock(s->book);

	if (page.format == VG_FORMAT_JSON)
		write_body(r, a, &page);
	else
		write_lines(s, r, a, &page);
	vg_service_fresh_headers(a, &fresh);
	vg_buf_term(&page.list);
	vg_buf_term(&page.people);
	vg_buf_term(&page.campaign);
}
