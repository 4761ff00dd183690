#include "api/scopes.h"

static const char *const names[] = {"read:series",  "read:alerts",
				    "write:alerts", "promql",
				    "taxii",	    "admin"};

enum { NAMES = sizeof names / sizeof *names };

_Static_assert(VG_SCOPES_ALL == (1 << NAMES) - 1, "a name for each scope");

const char *vg_scope_name(unsigned i)
{
	return i < NAMES ? names[i] : NULL;
}

static unsigned find(struct vg_slice word)
{
	if (vg_slice_eq(word, vg_slice_of("read")))
		return VG_SCOPE_READ_SERIES | VG_SCOPE_READ_ALERTS;
	for (unsigned i = 0; i < NAMES; i++)
		if (vg_slice_eq(word, vg_slice_of(names[i])))
			return 1U << i;
	return 0;
}

bool vg_scopes_read(struct vg_slice text, unsigned *out)
{
	unsigned scopes = 0;

	for (;;) {
		const char *comma = memchr(text.p, ',', text.n);
		uint32_t n =
			comma == NULL ? text.n : (uint32_t)(comma - text.p);
		unsigned found = find((struct vg_slice){text.p, n});

		if (found == 0)
			return false;
		scopes |= found;
		if (comma == NULL)
			break;
		text.p += n + 1;
		text.n -= n + 1;
	}
	*out = scopes;
	return true;
}

void vg_scopes_write(struct vg_buf *out, unsigned scopes, const char *between)
{
	bool first = true;

	for (unsigned i = 0; i < NAMES; i++) {
		if ((scopes & 1U << i) == 0)
			continue;
		vg_buf_str(out, first ? "" : between);
		vg_buf_str(out, names[i]);
		first = false;
	}
}
