#include "ingest/fmt_cef.h"
#include "ingest/mask_scan.h"

/* Keys whose values are whatever somebody wrote or typed, and strings that only
 * their label explains. */
static const char *const keys[] = {"msg",
				   "message",
				   "cs1",
				   "cs2",
				   "cs3",
				   "cs4",
				   "cs5",
				   "cs6",
				   "flexString1",
				   "flexString2",
				   "reason",
				   "requestContext",
				   "oldFileId",
				   "rawEvent",
				   "requestCookies",
				   "deviceCustomString1",
				   "deviceCustomString2",
				   "deviceCustomString3",
				   "deviceCustomString4",
				   "deviceCustomString5",
				   "deviceCustomString6"};

static bool is_free(struct vg_slice key)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		if (vg_slice_eq(key, vg_slice_of(keys[i])))
			return true;
	}
	return false;
}

bool vg_mask_cef(char *p, size_t n)
{
	struct vg_slice text = {p, (uint32_t)n}, key, value;
	const char *head = n > 0 ? vg_cef_head(text) : NULL;
	bool changed = false;

	if (head == NULL)
		return false;
	text = (struct vg_slice){head, (uint32_t)(p + n - head)};
	struct vg_cef_pairs pairs = vg_cef_pairs_of(text);
	while (vg_cef_next(&pairs, &key, &value)) {
		size_t from = (size_t)(value.p - p);

		if (is_free(key) && vg_mask_range(p, from, from + value.n))
			changed = true;
	}
	return changed;
}
