/*
 * native_add - what describes an event, added by the native decoders
 * (native.h has the whole). What does not fit is cut, cleaned or left out, and
 * counted in e->n_trimmed; the record stands.
 *
 * Threads: one at a time a reading.
 */
#ifndef VG_INGEST_NATIVE_ADD_H
#define VG_INGEST_NATIVE_ADD_H

#include "ingest/indicator.h"
#include "ingest/record.h"

/* A scalar as field `name`, a constant of ours (an ECS name where there is
 * one). A list: its first scalar. Long text is cut at a character, control
 * characters become spaces. */
void vg_native_field(struct vg_reading *r, const char *name, uint32_t tok);

/* The same for a text and for a number already read. */
void vg_native_field_text(struct vg_reading *r, const char *name,
			  struct vg_slice text);
void vg_native_field_int(struct vg_reading *r, const char *name, int64_t v);

/* An indicator; brought into its one form. One that is not of its type is left
 * out, and so is one past VG_INDICATORS_MAX. A URL loses user name and
 * password. Equal ones are one. */
void vg_native_indicator(struct vg_reading *r, enum vg_indicator_type type,
			 struct vg_slice text);

/* An address of either family. Those that name nobody outside (private,
 * loopback, link-local, shared, multicast, unspecified, broadcast) are no
 * indicators and are left out without being counted as trimmed. True when it
 * is an indicator now. */
bool vg_native_ip(struct vg_reading *r, struct vg_slice text);

/* A hash by its length: md5 or sha256; others are left out. */
void vg_native_hash(struct vg_reading *r, struct vg_slice text);

/* An ATT&CK technique ("T1110", in either case); other text is left out. */
void vg_native_technique(struct vg_reading *r, struct vg_slice id);

/* e->source_country from an alpha-2 code in either case; others left out. */
void vg_native_source_country(struct vg_reading *r, struct vg_slice code);

/* e->country, the victim's, in the same way. */
void vg_native_country(struct vg_reading *r, struct vg_slice code);

/* e->label from a TLP label in either case, with or without "TLP:" or
 * "tlp:". One that is not known narrows to RED: what we cannot read must not
 * go further than its sender. */
void vg_native_tlp(struct vg_reading *r, struct vg_slice label);

/* `text` without the user name and password of a URL in it: itself, or a copy
 * in scratch. */
struct vg_slice vg_native_url_clean(struct vg_reading *r, struct vg_slice text);

/* A copy of `text` in scratch with ASCII letters in lower (or upper) case. */
struct vg_slice vg_native_lower(struct vg_reading *r, struct vg_slice text);
struct vg_slice vg_native_upper(struct vg_reading *r, struct vg_slice text);

#endif
