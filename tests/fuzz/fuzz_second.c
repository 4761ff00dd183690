/*
 * fuzz_second - any bytes through ingest's decoder and the oracle's reading:
 * the same kind of record, and of an event the same members.
 */
#include "../second_fix.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct two_readers two;

	if (two.scratch == NULL && !two_readers_open(&two))
		abort();
	const char *differs = two_readings(&two, data, size);
	if (differs != NULL) {
		fprintf(stderr,
			"fuzz_second: %s differs; ingest says %s (%s)\n",
			differs, vg_verdict_name(two.decoded.verdict),
			two.decoded.reason);
		abort();
	}
	return 0;
}
