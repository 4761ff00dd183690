#include "cmd/exercise_run.h"

#include "alert/evaluator.h"
#include "cmd/roles.h"
#include "core/thread.h"
#include "ingest/ingest.h"
#include "ingest/outgoing.h"
#include "ingest/topics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 20, SEND_MS = 10000, JUDGED = 3 };

struct vg_exercise_run {
	struct vg_exercise_run_opts o;
	char owner[VG_OWNER];
	struct vg_store *store;
	struct vg_evaluator *evaluator;
	struct vg_view *view;
	struct vg_outgoing *outgoing;
	struct vg_ingest *ingest;
	pthread_t thread;
	bool runs; /* the thread */
	atomic_bool failed;
	struct vg_err why; /* set before `failed` */
	size_t sent;
	int64_t began_ms; /* monotonic */
	int judged;	  /* ticks since all was counted */
};

static void *consume(void *arg)
{
	struct vg_exercise_run *r = arg;

	if (vg_ingest_run(r->ingest, &r->why) != VG_OK)
		atomic_store(&r->failed, true);
	return NULL;
}

static enum vg_rc make_followers(struct vg_exercise_run *r, struct vg_err *err)
{
	const struct vg_world *w = r->o.world;
	const struct vg_evaluator_opts eo = {.env = &w->env,
					     .rules = w->rules,
					     .log = r->o.log,
					     .owner = r->owner};
	enum vg_rc rc =
		vg_store_new(&r->store, w->cfg, &r->o.world->metrics, err);

	if (rc == VG_OK)
		rc = vg_store_check(r->store, w->fingerprint, w->series, err);
	if (rc == VG_OK)
		rc = vg_evaluator_new(&r->evaluator, &eo, err);
	if (rc != VG_OK)
		return rc;
	const struct vg_track_sink sink = vg_evaluator_sink(r->evaluator);
	return vg_view_new(&r->view, &w->env, &sink, err);
}

static enum vg_rc make_topics(struct vg_exercise_run *r, struct vg_err *err)
{
	const struct vg_config *cfg = r->o.world->cfg;
	const struct vg_topics_opts to = {
		.partitions = 1, .replication = -1, .producer_times = true};
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++)
		rc = vg_topics_make_of(cfg, &cfg->partners[i], &to, err);
	return rc;
}

static enum vg_rc start_ingest(struct vg_exercise_run *r, struct vg_err *err)
{
	const struct vg_ingest_opts io = {
		.env = &r->o.world->env, .log = r->o.log, .clock = r->o.clock};
	enum vg_rc rc = vg_ingest_new(&r->ingest, &io, err);

	if (rc != VG_OK)
		return rc;
	if (!vg_thread_start(&r->thread, "exercise", consume, r))
		return vg_err_set(err, VG_FATAL, "cannot start a thread");
	r->runs = true;
	return VG_OK;
}

enum vg_rc vg_exercise_run_new(struct vg_exercise_run **out,
			       const struct vg_exercise_run_opts *o,
			       struct vg_err *err)
{
	struct vg_exercise_run *r = calloc(1, sizeof *r);

	if (r == NULL)
		return vg_err_set(err, VG_FATAL, "exercise: out of memory");
	r->o = *o;
	vg_owner_name(r->owner, o->world->env.table_seed);
	enum vg_rc rc = make_followers(r, err);
	if (rc == VG_OK)
		rc = make_topics(r, err);
	if (rc == VG_OK)
		rc = vg_outgoing_new(&r->outgoing, o->world->cfg, err);
	if (rc == VG_OK)
		rc = start_ingest(r, err);
	if (rc != VG_OK) {
		vg_exercise_run_free(r);
		return rc;
	}
	r->began_ms = vg_mono_ms(&o->clock);
	*out = r;
	return VG_OK;
}

void vg_exercise_run_free(struct vg_exercise_run *r)
{
	if (r == NULL)
		return;
	if (r->runs) {
		vg_ingest_stop(r->ingest);
		(void)pthread_join(r->thread, NULL);
	}
	vg_ingest_free(r->ingest);
	vg_outgoing_free(r->outgoing);
	vg_view_free(r->view);
	vg_evaluator_free(r->evaluator);
	vg_store_free(r->store);
	free(r);
}

/* The time that the play has reached. */
static int64_t play_time(const struct vg_exercise_run *r)
{
	int64_t ms = vg_mono_ms(&r->o.clock) - r->began_ms;

	if (r->o.speed == 0 || ms > r->o.file->span_ms / r->o.speed)
		return r->o.start_ms + r->o.file->span_ms;
	return r->o.start_ms + ms * r->o.speed;
}

/* Sent twice, when nobody knows whether it arrived, an event is a duplicate. */
static enum vg_rc send_due(struct vg_exercise_run *r, struct vg_err *err)
{
	struct vg_outgoing_record record[VG_OUTGOING_MAX];
	const struct vg_exercise_file *f = r->o.file;
	int64_t due_ms = play_time(r);
	size_t n = 0;

	while (n < VG_OUTGOING_MAX && r->sent + n < f->n &&
	       f->line[r->sent + n].at_ms <= due_ms) {
		const struct vg_exercise_line *line = &f->line[r->sent + n];

		record[n++] = (struct vg_outgoing_record){
			.topic = line->partner->topic,
			.key = line->sensor,
			.value = line->text,
			.time_ms = line->at_ms};
	}
	if (n == 0)
		return VG_OK;
	enum vg_rc rc = vg_outgoing_send(r->outgoing, record, n, SEND_MS, err);
	if (rc == VG_OK)
		r->sent += n;
	return rc;
}

static int64_t counted(const struct vg_exercise_run *r)
{
	int64_t n = 0;

	for (size_t i = 0; i < vg_view_parts(r->view); i++)
		n += vg_view_part(r->view, i)->offset > 0
			     ? vg_view_part(r->view, i)->offset
			     : 0;
	return n;
}

enum vg_rc vg_exercise_run_step(struct vg_exercise_run *r, struct vg_err *err)
{
	size_t applied = 0;

	if (atomic_load(&r->failed))
		return vg_err_set(err, VG_FATAL, "ingest: %s", r->why.text);
	enum vg_rc rc = send_due(r, err);
	if (rc == VG_OK)
		rc = vg_view_step(r->view, r->store, vg_now_ms(&r->o.clock),
				  WAIT_MS, &applied, err);
	if (rc == VG_OK)
		rc = vg_evaluator_tick(r->evaluator, r->view, r->store,
				       vg_now_ms(&r->o.clock), err);
	if (rc == VG_OK && r->sent == r->o.file->n &&
	    counted(r) >= (int64_t)r->sent && r->judged < JUDGED)
		r->judged++;
	return rc;
}

struct vg_exercise_at vg_exercise_run_at(const struct vg_exercise_run *r)
{
	return (struct vg_exercise_at){.sent = (int64_t)r->sent,
				       .counted = counted(r),
				       .at_ms = play_time(r) - r->o.start_ms,
				       .done = r->judged == JUDGED};
}
