#include "api/guard.h"

#include "core/limits.h"

#include <stdlib.h>
#include <strings.h>

enum { LENGTH_DIGITS = 9 };

static void add_length(struct vg_guard *g, const char *value)
{
	size_t digits = strspn(value, "0123456789");

	g->n_length++;
	if (digits == 0 || value[digits] != '\0')
		g->is_bad = true;
	else if (strspn(value, "0") != digits)
		g->has_body = true;
	value += strspn(value, "0");
	if (strlen(value) > LENGTH_DIGITS || atol(value) > VG_HTTP_BODY_MAX)
		g->is_long = true;
}

void vg_guard_header(struct vg_guard *g, const char *name, const char *value)
{
	/* The library puts NULs in place over a line's end, CR LF or LF. */
	if (g->end != 0 && (uintptr_t)name == g->end + 1)
		g->is_bare = true;
	g->end = value != NULL ? (uintptr_t)value + strlen(value) : 0;
	if (value == NULL)
		value = "";
	if (strcasecmp(name, "Content-Length") == 0)
		add_length(g, value);
	else if (strcasecmp(name, "Transfer-Encoding") == 0)
		g->n_encoding++;
	else if (strcasecmp(name, "Authorization") == 0)
		g->n_authorization++;
	else if (strcasecmp(name, "Host") == 0)
		g->n_host++;
}

bool vg_guard_check(const struct vg_guard *g, struct vg_answer *a)
{
	if (g->hides_nul)
		return vg_answer_fail(a, NULL, 400, "bad-target",
				      "NUL or a second space in the request "
				      "line; percent-encode the target");
	if (g->is_bare)
		return vg_answer_fail(a, NULL, 400, "bad-header",
				      "a line ends in LF alone; end each in "
				      "CR LF");
	if (g->n_length > 1 || g->is_bad)
		return vg_answer_fail(a, NULL, 400, "bad-header",
				      "Content-Length is repeated or no "
				      "number; send none");
	if (g->n_encoding > 0)
		return vg_answer_fail(a, NULL, 400, "bad-header",
				      "Transfer-Encoding is not accepted; "
				      "send a body with Content-Length");
	if (g->n_authorization > 1 || g->n_host > 1)
		return vg_answer_fail(a, NULL, 400, "bad-header",
				      "Authorization or Host is repeated; "
				      "send each once");
	if (g->has_body && !g->takes)
		return vg_answer_fail(a, NULL, 413, "body",
				      "this takes no body; send the request "
				      "without one");
	if (g->is_long)
		return vg_answer_fail(a, NULL, 413, "body",
				      "the body is longer than %d bytes",
				      VG_HTTP_BODY_MAX);
	return true;
}
