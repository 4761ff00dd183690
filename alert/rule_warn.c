#include "alert/rule_warn.h"

#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>

enum { WHAT_MAX = 200 };

static size_t lines(const struct vg_buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->p[i] == '\n';
	return n;
}

void vg_rule_warn(const struct vg_rule_input *in, const struct vg_yaml_node *n,
		  const char *fmt, ...)
{
	size_t have = lines(in->warnings);
	struct vg_err line = {0};
	char what[WHAT_MAX];

	if (have >= VG_RULE_WARNINGS_MAX)
		return;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	if (have == VG_RULE_WARNINGS_MAX - 1)
		snprintf(what, sizeof what,
			 "and more warnings, which are not shown");
	/* The form of an error: its place, and nothing a terminal obeys. */
	if (vg_yaml_fail(in->y, n, &line, "%s", what) != VG_OK) {
		vg_buf_str(in->warnings, line.text);
		vg_buf_str(in->warnings, "\n");
	}
}
