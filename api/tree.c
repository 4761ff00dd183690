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

static void put_value(struct vg_buf *b, const cJSON *m)
{
	char *text;

	if (cJSON_IsString(m)) {
		vg_buf_str(b, m->valuestring);
		return;
	}
	text = cJSON_PrintUnformatted(m);
	if (text != NULL)
		vg_buf_str(b, text);
	else
		b->failed = true;
	cJSON_free(text);
}

static void put_list(struct vg_buf *b, const cJSON *list)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
	{
		const cJSON *m = cJSON_IsObject(one) && one->child != NULL
					 ? one->child
					 : one;

		vg_buf_str(b, b->n > 0 ? " " : "");
		if (cJSON_IsObject(list))
			vg_buf_printf(b, "%s=", one->string);
		put_value(b, m);
	}
}

void vg_tree_cell(struct vg_buf *out, const cJSON *m)
{
	vg_buf_str(out, "");
	if (m == NULL || cJSON_IsNull(m))
		return;
	if (cJSON_IsArray(m) || cJSON_IsObject(m))
		put_list(out, m);
	else
		put_value(out, m);
}
