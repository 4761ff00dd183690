#include "api/omitted.h"

#include <inttypes.h>
#include <stdio.h>

void vg_omitted_header(struct vg_answer *a, int64_t n)
{
	char text[24];

	if (n <= 0)
		return;
	(void)snprintf(text, sizeof text, "%" PRId64, n);
	vg_answer_header(a, "Vigie-Omitted", text);
}
