#include "api/alert_out.h"

#include "alert/doc_public.h"
#include "core/audience.h"
#include "core/defect.h"

#include <assert.h>
#include <cjson/cJSON.h>

enum vg_alert_state vg_alert_state(const struct vg_book_alert *alert,
				   int64_t now_ms)
{
	assert(alert->resolve_after_ms >= 0);
	if (now_ms < alert->end_ms)
		return VG_ALERT_FIRING;
	if (now_ms - alert->end_ms < alert->resolve_after_ms)
		return VG_ALERT_RECOVERING;
	return VG_ALERT_RESOLVED;
}

const char *vg_alert_state_name(enum vg_alert_state s)
{
	static const char *const names[] = {"pending", "firing", "recovering",
					    "resolved"};

	return names[s];
}

bool vg_alert_class_has(const char *class_name, const char *viewer)
{
	size_t want = strlen(viewer);

	while (*class_name != '\0') {
		size_t n = strcspn(class_name, "+");

		if (n == want && memcmp(class_name, viewer, n) == 0)
			return true;
		class_name += n + (class_name[n] == '+');
	}
	return false;
}

bool vg_alert_sees(const struct vg_book_alert *alert, const char *viewer)
{
	if (VG_DEFECT("api-alert-class"))
		return true;
	return viewer != NULL && vg_alert_class_has(alert->class_name, viewer);
}

static void raise_marking(const cJSON *doc, int *marking)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(doc, "marking");
	int label;

	if (!cJSON_IsString(m))
		return;
	label = vg_tlp_find(vg_slice_of(m->valuestring));
	if (label > *marking)
		*marking = label;
}

/* Take `item` into `doc` under `name`; false when memory is out. */
static bool put(cJSON *doc, const char *name, cJSON *item)
{
	cJSON_DeleteItemFromObjectCaseSensitive(doc, name);
	if (item == NULL || !cJSON_AddItemToObject(doc, name, item)) {
		cJSON_Delete(item);
		return false;
	}
	return true;
}

static bool put_history(cJSON *doc, const char *history)
{
	cJSON *list = cJSON_Parse(history);

	if (list != NULL)
		vg_doc_public(list);
	return put(doc, "history", list);
}

bool vg_alert_write(struct vg_jout *j, const struct vg_book_alert *alert,
		    const char *history, int64_t now_ms, int *marking)
{
	cJSON *doc = cJSON_ParseWithLength(alert->json, alert->json_len);
	const char *state = vg_alert_state_name(vg_alert_state(alert, now_ms));
	char *text = NULL;
	bool ok = false;

	if (!cJSON_IsObject(doc))
		goto out;
	vg_doc_public(doc);
	if (!put(doc, "state", cJSON_CreateString(state)))
		goto out;
	if (history != NULL && !put_history(doc, history))
		goto out;
	text = cJSON_PrintUnformatted(doc);
	if (text == NULL)
		goto out;
	raise_marking(doc, marking);
	vg_jout_raw(j, text, strlen(text));
	ok = true;
out:
	cJSON_free(text);
	cJSON_Delete(doc);
	return ok;
}

/* Take over the members of `doc` that a wall shows. */
static bool copy_brief(cJSON *brief, const cJSON *doc)
{
	static const char *const shown[] = {
		"id",	     "fingerprint", "campaign", "stage",  "rule",
		"title",     "severity",    "group",	"start",  "end",
		"countries", "partners",    "peak",	"marking"};

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		const cJSON *m =
			cJSON_GetObjectItemCaseSensitive(doc, shown[i]);

		if (m != NULL && !put(brief, shown[i], cJSON_Duplicate(m, 1)))
			return false;
	}
	return true;
}

bool vg_alert_write_brief(struct vg_jout *j, const struct vg_book_alert *alert,
			  int64_t now_ms, int *marking)
{
	cJSON *doc = cJSON_ParseWithLength(alert->json, alert->json_len);
	const char *state = vg_alert_state_name(vg_alert_state(alert, now_ms));
	cJSON *brief = cJSON_CreateObject();
	char *text = NULL;
	bool ok;

	if (cJSON_IsObject(doc) && brief != NULL) {
		vg_doc_public(doc);
		if (copy_brief(brief, doc) &&
		    put(brief, "state", cJSON_CreateString(state)))
			text = cJSON_PrintUnformatted(brief);
	}
	ok = text != NULL;
	if (ok) {
		raise_marking(doc, marking);
		vg_jout_raw(j, text, strlen(text));
	}
	cJSON_Delete(doc);
	cJSON_Delete(brief);
	cJSON_free(text);
	return ok;
}
