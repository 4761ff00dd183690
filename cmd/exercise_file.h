/*
 * exercise_file - the records of an exercise, from its file.
 *
 * YAML: a map of `title`, `defaults` and `events`, whose events are written as
 * those of a rule's test (cmd/case_events.h), each with its `partner`; or, in a
 * file called *.ndjson or *.jsonl, such an event a line.
 *
 * Owner: the caller embeds it and ends it with vg_exercise_file_term().
 * Errors: VG_INVAL with file, line and remedy.
 */
#ifndef VG_CMD_EXERCISE_FILE_H
#define VG_CMD_EXERCISE_FILE_H

#include "cmd/exercise_mark.h"
#include "core/buf.h"

enum { VG_EXERCISE_FILE_MAX = 16 << 20 }; /* bytes */

struct vg_exercise_line {
	const struct vg_partner *partner; /* of the configuration given */
	int64_t at_ms;			  /* of its record, since 1970  */
	struct vg_slice sensor, text;
};

struct vg_exercise_file {
	char title[VG_EXERCISE_TITLE_MAX + 1];
	struct vg_exercise_line *line; /* by at_ms */
	size_t n;
	int64_t span_ms; /* from offset 0 to the last record */
	struct vg_yaml *yaml;
	struct vg_buf text, sensors;
};

/* Read `path` for the partners of `cfg`; offsets then are from 1970. */
enum vg_rc vg_exercise_file_read(struct vg_exercise_file *f, const char *path,
				 const struct vg_config *cfg,
				 struct vg_err *err) VG_MUST_CHECK;

/* Put offset 0 at `start_ms`. */
enum vg_rc vg_exercise_file_start(struct vg_exercise_file *f,
				  const struct vg_config *cfg, int64_t start_ms,
				  struct vg_err *err) VG_MUST_CHECK;

/* Free what reading made; a zeroed one is allowed. */
void vg_exercise_file_term(struct vg_exercise_file *f);

#endif
