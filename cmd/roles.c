#include "cmd/roles.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum vg_rc vg_roles_read(struct vg_roles *out, const char *const *name,
			 size_t n, struct vg_err *err)
{
	if (n == 0)
		out->ingests = out->alerts = out->serves = true;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(name[i], "ingest") == 0)
			out->ingests = true;
		else if (strcmp(name[i], "alert") == 0)
			out->alerts = true;
		else if (strcmp(name[i], "api") == 0)
			out->serves = true;
		else
			return vg_err_set(err, VG_INVAL,
					  "--role: %.20s is not ingest, alert "
					  "or api",
					  name[i]);
	}
	return VG_OK;
}

void vg_owner_name(char out[VG_OWNER], uint64_t seed)
{
	char host[32] = "host";

	(void)gethostname(host, sizeof host - 1);
	(void)snprintf(out, VG_OWNER, "%s:%ld:%08llx", host, (long)getpid(),
		       (unsigned long long)(seed & 0xffffffffU));
}
