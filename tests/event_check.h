/*
 * event_check - what must be true of every decoded record, whatever its bytes
 * were: for the property test and the fuzzer. Returns a complaint, or NULL.
 */
#ifndef VG_TESTS_EVENT_CHECK_H
#define VG_TESTS_EVENT_CHECK_H

#include "core/vocab.h"
#include "ingest/decode.h"
#include "ingest/indicator.h"

static inline bool is_name(struct vg_slice s, uint32_t max)
{
	for (uint32_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	}
	return s.n >= 1 && s.n <= max;
}

static inline bool is_printable(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s < ' ' || *s > '~')
			return false;
	}
	return true;
}

static inline const char *check_names(const struct vg_event *e)
{
	/* Without one the worker makes one of the record's place. */
	if (e->id.n > 0 && !is_name(e->id, VG_ID_MAX))
		return "id";
	if (!is_name(e->sensor, VG_SENSOR_MAX))
		return "sensor";
	if (e->origin_partner.p && !is_name(e->origin_partner, VG_ORIGIN_MAX))
		return "origin.partner";
	if (e->origin_feed.p && !is_name(e->origin_feed, VG_ORIGIN_MAX))
		return "origin.feed";
	if (e->origin_id.p && !is_name(e->origin_id, VG_ID_MAX))
		return "origin.id";
	if (e->country.p && vg_vocab_find(VG_VOCAB_COUNTRY, e->country) < 0)
		return "country";
	return NULL;
}

static inline const char *check_numbers(const struct vg_event *e)
{
	if (e->time_ms < 0 || e->time_ms > INT64_C(253402300799999))
		return "time";
	if (e->severity < 1 || e->severity > 10 || e->confidence < 0 ||
	    e->confidence > 100 || e->count < 1 || e->count > VG_COUNT_MAX)
		return "severity, confidence or count";
	if (vg_vocab_word(VG_VOCAB_CATEGORY, e->category) == NULL)
		return "category";
	if ((unsigned)e->label >= VG_TLP_COUNT)
		return "label";
	if (e->releasable != 0 && !e->narrowed)
		return "releasable";
	return NULL;
}

static inline const char *check_lists(const struct vg_event *e)
{
	if (e->n_actor > VG_ACTORS_MAX || e->n_technique > VG_TECHNIQUES_MAX ||
	    e->n_indicator > VG_INDICATORS_MAX || e->n_field > VG_FIELDS_MAX)
		return "list length";
	for (unsigned i = 0; i < e->n_actor; i++) {
		if (!is_name(e->actor[i].name, VG_ACTOR_MAX))
			return "actor";
		for (unsigned k = 0; k < i; k++) {
			if (vg_slice_eq(e->actor[i].name, e->actor[k].name))
				return "actor twice";
		}
	}
	for (unsigned i = 0; i < e->n_technique; i++) {
		if (!vg_technique_shape(e->technique[i]))
			return "technique";
	}
	for (unsigned i = 0; i < e->n_field; i++) {
		if (!is_name(e->field[i].name, VG_FIELD_NAME_MAX))
			return "field";
	}
	return NULL;
}

/* A canonical form is its own canonical form. */
static inline const char *check_indicators(const struct vg_event *e)
{
	static char out[VG_INDICATOR_MAX + VG_INDICATOR_GROWTH];

	for (unsigned i = 0; i < e->n_indicator; i++) {
		const struct vg_indicator *x = &e->indicator[i];
		struct vg_slice again = {NULL, 0};

		if (x->value.n > VG_INDICATOR_MAX)
			return "indicator length";
		if (!vg_indicator_canon(x->type, x->value, out, &again) ||
		    !vg_slice_eq(again, x->value))
			return "indicator not canonical";
	}
	return NULL;
}

static inline const char *check_decoded(const struct vg_decoded *d,
					const struct vg_event *e)
{
	bool rejected = vg_verdict_kind(d->verdict) == 'r';
	const char *complaint;

	if (memchr(d->reason, '\0', sizeof d->reason) == NULL ||
	    !is_printable(d->reason))
		return "reason not printable";
	bool is_aside = d->verdict == VG_VERDICT_NOT_ALERT;
	if ((rejected || is_aside) != (d->reason[0] != '\0'))
		return "a reason and no rejection, or the reverse";
	if (rejected || is_aside || d->verdict == VG_VERDICT_CONTROL ||
	    d->verdict == VG_VERDICT_CANARY)
		return NULL;
	if (d->verdict != VG_VERDICT_COUNTED)
		return "verdict";
	complaint = check_names(e);
	if (complaint == NULL)
		complaint = check_numbers(e);
	if (complaint == NULL)
		complaint = check_lists(e);
	return complaint != NULL ? complaint : check_indicators(e);
}

#endif
