/*
 * native_more - more for the native decoders (native.h has the rest): ranges
 * of addresses, labels of which the strictest holds, actors and sensors given
 * as text, names of countries and tactics.
 *
 * Threads: one at a time a reading.
 */
#ifndef VG_INGEST_NATIVE_MORE_H
#define VG_INGEST_NATIVE_MORE_H

#include "ingest/native.h"

/* The source's address: one, a CIDR block or a range "a-b". One address (/32,
 * /128 and a-a too) is field "source.ip" and, when it names somebody outside,
 * an indicator; several are field "source.address" and no indicator. The first
 * of each field holds; what is no address, and a further block, is counted as
 * trimmed. */
void vg_native_source(struct vg_reading *r, struct vg_slice text);

/* The same of the victim's side, which is never an indicator:
 * "destination.ip", "destination.address". */
void vg_native_target(struct vg_reading *r, struct vg_slice text);

/* Where the source named is nobody outside (a private address) and the target
 * is somebody: a connection outward, and the target is the indicator. */
void vg_native_other_end(struct vg_reading *r);

/* As vg_native_tlp(), and of several labels the strictest is the event's. */
void vg_native_strictest(struct vg_reading *r, struct vg_slice label);

/* As vg_native_actor() and vg_native_sensor() of a text; empty is absent. */
bool vg_native_actor_text(struct vg_reading *r, const char *member,
			  struct vg_slice name);
bool vg_native_sensor_text(struct vg_reading *r, const char *member,
			   struct vg_slice name, const char *otherwise);

/* e->confidence, 0 to 100, from a number or text of one; others are left out
 * and counted as trimmed. */
void vg_native_confidence(struct vg_reading *r, uint32_t tok);

/* The code of a country that is given as one, or by its English name (case
 * ignored); else `text` itself. */
struct vg_slice vg_native_country_code(struct vg_slice text);

/* The RSIT class of an ATT&CK tactic, by id ("TA0043") or name, or
 * `otherwise`. */
int vg_native_tactic(struct vg_slice text, int otherwise);

/* True when `a` is `b`, case ignored in ASCII; `b` is in lower case. */
bool vg_native_same(struct vg_slice a, const char *b);

#endif
