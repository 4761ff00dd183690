/* Whether an alert can be released, whom to ask, and the copy. */
#include "alert/release_parts.h"

#include "alert/doc_public.h"
#include "alert/replay.h"
#include "core/config.h"
#include "core/defect.h"
#include "core/hash.h"
#include "core/timefmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_true(const cJSON *o, const char *name)
{
	return cJSON_IsTrue(vg_release_member(o, name));
}

static enum vg_rc refuse(struct vg_err *err, const char *why)
{
	return vg_err_set(err, VG_DROP, "%s", why);
}

/* Rows are all that an alert rests on, and say who hides what: else nobody
 * could tell whom to ask. */
static enum vg_rc judge(const cJSON *doc, const struct vg_rules *rules,
			struct vg_err *err)
{
	const struct vg_rule *r =
		vg_rules_find(rules, vg_release_text(doc, "rule"));

	if (vg_release_is(doc))
		return refuse(err, "it is released itself");
	if (vg_release_member(doc, "merged_into") != NULL ||
	    is_true(doc, "withdrawn") || is_true(doc, "shadow"))
		return refuse(err, "it is merged, withdrawn or on trial");
	if (r == NULL)
		return refuse(err, "its rule is not in force any more");
	if (r->own_of != 0)
		return refuse(err, "its rule is a partner's own, of which "
				   "nobody else may know");
	if (r->n_chain > 0 || vg_rule_reach_ms(r) > r->window_ms)
		return refuse(err, "its rule looks at more than its rows "
				   "show");
	if (vg_release_member(doc, "rows_omitted") != NULL)
		return refuse(err, "it has more rows than are kept");
	return VG_OK;
}

/* The slots that `a` asks for; each new to the alert. */
static enum vg_rc read_to(uint64_t *out, const struct vg_action *a,
			  const cJSON *doc, const struct vg_config *cfg,
			  struct vg_err *err)
{
	cJSON *list = cJSON_Parse(a->viewers);
	const cJSON *one;
	enum vg_rc rc = VG_OK;

	*out = 0;
	cJSON_ArrayForEach(one, list)
	{
		const char *name = cJSON_GetStringValue(one);
		int slot = name == NULL
				   ? -1
				   : vg_config_viewer(cfg, vg_slice_of(name));

		if (slot < 0)
			rc = refuse(err, "viewers: one is no viewer");
		else if (vg_release_lists(vg_release_member(doc, "viewers"),
					  name))
			rc = refuse(err, "viewers: one of them sees it");
		else
			*out |= UINT64_C(1) << slot;
	}
	cJSON_Delete(list);
	if (rc == VG_OK && *out == 0)
		rc = refuse(err, "viewers: there is none");
	return rc;
}

/* The partners that hide a row from one of `to`. */
static enum vg_rc find_needs(cJSON *needs, const cJSON *doc, uint64_t to,
			     struct vg_err *err)
{
	const cJSON *who = vg_release_member(doc, "_seen_by");
	const cJSON *one;

	cJSON_ArrayForEach(one, vg_release_member(doc, "partners"))
	{
		const char *id = cJSON_GetStringValue(one);
		const char *hex = vg_release_text(who, id != NULL ? id : "");

		if ((to & ~strtoull(hex, NULL, 16)) == 0 ||
		    VG_DEFECT("release-asks-nobody"))
			continue;
		(void)cJSON_AddItemToArray(needs, cJSON_CreateString(id));
	}
	if (cJSON_GetArraySize(needs) == 0 && !VG_DEFECT("release-asks-nobody"))
		return refuse(err, "nobody hides a part of it from them");
	return VG_OK;
}

/* Equal for equal content, whenever it was found out. */
static void digest_of(char out[VG_ACTION_ID + 1], const cJSON *doc,
		      const uint8_t *hash_key)
{
	static const char *const said[] = {
		"rule",	      "rule_hash", "title",   "group",	 "start",
		"end",	      "peak",	   "peak_at", "marking", "values",
		"first_seen", "without",   "tipping"};
	cJSON *part = cJSON_CreateObject();
	char *text, hex[65];

	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		(void)cJSON_AddItemReferenceToObject(
			part, said[i],
			(cJSON *)(uintptr_t)vg_release_member(doc, said[i]));
	text = cJSON_PrintUnformatted(part);
	const struct vg_slice all = vg_slice_of(text != NULL ? text : "");
	vg_hmac_hex(hex, (struct vg_slice){(const char *)hash_key, VG_HASH_KEY},
		    &all, 1);
	memcpy(out, hex, VG_ACTION_ID);
	out[VG_ACTION_ID] = '\0';
	cJSON_free(text);
	cJSON_Delete(part);
}

