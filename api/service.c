#include "api/service.h"

#include "api/admit.h"
#include "api/audited.h"
#include "api/cors.h"
#include "api/exercise.h"
#include "api/flat.h"
#include "api/handlers.h"
#include "api/kept.h"
#include "api/params.h"
#include "api/pool.h"
#include "api/prom_routes.h"
#include "api/stix_routes.h"
#include "api/tag.h"
#include "api/web.h"
#include "core/defect.h"
#include "core/timefmt.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

/* What a route takes beside its method: who, and for what. */
enum {
	OPEN = VG_ACCESS_OPEN,
	VIEWER = VG_ACCESS_VIEWER,
	ANALYST = VG_ACCESS_ANALYST,
	OPERATOR = VG_ACCESS_OPERATOR,
	KEEPER = VG_ACCESS_KEEPER,
	ANY = 0,
	SERIES = VG_SCOPE_READ_SERIES,
	ALERTS = VG_SCOPE_READ_ALERTS,
	BOTH = SERIES | ALERTS,
	WRITE = VG_SCOPE_WRITE_ALERTS,
	PROM = VG_SCOPE_PROMQL,
	TAXII = VG_SCOPE_TAXII,
	ADMIN = VG_SCOPE_ADMIN
};

static const struct vg_route routes[] = {
	{"GET", "/v1/series", VIEWER, SERIES,
	 "by where* measure from to step since", vg_get_series},
	{"GET", "/v1/top", VIEWER, SERIES, "by where* measure from to n after",
	 vg_get_top},
	{"GET", "/v1/matrix", VIEWER, SERIES,
	 "rows columns measure from to n after", vg_get_matrix},
	{"GET", "/v1/compare", VIEWER, SERIES,
	 "by where* measure from to n order after", vg_get_compare},
	{"GET", "/v1/distinct", VIEWER, SERIES, "of by where* from to",
	 vg_get_distinct},
	{"GET", "/v1/events/rate", VIEWER, SERIES, "by where* measure window",
	 vg_get_rate},
	{"GET", "/v1/wall", VIEWER, BOTH, "window n", vg_get_wall},
	{"GET", "/v1/stream", VIEWER, BOTH, "alerts by where* measure counters",
	 vg_get_stream},
	{"GET", "/v1/alerts", VIEWER, ALERTS,
	 "rule state since from to severity_min limit after shadow",
	 vg_get_alerts},
	{"GET", "/v1/alerts/*", VIEWER, ALERTS, "", vg_get_alert},
	{"GET", "/v1/alerts/*/evidence", VIEWER, ALERTS, "", vg_get_evidence},
	{"POST", "/v1/alerts/*/actions", ANALYST, WRITE, "", vg_post_action},
	{"GET", "/v1/campaigns", VIEWER, ALERTS, "stage rule at limit after",
	 vg_get_campaigns},
	{"GET", "/v1/releases", VIEWER, ALERTS, "limit after", vg_get_releases},
	{"POST", "/v1/releases/*/actions", ANALYST, WRITE, "", vg_post_release},
	{"GET", "/v1/silences", VIEWER, ALERTS, "limit after", vg_get_silences},
	{"POST", "/v1/silences", ANALYST, WRITE, "", vg_post_silence},
	{"DELETE", "/v1/silences/*", ANALYST, WRITE, "", vg_delete_silence},
	{"GET", "/v1/exercise", VIEWER, ANY, "", vg_get_exercise},
	{"GET", "/v1/me", VIEWER, ANY, "", vg_get_me},
	{"GET", "/v1/own/rules", VIEWER, ALERTS, "limit after", vg_get_own},
	{"GET", "/v1/own/rules/*", VIEWER, ALERTS, "", vg_get_own_one},
	{"POST", "/v1/own/rules", ANALYST, WRITE, "", vg_post_own},
	{"PUT", "/v1/own/rules/*", ANALYST, WRITE, "", vg_put_own},
	{"DELETE", "/v1/own/rules/*", ANALYST, WRITE, "", vg_delete_own},
	{"GET", "/v1/own/watchlists", VIEWER, ALERTS, "limit after",
	 vg_get_own},
	{"GET", "/v1/own/watchlists/*", VIEWER, ALERTS, "", vg_get_own_one},
	{"POST", "/v1/own/watchlists", ANALYST, WRITE, "", vg_post_own},
	{"PUT", "/v1/own/watchlists/*", ANALYST, WRITE, "", vg_put_own},
	{"DELETE", "/v1/own/watchlists/*", ANALYST, WRITE, "", vg_delete_own},
	{"GET", "/v1/actors/*", VIEWER, SERIES, "", vg_get_actor},
	{"GET", "/v1/partners", VIEWER, SERIES, "", vg_get_partners},
	{"GET", "/v1/account", VIEWER, SERIES, "from to", vg_get_account},
	{"GET", "/v1/rules", VIEWER, ALERTS, "", vg_get_rules},
	{"GET", "/v1/rules/*/shadow", VIEWER, ALERTS, "", vg_get_shadow},
	{"POST", "/v1/rules:reload", KEEPER, ADMIN, "", vg_post_rules_reload},
	{"FORM", "/api/v1/query", VIEWER, PROM, NULL, vg_get_prom_query},
	{"FORM", "/api/v1/query_range", VIEWER, PROM, NULL, vg_get_prom_range},
	{"FORM", "/api/v1/labels", VIEWER, PROM, NULL, vg_get_prom_labels},
	{"GET", "/api/v1/label/*/values", VIEWER, PROM, NULL,
	 vg_get_prom_values},
	{"FORM", "/api/v1/series", VIEWER, PROM, NULL, vg_get_prom_series},
	{"GET", "/api/v1/metadata", VIEWER, PROM, NULL, vg_get_prom_metadata},
	{"GET", "/api/v1/status/buildinfo", VIEWER, PROM, NULL,
	 vg_get_prom_build},
	{"GET", "/api/v1/rules", VIEWER, PROM, NULL, vg_get_prom_rules},
	{"GET", "/api/v1/alerts", VIEWER, PROM, NULL, vg_get_prom_alerts},
	{"GET", "/api/v2/alerts", VIEWER, PROM, NULL, vg_get_am_alerts},
	{"GET", "/api/v2/alerts/groups", VIEWER, PROM, NULL, vg_get_am_groups},
	{"GET", "/api/v2/status", VIEWER, PROM, NULL, vg_get_am_status},
	{"GET", "/api/v2/receivers", VIEWER, PROM, NULL, vg_get_am_receivers},
	{"GET", "/api/v2/silences", VIEWER, PROM, NULL, vg_get_am_silences},
	{"GET", "/federate", VIEWER, PROM, NULL, vg_get_prom_federate},
	{"GET", "/v1/alerts/*/stix", VIEWER, TAXII, "", vg_get_stix},
	{"GET", "/taxii2/", VIEWER, TAXII, NULL, vg_get_taxii},
	{"GET", "/taxii2/vigie/", VIEWER, TAXII, NULL, vg_get_taxii_root},
	{"GET", "/taxii2/vigie/collections/", VIEWER, TAXII, NULL,
	 vg_get_taxii_collections},
	{"GET", "/taxii2/vigie/collections/*/", VIEWER, TAXII, NULL,
	 vg_get_taxii_collection},
	{"GET", "/taxii2/vigie/collections/*/objects/", VIEWER, TAXII, NULL,
	 vg_get_taxii_objects},
	{"GET", "/taxii2/vigie/collections/*/objects/*/", VIEWER, TAXII, NULL,
	 vg_get_taxii_object},
	{"GET", "/taxii2/vigie/collections/*/objects/*/versions/", VIEWER,
	 TAXII, NULL, vg_get_taxii_versions},
	{"GET", "/taxii2/vigie/collections/*/manifest/", VIEWER, TAXII, NULL,
	 vg_get_taxii_manifest},
	{"GET", "/misp/manifest.json", VIEWER, TAXII, "", vg_get_misp_manifest},
	{"GET", "/misp/*", VIEWER, TAXII, "", vg_get_misp_event},
	{"GET", "/v1/sign-in", OPEN, ANY, "", vg_get_sign_in},
	{"GET", "/livez", OPEN, ANY, "", vg_get_livez},
	{"GET", "/readyz", OPEN, ANY, "", vg_get_readyz},
	{"GET", "/metrics", OPERATOR, ADMIN, "", vg_get_metrics},
};

