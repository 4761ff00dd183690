/*
 * event_out - one decoded event for people, and whole as JSON.
 *
 * Threads: pure.
 */
#ifndef VG_CMD_EVENT_OUT_H
#define VG_CMD_EVENT_OUT_H

#include "aggregate/event.h"
#include "core/buf.h"

/* What would be counted, in one line without its end. */
void vg_event_line(struct vg_buf *b, const struct vg_event *e);

/* Every member that the event has, by the names of the canonical format, as
 * one JSON object. */
void vg_event_json(struct vg_buf *b, const struct vg_event *e);

#endif
