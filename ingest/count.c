#include "ingest/count.h"

#include "aggregate/overlap.h"
#include "aggregate/part_hear.h"
#include "aggregate/sensors.h"
#include "core/fault.h"
#include "core/metric.h"
#include "ingest/kafka.h"
#include "ingest/recall.h"
#include "ingest/signature.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

/* Log time that leaps so far at once is said aloud: a record with an absurd
 * time would make all that follows old. */
static const int64_t jump_ms = INT64_C(86400000);

/* What the records of a batch add up to. */
struct sums {
	int64_t log_ms, watermark_ms;
	int64_t counted, duplicate, rejected;
	int64_t jumps; /* of log time; from where and to, the last of them */
	int64_t jump_from_ms, jump_to_ms;
	struct vg_recall_sums recall;
	bool any;  /* a record was taken */
	bool ends; /* a recall begins a batch of its own, and ends it */
	bool dead;
	struct vg_past past;
};

uint64_t vg_record_hash(const uint8_t *key, const rd_kafka_message_t *m)
{
	uint64_t part[3] = {
		vg_hash64(key, m->key != NULL ? m->key : "", m->key_len),
		vg_hash64(key, m->payload != NULL ? m->payload : "", m->len),
		(uint64_t)rd_kafka_message_timestamp(m, NULL)};

	return vg_hash64(key, part, sizeof part);
}

struct verdict {
	enum vg_verdict v;
	const char *detail;
};

/* Keep a rejected record, as far as the partner's quota goes. */
static enum vg_rc bury(struct vg_counter *c, struct vg_lane *lane,
		       const rd_kafka_message_t *m, struct verdict why,
		       struct sums *s, struct vg_err *err)
{
	const struct vg_dead_letter letter = {.partner = lane->partner,
					      .message = m,
					      .verdict = why.v,
					      .detail = why.detail};
	int64_t ref_ms = rd_kafka_message_timestamp(m, NULL);

	s->rejected++;
	s->dead = true;
	if (!vg_quota_dead(vg_admit_quota(lane->admit), ref_ms,
			   (int64_t)m->len)) {
		s->past.dropped++;
		return vg_part_tally(lane->part, VG_VERDICT_DEAD_DROPPED,
				     ref_ms, 1, err);
	}

	enum vg_rc rc = vg_dead_send(c->env->dead, &c->dead, &letter, err);
	lane->buried++;
	lane->buried_as = why.v;
	lane->from_kafka = rc != VG_OK;
	return rc;
}

/* Tally a note `n` times, when there is something to note. */
static enum vg_rc note(struct vg_lane *lane, enum vg_verdict v, int64_t ref_ms,
		       int64_t n, struct vg_err *err)
{
	return n > 0 ? vg_part_tally(lane->part, v, ref_ms, n, err) : VG_OK;
}

static enum vg_rc note_resolved(struct vg_lane *lane,
				const struct vg_resolve_notes *n,
				int64_t ref_ms, struct vg_err *err)
{
	enum vg_rc rc =
		note(lane, VG_VERDICT_AMBIGUOUS, ref_ms, n->ambiguous, err);

	if (rc == VG_OK)
		rc = note(lane, VG_VERDICT_UNLISTED, ref_ms, n->unlisted, err);
	if (rc == VG_OK)
		rc = note(lane, VG_VERDICT_BY_ADDRESS, ref_ms, n->by_address,
			  err);
	return rc;
}

static enum vg_rc note_quota(struct vg_lane *lane,
			     const struct vg_quota_notes *n, int64_t ref_ms,
			     struct sums *s, struct vg_err *err)
{
	enum vg_rc rc =
		note(lane, VG_VERDICT_FOLDED_SENSORS, ref_ms, n->sensor, err);

	if (rc == VG_OK)
		rc = note(lane, VG_VERDICT_FOLDED_ACTORS, ref_ms, n->actors,
			  err);
	if (rc == VG_OK)
		rc = note(lane, VG_VERDICT_LEFT_INDICATORS, ref_ms,
			  n->indicators, err);
	s->past.sensors += n->sensor;
	s->past.actors += n->actors;
	s->past.indicators += n->indicators;
	return rc;
}

