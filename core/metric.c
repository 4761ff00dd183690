#include "core/metric.h"

#include <assert.h>
#include <stdatomic.h>

static const struct vg_metric_info info[VG_M_COUNT] = {
#define METRIC_ROW(id, text, k, h) {.name = (text), .help = (h), .kind = (k)},
	VG_METRICS(METRIC_ROW)
#undef METRIC_ROW
};

const struct vg_metric_info *vg_metric_info(size_t id)
{
	return id < VG_M_COUNT ? &info[id] : NULL;
}

void vg_metric_add(struct vg_metrics *m, enum vg_metric_id id, int64_t by)
{
	assert(id < VG_M_COUNT);
	if (m != NULL)
		(void)atomic_fetch_add_explicit(&m->v[id], by,
						memory_order_relaxed);
}

void vg_metric_set(struct vg_metrics *m, enum vg_metric_id id, int64_t v)
{
	assert(id < VG_M_COUNT);
	if (m != NULL)
		atomic_store_explicit(&m->v[id], v, memory_order_relaxed);
}

int64_t vg_metric_get(struct vg_metrics *m, enum vg_metric_id id)
{
	assert(id < VG_M_COUNT);
	return atomic_load_explicit(&m->v[id], memory_order_relaxed);
}
