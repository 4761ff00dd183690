/* Who is asking: what the token that was sent stands for; where people who have
 * none sign in. */
#include "api/admit.h"
#include "api/handlers.h"
#include "api/rate.h"
#include "api/viewer.h"

static void put_scopes(struct vg_jout *j, unsigned scopes)
{
	const char *name;

	vg_jout_open(j, '[');
	for (unsigned i = 0; (name = vg_scope_name(i)) != NULL; i++)
		if ((scopes & 1U << i) != 0)
			vg_jout_text(j, name);
	vg_jout_close(j, ']');
}

static void put_limit(struct vg_jout *j, const struct vg_rate_limit *limit)
{
	if (limit->rate == 0) {
		vg_jout_null(j);
		return;
	}
	vg_jout_open(j, '{');
	vg_jout_name(j, "per_second");
	vg_jout_i64(j, limit->rate);
	vg_jout_name(j, "burst");
	vg_jout_i64(j, limit->burst);
	vg_jout_close(j, '}');
}

/* Where the same questions may be asked in Grafana. */
static void put_grafana(struct vg_jout *j, const struct vg_config *cfg)
{
	if (cfg->http_grafana_url == NULL || cfg->http_grafana_url[0] == '\0')
		return;
	vg_jout_name(j, "grafana");
	vg_jout_open(j, '{');
	vg_jout_name(j, "url");
	vg_jout_text(j, cfg->http_grafana_url);
	vg_jout_name(j, "source");
	vg_jout_text(j, cfg->http_grafana_source);
	vg_jout_close(j, '}');
}

void vg_get_me(struct vg_service *s, const struct vg_request *r,
	       struct vg_answer *a)
{
	struct vg_rate_limit limit = vg_admit_limit(s, &r->who);
	struct vg_jout j = vg_answer_json(a, 200);

	vg_jout_open(&j, '{');
	vg_jout_name(&j, "viewer");
	vg_jout_text(&j, vg_viewer_name(s->env->cfg, r->viewer));
	vg_jout_name(&j, "role");
	vg_jout_text(&j, vg_role_name(r->who.role));
	vg_jout_name(&j, "name");
	vg_jout_text(&j, r->who.name);
	vg_jout_name(&j, "token");
	vg_jout_text(&j, r->who.id);
	vg_jout_name(&j, "scopes");
	put_scopes(&j, r->who.scopes);
	vg_jout_name(&j, "expires");
	vg_jout_instant(&j, r->who.expires_ms);
	vg_jout_name(&j, "rate");
	put_limit(&j, &limit);
	put_grafana(&j, s->env->cfg);
	vg_jout_close(&j, '}');
}

/* The same for everybody: the provider and the name that vigie has there, which
 * is what its tokens are for. */
void vg_get_sign_in(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a)
{
	const struct vg_config *cfg = s->env->cfg;
	struct vg_jout j = vg_answer_json(a, 200);

	(void)r;
	vg_jout_open(&j, '{');
	if (cfg->oidc_issuer != NULL && cfg->oidc_issuer[0] != '\0') {
		vg_jout_name(&j, "issuer");
		vg_jout_text(&j, cfg->oidc_issuer);
		vg_jout_name(&j, "client_id");
		vg_jout_text(&j, cfg->oidc_audience);
	}
	vg_jout_close(&j, '}');
}
