#include "api/stix.h"

#include "alert/doc_public.h"
#include "api/tree.h"
#include "core/timefmt.h"
#include "core/vocab.h"

#include <cjson/cJSON.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>

/* Of vigie's own objects; the namespace of STIX is for observables alone. */
static const unsigned char NAMESPACE[16] = {0x6c, 0x1f, 0x1f, 0x4e, 0x4e, 0x1d,
					    0x4d, 0x6b, 0x9a, 0x0e, 0x8f, 0x8b,
					    0x2f, 0x0c, 0x7a, 0x51};

#define BORN	  "2026-01-01T00:00:00.000Z" /* of what has no time */
#define TLP_BORN  "2022-10-01T00:00:00.000Z"
#define TLP_FIELD "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

enum { NAME_MAX = 1024 };

static const struct {
	const char *label, *id, *word;
} tlp[] = {
	{"CLEAR", "94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"},
	{"GREEN", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"},
	{"AMBER", "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"},
	{"AMBER+STRICT", "939a9414-2ddd-4d32-a0cd-375ea402b003",
	 "amber+strict"},
	{"RED", "e828b379-4e03-4974-9ac4-e53a884c97c1", "red"},
};

/* One alert on its way. */
struct making {
	cJSON *list;
	const cJSON *doc;
	char main_id[VG_STIX_ID];    /* its campaign or grouping  */
	char maker_id[VG_STIX_ID];   /* who says so: the coalition */
	char marking_id[VG_STIX_ID]; /* empty: none               */
	char created[VG_TIME_TEXT], modified[VG_TIME_TEXT];
	cJSON *refs; /* ids of a grouping's objects; NULL of a campaign */
	bool failed;
};

void vg_stix_id(char out[VG_STIX_ID], const char *type, const char *name)
{
	unsigned char in[16 + NAME_MAX], h[20] = {0};
	int n = snprintf((char *)in + 16, NAME_MAX, "%s:%s", type, name);
	size_t len = n < NAME_MAX ? (size_t)n : NAME_MAX - 1;

	memcpy(in, NAMESPACE, 16);
	(void)gnutls_hash_fast(GNUTLS_DIG_SHA1, in, 16 + len, h);
	h[6] = (unsigned char)((h[6] & 0x0f) | 0x50);
	h[8] = (unsigned char)((h[8] & 0x3f) | 0x80);
	(void)snprintf(out, VG_STIX_ID,
		       "%s--%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		       "%02x%02x%02x%02x%02x%02x",
		       type, h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7],
		       h[8], h[9], h[10], h[11], h[12], h[13], h[14], h[15]);
}

static void put(struct making *m, cJSON *to, const char *name,
		const char *value)
{
	if (cJSON_AddStringToObject(to, name, value) == NULL)
		m->failed = true;
}

static void put_item(struct making *m, cJSON *to, const char *name,
		     const char *value)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(to, name);
	cJSON *item = cJSON_CreateString(value);

	if (list == NULL)
		list = cJSON_AddArrayToObject(to, name);
	if (!cJSON_AddItemToArray(list, item)) {
		cJSON_Delete(item);
		m->failed = true;
	}
}

static bool has_id(const struct making *m, const char *id)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, m->list)
	{
		if (strcmp(vg_tree_text(one, "id"), id) == 0)
			return true;
	}
	return false;
}

/* A new object of the list; NULL when it is there already. */
static cJSON *object(struct making *m, const char *type, const char *id,
		     const char *created, const char *modified)
{
	cJSON *o;

	if (has_id(m, id))
		return NULL;
	o = cJSON_CreateObject();
	if (!cJSON_AddItemToArray(m->list, o)) {
		cJSON_Delete(o);
		m->failed = true;
		return NULL;
	}
	put(m, o, "type", type);
	put(m, o, "spec_version", "2.1");
	put(m, o, "id", id);
	put(m, o, "created", created);
	if (modified != NULL)
		put(m, o, "modified", modified);
	return o;
}

/* The same, said by the coalition and marked as the alert is. */
static cJSON *marked(struct making *m, const char *type, const char *id)
{
	cJSON *o = object(m, type, id, m->created, m->modified);

	if (o == NULL)
		return NULL;
	put(m, o, "created_by_ref", m->maker_id);
	if (m->marking_id[0] != '\0')
		put_item(m, o, "object_marking_refs", m->marking_id);
	return o;
}

static void refer(struct making *m, const char *id)
{
	cJSON *item;

	if (m->refs == NULL)
		return;
	item = cJSON_CreateString(id);
	if (!cJSON_AddItemToArray(m->refs, item)) {
		cJSON_Delete(item);
		m->failed = true;
	}
}

