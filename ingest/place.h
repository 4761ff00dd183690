/*
 * place - the id of an event whose format has none: a keyed hash of where its
 * record lies. Two equal records are then two events, and a record that is read
 * again is the one it was.
 *
 * Threads: pure.
 */
#ifndef VG_INGEST_PLACE_H
#define VG_INGEST_PLACE_H

#include "core/hash.h"
#include "core/slice.h"

enum { VG_PLACE_ID = 33 };

/* Write the id of (topic, partition, offset) to `out`, 32 hex digits and a
 * NUL, and return it. */
struct vg_slice vg_place_id(char out[VG_PLACE_ID],
			    const uint8_t key[VG_HASH_KEY], const char *topic,
			    int32_t partition, int64_t offset);

#endif
