/*
 * metric - vigie's own counters and gauges, named in one list.
 *
 * Threads: any thread may add or set; values are relaxed atomics.
 */
#ifndef VG_CORE_METRIC_H
#define VG_CORE_METRIC_H

#include <stddef.h>
#include <stdint.h>

/* X(enum suffix, OpenMetrics name without _total, kind, help) */
#define VG_METRICS(X)                                                          \
	X(RECORDS, "vigie_ingest_records", 'c', "Kafka records taken in")      \
	X(COUNTED, "vigie_ingest_counted", 'c', "records counted")             \
	X(DUPLICATE, "vigie_ingest_duplicate", 'c', "records seen before")     \
	X(REJECTED, "vigie_ingest_rejected", 'c', "records dead-lettered")     \
	X(DEAD_LETTERS, "vigie_dead_letters", 'c', "dead letters acked")       \
	X(COMMITS, "vigie_commits", 'c', "batch scripts applied")              \
	X(REWINDS, "vigie_rewinds", 'c', "partitions re-read from the store")  \
	X(UNKNOWN, "vigie_commit_unknown", 'c', "scripts without an answer")   \
	X(STALE, "vigie_commit_stale", 'c', "scripts refused by the offset")   \
	X(FENCED, "vigie_commit_fenced", 'c', "scripts refused by the epoch")  \
	X(NOSCRIPT, "vigie_redis_noscript", 'c', "scripts loaded again")       \
	X(REDIS_ERRORS, "vigie_redis_errors", 'c', "failed Redis calls")       \
	X(FOLDED, "vigie_values_folded", 'c', "values folded into ~other")     \
	X(THINNED, "vigie_groups_thinned", 'c', "track cells refused by cap")  \
	X(STEPS_ROUNDED, "vigie_steps_rounded", 'c',                           \
	  "groups whose times are rounded")                                    \
	X(SENSORS_FOLDED, "vigie_sensors_folded", 'c',                         \
	  "records of sensors past the limit")                                 \
	X(QUOTA_RECORDS, "vigie_quota_records", 'c', "rejected by a quota")    \
	X(QUOTA_SENSORS, "vigie_quota_sensors", 'c', "sensors past a quota")   \
	X(QUOTA_ACTORS, "vigie_quota_actors", 'c', "actors past a quota")      \
	X(QUOTA_INDICATORS, "vigie_quota_indicators", 'c',                     \
	  "left out of rules")                                                 \
	X(DEAD_DROPPED, "vigie_dead_dropped", 'c', "dead letters not kept")    \
	X(MATCH_LIMITED, "vigie_match_limited", 'c', "regexes cut at a bound") \
	X(GAPS, "vigie_offset_gaps", 'c', "offsets missing after a rewind")    \
	X(RECALLED, "vigie_recalled", 'c', "events that recalls un-counted")   \
	X(NARROWED, "vigie_narrowed", 'c', "events that recalls narrowed")     \
	X(JUMPS, "vigie_log_time_jumps", 'c', "leaps of log time over a day")  \
	X(NO_MEMORY, "vigie_ingest_no_memory", 'c', "retries without memory")  \
	X(STOPPED, "vigie_partitions_stopped", 'g', "partitions held")         \
	X(ASSIGNED, "vigie_partitions_assigned", 'g', "partitions owned")      \
	X(UNREAD, "vigie_ingest_lag", 'g', "records yet to be counted here")   \
	X(HUNG, "vigie_partitions_hung", 'g', "held back by a transaction")    \
	X(KAFKA_REFUSED, "vigie_kafka_refused", 'g', "1 while refused")        \
	X(UNFILLED, "vigie_tracks_unfilled", 'g',                              \
	  "tracks that miss their past")                                       \
	X(VIEW_ENTRIES, "vigie_view_entries", 'c', "stream entries applied")   \
	X(VIEW_RELOADS, "vigie_view_reloads", 'c', "partitions reloaded")      \
	X(VIEW_STALE, "vigie_view_stale", 'g', "1 while the view is stale")    \
	X(VIEW_CELLS, "vigie_view_cells", 'g', "cells held by the view")       \
	X(GROUPS, "vigie_rule_groups", 'g', "groups held by rules")            \
	X(EVALUATIONS, "vigie_rule_evaluations", 'c', "groups evaluated")      \
	X(UNJUDGED, "vigie_tracks_unjudged", 'g', "1 while swept unjudged")    \
	X(ALERTS, "vigie_alert_writes", 'c', "alert documents written")        \
	X(REVISIONS, "vigie_alert_revisions", 'c', "late revisions written")   \
	X(LEADER, "vigie_alert_leader", 'g', "1 while evaluating")             \
	X(LEASE_LOST, "vigie_alert_lease_lost", 'c', "leases lost")            \
	X(RULES_BAD, "vigie_rules_bad", 'g', "rule files refused at load")     \
	X(NOTIFIED, "vigie_notifications", 'c', "notifications delivered")     \
	X(NOTIFY_FAILED, "vigie_notify_failed", 'c', "attempts in vain")       \
	X(NOTIFY_DEAD, "vigie_notify_dead", 'c', "notifications given up")     \
	X(NOTIFY_WAITING, "vigie_notify_waiting", 'g', "in the outbox")        \
	X(NOTIFY_AWAY, "vigie_receivers_away", 'g', "receivers not reached")   \
	X(ACTIONS, "vigie_actions", 'c', "what people did, applied")           \
	X(ACTIONS_REPEATED, "vigie_actions_repeated", 'c', "sent twice")       \
	X(ACTIONS_DROPPED, "vigie_actions_dropped", 'c', "not applied")        \
	X(ACTIONS_BEHIND, "vigie_actions_behind", 'g', "not applied yet")      \
	X(WATCHDOG, "vigie_watchdog", 'g', "1 while the watchdog is told")     \
	X(HTTP_REQUESTS, "vigie_http_requests", 'c', "HTTP requests")          \
	X(HTTP_ERRORS, "vigie_http_errors", 'c', "answers of 4xx and 5xx")     \
	X(HTTP_DENIED, "vigie_http_denied", 'c', "requests without a token")   \
	X(AUDITED, "vigie_audit_entries", 'c', "written to the audit log")     \
	X(AUDIT_FAILED, "vigie_audit_failed", 'c', "not written to it")        \
	X(OIDC_REFUSED, "vigie_oidc_refused", 'c', "JWTs not taken")           \
	X(HTTP_LIMITED, "vigie_http_limited", 'c', "answers of 429")           \
	X(STREAMS, "vigie_streams", 'g', "event streams open")                 \
	X(STREAM_EVENTS, "vigie_stream_events", 'c', "events for streams")     \
	X(STREAMS_DROPPED, "vigie_streams_dropped", 'c',                       \
	  "streams ended by us")                                               \
	X(HTTP_CUT, "vigie_http_cut", 'c', "connections cut for slowness")

enum vg_metric_id {
#define VG_METRIC_ENUM(id, name, kind, help) VG_M_##id,
	VG_METRICS(VG_METRIC_ENUM)
#undef VG_METRIC_ENUM
		VG_M_COUNT
};

struct vg_metrics {
	_Atomic int64_t v[VG_M_COUNT];
};

struct vg_metric_info {
	const char *name, *help;
	char kind; /* 'c' counter, 'g' gauge */
};

/* What metric `id` is called; NULL past the end. */
const struct vg_metric_info *vg_metric_info(size_t id);

/* Add `by`; `m` may be NULL. */
void vg_metric_add(struct vg_metrics *m, enum vg_metric_id id, int64_t by);

/* Set a gauge; `m` may be NULL. */
void vg_metric_set(struct vg_metrics *m, enum vg_metric_id id, int64_t v);

/* Read one. */
int64_t vg_metric_get(struct vg_metrics *m, enum vg_metric_id id);

#endif
