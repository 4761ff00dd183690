/*
 * server - the HTTP library around a service: sockets, limits, hardening.
 *
 * Each request is guarded, then answered by vg_api_dispatch(). Requests are
 * logged by nobody; a fault that the asker must not see is logged here, once,
 * as this is the outermost loop of the library's threads.
 *
 * Threads: the library's pool of http_threads.
 */
#ifndef VG_API_SERVER_H
#define VG_API_SERVER_H

#include "api/service.h"

struct vg_server;

/* Listen and serve. `service` and `log` outlive the server. */
enum vg_rc vg_server_new(struct vg_server **out, struct vg_service *service,
			 const struct vg_log *log, struct vg_clock clock,
			 struct vg_err *err) VG_MUST_CHECK;

/* Read the certificate again; connections go on with the one they have, until
 * the reload after this. VG_INVAL: it is bad, and the old one stays. By one
 * thread. */
enum vg_rc vg_server_reload(struct vg_server *s,
			    struct vg_err *err) VG_MUST_CHECK;

/* Stop listening, give running requests up to two seconds, free. NULL is
 * allowed. */
void vg_server_free(struct vg_server *s);

/* Where it listens, with the real port. */
const char *vg_server_address(const struct vg_server *s);

#endif
