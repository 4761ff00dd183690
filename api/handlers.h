/*
 * handlers - one function for each route; see docs/api.md for what they answer.
 *
 * Each fills `a` whole: status, body, headers of its own. The request has been
 * checked as the route table says: viewer known, parameter names allowed.
 *
 * Threads: any number at once.
 */
#ifndef VG_API_HANDLERS_H
#define VG_API_HANDLERS_H

#include "api/service.h"

/* GET /v1/series */
void vg_get_series(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

/* GET /v1/top */
void vg_get_top(struct vg_service *s, const struct vg_request *r,
		struct vg_answer *a);

/* GET /v1/matrix */
void vg_get_matrix(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

/* GET /v1/compare */
void vg_get_compare(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a);

/* GET /v1/distinct */
void vg_get_distinct(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a);

/* GET /v1/events/rate */
void vg_get_rate(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a);

/* GET /v1/wall */
void vg_get_wall(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a);

/* GET /v1/stream */
void vg_get_stream(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

/* GET /v1/alerts */
void vg_get_alerts(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

/* GET /v1/alerts/{id} */
void vg_get_alert(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a);

/* POST /v1/alerts/{id}/actions */
void vg_post_action(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a);

/* GET /v1/alerts/{id}/evidence */
void vg_get_evidence(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a);

/* GET /v1/campaigns */
void vg_get_campaigns(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a);

/* GET /v1/silences */
void vg_get_silences(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a);

/* POST /v1/silences */
void vg_post_silence(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a);

/* DELETE /v1/silences/{id} */
void vg_delete_silence(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a);

/* Of rules and of watchlists. GET /v1/own/rules */
void vg_get_own(struct vg_service *s, const struct vg_request *r,
		struct vg_answer *a);

/* GET /v1/own/rules/{id} */
void vg_get_own_one(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a);

/* POST /v1/own/rules */
void vg_post_own(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a);

/* PUT /v1/own/rules/{id} */
void vg_put_own(struct vg_service *s, const struct vg_request *r,
		struct vg_answer *a);

/* DELETE /v1/own/rules/{id} */
void vg_delete_own(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

/* GET /v1/releases */
void vg_get_releases(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a);

/* POST /v1/releases/{id}/actions */
void vg_post_release(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a);

/* GET /v1/partners */
void vg_get_partners(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a);

/* GET /v1/account */
void vg_get_account(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a);

/* GET /v1/me */
void vg_get_me(struct vg_service *s, const struct vg_request *r,
	       struct vg_answer *a);

/* GET /v1/actors/{name} */
void vg_get_actor(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a);

/* GET /v1/rules */
void vg_get_rules(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a);

/* GET /v1/rules/{id}/shadow */
void vg_get_shadow(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

/* POST /v1/rules:reload */
void vg_post_rules_reload(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a);

/* GET /v1/sign-in */
void vg_get_sign_in(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a);

/* GET /livez */
void vg_get_livez(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a);

/* GET /readyz */
void vg_get_readyz(struct vg_service *s, const struct vg_request *r,
		   struct vg_answer *a);

/* GET /metrics */
void vg_get_metrics(struct vg_service *s, const struct vg_request *r,
		    struct vg_answer *a);

#endif
