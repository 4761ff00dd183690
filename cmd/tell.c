#include "cmd/tell.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Where the systemd journal listens, wherever it runs. */
#define JOURNAL "/run/systemd/journal/socket"

enum { MOST = 10 }; /* lines of a kind in a minute */

static enum vg_log_level level_of(const char *name)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return (enum vg_log_level)i;
	return VG_LOG_INFO;
}

static enum vg_log_form form_of(const char *name)
{
	for (unsigned i = 0; vg_log_form_name(i) != NULL; i++)
		if (strcmp(vg_log_form_name(i), name) == 0)
			return (enum vg_log_form)i;
	return VG_LOG_TEXT;
}

enum vg_rc vg_tell_as(struct vg_log *log, const struct vg_config *cfg,
		      struct vg_err *err)
{
	enum vg_log_form form = form_of(cfg->log_format);
	enum vg_rc rc = form == VG_LOG_JOURNAL
				? vg_log_journal(&log->fd, JOURNAL, err)
				: VG_OK;

	if (rc == VG_OK) {
		log->form = form;
		log->level = level_of(cfg->log_level);
	}
	return rc;
}

static void tell_warnings(const struct vg_log *log, const char *text)
{
	char line[sizeof((struct vg_err *)0)->text];

	for (const char *end; (end = strchr(text, '\n')) != NULL;
	     text = end + 1) {
		snprintf(line, sizeof line, "%.*s", (int)(end - text), text);
		vg_log(log, VG_LOG_WARN, VG_EV_RULE_WARNING, "warning", line,
		       NULL);
	}
}

void vg_tell_rules(const struct vg_log *log, const struct vg_ruleset *s)
{
	char rules[24], tracks[24];

	vg_log(log, VG_LOG_INFO, VG_EV_RULES_LOADED, "rules",
	       vg_num(rules, (long long)vg_rules_shared(s->rules)), "tracks",
	       vg_num(tracks, (long long)vg_plan_tracks(s->plan)),
	       "config_epoch", s->config_hash, NULL);
	tell_warnings(log, vg_rules_warnings(s->rules));
}

void vg_tell_start(const struct vg_log *log, const struct vg_world *w,
		   const char *path)
{
	char partners[24], audiences[24];

	assert(w->cfg != NULL && w->rules != NULL);
	vg_log(log, VG_LOG_INFO, VG_EV_CONFIG, "file", path, "partners",
	       vg_num(partners, (long long)w->cfg->n_partners), "audiences",
	       vg_num(audiences, (long long)vg_audience_count(w->aud)), NULL);
	vg_tell_rules(log, w->set);
}

static void tell_loaded(struct vg_view_teller *t, const struct vg_log *log,
			const struct vg_view *v, struct vg_metrics *m,
			int64_t now_ms)
{
	char parts[24], cells[24], more[24];
	int64_t kept = 0;

	if (!vg_log_may(&t->loads, MOST, now_ms, &kept))
		return;
	vg_log(log, VG_LOG_INFO, VG_EV_VIEW_LOADED, "partitions",
	       vg_num(parts, (long long)vg_view_parts(v)), "cells",
	       vg_num(cells, vg_metric_get(m, VG_M_VIEW_CELLS)), "unsaid",
	       vg_num(more, kept), NULL);
}

void vg_tell_view(struct vg_view_teller *t, const struct vg_log *log,
		  const struct vg_view *v, struct vg_metrics *m, int64_t now_ms)
{
	int64_t reloads = vg_metric_get(m, VG_M_VIEW_RELOADS), kept = 0;
	char count[24], more[24];

	assert(reloads >= t->reloads);
	if (reloads > t->reloads && vg_log_may(&t->again, MOST, now_ms, &kept))
		vg_log(log, VG_LOG_WARN, VG_EV_VIEW_RELOAD, "partitions",
		       vg_num(count, reloads - t->reloads), "unsaid",
		       vg_num(more, kept), NULL);
	t->reloads = reloads;
	/* Before the first partition there is nothing to have loaded. */
	bool loaded = vg_view_parts(v) > 0 && vg_view_ready(v);
	if (loaded && !t->loaded)
		tell_loaded(t, log, v, m, now_ms);
	t->loaded = loaded;
}

void vg_tell_error(const struct vg_log *log, enum vg_log_event event,
		   const char *where, const struct vg_err *err)
{
	vg_log(log, VG_LOG_ERROR, event, "where", where, "error", err->text,
	       NULL);
}

void vg_tell_redis(const struct vg_log *log, const char *where,
		   const struct vg_err *err, bool *away)
{
	if (err != NULL && !*away)
		vg_tell_error(log, VG_EV_REDIS_AWAY, where, err);
	if (err == NULL && *away)
		vg_log(log, VG_LOG_INFO, VG_EV_REDIS_BACK, "where", where,
		       NULL);
	*away = err != NULL;
}
