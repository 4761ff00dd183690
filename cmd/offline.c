#include "cmd/offline.h"

#include "cmd/built_in.h"
#include "cmd/from_log.h"
#include "core/timefmt.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool vg_instant_read(const char *text, int64_t *ms)
{
	char *end = NULL;
	double v;

	if (vg_time_parse(vg_slice_of(text), ms))
		return true;
	errno = 0;
	v = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !(fabs(v) < 9e15))
		return false;
	*ms = (int64_t)llround(fabs(v) < 1e11 ? v * 1000 : v);
	return true;
}

enum vg_rc vg_offline_view(struct vg_offline *o, const char *viewer,
			   struct vg_err *err)
{
	const struct vg_partner *p;

	o->slot = VG_SLOT_COALITION;
	o->viewer = viewer != NULL ? viewer : "coalition";
	if (strcmp(o->viewer, "coalition") != 0) {
		p = vg_config_partner(o->cfg, vg_slice_of(o->viewer));
		if (p == NULL)
			return vg_err_set(err, VG_INVAL,
					  "--viewer: %.40s is neither a "
					  "partner nor coalition",
					  o->viewer);
		o->slot = p->slot;
	}
	o->class_index = vg_class_of(o->aud, o->slot);
	return VG_OK;
}

/* The service's key where it can be read: fingerprints are then its own. */
static void read_key(struct vg_offline *o)
{
	struct vg_err err = {0};

	if (strcmp(o->cfg->hash_key_file, "none") == 0 ||
	    vg_hash_key_read(o->hash_key, o->cfg->hash_key_file, &err) != VG_OK)
		memset(o->hash_key, 0, sizeof o->hash_key);
}

enum vg_rc vg_offline_load(struct vg_offline *o,
			   const struct vg_offline_words *w, struct vg_err *err)
{
	enum vg_rc rc = vg_built_in_or(&o->cfg, w->config, &w->set, err);

	if (rc == VG_OK)
		rc = vg_audiences_new(&o->aud, o->cfg, err);
	if (rc == VG_OK)
		rc = vg_offline_view(o, w->viewer, err);
	if (rc == VG_OK)
		rc = vg_plan_new(&o->plan, err);
	if (rc == VG_OK)
		rc = vg_rules_load_offline(&o->rules, o->plan, o->cfg->lexicon,
					   (char *const *)w->rules.v,
					   w->rules.n, err);
	if (rc == VG_OK)
		read_key(o);
	return rc;
}

static int64_t reach_of(const struct vg_rules *rules)
{
	int64_t reach = 0;

	for (size_t i = 0; i < vg_rules_count(rules); i++) {
		int64_t ms = vg_rule_reach_ms(vg_rule_at(rules, i));

		reach = ms > reach ? ms : reach;
	}
	return reach;
}

/* What the viewer may not see was never sent (law 3). */
static enum vg_rc take_event(void *ctx, const struct vg_event *e,
			     const struct vg_partner *partner,
			     struct vg_err *err)
{
	struct vg_offline *o = ctx;

	if (!vg_audience_sees(o->aud, e->audience, o->slot))
		return VG_OK;
	vg_replay_spare(o->replay, *o->spare_ms);
	return vg_replay_add(o->replay, e, vg_slice_of(partner->id), err);
}

static enum vg_rc read_events(struct vg_offline *o, struct vg_err *err)
{
	bool more = true;
	enum vg_rc rc = VG_OK;

	for (;;) {
		struct vg_history *h = &o->history;

		rc = vg_history_next(h, &more, err);
		if (rc != VG_OK || !more)
			return rc;
		rc = take_event(o, &h->event, h->partner, err);
		if (rc != VG_OK)
			return rc;
	}
}

static void drop_events(struct vg_offline *o)
{
	if (o->history.cfg != NULL)
		vg_history_term(&o->history);
	vg_replay_free(o->replay);
	o->replay = NULL;
}

/* The live topics in place of a file. */
static enum vg_rc read_log(struct vg_offline *o,
			   const struct vg_offline_words *w, int64_t horizon_ms,
			   struct vg_err *err)
{
	struct vg_from_log f = {
		.env = {.cfg = o->cfg, .aud = o->aud, .hash_key = o->hash_key},
		.reach_ms = reach_of(o->rules),
		.horizon_ms = horizon_ms,
		.take = take_event,
		.ctx = o};
	enum vg_rc rc = VG_OK;

	if (w->config == NULL)
		return vg_err_set(err, VG_INVAL,
				  "--from reads the topics of a configuration; "
				  "name it with -c FILE");
	o->spare_ms = &f.spare_ms;
	rc = vg_replay_new(&o->replay, o->rules, err);
	if (rc == VG_OK)
		rc = vg_from_log_read(&f, w->from, err);
	o->spare_ms = NULL;
	o->history.what = "records";
	o->history.lines = f.lines;
	memcpy(o->history.tally, f.tally, sizeof f.tally);
	if (rc == VG_OK && f.unapplied > 0)
		fprintf(stderr,
			"vigie: %" PRId64 " recalls were not applied by the "
			"service yet, and are not here\n",
			f.unapplied);
	if (rc == VG_OK && f.forgotten)
		fputs("vigie: what recalls did to the oldest of the records is "
		      "not known any more\n",
		      stderr);
	return rc;
}

enum vg_rc vg_offline_events(struct vg_offline *o, FILE *in, int64_t horizon_ms,
			     struct vg_err *err)
{
	const struct vg_admit_env env = {
		.cfg = o->cfg, .aud = o->aud, .hash_key = o->hash_key};
	const int64_t reach_horizon[2] = {reach_of(o->rules), horizon_ms};

	o->spare_ms = &o->history.spare_ms;
	drop_events(o);
	enum vg_rc rc = vg_replay_new(&o->replay, o->rules, err);
	if (rc == VG_OK)
		rc = vg_history_init(&o->history, &env, in, reach_horizon, err);
	return rc == VG_OK ? read_events(o, err) : rc;
}

enum vg_rc vg_offline_read(struct vg_offline *o,
			   const struct vg_offline_words *w, struct vg_err *err)
{
	int64_t horizon_ms = -1;
	enum vg_rc rc = vg_offline_load(o, w, err);

	if (rc != VG_OK)
		return rc;
	fputs(vg_rules_warnings(o->rules), stderr);
	if (w->horizon != NULL &&
	    !vg_duration_parse(vg_slice_of(w->horizon), &horizon_ms))
		return vg_err_set(err, VG_INVAL,
				  "--horizon: %.40s is no duration; write 6h",
				  w->horizon);
	if ((w->path == NULL) == (w->from == NULL))
		return vg_err_set(err, VG_INVAL,
				  "say which events: a file, or --from for the "
				  "live topics");
	if (w->from != NULL)
		return read_log(o, w, horizon_ms, err);
	o->in = strcmp(w->path, "-") == 0 ? stdin : fopen(w->path, "rb");
	if (o->in == NULL)
		return vg_err_set(err, VG_INVAL, "%.100s: %s", w->path,
				  strerror(errno));
	return vg_offline_events(o, o->in, horizon_ms, err);
}

void vg_offline_term(struct vg_offline *o)
{
	drop_events(o);
	if (o->in != NULL && o->in != stdin)
		fclose(o->in);
	vg_rules_free(o->rules);
	vg_plan_free(o->plan);
	vg_audiences_free(o->aud);
	vg_config_free(o->cfg);
	memset(o, 0, sizeof *o);
}
