/*
 * A rule as it was written, for people: its members in their order, as JSON,
 * which is YAML too.
 */
#include "alert/rule_kinds.h"

#include "core/arena.h"

#include <cjson/cJSON.h>
#include <string.h>

/* A number or a truth value without quotes stays one. */
static bool is_bare(const struct vg_yaml_node *n)
{
	size_t at = n->text[0] == '-';

	if (n->quoted)
		return false;
	if (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0)
		return true;
	/* No leading zero, as JSON has it. */
	if (n->text[at] < '0' || n->text[at] > '9' ||
	    (n->text[at] == '0' && n->text[at + 1] != '.' &&
	     n->text[at + 1] != '\0'))
		return false;
	at += strspn(n->text + at, "0123456789");
	if (n->text[at] == '.' && n->text[at + 1] != '\0')
		at += 1 + strspn(n->text + at + 1, "0123456789");
	return n->text[at] == '\0';
}

/* Depth is bounded by the reader of YAML. */
static cJSON *tree_of(const struct vg_yaml_node *n)
{
	cJSON *out;

	if (n->type == VG_YAML_SCALAR)
		return is_bare(n) ? cJSON_CreateRaw(n->text)
				  : cJSON_CreateString(n->text);
	out = n->type == VG_YAML_MAP ? cJSON_CreateObject()
				     : cJSON_CreateArray();
	for (const struct vg_yaml_node *c = n->child; c != NULL; c = c->next) {
		cJSON *one = tree_of(c);
		bool ok = n->type == VG_YAML_MAP
				  ? cJSON_AddItemToObject(out, c->key, one)
				  : cJSON_AddItemToArray(out, one);

		if (!ok) {
			cJSON_Delete(one);
			cJSON_Delete(out);
			return NULL;
		}
	}
	return out;
}

enum vg_rc vg_rule_source(struct vg_rule_input *in, struct vg_err *err)
{
	cJSON *tree = tree_of(in->node);
	char *text = tree == NULL ? NULL : cJSON_PrintUnformatted(tree);

	if (text != NULL)
		in->rule->source = vg_arena_copy(in->arena, text, strlen(text));
	cJSON_free(text);
	cJSON_Delete(tree);
	if (in->rule->source == NULL)
		return vg_err_set(err, VG_FATAL, "rules: out of memory");
	return VG_OK;
}
