/* Damaged records: never a step outside, never tokens that disagree. */
#include "core/json.h"
#include "json_check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

enum { MUTATIONS = 20000, ROOM = 4096 };

static const char *const seed[] = {
	"{\"id\":\"018f3c1e-7b2a\",\"time\":\"2026-01-02T03:04:05.678Z\","
	"\"sensor\":\"ma-ids-0042\",\"actor\":[{\"name\":\"Sandstorm 17\","
	"\"confidence\":70}],\"category\":\"intrusion-attempts\","
	"\"technique\":[\"T1190\",\"T1059.001\"],\"severity\":6,\"count\":3,"
	"\"indicators\":[{\"type\":\"ipv4\",\"value\":\"203.0.113.77\"}],"
	"\"fields\":{\"dst_port\":443,\"ratio\":-0.25e-3,\"ok\":true}}",
	"{\"a\\u00e9\":\"\\ud83d\\ude00\",\"b\":[[[[{}]]]],\"\xc3\xa9\":null}",
	"[9007199254740992,1e308,-0,\"\xf0\x9f\x98\x80\",{\"k\":{\"k\":[]}}]",
	"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,"
	"\"i\":9,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,"
	"\"q\":1,\"r\":1,\"s\":1,\"t\":1,\"u\":1,\"v\":1,\"w\":1,\"x\":1,"
	"\"y\":1,\"z\":1,\"\\u0041\":1}",
};

static uint64_t state = 0x9e3779b97f4a7c15;

static uint32_t below(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 16) % n);
}

static char some_byte(void)
{
	static const char liked[] =
		"\"\\{}[],:0123456789eE+-.utfn \n\x80\xc3\xed";

	return below(4) == 0 ? (char)below(256)
			     : liked[below(sizeof liked - 1)];
}

/* One small change; returns the new length. */
static size_t mutate(char *text, size_t n)
{
	size_t i = below((uint32_t)n);
	size_t len = below((uint32_t)(n - i)) % 24 + 1;

	if (len > n - i)
		len = n - i;
	switch (below(4)) {
	case 0:
		text[i] = some_byte();
		return n;
	case 1: /* cut a piece out */
		if (len == n)
			return n;
		memmove(text + i, text + i + len, n - i - len);
		return n - len;
	case 2: /* say a piece twice */
		if (n + len > ROOM)
			return n;
		memmove(text + i + len, text + i, n - i);
		return n + len;
	default: /* put a byte in */
		if (n + 1 > ROOM)
			return n;
		memmove(text + i + 1, text + i, n - i);
		text[i] = some_byte();
		return n + 1;
	}
}

Test(json_mutation, keeps_its_promises_on_20000_damaged_records)
{
	struct vg_json j = {0};
	unsigned good = 0;

	for (unsigned i = 0; i < MUTATIONS; i++) {
		char work[ROOM];
		const char *from = seed[i % (sizeof seed / sizeof seed[0])];
		size_t n = strlen(from);
		size_t at = 0;

		memcpy(work, from, n);
		for (unsigned k = below(3) + 1; k > 0; k--)
			n = mutate(work, n);
		char *text = malloc(n);
		memcpy(text, work, n);
		if (vg_json_parse(&j, text, n, &at) == VG_JSON_OK) {
			const char *complaint = json_check(&j, n);
			cr_assert(complaint == NULL, "%s: %.*s", complaint,
				  (int)n, text);
			good++;
		}
		cr_assert(le(sz, at, n));
		free(text);
	}
	vg_json_term(&j);
	/* Both ways were taken often, or the test shows little. */
	cr_assert(gt(uint, good, MUTATIONS / 20));
	cr_assert(lt(uint, good, MUTATIONS * 19 / 20));
}
