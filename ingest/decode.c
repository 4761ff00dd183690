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
