#include "api/listen.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool parse_port(const char *text, in_port_t *port)
{
	char *end;
	long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtol(text, &end, 10);
	if (*end != '\0' || n > 65535)
		return false;
	*port = htons((uint16_t)n);
	return true;
}

/* Split at the last colon; an IPv6 host stands in brackets. */
static bool parse(const char *text, union address *out, bool *is_v6)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN];
	in_port_t port;
	size_t n;

	if (colon == NULL || !parse_port(colon + 1, &port))
		return false;
	n = (size_t)(colon - text);
	*is_v6 = n > 2 && text[0] == '[' && text[n - 1] == ']';
	if (*is_v6) {
		text++;
		n -= 2;
	}
	if (n >= sizeof host)
		return false;
	memcpy(host, text, n);
	host[n] = '\0';

	memset(out, 0, sizeof *out);
	if (*is_v6) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = port;
		return inet_pton(AF_INET6, host, &out->v6.sin6_addr) == 1;
	}
	out->v4.sin_family = AF_INET;
	out->v4.sin_port = port;
	return inet_pton(AF_INET, host, &out->v4.sin_addr) == 1;
}

static bool set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static bool set_up(int fd, const union address *addr, bool is_v6)
{
	socklen_t len = is_v6 ? sizeof addr->v6 : sizeof addr->v4;
	int on = 1;

	if (!set_flags(fd) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
		return false;
	if (is_v6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
		return false;
	return bind(fd, &addr->any, len) == 0 && listen(fd, BACKLOG) == 0;
}

static enum vg_rc cannot(struct vg_err *err, const char *address)
{
	return vg_err_set(err, VG_INVAL,
			  "http.address: cannot listen on %s: %s; "
			  "choose another address or port",
			  address, strerror(errno));
}

/* A socket that was left behind by a process that is gone. */
static bool is_left_behind(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool left;

	if (fd < 0)
		return false;
	left = connect(fd, (const struct sockaddr *)at, sizeof *at) != 0 &&
	       errno == ECONNREFUSED;
	(void)close(fd);
	return left;
}

static enum vg_rc listen_unix(struct vg_listener *out, const char *address,
			      struct vg_err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const char *path = address + strlen("unix:");
	struct vg_listener l = {.fd = socket(AF_UNIX, SOCK_STREAM, 0)};
	enum vg_rc rc = VG_OK;

	if (strlen(path) >= sizeof at.sun_path) {
		errno = ENAMETOOLONG;
		rc = cannot(err, address);
		goto out;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (is_left_behind(&at))
		(void)unlink(path);
	l.path = strdup(path);
	if (l.fd < 0 || l.path == NULL || !set_flags(l.fd) ||
	    bind(l.fd, (struct sockaddr *)&at, sizeof at) != 0) {
		rc = cannot(err, address);
		free(l.path); /* it may be another's */
		l.path = NULL;
		goto out;
	}
	if (chmod(path, 0660) != 0 || listen(l.fd, BACKLOG) != 0) {
		rc = cannot(err, address);
		goto out;
	}
	(void)snprintf(l.address, sizeof l.address, "%s", address);
	*out = l;
	l = (struct vg_listener){.fd = -1}; /* now the caller's */
out:
	vg_listener_term(&l);
	return rc;
}

/* sd_listen_fds(3): the first descriptor is 3, meant for this process. */
static enum vg_rc take_handed(struct vg_listener *out, struct vg_err *err)
{
	enum { FIRST = 3 };
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	int listens = 0;
	socklen_t len = sizeof listens;

	if (pid == NULL || n == NULL || atol(pid) != (long)getpid() ||
	    atoi(n) != 1)
		return vg_err_set(err, VG_INVAL,
				  "http.address: systemd handed over no "
				  "socket, or several; start vigie by a "
				  ".socket unit with one, or set an address");
	if (getsockopt(FIRST, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 ||
	    listens == 0 || !set_flags(FIRST))
		return vg_err_set(err, VG_INVAL,
				  "http.address: what systemd handed over "
				  "does not listen; use ListenStream= in the "
				  ".socket unit");
	*out = (struct vg_listener){.fd = FIRST, .address = "systemd"};
	return VG_OK;
}

void vg_listener_term(struct vg_listener *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	if (l->path != NULL)
		(void)unlink(l->path);
	free(l->path);
	*l = (struct vg_listener){.fd = -1};
}

static bool name_it(struct vg_listener *l)
{
	char host[INET6_ADDRSTRLEN];
	union address addr;
	socklen_t len = sizeof addr;
	const void *ip;
	in_port_t port;

	if (getsockname(l->fd, &addr.any, &len) != 0)
		return false;
	ip = l->is_v6 ? (const void *)&addr.v6.sin6_addr
		      : (const void *)&addr.v4.sin_addr;
	port = l->is_v6 ? addr.v6.sin6_port : addr.v4.sin_port;
	if (inet_ntop(addr.any.sa_family, ip, host, sizeof host) == NULL)
		return false;
	(void)snprintf(l->address, sizeof l->address,
		       l->is_v6 ? "[%s]:%u" : "%s:%u", host,
		       (unsigned)ntohs(port));
	return true;
}

enum vg_rc vg_listen(struct vg_listener *out, const char *address,
		     struct vg_err *err)
{
	struct vg_listener l = {.fd = -1};
	union address addr;

	assert(address != NULL);
	if (strcmp(address, "systemd") == 0)
		return take_handed(out, err);
	if (strncmp(address, "unix:", 5) == 0)
		return listen_unix(out, address, err);
	if (!parse(address, &addr, &l.is_v6))
		return vg_err_set(err, VG_INVAL,
				  "http.address: \"%s\" is no address; write "
				  "it as 127.0.0.1:8080 or [::1]:8080",
				  address);
	l.fd = socket(addr.any.sa_family, SOCK_STREAM, 0);
	if (l.fd < 0 || !set_up(l.fd, &addr, l.is_v6) || !name_it(&l)) {
		enum vg_rc rc = cannot(err, address);

		vg_listener_term(&l);
		return rc;
	}
	*out = l;
	return VG_OK;
}

bool vg_listen_address(const struct sockaddr *from, uint8_t out[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	union address addr;

	if (from == NULL ||
	    (from->sa_family != AF_INET && from->sa_family != AF_INET6))
		return false;
	memcpy(&addr, from,
	       from->sa_family == AF_INET ? sizeof addr.v4 : sizeof addr.v6);
	if (from->sa_family == AF_INET6) {
		memcpy(out, &addr.v6.sin6_addr, 16);
		return true;
	}
	memcpy(out, mapped, sizeof mapped);
	memcpy(out + sizeof mapped, &addr.v4.sin_addr, 4);
	return true;
}
