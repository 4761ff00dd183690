/* config_member - from when until when a partner is a member, and how long its
 * identifiers are kept. */
#include "core/config_read.h"
#include "core/defect.h"
#include "core/timefmt.h"

bool vg_partner_is_member(const struct vg_partner *p, int64_t ref_ms)
{
	if (VG_DEFECT("member-always"))
		return true;
	return (!p->has_from || ref_ms >= p->from_ms) &&
	       (!p->has_until || ref_ms < p->until_ms);
}

bool vg_partner_has_left(const struct vg_partner *p, int64_t ref_ms)
{
	return p->has_until && ref_ms >= p->until_ms;
}

static enum vg_rc read_instant(const struct vg_config_read *r,
			       const struct vg_yaml_node *n,
			       const struct vg_option *o, const char *text,
			       int64_t *out)
{
	return vg_time_parse(vg_slice_of(text), out)
		       ? VG_OK
		       : vg_config_fail(r, n, o->name,
					"%.40s is no instant; write for "
					"example 2026-03-01T00:00:00Z",
					text);
}

enum vg_rc vg_config_member_from(struct vg_config_read *r,
				 const struct vg_yaml_node *n,
				 const struct vg_option *o, const char *text,
				 struct vg_partner *p)
{
	p->has_from = true;
	return read_instant(r, n, o, text, &p->from_ms);
}

enum vg_rc vg_config_member_until(struct vg_config_read *r,
				  const struct vg_yaml_node *n,
				  const struct vg_option *o, const char *text,
				  struct vg_partner *p)
{
	p->has_until = true;
	enum vg_rc rc = read_instant(r, n, o, text, &p->until_ms);

	if (rc == VG_OK && p->has_from && p->until_ms <= p->from_ms)
		return vg_config_fail(r, n, o->name,
				      "%.40s is not after member_from: %s "
				      "would never be a member; set it later",
				      text, p->id);
	return rc;
}

enum vg_rc vg_config_identifiers_kept(struct vg_config_read *r,
				      const struct vg_yaml_node *n,
				      const struct vg_option *o,
				      const char *text, struct vg_partner *p)
{
	struct vg_err why = {0};

	p->has_identifiers_kept = true;
	if (vg_option_int(o, text, &p->identifiers_kept_ms, &why) != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	return VG_OK;
}
