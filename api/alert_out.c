#include "api/alert_out.h"

#include "alert/doc_public.h"
#include "core/audience.h"
#include "core/defect.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>

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

static bool has(const char *text)
{
	return text != NULL && text[0] != '\0';
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

void vg_alert_marking(const struct vg_book_alert *alert, int *marking)
{
	cJSON *doc = cJSON_ParseWithLength(alert->json, alert->json_len);

	raise_marking(doc, marking);
	cJSON_Delete(doc);
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

/* What of a history goes where: its time, then how it came. */
struct placed {
	const char *at;
	int i;
	cJSON *entry;
};

static int by_time(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int c = strcmp(x->at, y->at);

	return c != 0 ? c : (x->i > y->i) - (x->i < y->i);
}

/* Move the elements of `from` into `list`, which stays ordered by `at`: both
 * have it in one form, with ms. False when memory is out. */
static bool merge_by_time(cJSON *list, cJSON *from)
{
	int n = cJSON_GetArraySize(list) + cJSON_GetArraySize(from), k = 0;
	struct placed *all = calloc((size_t)n + 1, sizeof *all);

	if (all == NULL)
		return false;
	while (k < n) {
		cJSON *one = cJSON_DetachItemFromArray(
			cJSON_GetArraySize(list) > 0 ? list : from, 0);
		const char *at = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(one, "at"));

		all[k] = (struct placed){at != NULL ? at : "", k, one};
		k++;
	}
	qsort(all, (size_t)n, sizeof *all, by_time);
	for (k = 0; k < n; k++)
		(void)cJSON_AddItemToArray(list, all[k].entry);
	free(all);
	return true;
}

static bool put_history(cJSON *doc, const struct vg_alert_more *more)
{
	cJSON *list = cJSON_Parse(more->history);
	cJSON *entries = has(more->entries) ? cJSON_Parse(more->entries) : NULL;
	bool ok = true;

	if (list != NULL)
		vg_doc_public(list);
	if (list != NULL && entries != NULL)
		ok = merge_by_time(list, entries);
	cJSON_Delete(entries);
	return put(doc, "history", list) && ok;
}

bool vg_alert_write(struct vg_jout *j, const struct vg_book_alert *alert,
		    const struct vg_alert_more *more, int64_t now_ms,
		    int *marking)
{
	cJSON *doc = cJSON_ParseWithLength(alert->json, alert->json_len);
	const char *state = vg_alert_state_name(vg_alert_state(alert, now_ms));
	const struct vg_alert_more none = {.history = NULL};
	char *text = NULL;
	bool ok = false;

	if (more == NULL)
		more = &none;
	if (!cJSON_IsObject(doc))
		goto out;
	vg_doc_public(doc);
	if (!put(doc, "state", cJSON_CreateString(state)))
		goto out;
	if (has(more->people) && !put(doc, "people", cJSON_Parse(more->people)))
		goto out;
	if (has(more->campaign) &&
	    !put(doc, "campaign", cJSON_Parse(more->campaign)))
		goto out;
	if (has(more->completeness) &&
	    !put(doc, "completeness", cJSON_Parse(more->completeness)))
		goto out;
	if (has(more->history) && !put_history(doc, more))
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
