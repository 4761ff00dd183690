#include "notify/beat.h"

#include "alert/rules.h"
#include "core/config.h"
#include "core/timefmt.h"
#include "notify/notice.h"
#include "notify/sender.h"
#include "notify/watchdog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOOK_MS = 1000 };

struct vg_beats {
	struct vg_watchdog *watchdog;
	int64_t *next_ms; /* by receiver: no beat before */
	int64_t looked_ms;
	int64_t since_ms; /* all moves since then; 0: it does not */
	bool held;	  /* and that was said */
};

struct vg_beats *vg_beats_new(const struct vg_notifier_opts *o)
{
	struct vg_beats *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->watchdog = vg_watchdog_new(o->cfg->stuck_after_ms);
	b->next_ms = calloc(o->cfg->n_receivers + 1, sizeof *b->next_ms);
	if (b->watchdog == NULL || b->next_ms == NULL) {
		vg_beats_free(b);
		return NULL;
	}
	return b;
}

void vg_beats_free(struct vg_beats *b)
{
	if (b == NULL)
		return;
	vg_watchdog_free(b->watchdog);
	free(b->next_ms);
	free(b);
}

void vg_beats_stop(struct vg_notifier *n)
{
	n->beats->since_ms = n->beats->looked_ms = 0;
	n->beats->held = false;
	vg_metric_set(n->o.metrics, VG_M_WATCHDOG, 0);
}

static bool is_asked(const struct vg_config *cfg)
{
	for (size_t i = 0; i < cfg->n_receivers; i++)
		if (cfg->receivers[i].watchdog_ms > 0)
			return true;
	return false;
}

void vg_beats_look(struct vg_notifier *n)
{
	struct vg_beats *b = n->beats;
	char where[280];

	if (n->o.view == NULL || !is_asked(n->o.cfg) ||
	    (n->now_ms - b->looked_ms < LOOK_MS && n->now_ms >= b->looked_ms))
		return;
	b->looked_ms = n->now_ms;
	const char *why =
		vg_watchdog_look(b->watchdog, n->o.view, n->now_ms, where);
	if (why != NULL && !b->held)
		vg_log(n->o.log, VG_LOG_WARN, VG_EV_WATCHDOG_HELD, "why", why,
		       "partition", where[0] != '\0' ? where : NULL, NULL);
	if (why == NULL && b->held)
		vg_log(n->o.log, VG_LOG_INFO, VG_EV_WATCHDOG_BACK, NULL);
	b->held = why != NULL;
	if (why != NULL)
		b->since_ms = 0;
	else if (b->since_ms == 0)
		b->since_ms = n->now_ms;
	vg_metric_set(n->o.metrics, VG_M_WATCHDOG, why == NULL);
}

/* The alert as other documents are. */
static enum vg_rc read_alert(struct vg_item **out, const struct vg_beats *b,
			     const char *viewer, int64_t now_ms,
			     struct vg_err *err)
{
	char since[VG_TIME_TEXT], now[VG_TIME_TEXT];
	struct vg_buf doc = {0};

	vg_time_print_ms(since, b->since_ms);
	vg_time_print_ms(now, now_ms);
	vg_buf_printf(&doc,
		      "{\"id\":\"watchdog\",\"fingerprint\":\"watchdog\","
		      "\"rule\":\"" VG_WATCHDOG_RULE "\","
		      "\"title\":\"vigie watches\",\"severity\":1,"
		      "\"class\":\"%s\",\"viewers\":[\"%s\"],\"group\":{},"
		      "\"start\":\"%s\",\"end\":null,\"peak\":1,"
		      "\"marking\":\"CLEAR\",\"countries\":[],"
		      "\"partners\":[],\"resolve_after_ms\":0,"
		      "\"detected_at\":\"%s\",\"updated_at\":\"%s\"}",
		      viewer, viewer, since, since, now);
	enum vg_rc rc =
		doc.failed ? vg_err_set(err, VG_FATAL, "notify: out of memory")
			   : vg_item_read(
				     out,
				     (struct vg_slice){doc.p, (uint32_t)doc.n},
				     err);
	vg_buf_term(&doc);
	return rc;
}

static enum vg_rc write_notice(struct vg_buf *out, const struct vg_notifier *n,
			       size_t i, const char *id, struct vg_err *err)
{
	static const struct vg_route none = {.n_group = 0};
	const struct vg_receiver *to = &n->o.cfg->receivers[i];
	const char *viewer = vg_receiver_viewer(to);
	struct vg_item *item = NULL;
	enum vg_rc rc = read_alert(&item, n->beats, viewer, n->now_ms, err);

	if (rc != VG_OK)
		return rc;
	const struct vg_notice_alert alert = {.item = item, .firing = true};
	const struct vg_notice_make m = {.id = id,
					 .to = to,
					 .route = &none,
					 .viewer = viewer,
					 .at_ms = n->now_ms,
					 .alert = &alert,
					 .n = 1};
	rc = vg_notice_write(out, &m, err);
	vg_item_free(item);
	return rc;
}

enum vg_rc vg_beats_give(struct vg_notifier *n, size_t i, bool *given,
			 struct vg_err *err)
{
	struct vg_beats *b = n->beats;
	int64_t every_ms = n->o.cfg->receivers[i].watchdog_ms;
	struct vg_buf body = {0};
	char id[VG_NOTICE_ID];

	*given = false;
	if (every_ms == 0 || b->since_ms == 0 ||
	    (n->now_ms < b->next_ms[i] &&
	     b->next_ms[i] <= n->now_ms + every_ms))
		return VG_OK;
	snprintf(id, sizeof id, VG_BEAT_ID "%" PRId64, n->now_ms);
	enum vg_rc rc = write_notice(&body, n, i, id, err);
	if (rc == VG_OK)
		rc = vg_sender_give(n->sender[i], id,
				    (struct vg_slice){body.p, (uint32_t)body.n},
				    err);
	if (rc == VG_OK) {
		b->next_ms[i] = n->now_ms + every_ms;
		*given = true;
	}
	vg_buf_term(&body);
	return rc;
}
