#include "api/cors.h"

#include "core/config.h"

/* Is the origin, as it stands, one of the list "a, b"? */
static bool is_named(const char *list, const char *origin)
{
	size_t want;

	if (list == NULL || origin == NULL || *origin == '\0')
		return false;
	want = strlen(origin);
	while (*list != '\0') {
		size_t n;

		list += strspn(list, " ,");
		n = strcspn(list, " ,");
		if (n == want && memcmp(list, origin, n) == 0)
			return true;
		list += n;
	}
	return false;
}

bool vg_cors_preflight(const struct vg_config *cfg, const struct vg_call *call,
		       struct vg_answer *a)
{
	if (strcmp(call->method, "OPTIONS") != 0 ||
	    !is_named(cfg->http_cors_origins, call->origin))
		return false;
	a->status = 204;
	a->content_type = "text/plain";
	vg_answer_header(a, "Access-Control-Allow-Methods", "GET, HEAD, POST");
	vg_answer_header(a, "Access-Control-Allow-Headers",
			 "Authorization, Content-Type, Idempotency-Key, "
			 "If-None-Match, Last-Event-ID");
	vg_answer_header(a, "Access-Control-Max-Age", "600");
	return true;
}

void vg_cors_headers(const struct vg_config *cfg, const struct vg_call *call,
		     struct vg_answer *a)
{
	/* The answer hangs on the origin as soon as one is named. */
	if (cfg->http_cors_origins == NULL || *cfg->http_cors_origins == '\0')
		return;
	vg_answer_header(a, "Vary", "Origin");
	if (!is_named(cfg->http_cors_origins, call->origin))
		return;
	vg_answer_header(a, "Access-Control-Allow-Origin", call->origin);
	vg_answer_header(a, "Access-Control-Expose-Headers",
			 "ETag, Link, RateLimit, RateLimit-Policy, "
			 "Retry-After, Vigie-As-Of, "
			 "Vigie-Complete-To, Vigie-Folded, Vigie-Marking, "
			 "Vigie-Stale");
}
