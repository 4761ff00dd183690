#include "core/yaml.h"

#include "core/yaml_build.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message holds 256 bytes: keep the end of a long path, which tells files
 * apart, and leave room for what is wrong. */
enum { NAME_SHOWN = 96, WHAT_MAX = 256 };

static const char *shown_name(const struct vg_yaml *y)
{
	size_t n = strlen(y->name);

	return n > NAME_SHOWN ? y->name + n - NAME_SHOWN : y->name;
}

enum vg_rc vg_yaml_fail_line(const struct vg_yaml *y, int line,
			     struct vg_err *err, const char *what)
{
	if (line <= 0)
		return vg_err_set(err, VG_INVAL, "%s: %s", shown_name(y), what);
	return vg_err_set(err, VG_INVAL, "%s:%d: %s", shown_name(y), line,
			  what);
}

enum vg_rc vg_yaml_fail(const struct vg_yaml *y, const struct vg_yaml_node *n,
			struct vg_err *err, const char *fmt, ...)
{
	char what[WHAT_MAX];
	int line = 0;

	if (n != NULL)
		line = n->key != NULL ? n->key_line : n->line;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return vg_yaml_fail_line(y, line, err, what);
}

enum vg_rc vg_yaml_parse(struct vg_yaml **out, const char *name,
			 const char *text, size_t len, struct vg_err *err)
{
	struct vg_yaml *y = calloc(1, sizeof *y);
	if (y == NULL)
		return vg_err_set(err, VG_FATAL, "%s: out of memory", name);

	enum vg_rc rc;
	y->name = vg_arena_copy(&y->arena, name, strlen(name));
	if (y->name == NULL)
		rc = vg_err_set(err, VG_FATAL, "%s: out of memory", name);
	else
		rc = vg_yaml_build(y, text, len, err);
	if (rc != VG_OK) {
		vg_yaml_free(y);
		return rc;
	}
	*out = y;
	return VG_OK;
}

/* Read `f` to its end, at most `max` bytes: a device or a pipe has no size to
 * ask for beforehand. */
static enum vg_rc read_all(FILE *f, const char *path, size_t max, char *text,
			   size_t *len, struct vg_err *err)
{
	*len = fread(text, 1, max + 1, f);
	if (ferror(f))
		return vg_err_set(err, VG_INVAL,
				  "%.96s: %s; name a readable "
				  "file",
				  path, strerror(errno));
	if (*len > max)
		return vg_err_set(err, VG_INVAL,
				  "%.96s: larger than %zu bytes; make it "
				  "smaller",
				  path, max);
	return VG_OK;
}

enum vg_rc vg_yaml_read(char **out, size_t *len, const char *path, size_t max,
			struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	char *text = NULL;

	assert(max < SIZE_MAX);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		return vg_err_set(err, VG_INVAL,
				  "%.96s: %s; name a readable "
				  "file",
				  path, strerror(errno));
	text = malloc(max + 1);
	if (text == NULL)
		rc = vg_err_set(err, VG_FATAL, "%.96s: out of memory", path);
	else
		rc = read_all(f, path, max, text, len, err);
	(void)fclose(f);
	/* It may be kept for long: in no more room than it needs. */
	if (rc == VG_OK && (*out = malloc(*len + 1)) == NULL)
		rc = vg_err_set(err, VG_FATAL, "%.96s: out of memory", path);
	if (rc == VG_OK)
		memcpy(*out, text, *len);
	free(text);
	return rc;
}

enum vg_rc vg_yaml_load(struct vg_yaml **out, const char *path, size_t max,
			struct vg_err *err)
{
	char *text = NULL;
	size_t len = 0;
	enum vg_rc rc = vg_yaml_read(&text, &len, path, max, err);

	if (rc == VG_OK)
		rc = vg_yaml_parse(out, path, text, len, err);
	free(text);
	return rc;
}

void vg_yaml_free(struct vg_yaml *y)
{
	if (y == NULL)
		return;
	vg_arena_term(&y->arena);
	free(y);
}

const struct vg_yaml_node *vg_yaml_doc(const struct vg_yaml *y, size_t i)
{
	const struct vg_yaml_doc *d = y->docs;

	while (d != NULL && i-- > 0)
		d = d->next;
	return d != NULL ? d->root : NULL;
}

const char *vg_yaml_name(const struct vg_yaml *y)
{
	return y->name;
}

const struct vg_yaml_node *vg_yaml_get(const struct vg_yaml_node *n,
				       const char *key)
{
	if (n == NULL || n->type != VG_YAML_MAP)
		return NULL;
	for (const struct vg_yaml_node *m = n->child; m != NULL; m = m->next) {
		if (strcmp(m->key, key) == 0)
			return m;
	}
	return NULL;
}
