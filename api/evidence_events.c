#include "api/evidence_events.h"

#include "aggregate/keys.h"
#include "aggregate/span_read.h"
#include "aggregate/view.h"
#include "api/pool.h"
#include "core/audience.h"
#include "core/defect.h"
#include "core/timefmt.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENDS = 2, OTHERS = 16 };

static const char *const end_names[ENDS] = {"first", "last"};

/* A partition of the row's partner. */
struct place {
	char topic[250];
	int32_t partition;
};

/* One row, and the event at each of its ends. */
struct row {
	const cJSON *doc;
	const struct vg_rule_condition *condition;
	const struct vg_partner *partner;
	const char *value;
	int64_t at_ms[ENDS];
	bool found[ENDS];
	struct place place[ENDS];
	struct vg_event_ref ref[ENDS];
};

struct search {
	struct vg_service *s;
	const struct vg_request *r;
	const cJSON *doc;
	const struct vg_rule *rule;
	const struct vg_plan *plan;
	struct vg_store *store;
	struct row row[VG_EVIDENCE_ROWS];
	size_t n_row, omitted;
	struct place place[VG_EVIDENCE_PARTS];
	size_t n_place;
	uint16_t audience[VG_SPANS_MAX]; /* of each field asked for */
	struct vg_slice field_name[VG_SPANS_MAX];
	struct vg_span_cell cell[VG_SPANS_MAX];
	uint32_t start[VG_SPANS_MAX + 1]; /* of each, in text */
	struct vg_buf text, field;
};

