#include "verify/recount_parts.h"

#include "aggregate/cap.h"
#include "aggregate/cells.h"
#include "aggregate/overlap.h"
#include "verify/hear.h"
#include "verify/names.h"
#include "verify/native.h"

#include <stdlib.h>
#include <string.h>

static const int64_t HOUR_MS = 3600000;

/* A record timestamp is any int64; within this, sums cannot overflow. */
static const int64_t REF_MAX = INT64_C(1) << 53;

static enum vg_rc no_memory(struct vg_err *err)
{
	return vg_err_set(err, VG_FATAL, "verify: out of memory");
}

int64_t *vg_recount_cell(struct vg_recount *r, struct vg_bucket_id id)
{
	struct vg_table *t = vg_cells_at(r->cells, id, NULL);

	if (t == NULL || r->field.failed)
		return NULL;
	return vg_table_at(
		t,
		(struct vg_slice){.p = r->field.p, .n = (uint32_t)r->field.n},
		NULL);
}

bool vg_recount_tally(struct vg_recount *r, const char *name, int64_t ref_ms,
		      int64_t by)
{
	struct vg_bucket_id id = {.agg = VG_AGG_ACCOUNT,
				  .start_ms =
					  vg_recount_floor(ref_ms, HOUR_MS)};

	vg_buf_reset(&r->field);
	vg_buf_str(&r->field, name);
	int64_t *n = vg_recount_cell(r, id);
	if (n != NULL)
		*n += by;
	return n != NULL;
}

void vg_recount_field(struct vg_recount *r, const struct vg_event *e)
{
	vg_buf_reset(&r->field);
	vg_buf_str(&r->field, vg_audience_key(r->env->aud, e->audience));
}

/* Whether an event at `time_ms` is in a stored bucket of this resolution and
 * start, when it comes at log time `log_ms`. */
static bool keeps(const struct vg_recount *r, struct vg_bucket_id id,
		  int64_t time_ms)
{
	enum vg_res res = (enum vg_res)id.res;
	const struct vg_config *cfg = r->env->cfg;
	bool open = vg_recount_floor(time_ms, HOUR_MS) >= r->rolled_ms;
	int64_t keep_ms[VG_RES_N] = {cfg->keep_10s_ms, cfg->keep_1m_ms,
				     cfg->keep_1h_ms, cfg->keep_1d_ms};

	/* Names of sensors go with the partner's identifiers. */
	if (id.agg == VG_AGG_SENSOR && res >= VG_RES_1H &&
	    r->partner->has_identifiers_kept &&
	    r->partner->identifiers_kept_ms < keep_ms[res])
		keep_ms[res] = r->partner->identifiers_kept_ms;
	if (open && res >= VG_RES_1M)
		return res == VG_RES_1M;
	return id.start_ms + vg_res_ms(res) + keep_ms[res] > r->state.log_ms;
}

static bool add_everywhere(struct vg_recount *r, const struct vg_event *e,
			   unsigned agg)
{
	for (int res = 0; res < VG_RES_N; res++) {
		int64_t start = vg_recount_floor(e->time_ms,
						 vg_res_ms((enum vg_res)res));
		struct vg_bucket_id id = {.agg = (uint16_t)agg,
					  .res = (uint8_t)res,
					  .start_ms = start};

		if (res == VG_RES_10S && !vg_series_info(agg)->fine)
			continue;
		if (!keeps(r, id, e->time_ms))
			continue;
		int64_t *v = vg_recount_cell(r, id);
		if (v == NULL)
			return false;
		v[0] += r->sign * e->count;
		v[1] += r->sign;
	}
	return true;
}

static void read_field(const struct vg_recount *r, const char *name,
		       const struct vg_event *e, struct vg_field_values *out)
{
	const struct vg_field_ref ref = vg_field_ref(vg_slice_of(name));

	out->n = 0;
	out->used = 0;
	vg_field_read(&ref, e, vg_slice_of(r->partner->id), out);
}

/* Add value `i` of field `name`: as it is, or as one without a name. */
static void add_value(struct vg_recount *r, const char *name, unsigned i,
		      struct vg_slice value)
{
	const struct vg_event *e = &r->second.event;
	bool past =
		(strcmp(name, "sensor") == 0 && e->sensor_past) ||
		(strcmp(name, "actor") == 0 && (e->actors_past >> i & 1) != 0);

