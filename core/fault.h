/*
 * fault - the process ended or stopped at a named point, for tests.
 *
 * In a normal build VG_FAULT() is nothing and its arguments are not looked at.
 * A build with -DVG_FAULTS=ON reads VIGIE_FAULT=<point>:<n>[:stop] in the
 * composition root: at the n-th passing of that point the process is killed
 * (SIGKILL), or stopped (SIGSTOP). tests/fault kills at every point of the
 * list.
 *
 * Owner:   the composition root; those below get a pointer with their env.
 * Threads: any.
 */
#ifndef VG_CORE_FAULT_H
#define VG_CORE_FAULT_H

#ifdef VG_FAULTS

#include "core/err.h"

#include <stdatomic.h>
#include <stdbool.h>

/* In the order of a batch's way; the comment says what has happened there. */
#define VG_FAULT_POINTS(X)                                                     \
	X(open_epoch)	 /* a partition's epoch was taken                   */ \
	X(open_loaded)	 /* its state was loaded                            */ \
	X(open_done)	 /* the broker's bounds were compared               */ \
	X(batch_handed)	 /* a worker has the batch                          */ \
	X(batch_taken)	 /* its records are in the part's memory            */ \
	X(dead_settled)	 /* its dead letters are acknowledged               */ \
	X(commit_loaded) /* the buckets it touches were read                */ \
	X(commit_built)	 /* the script's arguments are ready                */ \
	X(commit_sent)	 /* the script was sent, its answer not read        */ \
	X(commit_replied) /* the answer was read                            */ \
	X(commit_settled) /* memory has followed                            */ \
	X(batch_done)	 /* the batch is counted                            */ \
	X(hint_sent)	 /* the group has the offsets                       */ \
	X(group_drained) /* a revoked partition was closed                  */ \
	X(alerts_built)	 /* alerts changed, nothing of it is stored         */ \
	X(alerts_put)	 /* they are stored, memory has not followed        */

#define VG_FAULT_ENUM(name) VG_FAULT_##name,
enum vg_fault_point { VG_FAULT_POINTS(VG_FAULT_ENUM) VG_FAULT_POINTS_N };

struct vg_faults {
	enum vg_fault_point point; /* VG_FAULT_POINTS_N: none */
	long left;		   /* this many passings      */
	bool stops;
	atomic_long passed;
};

/* Read `text` (NULL: no fault). VG_INVAL when it names no point. */
enum vg_rc vg_faults_read(struct vg_faults *f, const char *text,
			  struct vg_err *err) VG_MUST_CHECK;

/* Here is `point`; `f` may be NULL. */
void vg_fault_pass(struct vg_faults *f, enum vg_fault_point point);

#define VG_FAULT(f, name) vg_fault_pass((f), VG_FAULT_##name)
#else
#define VG_FAULT(f, name) ((void)0)
#endif

#endif