static const cJSON *member(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

static const char *text_of(const cJSON *o, const char *name)
{
	return cJSON_GetStringValue(member(o, name));
}

static const struct vg_rule_condition *condition_of(const struct vg_rule *r,
						    const char *field)
{
	for (unsigned c = 0; field != NULL && c < r->n_condition; c++)
		if (strcmp(r->condition[c].field.p, field) == 0)
			return &r->condition[c];
	return NULL;
}

static bool read_row(const struct search *q, const cJSON *doc, struct row *row)
{
	const char *partner = text_of(doc, "partner");

	*row = (struct row){
		.doc = doc,
		.condition = condition_of(q->rule, text_of(doc, "field")),
		.value = text_of(doc, "value")};
	if (partner != NULL)
		row->partner =
			vg_config_partner(q->s->env->cfg, vg_slice_of(partner));
	for (unsigned e = 0; e < ENDS; e++) {
		const char *at = text_of(doc, end_names[e]);

		if (at == NULL ||
		    !vg_time_parse(vg_slice_of(at), &row->at_ms[e]))
			return false;
	}
	return row->condition != NULL && row->partner != NULL &&
	       row->value != NULL && row->condition->track != VG_RULE_NO_TRACK;
}

static void read_rows(struct search *q)
{
	const cJSON *doc;

	cJSON_ArrayForEach(doc, member(q->doc, "first_seen"))
	{
		if (q->n_row == VG_EVIDENCE_ROWS)
			q->omitted++;
		else if (read_row(q, doc, &q->row[q->n_row]))
			q->n_row++;
	}
}

static void find_places(struct search *q, const struct vg_partner *partner)
{
	q->n_place = 0;
	vg_view_read_lock(q->s->view);
	for (size_t i = 0; i < vg_view_parts(q->s->view); i++) {
		const struct vg_view_part *p = vg_view_part(q->s->view, i);

		if (p->partner == NULL || p->partner->slot != partner->slot ||
		    q->n_place == VG_EVIDENCE_PARTS)
			continue;
		struct place *to = &q->place[q->n_place++];
		(void)snprintf(to->topic, sizeof to->topic, "%s", p->topic);
		to->partition = p->partition;
	}
	vg_view_unlock(q->s->view);
}

/* The values beside the row's own that a field of the track may have: one, "",
 * when there is but the one; those that the alert names of the rule's other
 * condition. */
static unsigned others_of(const struct search *q, const struct row *row,
			  const char *other[OTHERS])
{
	const struct vg_track *t =
		vg_plan_track(q->plan, row->condition->track);
	const cJSON *one;
	unsigned n = 0;

	if (t->n_value == 1) {
		other[0] = "";
		return 1;
	}
	if (t->n_value != 2 || row->condition->piece == VG_RULE_WHOLE)
		return 0;
	for (unsigned c = 0; c < q->rule->n_condition; c++) {
		const struct vg_rule_condition *x = &q->rule->condition[c];

		if (x->track != row->condition->track ||
		    x->piece == row->condition->piece)
			continue;
		cJSON_ArrayForEach(one,
				   member(member(q->doc, "values"), x->field.p))
		{
			if (n < OTHERS && cJSON_IsString(one))
				other[n++] = one->valuestring;
		}
	}
	return n;
}

static void add_field(struct search *q, const struct row *row,
		      const char *audience, const char *other)
{
	const cJSON *group = member(q->doc, "group");
	bool behind = row->condition->piece == 1;

	/* An audience's key has nothing to escape. */
	vg_buf_reset(&q->field);
	vg_field_pack(&q->field, vg_slice_of(audience));
	for (unsigned i = 0; i < q->rule->n_group; i++) {
		const char *value = text_of(group, q->rule->group[i].p);

		vg_field_pack(&q->field,
			      vg_slice_of(value != NULL ? value : ""));
	}
	if (behind)
		vg_field_pack(&q->field, vg_slice_of(other));
	vg_field_pack(&q->field, vg_slice_of(row->value));
	if (!behind && other[0] != '\0')
		vg_field_pack(&q->field, vg_slice_of(other));
	q->text.failed = q->text.failed || q->field.failed;
	vg_buf_add(&q->text, q->field.p, q->field.n);
}

static bool may_see(const struct search *q, const struct row *row, uint16_t a)
{
	const struct vg_audiences *aud = q->s->env->aud;

	return vg_audience_sees(aud, a, row->partner->slot) &&
	       (vg_audience_sees(aud, a, q->r->viewer) ||
		VG_DEFECT("evidence-hidden-events"));
}

/* The fields of the row's cells that the asker may see: of audiences that both
 * it and the row's partner see. */
static size_t add_fields(struct search *q, const struct row *row)
{
	const struct vg_audiences *aud = q->s->env->aud;
	const char *other[OTHERS];
	unsigned n_other = others_of(q, row, other);
	size_t n = 0;

	vg_buf_reset(&q->text);
	for (size_t i = 0; i < vg_audience_count(aud); i++) {
		uint16_t a = (uint16_t)i;

		if (!may_see(q, row, a))
			continue;
		for (unsigned k = 0; k < n_other; k++) {
			if (n == VG_SPANS_MAX)
				break;
			q->start[n] = (uint32_t)q->text.n;
			q->audience[n++] = a;
			add_field(q, row, vg_audience_key(aud, a), other[k]);
		}
	}
	q->start[n] = (uint32_t)q->text.n;
	if (q->text.failed)
		return 0;
	for (size_t i = 0; i < n; i++)
		q->field_name[i] = (struct vg_slice){
			q->text.p + q->start[i], q->start[i + 1] - q->start[i]};
	return n;
}

/* Take the event at end `e` of the row, at `offset`: of several the first by
 * partition and offset. */
static void take_event(struct row *row, unsigned e, const struct place *at,
		       int64_t offset, uint16_t audience)
{
	struct vg_event_ref *ref = &row->ref[e];

	if (row->found[e] &&
	    (ref->partition < at->partition ||
	     (ref->partition == at->partition && ref->offset <= offset)))
		return;
	row->found[e] = true;
	row->place[e] = *at;
	*ref = (struct vg_event_ref){.partition = at->partition,
				     .offset = offset,
				     .time_ms = row->at_ms[e],
				     .partner = row->partner,
				     .audience = audience};
}

static bool is_at(int64_t ms, int64_t at_ms)
{
	return ms == at_ms || VG_DEFECT("evidence-hidden-events");
}

/* Ask one partition for the cells of the sub-window of end `e`. */
static enum vg_rc ask(struct search *q, struct row *row, unsigned e,
		      const struct place *at, size_t n, struct vg_err *err)
{
	const size_t track = row->condition->track;
	const int64_t start_ms = vg_bucket_floor(
		row->at_ms[e], vg_plan_track(q->plan, track)->window_ms);
	const struct vg_span_ask what = {.plan = q->plan,
					 .track = track,
					 .topic = at->topic,
					 .partition = at->partition,
					 .start_ms = start_ms,
					 .field = q->field_name,
					 .n = n};
	enum vg_rc rc = vg_spans_read(q->store, &what, q->cell, err);

	for (size_t i = 0; rc == VG_OK && i < n; i++) {
		const struct vg_span_cell *c = &q->cell[i];

		if (!c->there)
			continue;
		if (e == 0 && is_at(start_ms + c->first_ms, row->at_ms[e]))
			take_event(row, e, at, c->first_offset, q->audience[i]);
		if (e == 1 && is_at(start_ms + c->last_ms, row->at_ms[e]))
			take_event(row, e, at, c->last_offset, q->audience[i]);
	}
	return rc;
}

static enum vg_rc find_row(struct search *q, struct row *row,
			   struct vg_err *err)
{
	size_t n = add_fields(q, row);
	enum vg_rc rc = VG_OK;

	find_places(q, row->partner);
	for (size_t i = 0; n > 0 && i < q->n_place; i++)
		for (unsigned e = 0; e < ENDS && rc == VG_OK; e++)
			rc = ask(q, row, e, &q->place[i], n, err);
	return rc;
}

static enum vg_rc find_all(struct search *q, struct vg_err *err)
{
	enum vg_rc rc = vg_pool_take(q->s->pool, q->r->now_ms, &q->store, err);

	if (rc != VG_OK)
		return rc;
	for (size_t i = 0; i < q->n_row && rc == VG_OK; i++)
		rc = find_row(q, &q->row[i], err);
	vg_pool_give(q->s->pool, q->store, rc, q->r->now_ms);
	return rc;
}

static void write_event(struct vg_jout *j, const struct row *row, unsigned e,
			const struct vg_event_name *name)
{
	vg_jout_open(j, '{');
	vg_jout_name(j, "partner");
	vg_jout_text(j, row->partner->id);
	vg_jout_name(j, "field");
	vg_jout_text(j, text_of(row->doc, "field"));
	vg_jout_name(j, "value");
	vg_jout_text(j, row->value);
	vg_jout_name(j, "at");
	vg_jout_text(j, end_names[e]);
	vg_jout_name(j, "time");
	vg_jout_text(j, text_of(row->doc, end_names[e]));
	vg_jout_name(j, "id");
	vg_jout_text(j, name->id);
	vg_jout_name(j, "sensor");
	vg_jout_text(j, name->sensor);
	vg_jout_close(j, '}');
}

/* Read the names of all that was found, and write them. */
static bool write_found(struct vg_jout *j, struct search *q)
{
	struct vg_event_ref *ref =
		calloc((size_t)ENDS * VG_EVIDENCE_ROWS, sizeof *ref);
	struct vg_event_name *name =
		calloc((size_t)ENDS * VG_EVIDENCE_ROWS, sizeof *name);
	const struct vg_event_source *from = &q->s->events;
	struct vg_err err;
	size_t n = 0, k = 0;
	bool ok = ref != NULL && name != NULL && from->read != NULL;

	for (size_t i = 0; ok && i < q->n_row; i++)
		for (unsigned e = 0; e < ENDS; e++)
			if (q->row[i].found[e]) {
				ref[n] = q->row[i].ref[e];
				ref[n++].topic = q->row[i].place[e].topic;
			}
	ok = ok &&
	     (n == 0 || from->read(from->ctx, ref, n, name, &err) == VG_OK);
	for (size_t i = 0; ok && i < q->n_row; i++)
		for (unsigned e = 0; e < ENDS; e++)
			if (q->row[i].found[e] && name[k++].id[0] != '\0')
				write_event(j, &q->row[i], e, &name[k - 1]);
	free(ref);
	free(name);
	return ok;
}

void vg_evidence_events(struct vg_jout *j, struct vg_service *s,
			const struct vg_request *r, const struct cJSON *doc,
			const struct vg_rule *rule, const struct vg_plan *plan)
{
	struct search *q = calloc(1, sizeof *q);
	const char *state = "away";
	struct vg_err err;

	vg_jout_name(j, "events");
	vg_jout_open(j, '[');
	if (rule == NULL || !vg_rule_is_plain(rule) || q == NULL ||
	    member(doc, "released") != NULL) {
		state = "not_kept";
	} else {
		q->s = s;
		q->r = r;
		q->doc = doc;
		q->rule = rule;
		q->plan = plan;
		read_rows(q);
		if (find_all(q, &err) == VG_OK && write_found(j, q))
			state = "read";
	}
	vg_jout_close(j, ']');
	vg_jout_name(j, "events_omitted");
	vg_jout_i64(j, q != NULL ? (int64_t)q->omitted : 0);
	vg_jout_name(j, "events_state");
	vg_jout_text(j, state);
	if (q != NULL) {
		vg_buf_term(&q->text);
		vg_buf_term(&q->field);
	}
	free(q);
}
