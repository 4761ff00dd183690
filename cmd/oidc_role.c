#include "cmd/oidc_role.h"

#include "api/oidc.h"
#include "core/buf.h"
#include "core/thread.h"
#include "notify/transport.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { TIMEOUT_MS = 10000, LOOK_MS = 50 };

struct vg_oidc_role {
	struct vg_receiver from; /* the provider; borrows the config's texts */
	struct vg_way way;
	struct vg_api *api;
	const struct vg_log *log;
	bool is_away;
	size_t keys; /* when they were said last */
	atomic_bool stop;
	pthread_t thread;
};

static struct vg_receiver provider(const struct vg_config *cfg)
{
	return (struct vg_receiver){.url = cfg->oidc_keys_url,
				    .ca_file = cfg->oidc_ca_file,
				    .timeout_ms = TIMEOUT_MS};
}

enum vg_rc vg_oidc_check(const struct vg_config *cfg, struct vg_err *err)
{
	static const char *const schemes[] = {"https://", "http://", NULL};
	struct vg_receiver from = provider(cfg);
	struct vg_err why;
	enum vg_rc rc;

	if (!vg_is_set(cfg->oidc_issuer))
		return VG_OK;
	rc = vg_transport_check(&from, schemes, &why);
	return rc == VG_OK ? VG_OK
			   : vg_err_set(err, rc, "oidc.keys_url: %s", why.text);
}

/* Said when it changes: away, or another number of keys. */
static void tell(struct vg_oidc_role *r, enum vg_rc rc, size_t n,
		 const struct vg_err *err)
{
	char text[24];

	if (rc != VG_OK && !r->is_away)
		vg_log(r->log, VG_LOG_ERROR, VG_EV_OIDC_AWAY, "error",
		       err->text, NULL);
	if (rc == VG_OK && (r->is_away || n != r->keys))
		vg_log(r->log, VG_LOG_INFO, VG_EV_OIDC_KEYS, "keys",
		       vg_num(text, (long long)n), NULL);
	r->is_away = rc != VG_OK;
	r->keys = rc == VG_OK ? n : r->keys;
}

/* Bring them, if they are wanted. */
static void bring(struct vg_oidc_role *r, int64_t now_ms)
{
	struct vg_err err = {.rc = VG_OK};
	struct vg_buf text = {0};
	size_t n = 0;
	enum vg_rc rc;

	if (!vg_api_wants_keys(r->api, now_ms))
		return;
	rc = vg_transport_get(&r->way, VG_OIDC_SET_MAX, &text, &err);
	if (rc == VG_OK)
		rc = vg_api_take_keys(
			r->api, (struct vg_slice){text.p, (uint32_t)text.n},
			now_ms, &n, &err);
	tell(r, rc, n, &err);
	vg_buf_term(&text);
}

static void *run(void *arg)
{
	const struct timespec look = {.tv_nsec = LOOK_MS * 1000000L};
	struct vg_oidc_role *r = arg;

	while (!atomic_load(&r->stop)) {
		bring(r, vg_now_ms(&r->log->clock));
		(void)nanosleep(&look, NULL);
	}
	return NULL;
}

enum vg_rc vg_oidc_role_new(struct vg_oidc_role **out,
			    const struct vg_config *cfg, struct vg_api *api,
			    const struct vg_log *log, struct vg_err *err)
{
	struct vg_oidc_role *r;
	enum vg_rc rc = vg_oidc_check(cfg, err);

	*out = NULL;
	if (rc != VG_OK || !vg_is_set(cfg->oidc_issuer))
		return rc;
	r = calloc(1, sizeof *r);
	if (r == NULL)
		return vg_err_set(err, VG_FATAL, "oidc: out of memory");
	r->from = provider(cfg);
	r->way = (struct vg_way){.to = &r->from, .stop = &r->stop};
	r->api = api;
	r->log = log;
	if (!vg_thread_start(&r->thread, "oidc-keys", run, r)) {
		free(r);
		return vg_err_set(err, VG_FATAL, "cannot start a thread");
	}
	*out = r;
	return VG_OK;
}

void vg_oidc_role_free(struct vg_oidc_role *r)
{
	if (r == NULL)
		return;
	atomic_store(&r->stop, true);
	(void)pthread_join(r->thread, NULL);
	vg_transport_close(&r->way);
	free(r);
}