static void name(struct vg_release_copy *out, const struct vg_action *a,
		 cJSON *copy, const struct vg_release_world *w)
{
	char text[VG_ACTION_ID + 16], fingerprint[VG_FINGERPRINT];
	int n = snprintf(text, sizeof text, "release %s", a->id);

	(void)snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64,
		       vg_hash64(w->hash_key, text, (size_t)n));
	(void)snprintf(out->id, sizeof out->id, "%s-%" PRId64, fingerprint,
		       out->start_ms);
	vg_release_set(copy, "id", out->id);
	vg_release_set(copy, "fingerprint", fingerprint);
}

/* What is said about the copy, before anybody answered. `needs` becomes a part
 * of it. */
static void add_release(cJSON *copy, const struct vg_action *a,
			const cJSON *doc, cJSON *needs, const char *digest)
{
	cJSON *r = cJSON_AddObjectToObject(copy, "_release");

	vg_release_set(r, "alert", a->target);
	vg_release_set(r, "class", vg_release_text(doc, "class"));
	vg_release_sign(r, a);
	vg_release_set(r, "digest", digest);
	(void)cJSON_AddRawToObject(r, "to", a->viewers);
	if (!cJSON_AddItemToObject(r, "needs", needs))
		cJSON_Delete(needs);
	(void)cJSON_AddObjectToObject(r, "agreed");
	(void)cJSON_AddObjectToObject(r, "confirmed");
	(void)cJSON_AddObjectToObject(r, "refused");
}

static void set_class(cJSON *copy, const char *class_name)
{
	vg_release_set(copy, "class", class_name);
	(void)vg_release_set_list(copy, "viewers");
}

static cJSON *make_copy(const cJSON *doc, const struct vg_action *a)
{
	cJSON *copy = cJSON_Duplicate(doc, true);

	if (copy == NULL)
		return NULL;
	vg_doc_public(copy);
	set_class(copy, VG_RELEASE_NOBODY);
	cJSON_DeleteItemFromObjectCaseSensitive(copy, "late_by_ms");
	cJSON_DeleteItemFromObjectCaseSensitive(copy, "revision");
	(void)cJSON_AddNumberToObject(copy, "revision", 0);
	vg_release_set_instant(copy, "detected_at", a->at_ms);
	vg_release_set_instant(copy, "updated_at", a->at_ms);
	return copy;
}

static enum vg_rc print(struct vg_buf *out, const cJSON *doc,
			struct vg_err *err)
{
	char *text = cJSON_PrintUnformatted(doc);

	if (text != NULL)
		vg_buf_str(out, text);
	cJSON_free(text);
	return text == NULL || out->failed
		       ? vg_err_set(err, VG_FATAL, "release: out of memory")
		       : VG_OK;
}

static enum vg_rc copy_it(struct vg_release_copy *out,
			  const struct vg_action *a, const cJSON *doc,
			  cJSON **needs, const struct vg_release_world *w,
			  struct vg_err *err)
{
	cJSON *copy = make_copy(doc, a);
	char digest[VG_ACTION_ID + 1];

	if (copy == NULL)
		return vg_err_set(err, VG_FATAL, "release: out of memory");
	digest_of(digest, copy, w->hash_key);
	name(out, a, copy, w);
	add_release(copy, a, doc, *needs, digest);
	*needs = NULL; /* now the copy's */
	enum vg_rc rc = print(&out->doc, copy, err);
	cJSON_Delete(copy);
	return rc;
}

enum vg_rc vg_release_ask(struct vg_release_copy *out,
			  const struct vg_action *a, struct vg_slice doc,
			  const struct vg_release_world *w, struct vg_err *err)
{
	cJSON *root = cJSON_ParseWithLength(doc.p, doc.n);
	cJSON *needs = cJSON_CreateArray();
	uint64_t to = 0;
	enum vg_rc rc = VG_OK;

	if (!vg_release_lists(vg_release_member(root, "viewers"), a->viewer) ||
	    !vg_time_parse(vg_slice_of(vg_release_text(root, "start")),
			   &out->start_ms))
		rc = refuse(err, "it is no alert of the viewer's");
	if (rc == VG_OK)
		rc = judge(root, w->rules, err);
	if (rc == VG_OK)
		rc = read_to(&to, a, root, w->cfg, err);
	if (rc == VG_OK)
		rc = find_needs(needs, root, to, err);
	if (rc == VG_OK)
		rc = copy_it(out, a, root, &needs, w, err);
	cJSON_Delete(needs);
	cJSON_Delete(root);
	return rc;
}
