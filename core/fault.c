#include "core/fault.h"

#ifdef VG_FAULTS
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define NAME(name) #name,
static const char *const POINT[] = {VG_FAULT_POINTS(NAME)};

enum vg_rc vg_faults_read(struct vg_faults *f, const char *text,
			  struct vg_err *err)
{
	f->point = VG_FAULT_POINTS_N;
	atomic_init(&f->passed, 0);
	if (text == NULL || text[0] == '\0')
		return VG_OK;
	const char *colon = strchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	for (int i = 0; i < VG_FAULT_POINTS_N; i++)
		if (strlen(POINT[i]) == n && memcmp(POINT[i], text, n) == 0)
			f->point = (enum vg_fault_point)i;
	if (f->point == VG_FAULT_POINTS_N)
		return vg_err_set(err, VG_INVAL,
				  "VIGIE_FAULT=%.60s is not point:n, or names "
				  "no point of core/fault.h",
				  text);
	f->left = strtol(colon + 1, NULL, 10);
	f->stops = strstr(colon, ":stop") != NULL;
	return VG_OK;
}

void vg_fault_pass(struct vg_faults *f, enum vg_fault_point point)
{
	if (f == NULL || f->point != point ||
	    atomic_fetch_add(&f->passed, 1) + 1 != f->left)
		return;
	(void)raise(f->stops ? SIGSTOP : SIGKILL);
}
#else
/* ISO C wants at least one declaration in a file. */
struct vg_no_faults;
#endif
