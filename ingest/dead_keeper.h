/*
 * dead_keeper - deletes dead letters, and entries of streams, that are older
 * than their partner's identifiers are kept: at the start, then each hour, on a
 * thread of its own. Every ingest does so; one of them is enough. Private to
 * ingest.
 *
 * Threads: the keeper's own.
 * Time:    log time; a letter's age is that of its record at the brokers.
 */
#ifndef VG_INGEST_DEAD_KEEPER_H
#define VG_INGEST_DEAD_KEEPER_H

#include "aggregate/part.h"
#include "core/log.h"

struct vg_dead_keeper;

/* Start the thread; NULL in *out when no partner asks for it. */
enum vg_rc vg_dead_keeper_new(struct vg_dead_keeper **out,
			      const struct vg_part_env *env,
			      const struct vg_log *log,
			      struct vg_err *err) VG_MUST_CHECK;

/* End the thread and free; NULL is allowed. */
void vg_dead_keeper_free(struct vg_dead_keeper *k);

#endif
