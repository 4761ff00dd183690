/*
 * compare_past - what a partition was counted under: which tracks miss nothing,
 * and how late an event could be for rules, epoch by epoch.
 */
#include "verify/compare.h"

#include "aggregate/keys.h"
#include "aggregate/part_feed.h"

#include <stdlib.h>
#include <string.h>

/* What `:o` says of the tracks. */
static void take_feeds(struct vg_compare *c, const struct vg_reply *o)
{
	const uint32_t n = sizeof VG_FEED_PREFIX - 1;
	bool marked = false;

	for (size_t i = 0; i + 1 < vg_reply_count(o); i += 2) {
		struct vg_slice name = vg_reply_text(vg_reply_at(o, i));
		struct vg_slice id = {name.p + n, name.n - n};
		struct vg_feed f;
		int track;

		marked = marked || vg_slice_eq(name, vg_slice_of("fill"));
		if (name.n <= n || memcmp(name.p, VG_FEED_PREFIX, n) != 0)
			continue;
		track = vg_plan_find_track(c->env->plan, id);
		if (track >= 0 &&
		    vg_feed_parse(vg_reply_text(vg_reply_at(o, i + 1)), &f) &&
		    vg_feed_is_whole(&f))
			c->whole[track / 64] |= UINT64_C(1) << track % 64;
	}
	if (!marked) /* before there were such marks all were */
		memset(c->whole, 0xff, sizeof c->whole);
}

/* "<offset> <hash> <ms>"; without the last before it was kept. */
static bool parse(const char *text, struct vg_epoch *out)
{
	const char *at = strchr(text, ' ');

	out->offset = strtoll(text, NULL, 10);
	at = at != NULL ? strchr(at + 1, ' ') : NULL;
	if (at != NULL)
		out->rules_ms = strtoll(at + 1, NULL, 10);
	return at != NULL;
}

static enum vg_rc take_epochs(struct vg_compare_past *p,
			      const struct vg_reply *g, struct vg_err *err)
{
	size_t n = vg_reply_count(g);

	p->epoch = calloc(n + 1, sizeof *p->epoch);
	if (p->epoch == NULL)
		return vg_err_set(err, VG_FATAL, "verify: out of memory");
	for (size_t i = 0; i < n; i++) {
		struct vg_slice text = vg_reply_text(vg_reply_at(g, i));
		char line[96];

		if (text.n >= sizeof line)
			continue;
		memcpy(line, text.p, text.n);
		line[text.n] = '\0';
		p->n += parse(line, &p->epoch[p->n]);
	}
	return VG_OK;
}

enum vg_rc vg_compare_past(struct vg_compare *c, struct vg_compare_past *out,
			   struct vg_err *err)
{
	struct vg_reply *o = NULL, *g = NULL;
	enum vg_rc rc = vg_compare_fetch(c, "HGETALL", "o", &o, err);

	memset(c->whole, 0, sizeof c->whole);
	if (rc == VG_OK)
		rc = vg_compare_fetch(c, "LRANGE", "g", &g, err);
	if (rc == VG_OK) {
		take_feeds(c, o);
		rc = take_epochs(out, g, err);
	}
	vg_reply_free(o);
	vg_reply_free(g);
	return rc;
}

void vg_compare_past_term(struct vg_compare_past *p)
{
	free(p->epoch);
	*p = (struct vg_compare_past){.n = 0};
}
