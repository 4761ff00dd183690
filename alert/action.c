#include "alert/action_member.h"

#include "core/json.h"
#include "core/text.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t span_max_ms = VG_ACTION_SPAN_DAYS * INT64_C(86400000);

/* By enum vg_action_kind. */
static const char *const names[][2] = {{"acknowledge", "acknowledged"},
				       {"assign", "assigned"},
				       {"comment", "commented"},
				       {"close", "closed"},
				       {"reopen", "reopened"},
				       {"verdict", "judged"},
				       {"release", "release_asked"},
				       {"silence", "silenced"},
				       {"unsilence", "unsilenced"},
				       {"keep", "kept"},
				       {"drop", "dropped"},
				       {"agree", "agreed"},
				       {"confirm", "confirmed"},
				       {"refuse", "refused"},
				       {"purge", "purged"}};

const char *vg_action_name(enum vg_action_kind kind)
{
	return kind < VG_ACT_KINDS ? names[kind][0] : NULL;
}

const char *vg_action_past(enum vg_action_kind kind)
{
	return names[kind][1];
}

bool vg_action_is_silence(enum vg_action_kind kind)
{
	return (VG_ACT_OF_SILENCES & VG_ACT_BIT(kind)) != 0;
}

bool vg_action_is_own(enum vg_action_kind kind)
{
	return (VG_ACT_OF_OWN & VG_ACT_BIT(kind)) != 0;
}

bool vg_action_is_answer(enum vg_action_kind kind)
{
	return (VG_ACT_OF_RELEASES & VG_ACT_BIT(kind)) != 0;
}

bool vg_action_is_target(struct vg_slice id)
{
	for (uint32_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		      c == '.'))
			return false;
	}
	return id.n >= 1 && id.n < VG_ACTION_TARGET;
}

static enum vg_rc refuse(struct vg_err *err, const char *member,
			 const char *fault)
{
	char shown[64];

	(void)vg_text_show(shown, sizeof shown, member, strlen(member));
	return vg_err_set(err, VG_DROP, "%s: %s", shown, fault);
}

static enum vg_rc take_all(struct vg_action *a, const cJSON *doc,
			   unsigned where, struct vg_err *err)
{
	const struct vg_action_member *m;
	const cJSON *v;

	cJSON_ArrayForEach(v, doc)
	{
		m = vg_action_member_find(v->string, where, a->kind);
		const char *fault =
			m == NULL ? "does not belong here" : m->take(a, v);

		if (fault != NULL)
			return refuse(err, v->string, fault);
	}
	for (size_t i = 0; (m = vg_action_member(i)) != NULL; i++)
		if ((m->where & where) != 0 &&
		    (m->needed & VG_ACT_BIT(a->kind)) != 0 &&
		    cJSON_GetObjectItemCaseSensitive(doc, m->name) == NULL)
			return refuse(err, m->name, "is missing");
	if (a->kind == VG_ACT_SILENCE && a->from_ms >= a->to_ms)
		return refuse(err, "to", "is not later than from");
	if (a->kind == VG_ACT_SILENCE && a->to_ms - a->from_ms > span_max_ms)
		return refuse(err, "to", "is more than 366 days on");
	return VG_OK;
}

static bool take_kind(struct vg_action *a, const cJSON *doc, unsigned among)
{
	const char *name = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, "action"));

	for (unsigned k = 0; name != NULL && k < VG_ACT_KINDS; k++) {
		if ((among & VG_ACT_BIT(k)) == 0 ||
		    strcmp(name, names[k][0]) != 0)
			continue;
		a->kind = (enum vg_action_kind)k;
		return true;
	}
	return false;
}

/* Judged by the strict reader first, so that the second one has no choice. */
static enum vg_rc parse(cJSON **out, struct vg_slice text, struct vg_err *err)
{
	struct vg_json strict = {0};
	size_t at = 0;
	enum vg_json_fault fault = vg_json_parse(&strict, text.p, text.n, &at);

