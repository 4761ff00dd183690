/*
 * native - what the decoders of other systems' formats share. A decoder is
 * one function that takes members of the record's JSON object, by path, into
 * the event; this does the rest.
 *
 *     static bool take(struct vg_reading *r)
 *     {
 *             if (!vg_native_is(r, vg_native_at(r, 0, "event.kind"), "alert"))
 *                     return vg_native_aside(r, "event.kind");
 *             r->e->category = VG_RSIT_OTHER;
 *             vg_native_field(r, "rule.name", vg_native_at(r, 0, "rule.name"));
 *             return vg_native_time(r, "@timestamp",
 *                                   vg_native_at(r, 0, "@timestamp")) &&
 *                    vg_native_sensor(r, "agent.name",
 *                                     vg_native_at(r, 0, "agent.name"), "ecs");
 *     }
 *
 *     void vg_ecs_decode(...)
 *     {
 *             struct vg_reading r = VG_NATIVE_READING(s, cfg, partner, e, out);
 *
 *             vg_native_run(&r, record, take);
 *     }
 *
 * One record is one event, or one rejection, or is set aside: never two
 * events. What stands for several occurrences has a count.
 *
 * What identifies (id, sensor, actor) and is too long, empty or has a control
 * character refuses the record. What describes (fields, indicators, techniques,
 * a country) and does not fit is cut, cleaned or left out, and counted in
 * e->n_trimmed; the record stands.
 *
 * A token is an index into the document or VG_ABSENT. Every function takes
 * VG_ABSENT for a member that is not there, and is then a no-op that returns
 * true (or says false, or VG_ABSENT, where it asks).
 *
 * Threads: one at a time a reading. `member` names a value in a reason: a text
 * of ours, never the partner's.
 */
#ifndef VG_INGEST_NATIVE_H
#define VG_INGEST_NATIVE_H

#include "ingest/native_add.h"
#include "ingest/native_find.h"
#include "ingest/native_words.h"

#define VG_NATIVE_READING(s_, cfg_, partner_, e_, out_)                        \
	{                                                                      \
		.s = (s_), .cfg = (cfg_), .partner = (partner_), .e = (e_),    \
		.out = (out_), .element = -1                                   \
	}

/* Takes from the document at token 0; false when refused or set aside. */
typedef bool vg_native_take(struct vg_reading *r);

/* Decode `record`: parse it, call `take`, then refuse an event without time,
 * sensor or category. An absent id is allowed. A count, severity or confidence
 * out of range is the decoder's defect (an assertion). */
void vg_native_run(struct vg_reading *r, struct vg_slice record,
		   vg_native_take *take);

/* The parts of vg_native_run(), for a record that is no JSON object as it
 * comes: an empty event first; then, when the document is parsed, the rest. */
void vg_native_start(struct vg_reading *r);
void vg_native_take_object(struct vg_reading *r, vg_native_take *take);

/* Set the record aside: valid in its format and no alert. `why` names the
 * member that says so. Always false. */
bool vg_native_aside(struct vg_reading *r, const char *why);

/* What identifies; false when refused. */

/* e->id. Absent: left empty, and the worker makes one of the place. */
bool vg_native_id(struct vg_reading *r, const char *member, uint32_t tok);

/* e->sensor. Absent or empty: `otherwise`, a constant of the decoder. */
bool vg_native_sensor(struct vg_reading *r, const char *member, uint32_t tok,
		      const char *otherwise);

/* An actor by name; confidence 0..100 or -1. Equal ones are one, more than
 * VG_ACTORS_MAX are left out. */
bool vg_native_actor(struct vg_reading *r, const char *member, uint32_t tok,
		     int confidence);

/* e->count from a whole number: below 1 is refused, beyond VG_COUNT_MAX too. */
bool vg_native_count(struct vg_reading *r, const char *member, uint32_t tok);

/* e->time_ms, leniently (vg_native_time_of()). Absent or unreadable: refused,
 * so ask only for the member that must be there. */
bool vg_native_time(struct vg_reading *r, const char *member, uint32_t tok);

#endif
