/*
 * verdict - what became of one record, and the names of the account book.
 *
 * Law 4, per partition and hour of reference time (the record timestamp):
 *     received = counted + duplicate + relayed + beyond + future
 *                + control + canary + not_alert + not_member
 *                + sum of rejected:<reason>
 *     counted = live + recalled
 * The notes below the line count beside it and are in no sum.
 */
#ifndef VG_AGGREGATE_VERDICT_H
#define VG_AGGREGATE_VERDICT_H

/* X(enum suffix, stored name, 'v' verdict | 'r' rejection | 'n' note) */
#define VG_VERDICTS(X)                                                         \
	X(RECEIVED, "received", 'n')                                           \
	X(COUNTED, "counted", 'v')                                             \
	X(DUPLICATE, "duplicate", 'v')                                         \
	X(RELAYED, "relayed", 'v')                                             \
	X(BEYOND, "beyond", 'v')                                               \
	X(FUTURE, "future", 'v')                                               \
	X(CONTROL, "control", 'v')                                             \
	X(CANARY, "canary", 'v')	 /* see aggregate/sensors.h */         \
	X(NOT_ALERT, "not_alert", 'v')	 /* of its format, but no alert */     \
	X(NOT_MEMBER, "not_member", 'v') /* before or after membership */      \
	X(R_EMPTY, "rejected:empty", 'r')                                      \
	X(R_OVERSIZED, "rejected:oversized", 'r')                              \
	X(R_SYNTAX, "rejected:syntax", 'r')                                    \
	X(R_UTF8, "rejected:utf8", 'r')                                        \
	X(R_DUPKEY, "rejected:dupkey", 'r')                                    \
	X(R_RANGE, "rejected:range", 'r')                                      \
	X(R_DEPTH, "rejected:depth", 'r')                                      \
	X(R_TRAIL, "rejected:trail", 'r')                                      \
	X(R_SIZE, "rejected:size", 'r')                                        \
	X(R_NOT_OBJECT, "rejected:not_object", 'r')                            \
	X(R_MISSING, "rejected:missing", 'r')                                  \
	X(R_TYPE, "rejected:type", 'r')                                        \
	X(R_VALUE, "rejected:value", 'r')                                      \
	X(R_SIGNATURE, "rejected:signature", 'r')                              \
	X(R_UNSIGNED, "rejected:unsigned", 'r')                                \
	X(R_PARTNER, "rejected:partner_mismatch", 'r')                         \
	X(R_RECALL_FORM, "rejected:recall_form", 'r')                          \
	X(R_RECALL_KEY, "rejected:recall_key", 'r')                            \
	X(R_RECALL_SPAN, "rejected:recall_span", 'r')                          \
	X(R_RECALL_WIDENS, "rejected:recall_widens", 'r')                      \
	X(R_QUOTA, "rejected:quota", 'r')                                      \
	X(BEYOND_RULES, "beyond_rules", 'n')                                   \
	X(UNDECLARED, "undeclared_audience", 'n')                              \
	X(UNKNOWN_FIELDS, "unknown_fields", 'n')                               \
	X(TRIMMED, "trimmed", 'n')                                             \
	X(AMBIGUOUS, "ambiguous_actor", 'n')                                   \
	X(UNLISTED, "unlisted_technique", 'n')                                 \
	X(BY_ADDRESS, "source_country_by_address", 'n')                        \
	X(FOLDED_SENSORS, "folded_sensors", 'n') /* records beyond a quota */  \
	X(FOLDED_ACTORS, "folded_actors", 'n')                                 \
	X(LEFT_INDICATORS, "left_indicators", 'n')                             \
	X(DEAD_DROPPED, "dead_dropped", 'n')                                   \
	X(LATE, "late", 'n')                                                   \
	X(EVENTS, "events", 'n')     /* sum of count over counted */           \
	X(RECALLED, "recalled", 'n') /* of the counted, no longer there */     \
	X(RECALLED_EVENTS, "recalled_events", 'n')                             \
	X(NARROWED, "narrowed", 'n') /* moved to another audience by a recall  \
				      */

enum vg_verdict {
#define VG_VERDICT_ENUM(id, name, kind) VG_VERDICT_##id,
	VG_VERDICTS(VG_VERDICT_ENUM)
#undef VG_VERDICT_ENUM
		VG_VERDICT_N
};

/* Stored name of `v`. */
const char *vg_verdict_name(enum vg_verdict v);

/* 'v' verdict, 'r' rejection, 'n' note. */
char vg_verdict_kind(enum vg_verdict v);

#endif