enum { ROUTES = sizeof routes / sizeof *routes };

/* True when `path` is of the form `pattern`; each "*" is one segment that is
 * not empty, and goes to `id`. */
static bool is_like(const char *pattern, struct vg_slice path,
		    struct vg_slice id[2])
{
	const char *at = path.p, *end = path.p + path.n;
	unsigned n = 0;

	for (const char *c = pattern; *c != '\0'; c++) {
		const char *from = at;

		if (*c != '*') {
			if (at == end || *at++ != *c)
				return false;
			continue;
		}
		assert(n < 2);
		while (at < end && *at != '/')
			at++;
		if (at == from)
			return false;
		id[n++] = (struct vg_slice){from, (uint32_t)(at - from)};
	}
	return at == end;
}

static bool matches(const struct vg_route *route, struct vg_request *r)
{
	struct vg_slice id[2] = {{0}, {0}};

	if (!is_like(route->path, r->path, id))
		return false;
	r->id = id[0];
	r->id2 = id[1];
	return true;
}

static bool is_form(const struct vg_route *route)
{
	return strcmp(route->method, "FORM") == 0;
}

static const char *methods_of(const struct vg_route *route)
{
	if (is_form(route))
		return "GET, HEAD, POST";
	return strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method;
}

static bool takes(const struct vg_route *route, const char *method)
{
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	if (is_form(route))
		return reads || strcmp(method, "POST") == 0;
	return strcmp(route->method, method) == 0 ||
	       (strcmp(route->method, "GET") == 0 && reads);
}

