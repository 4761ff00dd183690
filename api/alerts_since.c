/* Alerts that changed since a cursor: "c", the latest time at which one that
 * the asker has was written, or spoken of, and a hash of the ids and of
 * people's last words that it then had. */
#include "api/since.h"

#include "api/alert_out.h"
#include "api/people_out.h"
#include "api/viewer.h"
#include "core/hash.h"
#include "core/text.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	CHANGED_MAX = 1000,
	/* What was written this long before is told again: the clocks of two
	 * evaluators may differ. */
	OVERLAP_MS = 60000
};

struct have {
	int64_t to_ms; /* -1: nothing yet */
	uint64_t hash;
};

struct gather {
	const char *viewer;
	struct have old, now; /* what the asker had, recounted; and has then */
	int64_t now_ms;
	struct vg_buf alerts, gone, people; /* JSON */
	int64_t n;
	int marking;
};

static uint64_t hash_of(const struct vg_service *s,
			const struct vg_book_alert *alert)
{
	char text[96];
	int n = snprintf(text, sizeof text, "alert %.64s", alert->id);

	return vg_hash64(s->env->hash_key, text, (size_t)n);
}

/* When the newest word about `alert` was said, INT64_MIN: none. */
static int64_t spoken_ms(const struct vg_service *s,
			 const struct vg_book_alert *alert)
{
	const struct vg_word *word[VG_ACT_KINDS];
	int64_t newest_ms = INT64_MIN;

	if (vg_people_words(word, s->people, s->book, alert))
		for (unsigned k = 0; k < VG_ACT_KINDS; k++)
			if (word[k] != NULL && word[k]->at_ms > newest_ms)
				newest_ms = word[k]->at_ms;
	return newest_ms;
}

/* The words about `alert`, in both sums. One in place of another that the asker
 * had, or that was applied late, makes the old sum another: all is told then.
 */
static void add_words(const struct vg_service *s, struct gather *g,
		      const struct vg_book_alert *alert, int64_t asked_ms)
{
	const struct vg_word *word[VG_ACT_KINDS];

	if (!vg_people_words(word, s->people, s->book, alert))
		return;
	for (unsigned k = 0; k < VG_ACT_KINDS; k++) {
		if (word[k] == NULL)
			continue;
		uint64_t h = vg_people_word_hash(s->env->hash_key, word[k]);

		g->now.hash += h;
		g->old.hash += word[k]->at_ms <= asked_ms ? h : 0;
	}
}

/* Sums: alerts come in any order, and each is there once. */
static void add_up(const struct vg_service *s, struct gather *g,
		   int64_t asked_ms)
{
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);
		int64_t spoke_ms;
		uint64_t h;

		if (alert->shadow || !vg_alert_sees(alert, g->viewer))
			continue;
		h = hash_of(s, alert);
		g->now.hash += h;
		if (alert->updated_ms > g->now.to_ms)
			g->now.to_ms = alert->updated_ms;
		add_words(s, g, alert, asked_ms);
		spoke_ms = spoken_ms(s, alert);
		/* The brokers' clock does not move it ahead of ours. */
		spoke_ms = spoke_ms < g->now_ms ? spoke_ms : g->now_ms;
		if (spoke_ms > g->now.to_ms)
			g->now.to_ms = spoke_ms;
		if (alert->detected_ms <= asked_ms)
			g->old.hash += h;
	}
}

/* One that changed, with what people said of it. */
static void gather_one(const struct vg_service *s, struct gather *g,
		       struct vg_jout *alerts,
		       const struct vg_book_alert *alert)
{
	struct vg_people_ids ids;

	vg_people_ids(&ids, s->people, s->book, alert);
	vg_buf_reset(&g->people);
	vg_people_write(&g->people, s->people, &ids);
	const struct vg_alert_more more = {
		.people = g->people.n > 0 ? g->people.p : NULL};
	(void)vg_alert_write(alerts, alert, &more, g->now_ms, &g->marking);
}

