#include "aggregate/keys.h"
#include "alert/model.h"
#include "alert/replay.h"
#include "api/json_out.h"
#include "cmd/built_in.h"
#include "cmd/commands.h"
#include "cmd/history.h"
#include "cmd/report.h"
#include "core/timefmt.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct backtest {
	struct vg_config *cfg;
	struct vg_audiences *aud;
	struct vg_plan *plan;
	struct vg_rules *rules;
	struct vg_replay *replay;
	struct vg_history history;
	FILE *in;
	uint8_t hash_key[VG_HASH_KEY];
	const char *viewer, *rule;
	int class_index;
	unsigned slot;
	struct vg_arg_list group; /* FIELD=VALUE, all of them */
	struct vg_buf out, text;
};

struct words {
	struct vg_arg_list rules, set;
	const char *config, *until, *horizon, *path;
};

/* An instant: RFC 3339, or seconds since 1970 (milliseconds from 1e11). */
static bool read_instant(const char *text, int64_t *ms)
{
	char *end = NULL;
	double v;

	if (vg_time_parse(vg_slice_of(text), ms))
		return true;
	errno = 0;
	v = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !(fabs(v) < 9e15))
		return false;
	*ms = (int64_t)llround(fabs(v) < 1e11 ? v * 1000 : v);
	return true;
}

static enum vg_rc find_viewer(struct backtest *b, struct vg_err *err)
{
	const struct vg_partner *p;

	b->slot = VG_SLOT_COALITION;
	if (b->viewer == NULL)
		b->viewer = "coalition";
	if (strcmp(b->viewer, "coalition") != 0) {
		p = vg_config_partner(b->cfg, vg_slice_of(b->viewer));
		if (p == NULL)
			return vg_err_set(err, VG_INVAL,
					  "--viewer: %.40s is neither a "
					  "partner nor coalition",
					  b->viewer);
		b->slot = p->slot;
	}
	b->class_index = vg_class_of(b->aud, b->slot);
	return VG_OK;
}

/* The service's key where it can be read: fingerprints are then its own. */
static void read_key(struct backtest *b)
{
	struct vg_err err = {0};

	if (strcmp(b->cfg->hash_key_file, "none") == 0 ||
	    vg_hash_key_read(b->hash_key, b->cfg->hash_key_file, &err) != VG_OK)
		memset(b->hash_key, 0, sizeof b->hash_key);
}

static enum vg_rc load(struct backtest *b, const struct words *w,
		       struct vg_err *err)
{
	enum vg_rc rc = vg_built_in_or(&b->cfg, w->config, &w->set, err);

	if (rc == VG_OK)
		rc = vg_audiences_new(&b->aud, b->cfg, err);
	if (rc == VG_OK)
		rc = find_viewer(b, err);
	if (rc == VG_OK)
		rc = vg_plan_new(&b->plan, err);
	if (rc == VG_OK)
		rc = vg_rules_load_offline(&b->rules, b->plan, b->cfg->lexicon,
					   (char *const *)w->rules.v,
					   w->rules.n, err);
	if (rc == VG_OK)
		fputs(vg_rules_warnings(b->rules), stderr);
	if (rc == VG_OK)
		rc = vg_replay_new(&b->replay, b->rules, err);
	if (rc == VG_OK)
		read_key(b);
	return rc;
}

static int64_t reach_of(const struct vg_rules *rules)
{
	int64_t reach = 0;

	for (size_t i = 0; i < vg_rules_count(rules); i++) {
		int64_t ms = vg_rule_reach_ms(vg_rule_at(rules, i));

		reach = ms > reach ? ms : reach;
	}
	return reach;
}

static enum vg_rc open_events(struct backtest *b, const struct words *w,
			      struct vg_err *err)
{
	const struct vg_admit_env env = {
		.cfg = b->cfg, .aud = b->aud, .hash_key = b->hash_key};
	int64_t reach_horizon[2] = {reach_of(b->rules), -1};

