/*
 * Prometheus' Alertmanager, API version 2. It resolves by itself what it is not
 * told of again before endsAt, so what fires is told again every `resend`, with
 * an endsAt four times as far.
 */
#include "core/buf.h"
#include "core/timefmt.h"
#include "notify/transport.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE = 4 };

enum vg_rc vg_alertmanager_check(const struct vg_receiver *to,
				 struct vg_err *err)
{
	static const char *const schemes[] = {"http://", "https://", NULL};

	return vg_transport_check(to, schemes, err);
}

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

static void add_labels(cJSON *to, const cJSON *alert, const char *viewer)
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

static void add_notes(cJSON *to, const cJSON *alert)
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
	vg_buf_term(&b);
}

static void add_alert(cJSON *list, const cJSON *alert, const struct vg_way *w,
		      int64_t now_ms)
{
	cJSON *one = cJSON_CreateObject();
	bool firing = strcmp(text_of(alert, "state"), "firing") == 0;
	char at[VG_TIME_TEXT];

	add_labels(one, alert, w->viewer);
	add_notes(one, alert);
	(void)cJSON_AddStringToObject(one, "startsAt", text_of(alert, "start"));
	vg_time_print_ms(at, now_ms + PATIENCE * w->to->resend_ms);
	(void)cJSON_AddStringToObject(
		one, "endsAt", firing ? at : text_of(alert, "resolved_at"));
	if (!cJSON_AddItemToArray(list, one))
		cJSON_Delete(one);
}

enum vg_rc vg_alertmanager_send(struct vg_way *w, const struct vg_sending *s,
				struct vg_err *err)
{
	cJSON *doc = cJSON_ParseWithLength(s->body.p, s->body.n);
	cJSON *list = cJSON_CreateArray();
	const cJSON *one;
	size_t n = strlen(w->to->url);
	char url[2200], *body;
	enum vg_rc rc;

	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(doc, "alerts"))
		add_alert(list, one, w, s->now_ms);
	body = cJSON_PrintUnformatted(list);
	snprintf(url, sizeof url, "%s%sapi/v2/alerts", w->to->url,
		 n > 0 && w->to->url[n - 1] == '/' ? "" : "/");
	if (body == NULL) {
		rc = vg_err_set(err, VG_FATAL, "notify: out of memory");
	} else {
		const struct vg_post p = {
			.url = url,
			.header = {"Content-Type: application/json", "Expect:"},
			.n_header = 2,
			.body = vg_slice_of(body)};
		rc = vg_transport_post(w, &p, err);
	}
	cJSON_free(body);
	cJSON_Delete(list);
	cJSON_Delete(doc);
	return rc;
}
