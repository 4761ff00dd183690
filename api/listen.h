/*
 * listen - the listening socket.
 *
 * Made here rather than in the HTTP library, so that a fault has a message
 * that names the address and the remedy.
 *
 * Threads: pure.
 */
#ifndef VG_API_LISTEN_H
#define VG_API_LISTEN_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { VG_LISTEN_TEXT = 128 };

struct vg_listener {
	int fd; /* the caller's to close */
	bool is_v6;
	char *path; /* of a Unix socket that we made: to be removed; owned */
	char address[VG_LISTEN_TEXT]; /* with the port that was given */
};

/* Listen on "127.0.0.1:8080" or "[::1]:8080" (port 0 takes any), on
 * "unix:/path" (mode 0660; a socket that nobody listens on any more is
 * replaced), or take the one that systemd hands over ("systemd"). VG_INVAL when
 * the address is malformed, not this machine's, or in use. */
enum vg_rc vg_listen(struct vg_listener *out, const char *address,
		     struct vg_err *err) VG_MUST_CHECK;

/* Close it and remove its path. */
void vg_listener_term(struct vg_listener *l);

struct sockaddr;

/* The 16 bytes of the address in `from`, an IPv4 one mapped; false when it has
 * none. */
bool vg_listen_address(const struct sockaddr *from, uint8_t out[16]);

#endif
