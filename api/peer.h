/*
 * peer - the names of the certificate that the other side of TLS has shown.
 *
 * Owner:   the caller embeds it; names point into it. Threads: pure.
 */
#ifndef VG_API_PEER_H
#define VG_API_PEER_H

#include "api/token_file.h"

enum { VG_PEER_NAMES = 16, VG_PEER_ROOM = VG_PEER_NAMES * VG_CERT_NAME_MAX };

struct vg_peer {
	struct vg_slice name[VG_PEER_NAMES];
	unsigned n;
	char room[VG_PEER_ROOM];
	size_t used;
};

/* Read them of a GnuTLS session: SHA256:, then URI:, DNS: and EMAIL: of its
 * alternative names, then CN:. None when there is no certificate, or it was not
 * issued for clients, by whom the configuration trusts, and for now. Names
 * that could not stand in the token file are left out. */
void vg_peer_read(struct vg_peer *p, void *session);

#endif
