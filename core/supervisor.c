#include "core/supervisor.h"

#include "core/defect.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LOOKS = 4, US_A_MS = 1000 };

/* What the manager waits for a sign of life, 0 when that is not meant for us:
 * it hands its variables to children of ours too. */
static int64_t watched_ms(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	char *end = NULL;

	if (us == NULL ||
	    (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	long long v = strtoll(us, &end, 10);
	return end == us || *end != '\0' || v < (long long)LOOKS * US_A_MS
		       ? 0
		       : v / US_A_MS;
}

enum vg_rc vg_supervisor_init(struct vg_supervisor *s, struct vg_err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path != NULL ? strlen(path) : 0;

	*s = (struct vg_supervisor){.fd = -1};
	if (n == 0)
		return VG_OK;
	if (n >= sizeof at.sun_path || (path[0] != '/' && path[0] != '@'))
		return vg_err_set(err, VG_INVAL,
				  "NOTIFY_SOCKET: %.80s is no socket's path",
				  path);
	memcpy(at.sun_path, path, n);
	if (path[0] == '@') /* the abstract namespace */
		at.sun_path[0] = '\0';
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, len) != 0) {
		enum vg_rc rc =
			vg_err_set(err, VG_INVAL, "NOTIFY_SOCKET: %.80s: %s",
				   path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	s->fd = fd;
	s->watch_ms = watched_ms();
	return VG_OK;
}

void vg_supervisor_term(struct vg_supervisor *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

void vg_supervisor_tell(const struct vg_supervisor *s, const char *state)
{
	if (s->fd >= 0)
		(void)send(s->fd, state, strlen(state), MSG_NOSIGNAL);
}

int64_t vg_supervisor_every_ms(const struct vg_supervisor *s)
{
	return s->fd >= 0 ? s->watch_ms / LOOKS : 0;
}

_Atomic int64_t *vg_beats_add(struct vg_beats *b)
{
	assert(b->n < VG_BEATS_MAX);
	return &b->count[b->n++];
}

void vg_beat(_Atomic int64_t *count)
{
	if (count != NULL)
		(void)atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

bool vg_beats_moved(struct vg_beats *b)
{
	int64_t now[VG_BEATS_MAX] = {0};

	for (size_t i = 0; i < b->n; i++) {
		now[i] = atomic_load_explicit(&b->count[i],
					      memory_order_relaxed);
		if (now[i] == b->seen[i] && !VG_DEFECT("watchdog-always-told"))
			return false;
	}
	memcpy(b->seen, now, b->n * sizeof now[0]);
	return true;
}
