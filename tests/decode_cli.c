/*
 * decode_cli - what a decoder makes of records: one record a line in, one JSON
 * object a line out, for the tests in Python.
 *
 *     decode_cli FORMAT < LINES
 */
#include "ingest_fix.h"

#include "core/buf.h"
#include "core/limits.h"
#include "core/vocab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_MAX_BYTES = 1 << 20 };

static void quoted(struct vg_buf *b, struct vg_slice s)
{
	vg_buf_str(b, "\"");
	for (uint32_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == '"' || c == '\\')
			vg_buf_printf(b, "\\u%04x", c);
		else
			vg_buf_add(b, s.p + i, 1);
	}
	vg_buf_str(b, "\"");
}

/* A further member. */
static void text(struct vg_buf *b, const char *name, struct vg_slice s)
{
	vg_buf_printf(b, ",\"%s\":", name);
	quoted(b, s);
}

static void word(struct vg_buf *b, const char *name, enum vg_vocab list, int i)
{
	const char *w = vg_vocab_word(list, i);

	text(b, name, vg_slice_of(w != NULL ? w : ""));
}

static void lists(struct vg_buf *b, const struct vg_event *e)
{
	vg_buf_str(b, ",\"actors\":[");
	for (unsigned i = 0; i < e->n_actor; i++) {
		vg_buf_str(b, i > 0 ? "," : "");
		quoted(b, e->actor[i].name);
	}
	vg_buf_str(b, "],\"techniques\":[");
	for (unsigned i = 0; i < e->n_technique; i++) {
		vg_buf_str(b, i > 0 ? "," : "");
		quoted(b, e->technique[i]);
	}
	vg_buf_str(b, "],\"indicators\":[");
	for (unsigned i = 0; i < e->n_indicator; i++) {
		vg_buf_printf(b, "%s[\"%s\",", i > 0 ? "," : "",
			      vg_vocab_word(VG_VOCAB_INDICATOR,
					    e->indicator[i].type));
		quoted(b, e->indicator[i].value);
		vg_buf_str(b, "]");
	}
	vg_buf_str(b, "],\"fields\":{");
	for (unsigned i = 0; i < e->n_field; i++) {
		vg_buf_str(b, i > 0 ? "," : "");
		quoted(b, e->field[i].name);
		vg_buf_str(b, ":");
		quoted(b, e->field[i].text);
	}
	vg_buf_str(b, "}");
}

static void event(struct vg_buf *b, const struct vg_event *e)
{
	text(b, "id", e->id);
	text(b, "sensor", e->sensor);
	text(b, "country", e->country);
	text(b, "source_country", e->source_country);
	text(b, "tlp", vg_slice_of(e->has_label ? vg_tlp_name(e->label) : ""));
	word(b, "category", VG_VOCAB_CATEGORY, e->category);
	word(b, "sensor_kind", VG_VOCAB_SENSOR_KIND, e->sensor_kind);
	vg_buf_printf(b,
		      ",\"time_ms\":%" PRId64 ",\"count\":%" PRId64
		      ",\"severity\":%d,\"confidence\":%d,\"trimmed\":%u",
		      e->time_ms, e->count, e->severity, e->confidence,
		      e->n_trimmed);
	lists(b, e);
}

int main(int argc, char **argv)
{
	static char line[LINE_MAX_BYTES];
	static struct vg_event e;
	const struct vg_decoder *d =
		argc == 2 ? vg_decoder_find(argv[1]) : NULL;
	struct vg_config cfg = fix_config();
	struct vg_scratch *s = NULL;

	if (d == NULL || vg_scratch_new(&s, NULL) != VG_OK) {
		fprintf(stderr, "usage: decode_cli FORMAT < LINES\n");
		return 2;
	}
	while (fgets(line, sizeof line, stdin) != NULL) {
		size_t n = strcspn(line, "\n");
		struct vg_decoded out;
		struct vg_buf b = {0};

		d->decode(s, &cfg, &cfg.partners[0],
			  (struct vg_slice){line, (uint32_t)n}, &e, &out);
		vg_buf_printf(&b, "{\"format\":\"%s\"", d->name);
		text(&b, "verdict", vg_slice_of(vg_verdict_name(out.verdict)));
		text(&b, "reason", vg_slice_of(out.reason));
		if (out.verdict == VG_VERDICT_COUNTED)
			event(&b, &e);
		printf("%.*s}\n", (int)b.n, b.p);
		vg_buf_term(&b);
	}
	vg_scratch_free(s);
	return 0;
}
