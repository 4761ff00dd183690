#include "aggregate/health.h"

#include "aggregate/cells.h"
#include "aggregate/overlap.h"
#include "aggregate/sensors.h"
#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

#define MINUTE_MS INT64_C(60000)

int64_t vg_health_unread(const struct vg_view_part *part)
{
	/* An empty partition has no stored offset and nothing to read. */
	int64_t read = part->offset < 0 ? 0 : part->offset;

	if (part->high < 0)
		return -1;
	return part->high > read ? part->high - read : 0;
}

/* Read up to where? Only what was level at its heartbeat is. */
static int64_t known_to(const struct vg_view_part *part)
{
	bool is_level = part->live && vg_health_unread(part) == 0;

	if (VG_DEFECT("health-unread"))
		return INT64_MAX;
	return is_level ? part->heartbeat_ms : INT64_MIN;
}

static bool is_of(const struct vg_view_part *part, const struct vg_partner *p)
{
	return part->partner != NULL && part->partner->slot == p->slot;
}

static struct vg_cadence cadence_of(const struct vg_config *cfg, int64_t set_ms)
{
	return (struct vg_cadence){.floor_ms = cfg->silence_floor_ms,
				   .learning_ms = cfg->silence_learning_ms,
				   .set_ms = set_ms};
}

/* All that was heard of a partition; NULL when nothing was. */
static const struct vg_sensor *all_of(const struct vg_view_part *part)
{
	return part->sensors != NULL
		       ? vg_sensors_get(part->sensors,
					vg_slice_of(VG_SENSORS_ALL))
		       : NULL;
}

/* What the partitions of one partner add up to. */
struct whole {
	bool has_records, has_unread, has_unknown;
	int64_t known_ms;
	struct vg_sensor heard;
};

static struct whole add_up(const struct vg_view *v, const struct vg_partner *p)
{
	struct whole w = {.known_ms = INT64_MAX};

	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);
		const struct vg_sensor *all = all_of(part);
		bool is_known = part->live && part->high >= 0;

		if (!is_of(part, p))
			continue;
		w.has_records |= part->log_ms != INT64_MIN;
		w.has_unread |= is_known && vg_health_unread(part) > 0;
		w.has_unknown |= !is_known;
		if (known_to(part) < w.known_ms)
			w.known_ms = known_to(part);
		if (all != NULL)
			vg_sensor_merge(&w.heard, all);
	}
	return w;
}

/* How long the partner may be quiet: no longer than the liveliest of the
 * partitions that had not fallen silent before it last spoke. */
static int64_t expected_of(const struct vg_view *v, const struct vg_config *cfg,
			   const struct vg_partner *p, int64_t last_ms,
			   size_t *n_judged)
{
	struct vg_cadence c = cadence_of(cfg, 0);
	int64_t least = 0;

	*n_judged = 0;
	for (size_t i = 0; i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);
		const struct vg_sensor *all = all_of(part);

		if (!is_of(part, p) || all == NULL)
			continue;
		int64_t expected = vg_sensor_expected(all, &c);
		if (expected == 0 || all->last_ms + expected < last_ms)
			continue;
		++*n_judged;
		if (least == 0 || expected < least)
			least = expected;
	}
	return p->cadence_ms > 0 ? p->cadence_ms : least;
}

static int64_t up_to_minute(int64_t ms)
{
	int64_t floor_ms = vg_bucket_floor(ms, MINUTE_MS);

	return floor_ms == ms ? ms : floor_ms + MINUTE_MS;
}

struct vg_partner_health vg_health_partner(const struct vg_view *v,
					   const struct vg_config *cfg,
					   const struct vg_partner *p,
					   int64_t at_ms)
{
	struct whole w = add_up(v, p);
	struct vg_partner_health h = {.state = VG_HEALTH_CURRENT,
				      .last_ms = INT64_MIN,
				      .silent_from_ms = INT64_MAX};

	if (w.heard.records > 0) {
		h.last_ms = w.heard.last_ms;
		h.run_ms = w.heard.run_ms;
		h.expected_ms = expected_of(v, cfg, p, h.last_ms, &h.n_judged);
	}
	/* Who has left is not expected. */
	if (h.expected_ms > 0 && vg_partner_is_member(p, at_ms))
		h.silent_from_ms = up_to_minute(h.last_ms + h.expected_ms);
	if (w.has_unread && !VG_DEFECT("health-unread"))
		h.state = VG_HEALTH_LAGGING;
	else if (!w.has_records)
		h.state = VG_HEALTH_NEVER_SEEN;
	else if (w.has_unknown)
		h.state = VG_HEALTH_LAGGING;
	else
		h.state = vg_health_at(h.silent_from_ms, w.known_ms, at_ms);
	return h;
}

static struct vg_sensor_health *append(struct vg_health_list *l, size_t *cap)
{
	if (l->n == *cap) {
		size_t more = *cap ? *cap * 2 : 64;
		struct vg_sensor_health *s =
			realloc(l->sensor, more * sizeof *s);

		if (s == NULL)
			return NULL;
		l->sensor = s;
		*cap = more;
	}
	l->sensor[l->n] = (struct vg_sensor_health){.known_ms = INT64_MAX};
	return &l->sensor[l->n++];
}

static bool gather_part(const struct vg_view_part *part,
			struct vg_health_list *l, size_t *cap)
{
	const struct vg_sensor *s;
	struct vg_slice field, name;

