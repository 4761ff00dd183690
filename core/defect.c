#include "core/defect.h"

#ifdef VG_DEFECTS
#include <stdlib.h>
#include <string.h>

int vg_defect_on(const char *name)
{
	const char *wanted = getenv("VIGIE_DEFECT");

	return wanted != NULL && strcmp(wanted, name) == 0;
}
#else
/* ISO C wants at least one declaration in a file. */
struct vg_no_defects;
#endif
