#include "api/alert_rows.h"

#include "alert/doc_public.h"
#include "api/alert_out.h"
#include "api/tree.h"

#include <cjson/cJSON.h>

/* In the order of the table. */
static const char *const columns[] = {
	"id",	   "rule",	"title",    "severity",	   "state",
	"start",   "end",	"peak",	    "class",	   "group",
	"marking", "countries", "partners", "detected_at", "updated_at"};

enum { COLUMNS = sizeof columns / sizeof *columns };

void vg_alert_columns(struct vg_rows *t)
{
	for (size_t i = 0; i < COLUMNS; i++)
		vg_rows_column(t, vg_slice_of(columns[i]));
}

bool vg_alert_row(struct vg_rows *t, const struct vg_book_alert *alert,
		  int64_t now_ms, int *marking)
{
	cJSON *doc = cJSON_ParseWithLength(alert->json, alert->json_len);

	if (!cJSON_IsObject(doc)) {
		cJSON_Delete(doc);
		return false;
	}
	vg_doc_public(doc);
	(void)cJSON_AddStringToObject(
		doc, "state",
		vg_alert_state_name(vg_alert_state(alert, now_ms)));
	vg_tree_row(t, doc);
	vg_alert_marking(alert, marking);
	cJSON_Delete(doc);
	return true;
}
