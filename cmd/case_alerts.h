/*
 * case_alerts - the alerts that a rule's test expects, those that came, and
 * how the two differ.
 *
 * Owner:   the caller embeds lists and ends them with vg_case_alerts_term().
 * Threads: pure. Time: ms since 1970; shown as offsets from the start.
 */
#ifndef VG_CMD_CASE_ALERTS_H
#define VG_CMD_CASE_ALERTS_H

#include "alert/replay.h"
#include "core/buf.h"
#include "core/yaml.h"

/* What an expectation says of an alert, beside its rule and group. */
enum {
	VG_CASE_START = 1,
	VG_CASE_END = 2,
	VG_CASE_PEAK = 4,
	VG_CASE_STATE = 8,
	VG_CASE_VALUE = 16
};

struct vg_case_alert {
	const struct vg_rule *rule;
	char *group, *value;	  /* "actor=X country=MA"; NULL: none */
	int64_t start_ms, end_ms; /* INT64_MAX: not over at the clock */
	double peak;		  /* NAN: it has none */
	const char *state;
	unsigned said;
};

struct vg_case_alerts {
	struct vg_case_alert *v;
	size_t n, cap;
};

/* Free what it holds. */
void vg_case_alerts_term(struct vg_case_alerts *list);

/* Read `alerts` of the expectation `n`, whose times count from `start_ms`. A
 * rule that is not named is the only one of `rules`. */
enum vg_rc vg_case_expected(struct vg_case_alerts *out, const struct vg_yaml *y,
			    const struct vg_yaml_node *n,
			    const struct vg_rules *rules, int64_t start_ms,
			    struct vg_err *err) VG_MUST_CHECK;

/* Add an alert that came, as it is at `clock_ms`. */
enum vg_rc vg_case_came(struct vg_case_alerts *out, const struct vg_replayed *a,
			int64_t clock_ms, struct vg_err *err) VG_MUST_CHECK;

/* Write a line for each way in which `came` is not what is `expected`; how
 * many. Times are shown from `start_ms`. */
size_t vg_case_diff(const struct vg_case_alerts *expected,
		    const struct vg_case_alerts *came, int64_t start_ms,
		    struct vg_buf *out);

#endif