static enum vg_rc count_event(struct vg_counter *c, struct vg_lane *lane,
			      const rd_kafka_message_t *m, int64_t ref_ms,
			      struct sums *s, struct vg_err *err)
{
	const struct vg_event *e = &c->event;
	const struct vg_config *cfg = c->env->part->cfg;
	enum vg_rc rc =
		vg_part_count(lane->part, e, m->offset, ref_ms, s->log_ms, err);

	if (rc == VG_OK)
		rc = note(lane, VG_VERDICT_EVENTS, ref_ms, e->count, err);
	if (rc == VG_OK)
		rc = note(lane, VG_VERDICT_LATE, ref_ms,
			  s->log_ms - e->time_ms >=
				  vg_config_lateness_ms(cfg, lane->partner),
			  err);
	if (e->time_ms > s->watermark_ms)
		s->watermark_ms = e->time_ms;
	s->counted++;
	return rc;
}

/* Whatever became of it, its sensor spoke. One that is rejected is not known to
 * be its partner's. */
static enum vg_rc hear(const struct vg_counter *c, struct vg_lane *lane,
		       int64_t ref_ms, const struct sums *s, bool counted,
		       struct vg_err *err)
{
	const uint8_t *key = c->env->part->hash_key;
	const struct vg_heard h = {
		.sensor = c->event.sensor,
		.record_ms = ref_ms,
		.event_ms = c->event.time_ms,
		.log_ms = s->log_ms,
		.attack = counted ? vg_overlap_attack(key, &c->event) : 0};

	return h.sensor.n > 0 ? vg_part_hear(lane->part, &h, err) : VG_OK;
}

/* What there is to note of an event that admission has looked at. */
static enum vg_rc note_event(struct vg_lane *lane, const struct vg_event *e,
			     const struct vg_admitted *a, int64_t ref_ms,
			     struct sums *s, struct vg_err *err)
{
	enum vg_rc rc = note(lane, VG_VERDICT_UNKNOWN_FIELDS, ref_ms,
			     e->n_unknown, err);

	if (rc == VG_OK)
		rc = note(lane, VG_VERDICT_TRIMMED, ref_ms, e->n_trimmed, err);
	if (a->verdict != VG_VERDICT_COUNTED)
		return rc;
	if (rc == VG_OK)
		rc = note(lane, VG_VERDICT_UNDECLARED, ref_ms, a->undeclared,
			  err);
	if (rc == VG_OK)
		rc = note_resolved(lane, &a->resolved, ref_ms, err);
	return rc == VG_OK ? note_quota(lane, &a->quota, ref_ms, s, err) : rc;
}

/* Admission's verdict on a decoded event, and what follows from it. */
static enum vg_rc admit(struct vg_counter *c, struct vg_lane *lane,
			const rd_kafka_message_t *m, int64_t ref_ms,
			struct sums *s, struct vg_err *err)
{
	struct vg_admitted a = {.verdict = VG_VERDICT_COUNTED};
	enum vg_rc rc = vg_admit_judge(lane->admit, &c->event, m->offset,
				       ref_ms, &a, err);

	if (rc == VG_OK && a.remember)
		rc = vg_part_remember(lane->part, m->offset, a.id, err);
	if (rc == VG_OK)
		rc = vg_part_tally(lane->part, a.verdict, ref_ms, 1, err);
	if (rc == VG_OK)
		rc = note_event(lane, &c->event, &a, ref_ms, s, err);
	if (rc == VG_OK && vg_verdict_kind(a.verdict) != 'r')
		rc = hear(c, lane, ref_ms, s, a.verdict == VG_VERDICT_COUNTED,
			  err);
	if (rc != VG_OK)
		return rc;
	if (a.verdict == VG_VERDICT_COUNTED)
		return count_event(c, lane, m, ref_ms, s, err);
	if (a.verdict == VG_VERDICT_DUPLICATE)
		s->duplicate++;
	if (vg_verdict_kind(a.verdict) != 'r')
		return VG_OK;
	s->past.records += a.verdict == VG_VERDICT_R_QUOTA;
	return bury(c, lane, m, (struct verdict){a.verdict, a.reason}, s, err);
}

