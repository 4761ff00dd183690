/*
 * reply - an answer as what the HTTP library sends.
 *
 * Many ask the same again, and what they have still stands: the last response
 * without a body is kept, and sent again while each byte of it is the same. It
 * holds nothing that its answer does not, so that nobody gets what is
 * another's.
 *
 * Owner:   the server. Threads: any; the mutex guards what is kept.
 */
#ifndef VG_API_REPLY_H
#define VG_API_REPLY_H

#include "api/answer.h"

struct MHD_Connection;
struct vg_replies;

/* Keep nothing yet. `is_tls`: browsers are told to come back by TLS only. */
enum vg_rc vg_replies_new(struct vg_replies **out, bool is_tls,
			  struct vg_err *err) VG_MUST_CHECK;

/* Free `r` when no connection is left; NULL is allowed. */
void vg_replies_free(struct vg_replies *r);

/* Hand `a` to the library and free it; false when memory is out, and the
 * connection is to be dropped. */
bool vg_reply(struct vg_replies *r, struct MHD_Connection *connection,
	      struct vg_answer *a);

#endif
