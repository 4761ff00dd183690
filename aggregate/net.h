/*
 * net - networks of IPv4 and IPv6 addresses, and whether an address is in one.
 *
 * An IPv4 address is the IPv6 one that is mapped from it, so that
 * ::ffff:192.0.2.1 is 192.0.2.1.
 *
 * Threads: pure.
 */
#ifndef VG_AGGREGATE_NET_H
#define VG_AGGREGATE_NET_H

#include "core/slice.h"

#include <stddef.h>

enum { VG_ADDRESS = 16, VG_ADDRESS_TEXT_MAX = 45 };

struct vg_net {
	uint8_t first[VG_ADDRESS], last[VG_ADDRESS];
};

enum vg_net_fault {
	VG_NET_OK,
	VG_NET_SYNTAX,	 /* neither an address nor ADDRESS/LENGTH    */
	VG_NET_HOST_BITS /* bits are set behind the network's length */
};

/* Read an address as text; false when it is none. */
bool vg_address_read(struct vg_slice text, uint8_t out[VG_ADDRESS]);

/* Read 192.0.2.0/24, 2001:db8::/32, or an address: a network of one. */
enum vg_net_fault vg_net_read(struct vg_slice text, struct vg_net *out);

/* Sort `n` networks and join those that touch; how many are left. */
size_t vg_nets_join(struct vg_net *net, size_t n);

/* True when `address` is in one of `n` joined networks. */
bool vg_nets_have(const struct vg_net *net, size_t n,
		  const uint8_t address[VG_ADDRESS]);

#endif
