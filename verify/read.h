/*
 * read - a second reading of the canonical event format, with cJSON, for the
 * oracle. It follows docs/event-schema.md and shares no code with ingest but
 * the one form of indicators.
 *
 * Owner:   the caller embeds a zeroed struct vg_second; the event borrows from
 *          it until the next reading. Threads: one at a time.
 */
#ifndef VG_VERIFY_READ_H
#define VG_VERIFY_READ_H

#include "aggregate/event.h"
#include "core/arena.h"
#include "ingest/place.h"

struct vg_config;

struct vg_scratch;

enum vg_second_kind {
	VG_SECOND_REJECTED,
	VG_SECOND_CONTROL,
	VG_SECOND_CANARY, /* event.time_ms: when it was sent */
	VG_SECOND_EVENT,
	VG_SECOND_ASIDE /* vg_second_of(): no alert */
};

struct vg_second {
	void *doc; /* the cJSON tree that the event borrows from */
	struct vg_arena arena;
	struct vg_event event;
	/* Of vg_second_of() alone. */
	struct vg_scratch *scratch;
	char place[VG_PLACE_ID];
};

/* Read one record. What exactly is wrong with a rejected one is ingest's to
 * say; that it is, is said here. */
enum vg_second_kind vg_second_read(struct vg_second *s,
				   const struct vg_config *cfg,
				   struct vg_slice record);

/* Add the slots of the viewers that the cJSON list names to *slots; false when
 * it is no list of at most 64 texts. Who is not known sees nothing. */
bool vg_second_viewers(const void *list, const struct vg_config *cfg,
		       uint64_t *slots);

/* An instant as the format writes it, the cJSON value `value`; false when it is
 * none (NULL, too). */
bool vg_second_instant(const void *value, int64_t *ms);

/* A name: text of 1..max bytes without control characters. */
bool vg_second_is_name(const char *s, size_t max);

/* Free what the last reading holds. */
void vg_second_term(struct vg_second *s);

#endif
