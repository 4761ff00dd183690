/*
 * case_events - the events of a rule's test, from YAML to lines of canonical
 * JSON in their order of arrival.
 *
 * An event is a map of what the canonical format has, with `at` (an offset
 * from the start of the test) in place of `time`; `late` (how much later its
 * record came), `every` and `times` (repeated; `{n}` in its texts is then the
 * number of the repetition). What it does not say itself it has from the
 * `defaults` of its test, then of its file.
 *
 * Threads: pure. Errors: VG_INVAL with "file:line: what; remedy".
 */
#ifndef VG_CMD_CASE_EVENTS_H
#define VG_CMD_CASE_EVENTS_H

#include "core/buf.h"
#include "core/yaml.h"

enum { VG_CASE_EVENTS_MAX = 100000 }; /* of one test, repeated ones too */

struct vg_case_source {
	const struct vg_yaml *y;
	const struct vg_yaml_node *test, *file; /* maps; `defaults` in each */
	int64_t start_ms;
};

/* Write the lines to `out`; *n says how many. */
enum vg_rc vg_case_events(const struct vg_case_source *s, struct vg_buf *out,
			  size_t *n, struct vg_err *err) VG_MUST_CHECK;

/* An offset from the start of a test: a duration, or several in a row: 1h30m,
 * up to two years. */
enum vg_rc vg_case_offset(const struct vg_yaml *y, const struct vg_yaml_node *n,
			  int64_t *out, struct vg_err *err) VG_MUST_CHECK;

/* Write an offset in that form; negative ones with a sign. */
void vg_case_offset_print(struct vg_buf *out, int64_t ms);

/* `at` of map `n`: an offset, in ms. */
enum vg_rc vg_case_at(const struct vg_yaml *y, const struct vg_yaml_node *n,
		      int64_t *out, struct vg_err *err) VG_MUST_CHECK;

#endif
