/*
 * bench_mhd - what libmicrohttpd does when nothing is asked of it: a 304 with
 * an ETag to every request, on the port given. The bound of dev/bench api.
 */
#include <microhttpd.h>
#include <stdlib.h>
#include <unistd.h>

static struct MHD_Response *response;

/* lint: signature of MHD_AccessHandlerCallback */
static enum MHD_Result answer(void *cls, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *body, size_t *n,
			      void **context)
{
	static int seen;

	(void)cls, (void)url, (void)method, (void)version, (void)body, (void)n;
	if (*context == NULL) {
		*context = &seen;
		return MHD_YES;
	}
	return MHD_queue_response(connection, 304, response);
}

int main(int argc, char **argv)
{
	response = MHD_create_response_from_buffer(0, NULL,
						   MHD_RESPMEM_PERSISTENT);
	if (argc != 2 || response == NULL)
		return 2;
	(void)MHD_add_response_header(response, "ETag", "\"x\"");
	if (MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC,
			     (uint16_t)atoi(argv[1]), NULL, NULL, answer, NULL,
			     MHD_OPTION_CONNECTION_LIMIT, 1024,
			     MHD_OPTION_END) == NULL)
		return 1;
	for (;;)
		(void)pause();
}
