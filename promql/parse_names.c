#include "promql/parse.h"

#include <strings.h>

static const char *const funcs[VG_PQ_FUNCS] = {
	"rate", "increase", "sum_over_time", "max_over_time", "avg_over_time"};

static const char *const folds[VG_PQ_FOLDS] = {"sum",	"min",	"max",	  "avg",
					       "count", "topk", "bottomk"};

static const char *const ops[VG_PQ_OPS] = {"+",	 "-",  "*", "/", "%",  "^",
					   "==", "!=", ">", "<", ">=", "<="};

/* What Prometheus 2 has besides: they are named in the refusal. */
static const char other_funcs[] =
	" abs absent absent_over_time acos acosh asin asinh atan atanh ceil "
	"changes clamp clamp_max clamp_min cos cosh count_over_time "
	"day_of_month day_of_week day_of_year days_in_month deg delta deriv "
	"exp floor histogram_count histogram_fraction histogram_quantile "
	"histogram_sum holt_winters hour idelta increase irate label_join "
	"label_replace last_over_time ln log10 log2 min_over_time minute month "
	"pi predict_linear present_over_time quantile_over_time rad resets "
	"round scalar sgn sin sinh sort sort_desc sqrt stddev_over_time "
	"stdvar_over_time tan tanh time timestamp vector year ";

static const char other_folds[] =
	" stddev stdvar count_values quantile group limitk limit_ratio ";

static size_t find(const char *const *list, size_t n, struct vg_slice name)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == name.n &&
		    strncasecmp(list[i], name.p, name.n) == 0)
			return i;
	return n;
}

static bool is_word_of(const char *list, struct vg_slice name)
{
	for (const char *at = list; *at != '\0'; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (strcspn(at, " ") == name.n && name.n > 0 &&
		    strncasecmp(at, name.p, name.n) == 0)
			return true;
	}
	return false;
}

enum vg_pq_func vg_pq_func_of(struct vg_slice name)
{
	return (enum vg_pq_func)find(funcs, VG_PQ_FUNCS, name);
}

enum vg_pq_fold vg_pq_fold_of(struct vg_slice name)
{
	return (enum vg_pq_fold)find(folds, VG_PQ_FOLDS, name);
}

enum vg_pq_op vg_pq_op_of(struct vg_slice sign)
{
	return (enum vg_pq_op)find(ops, VG_PQ_OPS, sign);
}

bool vg_pq_is_other_func(struct vg_slice name)
{
	return is_word_of(other_funcs, name);
}

bool vg_pq_is_other_fold(struct vg_slice name)
{
	return is_word_of(other_folds, name);
}

const char *vg_pq_type_name(enum vg_pq_type t)
{
	static const char *const names[] = {"scalar", "string",
					    "instant vector", "range vector"};

	return names[t];
}
