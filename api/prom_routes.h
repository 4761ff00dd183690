/*
 * prom_routes - handlers of the paths that Prometheus and Alertmanager have, as
 * their clients ask for them; see docs/prometheus.md.
 *
 * Threads: any number at once.
 */
#ifndef VG_API_PROM_ROUTES_H
#define VG_API_PROM_ROUTES_H

#include "api/service.h"

/* /api/v1/query */
void vg_get_prom_query(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a);

/* /api/v1/query_range */
void vg_get_prom_range(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a);

/* /api/v1/labels */
void vg_get_prom_labels(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a);

/* /api/v1/label/{name}/values */
void vg_get_prom_values(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a);

/* /api/v1/series */
void vg_get_prom_series(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a);

/* /federate: text of the selectors' values now */
void vg_get_prom_federate(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a);

/* /api/v1/metadata */
void vg_get_prom_metadata(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a);

/* /api/v1/status/buildinfo */
void vg_get_prom_build(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a);

/* /api/v1/rules: those of which the viewer sees an alert that fires */
void vg_get_prom_rules(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a);

/* /api/v1/alerts */
void vg_get_prom_alerts(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a);

/* /api/v2/alerts and /api/v2/alerts/groups, as Alertmanager */
void vg_get_am_alerts(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a);
void vg_get_am_groups(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a);

/* /api/v2/status, /api/v2/receivers, /api/v2/silences (none: read-only) */
void vg_get_am_status(struct vg_service *s, const struct vg_request *r,
		      struct vg_answer *a);
void vg_get_am_receivers(struct vg_service *s, const struct vg_request *r,
			 struct vg_answer *a);
void vg_get_am_silences(struct vg_service *s, const struct vg_request *r,
			struct vg_answer *a);

#endif