/* The route of `method` at r's path; else NULL, and in *other one of that path
 * with another method. */
static const struct vg_route *find_route(struct vg_request *r,
					 const char *method,
					 const struct vg_route **other)
{
	*other = NULL;
	for (size_t i = 0; i < ROUTES; i++) {
		if (!matches(&routes[i], r))
			continue;
		if (takes(&routes[i], method))
			return &routes[i];
		*other = &routes[i];
	}
	return NULL;
}

static bool has_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
}

bool vg_api_takes_body(const char *method, const char *target)
{
	const struct vg_route *route = NULL, *other;
	struct vg_request r;

	if (!has_body(method))
		return false;
	if (vg_request_parse(&r, target, NULL) == 0)
		route = find_route(&r, method, &other);
	vg_request_term(&r);
	return route != NULL;
}

bool vg_api_route(size_t i, struct vg_api_route *out)
{
	if (i >= ROUTES)
		return false;
	*out = (struct vg_api_route){
		.method = routes[i].method,
		.path = routes[i].path,
		.params = routes[i].params,
		.role = routes[i].access == OPEN
				? NULL
				: vg_role_name(vg_least_role(&routes[i])),
		.is_operators = routes[i].access >= OPERATOR};
	return true;
}

/* There is no such path, or it takes other methods. */
static void refuse(struct vg_request *r, const struct vg_route *other,
		   struct vg_answer *a)
{
	char allow[64] = "";

