#include "notify/told.h"

#include "alert/campaign.h"
#include "core/defect.h"

#include <stdio.h>
#include <stdlib.h>

static int order(const char *a, struct vg_slice b)
{
	size_t n = strlen(a), least = n < b.n ? n : b.n;
	int c = least > 0 ? memcmp(a, b.p, least) : 0;

	return c != 0 ? c : (n > b.n) - (n < b.n);
}

/* The first that is not before `id`. */
static size_t place_of(const struct vg_ids *s, struct vg_slice id)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (order(s->id[mid], id) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

bool vg_ids_add(struct vg_ids *s, struct vg_slice id)
{
	size_t i = place_of(s, id);

	if (i < s->n && order(s->id[i], id) == 0)
		return true;
	char *text = malloc(id.n + 1);
	char **p = text != NULL ? realloc(s->id, (s->n + 1) * sizeof *p) : NULL;
	if (p == NULL) {
		free(text);
		return false;
	}
	memcpy(text, id.p, id.n);
	text[id.n] = '\0';
	s->id = p;
	memmove(&p[i + 1], &p[i], (s->n - i) * sizeof *p);
	p[i] = text;
	s->n++;
	return true;
}

bool vg_ids_has(const struct vg_ids *s, const char *id)
{
	size_t i = place_of(s, vg_slice_of(id));

	return i < s->n && strcmp(s->id[i], id) == 0;
}

void vg_ids_term(struct vg_ids *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->id[i]);
	free(s->id);
	memset(s, 0, sizeof *s);
}

void vg_told_term(struct vg_told *t)
{
	vg_ids_term(&t->firing);
	vg_ids_term(&t->resolved);
	vg_ids_term(&t->stages);
	memset(t, 0, sizeof *t);
}

bool vg_told_stage(struct vg_told *t, const char *id, int stage,
		   size_t countries)
{
	char text[128];

	(void)snprintf(text, sizeof text, "%.80s %s %zu", id,
		       vg_stage_name((enum vg_campaign_stage)stage), countries);
	return vg_ids_add(&t->stages, vg_slice_of(text));
}

/* What vg_told_stage() notes: "<id> <stage> <countries>". */
struct stage_told {
	int stage;
	unsigned long countries;
};

static bool read_stage(const char *text, size_t id_n, struct stage_told *out)
{
	const char *name = text + id_n + 1;
	size_t n = strcspn(name, " ");

	out->stage = vg_stage_find((struct vg_slice){name, (uint32_t)n});
	out->countries = strtoul(name + n, NULL, 10);
	return out->stage >= 0;
}

/* Has the campaign that `is` notes moved, since `last`, to where it is told?
 * One of an alert that was not told has not. */
static bool has_moved(unsigned stages, const struct vg_ids *last,
		      const char *is)
{
	size_t id_n = strcspn(is, " ");
	size_t i = place_of(last, (struct vg_slice){is, (uint32_t)(id_n + 1)});
	struct stage_told was, now;

	if (i == last->n || strncmp(last->id[i], is, id_n + 1) != 0 ||
	    !read_stage(last->id[i], id_n, &was) ||
	    !read_stage(is, id_n, &now) || (stages >> now.stage & 1) == 0)
		return false;
	return now.stage != was.stage || now.countries > was.countries;
}

static bool any_moved(const struct vg_tempo *tempo, const struct vg_told *last,
		      const struct vg_told *now)
{
	if (VG_DEFECT("notify-no-stage"))
		return false;
	for (size_t i = 0; i < now->stages.n; i++)
		if (has_moved(tempo->stages, &last->stages, now->stages.id[i]))
			return true;
	return false;
}

static bool is_within(const struct vg_ids *part, const struct vg_ids *whole)
{
	for (size_t i = 0; i < part->n; i++)
		if (!vg_ids_has(whole, part->id[i]))
			return false;
	return true;
}

bool vg_told_decide(const struct vg_tempo *tempo, const struct vg_told *last,
		    const struct vg_told *now)
{
	if (!last->any)
		return now->firing.n > 0;
	if (!is_within(&now->firing, &last->firing))
		return true;
	if (now->firing.n == 0)
		return last->firing.n > 0;
	if (tempo->send_resolved && !is_within(&now->resolved, &last->resolved))
		return true;
	if (any_moved(tempo, last, now))
		return true;
	if (VG_DEFECT("notify-no-repeat"))
		return false;
	return now->at_ms - last->at_ms > tempo->repeat_interval_ms;
}
