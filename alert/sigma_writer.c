#include "alert/sigma_writer.h"

#include <ctype.h>
#include <stdio.h>

static struct vg_yaml_node *new_node(struct vg_sigma_writer *w,
				     const struct vg_yaml_node *like,
				     enum vg_yaml_type type)
{
	struct vg_yaml_node *n = vg_arena_alloc(w->arena, sizeof *n);

	if (n == NULL) {
		w->failed = true;
		return NULL;
	}
	*n = (struct vg_yaml_node){
		.type = type, .line = like->line, .key_line = like->line};
	if (like->key != NULL)
		n->key_line = like->key_line;
	return n;
}

struct vg_sigma_made vg_sigma_start(struct vg_sigma_writer *w,
				    const struct vg_yaml_node *like,
				    enum vg_yaml_type type)
{
	return (struct vg_sigma_made){.node = new_node(w, like, type)};
}

void vg_sigma_hang(struct vg_sigma_made *m, const char *key,
		   struct vg_yaml_node *child)
{
	if (m->node == NULL || child == NULL)
		return;
	child->key = key;
	child->next = NULL;
	if (m->last != NULL)
		m->last->next = child;
	else
		m->node->child = child;
	m->last = child;
	m->node->count++;
}

void vg_sigma_put_text(struct vg_sigma_writer *w, struct vg_sigma_made *m,
		       const char *key, const struct vg_yaml_node *like,
		       const char *text)
{
	struct vg_yaml_node *n = new_node(w, like, VG_YAML_SCALAR);

	if (n == NULL)
		return;
	n->text = vg_arena_copy(w->arena, text, strlen(text));
	n->text_len = strlen(text);
	w->failed = w->failed || n->text == NULL;
	vg_sigma_hang(m, key, n);
}

void vg_sigma_put_node(struct vg_sigma_writer *w, struct vg_sigma_made *m,
		       const char *key, const struct vg_yaml_node *of)
{
	struct vg_yaml_node *n = new_node(w, of, of->type);

	if (n == NULL)
		return;
	n->quoted = of->quoted;
	n->text = of->text;
	n->text_len = of->text_len;
	n->child = of->child;
	n->count = of->count;
	vg_sigma_hang(m, key, n);
}

/* level: how bad it is, of 10. */
static enum vg_rc put_level(struct vg_sigma_writer *w, struct vg_sigma_made *m,
			    const struct vg_sigma_doc *d, struct vg_err *err)
{
	static const struct {
		const char *level, *severity;
	} row[] = {{"informational", "1"},
		   {"low", "3"},
		   {"medium", "5"},
		   {"high", "8"},
		   {"critical", "10"}};
	const struct vg_yaml_node *n = vg_yaml_get(d->node, "level");

	if (n == NULL) {
		vg_sigma_put_text(w, m, "severity", d->node, "5");
		return VG_OK;
	}
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (n->type == VG_YAML_SCALAR &&
		    strcmp(n->text, row[i].level) == 0) {
			vg_sigma_put_text(w, m, "severity", n, row[i].severity);
			return VG_OK;
		}
	return vg_sigma_fail(d, n, err,
			     "`level` must be informational, low, medium, high "
			     "or critical");
}

/* attack.t1059.001 is technique T1059.001; other tags stay as they are. */
static void put_tag(struct vg_sigma_writer *w, struct vg_sigma_made *list,
		    const struct vg_yaml_node *n)
{
	static const char before[] = "attack.t";
	char text[32];

	if (n->type != VG_YAML_SCALAR || n->text_len >= sizeof text ||
	    strncmp(n->text, before, sizeof before - 1) != 0 ||
	    !isdigit((unsigned char)n->text[sizeof before - 1])) {
		vg_sigma_put_node(w, list, NULL, n);
		return;
	}
	snprintf(text, sizeof text, "T%s", n->text + sizeof before - 1);
	vg_sigma_put_text(w, list, NULL, n, text);
}

static void put_tags(struct vg_sigma_writer *w, struct vg_sigma_made *m,
		     const struct vg_yaml_node *tags)
{
	struct vg_sigma_made list = vg_sigma_start(w, tags, VG_YAML_LIST);

	for (const struct vg_yaml_node *n = tags->child; n != NULL; n = n->next)
		put_tag(w, &list, n);
	vg_sigma_hang(m, "tags", list.node);
}

enum vg_rc vg_sigma_put_head(struct vg_sigma_writer *w, struct vg_sigma_made *m,
			     const struct vg_sigma_doc *d, struct vg_err *err)
{
	static const struct {
		const char *sigma, *ours;
	} note[] = {{"title", "title"},
		    {"description", "description"},
		    {"references", "references"},
		    {"falsepositives", "false_positives"}};
	const struct vg_yaml_node *tags = vg_yaml_get(d->node, "tags");

	vg_sigma_put_text(w, m, "id", d->node, d->id);
	for (size_t i = 0; i < sizeof note / sizeof note[0]; i++) {
		const struct vg_yaml_node *n =
			vg_yaml_get(d->node, note[i].sigma);

		/* What Sigma allows and we do not is for people, too. */
		if (n != NULL && n->text_len <= VG_RULE_TEXT_MAX)
			vg_sigma_put_node(w, m, note[i].ours, n);
	}
	if (tags != NULL && tags->type == VG_YAML_LIST)
		put_tags(w, m, tags);
	return put_level(w, m, d, err);
}