	if (!past) {
		vg_field_pack(&r->field, value);
		return;
	}
	vg_buf_add(&r->field, &(char){VG_FIELD_SEP}, 1);
	vg_buf_str(&r->field, VG_PAST);
}

static bool count_series(struct vg_recount *r, const struct vg_event *e,
			 unsigned agg)
{
	const struct vg_series_info *s = vg_series_info(agg);

	read_field(r, s->field[0], e, &r->a);
	if (s->field[1] != NULL)
		read_field(r, s->field[1], e, &r->b);
	for (unsigned i = 0; i < r->a.n; i++) {
		unsigned n = s->field[1] != NULL ? r->b.n : 1;

		for (unsigned k = 0; k < n; k++) {
			vg_recount_field(r, e);
			add_value(r, s->field[0], i, r->a.v[i]);
			if (s->field[1] != NULL)
				add_value(r, s->field[1], k, r->b.v[k]);
			if (!add_everywhere(r, e, agg))
				return false;
		}
	}
	return true;
}

struct vg_names_notes vg_recount_dress(struct vg_recount *r, bool *undeclared)
{
	struct vg_event *e = &r->second.event;

	*undeclared = false;
	if (e->country.p == NULL)
		e->country = vg_slice_of(r->partner->country);
	if (!e->has_label)
		e->label = r->partner->tlp;
	e->audience = vg_audience_at(
		r->env->aud,
		vg_audience_of(r->env->aud, r->partner->slot, e->label,
			       e->narrowed, e->releasable, undeclared),
		r->ref_ms);
	return vg_names_apply(r->env->cfg, e);
}

bool vg_recount_series(struct vg_recount *r, int sign)
{
	bool good = true;

	r->sign = sign;
	for (unsigned agg = 0; agg < VG_AGG_SERIES_N && good; agg++)
		if (vg_plan_counts(r->env->plan, agg))
			good = count_series(r, &r->second.event, agg);
	return good;
}

void vg_recount_epochs(struct vg_recount *r, const struct vg_epoch *epoch,
		       size_t n)
{
	r->epoch = epoch;
	r->n_epoch = n;
}

/* How late an event at `offset` could be for the longest window of then. */
static int64_t rules_ms_at(const struct vg_recount *r, int64_t offset)
{
	int64_t ms = vg_part_horizon_of(r->env, r->partner);

	for (size_t i = 0; i < r->n_epoch && r->epoch[i].offset <= offset; i++)
		ms = r->epoch[i].rules_ms;
	return ms;
}

static bool count_event(struct vg_recount *r, int64_t offset, int64_t ref_ms)
{
	struct vg_event *e = &r->second.event;
	bool undeclared = false, good = true;
	const struct vg_names_notes named = vg_recount_dress(r, &undeclared);
	const struct vg_marks marks = vg_quota_count_event(r->quota, e);
	unsigned actors = 0;
	for (unsigned i = 0; i < e->n_actor; i++)
		actors += marks.actors >> i & 1;
	const struct {
		const char *name;
		int64_t n;
	} notes[] = {{"undeclared_audience", undeclared},
		     {"ambiguous_actor", named.ambiguous},
		     {"unlisted_technique", named.unlisted},
		     {"source_country_by_address", named.by_address},
		     {"folded_sensors", marks.sensor},
		     {"folded_actors", actors},
		     {"left_indicators", e->n_indicator - marks.indicators}};
	vg_recount_mark(r, marks);
	for (size_t i = 0; i < sizeof notes / sizeof notes[0] && good; i++)
		if (notes[i].n > 0)
			good = vg_recount_tally(r, notes[i].name, ref_ms,
						notes[i].n);
	good = good && vg_recount_tally(r, "events", ref_ms, e->count);
	good = good && vg_recount_series(r, 1);
	if (r->state.log_ms - e->time_ms >= rules_ms_at(r, offset))
		good = good && vg_recount_tally(r, "beyond_rules", ref_ms, 1);
	r->at_ms = r->state.log_ms;
	return good && vg_recount_spans(r, offset, r->cells) &&
	       vg_recount_steps(r, 1);
}

