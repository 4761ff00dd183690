#include "alert/action_member.h"

#include "core/limits.h"
#include "core/text.h"
#include "core/timefmt.h"
#include "core/utf8.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

enum { VERSION = 1 };

#define OF_ALL	    VG_ACT_OF_ANY
#define OF_SILENCES VG_ACT_OF_SILENCES
#define OF(word)    VG_ACT_BIT(VG_ACT_##word)

/* Text that a terminal would only show: lines and tabs are all that is obeyed.
 */
static bool is_plain(const char *s, size_t max)
{
	size_t n = strlen(s), len;

	for (size_t i = 0; i < n; i += len) {
		len = vg_utf8_seq(s + i, n - i);
		if (len == 0 || (s[i] != '\n' && s[i] != '\t' &&
				 vg_text_is_control(s + i, len)))
			return false;
	}
	return n >= 1 && n <= max;
}

/* A text of 1 to `max` bytes; NULL when it is none. */
static const char *text_of(const cJSON *v, size_t max)
{
	return cJSON_IsString(v) && is_plain(v->valuestring, max)
		       ? v->valuestring
		       : NULL;
}

static const char *keep(char *out, size_t cap, const cJSON *v,
			const char *fault)
{
	const char *s = text_of(v, cap - 1);

	if (s == NULL)
		return fault;
	memcpy(out, s, strlen(s) + 1);
	return NULL;
}

static const char *take_instant(int64_t *out, const cJSON *v)
{
	return cJSON_IsString(v) &&
			       vg_time_parse(vg_slice_of(v->valuestring), out)
		       ? NULL
		       : "is no RFC 3339 instant";
}

static const char *take_text(struct vg_action *a, const cJSON *v)
{
	const char *s = text_of(v, VG_ACTION_TEXT_MAX);

	if (s == NULL)
		return "is no text of 1 to 4096 bytes without control "
		       "characters";
	a->text = strdup(s);
	return a->text != NULL ? NULL : "does not fit in memory";
}

static const char *take_assignee(struct vg_action *a, const cJSON *v)
{
	if (cJSON_IsNull(v))
		return NULL;
	return keep(a->assignee, sizeof a->assignee, v,
		    "is no text of 1 to 80 bytes, or null for nobody");
}

static const char *take_verdict(struct vg_action *a, const cJSON *v)
{
	const char *s = cJSON_GetStringValue(v);

	if (s == NULL || (strcmp(s, "true") != 0 && strcmp(s, "false") != 0 &&
			  strcmp(s, "known") != 0))
		return "is not \"true\", \"false\" or \"known\"";
	memcpy(a->verdict, s, strlen(s) + 1);
	return NULL;
}

static bool is_values(const cJSON *v)
{
	const cJSON *one;
	int n = 0;

	if (!cJSON_IsArray(v))
		return text_of(v, VG_ACTION_VALUE_MAX) != NULL;
	cJSON_ArrayForEach(one, v)
	{
		if (text_of(one, VG_ACTION_VALUE_MAX) == NULL ||
		    ++n > VG_ACTION_VALUES_MAX)
			return false;
	}
	return n > 0;
}

static const char *take_match(struct vg_action *a, const cJSON *v)
{
	const cJSON *one;
	int n = 0;

	if (!cJSON_IsObject(v) || v->child == NULL)
		return "is no object of conditions";
	cJSON_ArrayForEach(one, v)
	{
		if (!is_plain(one->string, VG_ACTION_VALUE_MAX) ||
		    !is_values(one) || ++n > VG_ACTION_MATCH_MAX)
			return "has more than 32 conditions, or one that "
			       "is no text or list of 1 to 256 texts";
	}
	a->match = cJSON_PrintUnformatted(v);
	return a->match != NULL ? NULL : "does not fit in memory";
}

static const char *take_viewers(struct vg_action *a, const cJSON *v)
{
	const cJSON *one;
	int n = 0;

	if (!cJSON_IsArray(v))
		return "is no list of viewers";
	cJSON_ArrayForEach(one, v)
	{
		if (text_of(one, sizeof a->viewer - 1) == NULL ||
		    ++n > VG_ACTION_VIEWERS_MAX)
			return "has more than 61, or one that is no viewer";
	}
	if (n == 0)
		return "names nobody";
	a->viewers = cJSON_PrintUnformatted(v);
	return a->viewers != NULL ? NULL : "does not fit in memory";
}

static const char *take_from(struct vg_action *a, const cJSON *v)
{
	return take_instant(&a->from_ms, v);
}

static const char *take_to(struct vg_action *a, const cJSON *v)
{
	return take_instant(&a->to_ms, v);
}

static const char *take_time(struct vg_action *a, const cJSON *v)
{
	return take_instant(&a->at_ms, v);
}

static const char *take_hex(char out[VG_ACTION_ID + 1], const cJSON *v)
{
	const char *s = cJSON_GetStringValue(v);

	if (s == NULL || strlen(s) != VG_ACTION_ID ||
	    strspn(s, "0123456789abcdef") != VG_ACTION_ID)
		return "is not 32 hex digits";
	memcpy(out, s, VG_ACTION_ID + 1);
	return NULL;
}

