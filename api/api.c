#include "api/api.h"

#include "api/audited.h"
#include "api/kept.h"
#include "api/oidc.h"
#include "api/pool.h"
#include "api/rate.h"
#include "api/server.h"
#include "api/sse.h"
#include "api/tokens.h"

#include <sodium.h>
#include <stdlib.h>

struct vg_api {
	struct vg_service service;
	struct vg_tokens *tokens;
	struct vg_pool *pool;
	struct vg_kept *kept;
	struct vg_auditor *auditor;
	struct vg_oidc *oidc;
	struct vg_rates *rates, *strangers;
	struct vg_server *server;
	const struct vg_log *log;
};

/* What the routes of /v1 and its like stand on. */
static enum vg_rc make_whole(struct vg_api *a, const struct vg_api_opts *opts,
			     struct vg_err *err)
{
	const struct vg_config *cfg = opts->env->cfg;
	enum vg_rc rc = vg_pool_new(&a->pool, cfg, opts->env->metrics, err);

	if (rc == VG_OK)
		rc = vg_kept_new(&a->kept, err);
	if (rc == VG_OK)
		rc = vg_auditor_new(&a->auditor, opts->env, opts->log,
				    opts->owner, vg_now_ms(&opts->clock), err);
	if (rc == VG_OK)
		rc = vg_oidc_new(&a->oidc, cfg, opts->env->metrics, err);
	return rc;
}

enum vg_rc vg_api_new(struct vg_api **out, const struct vg_api_opts *opts,
		      struct vg_err *err)
{
	const struct vg_config *cfg = opts->env->cfg;
	struct vg_api *a = NULL;
	enum vg_rc rc;

	if (sodium_init() < 0)
		return vg_err_set(err, VG_FATAL, "api: libsodium fails");
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	a->log = opts->log;
	rc = vg_tokens_new(&a->tokens, cfg, err);
	if (rc == VG_OK && opts->small_at == NULL)
		rc = make_whole(a, opts, err);
	if (rc == VG_OK)
		rc = vg_rates_new(&a->rates, opts->env->table_seed, err);
	if (rc == VG_OK)
		rc = vg_rates_new(&a->strangers, opts->env->table_seed, err);
	if (rc != VG_OK)
		goto out;
	a->service = (struct vg_service){.env = opts->env,
					 .small_at = opts->small_at,
					 .view = opts->view,
					 .book = opts->book,
					 .board = opts->board,
					 .reload = opts->reload,
					 .reloader = opts->reloader,
					 .people = opts->people,
					 .sink = opts->sink,
					 .events = opts->events,
					 .tokens = a->tokens,
					 .pool = a->pool,
					 .kept = a->kept,
					 .auditor = a->auditor,
					 .oidc = a->oidc,
					 .rates = a->rates,
					 .strangers = a->strangers,
					 .exercise = opts->exercise,
					 .role_ingest = opts->role_ingest};
	/* A quarter of the connections is for what ends. */
	if (opts->small_at == NULL)
		rc = vg_sse_hub_new(&a->service.streams, &a->service,
				    (size_t)(cfg->http_connections * 3 / 4),
				    err);
	if (rc != VG_OK)
		goto out;
	rc = vg_server_new(&a->server, &a->service, opts->log, opts->clock,
			   err);
	if (rc != VG_OK)
		goto out;
	*out = a;
	a = NULL; /* now the caller's */
out:
	vg_api_free(a);
	return rc;
}

void vg_api_reload(struct vg_api *a)
{
	struct vg_err err = {0};

	if (a != NULL && vg_server_reload(a->server, &err) != VG_OK)
		vg_log(a->log, VG_LOG_ERROR, VG_EV_CERTIFICATE_BAD, "error",
		       err.text, NULL);
}

void vg_api_free(struct vg_api *a)
{
	if (a == NULL)
		return;
	vg_server_free(a->server);
	vg_sse_hub_free(a->service.streams);
	vg_pool_free(a->pool);
	vg_kept_free(a->kept);
	vg_auditor_free(a->auditor);
	vg_oidc_free(a->oidc);
	vg_rates_free(a->rates);
	vg_rates_free(a->strangers);
	vg_tokens_free(a->tokens);
	free(a);
}

const char *vg_api_address(const struct vg_api *a)
{
	return vg_server_address(a->server);
}

bool vg_api_wants_keys(struct vg_api *a, int64_t now_ms)
{
	return a->oidc != NULL && vg_oidc_wants(a->oidc, now_ms);
}

enum vg_rc vg_api_take_keys(struct vg_api *a, struct vg_slice text,
			    int64_t now_ms, size_t *n, struct vg_err *err)
{
	return vg_oidc_keys(a->oidc, text, now_ms, n, err);
}