/* The account's name for a record of the event kind, and whether it counts. */
static const char *judge(struct vg_recount *r, int64_t offset, int64_t ref_ms)
{
	const struct vg_event *e = &r->second.event;
	const struct vg_config *cfg = r->env->cfg;
	const int64_t ts_ms = ref_ms;
	bool is_new = false;

	r->ref_ms = ts_ms;
	if (e->partner.p != NULL &&
	    !vg_slice_eq(e->partner, vg_slice_of(r->partner->id)))
		return "rejected:*";
	if (ref_ms > REF_MAX)
		ref_ms = REF_MAX;
	if (ref_ms < -REF_MAX)
		ref_ms = -REF_MAX;
	if (e->time_ms > ref_ms + vg_config_future_ms(cfg, r->partner))
		return "future";
	if (e->time_ms <= ref_ms - cfg->keep_1d_ms)
		return "beyond";
	if (!vg_quota_count_record(r->quota, vg_recount_audience(r), ts_ms))
		return "rejected:*";
	int64_t *last = vg_table_at(r->ids, e->id, &is_new);
	if (last == NULL)
		return NULL;
	bool seen = !is_new &&
		    offset - *last <= vg_config_dedup_span(cfg, r->partner);
	*last = offset;
	if (seen)
		return "duplicate";
	if (e->origin_partner.n > 0 &&
	    !vg_slice_eq(e->origin_partner, vg_slice_of(r->partner->id)) &&
	    vg_config_partner(cfg, e->origin_partner) != NULL)
		return "relayed";
	return "counted";
}

/* Before the partner joined, or since it left. */
static bool is_outside(const struct vg_partner *p, int64_t ts_ms)
{
	bool early = p->has_from && ts_ms < p->from_ms;
	bool late = p->has_until && ts_ms >= p->until_ms;

	return early || late;
}

/* Whatever becomes of an event that is not rejected, its sensor spoke. */
static const char *hear(struct vg_recount *r, int64_t ts_ms, const char *name)
{
	const struct vg_event *e = &r->second.event;
	const int64_t at_ms[3] = {ts_ms, e->time_ms, r->state.log_ms};

	if (name == NULL || strcmp(name, "rejected:*") == 0 || e->sensor.n == 0)
		return name;
	uint64_t attack = strcmp(name, "counted") == 0
				  ? vg_overlap_attack(r->env->hash_key, e)
				  : 0;
	return vg_hear_take(r->heard, e->sensor, at_ms, attack) ? name : NULL;
}

/* The account's name for any record of a member, with what a recall does. */
static const char *look(struct vg_recount *r, int64_t offset, int64_t ts_ms,
			const struct vg_slice record[2])
{
	if (record[1].p == NULL)
		return "rejected:*";
	switch (vg_second_of(&r->second, r->env, r->partner, offset,
			     record[1])) {
	case VG_SECOND_EVENT:
		return hear(r, ts_ms, judge(r, offset, ts_ms));
	case VG_SECOND_CONTROL:
		return vg_recount_recall(r, offset, record) ? "control"
							    : "rejected:*";
	case VG_SECOND_CANARY:
		return vg_hear_canary(r->heard, ts_ms, r->second.event.time_ms)
			       ? "canary"
			       : NULL;
	case VG_SECOND_ASIDE:
		return "not_alert";
	default:
		return "rejected:*";
	}
}

enum vg_rc vg_recount_take(struct vg_recount *r, int64_t offset, int64_t ts_ms,
			   struct vg_slice value, struct vg_err *err)
{
	const struct vg_slice none = {.n = 0};

	return vg_recount_take_keyed(r, offset, ts_ms,
				     (struct vg_slice[2]){none, value}, err);
}

enum vg_rc vg_recount_take_keyed(struct vg_recount *r, int64_t offset,
				 int64_t ts_ms, const struct vg_slice record[2],
				 struct vg_err *err)
{
	const char *name;
	struct vg_recount_state *s = &r->state;

	s->records++;
	s->last_offset = offset;
	if (ts_ms > s->log_ms)
		s->log_ms = ts_ms;
	if (is_outside(r->partner, ts_ms))
		name = "not_member";
	else
		name = look(r, offset, ts_ms, record);
	if (name == NULL || !vg_recount_tally(r, "received", ts_ms, 1) ||
	    !vg_recount_tally(r, name, ts_ms, 1) ||
	    !vg_recount_bury(r, name, ts_ms, record[1].n))
		return no_memory(err);
	bool counted = strcmp(name, "counted") == 0;
	if (counted && !count_event(r, offset, ts_ms))
		return no_memory(err);
	if (counted && r->second.event.time_ms > s->watermark_ms)
		s->watermark_ms = r->second.event.time_ms;
	vg_recount_keep(r, offset, ts_ms, counted ? &record[1] : NULL);
	return VG_OK;
}
