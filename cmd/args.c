#include "cmd/args.h"

#include "core/near.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct vg_arg *row_of(const struct vg_arg *table, size_t n,
				   const char *word)
{
	bool dashed = word[0] == '-' && word[1] != '\0';

	for (size_t i = 0; i < n; i++) {
		const struct vg_arg *a = &table[i];

		if (!dashed && a->name[0] == '\0')
			return a;
		if (dashed &&
		    (strcmp(a->name, word) == 0 ||
		     (a->brief != NULL && strcmp(a->brief, word) == 0)))
			return a;
	}
	return NULL;
}

static enum vg_rc no_such(const struct vg_arg *table, size_t n,
			  const char *word, struct vg_err *err)
{
	struct vg_near near = vg_near_to(vg_slice_of(word));
	const char *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (vg_near_is(&near, vg_slice_of(table[i].name)))
			best = table[i].name;
	if (best == NULL || word[0] != '-')
		return vg_err_set(err, VG_INVAL,
				  "%.60s: no such option; --help lists them",
				  word);
	return vg_err_set(err, VG_INVAL,
			  "%.60s: no such option; did you mean %s?", word,
			  best);
}

static enum vg_rc set_number(const struct vg_arg *a, const char *text,
			     struct vg_err *err)
{
	char *end = NULL;

	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || v < a->min ||
	    v > a->max)
		return vg_err_set(err, VG_INVAL,
				  "%s: %.40s is not a number in %" PRId64
				  "..%" PRId64,
				  a->name, text, a->min, a->max);
	*(int64_t *)a->out = v;
	return VG_OK;
}

static enum vg_rc set_value(const struct vg_arg *a, const char *text,
			    struct vg_err *err)
{
	struct vg_arg_list *list = a->out;

	switch (a->kind) {
	case VG_ARG_NUMBER:
		return set_number(a, text, err);
	case VG_ARG_MANY:
		if (list->n == VG_ARG_MANY_MAX)
			return vg_err_set(err, VG_INVAL,
					  "%s: more than %d times", a->name,
					  VG_ARG_MANY_MAX);
		list->v[list->n++] = text;
		return VG_OK;
	default:
		*(const char **)a->out = text;
		return VG_OK;
	}
}

static bool is_set(const struct vg_arg *a)
{
	switch (a->kind) {
	case VG_ARG_TEXT:
		return *(const char **)a->out != NULL;
	case VG_ARG_MANY:
		return ((struct vg_arg_list *)a->out)->n > 0;
	default:
		return true;
	}
}

enum vg_rc vg_args_read(const struct vg_arg *table, size_t n, int argc,
			char **argv, struct vg_err *err)
{
	for (int i = 0; i < argc; i++) {
		const struct vg_arg *a = row_of(table, n, argv[i]);
		const char *value = argv[i];

		if (a == NULL)
			return no_such(table, n, argv[i], err);
		if (a->kind == VG_ARG_FLAG) {
			*(bool *)a->out = true;
			continue;
		}
		if (a->name[0] != '\0') {
			if (i + 1 >= argc)
				return vg_err_set(err, VG_INVAL, "%s: needs %s",
						  a->name, a->meta);
			value = argv[++i];
		}
		enum vg_rc rc = set_value(a, value, err);
		if (rc != VG_OK)
			return rc;
	}
	for (size_t i = 0; i < n; i++)
		if (table[i].required && !is_set(&table[i]))
			return vg_err_set(err, VG_INVAL, "%s %s is missing: %s",
					  table[i].name, table[i].meta,
					  table[i].help);
	return VG_OK;
}

void vg_args_help(const struct vg_arg *table, size_t n, FILE *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct vg_arg *a = &table[i];
		char left[64];

		snprintf(left, sizeof left, "%s%s%s%s%s",
			 a->brief != NULL ? a->brief : "",
			 a->brief != NULL ? ", " : "", a->name,
			 a->kind == VG_ARG_FLAG || a->name[0] == '\0' ? ""
								      : " ",
			 a->kind == VG_ARG_FLAG ? "" : a->meta);
		fprintf(out, "  %-26s %s%s\n", left, a->help,
			a->required ? " (required)" : "");
	}
}
