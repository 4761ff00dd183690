/*
 * case_file - one file of rules' tests, run by the code that back-tests run.
 *
 *   rules: [a.yaml]      default: x.yaml beside x.test.yaml
 *   start: 2026-01-05T00:00:00Z
 *   defaults: {category: fraud}
 *   tests:
 *     - name: two countries are not enough
 *       events:
 *         - {at: 0s, partner: MA, actor: X}
 *       expect:
 *         - {at: 10m, alerts: []}
 *
 * docs/rules.md says all of it to people.
 *
 * Owner: the caller embeds it. Threads: main only.
 */
#ifndef VG_CMD_CASE_FILE_H
#define VG_CMD_CASE_FILE_H

#include "cmd/offline.h"

/* What all files together came to. */
struct vg_case_tally {
	size_t passed, failed;
	bool strict; /* also: each rule fires in some test, and not in some */
};

/* Run the tests of file `path`; what fails is said on standard output, each
 * test counted once. A file that cannot be read is one failure. */
void vg_case_file(const char *path, const struct vg_offline_words *words,
		  struct vg_case_tally *tally);

#endif
