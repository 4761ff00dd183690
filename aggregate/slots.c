#include "aggregate/slots.h"

#include "core/defect.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY "vg:{vg}:slots"

/* "17" or "17:purged" into a slot; false when it is neither. */
static bool read_name(struct vg_slice name, unsigned *slot, bool *purged)
{
	static const char tail[] = ":purged";
	const uint32_t tail_n = sizeof tail - 1;
	uint32_t n = name.n;
	unsigned v = 0;

	*purged = n > tail_n && memcmp(name.p + n - tail_n, tail, tail_n) == 0;
	if (*purged)
		n -= tail_n;
	for (uint32_t i = 0; i < n; i++) {
		if (name.p[i] < '0' || name.p[i] > '9' || i > 1)
			return false;
		v = v * 10 + (unsigned)(name.p[i] - '0');
	}
	*slot = v;
	return n > 0 && v < VG_PARTNERS_MAX;
}

static void put(char *out, size_t cap, struct vg_slice text)
{
	(void)snprintf(out, cap, "%.*s", (int)text.n, text.p);
}

enum vg_rc vg_slots_read(struct vg_store *s, struct vg_slots *out,
			 struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc =
		vg_store_callf(s, &r, err, "HGETALL", KEY, (char *)NULL);

	if (rc != VG_OK)
		return rc;
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2) {
		struct vg_slice text = vg_reply_text(vg_reply_at(r, i + 1));
		unsigned slot = 0;
		bool purged = false;

		if (!read_name(vg_reply_text(vg_reply_at(r, i)), &slot,
			       &purged))
			continue;
		struct vg_slot_use *u = &out->use[slot];
		if (purged)
			put(u->purged, sizeof u->purged, text);
		else
			put(u->id, sizeof u->id, text);
	}
	vg_reply_free(r);
	return VG_OK;
}

/* What speaks against partner `p` having its slot. */
static enum vg_rc judge(const struct vg_slots *slots,
			const struct vg_partner *p, struct vg_err *err)
{
	const char *had = slots->use[p->slot].id;

	if (had[0] != '\0' && strcmp(had, p->id) != 0 &&
	    !VG_DEFECT("slot-reused"))
		return vg_err_set(err, VG_INVAL,
				  "partners.slot: %s has slot %u, which was "
				  "%s's: its past would be shown to %s; give "
				  "it one that nobody had (`vigie partner "
				  "list`)",
				  p->id, p->slot, had, p->id);
	for (unsigned i = 0; i < VG_PARTNERS_MAX; i++)
		if (i != p->slot && strcmp(slots->use[i].id, p->id) == 0 &&
		    slots->use[i].purged[0] == '\0')
			return vg_err_set(err, VG_INVAL,
					  "partners.slot: %s has slot %u, and "
					  "its past is under slot %u; set it "
					  "to %u",
					  p->id, p->slot, i, i);
	return VG_OK;
}

enum vg_rc vg_slots_note(struct vg_store *s, const struct vg_config *cfg,
			 struct vg_err *err)
{
	struct vg_slots slots;
	enum vg_rc rc = vg_slots_read(s, &slots, err);

	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++)
		rc = judge(&slots, &cfg->partners[i], err);
	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++) {
		const struct vg_partner *p = &cfg->partners[i];
		bool given = false;

		if (slots.use[p->slot].id[0] != '\0')
			continue;
		rc = vg_slots_give(s, p->slot, p->id, &given, err);
		if (rc == VG_OK && !given)
			rc = vg_err_set(err, VG_INVAL,
					"partners.slot: slot %u of %s was just "
					"given to another; choose again",
					p->slot, p->id);
	}
	return rc;
}

int vg_slots_unused(const struct vg_slots *slots, const struct vg_config *cfg)
{
	bool used[VG_PARTNERS_MAX + 1] = {false};
	int past = 0;

	for (int i = 0; i < VG_PARTNERS_MAX; i++) {
		used[i] = slots->use[i].id[0] != '\0' ||
			  vg_config_slot(cfg, (unsigned)i) != NULL;
		past = used[i] ? i + 1 : past;
	}
	if (past < VG_PARTNERS_MAX)
		return past;
	for (int i = 0; i < VG_PARTNERS_MAX; i++)
		if (!used[i])
			return i;
	return -1;
}

enum vg_rc vg_slots_give(struct vg_store *s, unsigned slot, const char *id,
			 bool *given, struct vg_err *err)
{
	char number[16];
	struct vg_reply *r = NULL;

	(void)snprintf(number, sizeof number, "%u", slot);
	enum vg_rc rc = vg_store_callf(s, NULL, err, "HSETNX", KEY, number, id,
				       (char *)NULL);
	if (rc == VG_OK)
		rc = vg_store_callf(s, &r, err, "HGET", KEY, number,
				    (char *)NULL);
	if (rc != VG_OK)
		return rc;
	*given = vg_slice_eq(vg_reply_text(r), vg_slice_of(id));
	vg_reply_free(r);
	return VG_OK;
}

enum vg_rc vg_slots_purged(struct vg_store *s, unsigned slot, const char *when,
			   struct vg_err *err)
{
	char name[32];

	(void)snprintf(name, sizeof name, "%u:purged", slot);
	return vg_store_callf(s, NULL, err, "HSET", KEY, name, when,
			      (char *)NULL);
}
