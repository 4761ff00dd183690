/*
 * fmt - the decoders of formats that other systems write; what each takes is
 * docs/formats.md. As vg_decoder.decode.
 *
 * Threads: one at a time a scratch.
 */
#ifndef VG_INGEST_FMT_H
#define VG_INGEST_FMT_H

#include "ingest/decode.h"

/* A decoder's prototype. */
#define VG_FMT_DECODE(name)                                                    \
	void vg_##name##_decode(                                               \
		struct vg_scratch *s, const struct vg_config *cfg,             \
		const struct vg_partner *partner, struct vg_slice record,      \
		struct vg_event *e, struct vg_decoded *out)

VG_FMT_DECODE(suricata_eve);
VG_FMT_DECODE(zeek);
VG_FMT_DECODE(cowrie);
VG_FMT_DECODE(wazuh);
VG_FMT_DECODE(idea0);
VG_FMT_DECODE(ecs);
VG_FMT_DECODE(ocsf);
VG_FMT_DECODE(stix);
VG_FMT_DECODE(misp);
VG_FMT_DECODE(cef);
VG_FMT_DECODE(intelmq);
VG_FMT_DECODE(n6);

/* Whichever of the others the record is by its tell-tale members, in a fixed
 * order; canonical when it is none. */
VG_FMT_DECODE(auto);

#endif
