/*
 * stix_routes - alerts as STIX 2.1, one by one and over TAXII 2.1, and as a
 * feed of MISP, to be read.
 *
 * Threads: any number at once.
 */
#ifndef VG_API_STIX_ROUTES_H
#define VG_API_STIX_ROUTES_H

#include "api/service.h"

/* GET /v1/alerts/{id}/stix: a bundle */
void vg_get_stix(struct vg_service *s, const struct vg_request *r,
		 struct vg_answer *a);

/* GET /taxii2/ and /taxii2/vigie/ */
void vg_get_taxii(struct vg_service *s, const struct vg_request *r,
		  struct vg_answer *a);
void vg_get_taxii_root(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a);

/* GET .../collections/ and .../collections/{id}/: one a viewer */
void vg_get_taxii_collections(struct vg_service *s, const struct vg_request *r,
			      struct vg_answer *a);
void vg_get_taxii_collection(struct vg_service *s, const struct vg_request *r,
			     struct vg_answer *a);

/* GET .../objects/, .../objects/{id}/ and its versions/, .../manifest/ */
void vg_get_taxii_objects(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a);
void vg_get_taxii_object(struct vg_service *s, const struct vg_request *r,
			 struct vg_answer *a);
void vg_get_taxii_versions(struct vg_service *s, const struct vg_request *r,
			   struct vg_answer *a);
void vg_get_taxii_manifest(struct vg_service *s, const struct vg_request *r,
			   struct vg_answer *a);

/* GET /misp/manifest.json and /misp/{uuid}.json */
void vg_get_misp_manifest(struct vg_service *s, const struct vg_request *r,
			  struct vg_answer *a);
void vg_get_misp_event(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a);

#endif
