#include "aggregate/changes.h"
#include "aggregate/health.h"
#include "aggregate/pack.h"
#include "aggregate/sensors.h"
#include "aggregate/view_parts.h"

#include "core/defect.h"

#include <assert.h>
#include <stdlib.h>

enum { STALE_MS = 2000 };

void vg_view_ticks(struct vg_view *v)
{
	(void)atomic_fetch_add_explicit(&v->tick, 1, memory_order_release);
}

enum vg_rc vg_view_new(struct vg_view **out, const struct vg_part_env *env,
		       const struct vg_track_sink *sink, struct vg_err *err)
{
	struct vg_view *v = calloc(1, sizeof *v);

	if (v == NULL)
		return vg_err_set(err, VG_FATAL, "view: out of memory");
	v->changes = vg_changes_new(vg_audience_count(env->aud));
	v->pack_bytes = calloc(1, sizeof *v->pack_bytes);
	if (v->changes == NULL || v->pack_bytes == NULL ||
	    !vg_view_mutex_init(&v->lock)) {
		vg_changes_free(v->changes);
		free(v->pack_bytes);
		free(v);
		return vg_err_set(err, VG_FATAL, "view: out of memory");
	}
	v->env = env;
	if (sink != NULL)
		v->sink = *sink;
	*out = v;
	return VG_OK;
}

void vg_view_feed_free(struct vg_view_feed *f)
{
	if (f == NULL)
		return;
	vg_packs_free(f->packs);
	vg_cells_free(f->cells);
	vg_sensors_free(f->sensors);
	free(f->key_o);
	free(f->key_x);
	free(f->key_d);
	free(f->key_s);
	free(f->key_sensors);
	free(f);
}

void vg_view_free(struct vg_view *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->n_parts; i++)
		vg_view_feed_free(v->feed[i]);
	free(v->feed);
	free(v->pack_bytes);
	vg_view_mutex_term(&v->lock);
	vg_changes_free(v->changes);
	free(v);
}

void vg_view_take_over(struct vg_view *v, struct vg_view *from)
{
	struct vg_view was;

	vg_view_mutex_write(&v->lock);
	was = *v;
	/* All but the lock, which readers hold by its place. */
	v->env = from->env;
	v->sink = from->sink;
	v->feed = from->feed;
	v->n_parts = from->n_parts;
	v->cap = from->cap;
	v->found = from->found;
	v->found_ms = from->found_ms;
	v->refreshed_ms = from->refreshed_ms;
	v->answered_ms = from->answered_ms;
	v->level_ms = from->level_ms;
	v->n_cells = from->n_cells;
	v->pack_bytes = from->pack_bytes;
	vg_changes_all(v->changes);
	vg_view_ticks(v);
	vg_view_mutex_write_done(&v->lock);
	from->feed = was.feed;
	from->n_parts = was.n_parts;
	from->cap = was.cap;
	from->pack_bytes = was.pack_bytes;
}

void vg_view_read_lock(struct vg_view *v)
{
	vg_view_mutex_read(&v->lock);
}

void vg_view_unlock(struct vg_view *v)
{
	vg_view_mutex_read_done(&v->lock);
}

size_t vg_view_parts(const struct vg_view *v)
{
	return v->n_parts;
}

const struct vg_view_part *vg_view_part(const struct vg_view *v, size_t i)
{
	assert(i < v->n_parts);
	return &v->feed[i]->pub;
}

bool vg_view_ready(const struct vg_view *v)
{
	for (size_t i = 0; i < v->n_parts; i++)
		if (!v->feed[i]->pub.live)
			return false;
	return v->found;
}

static bool is_at_end(const struct vg_view_part *p)
{
	return vg_health_unread(p) == 0;
}

int64_t vg_view_part_complete_to(const struct vg_view_part *p)
{
	int64_t to = is_at_end(p) ? p->heartbeat_ms : p->log_ms;

	return p->high < 0 || to < 0 ? 0 : to;
}

/* True when nobody waits for the partition: its partner has left, and of what
 * it had sent before nothing is known to be unread. */
static bool is_over(const struct vg_view_part *p, int64_t now_ms)
{
	bool unread = p->high >= 0 && !is_at_end(p) &&
		      p->log_ms < p->partner->until_ms;

	return vg_partner_has_left(p->partner, now_ms) && !unread &&
	       !VG_DEFECT("left-awaited");
}

static int64_t log_time(const struct vg_view *v, int64_t now_ms)
{
	int64_t least = INT64_MAX, most = INT64_MIN;

	for (size_t i = 0; i < v->n_parts; i++) {
		const struct vg_view_part *p = &v->feed[i]->pub;

		if (!is_at_end(p) && !is_over(p, now_ms) && p->log_ms < least)
			least = p->log_ms;
		if (p->log_ms > most)
			most = p->log_ms;
	}
	return least != INT64_MAX ? least : most;
}

struct vg_view_freshness vg_view_freshness(const struct vg_view *v,
					   int64_t now_ms)
{
	struct vg_view_freshness f = {
		.as_of_ms = v->level_ms,
		.stale =
			!vg_view_ready(v) || now_ms - v->answered_ms > STALE_MS,
		/* Without any partition nothing is known to be complete. */
		.complete_to_ms = v->n_parts > 0 ? INT64_MAX : 0,
		.log_ms = log_time(v, now_ms),
	};

	for (size_t i = 0; i < v->n_parts; i++) {
		const struct vg_view_part *p = &v->feed[i]->pub;
		int64_t to = vg_view_part_complete_to(p);

		if (is_over(p, now_ms))
			continue;
		if (to < f.complete_to_ms)
			f.complete_to_ms = to;
	}
	return f;
}
