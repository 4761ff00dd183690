#include "api/feeder.h"

#include "core/thread.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { BLOCK = 4096 /* bytes of a response's buffer */ };

struct vg_feeder {
	struct vg_sse_hub *streams;
	struct vg_clock clock;
	pthread_t thread;
	atomic_bool stop;
};

static void *run(void *arg)
{
	const struct timespec pause = {.tv_nsec = VG_FEEDER_MS * 1000000L};
	struct vg_feeder *f = arg;

	while (!atomic_load(&f->stop)) {
		vg_sse_hub_step(f->streams, vg_now_ms(&f->clock));
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

enum vg_rc vg_feeder_new(struct vg_feeder **out, struct vg_sse_hub *streams,
			 struct vg_clock clock, struct vg_err *err)
{
	struct vg_feeder *f = calloc(1, sizeof *f);

	if (f == NULL)
		return vg_err_set(err, VG_FATAL, "api: out of memory");
	f->streams = streams;
	f->clock = clock;
	if (!vg_thread_start(&f->thread, "api-streams", run, f)) {
		free(f);
		return vg_err_set(err, VG_FATAL, "api: no thread for streams");
	}
	*out = f;
	return VG_OK;
}

void vg_feeder_free(struct vg_feeder *f)
{
	if (f == NULL)
		return;
	atomic_store(&f->stop, true);
	(void)pthread_join(f->thread, NULL);
	vg_sse_hub_end(f->streams, "end");
	free(f);
}

static void sleep_connection(void *ctx)
{
	MHD_suspend_connection(ctx);
}

static void wake_connection(void *ctx)
{
	MHD_resume_connection(ctx);
}

static ssize_t read_stream(void *cls, uint64_t pos, char *buf, size_t max)
{
	long n = vg_sse_read(cls, buf, max);

	(void)pos;
	return n < 0 ? (ssize_t)MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)n;
}

static void close_stream(void *cls)
{
	vg_sse_close(cls);
}

struct MHD_Response *vg_feeder_response(struct MHD_Connection *connection,
					struct vg_sse *stream)
{
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK, read_stream, stream, close_stream);

	if (response != NULL)
		vg_sse_sleeper(stream, sleep_connection, wake_connection,
			       connection);
	return response;
}
