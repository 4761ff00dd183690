#include "aggregate/keys.h"
#include "alert/model.h"
#include "api/json_out.h"
#include "cmd/commands.h"
#include "cmd/offline.h"
#include "cmd/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct backtest {
	struct vg_offline o;
	const char *rule, *until;
	struct vg_arg_list group; /* FIELD=VALUE, all of them */
	struct vg_buf out, text;
};

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
	if (a->rule->shadow) {
		vg_jout_name(&j, "shadow");
		vg_jout_bool(&j, true);
	}
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
	vg_jout_text(&j, b->o.viewer);
	say_span(&j, a);
	vg_jout_close(&j, '}');
	vg_buf_str(&b->out, "\n");
}

/* The fingerprint; of a value that is new it is part of what is told apart. */
static bool make_fingerprint(char out[VG_FINGERPRINT], const struct backtest *b,
			     const struct vg_replayed *a,
			     const char *class_name)
{
	struct vg_buf key = {.n = 0};
	bool ok;

	vg_buf_add(&key, a->group.n > 0 ? a->group.p : "", a->group.n);
	if (a->value.n > 0 && a->rule->n_group > 0)
		vg_buf_add(&key, &(char){VG_FIELD_SEP}, 1);
	vg_buf_add(&key, a->value.n > 0 ? a->value.p : "", a->value.n);
	ok = !key.failed &&
	     vg_alert_fingerprint(
		     out, b->o.hash_key, a->rule->id,
		     (struct vg_slice){key.n > 0 ? key.p : "", (uint32_t)key.n},
		     class_name);
	vg_buf_term(&key);
	return ok;
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
		b->o.class_index < 0
			? b->o.viewer
			: vg_class_name(b->o.aud, (size_t)b->o.class_index);
	vg_buf_reset(&b->out);
	if (!make_fingerprint(fingerprint, b, a, class_name))
		b->out.failed = true;
	else
		say_alert(b, a, part, fingerprint);
	if (b->out.failed || b->text.failed)
		return vg_err_set(err, VG_FATAL, "out of memory");
	(void)fwrite(b->out.p, 1, b->out.n, stdout);
	return VG_OK;
}

static enum vg_rc backtest(struct backtest *b, const struct vg_offline_words *w,
			   struct vg_err *err)
{
	int64_t clock_ms = 0;
	enum vg_rc rc = VG_OK;

	if (b->until != NULL && !vg_instant_read(b->until, &clock_ms))
		rc = vg_err_set(err, VG_INVAL,
				"--until: %.40s is no time; write "
				"2026-01-02T03:04:05Z",
				b->until);
	if (rc == VG_OK)
		rc = vg_offline_read(&b->o, w, err);
	if (rc != VG_OK)
		return rc;
	if (b->until == NULL)
		clock_ms = vg_replay_newest(b->o.replay);
	rc = vg_replay_run(b->o.replay, clock_ms, take_alert, b, err);
	vg_history_report(&b->o.history, stderr);
	return rc;
}

int vg_cmd_backtest(int argc, char **argv)
{
	static struct backtest b;
	struct vg_offline_words w = {.path = NULL};
	const struct vg_arg table[] = {
		VG_ARGS_OFFLINE(&w),
		{"--until", "-u", VG_ARG_TEXT, &b.until, "TIME",
		 "the clock; default: the last event", false, 0, 0},
		{"--rule", NULL, VG_ARG_TEXT, &b.rule, "ID",
		 "show alerts of this rule alone", false, 0, 0},
		{"--group", NULL, VG_ARG_MANY, &b.group, "FIELD=VALUE",
		 "show alerts of this group alone", false, 0, 0},
		{"", NULL, VG_ARG_TEXT, &w.path, "EVENTS.ndjson",
		 "canonical events, one a line; - is standard input", false, 0,
		 0},
		VG_ARG_HELP};
	int status = VG_EXIT_OK;
	struct vg_err err = {0};

	if (!vg_command_line("backtest --rules FILE EVENTS.ndjson", table,
			     VG_ROWS(table), argc, argv, &status))
		return status;
	if (backtest(&b, &w, &err) != VG_OK)
		status = vg_report(&err);
	vg_offline_term(&b.o);
	vg_buf_term(&b.out);
	vg_buf_term(&b.text);
	return status;
}
