#include "alert/hold.h"

#include <stdio.h>

static const char ask_lead[] =
	VG_LUA_LEADS "return leads(ARGV[1]) and 1 or 0\n";

enum vg_rc vg_hold_leads(struct vg_store *s, const char *owner, bool *ours,
			 struct vg_err *err)
{
	const struct vg_slice arg[] = {vg_slice_of("vg:{vg}:lease"),
				       vg_slice_of(owner)};
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_eval(s, &r, ask_lead, 1, arg, 2, err);

	if (rc == VG_OK)
		*ours = vg_reply_int(r) == 1;
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_hold_each(struct vg_store *s, const char *key,
			const struct vg_field_taker *to, struct vg_err *err)
{
	char cursor[32] = "0";
	enum vg_rc rc;

	do {
		struct vg_reply *r = NULL;

		rc = vg_store_callf(s, &r, err, "HSCAN", key, cursor, "COUNT",
				    "500", (char *)NULL);
		if (rc != VG_OK)
			return rc;
		const struct vg_reply *list = vg_reply_at(r, 1);
		struct vg_slice next = vg_reply_text(vg_reply_at(r, 0));
		snprintf(cursor, sizeof cursor, "%.*s", (int)next.n, next.p);
		for (size_t i = 0; rc == VG_OK && i + 1 < vg_reply_count(list);
		     i += 2)
			rc = to->take(
				to->ctx, vg_reply_text(vg_reply_at(list, i)),
				vg_reply_text(vg_reply_at(list, i + 1)), err);
		vg_reply_free(r);
	} while (rc == VG_OK && strcmp(cursor, "0") != 0);
	return rc;
}
