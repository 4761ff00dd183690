/*
 * event_same - whether two readings of one record gave the same event. Returns
 * the member that differs, or NULL.
 */
#ifndef VG_TESTS_EVENT_SAME_H
#define VG_TESTS_EVENT_SAME_H

#include "aggregate/event.h"

/* Absent and empty are two things. */
static inline bool same_text(struct vg_slice a, struct vg_slice b)
{
	return (a.p == NULL) == (b.p == NULL) && vg_slice_eq(a, b);
}

static inline const char *same_texts(const struct vg_event *a,
				     const struct vg_event *b)
{
	const struct {
		const char *name;
		struct vg_slice a, b;
	} rows[] = {{"id", a->id, b->id},
		    {"sensor", a->sensor, b->sensor},
		    {"partner", a->partner, b->partner},
		    {"country", a->country, b->country},
		    {"source_country", a->source_country, b->source_country},
		    {"origin.partner", a->origin_partner, b->origin_partner},
		    {"origin.feed", a->origin_feed, b->origin_feed},
		    {"origin.id", a->origin_id, b->origin_id}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!same_text(rows[i].a, rows[i].b))
			return rows[i].name;
	return NULL;
}

static inline const char *same_numbers(const struct vg_event *a,
				       const struct vg_event *b)
{
	const struct {
		const char *name;
		int64_t a, b;
	} rows[] = {{"time", a->time_ms, b->time_ms},
		    {"sensor_kind", a->sensor_kind, b->sensor_kind},
		    {"category", a->category, b->category},
		    {"sector", a->sector, b->sector},
		    {"severity", a->severity, b->severity},
		    {"confidence", a->confidence, b->confidence},
		    {"count", a->count, b->count},
		    {"label", a->label, b->label},
		    {"has_label", a->has_label, b->has_label},
		    {"narrowed", a->narrowed, b->narrowed},
		    {"actors", a->n_actor, b->n_actor},
		    {"techniques", a->n_technique, b->n_technique},
		    {"indicators", a->n_indicator, b->n_indicator},
		    {"fields", a->n_field, b->n_field}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].a != rows[i].b)
			return rows[i].name;
	return a->releasable != b->releasable ? "releasable" : NULL;
}

/* A number's text is as written in one reading, and none in the other. */
static inline bool same_field(const struct vg_field *a,
			      const struct vg_field *b)
{
	return same_text(a->name, b->name) && a->type == b->type &&
	       (a->type == VG_SCALAR_NUMBER || vg_slice_eq(a->text, b->text)) &&
	       memcmp(&a->number, &b->number, sizeof a->number) == 0;
}

static inline const char *same_lists(const struct vg_event *a,
				     const struct vg_event *b)
{
	for (unsigned i = 0; i < a->n_actor; i++)
		if (!same_text(a->actor[i].name, b->actor[i].name) ||
		    a->actor[i].confidence != b->actor[i].confidence)
			return "actor";
	for (unsigned i = 0; i < a->n_technique; i++)
		if (!same_text(a->technique[i], b->technique[i]))
			return "technique";
	for (unsigned i = 0; i < a->n_indicator; i++)
		if (a->indicator[i].type != b->indicator[i].type ||
		    !same_text(a->indicator[i].value, b->indicator[i].value))
			return "indicator";
	for (unsigned i = 0; i < a->n_field; i++)
		if (!same_field(&a->field[i], &b->field[i]))
			return "field";
	return NULL;
}

static inline const char *same_event(const struct vg_event *a,
				     const struct vg_event *b)
{
	const char *differs = same_texts(a, b);

	if (differs == NULL)
		differs = same_numbers(a, b); /* the lists' lengths too */
	return differs != NULL ? differs : same_lists(a, b);
}

#endif