	if (w->horizon != NULL &&
	    !vg_duration_parse(vg_slice_of(w->horizon), &reach_horizon[1]))
		return vg_err_set(err, VG_INVAL,
				  "--horizon: %.40s is no duration; write 6h",
				  w->horizon);
	b->in = strcmp(w->path, "-") == 0 ? stdin : fopen(w->path, "rb");
	if (b->in == NULL)
		return vg_err_set(err, VG_INVAL, "%.100s: %s", w->path,
				  strerror(errno));
	return vg_history_init(&b->history, &env, b->in, reach_horizon, err);
}

static enum vg_rc read_events(struct backtest *b, struct vg_err *err)
{
	bool more = true;
	enum vg_rc rc = VG_OK;

	for (;;) {
		struct vg_history *h = &b->history;

		rc = vg_history_next(h, &more, err);
		if (rc != VG_OK || !more)
			return rc;
		/* What the viewer may not see was never sent (law 3). */
		if (!vg_audience_sees(b->aud, h->event.audience, b->slot))
			continue;
		rc = vg_replay_add(b->replay, &h->event,
				   vg_slice_of(h->partner->id), err);
		if (rc != VG_OK)
			return rc;
	}
}

/* The value of one packed part, as text; until the next. */
static struct vg_slice part_text(struct backtest *b, struct vg_slice part)
{
	vg_buf_reset(&b->text);
	vg_field_unescape(&b->text, part);
	return (struct vg_slice){b->text.n > 0 ? b->text.p : "",
				 (uint32_t)b->text.n};
}

/* True when the alert's group has `pair` (FIELD=VALUE). */
static bool has_pair(struct backtest *b, const struct vg_replayed *a,
		     const struct vg_slice *part, const char *pair)
{
	const char *eq = strchr(pair, '=');

	for (unsigned i = 0; eq != NULL && i < a->rule->n_group; i++) {
		const struct vg_slice field = {pair, (uint32_t)(eq - pair)};

		if (vg_slice_eq(a->rule->group[i], field))
			return vg_slice_eq(part_text(b, part[i]),
					   vg_slice_of(eq + 1));
	}
	return false;
}

static void say_number(struct vg_jout *j, double v)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	vg_jout_raw(j, text, strlen(text));
}

static void say_value(struct backtest *b, struct vg_jout *j,
		      struct vg_slice value)
{
	struct vg_slice part[VG_TRACK_GROUP_MAX];
	unsigned n = vg_field_split(value, part, VG_TRACK_GROUP_MAX);

	vg_jout_name(j, "value");
	if (n > 1)
		vg_jout_open(j, '[');
	for (unsigned i = 0; i < n; i++)
		vg_jout_slice(j, part_text(b, part[i]));
	if (n > 1)
		vg_jout_close(j, ']');
}

static void say_span(struct vg_jout *j, const struct vg_replayed *a)
{
	vg_jout_name(j, "start");
	vg_jout_instant(j, a->span.start_ms);
	vg_jout_name(j, "end");
	vg_jout_instant(j, a->open ? INT64_MAX : a->span.end_ms);
	if (!vg_kind_has_peak(a->rule->form.leaf[0].kind) ||
	    !isfinite(a->span.peak))
		return;
	vg_jout_name(j, "peak");
	say_number(j, a->span.peak);
	vg_jout_name(j, "peak_at");
	vg_jout_instant(j, a->span.peak_at_ms);
}

static void say_alert(struct backtest *b, const struct vg_replayed *a,
		      const struct vg_slice *part, const char *fingerprint)
{
	struct vg_jout j = {.buf = &b->out};

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "rule");
	vg_jout_text(&j, a->rule->id);
	vg_jout_name(&j, "fingerprint");
	vg_jout_text(&j, fingerprint);
	vg_jout_name(&j, "group");
	vg_jout_open(&j, '{');
	for (unsigned i = 0; i < a->rule->n_group; i++) {
		vg_jout_name_slice(&j, a->rule->group[i]);
		vg_jout_slice(&j, part_text(b, part[i]));
	}
	vg_jout_close(&j, '}');
	if (a->value.n > 0)
		say_value(b, &j, a->value);
	vg_jout_name(&j, "viewer");
	vg_jout_text(&j, b->viewer);
	say_span(&j, a);
	vg_jout_close(&j, '}');
	vg_buf_str(&b->out, "\n");
}

