/* The fixed series and resolutions, by number and by name. */
#include "aggregate/plan.h"

#include <assert.h>

static const struct vg_series_info series[VG_AGG_SERIES_N] = {
#define VG_SERIES_ROW(id, n, f1, f2, f)                                        \
	{.name = n, .field = {f1, f2}, .fine = f},
	VG_SERIES(VG_SERIES_ROW)
#undef VG_SERIES_ROW
};

static const struct {
	const char *name;
	int64_t ms;
} resolution[VG_RES_N] = {
	[VG_RES_10S] = {"10s", 10000},
	[VG_RES_1M] = {"1m", 60000},
	[VG_RES_1H] = {"1h", 3600000},
	[VG_RES_1D] = {"1d", 86400000},
};

const struct vg_series_info *vg_series_info(size_t agg)
{
	return agg < VG_AGG_SERIES_N ? &series[agg] : NULL;
}

int vg_series_find(struct vg_slice name)
{
	for (int i = 0; i < VG_AGG_SERIES_N; i++)
		if (vg_slice_eq(name, vg_slice_of(series[i].name)))
			return i;
	return -1;
}

int64_t vg_res_ms(enum vg_res r)
{
	assert(r < VG_RES_N);
	return resolution[r].ms;
}

const char *vg_res_name(enum vg_res r)
{
	assert(r < VG_RES_N);
	return resolution[r].name;
}
