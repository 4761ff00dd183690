/*
 * A Kafka topic: one record an alert, keyed by its id, so that a compacted
 * topic holds the last of each.
 */
#include "core/buf.h"
#include "notify/kinds.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX "alerts.out."

enum vg_rc vg_topic_check(const struct vg_receiver *to, struct vg_err *err)
{
	(void)to;
	(void)err;
	return VG_OK; /* the broker judges */
}

static void name_topic(const struct vg_way *w, char out[256])
{
	if (vg_is_set(w->to->topic)) {
		snprintf(out, 256, "%s", w->to->topic);
		return;
	}
	int n = snprintf(out, 256, PREFIX "%s", w->viewer);
	for (int i = 0; i < n && i < 255; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
}

/* Print each alert of the notification, and say which record it is. */
static size_t fill(cJSON *doc, const char *topic, const char *id,
		   struct vg_topic_record *record, size_t cap)
{
	const cJSON *one;
	size_t n = 0;

	cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(doc, "alerts"))
	{
		const char *key = cJSON_GetStringValue(
			cJSON_GetObjectItemCaseSensitive(one, "id"));
		char *text = cJSON_PrintUnformatted(one);

		if (key == NULL || text == NULL || n == cap) {
			cJSON_free(text);
			continue;
		}
		record[n++] =
			(struct vg_topic_record){.topic = topic,
						 .key = vg_slice_of(key),
						 .value = vg_slice_of(text),
						 .id = id};
	}
	return n;
}

enum vg_rc vg_topic_send(struct vg_way *w, const struct vg_sending *s,
			 struct vg_err *err)
{
	enum { MOST = 128 };
	cJSON *doc = cJSON_ParseWithLength(s->body.p, s->body.n);
	struct vg_topic_record record[MOST];
	char topic[256];
	enum vg_rc rc;

	name_topic(w, topic);
	size_t n = fill(doc, topic, s->id, record, MOST);
	if (w->topics == NULL)
		rc = vg_err_set(err, VG_RETRY, "there is no Kafka client");
	else
		rc = w->topics->send(w->topics->ctx, record, n,
				     w->to->timeout_ms, err);
	for (size_t i = 0; i < n; i++)
		cJSON_free((void *)(uintptr_t)record[i].value.p);
	cJSON_Delete(doc);
	return rc;
}
