#include "ingest/decode.h"

#include "core/config.h"
#include "ingest/canonical.h"
#include "ingest/fmt.h"
#include "ingest/scratch.h"

#include <stdlib.h>

/* One row a format. */
static const struct vg_decoder decoders[] = {
	{.name = "canonical", .decode = vg_canonical_decode},
	{.name = "suricata-eve", .decode = vg_suricata_eve_decode},
	{.name = "zeek", .decode = vg_zeek_decode},
	{.name = "wazuh", .decode = vg_wazuh_decode},
	{.name = "cowrie", .decode = vg_cowrie_decode},
	{.name = "idea0", .decode = vg_idea0_decode},
	{.name = "ecs", .decode = vg_ecs_decode},
	{.name = "ocsf", .decode = vg_ocsf_decode},
	{.name = "stix", .decode = vg_stix_decode},
	{.name = "misp", .decode = vg_misp_decode},
	{.name = "cef", .decode = vg_cef_decode},
	{.name = "intelmq", .decode = vg_intelmq_decode},
	{.name = "n6", .decode = vg_n6_decode},
	{.name = "auto", .decode = vg_auto_decode},
};

enum { N_DECODERS = sizeof decoders / sizeof decoders[0] };

enum vg_rc vg_scratch_new(struct vg_scratch **out, struct vg_err *err)
{
	struct vg_scratch *s = malloc(sizeof *s);

	if (s == NULL)
		return vg_err_set(err, VG_FATAL, "decode: out of memory");
	s->json = (struct vg_json){0};
	s->parsed = (struct vg_slice){NULL, 0};
	s->used = 0;
	s->event.n = s->fields.n = 0;
	*out = s;
	return VG_OK;
}

void vg_scratch_free(struct vg_scratch *s)
{
	if (s == NULL)
		return;
	vg_json_term(&s->json);
	free(s);
}

static bool begins(struct vg_slice s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p, word, n) == 0;
}

/* Not what it means: only whether it is worth another look. */
static bool may_be_control(struct vg_slice record)
{
	uint32_t at = 0;

	while (at < record.n && record.n <= VG_RECORD_MAX) {
		const char *p = memchr(record.p + at, '"', record.n - at);

		if (p == NULL)
			return false;
		at = (uint32_t)(p - record.p);
		struct vg_slice rest = {p, record.n - at};
		if (begins(rest, "\"recall\"") || begins(rest, "\"canary\""))
			return true;
		at++;
	}
	return false;
}

void vg_decode(const struct vg_decoder *d, struct vg_scratch *s,
	       const struct vg_decoding *of, struct vg_event *e,
	       struct vg_decoded *out)
{
	const struct vg_decoder *canonical = &decoders[0];
	struct vg_decoded own;

	d->decode(s, of->cfg, of->partner, of->record, e, out);
	if (d == canonical || out->verdict == VG_VERDICT_COUNTED ||
	    !may_be_control(of->record))
		return;
	own = *out;
	canonical->decode(s, of->cfg, of->partner, of->record, e, out);
	if (out->verdict != VG_VERDICT_CONTROL &&
	    out->verdict != VG_VERDICT_CANARY)
		*out = own;
}

const struct vg_decoder *vg_decoder_at(size_t i)
{
	return i < N_DECODERS ? &decoders[i] : NULL;
}

const struct vg_decoder *vg_decoder_find(const char *name)
{
	for (size_t i = 0; i < N_DECODERS; i++) {
		if (strcmp(decoders[i].name, name) == 0)
			return &decoders[i];
	}
	return NULL;
}

const struct vg_decoder *vg_decoder_of(const struct vg_partner *partner)
{
	return partner->format[0] == '\0' ? &decoders[0]
					  : vg_decoder_find(partner->format);
}
