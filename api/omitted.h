/*
 * omitted - how much each list holds at most, and what is said of the rest.
 *
 * Threads: pure.
 */
#ifndef VG_API_OMITTED_H
#define VG_API_OMITTED_H

#include "api/answer.h"

enum {
	VG_PROM_ALERTS_MAX = 1000,   /* of Prometheus' and Alertmanager's */
	VG_MISP_MANIFEST_MAX = 5000, /* lines                             */
	VG_TAXII_TURN = 1000	     /* alerts of which a page is made    */
};

/* Say in Vigie-Omitted that `n` more are there, which the asker may see too;
 * nothing when there are none. */
void vg_omitted_header(struct vg_answer *a, int64_t n);

#endif
