#include "aggregate/net.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static bool is_address(const char *text)
{
	uint8_t a[VG_ADDRESS];

	return vg_address_read(vg_slice_of(text), a);
}

static int read_net(const char *text)
{
	struct vg_net net;

	return (int)vg_net_read(vg_slice_of(text), &net);
}

static bool is_in(const char *net, const char *address)
{
	struct vg_net n;
	uint8_t a[VG_ADDRESS];

	cr_assert(eq(int, vg_net_read(vg_slice_of(net), &n), VG_NET_OK), "%s",
		  net);
	cr_assert(vg_address_read(vg_slice_of(address), a), "%s", address);
	return vg_nets_have(&n, 1, a);
}

Test(net, only_addresses_are_addresses)
{
	cr_assert(is_address("192.0.2.1"));
	cr_assert(is_address("::"));
	cr_assert(is_address("2001:DB8::1"));
	cr_assert(is_address("2001:0db8:0000:0000:0000:0000:0000:0001"));
	cr_assert(is_address("::ffff:192.0.2.1"));
	cr_assert(not(is_address("")));
	cr_assert(not(is_address("192.0.2")));
	cr_assert(not(is_address("192.0.2.256")));
	cr_assert(not(is_address("192.0.2.01")));
	cr_assert(not(is_address("192.0.2.1 ")));
	cr_assert(not(is_address("fe80::1%eth0")));
	cr_assert(not(is_address("[::1]")));
	cr_assert(not(is_address("example.com")));
	cr_assert(not(
		is_address("0000:0000:0000:0000:0000:0000:0000:0000:0000:0")));
}

Test(net, an_address_is_in_its_network_and_beside_it_in_none)
{
	cr_assert(is_in("192.0.2.0/24", "192.0.2.0"));
	cr_assert(is_in("192.0.2.0/24", "192.0.2.255"));
	cr_assert(not(is_in("192.0.2.0/24", "192.0.3.0")));
	cr_assert(not(is_in("192.0.2.0/24", "192.0.1.255")));
	cr_assert(is_in("192.0.2.4/31", "192.0.2.5"));
	cr_assert(not(is_in("192.0.2.4/31", "192.0.2.6")));
	cr_assert(is_in("192.0.2.4", "192.0.2.4"));
	cr_assert(is_in("0.0.0.0/0", "255.255.255.255"));
	cr_assert(is_in("2001:db8::/33", "2001:db8:7fff::1"));
	cr_assert(not(is_in("2001:db8::/33", "2001:db8:8000::1")));
	cr_assert(is_in("::/0", "192.0.2.1"));
}

Test(net, a_mapped_address_is_the_one_it_is_mapped_from)
{
	cr_assert(is_in("192.0.2.0/24", "::ffff:192.0.2.9"));
	cr_assert(is_in("::ffff:192.0.2.0/120", "192.0.2.9"));
	cr_assert(not(is_in("0.0.0.0/0", "2001:db8::1")));
}

Test(net, what_is_no_network_is_told_from_one_with_host_bits)
{
	cr_assert(eq(int, read_net("192.0.2.1/24"), VG_NET_HOST_BITS));
	cr_assert(eq(int, read_net("2001:db8::1/64"), VG_NET_HOST_BITS));
	cr_assert(eq(int, read_net("192.0.2.0/33"), VG_NET_SYNTAX));
	cr_assert(eq(int, read_net("192.0.2.0/"), VG_NET_SYNTAX));
	cr_assert(eq(int, read_net("192.0.2.0/024"), VG_NET_SYNTAX));
	cr_assert(eq(int, read_net("192.0.2.0/2x"), VG_NET_SYNTAX));
	cr_assert(eq(int, read_net("::/129"), VG_NET_SYNTAX));
	cr_assert(eq(int, read_net("::/128"), VG_NET_OK));
	cr_assert(eq(int, read_net("/24"), VG_NET_SYNTAX));
	cr_assert(eq(int, read_net("domain/24"), VG_NET_SYNTAX));
}

Test(net, joined_networks_hold_what_each_of_them_held)
{
	enum { N = 200, ROUNDS = 50 };
	static struct vg_net net[N], joined[N];
	uint64_t s = 7;

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < N; i++) {
			char text[64];

			s = s * 6364136223846793005u + 1442695040888963407u;
			unsigned len = 22 + (unsigned)(s >> 60) % 11;
			unsigned a = (unsigned)(s >> 40) & 0xffff;
			a &= len >= 32 ? 0xffffu : ~((1u << (32 - len)) - 1u);
			snprintf(text, sizeof text, "10.0.%u.%u/%u",
				 a >> 8 & 0xff, a & 0xff, len);
			cr_assert(eq(int,
				     vg_net_read(vg_slice_of(text), &net[i]),
				     VG_NET_OK),
				  "%s", text);
		}
		memcpy(joined, net, sizeof net);
		size_t n = vg_nets_join(joined, N);
		cr_assert(le(sz, n, N));
		for (unsigned a = 0; a < 65536; a += 13) {
			uint8_t at[VG_ADDRESS] = {[10] = 0xff,
						  [11] = 0xff,
						  [12] = 10,
						  [14] = (uint8_t)(a >> 8),
						  [15] = (uint8_t)a};
			bool one = false;

			for (int i = 0; i < N && !one; i++)
				one = vg_nets_have(&net[i], 1, at);
			cr_assert(eq(int, vg_nets_have(joined, n, at), one));
		}
	}
}

Test(net, halves_join_to_the_whole)
{
	struct vg_net net[3];

	cr_assert(eq(int, vg_net_read(vg_slice_of("128.0.0.0/1"), &net[0]),
		     VG_NET_OK));
	cr_assert(eq(int, vg_net_read(vg_slice_of("0.0.0.0/1"), &net[1]),
		     VG_NET_OK));
	cr_assert(eq(int, vg_net_read(vg_slice_of("8000::/1"), &net[2]),
		     VG_NET_OK));
	cr_assert(eq(sz, vg_nets_join(net, 3), 2));
	cr_assert(eq(sz, vg_nets_join(net, 0), 0));
}
