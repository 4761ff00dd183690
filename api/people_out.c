#include "api/people_out.h"

#include "core/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void vg_people_write(struct vg_buf *out, const struct vg_people *p,
		     const struct vg_people_ids *ids)
{
	bool first = true;

	for (unsigned k = 0; k < VG_ACT_KINDS; k++) {
		enum vg_action_kind kind = (enum vg_action_kind)k;
		const struct vg_word *w = vg_people_word(p, ids, kind);

		if (w == NULL)
			continue;
		vg_buf_str(out, first ? "{\"" : ",\"");
		vg_buf_str(out, vg_action_past(w->reopened ? VG_ACT_REOPEN
							   : w->kind));
		vg_buf_str(out, "\":{\"n\":");
		vg_buf_i64(out, w->n);
		vg_buf_str(out, ",");
		vg_buf_str(out, w->json + 1);
		first = false;
	}
	if (!first)
		vg_buf_str(out, "}");
}

bool vg_people_words(const struct vg_word *out[VG_ACT_KINDS],
		     const struct vg_people *p, const struct vg_book *book,
		     const struct vg_book_alert *alert)
{
	struct vg_slice fingerprint;
	const struct vg_word *w;
	struct vg_people_ids ids;
	bool any = false;

	if (p == NULL)
		return false;
	fingerprint = vg_slice_of(alert->fingerprint);
	w = vg_people_at(p, vg_people_first(p, fingerprint));
	if (w == NULL || strncmp(w->alert, fingerprint.p, fingerprint.n) != 0)
		return false;
	vg_people_ids(&ids, p, book, alert);
	for (unsigned k = 0; k < VG_ACT_KINDS; k++) {
		out[k] = vg_people_word(p, &ids, (enum vg_action_kind)k);
		any = any || out[k] != NULL;
	}
	return any;
}

uint64_t vg_people_word_hash(const uint8_t *key, const struct vg_word *w)
{
	char text[VG_ACTION_TARGET + 64];
	int n = snprintf(text, sizeof text, "word %s %u %" PRId64, w->alert,
			 (unsigned)w->kind, w->n);

	return vg_hash64(key, text, (size_t)n);
}
