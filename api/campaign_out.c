#include "api/campaign_out.h"

#include "api/tree.h"

#include <cjson/cJSON.h>

bool vg_campaign_here(struct vg_campaign_of *out, const struct vg_service *s,
		      const struct vg_book_alert *alert, int64_t at_ms)
{
	const struct vg_campaign_in in = {.book = s->book,
					  .people = s->people,
					  .gap_ms =
						  s->env->cfg->campaign_gap_ms};

	return vg_campaign_find(out, &in, alert, at_ms);
}

void vg_campaign_members(struct vg_jout *j, const struct vg_campaign *c)
{
	cJSON *doc = vg_campaign_doc(c);
	const cJSON *m;

	cJSON_ArrayForEach(m, doc)
	{
		vg_tree_copy(j, m->string, m);
	}
	j->buf->failed |= doc == NULL;
	cJSON_Delete(doc);
}

void vg_campaign_text(struct vg_buf *out, const struct vg_service *s,
		      const struct vg_book_alert *alert, int64_t at_ms)
{
	struct vg_campaign_of of;
	struct vg_jout j = {.buf = out};

	if (!vg_campaign_here(&of, s, alert, at_ms))
		return;
	vg_jout_open(&j, '{');
	vg_campaign_members(&j, &of.c);
	vg_jout_close(&j, '}');
}
