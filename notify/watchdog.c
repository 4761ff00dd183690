#include "notify/watchdog.h"

#include "core/config.h"
#include "core/defect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* How far a partition was, since when it is there, and since when we look. */
struct seen {
	int64_t offset, watermark_ms, since_ms, first_ms;
};

struct vg_watchdog {
	int64_t stuck_ms;
	struct seen *seen; /* as the view numbers them */
	size_t n;
};

struct vg_watchdog *vg_watchdog_new(int64_t stuck_ms)
{
	struct vg_watchdog *w = calloc(1, sizeof *w);

	if (w != NULL)
		w->stuck_ms = stuck_ms;
	return w;
}

void vg_watchdog_free(struct vg_watchdog *w)
{
	if (w == NULL)
		return;
	free(w->seen);
	free(w);
}

/* A place for each partition that there is; false when memory is out. */
static bool grow(struct vg_watchdog *w, const struct vg_view *view,
		 int64_t now_ms)
{
	size_t n = vg_view_parts(view);

	if (n <= w->n)
		return true;
	struct seen *seen = realloc(w->seen, n * sizeof *seen);
	if (seen == NULL)
		return false;
	w->seen = seen;
	for (; w->n < n; w->n++)
		seen[w->n] = (struct seen){
			.offset = -1, .since_ms = now_ms, .first_ms = now_ms};
	return true;
}

static const char *look_at(const struct vg_watchdog *w, struct seen *s,
			   const struct vg_view_part *p, int64_t now_ms)
{
	/* An empty partition has no stored offset and nothing to read. */
	int64_t offset = p->offset < 0 ? 0 : p->offset;
	bool unread = p->high >= 0 && offset < p->high;
	int64_t beat_ms = p->heartbeat_ms > 0 ? p->heartbeat_ms : s->first_ms;

	if (!unread || offset != s->offset ||
	    p->watermark_ms != s->watermark_ms || now_ms < s->since_ms)
		*s = (struct seen){offset, p->watermark_ms, now_ms,
				   s->first_ms};
	if (VG_DEFECT("watchdog-never-stops"))
		return NULL;
	if (now_ms - beat_ms > w->stuck_ms)
		return "nobody reads a partition";
	if (now_ms - s->since_ms > w->stuck_ms)
		return "a partition is unread and does not move";
	return NULL;
}

const char *vg_watchdog_look(struct vg_watchdog *w, struct vg_view *view,
			     int64_t now_ms, char where[280])
{
	const char *why = NULL;

	where[0] = '\0';
	vg_view_read_lock(view);
	if (!vg_view_ready(view) || vg_view_parts(view) == 0)
		why = "partitions are still being loaded";
	else if (vg_view_freshness(view, now_ms).stale)
		why = "the view is stale";
	else if (!grow(w, view, now_ms))
		why = "out of memory";
	for (size_t i = 0; why == NULL && i < vg_view_parts(view); i++) {
		const struct vg_view_part *p = vg_view_part(view, i);

		if (p->partner == NULL ||
		    vg_partner_has_left(p->partner, now_ms))
			continue; /* nobody waits for it */
		why = look_at(w, &w->seen[i], p, now_ms);
		if (why != NULL)
			(void)snprintf(where, 280, "%s:%" PRId32, p->topic,
				       p->partition);
	}
	vg_view_unlock(view);
	return why;
}
