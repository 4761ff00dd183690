#include "aggregate/net.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>

enum { IPV4 = 4, IPV4_AT = VG_ADDRESS - IPV4, BITS = 8 * VG_ADDRESS };

static const uint8_t mapped[IPV4_AT] = {[10] = 0xff, [11] = 0xff};

/* Few texts get as far as inet_pton(). */
static bool may_be_address(struct vg_slice text)
{
	if (text.n < 2 || text.n > VG_ADDRESS_TEXT_MAX)
		return false;
	for (uint32_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!((c >= '0' && c <= '9') || c == '.' || c == ':' ||
		      (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			return false;
	}
	return true;
}

bool vg_address_read(struct vg_slice text, uint8_t out[VG_ADDRESS])
{
	char word[VG_ADDRESS_TEXT_MAX + 1];
	uint8_t got[VG_ADDRESS];

	if (!may_be_address(text))
		return false;
	memcpy(word, text.p, text.n);
	word[text.n] = '\0';
	if (memchr(word, ':', text.n) != NULL) {
		if (inet_pton(AF_INET6, word, got) != 1)
			return false;
	} else {
		memcpy(got, mapped, sizeof mapped);
		if (inet_pton(AF_INET, word, got + IPV4_AT) != 1)
			return false;
	}
	memcpy(out, got, VG_ADDRESS);
	return true;
}

/* At most three digits, at most `max`, no needless zero. */
static bool read_length(struct vg_slice text, unsigned max, unsigned *out)
{
	unsigned v = 0;

	if (text.n == 0 || text.n > 3 || (text.n > 1 && text.p[0] == '0'))
		return false;
	for (uint32_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(text.p[i] - '0');
	}
	*out = v;
	return v <= max;
}

static enum vg_net_fault spread(struct vg_net *out, unsigned length)
{
	for (unsigned bit = length; bit < BITS; bit++) {
		uint8_t mask = (uint8_t)(0x80u >> bit % 8);

		if ((out->first[bit / 8] & mask) != 0)
			return VG_NET_HOST_BITS;
		out->last[bit / 8] |= mask;
	}
	return VG_NET_OK;
}

enum vg_net_fault vg_net_read(struct vg_slice text, struct vg_net *out)
{
	const char *slash = text.n > 0 ? memchr(text.p, '/', text.n) : NULL;
	struct vg_slice address = text, digits = {0};
	struct vg_net net;
	unsigned length = 0;

	if (slash != NULL) {
		address.n = (uint32_t)(slash - text.p);
		digits.p = slash + 1;
		digits.n = text.n - address.n - 1;
	}
	if (!vg_address_read(address, net.first))
		return VG_NET_SYNTAX;
	bool is_short = memchr(address.p, ':', address.n) == NULL;
	unsigned max = is_short ? 8 * IPV4 : BITS;
	if (slash != NULL && !read_length(digits, max, &length))
		return VG_NET_SYNTAX;
	if (slash == NULL)
		length = max;
	memcpy(net.last, net.first, VG_ADDRESS);
	enum vg_net_fault fault = spread(&net, BITS - max + length);
	if (fault == VG_NET_OK)
		*out = net;
	return fault;
}

static int compare(const void *a, const void *b)
{
	const struct vg_net *x = a, *y = b;
	int c = memcmp(x->first, y->first, VG_ADDRESS);

	return c != 0 ? c : memcmp(x->last, y->last, VG_ADDRESS);
}

/* True when `b` starts at most one address behind the end of `a`. */
static bool touches(const struct vg_net *a, const struct vg_net *b)
{
	uint8_t next[VG_ADDRESS];

	memcpy(next, a->last, VG_ADDRESS);
	for (unsigned i = VG_ADDRESS; i-- > 0;)
		if (++next[i] != 0)
			return memcmp(b->first, next, VG_ADDRESS) <= 0;
	return true; /* `a` ends with the last address there is */
}

size_t vg_nets_join(struct vg_net *net, size_t n)
{
	size_t kept = 0;

	if (n > 1)
		qsort(net, n, sizeof *net, compare);
	for (size_t i = 0; i < n; i++) {
		struct vg_net *last = kept > 0 ? &net[kept - 1] : NULL;

		if (last == NULL || !touches(last, &net[i]))
			net[kept++] = net[i];
		else if (memcmp(net[i].last, last->last, VG_ADDRESS) > 0)
			memcpy(last->last, net[i].last, VG_ADDRESS);
	}
	assert(kept <= n);
	return kept;
}

bool vg_nets_have(const struct vg_net *net, size_t n,
		  const uint8_t address[VG_ADDRESS])
{
	size_t low = 0, high = n;

	/* The first that starts behind the address; the one before has it, or
	 * none. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (memcmp(net[mid].first, address, VG_ADDRESS) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 && memcmp(address, net[low - 1].last, VG_ADDRESS) <= 0;
}
