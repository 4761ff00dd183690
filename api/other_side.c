#include "api/other_side.h"

#include "api/listen.h"

#include <microhttpd.h>

void vg_other_side(struct MHD_Connection *connection, bool clients,
		   struct vg_other *room, struct vg_call *call)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (info != NULL && vg_listen_address(info->client_addr, room->address))
		call->address = room->address;
	if (!clients || call->authorization != NULL)
		return;
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_GNUTLS_SESSION);
	vg_peer_read(&room->peer, info != NULL ? info->tls_session : NULL);
	call->name = room->peer.name;
	call->n_names = room->peer.n;
}
