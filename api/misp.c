#include "api/misp.h"

#include "alert/doc_public.h"
#include "api/stix.h"
#include "api/tree.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX = 1024 };

static const struct {
	const char *label, *name, *colour;
} tags[] = {
	{"CLEAR", "tlp:clear", "#ffffff"},
	{"GREEN", "tlp:green", "#339900"},
	{"AMBER", "tlp:amber", "#ffc000"},
	{"AMBER+STRICT", "tlp:amber+strict", "#ffc000"},
	{"RED", "tlp:red", "#cc0033"},
};

/* What an indicator "ipv4:203.0.113.7" is to MISP. */
static const struct {
	const char *prefix, *type, *category;
} kinds[] = {
	{"ipv4:", "ip-src", "Network activity"},
	{"ipv6:", "ip-src", "Network activity"},
	{"domain:", "domain", "Network activity"},
	{"url:", "url", "Network activity"},
	{"email:", "email-src", "Payload delivery"},
	{"md5:", "md5", "Payload delivery"},
	{"sha256:", "sha256", "Payload delivery"},
};

/* An event on its way. */
struct making {
	const struct vg_book_alert *alert;
	cJSON *list; /* its attributes */
	bool failed;
	char stamp[24];
};

/* A UUIDv5: vg_stix_id() less the type before it. */
static void uuid_of(const char *type, const char *name, char out[VG_MISP_ID])
{
	char id[VG_STIX_ID];

	vg_stix_id(id, type, name);
	memcpy(out, id + strlen(type) + 2, VG_MISP_ID);
}

void vg_misp_id(const struct vg_book_alert *alert, char out[VG_MISP_ID])
{
	uuid_of("misp-event", alert->id, out);
}

/* Seconds since 1970 at which it last changed. */
static void stamp_of(const struct vg_book_alert *alert, char out[24])
{
	int64_t ms = alert->updated_ms > alert->start_ms ? alert->updated_ms
							 : alert->start_ms;

	(void)snprintf(out, 24, "%" PRId64, ms / 1000);
}

static void add_tag(cJSON *event, const char *label)
{
	cJSON *list = cJSON_AddArrayToObject(event, "Tag"), *tag;

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		if (strcmp(tags[i].label, label) != 0)
			continue;
		tag = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(tag, "name", tags[i].name);
		(void)cJSON_AddStringToObject(tag, "colour", tags[i].colour);
		(void)cJSON_AddItemToArray(list, tag);
	}
}

/* What an event and its line in the manifest have in common. */
static cJSON *open_event(const struct vg_book_alert *alert, const cJSON *doc)
{
	cJSON *event = cJSON_CreateObject(), *org;
	char day[VG_TIME_TEXT], stamp[24], id[VG_MISP_ID];

	vg_time_print(day, alert->start_ms);
	day[10] = '\0';
	stamp_of(alert, stamp);
	org = cJSON_AddObjectToObject(event, "Orgc");
	uuid_of("identity", "coalition", id);
	(void)cJSON_AddStringToObject(org, "name", "coalition");
	(void)cJSON_AddStringToObject(org, "uuid", id);
	(void)cJSON_AddStringToObject(event, "info",
				      vg_tree_text(doc, "title"));
	(void)cJSON_AddStringToObject(event, "date", day);
	(void)cJSON_AddStringToObject(event, "analysis", "1");
	(void)cJSON_AddStringToObject(event, "threat_level_id",
				      alert->severity >= 8   ? "1"
				      : alert->severity >= 5 ? "2"
							     : "3");
	(void)cJSON_AddStringToObject(event, "timestamp", stamp);
	add_tag(event, vg_tree_text(doc, "marking"));
	return event;
}