static const char *take_id(struct vg_action *a, const cJSON *v)
{
	return take_hex(a->id, v);
}

static const char *take_digest(struct vg_action *a, const cJSON *v)
{
	return take_hex(a->digest, v);
}

static const char *take_viewer(struct vg_action *a, const cJSON *v)
{
	return keep(a->viewer, sizeof a->viewer, v, "is no viewer");
}

static const char *take_author(struct vg_action *a, const cJSON *v)
{
	return keep(a->author, sizeof a->author, v, "is no author");
}

static const char *take_target(struct vg_action *a, const cJSON *v)
{
	const char *fault = keep(a->target, sizeof a->target, v, "is no id");

	return fault == NULL && !vg_action_is_target(vg_slice_of(a->target))
		       ? "is no id"
		       : fault;
}

static const char *take_own_kind(struct vg_action *a, const cJSON *v)
{
	const char *s = cJSON_GetStringValue(v);
	int kind = s != NULL ? vg_own_kind_find(vg_slice_of(s)) : -1;

	if (kind < 0)
		return "is not \"rule\" or \"watchlist\"";
	a->own = (enum vg_own_kind)kind;
	return NULL;
}

static const char *take_doc(struct vg_action *a, const cJSON *v)
{
	if (!cJSON_IsObject(v))
		return "is no object";
	a->doc = cJSON_PrintUnformatted(v);
	if (a->doc == NULL)
		return "does not fit in memory";
	if (strlen(a->doc) <= VG_OWN_TEXT_MAX)
		return NULL;
	cJSON_free(a->doc);
	a->doc = NULL;
	return "has more than 16384 bytes";
}

static const char *take_version(struct vg_action *a, const cJSON *v)
{
	(void)a;
	return cJSON_IsNumber(v) && v->valuedouble == VERSION ? NULL
							      : "is not 1";
}

/* Read ahead of all others: it says which of them belong. */
static const char *take_action(struct vg_action *a, const cJSON *v)
{
	(void)a;
	(void)v;
	return NULL;
}

static const struct vg_action_member members[] = {
	{"v", VG_IN_RECORD, OF_ALL, OF_ALL, take_version},
	{"id", VG_IN_RECORD, OF_ALL, OF_ALL, take_id},
	{"viewer", VG_IN_RECORD, OF_ALL, OF_ALL, take_viewer},
	{"author", VG_IN_RECORD, OF_ALL, OF_ALL, take_author},
	{"time", VG_IN_RECORD, OF_ALL, OF_ALL, take_time},
	{"alert", VG_IN_RECORD, VG_ACT_OF_ALERTS, VG_ACT_OF_ALERTS,
	 take_target},
	{"silence", VG_IN_RECORD, OF_SILENCES, OF_SILENCES, take_target},
	{"own", VG_IN_RECORD, VG_ACT_OF_OWN, VG_ACT_OF_OWN, take_target},
	{"release", VG_IN_RECORD, VG_ACT_OF_RELEASES, VG_ACT_OF_RELEASES,
	 take_target},
	{"partner", VG_IN_RECORD, OF(PURGE), OF(PURGE), take_target},
	{"digest", VG_IN_RECORD, VG_ACT_OF_RELEASES, OF(AGREE) | OF(CONFIRM),
	 take_digest},
	{"kind", VG_IN_RECORD, VG_ACT_OF_OWN, VG_ACT_OF_OWN, take_own_kind},
	{"doc", VG_IN_RECORD, OF(KEEP), OF(KEEP), take_doc},
	{"action", VG_IN_BODY | VG_IN_RECORD, OF_ALL, 0, take_action},
	{"text", VG_IN_BODY | VG_IN_RECORD,
	 VG_ACT_OF_ALERTS | VG_ACT_OF_RELEASES, OF(COMMENT), take_text},
	{"viewers", VG_IN_BODY | VG_IN_RECORD, OF(RELEASE), OF(RELEASE),
	 take_viewers},
	{"assignee", VG_IN_BODY | VG_IN_RECORD, OF(ASSIGN), OF(ASSIGN),
	 take_assignee},
	{"verdict", VG_IN_BODY | VG_IN_RECORD, OF(VERDICT), OF(VERDICT),
	 take_verdict},
	{"match", VG_IN_BODY | VG_IN_RECORD, OF(SILENCE), OF(SILENCE),
	 take_match},
	{"from", VG_IN_BODY | VG_IN_RECORD, OF(SILENCE), 0, take_from},
	{"to", VG_IN_BODY | VG_IN_RECORD, OF(SILENCE), OF(SILENCE), take_to},
	{"reason", VG_IN_BODY | VG_IN_RECORD, OF(SILENCE), OF(SILENCE),
	 take_text},
};

enum { MEMBERS = sizeof members / sizeof *members };

const struct vg_action_member *vg_action_member(size_t i)
{
	return i < MEMBERS ? &members[i] : NULL;
}

const struct vg_action_member *vg_action_member_find(const char *name,
						     unsigned where,
						     enum vg_action_kind kind)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (strcmp(members[i].name, name) == 0 &&
		    (members[i].where & where) != 0 &&
		    (members[i].kinds & VG_ACT_BIT(kind)) != 0)
			return &members[i];
	return NULL;
}
