#include "verify/recall_ask.h"

#include "core/limits.h"
#include "verify/read.h"

#include <cjson/cJSON.h>
#include <string.h>

static bool is_name(const cJSON *m, size_t max)
{
	return cJSON_IsString(m) && vg_second_is_name(m->valuestring, max);
}

static bool id_list(const cJSON *m, struct vg_recall_ask *a)
{
	const cJSON *x = NULL;

	if (!cJSON_IsArray(m) || cJSON_GetArraySize(m) == 0 ||
	    cJSON_GetArraySize(m) > VG_RECALL_IDS_MAX)
		return false;
	a->ids = m;
	cJSON_ArrayForEach(x, m)
	{
		if (!is_name(x, VG_ID_MAX))
			return false;
	}
	return true;
}

static bool one(const cJSON *m, const struct vg_config *cfg,
		struct vg_recall_ask *a)
{
	if (strcmp(m->string, "sensor") == 0) {
		if (!is_name(m, VG_SENSOR_MAX))
			return false;
		a->sensor = vg_slice_of(m->valuestring);
		return true;
	}
	if (strcmp(m->string, "ids") == 0)
		return id_list(m, a);
	if (strcmp(m->string, "from") == 0)
		return vg_second_instant(m, &a->from_ms);
	if (strcmp(m->string, "to") == 0)
		return vg_second_instant(m, &a->to_ms);
	if (strcmp(m->string, "releasable_to") == 0) {
		a->narrows = true;
		return vg_second_viewers(m, cfg, &a->releasable);
	}
	if (strcmp(m->string, "tlp") != 0 || !cJSON_IsString(m))
		return false;
	a->label = vg_tlp_find(vg_slice_of(m->valuestring));
	return a->label >= 0;
}

bool vg_recall_ask(struct vg_recall_ask *a, const struct vg_config *cfg,
		   const struct vg_slice record[2])
{
	const cJSON *m = NULL, *recall;

	*a = (struct vg_recall_ask){.from_ms = -1, .to_ms = -1, .label = -1};
	a->doc = cJSON_ParseWithLength(record[1].p, record[1].n);
	recall = cJSON_GetObjectItemCaseSensitive(a->doc, "recall");
	if (!cJSON_IsObject(recall))
		return false;
	cJSON_ArrayForEach(m, recall)
	{
		if (!cJSON_IsNull(m) && !one(m, cfg, a))
			return false;
	}
	bool range = a->from_ms >= 0 && a->to_ms >= 0;
	bool neither = a->from_ms < 0 && a->to_ms < 0;
	if (a->ids != NULL ? !neither : !range || a->from_ms >= a->to_ms)
		return false;
	return a->sensor.n > 0 && vg_slice_eq(a->sensor, record[0]);
}

void vg_recall_ask_term(struct vg_recall_ask *a)
{
	cJSON_Delete(a->doc);
	a->doc = NULL;
}

int vg_recall_ask_n(const struct vg_recall_ask *a)
{
	return a->ids != NULL ? cJSON_GetArraySize(a->ids) : 0;
}

struct vg_slice vg_recall_ask_id(const struct vg_recall_ask *a, int i)
{
	return vg_slice_of(cJSON_GetArrayItem(a->ids, i)->valuestring);
}

int vg_recall_ask_find(const struct vg_recall_ask *a, struct vg_slice id)
{
	const cJSON *x = NULL;
	int i = 0;

	cJSON_ArrayForEach(x, (const cJSON *)a->ids)
	{
		if (vg_slice_eq(vg_slice_of(x->valuestring), id))
			return i;
		i++;
	}
	return -1;
}