/* Log time is the largest record time so far. */
static void move_clock(struct sums *s, int64_t ref_ms)
{
	if (ref_ms <= s->log_ms)
		return;
	if (s->log_ms != INT64_MIN &&
	    (uint64_t)ref_ms - (uint64_t)s->log_ms > (uint64_t)jump_ms) {
		s->jumps++;
		s->jump_from_ms = s->log_ms;
		s->jump_to_ms = ref_ms;
	}
	s->log_ms = ref_ms;
}

/* What is well-formed, an event or a control record, must be signed where the
 * partner signs; before its id is remembered, or anybody could use ids up. */
static void judge_signature(struct vg_counter *c, const struct vg_lane *lane,
			    const rd_kafka_message_t *m, int64_t ref_ms)
{
	struct vg_decoded *d = &c->decoded;
	struct vg_signed s = {
		.record = {.p = m->payload, .n = (uint32_t)m->len},
		.ref_ms = ref_ms};

	if (vg_verdict_kind(d->verdict) == 'r' ||
	    !vg_signature_matters(lane->partner))
		return;
	vg_kafka_signature(m, &s.header, &s.n_headers);
	enum vg_verdict v = vg_signature_judge(lane->partner, &s, d->reason,
					       sizeof d->reason);
	if (v != VG_VERDICT_COUNTED)
		d->verdict = v;
}

static enum vg_rc take_record(struct vg_counter *c, struct vg_lane *lane,
			      const rd_kafka_message_t *m, struct sums *s,
			      bool *taken, struct vg_err *err)
{
	int64_t ref_ms = rd_kafka_message_timestamp(m, NULL);
	enum vg_rc rc = VG_OK;
	const struct vg_decoding record = {
		.cfg = c->env->part->cfg,
		.partner = lane->partner,
		.record = {.p = m->payload, .n = (uint32_t)m->len}};

	if (!vg_partner_is_member(lane->partner, ref_ms)) {
		/* It has nothing looked at, and nothing kept. */
		s->any = *taken = true;
		move_clock(s, ref_ms);
		return vg_part_tally(lane->part, VG_VERDICT_NOT_MEMBER, ref_ms,
				     1, err);
	}
	vg_decode(c->decoder, c->scratch, &record, &c->event, &c->decoded);
	judge_signature(c, lane, m, ref_ms);
	s->ends = c->decoded.verdict == VG_VERDICT_CONTROL;
	if (s->ends && s->any)
		return VG_OK; /* comes again, as the next batch */
	s->any = *taken = true;
	move_clock(s, ref_ms);
	if (c->decoded.verdict == VG_VERDICT_COUNTED) {
		if (c->event.id.n == 0)
			c->event.id = vg_place_id(
				c->place, c->env->part->hash_key,
				lane->partner->topic, m->partition, m->offset);
		return admit(c, lane, m, ref_ms, s, err);
	}
	if (s->ends)
		rc = vg_recall_take(c, lane, m, &s->recall, err);
	else if (c->decoded.verdict == VG_VERDICT_CANARY)
		rc = vg_part_canary(lane->part, ref_ms, c->event.time_ms, err);
	if (rc == VG_OK)
		rc = vg_part_tally(lane->part, c->decoded.verdict, ref_ms, 1,
				   err);
	if (rc != VG_OK || vg_verdict_kind(c->decoded.verdict) != 'r')
		return rc;
	return bury(c, lane, m,
		    (struct verdict){c->decoded.verdict, c->decoded.reason}, s,
		    err);
}

static enum vg_rc commit(struct vg_counter *c, struct vg_lane *lane,
			 const rd_kafka_message_t *last, const struct sums *s,
			 struct vg_err *err)
{
	const struct vg_part_commit commit = {
		.next_offset = last->offset + 1,
		.prev_offset = last->offset,
		.prev_hash = vg_record_hash(c->env->part->hash_key, last),
		.watermark_ms = s->watermark_ms,
		.log_ms = s->log_ms,
		.tracks_below_ms = atomic_load(c->env->tracks_below_ms)};
	enum vg_rc rc = VG_OK;

