#include "alert/doc_labels.h"

#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const cJSON *o, const char *name)
{
	const char *s =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL ? s : "";
}

/* [a-zA-Z_][a-zA-Z0-9_]*, behind what keeps it from names of our own. */
static void label(cJSON *labels, const char *name, const char *value)
{
	char own[128];
	size_t n = 0;

	for (const char *p = name; *p != '\0' && n + 1 < sizeof own; p++) {
		bool ok = (*p >= 'a' && *p <= 'z') ||
			  (*p >= 'A' && *p <= 'Z') ||
			  (n > 0 && *p >= '0' && *p <= '9');
		own[n++] = ok ? *p : '_';
	}
	own[n] = '\0';
	if (n > 0 && value[0] != '\0' &&
	    cJSON_GetObjectItemCaseSensitive(labels, own) == NULL)
		(void)cJSON_AddStringToObject(labels, own, value);
}

void vg_doc_labels(cJSON *to, const cJSON *alert, const char *viewer)
{
	cJSON *labels = cJSON_AddObjectToObject(to, "labels");
	const cJSON *severity =
		cJSON_GetObjectItemCaseSensitive(alert, "severity");
	const cJSON *group = cJSON_GetObjectItemCaseSensitive(alert, "group");
	char digits[32];

	snprintf(digits, sizeof digits, "%d",
		 cJSON_IsNumber(severity) ? severity->valueint : 0);
	label(labels, "alertname", text_of(alert, "rule"));
	label(labels, "severity", digits);
	label(labels, "viewer", viewer);
	label(labels, "vigie_id", text_of(alert, "id"));
	for (const cJSON *g = group != NULL ? group->child : NULL; g != NULL;
	     g = g->next)
		if (cJSON_IsString(g))
			label(labels, g->string, g->valuestring);
}

void vg_doc_spread(struct vg_buf *out, const cJSON *campaign)
{
	const cJSON *one;
	bool first = true;

	vg_buf_str(out, "");
	cJSON_ArrayForEach(
		one, cJSON_GetObjectItemCaseSensitive(campaign, "countries"))
	{
		const cJSON *after =
			cJSON_GetObjectItemCaseSensitive(one, "after_ms");
		char text[VG_TIME_TEXT];

		vg_duration_print(text, cJSON_IsNumber(after)
						? (int64_t)after->valuedouble
						: 0);
		vg_buf_printf(out, "%s%s +%s", first ? "" : ", ",
			      text_of(one, "country"), text);
		first = false;
	}
}

static void add_campaign(cJSON *notes, const cJSON *campaign)
{
	const cJSON *velocity =
		cJSON_GetObjectItemCaseSensitive(campaign, "velocity");
	struct vg_buf spread = {0};
	char digits[32] = "";

	if (campaign == NULL)
		return;
	vg_doc_spread(&spread, campaign);
	if (cJSON_IsNumber(velocity))
		snprintf(digits, sizeof digits, "%.6g", velocity->valuedouble);
	label(notes, "stage", text_of(campaign, "stage"));
	label(notes, "spread", spread.failed ? "" : spread.p);
	label(notes, "velocity", digits);
	vg_buf_term(&spread);
}

void vg_doc_notes(cJSON *to, const cJSON *alert)
{
	cJSON *notes = cJSON_AddObjectToObject(to, "annotations");
	const cJSON *countries =
		cJSON_GetObjectItemCaseSensitive(alert, "countries");
	struct vg_buf b = {0};
	const cJSON *one;

	vg_buf_str(&b, "");
	cJSON_ArrayForEach(one, countries)
	{
		if (!cJSON_IsString(one))
			continue;
		vg_buf_str(&b, b.n > 0 ? "," : "");
		vg_buf_str(&b, one->valuestring);
	}
	label(notes, "summary", text_of(alert, "title"));
	label(notes, "countries", b.failed ? "" : b.p);
	label(notes, "marking", text_of(alert, "marking"));
	label(notes, "replay", text_of(alert, "replay"));
	add_campaign(notes,
		     cJSON_GetObjectItemCaseSensitive(alert, "campaign"));
	vg_buf_term(&b);
}
