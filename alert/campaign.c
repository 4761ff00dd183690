#include "alert/campaign.h"

#include "core/defect.h"

#include <stdlib.h>

static int by_start(const void *a, const void *b)
{
	const struct vg_campaign_part *x = a, *y = b;

	if (x->start_ms != y->start_ms)
		return x->start_ms < y->start_ms ? -1 : 1;
	return (x->end_ms > y->end_ms) - (x->end_ms < y->end_ms);
}

static int by_time(const void *a, const void *b)
{
	const struct vg_book_country *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return strcmp(x->code, y->code);
}

const char *vg_stage_name(enum vg_campaign_stage stage)
{
	static const char *const names[] = {"emerging",	 "spreading",
					    "sustained", "dormant",
					    "resumed",	 "closed"};

	return names[stage];
}

int vg_stage_find(struct vg_slice name)
{
	for (int s = 0; s <= VG_STAGE_CLOSED; s++)
		if (vg_slice_eq(name, vg_slice_of(vg_stage_name(
					      (enum vg_campaign_stage)s))))
			return s;
	return -1;
}

bool vg_stages_parse(const char *text, unsigned *out)
{
	unsigned found = 0;
	const char *p = text != NULL ? text + strspn(text, ", ") : "";

	while (*p != '\0') {
		size_t n = strcspn(p, ", ");
		int s = vg_stage_find((struct vg_slice){p, (uint32_t)n});

		if (s < 0)
			return false;
		found |= 1U << s;
		p += n;
		p += strspn(p, ", ");
	}
	*out = found;
	return true;
}

/* a + b, where a may be "without end". */
static int64_t after(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/* Find the chain with the episode that was asked for, up to T. */
static bool find_chain(struct vg_campaign *c, const struct vg_campaign_ask *ask)
{
	bool found = false;

	*c = (struct vg_campaign){.n = 0};
	for (size_t i = 0; i < ask->n; i++) {
		const struct vg_campaign_part *p = &ask->part[i];

		if (p->start_ms > ask->at_ms)
			break;
		if (c->n > 0 && p->start_ms >= after(c->end_ms, ask->gap_ms)) {
			if (found)
				break;
			c->n = 0;
		}
		if (c->n++ == 0) {
			c->first = i;
			c->since_ms = p->start_ms;
			c->end_ms = p->end_ms;
		}
		c->end_ms = p->end_ms > c->end_ms ? p->end_ms : c->end_ms;
		found = found || p->start_ms == ask->of_ms;
	}
	return found;
}

static void add_country(struct vg_campaign *c,
			const struct vg_book_country *one)
{
	for (size_t i = 0; i < c->n_country; i++) {
		if (strcmp(c->country[i].code, one->code) != 0)
			continue;
		if (one->at_ms < c->country[i].at_ms)
			c->country[i].at_ms = one->at_ms;
		return;
	}
	if (c->n_country < VG_CAMPAIGN_COUNTRIES)
		c->country[c->n_country++] = *one;
}

static void gather(struct vg_campaign *c, const struct vg_campaign_ask *ask)
{
	for (size_t i = c->first; i < c->first + c->n; i++)
		for (size_t k = 0; k < ask->part[i].n_country; k++)
			if (ask->part[i].country[k].at_ms <= ask->at_ms)
				add_country(c, &ask->part[i].country[k]);
	qsort(c->country, c->n_country, sizeof *c->country, by_time);
	if (c->n_country < 2)
		return;
	int64_t span_ms =
		c->country[c->n_country - 1].at_ms - c->country[0].at_ms;
	if (span_ms > 0)
		c->velocity = (double)(c->n_country - 1) * 3600000.0 /
			      (double)span_ms;
}

static enum vg_campaign_stage stage_of(const struct vg_campaign *c,
				       const struct vg_campaign_ask *ask)
{
	const struct vg_campaign_part *last = &ask->part[c->first + c->n - 1];
	int64_t window_ms = last->window_ms;
	int64_t newest_ms = c->n_country > 0
				    ? c->country[c->n_country - 1].at_ms
				    : c->since_ms;

	if (last->closed_ms <= ask->at_ms ||
	    ask->at_ms >= after(c->end_ms, ask->gap_ms))
		return VG_STAGE_CLOSED;
	if (ask->at_ms >= after(c->end_ms, last->resolve_after_ms))
		return VG_STAGE_DORMANT;
	if (newest_ms > c->since_ms && ask->at_ms - newest_ms < window_ms)
		return VG_STAGE_SPREADING;
	if (c->n == 1 && ask->at_ms - c->since_ms < window_ms)
		return VG_STAGE_EMERGING;
	if (c->n > 1 && ask->at_ms - last->start_ms < window_ms)
		return VG_STAGE_RESUMED;
	return VG_STAGE_SUSTAINED;
}

bool vg_campaign_at(struct vg_campaign *out, const struct vg_campaign_ask *ask)
{
	if (!VG_DEFECT("campaign-arrival"))
		qsort(ask->part, ask->n, sizeof *ask->part, by_start);
	if (!find_chain(out, ask))
		return false;
	gather(out, ask);
	out->stage = stage_of(out, ask);
	return true;
}
