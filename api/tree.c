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

/* None and null are empty. */
static void put_cell(struct vg_buf *out, const cJSON *m)
{
	vg_buf_str(out, "");
	if (m == NULL || cJSON_IsNull(m))
		return;
	if (cJSON_IsArray(m) || cJSON_IsObject(m))
		put_list(out, m);
	else
		put_value(out, m);
}

void vg_tree_row(struct vg_rows *t, const cJSON *doc)
{
	struct vg_buf cell = {0};

	for (unsigned i = 0; i < t->n; i++) {
		char name[32];

		memcpy(name, t->name[i].p, t->name[i].n);
		name[t->name[i].n] = '\0';
		vg_buf_reset(&cell);
		put_cell(&cell, cJSON_GetObjectItemCaseSensitive(doc, name));
		vg_rows_text(t, (struct vg_slice){cell.p, (uint32_t)cell.n});
	}
	t->buf->failed |= cell.failed;
	vg_buf_term(&cell);
}
