#include "verify/quota.h"

#include "aggregate/cells.h"
#include "aggregate/event.h"
#include "core/config.h"
#include "core/lexicon.h"

#include <stdlib.h>

static const int64_t MINUTE_MS = 60000, HOUR_MS = 3600000;

struct minute { /* of one audience */
	bool begun;
	int64_t number, records, indicators;
	struct vg_table *sensors, *actors; /* by name; NULL: none yet */
};

struct vg_quota_count {
	const struct vg_part_env *env;
	const struct vg_partner *partner;
	struct minute *minute; /* by audience */
	bool dead_begun;
	int64_t dead_hour, dead_records, dead_bytes;
};

static void *sure(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

struct vg_quota_count *vg_quota_count_new(const struct vg_part_env *env,
					  const struct vg_partner *partner)
{
	struct vg_quota_count *q = sure(calloc(1, sizeof *q));

	q->env = env;
	q->partner = partner;
	q->minute = sure(
		calloc(vg_audience_count(env->aud) + 1, sizeof *q->minute));
	return q;
}

static void forget(struct minute *m)
{
	vg_table_free(m->sensors);
	vg_table_free(m->actors);
	*m = (struct minute){.begun = false};
}

void vg_quota_count_free(struct vg_quota_count *q)
{
	if (q == NULL)
		return;
	for (size_t a = 0; a < vg_audience_count(q->env->aud); a++)
		forget(&q->minute[a]);
	free(q->minute);
	free(q);
}

/* Which minute, or hour, since 1970. */
static int64_t number_of(int64_t ms, int64_t width)
{
	return ms / width - (ms % width < 0 ? 1 : 0);
}

bool vg_quota_count_record(struct vg_quota_count *q, uint16_t audience,
			   int64_t ts_ms)
{
	struct minute *m = &q->minute[audience];
	int64_t number = number_of(ts_ms, MINUTE_MS);
	int64_t max = q->partner->quota.records;

	if (!m->begun || number > m->number) {
		forget(m);
		m->begun = true;
		m->number = number;
	}
	if (max > 0 && m->records == max)
		return false;
	m->records++;
	return true;
}

/* True when `name` is among the first `max`. */
static bool is_among(const struct vg_quota_count *q, struct vg_table **t,
		     struct vg_slice name, int64_t max)
{
	if (max == 0 || name.n == 0)
		return true;
	if (*t == NULL)
		*t = sure(vg_table_new(1, q->env->table_seed));
	if (vg_table_get(*t, name) != NULL)
		return true;
	if (vg_table_count(*t) >= (size_t)max)
		return false;
	sure(vg_table_at(*t, name, NULL));
	return true;
}

static bool is_known(const struct vg_quota_count *q, struct vg_slice actor)
{
	const struct vg_lexicon *l = q->env->cfg->lexicon;

	return l != NULL && vg_lexicon_resolve(l, actor).n_actors == 1;
}

struct vg_marks vg_quota_count_event(struct vg_quota_count *q,
				     const struct vg_event *e)
{
	const struct vg_partner_quota *max = &q->partner->quota;
	struct minute *m = &q->minute[e->audience];
	struct vg_marks marks = {.indicators = e->n_indicator};

	marks.sensor = !is_among(q, &m->sensors, e->sensor, max->sensors);
	for (unsigned i = 0; i < e->n_actor; i++)
		if (!is_known(q, e->actor[i].name) &&
		    !is_among(q, &m->actors, e->actor[i].name, max->actors))
			marks.actors |= UINT32_C(1) << i;
	if (max->indicators > 0)
		while (marks.indicators > 0 &&
		       m->indicators + marks.indicators > max->indicators)
			marks.indicators--;
	m->indicators += marks.indicators;
	return marks;
}

bool vg_quota_count_dead(struct vg_quota_count *q, int64_t ts_ms, int64_t bytes)
{
	const struct vg_partner_quota *max = &q->partner->quota;
	int64_t hour = number_of(ts_ms, HOUR_MS);

	if (!q->dead_begun || hour > q->dead_hour) {
		q->dead_begun = true;
		q->dead_hour = hour;
		q->dead_records = q->dead_bytes = 0;
	}
	if (max->dead_records > 0 && q->dead_records == max->dead_records)
		return false;
	if (max->dead_bytes > 0 && q->dead_bytes + bytes > max->dead_bytes)
		return false;
	q->dead_records++;
	q->dead_bytes += bytes;
	return true;
}
