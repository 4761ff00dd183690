#include "ingest/recall.h"

#include "aggregate/part_recall.h"
#include "ingest/judged.h"
#include "ingest/kafka.h"
#include "ingest/recall_read.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct target {
	struct vg_recalled to;
	int64_t ref_ms, count;
};

struct run {
	struct vg_counter *c;
	struct vg_lane *lane;
	struct vg_recall ask;
	struct vg_admit *admit; /* of the reading under way */
	struct vg_recalled *stored;
	size_t n_stored;
	struct target *target; /* by offset */
	size_t n_target, cap_target;
	int64_t from;	   /* the first offset that it reaches */
	int64_t start;	   /* the first that ids before it are known from */
	int64_t read;	   /* the first that is read */
	bool cut;	   /* the log no longer has all of that */
	int64_t before_ms; /* latest timestamp before it, or INT64_MIN */
	int64_t log_ms;
	bool widens;
	enum vg_rc (*event)(struct run *x, int64_t offset, int64_t ref_ms,
			    struct vg_err *err);
};

static const struct vg_recalled *stored_at(const struct run *x, int64_t offset)
{
	return vg_recalled_find(x->stored, x->n_stored, offset);
}

static const struct target *target_at(const struct run *x, int64_t offset)
{
	size_t from = 0, to = x->n_target;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (x->target[mid].to.offset < offset)
			from = mid + 1;
		else
			to = mid;
	}
	return from < x->n_target && x->target[from].to.offset == offset
		       ? &x->target[from]
		       : NULL;
}

/* Log time, and the latest time before the reach. */
static void move_clocks(struct run *x, const struct vg_log_record *rec)
{
	bool before = rec->offset >= x->start && rec->offset < x->from;

	if (rec->offset >= x->start && rec->ts_ms > x->log_ms)
		x->log_ms = rec->ts_ms;
	/* Of a log that was cut the first record stands for those before it. */
	if ((before && rec->ts_ms > x->before_ms) ||
	    (x->cut && x->before_ms == INT64_MIN))
		x->before_ms = rec->ts_ms;
}

/* A record of the reach or before it: what it is worth is judged as it was. */
static enum vg_rc take(void *ctx, const struct vg_log_record *rec,
		       struct vg_err *err)
{
	struct run *x = ctx;
	bool counts = false;

	move_clocks(x, rec);
	enum vg_rc rc =
		vg_judge_again(x->c, x->lane, x->admit, rec, &counts, err);
	if (rc != VG_OK || !counts || rec->offset < x->from)
		return rc;
	return x->event(x, rec->offset, rec->ts_ms, err);
}

static bool is_asked_for(struct run *x)
{
	const struct vg_event *e = &x->c->event;

	if (!vg_slice_eq(e->sensor, x->ask.sensor))
		return false;
	if (x->ask.id == NULL)
		return e->time_ms >= x->ask.from_ms &&
		       e->time_ms < x->ask.to_ms;
	ptrdiff_t at = vg_recall_find(&x->ask, e->id);
	if (at >= 0)
		x->ask.found[at] = true;
	return at >= 0;
}

/* What becomes of the event, that recalls before have made `was`. False when
 * more would see it than the event itself said. */
static bool narrow(const struct run *x, const struct vg_recalled *was,
		   int64_t ref_ms, struct vg_recalled *to)
{
	const struct vg_event *e = &x->c->event;
	const struct vg_audiences *aud = x->c->env->part->aud;
	const struct vg_recall *ask = &x->ask;
	enum vg_tlp label = ask->has_label ? ask->label : e->label;
	bool undeclared;
	uint16_t asked = vg_audience_of(
		aud, x->lane->partner->slot, label,
		ask->narrowed || e->narrowed,
		ask->narrowed ? ask->releasable : e->releasable, &undeclared);
	uint64_t viewers =
		vg_recall_viewers(aud, vg_audience_at(aud, asked, ref_ms));

	to->label = label > was->label ? label : was->label;
	to->viewers = was->viewers & viewers;
	return label >= e->label &&
	       (viewers & ~vg_recall_viewers(aud, e->audience)) == 0;
}

static struct vg_recalled state_of(const struct run *x, int64_t offset)
{
	const struct vg_event *e = &x->c->event;
	const struct vg_recalled *was = stored_at(x, offset);

	if (was != NULL)
		return *was;
	return (struct vg_recalled){.offset = offset,
				    .label = e->label,
				    .viewers = vg_recall_viewers(
					    x->c->env->part->aud, e->audience)};
}

static uint16_t audience_of(const struct run *x, const struct vg_recalled *r)
{
	return vg_audience_of_viewers(x->c->env->part->aud,
				      x->lane->partner->slot, r->label,
				      r->viewers);
}

/* The first reading takes back. */
static enum vg_rc take_back(struct run *x, int64_t offset, int64_t ref_ms,
			    struct vg_err *err)
{
	struct vg_event *e = &x->c->event;

