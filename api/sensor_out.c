#include "api/sensor_out.h"

#include "aggregate/sensors.h"

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

/* The newest canary over a partner's partitions. */
struct canary {
	int64_t n, sent_ms, record_ms;
	int64_t seen_ms; /* 0: not known */
};

static struct canary canary_of(const struct vg_view *v,
			       const struct vg_partner *p)
{
	struct canary c = {.n = 0};

	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);
		const struct vg_sensor *s = NULL;

		if (part->partner == p && part->sensors != NULL)
			s = vg_sensors_get(part->sensors,
					   vg_slice_of(VG_SENSORS_CANARY));
		if (s == NULL)
			continue;
		if (c.n == 0 || s->last_ms > c.record_ms) {
			c.record_ms = s->last_ms;
			c.sent_ms = s->last_ms - s->skew_ms;
			c.seen_ms = part->canary_seen_ms;
		}
		c.n += s->records;
	}
	return c;
}

void vg_canary_write_locked(struct vg_jout *j, const struct vg_view *v,
			    const struct vg_partner *p)
{
	struct canary c = canary_of(v, p);

	vg_jout_name(j, "canary");
	if (c.n == 0) {
		vg_jout_null(j);
		return;
	}
	vg_jout_open(j, '{');
	write_instant(j, "sent", true, c.sent_ms);
	write_instant(j, "recorded", true, c.record_ms);
	write_instant(j, "seen", c.seen_ms > 0, c.seen_ms);
	write_known(j, "link_ms", true, c.record_ms - c.sent_ms);
	write_known(j, "delay_ms", c.seen_ms > 0, c.seen_ms - c.sent_ms);
	write_known(j, "canaries", true, c.n);
	vg_jout_close(j, '}');
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

static void write_seconds(struct vg_buf *b, const char *name,
			  const struct vg_partner *p, int64_t ms)
{
	vg_buf_printf(b, "%s{partner=\"%s\"} %.3f\n", name, p->id,
		      (double)ms / 1000);
}

static void write_canaries(struct vg_buf *b, const struct vg_view *v,
			   const struct vg_config *cfg, int64_t at_ms)
{
	static const char *const AGE = "vigie_canary_age_seconds";
	static const char *const DELAY = "vigie_canary_delay_seconds";

	head(b, AGE, "since the partner's newest canary was sent");
	for (size_t i = 0; i < cfg->n_partners; i++) {
		struct canary c = canary_of(v, &cfg->partners[i]);

		if (c.n > 0)
			write_seconds(b, AGE, &cfg->partners[i],
				      at_ms - c.sent_ms);
	}
	head(b, DELAY, "from sending to being seen here");
	for (size_t i = 0; i < cfg->n_partners; i++) {
		struct canary c = canary_of(v, &cfg->partners[i]);

		if (c.seen_ms > 0)
			write_seconds(b, DELAY, &cfg->partners[i],
				      c.seen_ms - c.sent_ms);
	}
}

void vg_health_metrics_locked(struct vg_buf *b, const struct vg_view *v,
			      const struct vg_config *cfg, int64_t at_ms)
{
	write_partners(b, v, cfg, at_ms);
	write_canaries(b, v, cfg, at_ms);
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