static void relate(struct making *m, const char *from, const char *verb,
		   const char *to)
{
	char name[3 * VG_STIX_ID + 32], id[VG_STIX_ID];
	cJSON *o;

	(void)snprintf(name, sizeof name, "%s %s %s %s", m->main_id, from, verb,
		       to);
	vg_stix_id(id, "relationship", name);
	o = marked(m, "relationship", id);
	if (o == NULL)
		return;
	put(m, o, "relationship_type", verb);
	put(m, o, "source_ref", from);
	put(m, o, "target_ref", to);
	refer(m, id);
}

static void add_marking(struct making *m)
{
	const char *label = vg_tree_text(m->doc, "marking");
	size_t i = 0;
	char name[32];
	cJSON *o, *field;

	while (i < sizeof tlp / sizeof *tlp && strcmp(tlp[i].label, label) != 0)
		i++;
	if (i == sizeof tlp / sizeof *tlp)
		return;
	(void)snprintf(m->marking_id, sizeof m->marking_id,
		       "marking-definition--%s", tlp[i].id);
	o = object(m, "marking-definition", m->marking_id, TLP_BORN, NULL);
	if (o == NULL)
		return;
	(void)snprintf(name, sizeof name, "TLP:%s", label);
	put(m, o, "name", name);
	field = cJSON_AddObjectToObject(
		cJSON_AddObjectToObject(o, "extensions"), TLP_FIELD);
	put(m, field, "extension_type", "property-extension");
	put(m, field, "tlp_2_0", tlp[i].word);
}

/* Who: the coalition, or one of its partners. */
static void add_identity(struct making *m, char id[VG_STIX_ID],
			 const char *name)
{
	cJSON *o;

	vg_stix_id(id, "identity", name);
	o = object(m, "identity", id, BORN, BORN);
	if (o == NULL)
		return;
	put(m, o, "name", name);
	put(m, o, "identity_class", "organization");
}

/* "ipv4:203.0.113.7" as a pattern; false when it is of no kind known. */
static bool pattern_of(const char *indicator, char *out, size_t cap)
{
	static const char *const kinds[][2] = {
		{"ipv4:", "ipv4-addr:value"},
		{"ipv6:", "ipv6-addr:value"},
		{"domain:", "domain-name:value"},
		{"url:", "url:value"},
		{"email:", "email-addr:value"},
		{"md5:", "file:hashes.MD5"},
		{"sha256:", "file:hashes.'SHA-256'"}};
	char value[2 * 512 + 1];
	size_t n = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t len = strlen(kinds[i][0]);

		if (strncmp(indicator, kinds[i][0], len) != 0)
			continue;
		for (const char *c = indicator + len; *c != '\0'; c++) {
			if (n + 2 >= sizeof value)
				return false;
			if (*c == '\'' || *c == '\\')
				value[n++] = '\\';
			value[n++] = *c;
		}
		value[n] = '\0';
		return snprintf(out, cap, "[%s = '%s']", kinds[i][1], value) <
		       (int)cap;
	}
	return false;
}

static void add_indicator(struct making *m, const char *indicator)
{
	char pattern[1200], name[1200], id[VG_STIX_ID];
	cJSON *o;

	if (!pattern_of(indicator, pattern, sizeof pattern))
		return;
	(void)snprintf(name, sizeof name, "%s %s", m->main_id, indicator);
	vg_stix_id(id, "indicator", name);
	o = marked(m, "indicator", id);
	if (o != NULL) {
		put(m, o, "name", indicator);
		put(m, o, "pattern", pattern);
		put(m, o, "pattern_type", "stix");
		put(m, o, "valid_from", m->created);
		put_item(m, o, "indicator_types", "malicious-activity");
	}
	refer(m, id);
	if (m->refs == NULL)
		relate(m, id, "indicates", m->main_id);
}

/* The actor; *id is empty when the alert is of none. */
static void add_actor(struct making *m, char id[VG_STIX_ID])
{
	const cJSON *group = cJSON_GetObjectItemCaseSensitive(m->doc, "group");
	const char *actor = vg_tree_text(group, "actor");
	char name[NAME_MAX];
	cJSON *o;

	id[0] = '\0';
	if (actor[0] == '\0')
		return;
	/* What is the same for all who may see it has one id. */
	(void)snprintf(name, sizeof name, "%s %s", m->marking_id, actor);
	vg_stix_id(id, "intrusion-set", name);
	o = object(m, "intrusion-set", id, BORN, BORN);
	if (o != NULL) {
		put(m, o, "name", actor);
		if (m->marking_id[0] != '\0')
			put_item(m, o, "object_marking_refs", m->marking_id);
	}
	refer(m, id);
	if (m->refs == NULL)
		relate(m, m->main_id, "attributed-to", id);
}

