#include "core/config_read.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define AT(field) offsetof(struct vg_receiver, field)

/* A member of an entry: `receivers.` and its name is its row of the options. */
static const struct member {
	const char *key;
	size_t offset;
} MEMBERS[] = {
	{"name", AT(name)},
	{"type", AT(type)},
	{"viewer", AT(viewer)},
	{"url", AT(url)},
	{"topic", AT(topic)},
	{"from", AT(from)},
	{"to", AT(to)},
	{"user", AT(user)},
	{"secret_file", AT(secret_file)},
	{"password_file", AT(password_file)},
	{"ca_file", AT(ca_file)},
	{"insecure", AT(insecure)},
	{"language", AT(language)},
	{"send_resolved", AT(send_resolved)},
	{"send_stages", AT(send_stages)},
	{"group_by", AT(group_by)},
	{"group_wait", AT(group_wait_ms)},
	{"group_interval", AT(group_interval_ms)},
	{"repeat_interval", AT(repeat_interval_ms)},
	{"resend", AT(resend_ms)},
	{"timeout", AT(timeout_ms)},
	{"attempts", AT(attempts)},
	{"watchdog", AT(watchdog_ms)},
};

enum { MEMBERS_COUNT = sizeof MEMBERS / sizeof MEMBERS[0] };

const char *vg_receiver_viewer(const struct vg_receiver *r)
{
	return r->viewer_slot == VG_SLOT_COALITION ? "coalition" : r->viewer;
}

void vg_receiver_term(struct vg_receiver *r)
{
	for (size_t i = 0; i < MEMBERS_COUNT; i++) {
		char name[64];
		size_t row = 0;

		(void)snprintf(name, sizeof name, "receivers.%s",
			       MEMBERS[i].key);
		const struct vg_option *o = vg_option_find(name, &row);
		if (o->type == VG_OPT_TEXT || o->type == VG_OPT_PATH)
			free(*(char **)(void *)((char *)r + MEMBERS[i].offset));
	}
}

static enum vg_rc keep_text(const struct vg_config_read *r, const char *text,
			    bool is_path, char **out)
{
	*out = is_path && text[0] != '\0' ? vg_path_join(r->dir, text)
					  : vg_path_join("", text);
	return *out != NULL ? VG_OK
			    : vg_err_set(r->err, VG_FATAL,
					 "receivers: out of memory");
}

/* Put `text` where row `o` says. */
static enum vg_rc keep(const struct vg_config_read *r,
		       const struct vg_yaml_node *n, const struct vg_option *o,
		       const char *text, void *to)
{
	struct vg_err why = {0};
	enum vg_rc rc = VG_OK;

	if (o->type == VG_OPT_NUMBER || o->type == VG_OPT_DURATION)
		rc = vg_option_int(o, text, to, &why);
	else if (o->type != VG_OPT_BOOL)
		rc = vg_option_judge(o, text, &why);
	if (rc != VG_OK)
		return vg_config_fail(r, n, o->name, "%s", why.text);
	if (o->type == VG_OPT_TEXT || o->type == VG_OPT_PATH)
		return keep_text(r, text, o->type == VG_OPT_PATH, to);
	if (o->type != VG_OPT_BOOL)
		return VG_OK;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return vg_config_fail(r, n, o->name,
				      "%.20s is neither true nor false", text);
	*(bool *)to = text[0] == 't';
	return VG_OK;
}

static enum vg_rc read_member(const struct vg_config_read *r,
			      const struct vg_yaml_node *entry,
			      const struct member *m, struct vg_receiver *to)
{
	const struct vg_yaml_node *n = vg_yaml_get(entry, m->key);
	char name[64];
	const char *text = NULL;
	size_t row = 0;

	(void)snprintf(name, sizeof name, "receivers.%s", m->key);
	const struct vg_option *o = vg_option_find(name, &row);
	assert(o != NULL);
	if (n == NULL && o->initial == NULL)
		return vg_config_fail(r, entry, o->name, "is missing; set it");
	if (n == NULL)
		return keep(r, entry, o, o->initial, (char *)to + m->offset);
	enum vg_rc rc = vg_config_scalar(r, n, o, &text);
	return rc == VG_OK ? keep(r, n, o, text, (char *)to + m->offset) : rc;
}

static enum vg_rc check_members(const struct vg_config_read *r,
				const struct vg_yaml_node *entry)
{
	char name[96];

	if (entry->type != VG_YAML_MAP)
		return vg_config_fail(r, entry, "receivers",
				      "an entry is not a map; write {name: "
				      "soc, type: webhook, viewer: COALITION, "
				      "url: ...}");
	for (const struct vg_yaml_node *n = entry->child; n != NULL;
	     n = n->next) {
		size_t i = 0;

		while (i < MEMBERS_COUNT && strcmp(n->key, MEMBERS[i].key) != 0)
			i++;
		if (i < MEMBERS_COUNT)
			continue;
		(void)snprintf(name, sizeof name, "receivers.%s", n->key);
		return vg_config_unknown(r, n, name);
	}
	return VG_OK;
}

/* What the rows cannot say: its name is its own, its viewer is one. */
static enum vg_rc finish(const struct vg_config_read *r,
			 const struct vg_yaml_node *entry,
			 struct vg_receiver *to)
{
	const struct vg_yaml_node *n = vg_yaml_get(entry, "name");

	for (size_t i = 0; i < r->cfg->n_receivers; i++)
		if (strcmp(r->cfg->receivers[i].name, to->name) == 0)
			return vg_config_fail(r, n, "receivers.name",
					      "%s is there twice; choose "
					      "another",
					      to->name);
	to->viewer_slot = vg_config_viewer(r->cfg, vg_slice_of(to->viewer));
	if (to->viewer_slot < 0)
		return vg_config_fail(r, vg_yaml_get(entry, "viewer"),
				      "receivers.viewer",
				      "%s is neither a partner's id nor "
				      "coalition; correct it",
				      to->viewer);
	return VG_OK;
}

enum vg_rc vg_config_receivers(struct vg_config_read *r)
{
	const struct vg_yaml_node *list = NULL;
	enum vg_rc rc = vg_config_list(r, "receivers", &list);

	if (rc != VG_OK || list == NULL)
		return rc;
	r->cfg->receivers = calloc(list->count, sizeof *r->cfg->receivers);
	if (r->cfg->receivers == NULL)
		return vg_err_set(r->err, VG_FATAL, "receivers: out of memory");
	for (const struct vg_yaml_node *e = list->child;
	     e != NULL && rc == VG_OK; e = e->next) {
		struct vg_receiver to = {0};

		rc = check_members(r, e);
		for (size_t i = 0; i < MEMBERS_COUNT && rc == VG_OK; i++)
			rc = read_member(r, e, &MEMBERS[i], &to);
		if (rc == VG_OK)
			rc = finish(r, e, &to);
		if (rc != VG_OK) {
			vg_receiver_term(&to);
			return rc;
		}
		r->cfg->receivers[r->cfg->n_receivers++] = to;
	}
	return rc;
}
