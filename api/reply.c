#include "api/reply.h"

#include "api/feeder.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>

struct vg_replies {
	bool is_tls;
	pthread_mutex_t lock;	   /* guards all below */
	struct MHD_Response *last; /* NULL: none */
	int status;
	struct vg_answer_header header[VG_ANSWER_HEADERS_MAX];
	unsigned n_headers;
	struct vg_buf values;
};

enum vg_rc vg_replies_new(struct vg_replies **out, bool is_tls,
			  struct vg_err *err)
{
	struct vg_replies *r = calloc(1, sizeof *r);

	if (r == NULL || pthread_mutex_init(&r->lock, NULL) != 0) {
		free(r);
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	}
	r->is_tls = is_tls;
	*out = r;
	return VG_OK;
}

static void forget_locked(struct vg_replies *r)
{
	if (r->last != NULL)
		MHD_destroy_response(r->last);
	r->last = NULL;
}

void vg_replies_free(struct vg_replies *r)
{
	if (r == NULL)
		return;
	forget_locked(r);
	vg_buf_term(&r->values);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

/* What `a` has to send is the response's from then on. */
static struct MHD_Response *response_of(struct MHD_Connection *connection,
					struct vg_answer *a)
{
	struct MHD_Response *response;

	if (a->stream != NULL) {
		response = vg_feeder_response(connection, a->stream);
		if (response != NULL)
			a->stream = NULL;
		return response;
	}
	response = MHD_create_response_from_buffer(a->body.n, a->body.p,
						   MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		a->body = (struct vg_buf){0};
	return response;
}

/* What every answer but a 304 says to browsers. */
static void add_safety(const struct vg_replies *r, const struct vg_answer *a,
		       struct MHD_Response *response)
{
	if (r->is_tls)
		(void)MHD_add_response_header(response,
					      "Strict-Transport-Security",
					      "max-age=31536000");
	if (vg_answer_get(a, "Content-Security-Policy") == NULL)
		(void)MHD_add_response_header(response,
					      "Content-Security-Policy",
					      "default-src 'none'; "
					      "frame-ancestors 'none'");
	(void)MHD_add_response_header(response, "Referrer-Policy",
				      "no-referrer");
}

static struct MHD_Response *make(const struct vg_replies *r,
				 struct MHD_Connection *connection,
				 struct vg_answer *a)
{
	struct MHD_Response *response = response_of(connection, a);

	if (response == NULL)
		return NULL;
	if (a->status != 304) {
		(void)MHD_add_response_header(response, "Content-Type",
					      a->content_type);
		add_safety(r, a, response);
	}
	for (unsigned i = 0; i < a->n_headers; i++)
		(void)MHD_add_response_header(response, a->header[i].name,
					      vg_answer_value(a, i));
	return response;
}

/* Names are constants: the same name is at the same place, or another made
 * for nothing. */
static bool is_last_locked(const struct vg_replies *r,
			   const struct vg_answer *a)
{
	if (r->last == NULL || r->status != a->status ||
	    r->n_headers != a->n_headers || r->values.n != a->values.n ||
	    memcmp(r->values.p, a->values.p, a->values.n) != 0)
		return false;
	for (unsigned i = 0; i < a->n_headers; i++)
		if (r->header[i].name != a->header[i].name ||
		    r->header[i].at != a->header[i].at)
			return false;
	return true;
}

static void keep_locked(struct vg_replies *r, struct vg_answer *a,
			struct MHD_Response *response)
{
	forget_locked(r);
	r->last = response;
	r->status = a->status;
	memcpy(r->header, a->header, sizeof r->header);
	r->n_headers = a->n_headers;
	vg_buf_term(&r->values);
	r->values = a->values;
	a->values = (struct vg_buf){0};
	a->n_headers = 0;
}

/* Send what has no body. */
static bool send_bare(struct vg_replies *r, struct MHD_Connection *connection,
		      struct vg_answer *a)
{
	enum MHD_Result done = MHD_NO;
	struct MHD_Response *response;

	(void)pthread_mutex_lock(&r->lock);
	if (!is_last_locked(r, a)) {
		response = make(r, connection, a);
		if (response != NULL)
			keep_locked(r, a, response);
		else
			forget_locked(r);
	}
	if (r->last != NULL)
		done = MHD_queue_response(connection, (unsigned)r->status,
					  r->last);
	(void)pthread_mutex_unlock(&r->lock);
	return done == MHD_YES;
}

bool vg_reply(struct vg_replies *r, struct MHD_Connection *connection,
	      struct vg_answer *a)
{
	enum MHD_Result done = MHD_NO;
	struct MHD_Response *response;

	if (a->status == 304) {
		done = send_bare(r, connection, a) ? MHD_YES : MHD_NO;
	} else {
		response = make(r, connection, a);
		if (response != NULL) {
			done = MHD_queue_response(
				connection, (unsigned)a->status, response);
			MHD_destroy_response(response);
		}
	}
	vg_answer_term(a);
	return done == MHD_YES;
}
