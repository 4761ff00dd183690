#include "api/viewer.h"

#include "core/defect.h"

const char *vg_viewer_name(const struct vg_config *cfg, unsigned slot)
{
	const struct vg_partner *p;

	if (slot == VG_SLOT_COALITION)
		return "coalition";
	if (slot == VG_SLOT_EXERCISE && cfg->is_exercise)
		return "exercise";
	p = vg_config_slot(cfg, slot);
	return p == NULL ? NULL : p->id;
}

bool vg_viewer_owns(unsigned viewer, unsigned slot)
{
	if (VG_DEFECT("api-own-any"))
		return true;
	return viewer == VG_SLOT_COALITION || viewer == VG_SLOT_EXERCISE ||
	       viewer == slot;
}
