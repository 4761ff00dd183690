/* What people say about a copy. Making one: release_ask.c. */
#include "alert/release_parts.h"

#include "core/audience.h"
#include "core/config.h"
#include "core/defect.h"
#include "core/timefmt.h"

#include <stdio.h>

const char *vg_release_text(const cJSON *o, const char *name)
{
	const char *s =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL ? s : "";
}

const cJSON *vg_release_member(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

void vg_release_set(cJSON *o, const char *name, const char *text)
{
	cJSON_DeleteItemFromObjectCaseSensitive(o, name);
	(void)cJSON_AddStringToObject(o, name, text);
}

void vg_release_set_instant(cJSON *o, const char *name, int64_t ms)
{
	char text[VG_TIME_TEXT];

	vg_time_print_ms(text, ms);
	vg_release_set(o, name, text);
}

void vg_release_sign(cJSON *o, const struct vg_action *a)
{
	vg_release_set(o, "action", a->id);
	vg_release_set(o, "viewer", a->viewer);
	vg_release_set(o, "author", a->author);
	vg_release_set_instant(o, "at", a->at_ms);
	if (a->text != NULL)
		vg_release_set(o, "text", a->text);
}

cJSON *vg_release_set_list(cJSON *o, const char *name)
{
	cJSON_DeleteItemFromObjectCaseSensitive(o, name);
	return cJSON_AddArrayToObject(o, name);
}

const struct cJSON *vg_release_of(const struct cJSON *doc)
{
	return vg_release_member(doc, "_release");
}

bool vg_release_is(const struct cJSON *doc)
{
	return cJSON_IsObject(vg_release_of(doc));
}

bool vg_release_lists(const cJSON *list, const char *text)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
	{
		if (cJSON_IsString(one) && strcmp(one->valuestring, text) == 0)
			return true;
	}
	return false;
}

bool vg_release_asks(const struct cJSON *release, const char *viewer)
{
	return vg_release_lists(vg_release_member(release, "needs"), viewer);
}

int64_t vg_release_lapse_ms(const struct cJSON *release)
{
	int64_t at_ms = 0;

	(void)vg_time_parse(vg_slice_of(vg_release_text(release, "at")),
			    &at_ms);
	return at_ms + VG_RELEASE_DAYS * INT64_C(86400000);
}

static cJSON *own(cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

static void note(cJSON *to, const char *name, const struct vg_action *a)
{
	cJSON *o = cJSON_CreateObject();

	vg_release_sign(o, a);
	cJSON_DeleteItemFromObjectCaseSensitive(to, name);
	if (!cJSON_AddItemToObject(to, name, o))
		cJSON_Delete(o);
}

/* Every partner that is asked has agreed, and a second person confirmed it. */
static bool is_whole(const cJSON *release)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, vg_release_member(release, "needs"))
	{
		const char *id = cJSON_GetStringValue(one);

		if (id == NULL ||
		    vg_release_member(vg_release_member(release, "agreed"),
				      id) == NULL)
			return false;
		if (vg_release_member(vg_release_member(release, "confirmed"),
				      id) == NULL)
			return false;
	}
	return true;
}

static bool is_refused(const cJSON *release)
{
	return cJSON_GetArraySize(vg_release_member(release, "refused")) > 0;
}

/* From now on it is theirs: in the order of slots, as a class is named. */
static void hand_over(cJSON *doc, cJSON *release, const struct vg_action *a,
		      const struct vg_config *cfg)
{
	char class_name[VG_CLASS_NAME_MAX] = "";
	cJSON *viewers = vg_release_set_list(doc, "viewers");
	size_t n = 0;

	for (int slot = 0; slot <= VG_SLOT_EXERCISE; slot++) {
		const cJSON *one;

		cJSON_ArrayForEach(one, vg_release_member(release, "to"))
		{
			const char *id = cJSON_GetStringValue(one);

			if (id == NULL ||
			    vg_config_viewer(cfg, vg_slice_of(id)) != slot ||
			    vg_release_lists(viewers, id))
				continue;
			(void)cJSON_AddItemToArray(viewers,
						   cJSON_CreateString(id));
			n += (size_t)snprintf(class_name + n,
					      sizeof class_name - n, "%s%s",
					      n > 0 ? "+" : "", id);
		}
	}
	vg_release_set(doc, "class", class_name);
	vg_release_set_instant(release, "released_at", a->at_ms);
	cJSON *said = cJSON_AddObjectToObject(doc, "released");
	vg_release_set(said, "by", vg_release_text(release, "viewer"));
	vg_release_set_instant(said, "at", a->at_ms);
	vg_release_set_instant(doc, "detected_at", a->at_ms);
}

