#include "ingest/native_add.h"

#include <assert.h>

/* Where a URL's authority ends: at `n` or the first byte that is none of it. */
static uint32_t authority_end(const char *p, uint32_t n, uint32_t i)
{
	while (i < n && p[i] != '/' && p[i] != '?' && p[i] != '#' &&
	       p[i] != '"' && p[i] != ' ')
		i++;
	return i;
}

/* The bytes of `in` without user information, at `out`; how many. */
static uint32_t copy_clean(char *out, struct vg_slice in)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < in.n;) {
		out[n++] = in.p[i++];
		if (i < 3 || memcmp(in.p + i - 3, "://", 3) != 0)
			continue;
		uint32_t end = authority_end(in.p, in.n, i);
		for (uint32_t k = end; k > i; k--) {
			if (in.p[k - 1] == '@') {
				i = k;
				break;
			}
		}
	}
	return n;
}

struct vg_slice vg_native_url_clean(struct vg_reading *r, struct vg_slice text)
{
	if (text.n == 0 || memchr(text.p, '@', text.n) == NULL ||
	    memchr(text.p, ':', text.n) == NULL)
		return text;
	char *room = vg_scratch_room(r->s, text.n);
	if (room == NULL)
		return (struct vg_slice){"", 0};
	uint32_t n = copy_clean(room, text);
	assert(n <= text.n);
	if (n == text.n)
		return text;
	r->s->used += n;
	return (struct vg_slice){room, n};
}
