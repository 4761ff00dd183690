/*
 * A stream of what changes, as Server-Sent Events.
 */
#include "api/handlers.h"
#include "api/params.h"
#include "api/select.h"
#include "api/sse.h"

/* The series that is told, as a target; its range moves with the clock and is
 * added each time that it is asked. */
static bool read_counters(const struct vg_request *r, struct vg_answer *a,
			  struct vg_sse_ask *ask, struct vg_buf *target)
{
	static const char *const steps[] = {"10s", "1m", "1h"};
	static const char *const keys[] = {"by", "where", "measure"};
	struct vg_query q;
	int step = -1;

	if (!vg_param_word(r, a, "counters", "10s 1m 1h", &step) ||
	    !vg_select_cells(r, a, &q))
		return false;
	if (step < 0)
		return true;
	if (!vg_select_has_res(&q, (enum vg_res)step))
		return vg_select_refuse(r, a,
					"this aggregate is not kept in "
					"buckets of 10s; ask for counters of "
					"1m");
	vg_buf_printf(target, "/v1/series?step=%s", steps[step]);
	for (unsigned i = 0; i < r->n_params; i++)
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			if (vg_slice_eq(r->param[i].name,
					vg_slice_of(keys[k]))) {
				vg_buf_printf(target, "&%s=", keys[k]);
				vg_request_encode(target, r->param[i].value);
			}
	ask->step = (enum vg_res)step;
	ask->counters = target->p;
	if (target->failed)
		a->body.failed = true;
	return !target->failed;
}

void vg_get_stream(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a)
{
	struct vg_sse_ask ask = {.viewer = r->viewer,
				 .alerts = true,
				 .authorization = r->authorization,
				 .now_ms = r->now_ms};
	struct vg_buf target = {0};
	struct vg_err err = {0};
	int off = 0;
	enum vg_rc rc;

	if (!vg_param_word(r, a, "alerts", "on off", &off) ||
	    !read_counters(r, a, &ask, &target))
		goto out;
	ask.alerts = off == 0;
	if (r->last_event_id != NULL)
		ask.last_id = vg_slice_of(r->last_event_id);
	if (s->streams == NULL) {
		(void)vg_answer_fail(a, r, 503, "no-streams",
				     "this process has no streams");
		goto out;
	}
	rc = VG_OK;
	if (strcmp(r->method, "HEAD") != 0)
		rc = vg_sse_open(s->streams, &a->stream, &ask, &err);
	if (rc != VG_OK) {
		vg_answer_header(a, "Retry-After", "5");
		(void)vg_answer_fail(a, r, 503, "too-many-streams",
				     "there are as many streams as this "
				     "process has; try another, or later");
		goto out;
	}
	a->status = 200;
	a->content_type = "text/event-stream";
out:
	vg_buf_term(&target);
}
