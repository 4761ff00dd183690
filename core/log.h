/*
 * log - one line an event: a time, a level, event=<name>, then key=value; or
 * the same as JSON, or as an entry of the systemd journal.
 *
 * Event names are the closed list VG_LOG_EVENTS, so that docs/operations.md
 * can say what to do about each. Values are escaped: quotes when needed,
 * control bytes and non-UTF-8 as \xNN, cut at 256 bytes: a partner's text can
 * never forge a line.
 *
 * Only main.c and a thread's outermost loop log above debug; below them errors
 * travel in struct vg_err.
 *
 * Threads: any; a line is written with one write(2) to the file descriptor.
 */
#ifndef VG_CORE_LOG_H
#define VG_CORE_LOG_H

#include "core/clock.h"
#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

enum vg_log_level { VG_LOG_DEBUG, VG_LOG_INFO, VG_LOG_WARN, VG_LOG_ERROR };

/* X(enum suffix, name) */
#define VG_LOG_EVENTS(X)                                                       \
	X(STARTING, "starting")                                                \
	X(READY, "ready")                                                      \
	X(STOPPING, "stopping")                                                \
	X(STOPPED, "stopped")                                                  \
	X(CONFIG, "config")                                                    \
	X(SUMMARY, "summary")                                                  \
	X(ASSIGNED, "partition_assigned")                                      \
	X(REVOKED, "partition_revoked")                                        \
	X(REWIND, "partition_rewind")                                          \
	X(HELD, "partition_held")                                              \
	X(FENCED, "partition_fenced")                                          \
	X(GAP, "offset_gap")                                                   \
	X(KAFKA, "kafka")                                                      \
	X(KAFKA_REFUSED, "kafka_refused")                                      \
	X(KAFKA_LOGIN, "kafka_login")                                          \
	X(HUNG, "transaction_hung")                                            \
	X(COMPACT, "topic_compacted")                                          \
	X(REDIS_AWAY, "redis_away")                                            \
	X(REDIS_BACK, "redis_back")                                            \
	X(REDIS_BEHIND, "redis_behind")                                        \
	X(NO_MEMORY, "no_memory")                                              \
	X(REDIS_REFUSED, "redis_refused")                                      \
	X(TOPIC_TIME, "topic_not_log_append_time")                             \
	X(DEAD_LETTER, "dead_letter")                                          \
	X(DEAD_EXPIRED, "dead_letters_expired")                                \
	X(RECALL, "recall")                                                    \
	X(BACKFILL, "backfill_begun")                                          \
	X(BACKFILLED, "backfill_done")                                         \
	X(QUOTA, "partner_quota")                                              \
	X(TIME_JUMP, "log_time_jump")                                          \
	X(UNJUDGED, "tracks_unjudged")                                         \
	X(VIEW_LOADED, "view_loaded")                                          \
	X(VIEW_RELOAD, "view_reload")                                          \
	X(LEADER, "alert_leader")                                              \
	X(LEASE_LOST, "alert_lease_lost")                                      \
	X(RULES_LOADED, "rules_loaded")                                        \
	X(RULES_BAD, "rules_bad")                                              \
	X(RULE_WARNING, "rule_warning")                                        \
	X(ALERT_RAISED, "alert_raised")                                        \
	X(ALERT_UPDATED, "alert_updated")                                      \
	X(ALERT_RESOLVED, "alert_resolved")                                    \
	X(ALERT_RELEASED, "alert_released")                                    \
	X(RECEIVER_AWAY, "receiver_away")                                      \
	X(RECEIVER_BACK, "receiver_back")                                      \
	X(NOTIFY_DEAD, "notification_dead")                                    \
	X(ACTIONS_AWAY, "actions_away")                                        \
	X(ACTIONS_BACK, "actions_back")                                        \
	X(ACTION_DROPPED, "action_dropped")                                    \
	X(WATCHDOG_HELD, "watchdog_held")                                      \
	X(WATCHDOG_BACK, "watchdog_back")                                      \
	X(HTTP_LISTENING, "http_listening")                                    \
	X(TOKENS_BAD, "tokens_bad")                                            \
	X(OIDC_KEYS, "oidc_keys")                                              \
	X(OIDC_AWAY, "oidc_away")                                              \
	X(AUDIT_OPEN, "audit_open")                                            \
	X(AUDIT_CLOSED, "audit_closed")                                        \
	X(AUDIT_BAD, "audit_bad")                                              \
	X(AUDIT_BACK, "audit_back")                                            \
	X(CERTIFICATE_BAD, "certificate_bad")                                  \
	X(EXERCISE_ON, "exercise_on")                                          \
	X(EXERCISE_OFF, "exercise_off")                                        \
	X(EXERCISE_FAILED, "exercise_failed")                                  \
	X(THREAD_FAILED, "thread_failed")

enum vg_log_event {
#define VG_LOG_ENUM(id, name) VG_EV_##id,
	VG_LOG_EVENTS(VG_LOG_ENUM)
#undef VG_LOG_ENUM
		VG_EV_COUNT
};

enum vg_log_form {
	VG_LOG_TEXT,   /* as above */
	VG_LOG_JSON,   /* an object a line, with the journal's PRIORITY and
			* SYSLOG_IDENTIFIER; one too long leaves out pairs */
	VG_LOG_JOURNAL /* a datagram of the journal's own protocol: MESSAGE,
			* PRIORITY, VIGIE_EVENT and VIGIE_<KEY> for each pair */
};

struct vg_log {
	int fd; /* of VG_LOG_JOURNAL: from vg_log_journal() */
	enum vg_log_level level;
	struct vg_clock clock;
	enum vg_log_form form;
};

/* Name of form `f` in the configuration, NULL past the end. */
const char *vg_log_form_name(unsigned f);

/* Connect to the journal's socket `path`; what it gives is closed by the
 * caller. VG_INVAL when there is none. */
enum vg_rc vg_log_journal(int *fd, const char *path,
			  struct vg_err *err) VG_MUST_CHECK;

/* Name of event `e`, NULL past the end. */
const char *vg_log_event_name(unsigned e);

/* Write one line. After `event` come pairs `const char *key, const char *value`
 * and then NULL; a NULL value prints as "-". `log` may be NULL: silence. */
void vg_log(const struct vg_log *log, enum vg_log_level level,
	    enum vg_log_event event, ...) __attribute__((sentinel));

/* Lines that may come in a flood: at most so many in a minute. Zeroed to begin
 * with; one thread's. */
struct vg_log_limit {
	int64_t from_ms;    /* the minute's start */
	int64_t said, kept; /* in it; kept back since the last that was said */
};

/* True when one more line may be said at `now_ms`, with at most `most` in a
 * minute; *kept is then how many were not since the last one. */
bool vg_log_may(struct vg_log_limit *l, int64_t most, int64_t now_ms,
		int64_t *kept) VG_MUST_CHECK;

/* `v` in decimal in `out`, for vg_log() pairs; returns `out`. */
const char *vg_num(char out[24], long long v);

#endif