	VG_FAULT(c->env->part->faults, batch_taken);
	/* The rejected are kept before their offset is passed. */
	if (s->dead) {
		rc = vg_dead_settle(c->env->dead, &c->dead, err);
		VG_FAULT(c->env->part->faults, dead_settled);
	}
	lane->from_kafka = rc != VG_OK;
	if (rc == VG_OK)
		rc = vg_quota_save(vg_admit_quota(lane->admit), lane->part,
				   err);
	if (rc == VG_OK)
		rc = vg_part_commit(lane->part, &commit, err);
	if (rc == VG_OK)
		lane->stored_offset = commit.next_offset;
	return rc;
}

/* What is true now that it is committed. */
static void note_metrics(const struct vg_counter *c, struct vg_lane *lane,
			 const struct sums *s, size_t n)
{
	struct vg_metrics *m = c->env->part->metrics;

	vg_metric_add(m, VG_M_RECORDS, (int64_t)n);
	vg_metric_add(m, VG_M_COUNTED, s->counted);
	vg_metric_add(m, VG_M_DUPLICATE, s->duplicate);
	vg_metric_add(m, VG_M_REJECTED, s->rejected);
	vg_metric_add(m, VG_M_JUMPS, s->jumps);
	vg_metric_add(m, VG_M_RECALLED, s->recall.recalled);
	vg_metric_add(m, VG_M_NARROWED, s->recall.narrowed);
	lane->recalled += s->recall.recalled;
	lane->narrowed += s->recall.narrowed;
	vg_metric_add(m, VG_M_QUOTA_RECORDS, s->past.records);
	vg_metric_add(m, VG_M_QUOTA_SENSORS, s->past.sensors);
	vg_metric_add(m, VG_M_QUOTA_ACTORS, s->past.actors);
	vg_metric_add(m, VG_M_QUOTA_INDICATORS, s->past.indicators);
	vg_metric_add(m, VG_M_DEAD_DROPPED, s->past.dropped);
	lane->past.records += s->past.records;
	lane->past.sensors += s->past.sensors;
	lane->past.actors += s->past.actors;
	lane->past.indicators += s->past.indicators;
	lane->past.dropped += s->past.dropped;
	if (s->jumps > 0) {
		lane->jump_from_ms = s->jump_from_ms;
		lane->jump_to_ms = s->jump_to_ms;
	}
}

enum vg_rc vg_count_batch(struct vg_counter *c, struct vg_lane *lane,
			  struct vg_err *err)
{
	const struct vg_batch_of *b = &lane->working;
	enum vg_rc rc = VG_OK;

	VG_FAULT(c->env->part->faults, batch_handed);
	c->decoder = vg_decoder_of(lane->partner);
	assert(c->decoder != NULL); /* the configuration knows no other */
	/* One script for the batch, or more when it is very wide. */
	for (size_t i = 0; i < b->n && rc == VG_OK;) {
		const struct vg_part_state *st = vg_part_state(lane->part);
		struct sums s = {.log_ms = st->log_ms,
				 .watermark_ms = st->watermark_ms};
		size_t from = i;

		while (rc == VG_OK && i < b->n && !s.ends &&
		       vg_part_pending(lane->part) < VG_PART_PENDING_MAX) {
			bool taken = false;

			rc = take_record(c, lane, b->m[i], &s, &taken, err);
			i += taken;
		}
		if (rc == VG_OK)
			rc = commit(c, lane, b->m[i - 1], &s, err);
		if (rc == VG_OK)
			note_metrics(c, lane, &s, i - from);
		VG_FAULT(c->env->part->faults, batch_done);
	}
	/* What was sent and not settled must not count in the next batch. */
	if (rc != VG_OK)
		(void)!vg_dead_settle(c->env->dead, &c->dead, NULL);
	return rc;
}
