/*
 * Prometheus' Alertmanager, API version 2. It resolves by itself what it is not
 * told of again before endsAt, so what fires is told again every `resend`, with
 * an endsAt four times as far.
 */
#include "alert/doc_labels.h"
#include "alert/rules.h"
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

static void add_alert(cJSON *list, const cJSON *alert, const struct vg_way *w,
		      int64_t now_ms)
{
	cJSON *one = cJSON_CreateObject();
	bool firing = strcmp(text_of(alert, "state"), "firing") == 0;
	bool beat = strcmp(text_of(alert, "rule"), VG_WATCHDOG_RULE) == 0;
	int64_t again_ms = w->to->resend_ms;
	char at[VG_TIME_TEXT];

	if (beat && again_ms < w->to->watchdog_ms)
		again_ms = w->to->watchdog_ms;
	vg_doc_labels(one, alert, w->viewer);
	vg_doc_notes(one, alert);
	(void)cJSON_AddStringToObject(one, "startsAt", text_of(alert, "start"));
	vg_time_print_ms(at, now_ms + PATIENCE * again_ms);
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