	if (!is_asked_for(x))
		return VG_OK;
	struct vg_recalled was = state_of(x, offset), to = was;
	to.gone = !vg_recall_narrows(&x->ask);
	if (!to.gone && !narrow(x, &was, ref_ms, &to))
		x->widens = true;
	if (was.gone || x->widens)
		return VG_OK;
	if (stored_at(x, offset) != NULL)
		e->audience = audience_of(x, &was);
	if (!to.gone && audience_of(x, &to) == e->audience)
		return VG_OK;
	if (x->n_target == x->cap_target) {
		size_t cap = x->cap_target ? x->cap_target * 2 : 64;
		struct target *t = realloc(x->target, cap * sizeof *t);

		if (t == NULL)
			return vg_err_set(err, VG_FATAL,
					  "recall: out of memory");
		x->target = t;
		x->cap_target = cap;
	}
	x->target[x->n_target++] = (struct target){to, ref_ms, e->count};
	return vg_part_recall_take(x->lane->part, e, x->log_ms, &to, err);
}

/* The second finds what is left. */
static enum vg_rc keep(struct run *x, int64_t offset, int64_t ref_ms,
		       struct vg_err *err)
{
	struct vg_event *e = &x->c->event;
	const struct target *t = target_at(x, offset);
	const struct vg_recalled *now =
		t != NULL ? &t->to : stored_at(x, offset);

	(void)ref_ms;
	if (now != NULL && now->gone)
		return VG_OK;
	if (now != NULL)
		e->audience = audience_of(x, now);
	return vg_part_recall_keep(x->lane->part, e, offset, x->log_ms,
				   t != NULL, err);
}

static enum vg_rc read_again(struct run *x, const rd_kafka_message_t *m,
			     struct vg_err *err)
{
	const struct vg_part_env *env = x->c->env->part;
	const struct vg_admit_env ae = {
		.cfg = env->cfg, .aud = env->aud, .hash_key = env->hash_key};
	const struct vg_log_range range = {.topic = x->lane->partner->topic,
					   .partition = x->lane->partition,
					   .from = x->read,
					   .to = m->offset};

	x->before_ms = x->log_ms = INT64_MIN;
	enum vg_rc rc = vg_admit_new(&x->admit, &ae, x->lane->partner, err);
	if (rc == VG_OK && x->cut)
		rc = vg_lane_seed(
			x->lane, x->admit,
			vg_config_dedup_span(env->cfg, x->lane->partner),
			x->start, err);
	if (rc == VG_OK && x->read < m->offset) {
		rc = vg_log_reader_read(x->c->reader, &range, take, x, err);
		x->lane->from_kafka = rc == VG_RETRY;
	}
	vg_admit_free(x->admit);
	x->admit = NULL;
	return rc;
}

static enum vg_rc refuse(struct vg_decoded *out, enum vg_verdict v,
			 const char *why)
{
	out->verdict = v;
	(void)snprintf(out->reason, sizeof out->reason, "%s", why);
	return VG_OK;
}

/* Latest event time of records before the reach. */
static int64_t before_ms(const struct run *x)
{
	int64_t most = INT64_C(1) << 53, ms = x->before_ms;

	if (ms == INT64_MIN)
		return ms;
	ms = ms > most ? most : ms < -most ? -most : ms;
	return ms + vg_config_future_ms(x->c->env->part->cfg, x->lane->partner);
}

/* What is wrong with it, now that all it reaches was read. */
static enum vg_rc judge(const struct run *x, struct vg_decoded *out)
{
	out->verdict = VG_VERDICT_CONTROL;
	out->reason[0] = '\0';
	if (x->widens)
		return refuse(out, VG_VERDICT_R_RECALL_WIDENS,
			      "recall: more would see an event than it said");
	if (x->ask.id == NULL && before_ms(x) >= x->ask.from_ms)
		return refuse(out, VG_VERDICT_R_RECALL_SPAN,
			      "recall.from: further back than "
			      "ingest.recall_span or the log");
	for (size_t i = 0; i < x->ask.n_ids; i++)
		if (!x->ask.found[i])
			return refuse(
				out, VG_VERDICT_R_RECALL_SPAN,
				"recall.ids: one is no counted event of "
				"the sensor within ingest.recall_span and "
				"the log");
	return VG_OK;
}

static enum vg_rc tally(struct run *x, struct vg_recall_sums *sums,
			struct vg_err *err)
{
	struct vg_part *p = x->lane->part;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i < x->n_target; i++) {
		const struct target *t = &x->target[i];

		if (!t->to.gone) {
			sums->narrowed++;
			rc = vg_part_tally(p, VG_VERDICT_NARROWED, t->ref_ms, 1,
					   err);
			continue;
		}
		sums->recalled++;
		rc = vg_part_tally(p, VG_VERDICT_RECALLED, t->ref_ms, 1, err);
		if (rc == VG_OK)
			rc = vg_part_tally(p, VG_VERDICT_RECALLED_EVENTS,
					   t->ref_ms, t->count, err);
	}
	return rc;
}

