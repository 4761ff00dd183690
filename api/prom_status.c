/* What clients of Prometheus and Alertmanager ask of a server itself. */
#include "api/prom.h"
#include "api/prom_routes.h"
#include "core/timefmt.h"

/* Which Prometheus' API this is: Grafana chooses features by it. */
#define SPOKEN "2.42.0"

void vg_get_prom_build(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a)
{
	static const char *const rest[] = {"revision", "branch", "buildUser",
					   "buildDate", "goVersion"};
	struct vg_prom p;
	struct vg_jout j;

	vg_prom_start(&p, s, r, a);
	j = vg_prom_open(&p);
	vg_jout_open(&j, '{');
	vg_jout_name(&j, "version");
	vg_jout_text(&j, SPOKEN);
	for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
		vg_jout_name(&j, rest[i]);
		vg_jout_text(&j, "");
	}
	vg_jout_close(&j, '}');
	vg_prom_close(&p, &j, NULL);
	vg_prom_end(&p);
}

void vg_get_am_status(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a)
{
	struct vg_view_freshness fresh = vg_service_freshness(s, r);
	char now[VG_TIME_TEXT];

	(void)vg_answer_json(a, 200);
	vg_time_print_ms(now, r->now_ms);
	vg_buf_printf(&a->body,
		      "{\"cluster\":{\"name\":\"vigie\",\"status\":"
		      "\"disabled\",\"peers\":[]},\"config\":{\"original\":"
		      "\"\"},\"versionInfo\":{\"version\":\"0.25.0\","
		      "\"revision\":\"\",\"branch\":\"\",\"buildUser\":\"\","
		      "\"buildDate\":\"\",\"goVersion\":\"\"},"
		      "\"uptime\":\"%s\"}",
		      now);
	vg_service_fresh_headers(a, &fresh);
}

void vg_get_am_receivers(struct vg_service *s, const struct vg_request *r,
			 struct vg_answer *a)
{
	struct vg_jout j = vg_answer_json(a, 200);
	static const char list[] = "[{\"name\":\"vigie\"}]";

	(void)s;
	(void)r;
	vg_jout_raw(&j, list, sizeof list - 1);
}

void vg_get_am_silences(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a)
{
	struct vg_jout j = vg_answer_json(a, 200);

	(void)s;
	(void)r;
	vg_jout_raw(&j, "[]", 2);
}
