/*
 * fuzz_json - any bytes through the JSON reader: it says where the fault is, or
 * its tokens agree with the text.
 */
#include "../json_check.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop(const char *complaint)
{
	fprintf(stderr, "fuzz_json: %s\n", complaint);
	abort();
}

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
	const char *complaint = f == VG_JSON_OK ? json_check(&j, size) : NULL;
	if (complaint != NULL)
		stop(complaint);
	if (at > size)
		stop("a fault outside the text");
	vg_json_term(&j);
	free(text);
	return 0;
}
