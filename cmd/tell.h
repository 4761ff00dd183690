/*
 * tell - log lines of the outermost loops: what a process was started with,
 * and what its view is doing.
 *
 * Threads: a teller is one thread's.
 */
#ifndef VG_CMD_TELL_H
#define VG_CMD_TELL_H

#include "aggregate/view.h"
#include "cmd/world.h"
#include "core/log.h"

/* What was said of a view so far; zeroed to begin with. */
struct vg_view_teller {
	bool loaded;
	int64_t reloads;
	struct vg_log_limit loads, again;
};

/* Have `log` write what `cfg` wants, and how. VG_INVAL when there is no journal
 * to write to; `log` is then as it was. */
enum vg_rc vg_tell_as(struct vg_log *log, const struct vg_config *cfg,
		      struct vg_err *err) VG_MUST_CHECK;

/* Say what the process was configured with, and the rules that it has. */
void vg_tell_start(const struct vg_log *log, const struct vg_world *w,
		   const char *path);

/* Say which rules there are, and what is to be minded of them. */
void vg_tell_rules(const struct vg_log *log, const struct vg_ruleset *s);

/* Say what failed, and where. */
void vg_tell_error(const struct vg_log *log, enum vg_log_event event,
		   const char *where, const struct vg_err *err);

/* After a step that ended with `err`, or NULL: say that Redis is away from
 * `where`, or back, when either is news; *away is what was said last. */
void vg_tell_redis(const struct vg_log *log, const char *where,
		   const struct vg_err *err, bool *away);

/* After a step of `v`: say that it is loaded, or loads partitions again, when
 * either is news. The stepping thread's. */
void vg_tell_view(struct vg_view_teller *t, const struct vg_log *log,
		  const struct vg_view *v, struct vg_metrics *m,
		  int64_t now_ms);

#endif