static enum vg_rc take_alert(void *arg, const struct vg_replayed *a,
			     struct vg_err *err)
{
	struct backtest *b = arg;
	struct vg_slice part[VG_TRACK_GROUP_MAX] = {0};
	char fingerprint[VG_FINGERPRINT];

	if (b->rule != NULL && strcmp(a->rule->id, b->rule) != 0)
		return VG_OK;
	if (a->rule->n_group > 0)
		(void)vg_field_split(a->group, part, VG_TRACK_GROUP_MAX);
	for (size_t i = 0; i < b->group.n; i++)
		if (!has_pair(b, a, part, b->group.v[i]))
			return VG_OK;
	const char *class_name =
		b->class_index < 0
			? b->viewer
			: vg_class_name(b->aud, (size_t)b->class_index);
	vg_buf_reset(&b->out);
	if (!vg_alert_fingerprint(fingerprint, b->hash_key, a->rule->id,
				  a->group, class_name))
		b->out.failed = true;
	else
		say_alert(b, a, part, fingerprint);
	if (b->out.failed || b->text.failed)
		return vg_err_set(err, VG_FATAL, "out of memory");
	(void)fwrite(b->out.p, 1, b->out.n, stdout);
	return VG_OK;
}

static enum vg_rc backtest(struct backtest *b, const struct words *w,
			   struct vg_err *err)
{
	int64_t clock_ms = 0;
	enum vg_rc rc = load(b, w, err);

	if (rc == VG_OK && w->until != NULL &&
	    !read_instant(w->until, &clock_ms))
		rc = vg_err_set(err, VG_INVAL,
				"--until: %.40s is no time; write "
				"2026-01-02T03:04:05Z",
				w->until);
	if (rc == VG_OK)
		rc = open_events(b, w, err);
	if (rc == VG_OK)
		rc = read_events(b, err);
	if (rc != VG_OK)
		return rc;
	if (w->until == NULL)
		clock_ms = vg_replay_newest(b->replay);
	rc = vg_replay_run(b->replay, clock_ms, take_alert, b, err);
	vg_history_report(&b->history, stderr);
	return rc;
}

static void term(struct backtest *b)
{
	if (b->history.cfg != NULL)
		vg_history_term(&b->history);
	if (b->in != NULL && b->in != stdin)
		fclose(b->in);
	vg_replay_free(b->replay);
	vg_rules_free(b->rules);
	vg_plan_free(b->plan);
	vg_audiences_free(b->aud);
	vg_config_free(b->cfg);
	vg_buf_term(&b->out);
	vg_buf_term(&b->text);
}

int vg_cmd_backtest(int argc, char **argv)
{
	static struct backtest b;
	struct words w = {.path = NULL};
	const struct vg_arg table[] = {
		{"--rules", "-r", VG_ARG_MANY, &w.rules, "FILE",
		 "a rule file; may be given again", true, 0, 0},
		{"--config", "-c", VG_ARG_TEXT, &w.config, "FILE",
		 "a configuration file; five partners when not given", false, 0,
		 0},
		VG_ARG_SET(&w.set),
		{"--until", "-u", VG_ARG_TEXT, &w.until, "TIME",
		 "the clock; default: the last event", false, 0, 0},
		{"--viewer", NULL, VG_ARG_TEXT, &b.viewer, "ID",
		 "whose view: a partner, or coalition (default)", false, 0, 0},
		{"--rule", NULL, VG_ARG_TEXT, &b.rule, "ID",
		 "show alerts of this rule alone", false, 0, 0},
		{"--group", NULL, VG_ARG_MANY, &b.group, "FIELD=VALUE",
		 "show alerts of this group alone", false, 0, 0},
		{"--horizon", NULL, VG_ARG_TEXT, &w.horizon, "DURATION",
		 "how late an event may be; default: longest window + "
		 "rule.lateness",
		 false, 0, 0},
		{"", NULL, VG_ARG_TEXT, &w.path, "EVENTS.ndjson",
		 "canonical events, one a line; - is standard input", true, 0,
		 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("backtest --rules FILE EVENTS.ndjson", table,
			     VG_ROWS(table), argc, argv, &status))
		return status;
	if (backtest(&b, &w, &err) != VG_OK)
		status = vg_report(&err);
	term(&b);
	return status;
}
