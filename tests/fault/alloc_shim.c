/*
 * alloc_shim - each place of vigie that allocates fails once.
 *
 * Preloaded (LD_PRELOAD). A place is the address in the executable that called
 * malloc, calloc or realloc; libraries are left alone. VG_ALLOC_FILE holds the
 * places that have failed already, one a line; each other one fails at its
 * VG_ALLOC_PASS-th call (1), and is written there first. So a process that ends
 * of it is started again and goes further. With VG_ALLOC_SEE none fails: those
 * that are met are written down.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t m);
extern void *__libc_realloc(void *p, size_t n);

enum { PLACES = 8192 };

static struct {
	_Atomic uintptr_t at; /* offset in the executable, 0: free */
	atomic_long calls;
	atomic_bool failed;
} place[PLACES];

static uintptr_t base, low, high;
static int file = -1;
static long pass = 1;
static int see;

static int find_executable(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		low = base + p->p_vaddr;
		high = low + p->p_memsz;
	}
	return 1; /* the first is the executable */
}

static size_t slot_of(uintptr_t at)
{
	size_t i = at * 2654435761U % PLACES;

	for (size_t k = 0; k < PLACES; k++, i = (i + 1) % PLACES) {
		uintptr_t none = 0;

		if (atomic_load(&place[i].at) == at ||
		    atomic_compare_exchange_strong(&place[i].at, &none, at) ||
		    none == at)
			return i;
	}
	abort();
}

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("VG_ALLOC_FILE"),
		   *n = getenv("VG_ALLOC_PASS");
	static char text[PLACES * 12];
	ssize_t len;

	if (name == NULL)
		return;
	dl_iterate_phdr(find_executable, NULL);
	file = open(name, O_RDWR | O_CREAT | O_APPEND, 0600);
	len = file >= 0 ? read(file, text, sizeof text - 1) : 0;
	for (char *p = text; len > 0 && *p != '\0';) {
		char *end;
		uintptr_t at = strtoul(p, &end, 16);

		if (end == p)
			break;
		atomic_store(&place[slot_of(at)].failed, 1);
		p = end;
	}
	if (n != NULL)
		pass = atol(n);
	see = getenv("VG_ALLOC_SEE") != NULL;
}

/* True once for each place. */
static int fails(uintptr_t from)
{
	char line[24];
	size_t i;

	if (file < 0 || from < low || from >= high)
		return 0;
	i = slot_of(from - base);
	if (atomic_fetch_add(&place[i].calls, 1) + 1 < pass ||
	    atomic_exchange(&place[i].failed, 1))
		return 0;
	int k = snprintf(line, sizeof line, "%lx\n",
			 (unsigned long)(from - base));
	if (write(file, line, (size_t)k) != k)
		abort();
	errno = ENOMEM;
	return !see;
}

#define FROM ((uintptr_t)__builtin_return_address(0))

void *malloc(size_t n)
{
	return fails(FROM) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t m)
{
	return fails(FROM) ? NULL : __libc_calloc(n, m);
}

void *realloc(void *p, size_t n)
{
	return fails(FROM) ? NULL : __libc_realloc(p, n);
}
