#include "cmd/event_out.h"

#include "api/json_out.h"
#include "core/text.h"
#include "core/timefmt.h"
#include "core/vocab.h"

#include <inttypes.h>

enum { SHOWN = 200 };

static void show(struct vg_buf *b, const char *name, struct vg_slice text)
{
	char out[SHOWN];

	if (text.n == 0)
		return;
	(void)vg_text_show(out, sizeof out, text.p, text.n);
	vg_buf_printf(b, " %s=%s", name, out);
}

static struct vg_slice rule_name(const struct vg_event *e)
{
	for (unsigned i = 0; i < e->n_field; i++) {
		if (vg_slice_eq(e->field[i].name, vg_slice_of("rule.name")))
			return e->field[i].text;
	}
	return (struct vg_slice){NULL, 0};
}

void vg_event_line(struct vg_buf *b, const struct vg_event *e)
{
	char when[VG_TIME_TEXT];

	vg_time_print(when, e->time_ms);
	vg_buf_printf(b, "%s %s severity=%d count=%" PRId64, when,
		      vg_vocab_word(VG_VOCAB_CATEGORY, e->category),
		      e->severity, e->count);
	show(b, "sensor", e->sensor);
	show(b, "country", e->country);
	show(b, "source_country", e->source_country);
	for (unsigned i = 0; i < e->n_actor; i++)
		show(b, "actor", e->actor[i].name);
	for (unsigned i = 0; i < e->n_technique; i++)
		show(b, "technique", e->technique[i]);
	for (unsigned i = 0; i < e->n_indicator; i++)
		show(b, vg_vocab_word(VG_VOCAB_INDICATOR, e->indicator[i].type),
		     e->indicator[i].value);
	show(b, "rule", rule_name(e));
	if (e->n_trimmed > 0)
		vg_buf_printf(b, " trimmed=%u", e->n_trimmed);
}

static void text(struct vg_jout *j, const char *name, struct vg_slice s)
{
	if (s.n == 0)
		return;
	vg_jout_name(j, name);
	vg_jout_slice(j, s);
}

static void word(struct vg_jout *j, const char *name, enum vg_vocab list,
		 int value)
{
	if (value >= 0)
		text(j, name, vg_slice_of(vg_vocab_word(list, value)));
}

static void number(struct vg_jout *j, const char *name, int64_t v)
{
	vg_jout_name(j, name);
	vg_jout_i64(j, v);
}

static void write_actors(struct vg_jout *j, const struct vg_event *e)
{
	if (e->n_actor == 0)
		return;
	vg_jout_name(j, "actor");
	vg_jout_open(j, '[');
	for (unsigned i = 0; i < e->n_actor; i++) {
		vg_jout_open(j, '{');
		text(j, "name", e->actor[i].name);
		if (e->actor[i].confidence >= 0)
			number(j, "confidence", e->actor[i].confidence);
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
}

static void write_techniques(struct vg_jout *j, const struct vg_event *e)
{
	if (e->n_technique == 0)
		return;
	vg_jout_name(j, "technique");
	vg_jout_open(j, '[');
	for (unsigned i = 0; i < e->n_technique; i++)
		vg_jout_slice(j, e->technique[i]);
	vg_jout_close(j, ']');
}

static void write_indicators(struct vg_jout *j, const struct vg_event *e)
{
	if (e->n_indicator == 0)
		return;
	vg_jout_name(j, "indicators");
	vg_jout_open(j, '[');
	for (unsigned i = 0; i < e->n_indicator; i++) {
		vg_jout_open(j, '{');
		word(j, "type", VG_VOCAB_INDICATOR, e->indicator[i].type);
		text(j, "value", e->indicator[i].value);
		vg_jout_close(j, '}');
	}
	vg_jout_close(j, ']');
}

static void write_fields(struct vg_jout *j, const struct vg_event *e)
{
	if (e->n_field == 0)
		return;
	vg_jout_name(j, "fields");
	vg_jout_open(j, '{');
	for (unsigned i = 0; i < e->n_field; i++) {
		const struct vg_field *f = &e->field[i];

		vg_jout_name_slice(j, f->name);
		if (f->type == VG_SCALAR_STRING)
			vg_jout_slice(j, f->text);
		else
			vg_jout_raw(j, f->text.p, f->text.n);
	}
	vg_jout_close(j, '}');
}

static void write_origin(struct vg_jout *j, const struct vg_event *e)
{
	if (e->origin_partner.n + e->origin_feed.n == 0)
		return;
	vg_jout_name(j, "origin");
	vg_jout_open(j, '{');
	text(j, "partner", e->origin_partner);
	text(j, "feed", e->origin_feed);
	text(j, "id", e->origin_id);
	vg_jout_close(j, '}');
}

void vg_event_json(struct vg_buf *b, const struct vg_event *e)
{
	struct vg_jout j = {.buf = b};
	char when[VG_TIME_TEXT];

	vg_jout_open(&j, '{');
	text(&j, "id", e->id);
	vg_time_print_ms(when, e->time_ms);
	text(&j, "time", vg_slice_of(when));
	text(&j, "sensor", e->sensor);
	word(&j, "sensor_kind", VG_VOCAB_SENSOR_KIND, e->sensor_kind);
	word(&j, "category", VG_VOCAB_CATEGORY, e->category);
	word(&j, "sector", VG_VOCAB_SECTOR, e->sector);
	text(&j, "country", e->country);
	text(&j, "source_country", e->source_country);
	number(&j, "severity", e->severity);
	number(&j, "confidence", e->confidence);
	number(&j, "count", e->count);
	if (e->has_label)
		text(&j, "tlp", vg_slice_of(vg_tlp_name(e->label)));
	write_actors(&j, e);
	write_techniques(&j, e);
	write_origin(&j, e);
	write_indicators(&j, e);
	write_fields(&j, e);
	vg_jout_close(&j, '}');
}
