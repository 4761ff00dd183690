#include "api/sensor_out.h"

#include <assert.h>

/* A number where it is known, else null: no data is not 0. */
static void write_known(struct vg_jout *j, const char *name, bool known,
			int64_t v)
{
	vg_jout_name(j, name);
	if (known)
		vg_jout_i64(j, v);
	else
		vg_jout_null(j);
}

static void write_instant(struct vg_jout *j, const char *name, bool known,
			  int64_t ms)
{
	vg_jout_name(j, name);
	vg_jout_instant(j, known ? ms : INT64_MAX);
}

/* "set", "learned", or "learning" as long as its habits are not known. */
static const char *cadence_of(const struct vg_sensor_health *s)
{
	if (s->is_set)
		return "set";
	return s->expected_ms > 0 ? "learned" : "learning";
}

static void write_skew(struct vg_jout *j, const struct vg_sensor *s)
{
	bool known = s->day != 0, before = s->day_before != 0;

	write_known(j, "skew_ms", known, s->skew_ms);
	write_known(j, "skew_before_ms", before, s->skew_before_ms);
	write_known(j, "drift_ms", known && before,
		    s->skew_ms - s->skew_before_ms);
}

static void write_sensor(struct vg_jout *j, const struct vg_sensor_health *s)
{
	bool heard = s->heard.records > 0;

	vg_jout_open(j, '{');
	vg_jout_name(j, "sensor");
	vg_jout_slice(j, s->name);
	vg_jout_name(j, "state");
	vg_jout_text(j, vg_health_name(s->state));
	write_instant(j, "first_seen", heard, s->heard.first_ms);
	write_instant(j, "last_seen", heard, s->heard.last_ms);
	write_known(j, "records", heard, s->heard.records);
	vg_jout_name(j, "cadence");
	vg_jout_text(j, cadence_of(s));
	write_known(j, "expected_quiet_ms", s->expected_ms > 0, s->expected_ms);
	if (s->state == VG_HEALTH_SILENT)
		write_instant(j, "silent_since", true, s->silent_from_ms);
	write_skew(j, &s->heard);
	write_known(j, "overlap_records", heard, s->overlap_records);
	vg_jout_close(j, '}');
}

void vg_sensors_write_locked(struct vg_jout *j, const struct vg_view *v,
			     const struct vg_config *cfg,
			     const struct vg_partner *p, int64_t at_ms)
{
	struct vg_health_list l;
	size_t shown;

	if (!vg_health_sensors(v, cfg, p, at_ms, &l)) {
		j->buf->failed = true;
		return;
	}
	if (!vg_health_overlaps(v, p, &l))
		j->buf->failed = true;
	shown = l.n < VG_SENSORS_SHOWN ? l.n : VG_SENSORS_SHOWN;
	vg_jout_name(j, "sensors");
	vg_jout_open(j, '[');
	for (size_t i = 0; i < shown; i++)
		write_sensor(j, &l.sensor[i]);
	vg_jout_close(j, ']');
	vg_jout_name(j, "sensors_omitted");
	vg_jout_i64(j, (int64_t)(l.n - shown));
	vg_jout_name(j, "records_folded");
	vg_jout_i64(j, l.rest.records);
	vg_jout_name(j, "records_not_compared");
	vg_jout_i64(j, l.not_compared);
	vg_health_list_term(&l);
}

void vg_label_text(struct vg_buf *b, struct vg_slice s)
{
	for (uint32_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' || s.p[i] == '"')
			vg_buf_str(b, "\\");
		if (s.p[i] == '\n')
			vg_buf_str(b, "\\n");
		else
			vg_buf_add(b, &s.p[i], 1);
	}
}

static void head(struct vg_buf *b, const char *name, const char *help)
{
	vg_buf_printf(b, "# TYPE %s gauge\n# HELP %s %s\n", name, name, help);
}

static void write_partners(struct vg_buf *b, const struct vg_view *v,
			   const struct vg_config *cfg, int64_t at_ms)
{
	head(b, "vigie_partner_state", "1 for the state that a partner is in");
	for (size_t i = 0; i < cfg->n_partners; i++) {
		const struct vg_partner *p = &cfg->partners[i];
		struct vg_partner_health h =
			vg_health_partner(v, cfg, p, at_ms);

		for (int s = 0; s < VG_HEALTH_N; s++)
			vg_buf_printf(
				b,
				"vigie_partner_state{partner=\"%s\",state="
				"\"%s\"} %d\n",
				p->id, vg_health_name((enum vg_health)s),
				(int)h.state == s);
	}
}

static void write_sensors(struct vg_buf *b, const struct vg_health_list *l,
			  const struct vg_partner *p)
{
	for (size_t i = 0; i < l->n && i < VG_SENSORS_SHOWN; i++) {
		vg_buf_printf(b, "vigie_sensor_state{partner=\"%s\",sensor=\"",
			      p->id);
		vg_label_text(b, l->sensor[i].name);
		vg_buf_printf(b, "\",state=\"%s\"} 1\n",
			      vg_health_name(l->sensor[i].state));
	}
}

void vg_health_metrics_locked(struct vg_buf *b, const struct vg_view *v,
			      const struct vg_config *cfg, int64_t at_ms)
{
	write_partners(b, v, cfg, at_ms);
	head(b, "vigie_sensor_state", "1 for the state that a sensor is in");
	for (size_t i = 0; i < cfg->n_partners; i++) {
		struct vg_health_list l;

		if (!vg_health_sensors(v, cfg, &cfg->partners[i], at_ms, &l)) {
			b->failed = true;
			return;
		}
		write_sensors(b, &l, &cfg->partners[i]);
		vg_health_list_term(&l);
	}
}
