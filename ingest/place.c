#include "ingest/place.h"

#include "core/defect.h"

#include <assert.h>
#include <string.h>

enum { TOPIC_MAX = 250, PLACE = TOPIC_MAX + 12 };

/* The lowest byte first, whatever the machine. */
static void put_le(char *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		out[i] = (char)(v & 0xff);
}

static void put_hex(char *out, uint64_t v)
{
	static const char digit[] = "0123456789abcdef";

	for (int i = 15; i >= 0; i--, v >>= 4)
		out[i] = digit[v & 15];
}

struct vg_slice vg_place_id(char out[VG_PLACE_ID],
			    const uint8_t key[VG_HASH_KEY], const char *topic,
			    int32_t partition, int64_t offset)
{
	char place[PLACE];
	size_t n = strlen(topic);

	assert(n < TOPIC_MAX && offset >= 0);
	memcpy(place, topic, n);
	put_le(place + n, (uint32_t)partition, 4);
	put_le(place + n + 4, VG_DEFECT("place-line") ? 0 : (uint64_t)offset,
	       8);
	struct vg_hash128 h = vg_hash128(key, place, n + 12);
	put_hex(out, h.hi);
	put_hex(out + 16, h.lo);
	out[VG_PLACE_ID - 1] = '\0';
	return (struct vg_slice){out, VG_PLACE_ID - 1};
}
