/* What answers over cells have in common. */
#include "api/select.h"

#include "core/audience.h"
#include "core/config.h"

void vg_select_write_head(struct vg_jout *j, const struct vg_query *q)
{
	vg_jout_name(j, "measure");
	vg_jout_text(j, q->reports ? "reports" : "events");
	vg_jout_name(j, "by");
	vg_jout_open(j, '[');
	for (unsigned i = 0; i < q->n_by; i++)
		vg_jout_slice(j, q->by[i]);
	vg_jout_close(j, ']');
}

void vg_select_write_folded(struct vg_jout *j, const struct vg_config *cfg,
			    uint64_t slots)
{
	if (slots == 0)
		return;
	vg_jout_name(j, "folded");
	vg_jout_open(j, '[');
	for (size_t i = 0; i < cfg->n_partners; i++)
		if ((slots >> cfg->partners[i].slot & 1) != 0)
			vg_jout_text(j, cfg->partners[i].id);
	vg_jout_close(j, ']');
}

void vg_select_write_key(struct vg_jout *j, const struct vg_query *q,
			 const struct vg_query_row *row)
{
	vg_jout_name(j, "key");
	vg_jout_open(j, '{');
	for (unsigned i = 0; i < q->n_by; i++) {
		vg_jout_name_slice(j, q->by[i]);
		vg_jout_slice(j, row->key[i]);
	}
	vg_jout_close(j, '}');
}

void vg_select_write_range(struct vg_jout *j, const struct vg_query *q)
{
	vg_jout_name(j, "from");
	vg_jout_instant(j, q->from_ms);
	vg_jout_name(j, "to");
	vg_jout_instant(j, q->to_ms);
}

void vg_select_headers(const struct vg_service *s, struct vg_answer *a,
		       int marking, uint64_t folded)
{
	const struct vg_config *cfg = s->env->cfg;
	struct vg_buf b = {0};

	if (marking >= 0)
		vg_answer_header(a, "Vigie-Marking",
				 vg_tlp_name((enum vg_tlp)marking));
	for (size_t i = 0; i < cfg->n_partners; i++)
		if ((folded >> cfg->partners[i].slot & 1) != 0)
			vg_buf_printf(&b, "%s%s", b.n > 0 ? ", " : "",
				      cfg->partners[i].id);
	if (b.n > 0 && !b.failed)
		vg_answer_header(a, "Vigie-Folded", b.p);
	vg_buf_term(&b);
}

static void write_aggregate(struct vg_jout *j,
			    const struct vg_series_info *info)
{
	vg_jout_open(j, '{');
	vg_jout_name(j, "by");
	vg_jout_open(j, '[');
	for (int i = 0; i < 2 && info->field[i] != NULL; i++)
		vg_jout_text(j, info->field[i]);
	vg_jout_close(j, ']');
	vg_jout_name(j, "steps");
	vg_jout_open(j, '[');
	for (int res = info->fine ? VG_RES_10S : VG_RES_1M; res < VG_RES_N;
	     res++)
		vg_jout_text(j, vg_res_name((enum vg_res)res));
	vg_jout_close(j, ']');
	vg_jout_close(j, '}');
}

bool vg_select_refuse(const struct vg_request *r, struct vg_answer *a,
		      const char *detail)
{
	struct vg_jout j = vg_answer_problem_open(a, 422, "no-aggregate",
						  r->instance, detail);

	vg_jout_name(&j, "aggregates");
	vg_jout_open(&j, '[');
	for (size_t i = 0; i < VG_AGG_SERIES_N; i++)
		write_aggregate(&j, vg_series_info(i));
	vg_jout_close(&j, ']');
	vg_jout_close(&j, '}');
	return false;
}
