#include "cmd/notify_role.h"

#include "ingest/outgoing.h"
#include "notify/kinds.h"

#include <stdlib.h>
#include <string.h>

struct vg_notify_role {
	struct vg_notifier *notifier;
	struct vg_outgoing *outgoing;
	struct vg_topic_sink topics;
};

static enum vg_rc send_records(void *ctx, const struct vg_topic_record *record,
			       size_t n, int64_t timeout_ms, struct vg_err *err)
{
	struct vg_outgoing_record out[VG_OUTGOING_MAX];

	if (n > VG_OUTGOING_MAX)
		n = VG_OUTGOING_MAX;
	for (size_t i = 0; i < n; i++)
		out[i] = (struct vg_outgoing_record){.topic = record[i].topic,
						     .key = record[i].key,
						     .value = record[i].value,
						     .id = record[i].id};
	return vg_outgoing_send(ctx, out, n, timeout_ms, err);
}

static bool needs_kafka(const struct vg_config *cfg)
{
	for (size_t i = 0; i < cfg->n_receivers; i++)
		if (strcmp(cfg->receivers[i].type, "kafka") == 0)
			return true;
	return false;
}

enum vg_rc vg_notify_role_new(struct vg_notify_role **out, struct vg_world *w,
			      struct vg_view *view, const struct vg_log *log,
			      const char *owner, struct vg_err *err)
{
	struct vg_notify_role *r;
	enum vg_rc rc = VG_OK;

	*out = NULL;
	if (w->cfg->n_receivers == 0)
		return VG_OK;
	r = calloc(1, sizeof *r);
	if (r == NULL)
		return vg_err_set(err, VG_FATAL, "notify: out of memory");
	if (needs_kafka(w->cfg))
		rc = vg_outgoing_new(&r->outgoing, w->cfg, err);
	r->topics = (struct vg_topic_sink){send_records, r->outgoing};
	const struct vg_notifier_opts o = {
		.cfg = w->cfg,
		.metrics = &w->metrics,
		.hash_key = w->hash_key,
		.log = log,
		.clock = log->clock,
		.owner = owner,
		.view = view,
		.topics = r->outgoing != NULL ? &r->topics : NULL};
	if (rc == VG_OK)
		rc = vg_notifier_new(&r->notifier, &o, err);
	if (rc != VG_OK) {
		vg_notify_role_free(r);
		return rc;
	}
	*out = r;
	return VG_OK;
}

void vg_notify_role_free(struct vg_notify_role *r)
{
	if (r == NULL)
		return;
	vg_notifier_free(r->notifier);
	vg_outgoing_free(r->outgoing);
	free(r);
}

enum vg_rc vg_notify_role_step(struct vg_notify_role *r, struct vg_store *store,
			       int64_t now_ms, struct vg_err *err)
{
	return vg_notifier_step(r->notifier, store, now_ms, err);
}