static void gather_changed(const struct vg_service *s, struct gather *g,
			   int64_t asked_ms)
{
	struct vg_jout alerts = {.buf = &g->alerts}, gone = {.buf = &g->gone};

	vg_jout_open(&alerts, '[');
	vg_jout_open(&gone, '[');
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);

		if (alert->shadow || !vg_alert_sees(alert, g->viewer) ||
		    (alert->updated_ms <= asked_ms - OVERLAP_MS &&
		     spoken_ms(s, alert) <= asked_ms - OVERLAP_MS) ||
		    ++g->n > CHANGED_MAX)
			continue;
		if (!vg_alert_is_listed(alert, false))
			vg_jout_text(&gone, alert->id);
		else
			gather_one(s, g, &alerts, alert);
	}
	vg_jout_close(&alerts, ']');
	vg_jout_close(&gone, ']');
}

/* "c" begins; "c<ms>.<hash>" goes on. */
static bool parse(struct vg_slice v, struct have *out)
{
	const char *dot = memchr(v.p, '.', v.n);
	size_t n = dot != NULL ? (size_t)(dot - v.p) : 0;

	if (v.n == 1)
		return true;
	if (n < 2 || v.n - n - 1 != 16 ||
	    !vg_text_number(v.p + 1, n - 1, 15, &out->to_ms))
		return false;
	for (size_t i = n + 1; i < v.n; i++) {
		int digit = vg_text_hex(v.p[i]);

		if (digit < 0)
			return false;
		out->hash = out->hash << 4 | (uint64_t)digit;
	}
	return true;
}

static void write_body(struct vg_answer *a, const struct gather *g, bool delta)
{
	struct vg_jout j = vg_answer_json(a, 200);
	char cursor[VG_CURSOR_TEXT];

	(void)snprintf(cursor, sizeof cursor, "c%" PRId64 ".%016" PRIx64,
		       g->now.to_ms < 0 ? 0 : g->now.to_ms, g->now.hash);
	vg_jout_open(&j, '{');
	vg_answer_marking(&j, delta ? g->marking : -1);
	vg_jout_name(&j, "delta");
	vg_jout_bool(&j, delta);
	vg_jout_name(&j, "alerts");
	vg_jout_raw(&j, delta ? g->alerts.p : "[]", delta ? g->alerts.n : 2);
	vg_jout_name(&j, "gone");
	vg_jout_raw(&j, delta ? g->gone.p : "[]", delta ? g->gone.n : 2);
	vg_jout_name(&j, "cursor");
	vg_jout_text(&j, cursor);
	vg_jout_close(&j, '}');
	if (g->alerts.failed || g->gone.failed || g->people.failed)
		a->body.failed = true;
}

void vg_alerts_since(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a, struct vg_slice cursor)
{
	struct gather g = {.viewer = vg_viewer_name(s->env->cfg, r->viewer),
			   .now = {.to_ms = -1},
			   .now_ms = r->now_ms,
			   .marking = -1};
	struct vg_view_freshness fresh = vg_service_freshness(s, r);
	struct have asked = {.to_ms = -1};
	bool delta = false;

	if (r->n_params > 1 || !parse(cursor, &asked)) {
		(void)vg_answer_fail(a, r, 400, "bad-parameter",
				     "since is no cursor of alerts, or stands "
				     "beside another parameter; begin with "
				     "since=c");
		return;
	}
	vg_book_read_lock(s->book);
	vg_people_read_lock(s->people);
	add_up(s, &g, asked.to_ms);
	if (cursor.n > 1 && g.old.hash == asked.hash) {
		gather_changed(s, &g, asked.to_ms);
		delta = g.n <= CHANGED_MAX;
	}
	vg_people_unlock(s->people);
	vg_book_unlock(s->book);
	write_body(a, &g, delta);
	vg_service_fresh_headers(a, &fresh);
	vg_buf_term(&g.alerts);
	vg_buf_term(&g.gone);
	vg_buf_term(&g.people);
}
