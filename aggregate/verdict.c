#include "aggregate/verdict.h"

#include <assert.h>
#include <stddef.h>

static const struct {
	const char *name;
	char kind;
} table[VG_VERDICT_N] = {
#define VG_VERDICT_ROW(id, n, k) {.name = n, .kind = k},
	VG_VERDICTS(VG_VERDICT_ROW)
#undef VG_VERDICT_ROW
};

const char *vg_verdict_name(enum vg_verdict v)
{
	assert((size_t)v < VG_VERDICT_N);
	return table[v].name;
}

char vg_verdict_kind(enum vg_verdict v)
{
	assert((size_t)v < VG_VERDICT_N);
	return table[v].kind;
}
