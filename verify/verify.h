/*
 * verify - the oracle of law 1: counts the topics again, by code that shares
 * nothing with ingest but the log reader and this format's written rules, and
 * compares with Redis cell by cell.
 *
 * For each partition it decodes with cJSON (after a check of its own that the
 * bytes are strict JSON), admits, and counts up to the stored offset, then
 * reads every cell of every live bucket, the account, offset, watermark and
 * ids. Needs the topic from offset 0 (or the log start, said loudly).
 */
#ifndef VG_VERIFY_VERIFY_H
#define VG_VERIFY_VERIFY_H

#include "aggregate/part.h"

#include <stdio.h>

struct vg_verify_opts {
	const struct vg_part_env *env;
	FILE *out;	/* differences and the final line */
	FILE *progress; /* a bar when a terminal, or NULL */
};

/* Compare. *differences counts what was printed. VG_OK also when there are
 * differences; VG_RETRY when Kafka or Redis is away. The last line on `out` is
 * "verify: P partitions, R records, C cells compared, D differences". */
enum vg_rc vg_verify(const struct vg_verify_opts *o, size_t *differences,
		     struct vg_err *err) VG_MUST_CHECK;

#endif
