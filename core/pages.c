#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, madvise() */
#include "core/pages.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/* A table that begins within a huge page would leave its ends on small ones, so
 * one more is asked for; what is never touched costs nothing. */
static bool map(struct vg_pages *out, size_t n)
{
	size_t whole = n + VG_PAGES_MIN;

	if (whole < n)
		return false;
	void *at = mmap(NULL, whole, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return false;
	size_t past = (uintptr_t)at % VG_PAGES_MIN;
	*out = (struct vg_pages){.p = (char *)at +
				      (past == 0 ? 0 : VG_PAGES_MIN - past),
				 .map = at,
				 .map_n = whole};
	(void)madvise(out->p, n, MADV_HUGEPAGE); /* small pages do as well */
	return true;
}

bool vg_pages_new(struct vg_pages *out, size_t n)
{
	assert(n > 0);
	*out = (struct vg_pages){.p = NULL};
	if (n >= VG_PAGES_MIN)
		return map(out, n);
	out->p = out->map = calloc(1, n);
	return out->p != NULL;
}

void vg_pages_free(struct vg_pages *pages)
{
	if (pages->map_n > 0)
		(void)munmap(pages->map, pages->map_n);
	else
		free(pages->map);
	*pages = (struct vg_pages){.p = NULL};
}
