/*
 * recall_ask - what a control record asks for, read with cJSON after
 * docs/event-schema.md. Private to verify.
 *
 * Owner: the caller, of the document; all else borrows from it.
 */
#ifndef VG_VERIFY_RECALL_ASK_H
#define VG_VERIFY_RECALL_ASK_H

#include "core/config.h"

struct vg_recall_ask {
	void *doc;
	const void *ids; /* the list, or NULL: a range */
	struct vg_slice sensor;
	int64_t from_ms, to_ms;
	int label; /* -1: as the event says */
	bool narrows;
	uint64_t releasable;
};

/* Read; false when it is none. End with _term() in any case. */
bool vg_recall_ask(struct vg_recall_ask *a, const struct vg_config *cfg,
		   const struct vg_slice record[2]);
void vg_recall_ask_term(struct vg_recall_ask *a);

/* Number of ids, and the position of `id` among them or -1; equal ids have the
 * position of the first. */
int vg_recall_ask_n(const struct vg_recall_ask *a);
int vg_recall_ask_find(const struct vg_recall_ask *a, struct vg_slice id);

/* Id number `i`. */
struct vg_slice vg_recall_ask_id(const struct vg_recall_ask *a, int i);

#endif
