#include "cmd/own_role.h"

#include "alert/desk.h"

enum vg_rc vg_own_role_begin(struct vg_own_role *r, struct vg_world *w,
			     struct vg_store *store, struct vg_err *err)
{
	struct vg_own_docs own = {.n = 0};
	enum vg_rc rc = vg_desk_own_at(store, &r->at, err);

	if (rc == VG_OK)
		rc = vg_desk_own(store, &own, err);
	if (rc == VG_OK && own.n > 0)
		rc = vg_world_own(w, &own, err);
	vg_own_term(&own);
	return rc;
}

enum vg_rc vg_own_role_step(struct vg_own_role *r, struct vg_turnover *t,
			    struct vg_store *store, struct vg_err *err)
{
	struct vg_own_docs own = {.n = 0};
	int64_t at = -1;
	enum vg_rc rc = vg_desk_own_at(store, &at, err);

	if (rc != VG_OK || at == r->at)
		return rc;
	rc = vg_desk_own(store, &own, err);
	if (rc == VG_OK)
		rc = vg_turnover_own(t, &own, err);
	vg_own_term(&own);
	if (rc == VG_OK)
		r->at = at;
	return rc;
}
