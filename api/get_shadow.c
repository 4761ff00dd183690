/*
 * What a shadow rule would have raised, country by country, over the last 30
 * days: of the alerts that the viewer may see.
 */
#include "alert/book.h"
#include "alert/ruleset.h"
#include "api/alert_out.h"
#include "api/handlers.h"
#include "api/viewer.h"

enum { LETTERS = 26, COUNTRIES = LETTERS * LETTERS };

static const int64_t SPAN_MS = INT64_C(30) * 86400000;

struct row {
	int64_t alerts, first_ms, last_ms; /* starts */
};

struct report {
	const char *viewer;
	struct vg_slice rule;
	int64_t from_ms, alerts;
	int marking;
	struct row row[COUNTRIES];
};

/* A country of an alert that starts at `start_ms`. */
static void take_country(struct report *p, const char *country,
			 int64_t start_ms)
{
	unsigned a = (unsigned char)country[0] - 'A',
		 b = a < LETTERS ? (unsigned char)country[1] - 'A' : LETTERS;
	struct row *row;

	if (b >= LETTERS)
		return;
	row = &p->row[a * LETTERS + b];
	if (row->alerts++ == 0)
		row->first_ms = row->last_ms = start_ms;
	if (start_ms < row->first_ms)
		row->first_ms = start_ms;
	if (start_ms > row->last_ms)
		row->last_ms = start_ms;
}

static void gather(struct vg_service *s, struct report *p)
{
	vg_book_read_lock(s->book);
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);

		if (!vg_alert_is_listed(alert, true) ||
		    alert->start_ms < p->from_ms ||
		    !vg_alert_sees(alert, p->viewer) ||
		    !vg_slice_eq(p->rule, vg_slice_of(alert->rule)))
			continue;
		p->alerts++;
		vg_alert_marking(alert, &p->marking);
		for (size_t k = 0; k < alert->n_country; k++)
			take_country(p, alert->country[k].code,
				     alert->start_ms);
	}
	vg_book_unlock(s->book);
}

static void write_row(struct vg_jout *j, size_t i, const struct row *row)
{
	const char name[3] = {(char)('A' + i / LETTERS),
			      (char)('A' + i % LETTERS), '\0'};

	vg_jout_open(j, '{');
	vg_jout_name(j, "country");
	vg_jout_text(j, name);
	vg_jout_name(j, "alerts");
	vg_jout_i64(j, row->alerts);
	vg_jout_name(j, "first_start");
	vg_jout_instant(j, row->first_ms);
	vg_jout_name(j, "last_start");
	vg_jout_instant(j, row->last_ms);
	vg_jout_close(j, '}');
}

static void write_report(struct vg_answer *a, const struct report *p,
			 int64_t now_ms, bool is_shadow)
{
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_answer_marking(&j, p->marking);
	vg_jout_name(&j, "rule");
	vg_jout_slice(&j, p->rule);
	vg_jout_name(&j, "shadow");
	vg_jout_bool(&j, is_shadow);
	vg_jout_name(&j, "from");
	vg_jout_instant(&j, p->from_ms);
	vg_jout_name(&j, "to");
	vg_jout_instant(&j, now_ms);
	vg_jout_name(&j, "alerts");
	vg_jout_i64(&j, p->alerts);
	vg_jout_name(&j, "countries");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < COUNTRIES; i++)
		if (p->row[i].alerts > 0)
			write_row(&j, i, &p->row[i]);
	vg_jout_close(&j, ']');
	vg_jout_close(&j, '}');
}

/* 1 and 0: it is a shadow, or not; -1: there is no such rule. */
static int find_rule(struct vg_service *s, struct vg_slice id, unsigned viewer)
{
	struct vg_ruleset *set = vg_board_hold(s->board, NULL);
	int found = -1;

	for (size_t i = 0; i < vg_rules_count(set->rules); i++) {
		const struct vg_rule *r = vg_rule_at(set->rules, i);

		if (vg_rule_is_for(r, viewer) &&
		    vg_slice_eq(id, vg_slice_of(r->id)))
			found = r->shadow;
	}
	vg_ruleset_drop(set);
	return found;
}

void vg_get_shadow(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	struct report p = {.viewer = vg_viewer_name(s->env->cfg, r->viewer),
			   .rule = r->id,
			   .from_ms = r->now_ms - SPAN_MS,
			   .marking = -1};
	int is_shadow = find_rule(s, r->id, r->viewer);
	struct vg_view_freshness fresh;

	if (is_shadow < 0) {
		(void)vg_answer_fail(a, r, 404, "no-rule",
				     "there is no rule of this id; /v1/rules "
				     "lists them");
		return;
	}
	fresh = vg_service_freshness(s, r);
	gather(s, &p);
	write_report(a, &p, r->now_ms, is_shadow != 0);
	vg_service_fresh_headers(a, &fresh);
}