static cJSON *attribute(struct making *m, const char *type,
			const char *category, const char *value)
{
	char name[NAME_MAX], id[VG_MISP_ID];
	cJSON *a = cJSON_CreateObject();

	(void)snprintf(name, sizeof name, "%s %s %s", m->alert->id, type,
		       value);
	uuid_of("misp-attribute", name, id);
	(void)cJSON_AddStringToObject(a, "uuid", id);
	(void)cJSON_AddStringToObject(a, "type", type);
	(void)cJSON_AddStringToObject(a, "category", category);
	(void)cJSON_AddStringToObject(a, "value", value);
	(void)cJSON_AddBoolToObject(a, "to_ids", false);
	(void)cJSON_AddStringToObject(a, "timestamp", m->stamp);
	if (!cJSON_AddItemToArray(m->list, a)) {
		cJSON_Delete(a);
		m->failed = true;
		return NULL;
	}
	return a;
}

/* "ipv4:203.0.113.7"; what MISP has no type for is a text. */
static void add_indicator(struct making *m, const char *indicator)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t n = strlen(kinds[i].prefix);
		cJSON *a;

		if (strncmp(indicator, kinds[i].prefix, n) != 0)
			continue;
		a = attribute(m, kinds[i].type, kinds[i].category,
			      indicator + n);
		(void)cJSON_ReplaceItemInObject(a, "to_ids",
						cJSON_CreateTrue());
		return;
	}
	(void)attribute(m, "text", "Other", indicator);
}

static void add_group(struct making *m, const cJSON *group)
{
	const cJSON *one;
	char text[NAME_MAX];

	cJSON_ArrayForEach(one, group)
	{
		const char *value = cJSON_GetStringValue(one);

		if (value == NULL || value[0] == '\0')
			continue;
		if (strcmp(one->string, "indicator") == 0) {
			add_indicator(m, value);
		} else if (strcmp(one->string, "actor") == 0) {
			(void)attribute(m, "threat-actor", "Attribution",
					value);
		} else {
			(void)snprintf(text, sizeof text, "%s: %s", one->string,
				       value);
			(void)attribute(m, "text", "Other", text);
		}
	}
}

/* Each text of `list`; with `word` before it when that is not NULL. */
static void add_each(struct making *m, const cJSON *list, const char *word)
{
	const cJSON *one;
	char text[NAME_MAX];

	cJSON_ArrayForEach(one, list)
	{
		const char *value = cJSON_GetStringValue(one);

		if (value == NULL)
			continue;
		(void)snprintf(text, sizeof text, "%s%s",
			       word != NULL ? word : "", value);
		if (word != NULL)
			(void)attribute(m, "text", "Other", text);
		else
			(void)attribute(m, "target-location", "Targeting data",
					text);
	}
}

static cJSON *document(const struct vg_book_alert *alert)
{
	cJSON *doc = cJSON_ParseWithLength(alert->json, alert->json_len);

	if (cJSON_IsObject(doc)) {
		vg_doc_public(doc);
		return doc;
	}
	cJSON_Delete(doc);
	return NULL;
}

cJSON *vg_misp_meta(const struct vg_book_alert *alert)
{
	cJSON *doc = document(alert), *meta;

	if (doc == NULL)
		return NULL;
	meta = open_event(alert, doc);
	cJSON_Delete(doc);
	return meta;
}

cJSON *vg_misp_event(const struct vg_book_alert *alert)
{
	struct making m = {.alert = alert};
	cJSON *doc = document(alert), *all, *event;
	char id[VG_MISP_ID];

	if (doc == NULL)
		return NULL;
	vg_misp_id(alert, id);
	stamp_of(alert, m.stamp);
	all = cJSON_CreateObject();
	event = open_event(alert, doc);
	(void)cJSON_AddItemToObject(all, "Event", event);
	(void)cJSON_AddStringToObject(event, "uuid", id);
	(void)cJSON_AddStringToObject(event, "publish_timestamp", m.stamp);
	(void)cJSON_AddBoolToObject(event, "published", true);
	m.list = cJSON_AddArrayToObject(event, "Attribute");
	add_group(&m, cJSON_GetObjectItemCaseSensitive(doc, "group"));
	add_each(&m, cJSON_GetObjectItemCaseSensitive(doc, "countries"), NULL);
	add_each(&m, cJSON_GetObjectItemCaseSensitive(doc, "partners"),
		 "seen by ");
	cJSON_Delete(doc);
	if (!m.failed)
		return all;
	cJSON_Delete(all);
	return NULL;
}
