/*
 * A feed of MISP over the alerts that the asker may see: a manifest, and an
 * event for each alert. Those on trial, merged into another or withdrawn are
 * not in it: a feed cannot take anything back.
 */
#include "api/alert_out.h"
#include "api/misp.h"
#include "api/omitted.h"
#include "api/stix_routes.h"
#include "api/tree.h"
#include "api/viewer.h"

#include <cjson/cJSON.h>

static bool is_in_feed(const struct vg_service *s, const struct vg_request *r,
		       const struct vg_book_alert *alert)
{
	return vg_alert_is_listed(alert, false) &&
	       vg_alert_sees(alert, vg_viewer_name(s->env->cfg, r->viewer));
}

void vg_get_misp_manifest(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a)
{
	struct vg_jout j = vg_answer_json(a, 200);
	int64_t written = 0, omitted = 0;

	vg_jout_open(&j, '{');
	vg_book_read_lock(s->book);
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);
		char id[VG_MISP_ID];
		cJSON *meta;

		if (!is_in_feed(s, r, alert))
			continue;
		if (written == VG_MISP_MANIFEST_MAX) {
			omitted++;
			continue;
		}
		meta = vg_misp_meta(alert);
		if (meta == NULL)
			continue;
		vg_misp_id(alert, id);
		vg_jout_name(&j, id);
		vg_tree_write(&j, meta);
		cJSON_Delete(meta);
		written++;
	}
	vg_book_unlock(s->book);
	vg_jout_close(&j, '}');
	vg_omitted_header(a, omitted);
}

/* The alert whose event is called `name`: its id and ".json". */
static const struct vg_book_alert *find_locked(const struct vg_service *s,
					       const struct vg_request *r,
					       struct vg_slice name)
{
	static const char end[] = ".json";
	char id[VG_MISP_ID];

	if (name.n != VG_MISP_ID - 1 + sizeof end - 1 ||
	    memcmp(name.p + VG_MISP_ID - 1, end, sizeof end - 1) != 0)
		return NULL;
	name.n = VG_MISP_ID - 1;
	for (size_t i = 0; i < vg_book_count(s->book); i++) {
		const struct vg_book_alert *alert = vg_book_at(s->book, i);

		if (!is_in_feed(s, r, alert))
			continue;
		vg_misp_id(alert, id);
		if (vg_slice_eq(name, vg_slice_of(id)))
			return alert;
	}
	return NULL;
}

void vg_get_misp_event(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a)
{
	const struct vg_book_alert *alert;
	cJSON *event = NULL;
	struct vg_jout j;

	vg_book_read_lock(s->book);
	alert = find_locked(s, r, r->id);
	if (alert != NULL)
		event = vg_misp_event(alert);
	vg_book_unlock(s->book);
	if (event == NULL) {
		(void)vg_answer_fail(a, r, 404, "no-alert",
				     "there is no such event; "
				     "/misp/manifest.json lists those that "
				     "you may see");
		return;
	}
	j = vg_answer_json(a, 200);
	vg_tree_write(&j, event);
	cJSON_Delete(event);
}
