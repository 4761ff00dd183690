#include "cmd/built_in.h"

static const char BUILT_IN[] = "partners:\n"
			       "  - {id: MA, country: MA, slot: 0}\n"
			       "  - {id: IL, country: IL, slot: 1}\n"
			       "  - {id: AE, country: AE, slot: 2}\n"
			       "  - {id: US, country: US, slot: 3}\n"
			       "  - {id: BH, country: BH, slot: 4}\n"
			       "caveats: [MA+US, IL+AE+US, MA+COALITION]\n"
			       "hash_key_file: none\n"
			       "kafka: {brokers: \"127.0.0.1:1\"}\n";

enum vg_rc vg_built_in_or(struct vg_config **out, const char *path,
			  const struct vg_arg_list *set, struct vg_err *err)
{
	if (path != NULL)
		return vg_config_load(out, path, set->v, set->n, err);
	return vg_config_parse(out, "built in", BUILT_IN, sizeof BUILT_IN - 1,
			       err);
}
