/*
 * OpenMetrics text 1.0.0: vigie's own counters, then gauges by partition. It
 * tells of every partner's flow, so only the joint SOC's token opens it.
 */
#include "aggregate/health.h"
#include "api/handlers.h"
#include "api/sensor_out.h"

#include <assert.h>

static void write_head(struct vg_buf *b, const char *name, char kind,
		       const char *help)
{
	assert(kind == 'c' || kind == 'g');
	vg_buf_printf(b, "# TYPE %s %s\n# HELP %s %s\n", name,
		      kind == 'c' ? "counter" : "gauge", name, help);
}

static void write_own(struct vg_buf *b, struct vg_metrics *m)
{
	for (size_t i = 0; i < VG_M_COUNT; i++) {
		const struct vg_metric_info *info = vg_metric_info(i);

		write_head(b, info->name, info->kind, info->help);
		vg_buf_printf(b, "%s%s ", info->name,
			      info->kind == 'c' ? "_total" : "");
		vg_buf_i64(b, vg_metric_get(m, (enum vg_metric_id)i));
		vg_buf_str(b, "\n");
	}
}

static void write_sample(struct vg_buf *b, const char *name,
			 const struct vg_view_part *part)
{
	/* Topic names are letters, digits, ".", "_" and "-": no escapes. */
	vg_buf_printf(b, "%s{topic=\"%s\",partition=\"%ld\"} ", name,
		      part->topic, (long)part->partition);
}

static void write_offsets_locked(struct vg_buf *b, const struct vg_view *v)
{
	const char *name = "vigie_partition_offset";

	write_head(b, name, 'g', "next offset that the counters stand at");
	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);

		write_sample(b, name, part);
		vg_buf_i64(b, part->offset);
		vg_buf_str(b, "\n");
	}
}

/* A partition without a heartbeat has no lag to tell: it has no sample. */
static void write_lags_locked(struct vg_buf *b, const struct vg_view *v)
{
	const char *name = "vigie_partition_lag";

	write_head(b, name, 'g', "records at the broker that are not counted");
	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);
		int64_t lag = vg_health_unread(part);

		if (lag < 0)
			continue;
		write_sample(b, name, part);
		vg_buf_i64(b, lag);
		vg_buf_str(b, "\n");
	}
}

static void write_ages_locked(struct vg_buf *b, const struct vg_view *v,
			      int64_t now_ms)
{
	const char *name = "vigie_partition_watermark_age_seconds";

	write_head(b, name, 'g', "age of the youngest event counted");
	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);

		if (part->watermark_ms == INT64_MIN)
			continue;
		write_sample(b, name, part);
		vg_buf_printf(b, "%.3f\n",
			      (double)(now_ms - part->watermark_ms) / 1000.0);
	}
}

static void write_parts(struct vg_buf *b, struct vg_service *s, int64_t now_ms)
{
	vg_view_read_lock(s->view);
	write_offsets_locked(b, s->view);
	write_lags_locked(b, s->view);
	write_ages_locked(b, s->view, now_ms);
	vg_health_metrics_locked(b, s->view, s->env->cfg, now_ms);
	vg_view_unlock(s->view);
}

void vg_get_metrics(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a)
{
	a->status = 200;
	a->content_type = "application/openmetrics-text; version=1.0.0; "
			  "charset=utf-8";
	write_own(&a->body, s->env->metrics);
	/* What is of all processes is told by those of the role api. */
	if (s->small_at == NULL)
		write_parts(&a->body, s, r->now_ms);
	vg_buf_str(&a->body, "# EOF\n");
}
