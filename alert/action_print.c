/*
 * The writing half of action: members in a fixed order, so that equal actions
 * are equal bytes.
 */
#include "alert/action.h"

#include "core/timefmt.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdlib.h>

static void add_text(cJSON *doc, const char *name, const char *text)
{
	(void)cJSON_AddStringToObject(doc, name, text);
}

static void add_instant(cJSON *doc, const char *name, int64_t ms)
{
	char text[VG_TIME_TEXT];

	vg_time_print_ms(text, ms);
	add_text(doc, name, text);
}

/* What the person said. */
static void add_content(cJSON *doc, const struct vg_action *a)
{
	if (a->kind == VG_ACT_ASSIGN && a->assignee[0] == '\0')
		(void)cJSON_AddNullToObject(doc, "assignee");
	else if (a->kind == VG_ACT_ASSIGN)
		add_text(doc, "assignee", a->assignee);
	if (a->kind == VG_ACT_VERDICT)
		add_text(doc, "verdict", a->verdict);
	if (a->viewers != NULL)
		(void)cJSON_AddRawToObject(doc, "viewers", a->viewers);
	if (a->digest[0] != '\0')
		add_text(doc, "digest", a->digest);
	if (a->kind == VG_ACT_SILENCE) {
		(void)cJSON_AddRawToObject(doc, "match", a->match);
		add_instant(doc, "from", a->from_ms);
		add_instant(doc, "to", a->to_ms);
	}
	if (vg_action_is_own(a->kind))
		add_text(doc, "kind", vg_own_kind_name(a->own));
	if (a->doc != NULL)
		(void)cJSON_AddRawToObject(doc, "doc", a->doc);
	if (a->text != NULL)
		add_text(doc, a->kind == VG_ACT_SILENCE ? "reason" : "text",
			 a->text);
}

static enum vg_rc put(struct vg_buf *out, cJSON *doc, struct vg_err *err)
{
	char *text = cJSON_PrintUnformatted(doc);

	if (text != NULL)
		vg_buf_str(out, text);
	cJSON_Delete(doc);
	if (text == NULL || out->failed) {
		cJSON_free(text);
		return vg_err_set(err, VG_FATAL, "action: out of memory");
	}
	cJSON_free(text);
	return VG_OK;
}

/* What it is about. */
static const char *target_name(enum vg_action_kind kind)
{
	if (vg_action_is_silence(kind))
		return "silence";
	if (vg_action_is_answer(kind))
		return "release";
	if (kind == VG_ACT_PURGE)
		return "partner";
	return vg_action_is_own(kind) ? "own" : "alert";
}

enum vg_rc vg_action_print(struct vg_buf *out, const struct vg_action *a,
			   struct vg_err *err)
{
	cJSON *doc = cJSON_CreateObject();

	assert(a->kind < VG_ACT_KINDS);
	(void)cJSON_AddNumberToObject(doc, "v", 1);
	add_text(doc, "id", a->id);
	add_text(doc, "viewer", a->viewer);
	add_text(doc, "author", a->author);
	add_instant(doc, "time", a->at_ms);
	add_text(doc, "action", vg_action_name(a->kind));
	add_text(doc, target_name(a->kind), a->target);
	add_content(doc, a);
	return put(out, doc, err);
}

enum vg_rc vg_action_entry(struct vg_buf *out, const struct vg_action *a,
			   struct vg_err *err)
{
	cJSON *doc = cJSON_CreateObject();

	if (a->kind != VG_ACT_SILENCE) {
		add_text(doc, "change", vg_action_past(a->kind));
		add_text(doc, "action", a->id);
	}
	add_instant(doc, "at", a->at_ms);
	add_text(doc, "author", a->author);
	add_text(doc, "viewer", a->viewer);
	add_content(doc, a);
	return put(out, doc, err);
}

bool vg_action_says_same(const char *entry, const char *other)
{
	cJSON *a = cJSON_Parse(entry), *b = cJSON_Parse(other);
	bool same;

	cJSON_DeleteItemFromObjectCaseSensitive(a, "at");
	cJSON_DeleteItemFromObjectCaseSensitive(b, "at");
	same = cJSON_IsObject(a) && cJSON_Compare(a, b, true);
	cJSON_Delete(a);
	cJSON_Delete(b);
	return same;
}
