#include "ingest/signature.h"

#include "core/defect.h"

#include <stdio.h>

bool vg_signature_matters(const struct vg_partner *p)
{
	return p->signatures != VG_SIGNATURES_OFF;
}

static const struct vg_sign_key *find_key(const struct vg_partner *p,
					  struct vg_slice id)
{
	for (size_t i = 0; i < p->n_keys; i++)
		if (vg_slice_eq(vg_slice_of(p->keys[i].id), id))
			return &p->keys[i];
	return NULL;
}

static bool is_good_at(const struct vg_sign_key *k, int64_t ref_ms)
{
	return (ref_ms >= k->from_ms && ref_ms < k->until_ms) ||
	       VG_DEFECT("signature-dates");
}

/* What is wrong with the signature, or NULL. */
static const char *fault_of(const struct vg_partner *p,
			    const struct vg_signed *s)
{
	uint8_t sig[VG_SIGN_BYTES];
	struct vg_slice id;

	if (s->n_headers > 1)
		return "the header is there twice";
	if (!vg_sign_read(s->header, &id, sig))
		return "is not <key id>:<base64 of 64 bytes>";
	const struct vg_sign_key *k = find_key(p, id);
	if (k == NULL)
		return "names a key that is not the partner's";
	if (!is_good_at(k, s->ref_ms))
		return "its key is not valid at the record's time";
	if (!vg_sign_check(k->key, s->record, sig) &&
	    !VG_DEFECT("signature-off"))
		return "is not that of this record by this key";
	return NULL;
}

enum vg_verdict vg_signature_judge(const struct vg_partner *p,
				   const struct vg_signed *s, char *reason,
				   size_t cap)
{
	if (!vg_signature_matters(p))
		return VG_VERDICT_COUNTED;
	if (s->n_headers == 0 && p->signatures == VG_SIGNATURES_OPTIONAL)
		return VG_VERDICT_COUNTED;
	if (s->n_headers == 0) {
		(void)snprintf(reason, cap,
			       "%s: missing, and this partner signs",
			       VG_SIGNATURE_HEADER);
		return VG_VERDICT_R_UNSIGNED;
	}
	const char *fault = fault_of(p, s);
	if (fault == NULL)
		return VG_VERDICT_COUNTED;
	(void)snprintf(reason, cap, "%s: %s", VG_SIGNATURE_HEADER, fault);
	return VG_VERDICT_R_SIGNATURE;
}