	for (size_t pos = 0;
	     vg_sensors_next(part->sensors, &pos, &field, &s);) {
		struct vg_sensor_health *h;

		if (vg_slice_eq(field, vg_slice_of(VG_OTHER)))
			vg_sensor_merge(&l->rest, s);
		if (!vg_sensors_name(field, &name))
			continue;
		h = append(l, cap);
		if (h == NULL)
			return false;
		h->name = name;
		h->heard = *s;
		h->known_ms = known_to(part);
	}
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct vg_sensor_health *x = a, *y = b;

	return vg_slice_cmp(x->name, y->name);
}

static int by_state(const void *a, const void *b)
{
	static const int RANK[VG_HEALTH_N] = {[VG_HEALTH_SILENT] = 0,
					      [VG_HEALTH_NEVER_SEEN] = 1,
					      [VG_HEALTH_LAGGING] = 2,
					      [VG_HEALTH_CURRENT] = 3};
	int x = RANK[((const struct vg_sensor_health *)a)->state];
	int y = RANK[((const struct vg_sensor_health *)b)->state];

	return x != y ? x - y : by_name(a, b);
}

/* One entry for each name. */
static void join(struct vg_health_list *l)
{
	size_t n = 0;

	if (l->n == 0)
		return;
	qsort(l->sensor, l->n, sizeof *l->sensor, by_name);
	for (size_t i = 1; i < l->n; i++) {
		struct vg_sensor_health *to = &l->sensor[n];
		const struct vg_sensor_health *from = &l->sensor[i];

		if (!vg_slice_eq(to->name, from->name)) {
			l->sensor[++n] = *from;
			continue;
		}
		vg_sensor_merge(&to->heard, &from->heard);
		if (from->known_ms < to->known_ms)
			to->known_ms = from->known_ms;
	}
	l->n = n + 1;
}

/* The sensors that are declared and were never heard. */
static bool add_declared(const struct vg_partner *p, int64_t known_ms,
			 struct vg_health_list *l, size_t *cap)
{
	size_t n = l->n; /* these are sorted */

	for (size_t i = 0; i < p->n_sensors; i++) {
		struct vg_sensor_health key = {
			.name = vg_slice_of(p->sensors[i].name)};
		struct vg_sensor_health *h;

		if (n > 0 && bsearch(&key, l->sensor, n, sizeof key, by_name))
			continue;
		h = append(l, cap);
		if (h == NULL)
			return false;
		h->name = key.name;
		h->known_ms = known_ms;
	}
	return true;
}

static void judge(struct vg_sensor_health *h, const struct vg_config *cfg,
		  const struct vg_partner *p, int64_t at_ms)
{
	const struct vg_declared_sensor *d = vg_partner_sensor(p, h->name);
	struct vg_cadence c = cadence_of(cfg, d != NULL ? d->cadence_ms : 0);

	h->is_set = c.set_ms > 0;
	h->expected_ms =
		h->is_set ? c.set_ms : vg_sensor_expected(&h->heard, &c);
	h->silent_from_ms = INT64_MAX;
	if (h->heard.records == 0) {
		h->state = h->known_ms == INT64_MIN ? VG_HEALTH_LAGGING
						    : VG_HEALTH_NEVER_SEEN;
		return;
	}
	if (vg_partner_is_member(p, at_ms))
		h->silent_from_ms = vg_sensor_silent_from(&h->heard, &c);
	h->state = vg_health_at(h->silent_from_ms, h->known_ms, at_ms);
}

bool vg_health_sensors(const struct vg_view *v, const struct vg_config *cfg,
		       const struct vg_partner *p, int64_t at_ms,
		       struct vg_health_list *out)
{
	struct vg_health_list l = {.n = 0};
	int64_t known_ms = INT64_MAX;
	size_t cap = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < vg_view_parts(v); i++) {
		const struct vg_view_part *part = vg_view_part(v, i);

		if (!is_of(part, p))
			continue;
		if (known_to(part) < known_ms)
			known_ms = known_to(part);
		ok = part->sensors == NULL || gather_part(part, &l, &cap);
	}
	join(&l);
	ok = ok && add_declared(p, known_ms, &l, &cap);
	if (!ok) {
		vg_health_list_term(&l);
		return false;
	}
	for (size_t i = 0; i < l.n; i++)
		judge(&l.sensor[i], cfg, p, at_ms);
	if (l.n > 0)
		qsort(l.sensor, l.n, sizeof *l.sensor, by_state);
	*out = l;
	return true;
}

void vg_health_list_term(struct vg_health_list *l)
{
	free(l->sensor);
	*l = (struct vg_health_list){.n = 0};
}

static bool fill_in(struct vg_health_list *l,
		    const struct vg_sensors *const *part, size_t n)
{
	struct vg_table *by_name = vg_table_new(1, 0);
	bool ok = by_name != NULL &&
		  vg_overlap_count(part, n, by_name, &l->not_compared);

	for (size_t i = 0; ok && i < l->n; i++) {
		int64_t *count = vg_table_get(by_name, l->sensor[i].name);

		l->sensor[i].overlap_records = count != NULL ? *count : 0;
	}
	vg_table_free(by_name);
	return ok;
}

bool vg_health_overlaps(const struct vg_view *v, const struct vg_partner *p,
			struct vg_health_list *l)
{
	size_t n = 0;
	const struct vg_sensors **part =
		calloc(vg_view_parts(v) + 1, sizeof(const struct vg_sensors *));
	bool ok = part != NULL;

	for (size_t i = 0; ok && i < vg_view_parts(v); i++)
		if (is_of(vg_view_part(v, i), p) &&
		    vg_view_part(v, i)->sensors != NULL)
			part[n++] = vg_view_part(v, i)->sensors;
	ok = ok && fill_in(l, part, n);
	free(part);
	return ok;
}