/* What was shown is shown no more, and that it is not, to those who saw it. */
static void take_back(cJSON *doc)
{
	static const char *const lists_of[] = {"countries", "first_seen",
					       "partners", "without"};

	for (size_t i = 0; i < sizeof lists_of / sizeof *lists_of; i++)
		(void)vg_release_set_list(doc, lists_of[i]);
	cJSON_DeleteItemFromObjectCaseSensitive(doc, "tipping");
	cJSON_DeleteItemFromObjectCaseSensitive(doc, "values");
	(void)cJSON_AddObjectToObject(doc, "values");
	cJSON_DeleteItemFromObjectCaseSensitive(doc, "withdrawn");
	(void)cJSON_AddTrueToObject(doc, "withdrawn");
}

static bool by_same(const cJSON *entry, const struct vg_action *a)
{
	return strcmp(vg_release_text(entry, "action"), a->id) == 0;
}

/* Agree or confirm: by whose people, after what. */
static enum vg_release_said may(const cJSON *release, const struct vg_action *a)
{
	const cJSON *agreed = vg_release_member(
		vg_release_member(release, "agreed"), a->viewer);
	const cJSON *confirmed = vg_release_member(
		vg_release_member(release, "confirmed"), a->viewer);

	if (by_same(agreed, a) || by_same(confirmed, a))
		return VG_RELEASE_REPEATED;
	if (strcmp(a->digest, vg_release_text(release, "digest")) != 0)
		return VG_RELEASE_OTHER;
	if (a->kind == VG_ACT_AGREE)
		return agreed != NULL ? VG_RELEASE_TWICE : VG_RELEASE_NOTED;
	if (agreed == NULL)
		return VG_RELEASE_FIRST;
	if (confirmed != NULL)
		return VG_RELEASE_TWICE;
	if (strcmp(vg_release_text(agreed, "author"), a->author) == 0 &&
	    !VG_DEFECT("release-two-eyes"))
		return VG_RELEASE_SAME;
	return VG_RELEASE_NOTED;
}

static enum vg_release_said agree(cJSON *doc, cJSON *release,
				  const struct vg_action *a,
				  const struct vg_config *cfg)
{
	enum vg_release_said said = may(release, a);

	if (said != VG_RELEASE_NOTED)
		return said;
	note(own(release, a->kind == VG_ACT_AGREE ? "agreed" : "confirmed"),
	     a->viewer, a);
	/* Another may have refused: nobody is told, and nothing comes of it. */
	if (is_whole(release) && !is_refused(release))
		hand_over(doc, release, a, cfg);
	return VG_RELEASE_NOTED;
}

static enum vg_release_said refuse(cJSON *doc, cJSON *release,
				   const struct vg_action *a, bool released)
{
	note(own(release, "refused"), a->viewer, a);
	if (released)
		take_back(doc);
	return VG_RELEASE_NOTED;
}

/* What the viewer may know to be over. Of a refusal by another partner nobody
 * is told that is asked, as it would say that there is one. */
bool vg_release_is_over(const struct cJSON *release, const char *viewer,
			int64_t now_ms)
{
	const cJSON *refused = vg_release_member(release, "refused");
	const char *asker = vg_release_text(release, "viewer");

	if (vg_release_member(release, "released_at") != NULL)
		return is_refused(release);
	if (now_ms > vg_release_lapse_ms(release) ||
	    vg_release_member(refused, asker) != NULL ||
	    vg_release_member(refused, viewer) != NULL)
		return true;
	return strcmp(asker, viewer) == 0 && is_refused(release);
}

enum vg_release_said vg_release_say(struct cJSON *doc,
				    const struct vg_action *a,
				    const struct vg_config *cfg)
{
	cJSON *release = own(doc, "_release");
	bool asker = strcmp(vg_release_text(release, "viewer"), a->viewer) == 0;
	bool released = vg_release_member(release, "released_at") != NULL;
	enum vg_release_said said;

	if (!vg_release_asks(release, a->viewer) &&
	    !(asker && a->kind == VG_ACT_REFUSE))
		return VG_RELEASE_NOT_ASKED;
	if (by_same(vg_release_member(vg_release_member(release, "refused"),
				      a->viewer),
		    a))
		return VG_RELEASE_REPEATED;
	if (vg_release_is_over(release, a->viewer, a->at_ms))
		return VG_RELEASE_OVER;
	said = a->kind == VG_ACT_REFUSE ? refuse(doc, release, a, released)
					: agree(doc, release, a, cfg);
	if (said == VG_RELEASE_NOTED)
		vg_release_set_instant(doc, "updated_at", a->at_ms);
	return said;
}
