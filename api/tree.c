#include "api/tree.h"

#include <cjson/cJSON.h>

const char *vg_tree_text(const cJSON *o, const char *name)
{
	const char *s =
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL ? s : "";
}

void vg_tree_write(struct vg_jout *j, const cJSON *doc)
{
	char *text = cJSON_PrintUnformatted(doc);

	if (text != NULL)
		vg_jout_raw(j, text, strlen(text));
	else
		j->buf->failed = true;
	cJSON_free(text);
}

void vg_tree_copy(struct vg_jout *j, const char *name, const cJSON *m)
{
	vg_jout_name(j, name);
	if (m == NULL)
		vg_jout_null(j);
	else
		vg_tree_write(j, m);
}