	if (other == NULL) {
		(void)vg_answer_fail(a, r, 404, "unknown-path",
				     "there is nothing at this path; the "
				     "paths are listed in docs/api.md");
		return;
	}
	for (size_t i = 0; i < ROUTES; i++) {
		size_t n = strlen(allow);

		if (matches(&routes[i], r))
			(void)snprintf(allow + n, sizeof allow - n, "%s%s",
				       n > 0 ? ", " : "",
				       methods_of(&routes[i]));
	}
	vg_answer_header(a, "Allow", allow);
	(void)vg_answer_fail(a, r, 405, "method", "%s takes %s only",
			     other->path, allow);
}

static bool is_type(const char *type, const char *want)
{
	size_t n = strlen(want);

	return type != NULL && strncasecmp(type, want, n) == 0 &&
	       (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* Take in the body. It is JSON, which a form of a web page cannot say; or, of
 * a route that only reads, a form: its pairs join the parameters. */
static bool take_body(const struct vg_route *route, const struct vg_call *call,
		      struct vg_request *r, struct vg_answer *a)
{
	const char *want = is_form(route) ? "application/x-www-form-urlencoded"
					  : "application/json";
	struct vg_err err = {.rc = VG_OK};
	int status = 0;

	if (!has_body(call->method) || (is_form(route) && call->body.n == 0))
		return true;
	if (!is_type(call->content_type, want))
		return vg_answer_fail(a, r, 415, "content-type",
				      "send the body as %s", want);
	if (is_form(route))
		status = vg_request_add_form(r, call->body, &err);
	return status == 0 ||
	       vg_answer_fail(a, r, status, "bad-body", "%s", err.text);
}

static bool changes(const struct vg_route *route)
{
	return strcmp(route->method, "GET") != 0 && !is_form(route);
}

/* Answer what was admitted. */
static void handle(struct vg_service *s, const struct vg_route *route,
		   const struct vg_request *r, struct vg_answer *a)
{
	enum vg_format format;

	if (!vg_flat_format(route->path, r, a, &format))
		return;
	route->handle(s, r, a);
	vg_flat_answer(route->path, format, a);
	if (route->access == VIEWER && !has_body(r->method))
		vg_tag_answer(s, r, a);
}

/* So, from the exercise that is on. */
static void handle_exercise(struct vg_service *s, const struct vg_route *route,
			    struct vg_request *r, struct vg_answer *a)
{
	struct vg_service *from = vg_exercise_enter(s->exercise, r, a);

	if (from == NULL)
		return;
	handle(from, route, r, a);
	vg_exercise_leave(s->exercise);
}

/* An exercise is only read. */
static bool may_play(const struct vg_route *route, const struct vg_request *r,
		     struct vg_answer *a)
{
	return !r->plays || route->access == VIEWER ||
	       vg_answer_fail(a, r, 403, "exercise",
			      "an exercise is only read");
}

static void answer(struct vg_service *s, const struct vg_route *route,
		   const struct vg_call *call, struct vg_request *r,
		   struct vg_answer *a)
{
	if ((route->access != OPEN && !vg_admit(s, route, r, a)) ||
	    !may_play(route, r, a) || !take_body(route, call, r, a) ||
	    (route->params != NULL && !vg_params_check(r, a, route->params)) ||
	    (changes(route) && !vg_audited_ask(s, route->path, r, a)))
		return;
	if (r->plays)
		handle_exercise(s, route, r, a);
	else
		handle(s, route, r, a);
}

/* Whether `route` tells how the process itself is. */
static bool is_of_operation(const struct vg_route *route)
{
	return route != NULL && (route->handle == vg_get_livez ||
				 route->handle == vg_get_readyz ||
				 route->handle == vg_get_metrics);
}

static void dispatch(struct vg_service *s, const struct vg_call *call,
		     struct vg_request *r, struct vg_answer *a)
{
	const struct vg_route *other = NULL;

	r->plays = vg_exercise_path(r);
	const struct vg_route *route = find_route(r, call->method, &other);

	if (s->small_at != NULL && !is_of_operation(route)) {
		refuse(r, NULL, a);
		return;
	}
	if (route == NULL) {
		refuse(r, other, a);
		return;
	}
	answer(s, route, call, r, a);
	if (route->access != OPEN)
		vg_audited_answer(s, route->path, changes(route), r, a);
}

void vg_api_dispatch(struct vg_service *s, const struct vg_call *call,
		     struct vg_answer *a)
{
	struct vg_kept_claim claim = {.n = 0};
	struct vg_request r;
	struct vg_err err;
	int status;

	*a = (struct vg_answer){0};
	status = vg_request_parse(&r, call->target, &err);
	r.method = call->method;
	r.now_ms = call->now_ms;
	r.body = call->body;
	r.repeat_key = call->repeat_key;
	r.accept = call->accept;
	r.if_none_match = call->if_none_match;
	r.authorization = call->authorization;
	r.last_event_id = call->last_event_id;
	r.coding = vg_negotiate_coding(call->accept_encoding);
	r.target = call->target;
	r.address = call->address;
	r.name = call->name;
	r.n_names = call->n_names;
	r.memo = call->memo;
	r.claim = &claim;
	if (status != 0)
		(void)vg_answer_fail(a, NULL, status, "bad-target", "%s",
				     err.text);
	else if (!vg_cors_preflight(s->env->cfg, call, a) &&
		 (s->small_at != NULL ||
		  !vg_web_answer(&vg_web_built_in, s->env->cfg->oidc_issuer,
				 call, &r, a)))
		dispatch(s, call, &r, a);
	vg_answer_finish(a);
	vg_cors_headers(s->env->cfg, call, a);
	vg_request_term(&r);
	vg_kept_claim_term(&claim);

	vg_metric_add(s->env->metrics, VG_M_HTTP_REQUESTS, 1);
	if (a->status >= 400)
		vg_metric_add(s->env->metrics, VG_M_HTTP_ERRORS, 1);
}

struct vg_view_freshness vg_service_freshness(const struct vg_service *s,
					      const struct vg_request *r)
{
	struct vg_view_freshness f;

	vg_view_read_lock(s->view);
	f = vg_view_freshness(s->view, r->now_ms);
	vg_view_unlock(s->view);
	return f;
}

static void instant_header(struct vg_answer *a, const char *name, int64_t ms)
{
	char text[VG_TIME_TEXT];

	if (ms <= 0 || ms == INT64_MAX)
		return; /* not known: no header, rather than a wrong one */
	vg_time_print_ms(text, ms);
	vg_answer_header(a, name, text);
}

void vg_service_fresh_headers(struct vg_answer *a,
			      const struct vg_view_freshness *f)
{
	instant_header(a, "Vigie-As-Of", f->as_of_ms);
	instant_header(a, "Vigie-Complete-To", f->complete_to_ms);
	vg_answer_header(a, "Vigie-Stale", f->stale ? "true" : "false");
}

enum vg_rc vg_service_take_store(struct vg_service *s,
				 const struct vg_request *r, bool is_stale,
				 struct vg_store **out, struct vg_err *err)
{
	if (is_stale)
		return vg_err_set(err, VG_RETRY, "redis is away");
	return vg_pool_take(s->pool, r->now_ms, out, err);
}

void vg_service_store_problem(struct vg_answer *a, const struct vg_request *r,
			      const struct vg_err *err)
{
	assert(err->rc != VG_OK);
	if (err->rc == VG_RETRY) {
		vg_answer_header(a, "Retry-After", "2");
		(void)vg_answer_fail(a, r, 503, "store-away",
				     "the store does not answer now; try "
				     "again, or ask for a step of 10s or 1m, "
				     "which needs no store");
		return;
	}
	/* The text may name keys and counts: it is for the operator's log. */
	a->fault = *err;
	(void)vg_answer_fail(a, r, 500, "store",
			     "the store refused; the operator finds why in "
			     "the log");
}
