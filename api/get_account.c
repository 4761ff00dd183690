#include "aggregate/query.h"
#include "api/handlers.h"
#include "api/params.h"
#include "api/viewer.h"

#include <assert.h>
#include <stdlib.h>

enum { HOUR_MS = 3600000, ACCOUNT_DEFAULT_MS = 24 * HOUR_MS };

/* Law 4: what was received is what became of it. */
static bool adds_up(const int64_t n[VG_VERDICT_N])
{
	int64_t sum = 0;

	for (int v = 0; v < VG_VERDICT_N; v++)
		if (vg_verdict_kind((enum vg_verdict)v) != 'n')
			sum += n[v];
	return sum == n[VG_VERDICT_RECEIVED];
}

static void write_counts(struct vg_jout *j, const int64_t n[VG_VERDICT_N])
{
	int64_t rejected = 0;

	for (int v = 0; v < VG_VERDICT_N; v++) {
		vg_jout_name(j, vg_verdict_name((enum vg_verdict)v));
		vg_jout_i64(j, n[v]);
		if (vg_verdict_kind((enum vg_verdict)v) == 'r')
			rejected += n[v];
	}
	vg_jout_name(j, "rejected");
	vg_jout_i64(j, rejected);
	vg_jout_name(j, "adds_up");
	vg_jout_bool(j, adds_up(n));
}

static void write_row(struct vg_jout *j, const struct vg_account_row *row)
{
	assert(row->partner != NULL);
	vg_jout_open(j, '{');
	vg_jout_name(j, "partner");
	vg_jout_text(j, row->partner->id);
	vg_jout_name(j, "hour");
	vg_jout_instant(j, row->hour_ms);
	write_counts(j, row->n);
	vg_jout_name(j, "overlap_records");
	if (row->has_overlap)
		vg_jout_i64(j, row->overlap);
	else
		vg_jout_null(j);
	vg_jout_close(j, '}');
}

static void write_body(struct vg_answer *a, const struct vg_account_row *row,
		       size_t n, const int64_t range[2])
{
	struct vg_jout j = vg_answer_json(a, 200);
	int64_t sum[VG_VERDICT_N] = {0};

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "from");
	vg_jout_instant(&j, range[0]);
	vg_jout_name(&j, "to");
	vg_jout_instant(&j, range[1]);
	vg_jout_name(&j, "rows");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < n; i++) {
		write_row(&j, &row[i]);
		for (int v = 0; v < VG_VERDICT_N; v++)
			sum[v] += row[i].n[v];
	}
	vg_jout_close(&j, ']');
	vg_jout_name(&j, "sum");
	vg_jout_open(&j, '{');
	write_counts(&j, sum);
	vg_jout_close(&j, '}');
	vg_jout_close(&j, '}');
}

/* Slots whose account `viewer` may read. */
static uint64_t slots_of(const struct vg_config *cfg, unsigned viewer)
{
	uint64_t slots = 0;

	for (size_t i = 0; i < cfg->n_partners; i++)
		if (vg_viewer_owns(viewer, cfg->partners[i].slot))
			slots |= UINT64_C(1) << cfg->partners[i].slot;
	return slots;
}

/* The range, widened to whole hours: the account is kept by the hour. */
static bool read_hours(const struct vg_request *r, struct vg_answer *a,
		       int64_t range[2])
{
	range[1] = r->now_ms;
	range[0] = r->now_ms - ACCOUNT_DEFAULT_MS;
	if (!vg_param_range(r, a, &range[0], &range[1]))
		return false;
	range[0] -= range[0] % HOUR_MS;
	if (range[1] % HOUR_MS != 0)
		range[1] += HOUR_MS - range[1] % HOUR_MS;
	if ((range[1] - range[0]) / HOUR_MS > VG_QUERY_POINTS_MAX)
		return vg_answer_fail(a, r, 422, "too-costly",
				      "the range holds more than %d hours; "
				      "ask for a shorter one",
				      VG_QUERY_POINTS_MAX);
	return true;
}

void vg_get_account(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a)
{
	struct vg_account_row *row = NULL;
	struct vg_view_freshness fresh;
	struct vg_account_range asked;
	struct vg_err err = {.rc = VG_OK};
	int64_t range[2];
	size_t n = 0;
	enum vg_rc rc;

	if (!read_hours(r, a, range))
		return;
	fresh = vg_service_freshness(s, r);
	asked = (struct vg_account_range){
		.slots = slots_of(s->env->cfg, r->viewer),
		.from_ms = range[0],
		.to_ms = range[1]};
	rc = vg_query_account(&row, &n, &asked, s->view, &err);
	if (rc != VG_OK) {
		err.rc = rc;
		vg_service_store_problem(a, r, &err);
		return;
	}
	write_body(a, row, n, range);
	vg_service_fresh_headers(a, &fresh);
	free(row);
}
