/*
 * fuzz_strict - any bytes through both readers of JSON: core's fast one and
 * the oracle's slow one take exactly the same texts.
 */
#include "core/json.h"
#include "verify/strict.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vg_json j = {0};
	size_t at = 0;

	/* A block of the exact size: a step outside is seen. */
	char *text = malloc(size > 0 ? size : 1);
	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	enum vg_json_fault f = vg_json_parse(&j, text, size, &at);
	bool good = vg_strict_json(text, size);
	if (good != (f == VG_JSON_OK)) {
		fprintf(stderr, "fuzz_strict: core says %s at %zu, verify %s\n",
			vg_json_fault_name(f), at, good ? "good" : "bad");
		abort();
	}
	vg_json_term(&j);
	free(text);
	return 0;
}
