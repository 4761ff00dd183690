/*
 * admit - who may ask a route: the token, what it may be used for and from
 * where, how often, and whether its partner is a member.
 *
 * Threads: any.
 */
#ifndef VG_API_ADMIT_H
#define VG_API_ADMIT_H

#include "api/scopes.h"
#include "api/service.h"

enum vg_access {
	VG_ACCESS_OPEN,	    /* no token                                 */
	VG_ACCESS_VIEWER,   /* any token                                */
	VG_ACCESS_ANALYST,  /* any viewer's, of that role or above      */
	VG_ACCESS_OPERATOR, /* the joint SOC's: it is no viewer's data  */
	VG_ACCESS_KEEPER    /* so, and of role operator or above        */
};

struct vg_route {
	/* "GET" is HEAD too; "POST", "PUT" take a JSON body; "FORM" is GET and
	 * HEAD, and POST with a form, whose pairs become parameters. */
	const char *method;
	const char *path;   /* "*" is a segment that is not empty: an id */
	unsigned access;    /* enum vg_access                            */
	unsigned scopes;    /* that the token needs, all of them         */
	const char *params; /* NULL: any, as a protocol of others has it */
	void (*handle)(struct vg_service *s, const struct vg_request *r,
		       struct vg_answer *a);
};

/* The role that a token needs for `route` at least. */
enum vg_role vg_least_role(const struct vg_route *route);

/* Find out who asks `route`, which is not open to all, into r->who and
 * r->viewer. False, with a problem, when he may not. */
bool vg_admit(struct vg_service *s, const struct vg_route *route,
	      struct vg_request *r, struct vg_answer *a);

/* The limit of who asks, as r->who and the configuration have it. */
struct vg_rate_limit vg_admit_limit(const struct vg_service *s,
				    const struct vg_asker *who);

#endif
