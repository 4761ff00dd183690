#include "alert/desk_own.h"

#include "core/limits.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* One viewer's fields of one kind. */
struct census {
	const struct vg_action *a;
	const char *field;
	size_t n;
	char *before; /* the entry that there is, JSON; or NULL */
	bool failed;
};

/* "<viewer> <kind> <id>" */
static bool split(struct vg_slice field, struct vg_own_doc *out)
{
	const char *end = field.p + field.n;
	const char *kind = memchr(field.p, ' ', field.n), *id;
	int k;

	if (kind == NULL || (size_t)(kind - field.p) >= sizeof out->viewer)
		return false;
	memcpy(out->viewer, field.p, (size_t)(kind - field.p));
	out->viewer[kind - field.p] = '\0';
	kind++;
	id = memchr(kind, ' ', (size_t)(end - kind));
	if (id == NULL || (size_t)(end - id) > sizeof out->id)
		return false;
	k = vg_own_kind_find((struct vg_slice){kind, (uint32_t)(id - kind)});
	memcpy(out->id, id + 1, (size_t)(end - id) - 1);
	out->id[end - id - 1] = '\0';
	out->kind = (enum vg_own_kind)k;
	return k >= 0;
}

static enum vg_rc count_one(void *ctx, struct vg_slice field,
			    struct vg_slice value, struct vg_err *err)
{
	struct census *c = ctx;
	struct vg_own_doc d = {.text = NULL};

	(void)err;
	if (!split(field, &d) || d.kind != c->a->own ||
	    strcmp(d.viewer, c->a->viewer) != 0)
		return VG_OK;
	if (!vg_slice_eq(field, vg_slice_of(c->field))) {
		c->n++;
	} else if (c->before == NULL && value.p != NULL) {
		c->before = strndup(value.p, value.n);
		c->failed = c->before == NULL;
	}
	return VG_OK;
}

static const char *member(const cJSON *doc, const char *name)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, name));
}

/* The entry, and who made the first of that name. */
static enum vg_rc print(struct vg_buf *out, const struct vg_action *a,
			const cJSON *before, struct vg_err *err)
{
	struct vg_buf entry = {0};
	enum vg_rc rc = vg_action_entry(&entry, a, err);
	cJSON *doc = rc == VG_OK ? cJSON_Parse(entry.p) : NULL;
	const char *at = member(before, "created_at"),
		   *by = member(before, "created_by");
	char *text = NULL;

	vg_buf_term(&entry);
	if (rc != VG_OK)
		return rc;
	(void)cJSON_AddStringToObject(doc, "created_at",
				      at != NULL ? at : member(doc, "at"));
	(void)cJSON_AddStringToObject(doc, "created_by",
				      by != NULL ? by : a->author);
	text = cJSON_PrintUnformatted(doc);
	if (text != NULL)
		vg_buf_str(out, text);
	cJSON_free(text);
	cJSON_Delete(doc);
	return text != NULL && !out->failed
		       ? VG_OK
		       : vg_err_set(err, VG_FATAL, "desk: out of memory");
}

static enum vg_rc decide(const struct vg_action *a, const struct census *c,
			 const struct vg_desk_plan *out, struct vg_err *err)
{
	const size_t most = a->own == VG_OWN_RULE ? VG_OWN_RULES_MAX
						  : VG_OWN_WATCHLISTS_MAX;
	cJSON *before = c->before != NULL ? cJSON_Parse(c->before) : NULL;
	const char *by = member(before, "action");
	enum vg_rc rc = VG_OK;

	if (by != NULL && strcmp(by, a->id) == 0)
		*out->what = "repeated";
	else if (a->kind == VG_ACT_DROP)
		*out->what = before != NULL ? "drop" : "nothing";
	else if (c->n >= most)
		*out->what = "past";
	else
		*out->what = "keep";
	if (strcmp(*out->what, "keep") == 0)
		rc = print(out->text, a, before, err);
	cJSON_Delete(before);
	return rc;
}

enum vg_rc vg_desk_plan_own(struct vg_store *s, const struct vg_action *a,
			    const struct vg_desk_plan *out, struct vg_err *err)
{
	struct census c = {.a = a, .field = out->field};
	const struct vg_field_taker to = {.take = count_one, .ctx = &c};

	(void)snprintf(out->field, VG_DESK_FIELD, "%s %s %s", a->viewer,
		       vg_own_kind_name(a->own), a->target);
	enum vg_rc rc = vg_hold_each(s, VG_KEY_OWN, &to, err);
	if (rc == VG_OK && c.failed)
		rc = vg_err_set(err, VG_FATAL, "desk: out of memory");
	if (rc == VG_OK)
		rc = decide(a, &c, out, err);
	free(c.before);
	return rc;
}

enum vg_rc vg_desk_own_at(struct vg_store *s, int64_t *offset,
			  struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_callf(s, &r, err, "HGET", VG_KEY_ACTIONS,
				       "own", (char *)NULL);

	if (rc == VG_OK)
		*offset =
			vg_reply_type(r) == VG_REPLY_NIL ? -1 : vg_reply_int(r);
	vg_reply_free(r);
	return rc;
}

/* What cannot be read is not in force, and not shown. */
static enum vg_rc take(void *ctx, struct vg_slice field, struct vg_slice value,
		       struct vg_err *err)
{
	struct vg_own_doc d = {.text = NULL};
	cJSON *entry = NULL;
	enum vg_rc rc = VG_OK;

	if (field.p == NULL || value.p == NULL || !split(field, &d))
		return VG_OK;
	entry = cJSON_ParseWithLength(value.p, value.n);
	d.text = cJSON_PrintUnformatted(
		cJSON_GetObjectItemCaseSensitive(entry, "doc"));
	d.entry = cJSON_PrintUnformatted(entry);
	if (d.text != NULL && d.entry != NULL)
		rc = vg_own_put(ctx, &d, err);
	cJSON_free(d.text);
	cJSON_free(d.entry);
	cJSON_Delete(entry);
	return rc;
}

enum vg_rc vg_desk_own(struct vg_store *s, struct vg_own_docs *out,
		       struct vg_err *err)
{
	const struct vg_field_taker to = {.take = take, .ctx = out};

	return vg_hold_each(s, VG_KEY_OWN, &to, err);
}
