/*
 * canonical_list - the members of an event that are lists or objects. Private
 * to the canonical decoder; each is a row of its member table.
 *
 * Each takes token `i`, the member's value, into r->e; false when the record
 * is refused.
 *
 * Threads: one at a time a reading.
 */
#ifndef VG_INGEST_CANONICAL_LIST_H
#define VG_INGEST_CANONICAL_LIST_H

#include "ingest/canonical_read.h"

/* A name, {name, confidence}, or a list of either. Equal names are one, with
 * the larger confidence. */
bool vg_take_actor(struct vg_reading *r, uint32_t i);

/* An ATT&CK id or a list of them. Equal ids are one. */
bool vg_take_technique(struct vg_reading *r, uint32_t i);

/* A list of partner ids: the slots of those that exist. */
bool vg_take_releasable(struct vg_reading *r, uint32_t i);

/* {partner or feed, id}. */
bool vg_take_origin(struct vg_reading *r, uint32_t i);

/* A list of {type, value}, made canonical. Equal ones are one. */
bool vg_take_indicators(struct vg_reading *r, uint32_t i);

/* An object of scalars. */
bool vg_take_fields(struct vg_reading *r, uint32_t i);

/* What every reader does with a value that it has found good. */

/* A partner has one name, so a list longer than all viewers repeats itself. */
enum { VG_RELEASABLE_MAX = 64 };

/* Name one more actor of at most VG_ACTORS_MAX; confidence -1: none given. */
void vg_add_actor(struct vg_event *e, struct vg_slice name, int confidence);

/* One more technique of at most VG_TECHNIQUES_MAX; an equal one is there once.
 */
void vg_add_technique(struct vg_event *e, struct vg_slice id);

/* The viewer `id`, when there is one. */
void vg_add_releasable(struct vg_event *e, const struct vg_config *cfg,
		       struct vg_slice id);

/* Bring `x`, of 1..VG_INDICATOR_MAX bytes, into its one form, in `s` when it
 * differs; false when it is not of its type. */
bool vg_canon_indicator(struct vg_scratch *s, struct vg_indicator *x);

/* One more indicator of at most VG_INDICATORS_MAX; an equal one is there once.
 */
void vg_add_indicator(struct vg_event *e, const struct vg_indicator *x);

#endif