	vg_json_term(&strict);
	if (fault == VG_JSON_MEMORY)
		return vg_err_set(err, VG_FATAL, "action: out of memory");
	if (fault != VG_JSON_OK)
		return vg_err_set(err, VG_DROP,
				  "no strict JSON (%s) at byte %zu",
				  vg_json_fault_name(fault), at);
	*out = cJSON_ParseWithLength(text.p, text.n);
	return cJSON_IsObject(*out)
		       ? VG_OK
		       : vg_err_set(err, VG_DROP, "no JSON object");
}

/* By enum vg_action_place: which actions a body may name. */
static const struct {
	unsigned kinds;
	const char *fault;
} places[] = {{VG_ACT_OF_ALERTS, "is not acknowledge, assign, comment, close, "
				 "reopen, verdict or release"},
	      {0, "does not belong here"},
	      {VG_ACT_OF_RELEASES, "is not agree, confirm or refuse"}};

enum vg_rc vg_action_body(struct vg_action *out, struct vg_slice text,
			  enum vg_action_place place, int64_t at_ms,
			  struct vg_err *err)
{
	bool silence = place == VG_BODY_SILENCE;
	struct vg_action a = {
		.kind = VG_ACT_SILENCE, .at_ms = at_ms, .from_ms = at_ms};
	cJSON *doc = NULL;
	enum vg_rc rc = parse(&doc, text, err);

	if (rc == VG_OK && silence &&
	    cJSON_GetObjectItemCaseSensitive(doc, "action") != NULL)
		rc = refuse(err, "action", places[place].fault);
	if (rc == VG_OK && !silence && !take_kind(&a, doc, places[place].kinds))
		rc = refuse(err, "action", places[place].fault);
	if (rc == VG_OK)
		rc = take_all(&a, doc, VG_IN_BODY, err);
	cJSON_Delete(doc);
	if (rc != VG_OK) {
		vg_action_term(&a);
		return rc;
	}
	*out = a;
	return VG_OK;
}

enum vg_rc vg_action_keep(struct vg_action *out, struct vg_slice text,
			  struct vg_err *err)
{
	const struct vg_action_member *m =
		vg_action_member_find("doc", VG_IN_RECORD, VG_ACT_KEEP);
	struct vg_action a = {.kind = VG_ACT_KEEP};
	cJSON *doc = NULL;
	enum vg_rc rc = parse(&doc, text, err);
	const char *fault = rc == VG_OK ? m->take(&a, doc) : NULL;

	cJSON_Delete(doc);
	if (rc == VG_OK && fault != NULL)
		return vg_err_set(err, VG_DROP, "the body %s", fault);
	if (rc == VG_OK)
		*out = a;
	return rc;
}

enum vg_rc vg_action_read(struct vg_action *out, struct vg_slice text,
			  struct vg_err *err)
{
	struct vg_action a = {.kind = VG_ACT_KINDS};
	cJSON *doc = NULL;
	enum vg_rc rc = VG_OK;

	if (text.p == NULL || text.n > VG_ACTION_RECORD_MAX)
		return vg_err_set(err, VG_DROP, "empty, or over 65536 bytes");
	rc = parse(&doc, text, err);
	if (rc == VG_OK && !take_kind(&a, doc, VG_ACT_OF_ANY))
		rc = refuse(err, "action", "is not known");
	if (rc == VG_OK)
		rc = take_all(&a, doc, VG_IN_RECORD, err);
	cJSON_Delete(doc);
	if (rc != VG_OK) {
		vg_action_term(&a);
		return rc;
	}
	*out = a;
	return VG_OK;
}

void vg_action_term(struct vg_action *a)
{
	free(a->text);
	cJSON_free(a->match);
	cJSON_free(a->doc);
	cJSON_free(a->viewers);
	*a = (struct vg_action){.kind = VG_ACT_KINDS};
}
