#include "ingest/recall_read.h"

#include "core/config.h"
#include "ingest/canonical_list.h"
#include "ingest/record.h"

#include <assert.h>
#include <stdlib.h>

void vg_recall_term(struct vg_recall *r)
{
	free(r->id);
	free(r->found);
	*r = (struct vg_recall){.id = NULL};
}

static int by_text(const void *x, const void *y)
{
	const struct vg_slice *a = x, *b = y;
	int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);

	return c != 0 ? c : (a->n > b->n) - (a->n < b->n);
}

ptrdiff_t vg_recall_find(const struct vg_recall *r, struct vg_slice id)
{
	const struct vg_slice *at =
		r->n_ids > 0 ? bsearch(&id, r->id, r->n_ids, sizeof id, by_text)
			     : NULL;

	return at != NULL ? at - r->id : -1;
}

static bool read_ids(struct vg_reading *r, uint32_t i, struct vg_recall *out)
{
	if (!vg_read_type(r, i, VG_JSON_ARRAY, "recall.ids"))
		return false;
	uint32_t n = vg_tok(r, i)->count, k = i + 1;
	if (n == 0)
		return vg_refuse(r, VG_VERDICT_R_VALUE, "recall.ids: empty");
	if (n > VG_RECALL_IDS_MAX)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "recall.ids: more than 4096");
	out->id = calloc(n, sizeof *out->id);
	out->found = calloc(n, sizeof *out->found);
	if (out->id == NULL || out->found == NULL)
		abort(); /* a verdict is a function of the log alone */
	for (uint32_t x = 0; x < n; x++, k = vg_tok(r, k)->next)
		if (!vg_read_name(r, k, "recall.ids", VG_ID_MAX, &out->id[x]))
			return false;
	qsort(out->id, n, sizeof *out->id, by_text);
	for (uint32_t x = 0; x < n; x++)
		if (x == 0 || by_text(&out->id[x], &out->id[x - 1]) != 0)
			out->id[out->n_ids++] = out->id[x];
	return true;
}

static bool read_label(struct vg_reading *r, uint32_t i, struct vg_recall *out)
{
	struct vg_slice text;

	if (!vg_read_text(r, i, "recall.tlp", &text))
		return false;
	int label = vg_tlp_find(text);
	if (label < 0)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "recall.tlp: not a label");
	out->label = (enum vg_tlp)label;
	out->has_label = true;
	return true;
}

static bool read_releasable(struct vg_reading *r, uint32_t i,
			    struct vg_recall *out)
{
	if (!vg_take_releasable(r, i))
		return false;
	out->narrowed = true;
	out->releasable = r->e->releasable;
	return true;
}

static bool read_sensor(struct vg_reading *r, uint32_t i, struct vg_recall *out)
{
	return vg_read_name(r, i, "recall.sensor", VG_SENSOR_MAX, &out->sensor);
}

static bool read_from(struct vg_reading *r, uint32_t i, struct vg_recall *out)
{
	return vg_read_time(r, i, "recall.from", &out->from_ms);
}

static bool read_to(struct vg_reading *r, uint32_t i, struct vg_recall *out)
{
	return vg_read_time(r, i, "recall.to", &out->to_ms);
}

static const struct {
	const char *name;
	bool (*take)(struct vg_reading *, uint32_t, struct vg_recall *);
} members[] = {{"sensor", read_sensor},
	       {"ids", read_ids},
	       {"from", read_from},
	       {"to", read_to},
	       {"releasable_to", read_releasable},
	       {"tlp", read_label}};

enum { MEMBERS_N = sizeof members / sizeof members[0] };

/* A member that is not known is refused: one that is misspelt would make the
 * recall another one. */
static bool read_member(struct vg_reading *r, uint32_t k, struct vg_recall *out)
{
	struct vg_slice name;

	if (!vg_read_raw(r, k, "recall", &name))
		return false;
	if (vg_tok(r, k + 1)->type == VG_JSON_NULL)
		return true;
	for (size_t i = 0; i < MEMBERS_N; i++)
		if (vg_slice_eq(name, vg_slice_of(members[i].name)))
			return members[i].take(r, k + 1, out);
	return vg_refuse(r, VG_VERDICT_R_VALUE, "recall: a member it has not");
}

/* Ids or a range, not both. */
static bool check(struct vg_reading *r, const struct vg_recall *x)
{
	bool from = x->from_ms >= 0, to = x->to_ms >= 0;

	if (x->sensor.p == NULL)
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "recall.sensor: missing");
	if (x->id != NULL ? from || to : !from || !to)
		return vg_refuse(r, VG_VERDICT_R_MISSING,
				 "recall: either ids, or from and to");
	if (x->id == NULL && x->from_ms >= x->to_ms)
		return vg_refuse(r, VG_VERDICT_R_VALUE,
				 "recall.to: not after from");
	return true;
}

static bool read_all(struct vg_reading *r, struct vg_recall *x)
{
	uint32_t at = vg_json_member(&r->s->json, 0, "recall");

	if (!vg_read_type(r, at, VG_JSON_OBJECT, "recall"))
		return false;
	uint32_t k = at + 1;
	for (uint32_t i = 0; i < vg_tok(r, at)->count; i++) {
		if (!read_member(r, k, x))
			return false;
		k = vg_tok(r, k + 1)->next;
	}
	return check(r, x);
}

bool vg_recall_read(struct vg_recall *x, struct vg_scratch *s,
		    const struct vg_config *cfg, struct vg_slice record,
		    struct vg_decoded *out)
{
	struct vg_event *e = calloc(1, sizeof *e);
	struct vg_reading r = {
		.s = s, .cfg = cfg, .e = e, .out = out, .element = -1};

	if (e == NULL)
		abort();
	*x = (struct vg_recall){.from_ms = -1, .to_ms = -1};
	s->used = 0;
	vg_event_clear(e);
	out->verdict = VG_VERDICT_CONTROL;
	out->reason[0] = '\0';
	/* That it is an object with a recall is known: decoding said so. */
	bool good = vg_record_parse(&r, record) && read_all(&r, x);
	free(e);
	if (!good)
		out->verdict = VG_VERDICT_R_RECALL_FORM;
	return good;
}