static void add_places(struct making *m, const char *actor_id)
{
	const cJSON *list =
		cJSON_GetObjectItemCaseSensitive(m->doc, "countries");
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
	{
		const char *code = cJSON_GetStringValue(one), *name;
		char id[VG_STIX_ID];
		cJSON *o;

		if (code == NULL)
			continue;
		name = vg_country_name(vg_slice_of(code));
		vg_stix_id(id, "location", code);
		o = object(m, "location", id, BORN, BORN);
		if (o != NULL) {
			put(m, o, "name", name != NULL ? name : code);
			put(m, o, "country", code);
		}
		refer(m, id);
		if (m->refs == NULL && actor_id[0] != '\0')
			relate(m, actor_id, "targets", id);
	}
}

/* The first and last time at which `partner` saw it, as the rows have them. */
static void seen_by(const struct making *m, const char *partner,
		    const char *out[2])
{
	const cJSON *rows =
		cJSON_GetObjectItemCaseSensitive(m->doc, "first_seen");
	const cJSON *row;

	out[0] = out[1] = "";
	cJSON_ArrayForEach(row, rows)
	{
		const char *first = vg_tree_text(row, "first"),
			   *last = vg_tree_text(row, "last");

		if (strcmp(vg_tree_text(row, "partner"), partner) != 0)
			continue;
		/* Times of one form and zone: their order is that of text. */
		if (out[0][0] == '\0' || strcmp(first, out[0]) < 0)
			out[0] = first;
		if (strcmp(last, out[1]) > 0)
			out[1] = last;
	}
}

static void add_sightings(struct making *m)
{
	const cJSON *list =
		cJSON_GetObjectItemCaseSensitive(m->doc, "partners");
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
	{
		const char *partner = cJSON_GetStringValue(one), *seen[2];
		char who[VG_STIX_ID], id[VG_STIX_ID], name[2 * VG_STIX_ID];
		cJSON *o;

		if (partner == NULL)
			continue;
		add_identity(m, who, partner);
		(void)snprintf(name, sizeof name, "%s %s",
			       vg_tree_text(m->doc, "id"), partner);
		vg_stix_id(id, "sighting", name);
		o = marked(m, "sighting", id);
		if (o == NULL)
			continue;
		put(m, o, "sighting_of_ref", m->main_id);
		put_item(m, o, "where_sighted_refs", who);
		seen_by(m, partner, seen);
		if (seen[0][0] != '\0' && seen[1][0] != '\0') {
			put(m, o, "first_seen", seen[0]);
			put(m, o, "last_seen", seen[1]);
		}
	}
}

/* When it was first known, which its id holds, and last changed. */
static void set_times(struct making *m, const struct vg_book_alert *alert)
{
	const char *dash = strrchr(alert->id, '-');
	int64_t start = dash != NULL ? strtoll(dash + 1, NULL, 10) : 0;
	int64_t changed = alert->updated_ms;

	if (start <= 0)
		start = alert->start_ms;
	vg_time_print_ms(m->created, start);
	vg_time_print_ms(m->modified, changed > start ? changed : start);
}

static void add_main(struct making *m, const struct vg_book_alert *alert,
		     bool confirmed)
{
	const char *type = confirmed ? "campaign" : "grouping";
	cJSON *o;

	vg_stix_id(m->main_id, type, alert->id);
	o = marked(m, type, m->main_id);
	if (o == NULL)
		return;
	put(m, o, "name", vg_tree_text(m->doc, "title"));
	if (alert->withdrawn || alert->merged_into != NULL)
		m->failed |= cJSON_AddTrueToObject(o, "revoked") == NULL;
	if (confirmed) {
		put(m, o, "first_seen", vg_tree_text(m->doc, "start"));
		return;
	}
	put(m, o, "context", "suspicious-activity");
	m->refs = cJSON_AddArrayToObject(o, "object_refs");
	m->failed |= m->refs == NULL;
	refer(m, m->maker_id); /* a grouping is of one object at least */
}

bool vg_stix_alert(cJSON *list, const struct vg_book_alert *alert,
		   bool confirmed)
{
	struct making m = {.list = list};
	cJSON *doc = cJSON_ParseWithLength(alert->json, alert->json_len);
	char actor[VG_STIX_ID];

	if (!cJSON_IsObject(doc)) {
		cJSON_Delete(doc);
		return false;
	}
	vg_doc_public(doc);
	m.doc = doc;
	set_times(&m, alert);
	add_marking(&m);
	add_identity(&m, m.maker_id, "coalition");
	add_main(&m, alert, confirmed);
	if (!alert->withdrawn && alert->merged_into == NULL) {
		add_actor(&m, actor);
		add_indicator(&m, vg_tree_text(cJSON_GetObjectItemCaseSensitive(
						       doc, "group"),
					       "indicator"));
		add_places(&m, actor);
		add_sightings(&m);
	}
	cJSON_Delete(doc);
	return !m.failed;
}
