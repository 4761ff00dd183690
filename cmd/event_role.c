#include "cmd/event_role.h"

#include "core/audience.h"
#include "core/clock.h"
#include "ingest/decode.h"
#include "ingest/log_reader.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	PATIENCE_MS = 1000, /* for one answer of the brokers  */
	MOST_MS = 3000	    /* for all that one request reads */
};

struct vg_event_role {
	const struct vg_world *w;
	const struct vg_log *log;
	pthread_mutex_t lock; /* guards the rest */
	struct vg_log_reader *reader;
	struct vg_scratch *scratch;
};

enum vg_rc vg_event_role_new(struct vg_event_role **out,
			     const struct vg_world *w, const struct vg_log *log,
			     struct vg_err *err)
{
	struct vg_event_role *r = calloc(1, sizeof *r);

	if (r == NULL || pthread_mutex_init(&r->lock, NULL) != 0) {
		free(r);
		return vg_err_set(err, VG_FATAL, "events: out of memory");
	}
	r->w = w;
	r->log = log;
	*out = r;
	return VG_OK;
}

void vg_event_role_free(struct vg_event_role *r)
{
	if (r == NULL)
		return;
	vg_log_reader_free(r->reader);
	vg_scratch_free(r->scratch);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

static enum vg_rc open_locked(struct vg_event_role *r, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	if (r->scratch == NULL)
		rc = vg_scratch_new(&r->scratch, err);
	if (rc == VG_OK && r->reader == NULL) {
		rc = vg_log_reader_new(&r->reader, r->w->cfg, err);
		if (rc == VG_OK)
			vg_log_reader_patience(r->reader, PATIENCE_MS);
	}
	return rc;
}

/* One record, on its way to a name. */
struct look {
	struct vg_event_role *r;
	const struct vg_event_ref *ref;
	struct vg_event_name *name;
	struct vg_event event;
};

/* Everybody who sees the cell may see the event. A recall has narrowed the
 * cell, and not the record. */
static bool is_it(const struct look *k, const struct vg_event *e,
		  int64_t record_ms)
{
	const struct vg_audiences *aud = k->r->w->aud;
	bool undeclared;
	uint16_t is = vg_audience_at(aud,
				     vg_audience_of(aud, k->ref->partner->slot,
						    e->label, e->narrowed,
						    e->releasable, &undeclared),
				     record_ms);

	return e->time_ms == k->ref->time_ms &&
	       (vg_audience_viewers(aud, k->ref->audience) &
		~vg_audience_viewers(aud, is)) == 0;
}

static void keep(char out[VG_EVENT_NAME], struct vg_slice s)
{
	if (s.n < VG_EVENT_NAME)
		(void)snprintf(out, VG_EVENT_NAME, "%.*s", (int)s.n,
			       s.n > 0 ? s.p : "");
}

static enum vg_rc take(void *ctx, const struct vg_log_record *rec,
		       struct vg_err *err)
{
	struct look *k = ctx;
	const struct vg_decoding of = {.cfg = k->r->w->cfg,
				       .partner = k->ref->partner,
				       .record = rec->value};
	const struct vg_decoder *d = vg_decoder_of(k->ref->partner);
	struct vg_decoded decoded;

	(void)err;
	if (d == NULL || rec->value.p == NULL)
		return VG_OK;
	vg_decode(d, k->r->scratch, &of, &k->event, &decoded);
	if (decoded.verdict != VG_VERDICT_COUNTED ||
	    !is_it(k, &k->event, rec->ts_ms))
		return VG_OK;
	keep(k->name->id, k->event.id);
	keep(k->name->sensor, k->event.sensor);
	return VG_OK;
}

/* What is no longer in the log has no name. */
static enum vg_rc read_one(struct look *k, struct vg_err *err)
{
	const struct vg_event_ref *ref = k->ref;
	const struct vg_log_range range = {.topic = ref->topic,
					   .partition = ref->partition,
					   .from = ref->offset,
					   .to = ref->offset + 1};
	int64_t low = 0, high = 0;
	enum vg_rc rc = vg_log_reader_bounds(k->r->reader, ref->topic,
					     ref->partition, &low, &high, err);

	if (rc != VG_OK || ref->offset < low || ref->offset >= high)
		return rc;
	return vg_log_reader_read(k->r->reader, &range, take, k, err);
}

enum vg_rc vg_event_role_read(void *ctx, const struct vg_event_ref *ref,
			      size_t n, struct vg_event_name *out,
			      struct vg_err *err)
{
	struct vg_event_role *r = ctx;
	struct look *k;
	enum vg_rc rc;

	if (pthread_mutex_trylock(&r->lock) != 0)
		return vg_err_set(err, VG_RETRY, "events: others are read");
	int64_t until_ms = vg_mono_ms(&r->log->clock) + MOST_MS;
	k = calloc(1, sizeof *k);
	rc = k == NULL ? vg_err_set(err, VG_FATAL, "events: out of memory")
		       : open_locked(r, err);
	for (size_t i = 0; i < n && rc == VG_OK; i++) {
		/* The same record may be both ends, and of several rows. */
		size_t same = 0;

		while (same < i && (ref[same].offset != ref[i].offset ||
				    ref[same].partition != ref[i].partition ||
				    ref[same].partner != ref[i].partner))
			same++;
		out[i] = out[same];
		if (same < i)
			continue;
		if (vg_mono_ms(&r->log->clock) > until_ms)
			rc = vg_err_set(err, VG_RETRY, "events: too slow");
		k->r = r;
		k->ref = &ref[i];
		k->name = &out[i];
		if (rc == VG_OK)
			rc = read_one(k, err);
	}
	free(k);
	(void)pthread_mutex_unlock(&r->lock);
	return rc;
}
