/*
 * other_side - who is on the other side of a connection of libmicrohttpd.
 *
 * Threads: pure.
 */
#ifndef VG_API_OTHER_SIDE_H
#define VG_API_OTHER_SIDE_H

#include "api/peer.h"
#include "api/service.h"

struct MHD_Connection;

/* Room for what a call borrows. */
struct vg_other {
	uint8_t address[16];
	struct vg_peer peer;
};

/* Fill in the address and, with `clients` and when there is no Authorization
 * header, the names of the certificate that was shown. */
void vg_other_side(struct MHD_Connection *connection, bool clients,
		   struct vg_other *room, struct vg_call *call);

#endif
