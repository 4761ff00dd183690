/* token - `vigie token`: tokens of the API are made, listed, replaced and
 * withdrawn. */
#include "api/token_edit.h"
#include "cmd/commands.h"
#include "cmd/report.h"
#include "cmd/world.h"
#include "core/timefmt.h"

#include <string.h>

struct token_words {
	struct vg_token_wish wish;
	const char *keep;
	int64_t now_ms;
};

/* "90d" from now on, or an instant. */
static enum vg_rc read_until(const char *option, const char *text,
			     int64_t now_ms, int64_t *out, struct vg_err *err)
{
	int64_t ms = 0;

	if (text == NULL)
		return VG_OK;
	if (vg_duration_parse(vg_slice_of(text), &ms))
		ms += now_ms;
	else if (!vg_time_parse(vg_slice_of(text), &ms))
		return vg_err_set(err, VG_INVAL,
				  "%s: %.40s is no span (90d) or instant "
				  "(2027-01-31T00:00:00Z)",
				  option, text);
	if (ms <= now_ms)
		return vg_err_set(err, VG_INVAL,
				  "%s: %.40s has passed; give a later time",
				  option, text);
	*out = ms;
	return VG_OK;
}

struct verb {
	const char *name;
	size_t words; /* with it */
	enum vg_rc (*run)(const struct vg_config *cfg,
			  const struct vg_arg_list *w, struct token_words *t,
			  struct vg_err *err);
};

static enum vg_rc add(const struct vg_config *cfg, const struct vg_arg_list *w,
		      struct token_words *t, struct vg_err *err)
{
	t->wish.viewer = w->v[1];
	return vg_token_add(cfg, &t->wish, stdout, err);
}

static enum vg_rc list(const struct vg_config *cfg, const struct vg_arg_list *w,
		       struct token_words *t, struct vg_err *err)
{
	(void)w;
	return vg_token_list(cfg, t->now_ms, stdout, err);
}

static enum vg_rc revoke(const struct vg_config *cfg,
			 const struct vg_arg_list *w, struct token_words *t,
			 struct vg_err *err)
{
	size_t n = 0;
	enum vg_rc rc = vg_token_revoke(cfg, w->v[1], &n, err);

	(void)t;
	if (rc == VG_OK)
		printf("%zu token%s withdrawn; servers notice within a "
		       "second\n",
		       n, n == 1 ? "" : "s");
	return rc;
}

static enum vg_rc rotate(const struct vg_config *cfg,
			 const struct vg_arg_list *w, struct token_words *t,
			 struct vg_err *err)
{
	int64_t until_ms = 0;
	enum vg_rc rc =
		read_until("--keep", t->keep, t->now_ms, &until_ms, err);

	return rc == VG_OK
		       ? vg_token_rotate(cfg, w->v[1], until_ms, stdout, err)
		       : rc;
}

static const struct verb verbs[] = {{"add", 2, add},
				    {"list", 1, list},
				    {"rotate", 2, rotate},
				    {"revoke", 2, revoke}};

/* What the words ask for: known before any file is read. */
static enum vg_rc find_verb(const struct vg_arg_list *w,
			    const struct verb **out, struct vg_err *err)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		*out = &verbs[i];
		if (strcmp(w->v[0], verbs[i].name) == 0 &&
		    w->n == verbs[i].words)
			return VG_OK;
	}
	return vg_err_set(err, VG_INVAL,
			  "token: say `vigie token add VIEWER`, `list`, "
			  "`rotate TOKEN` or `revoke TOKEN`, and -c FILE");
}

int vg_cmd_token(int argc, char **argv)
{
	const char *config = NULL, *expires = NULL;
	struct vg_clock clock = vg_clock_system();
	struct token_words t = {.now_ms = vg_now_ms(&clock)};
	struct vg_token_wish *wish = &t.wish;
	struct vg_arg_list set = {0}, words = {0};
	const struct vg_arg table[] = {
		VG_ARG_CONFIG(&config),
		VG_ARG_SET(&set),
		{"", NULL, VG_ARG_MANY, &words, "add|list|rotate|revoke",
		 "add VIEWER (a partner's id, or coalition: the joint SOC); "
		 "list; rotate or revoke a token, by its name or 16 digits",
		 true, 0, 0},
		{"--role", NULL, VG_ARG_TEXT, &wish->role, "ROLE",
		 "reader (default), analyst, operator or admin", false, 0, 0},
		{"--expires", NULL, VG_ARG_TEXT, &expires, "90d|TIME",
		 "how long it is in force, or until when (for ever)", false, 0,
		 0},
		{"--name", NULL, VG_ARG_TEXT, &wish->name, "NAME",
		 "whose it is: shown as author of what it writes", false, 0, 0},
		{"--scopes", NULL, VG_ARG_TEXT, &wish->scopes, "A,B,...",
		 "read:series, read:alerts, write:alerts, promql, taxii, admin "
		 "(all)",
		 false, 0, 0},
		{"--from", NULL, VG_ARG_TEXT, &wish->from, "RANGE,...",
		 "addresses it may be used from, as 192.0.2.0/24 (any)", false,
		 0, 0},
		{"--rate", NULL, VG_ARG_TEXT, &wish->rate, "N[/BURST]",
		 "requests a second, and at once (http.rate, http.burst)",
		 false, 0, 0},
		{"--certificate", NULL, VG_ARG_TEXT, &wish->certificate, "NAME",
		 "no token: a client's certificate, as URI:, DNS:, EMAIL:, CN: "
		 "or SHA256: and its name",
		 false, 0, 0},
		{"--keep", NULL, VG_ARG_TEXT, &t.keep, "1h|TIME",
		 "how long the old one of rotate goes on (not at all)", false,
		 0, 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};
	struct vg_world w = {0};
	const struct verb *verb = NULL;

	if (!vg_command_line("token add VIEWER -c FILE", table, VG_ROWS(table),
			     argc, argv, &status))
		return status;
	if (find_verb(&words, &verb, &err) != VG_OK ||
	    read_until("--expires", expires, t.now_ms, &wish->expires_ms,
		       &err) != VG_OK ||
	    vg_world_init(&w, config, set.v, set.n, &err) != VG_OK)
		return vg_report(&err);
	if (verb->run(w.cfg, &words, &t, &err) != VG_OK)
		status = vg_report(&err);
	vg_world_term(&w);
	return status;
}
