#include "alert/rule_list.h"

#include "alert/rule_names.h"
#include "core/buf.h"

#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 65536 };

void vg_rule_lists_term(struct vg_rule_lists *lists)
{
	for (size_t i = 0; i < lists->n; i++) {
		free(lists->row[i].name);
		vg_value_list_free(lists->row[i].list);
	}
	lists->n = 0;
}

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "rules: out of memory");
}

/* The path as the rule file's folder has it. */
static void join_path(struct vg_buf *out, const struct vg_rule_input *in,
		      const char *path)
{
	const char *file = vg_yaml_name(in->y);
	const char *slash = strrchr(file, '/');

	if (path[0] != '/' && slash != NULL)
		vg_buf_add(out, file, (size_t)(slash + 1 - file));
	vg_buf_str(out, path);
}

static enum vg_rc read_blocks(struct vg_buf *out, FILE *f, const char *path,
			      struct vg_err *why)
{
	char *block = malloc(BLOCK);
	enum vg_rc rc = VG_OK;
	size_t n = 0;

	if (block == NULL)
		return no_memory(why);
	while (rc == VG_OK && (n = fread(block, 1, BLOCK, f)) > 0) {
		vg_buf_add(out, block, n);
		if (out->n > VG_RULE_LIST_FILE_MAX)
			rc = vg_err_set(why, VG_INVAL,
					"%.120s has more than %d bytes", path,
					(int)VG_RULE_LIST_FILE_MAX);
	}
	free(block);
	if (rc == VG_OK && ferror(f))
		rc = vg_err_set(why, VG_INVAL, "%.120s cannot be read", path);
	return rc == VG_OK && out->failed ? no_memory(why) : rc;
}

static enum vg_rc read_file(struct vg_buf *out, const char *path,
			    struct vg_err *why)
{
	FILE *f = fopen(path, "rb");
	enum vg_rc rc;

	if (f == NULL)
		return vg_err_set(why, VG_INVAL,
				  "%.120s cannot be read; a path is relative "
				  "to the rule file",
				  path);
	rc = read_blocks(out, f, path, why);
	(void)fclose(f);
	return rc;
}

/* Without the blanks around it. */
static struct vg_slice trim(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (p < end &&
	       (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	return (struct vg_slice){.p = p, .n = (uint32_t)(end - p)};
}

struct source {
	const struct vg_rule_input *in;
	const struct vg_yaml_node *node;
	const char *path;
	struct vg_slice field;
};

static enum vg_rc add_lines(const struct source *s, const struct vg_buf *text,
			    struct vg_value_list *list, struct vg_err *why)
{
	const char *p = text->p, *end = p + text->n;
	enum vg_rc rc = VG_OK;

	for (int line = 1; p < end && rc == VG_OK; line++) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		struct vg_slice entry = trim(p, stop != NULL ? stop : end);
		struct vg_err fault = {0};

		p = stop != NULL ? stop + 1 : end;
		if (entry.n == 0 || entry.p[0] == '#')
			continue;
		entry = vg_rule_name(s->in, s->node, s->field, entry);
		rc = vg_value_list_add(list, entry, &fault);
		if (rc != VG_OK)
			(void)vg_err_set(why, rc, "%.100s:%d: %.100s", s->path,
					 line, fault.text);
	}
	return rc;
}

static enum vg_rc load(const struct source *s, struct vg_value_list **out,
		       struct vg_err *why)
{
	struct vg_value_list *list = NULL;
	struct vg_buf text = {0};
	enum vg_rc rc = read_file(&text, s->path, why);

	if (rc == VG_OK)
		rc = vg_value_list_new(&list, why);
	if (rc == VG_OK && text.n > 0)
		rc = add_lines(s, &text, list, why);
	if (rc == VG_OK)
		rc = vg_value_list_close(list, why);
	vg_buf_term(&text);
	if (rc == VG_OK) {
		*out = list;
		list = NULL; /* now the caller's */
	}
	vg_value_list_free(list);
	return rc;
}

static enum vg_rc keep(struct vg_rule_lists *lists, const char *name,
		       struct vg_value_list *list, struct vg_err *why)
{
	char *copy = malloc(strlen(name) + 1);

	if (copy == NULL)
		return no_memory(why);
	strcpy(copy, name);
	lists->row[lists->n].name = copy;
	lists->row[lists->n++].list = list;
	return VG_OK;
}

static struct vg_value_list *find(const struct vg_rule_lists *lists,
				  const char *name)
{
	for (size_t i = 0; i < lists->n; i++)
		if (strcmp(lists->row[i].name, name) == 0)
			return lists->row[i].list;
	return NULL;
}

/* Read it, unless it was read for that field before. */
static enum vg_rc get(const struct source *s, struct vg_value_list **out,
		      struct vg_err *why)
{
	struct vg_rule_lists *lists = s->in->lists;
	struct vg_value_list *list = NULL;
	struct vg_buf name = {0};
	enum vg_rc rc = VG_OK;

	vg_buf_str(&name, s->path);
	if (vg_rule_has_names(s->field)) {
		vg_buf_str(&name, "\n");
		vg_buf_add(&name, s->field.p, s->field.n);
	}
	if (name.failed) {
		rc = no_memory(why);
		goto out;
	}
	*out = find(lists, name.p);
	if (*out != NULL)
		goto out;
	if (lists->n == VG_RULE_LISTS_MAX)
		rc = vg_err_set(why, VG_INVAL, "more than %d different lists",
				(int)VG_RULE_LISTS_MAX);
	if (rc == VG_OK)
		rc = load(s, &list, why);
	if (rc == VG_OK)
		rc = keep(lists, name.p, list, why);
	if (rc == VG_OK) {
		*out = list;
		list = NULL; /* now of the lists */
	}
out:
	vg_value_list_free(list);
	vg_buf_term(&name);
	return rc;
}

enum vg_rc vg_rule_list(const struct vg_rule_input *in,
			const struct vg_yaml_node *n, struct vg_slice field,
			struct vg_value_list **out, struct vg_err *err)
{
	struct source s = {.in = in, .node = n, .field = field};
	struct vg_buf path = {0};
	struct vg_err why = {0};
	enum vg_rc rc;

	if (in->lists == NULL)
		return vg_yaml_fail(in->y, n, err,
				    "a rule that is not in a file cannot name "
				    "one; list the values");
	if (n->type != VG_YAML_SCALAR || n->text_len == 0 ||
	    strlen(n->text) != n->text_len)
		return vg_yaml_fail(in->y, n, err,
				    "`%.32s` must be the path of a file",
				    n->key);
	join_path(&path, in, n->text);
	s.path = path.failed ? NULL : path.p;
	rc = s.path == NULL ? no_memory(&why) : get(&s, out, &why);
	vg_buf_term(&path);
	if (rc == VG_INVAL)
		return vg_yaml_fail(in->y, n, err, "%.190s", why.text);
	return rc == VG_OK ? rc : vg_err_set(err, rc, "%s", why.text);
}
