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

#endif