/* Take back, find what is left, and put both together. */
static enum vg_rc correct(struct run *x, const rd_kafka_message_t *m,
			  struct vg_decoded *out, struct vg_err *err)
{
	struct vg_part *p = x->lane->part;
	bool known = true;

	x->event = take_back;
	enum vg_rc rc = read_again(x, m, err);
	if (rc == VG_OK)
		rc = judge(x, out);
	if (rc != VG_OK || out->verdict != VG_VERDICT_CONTROL)
		return rc;
	if (vg_part_recall_keeps(p)) {
		x->event = keep;
		rc = read_again(x, m, err);
	}
	const struct vg_recall_reach reach = {.from = x->from,
					      .before_ms = before_ms(x),
					      .stored = x->stored,
					      .n_stored = x->n_stored};
	if (rc == VG_OK)
		rc = vg_part_recall_settle(p, &reach, &known, err);
	if (rc == VG_OK && !known)
		rc = refuse(out, VG_VERDICT_R_RECALL_SPAN,
			    "recall: a rule's window begins before "
			    "ingest.recall_span or the log");
	return rc;
}

/* Find what is to be read: the reach, and for each id of it the span before.
 * Where the log begins later, the ids come from Redis, which keeps as many. */
static enum vg_rc find_reach(struct run *x, const rd_kafka_message_t *m,
			     struct vg_decoded *out, struct vg_err *err)
{
	const struct vg_config *cfg = x->c->env->part->cfg;
	const struct vg_partner *partner = x->lane->partner;
	/* Nothing before was counted, or it was purged. */
	const int64_t begin = vg_part_state(x->lane->part)->from_offset;
	int64_t low = 0, high = 0;

	x->from = m->offset - vg_config_recall_span(cfg, partner);
	x->from = x->from > begin ? x->from : begin;
	x->start = x->from - vg_config_dedup_span(cfg, partner);
	x->start = x->start > begin ? x->start : begin;
	/* Further back, when the partner was past a quota there. */
	x->read = vg_quota_reads_from(vg_admit_quota(x->lane->admit), x->start);
	if (x->read < 0)
		return refuse(out, VG_VERDICT_R_RECALL_SPAN,
			      "recall: the partner was past its quotas too "
			      "often since");
	enum vg_rc rc = VG_OK;
	if (x->c->reader == NULL)
		rc = vg_log_reader_new(&x->c->reader, cfg, err);
	if (rc == VG_OK)
		rc = vg_log_reader_bounds(x->c->reader, partner->topic,
					  x->lane->partition, &low, &high, err);
	x->lane->from_kafka = rc == VG_RETRY;
	if (rc != VG_OK || low <= x->read)
		return rc;
	if (x->read < x->start)
		return refuse(out, VG_VERDICT_R_RECALL_SPAN,
			      "recall: the partner was past its quotas, and "
			      "the log no longer has that");
	x->cut = true;
	x->start = x->read = low < m->offset ? low : m->offset;
	x->from = x->from > low ? x->from : low;
	return vg_part_ids_load(x->lane->part, err);
}

static enum vg_rc apply(struct run *x, const rd_kafka_message_t *m,
			struct vg_recall_sums *sums, struct vg_decoded *out,
			struct vg_err *err)
{
	enum vg_rc rc = find_reach(x, m, out, err);

	if (rc != VG_OK || out->verdict != VG_VERDICT_CONTROL)
		return rc;
	rc = vg_part_recalled(x->lane->part, &x->stored, &x->n_stored, err);
	if (rc == VG_OK)
		rc = vg_part_recall_begin(x->lane->part, err);
	if (rc != VG_OK)
		return rc;
	rc = correct(x, m, out, err);
	if (rc == VG_OK && out->verdict != VG_VERDICT_CONTROL)
		vg_part_recall_drop(x->lane->part);
	else if (rc == VG_OK)
		rc = tally(x, sums, err);
	return rc;
}

enum vg_rc vg_recall_take(struct vg_counter *c, struct vg_lane *lane,
			  const rd_kafka_message_t *m,
			  struct vg_recall_sums *sums, struct vg_err *err)
{
	struct run x = {.c = c, .lane = lane};
	struct vg_scratch *s = NULL;
	struct vg_decoded out = {.verdict = VG_VERDICT_CONTROL};
	const struct vg_slice key = {.p = m->key, .n = (uint32_t)m->key_len},
			      record = {.p = m->payload, .n = (uint32_t)m->len};
	enum vg_rc rc = vg_scratch_new(&s, err);

	if (rc != VG_OK)
		return rc;
	if (!vg_recall_read(&x.ask, s, c->env->part->cfg, record, &out))
		rc = VG_OK;
	else if (!vg_slice_eq(key, x.ask.sensor))
		rc = refuse(&out, VG_VERDICT_R_RECALL_KEY,
			    "recall.sensor: not the record's key");
	else
		rc = apply(&x, m, sums, &out, err);
	c->decoded = out;
	vg_recall_term(&x.ask);
	free(x.stored);
	free(x.target);
	vg_scratch_free(s);
	return rc;
}
