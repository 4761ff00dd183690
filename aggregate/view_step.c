#include "aggregate/changes.h"
#include "aggregate/pack.h"
#include "aggregate/sensors.h"
#include "aggregate/view_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FIND_MS = 1000,	   /* between two looks for new partitions   */
	REFRESH_MS = 500,  /* between two looks at :o and :s         */
	ENTRIES = 16,	   /* of one partition in one answer         */
	EACH_WAIT_MS = 20, /* between two looks at a cluster's nodes */
	ARGS_FIXED = 6	   /* XREAD COUNT n BLOCK ms STREAMS         */
};

/* A key no one writes: waiting on it is waiting, while there is nothing to
 * follow yet. */
static const char idle_key[] = "vg:{vg}:idle";

static char *key_of(const struct vg_view_part *p, const char *suffix)
{
	struct vg_buf b = {.n = 0};

	vg_key(&b, p->topic, p->partition, suffix);
	if (b.failed)
		vg_buf_term(&b);
	return b.p;
}

/* "alerts.ma:0" */
static bool parse_part(struct vg_slice s, struct vg_view_part *p)
{
	int64_t number = 0;
	uint32_t colon = s.n;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	if (colon < 2 || colon > sizeof p->topic || colon == s.n)
		return false;
	for (uint32_t i = colon; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || number > INT32_MAX)
			return false;
		number = number * 10 + (s.p[i] - '0');
	}
	if (number > INT32_MAX)
		return false;
	memcpy(p->topic, s.p, colon - 1);
	p->topic[colon - 1] = '\0';
	p->partition = (int32_t)number;
	return true;
}

static bool is_known(const struct vg_view *v, const struct vg_view_part *p)
{
	for (size_t i = 0; i < v->n_parts; i++) {
		const struct vg_view_part *q = &v->feed[i]->pub;

		if (q->partition == p->partition &&
		    strcmp(q->topic, p->topic) == 0)
			return true;
	}
	return false;
}

static struct vg_view_feed *new_feed(struct vg_view *v,
				     const struct vg_view_part *p)
{
	struct vg_view_feed *f = calloc(1, sizeof *f);

	if (f == NULL)
		return NULL;
	f->pub = *p;
	f->cells = vg_cells_new(v->env->table_seed);
	f->packs = vg_packs_new(v->pack_bytes, VG_PACK_BYTES_MAX,
				v->env->table_seed);
	f->pub.cells = f->cells;
	f->key_o = key_of(p, "o");
	f->key_x = key_of(p, "x");
	f->key_d = key_of(p, "d");
	f->key_s = key_of(p, "s");
	f->key_sensors = key_of(p, VG_SENSORS_KEY);
	if (f->cells == NULL || f->packs == NULL || f->key_o == NULL ||
	    f->key_x == NULL || f->key_d == NULL || f->key_s == NULL ||
	    f->key_sensors == NULL) {
		vg_view_feed_free(f);
		return NULL;
	}
	return f;
}

static bool reserve(struct vg_view *v)
{
	size_t cap = v->cap ? v->cap * 2 : 16;
	struct vg_view_feed **feed, **old = v->feed;

	if (v->n_parts < v->cap)
		return true;
	feed = calloc(cap, sizeof(*feed));
	if (feed == NULL)
		return false;
	if (v->n_parts > 0)
		memcpy(feed, old, v->n_parts * sizeof(*feed));
	vg_view_mutex_write(&v->lock);
	v->feed = feed;
	v->cap = cap;
	vg_view_mutex_write_done(&v->lock);
	free(old);
	return true;
}

static enum vg_rc add_part(struct vg_view *v, struct vg_slice name,
			   struct vg_err *err)
{
	struct vg_view_part p = {.offset = -1,
				 .high = -1,
				 .watermark_ms = INT64_MIN,
				 .log_ms = INT64_MIN};
	struct vg_view_feed *f;

	if (!parse_part(name, &p) || is_known(v, &p))
		return VG_OK;
	p.partner = vg_config_topic(v->env->cfg, p.topic);
	if (p.partner == NULL)
		return VG_OK; /* of a partner who is no longer configured */
	if (v->n_parts == VG_PARTITIONS_MAX)
		return vg_err_set(err, VG_INVAL,
				  "view: more than %d partitions",
				  VG_PARTITIONS_MAX);
	f = reserve(v) ? new_feed(v, &p) : NULL;
	if (f == NULL)
		return vg_err_set(err, VG_FATAL, "view: out of memory");
	vg_view_mutex_write(&v->lock);
	vg_changes_all(v->changes);
	vg_view_ticks(v);
	v->feed[v->n_parts++] = f;
	vg_view_mutex_write_done(&v->lock);
	return VG_OK;
}

/* True when `every` ms have passed since `then`, or the clock went back. */
static bool is_due(int64_t now_ms, int64_t then_ms, int64_t every_ms)
{
	return now_ms < then_ms || now_ms - then_ms >= every_ms;
}

static enum vg_rc find_parts(struct vg_view *v, struct vg_store *store,
			     int64_t now_ms, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc;

	if (v->found && !is_due(now_ms, v->found_ms, FIND_MS))
		return VG_OK;
	rc = vg_store_callf(store, &r, err, "SMEMBERS", "vg:{vg}:parts",
			    (char *)NULL);
	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(r); i++)
		rc = add_part(v, vg_reply_text(vg_reply_at(r, i)), err);
	vg_reply_free(r);
	if (rc != VG_OK)
		return rc;
	v->found_ms = now_ms;
	vg_view_mutex_write(&v->lock);
	v->found = true;
	vg_view_mutex_write_done(&v->lock);
	return VG_OK;
}

static enum vg_rc queue_refresh(struct vg_view *v, struct vg_store *store,
				struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i < v->n_parts; i++) {
		const struct vg_view_feed *f = v->feed[i];
		struct vg_slice o[] = {
			vg_slice_of("HMGET"), vg_slice_of(f->key_o),
			vg_slice_of("off"),   vg_slice_of("wm"),
			vg_slice_of("lt"),    vg_slice_of("roll"),
			vg_slice_of("fill")};
		struct vg_slice s[] = {vg_slice_of("HMGET"),
				       vg_slice_of(f->key_s), vg_slice_of("hw"),
				       vg_slice_of("at")};

		rc = vg_store_queue(store, o, 7, err);
		if (rc == VG_OK)
			rc = vg_store_queue(store, s, 4, err);
	}
	return rc;
}

static int64_t member(const struct vg_reply *r, size_t i, int64_t absent)
{
	const struct vg_reply *m =
		i < vg_reply_count(r) ? vg_reply_at(r, i) : NULL;

	return m == NULL || vg_reply_type(m) == VG_REPLY_NIL ? absent
							     : vg_reply_int(m);
}

/* What :o says. The stream would tell of every step forward; two things it
 * cannot tell: that Redis fell back behind us, and that it was cut off where
 * we stand (lost, or ids that went back): we stay where we are though :o was
 * ahead already the last time. */
static void heed_state(struct vg_view *v, size_t i, const struct vg_reply *o)
{
	struct vg_view_feed *f = v->feed[i];
	int64_t off = member(o, 0, -1), here = f->pub.offset;
	int64_t fill = member(o, 4, f->fill);
	bool is_ahead = off > here || (off == here && fill > f->fill);

	if (!f->loaded)
		return;
	if (off < here || (off == here && fill < f->fill) ||
	    (is_ahead && f->lag_offset == here && f->lag_fill == f->fill)) {
		vg_view_reload(v, i);
		return;
	}
	f->lag_offset = is_ahead ? here : INT64_MIN;
	f->lag_fill = f->fill;
	f->seen_offset = off;
	f->seen_watermark_ms = member(o, 1, INT64_MIN);
	f->seen_log_ms = member(o, 2, INT64_MIN);
	f->seen_rolled_ms = member(o, 3, INT64_MIN);
	vg_view_settle(v, i);
}

static void heed_heartbeat(struct vg_view *v, size_t i,
			   const struct vg_reply *s)
{
	vg_view_mutex_write(&v->lock);
	vg_view_ticks(v);
	v->feed[i]->pub.high = member(s, 0, -1);
	v->feed[i]->pub.heartbeat_ms = member(s, 1, 0);
	vg_view_mutex_write_done(&v->lock);
}

static enum vg_rc refresh(struct vg_view *v, struct vg_store *store,
			  int64_t now_ms, struct vg_err *err)
{
	enum vg_rc rc;

	if (!is_due(now_ms, v->refreshed_ms, REFRESH_MS))
		return VG_OK;
	rc = queue_refresh(v, store, err);
	for (size_t i = 0; rc == VG_OK && i < v->n_parts; i++) {
		struct vg_reply *o = NULL, *s = NULL;

		rc = vg_store_take(store, &o, err);
		if (rc == VG_OK)
			rc = vg_store_take(store, &s, err);
		if (rc == VG_OK) {
			heed_state(v, i, o);
			heed_heartbeat(v, i, s);
			vg_view_sweep(v, i);
		}
		vg_reply_free(o);
		vg_reply_free(s);
	}
	if (rc == VG_OK)
		v->refreshed_ms = now_ms;
	return rc;
}

static enum vg_rc load_parts(struct vg_view *v, struct vg_store *store,
			     struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; rc == VG_OK && i < v->n_parts; i++)
		if (!v->feed[i]->loaded)
			rc = vg_view_load(v, i, store, err);
	return rc;
}

/* One XREAD over every stream; of one Redis, see follow_each(). */
static enum vg_rc read_streams(const struct vg_view *v, struct vg_store *store,
			       int64_t wait_ms, struct vg_reply **out,
			       struct vg_err *err)
{
	size_t streams = v->n_parts > 0 ? v->n_parts : 1, n = 0;
	struct vg_slice *arg = calloc(ARGS_FIXED + 2 * streams, sizeof *arg);
	char count[24], wait[24];
	enum vg_rc rc;

	if (arg == NULL)
		return vg_err_set(err, VG_FATAL, "view: out of memory");
	snprintf(count, sizeof count, "%d", ENTRIES);
	snprintf(wait, sizeof wait, "%lld", (long long)wait_ms);
	arg[n++] = vg_slice_of("XREAD");
	arg[n++] = vg_slice_of("COUNT");
	arg[n++] = vg_slice_of(count);
	if (wait_ms > 0) { /* BLOCK 0 would be for ever */
		arg[n++] = vg_slice_of("BLOCK");
		arg[n++] = vg_slice_of(wait);
	}
	arg[n++] = vg_slice_of("STREAMS");
	if (v->n_parts == 0) {
		arg[n++] = vg_slice_of(idle_key);
		arg[n++] = vg_slice_of("0-0");
	}
	for (size_t i = 0; i < v->n_parts; i++) {
		arg[n + i] = vg_slice_of(v->feed[i]->key_d);
		arg[n + v->n_parts + i] = vg_slice_of(v->feed[i]->last_id);
	}
	rc = vg_store_call(store, out, arg, n + 2 * v->n_parts, err);
	free(arg);
	return rc;
}

/* The feed whose stream is `key`, searched from *from on: answers keep the
 * order in which we asked. */
static bool find_feed(const struct vg_view *v, struct vg_slice key,
		      size_t *from)
{
	for (; *from < v->n_parts; (*from)++)
		if (vg_slice_eq(vg_slice_of(v->feed[*from]->key_d), key))
			return true;
	return false;
}

/* Apply what XREAD brought. *drained: no stream had more than we took. */
static enum vg_rc apply_all(struct vg_view *v, const struct vg_reply *r,
			    size_t *applied, bool *drained, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	size_t i = 0;

	*drained = true;
	for (size_t s = 0; rc == VG_OK && s < vg_reply_count(r); s++) {
		const struct vg_reply *stream = vg_reply_at(r, s);
		const struct vg_reply *entry = vg_reply_at(stream, 1);
		size_t n = vg_reply_count(entry);

		if (!find_feed(v, vg_reply_text(vg_reply_at(stream, 0)), &i))
			break;
		if (n == ENTRIES)
			*drained = false;
		/* An entry that does not follow unloads the feed. */
		for (size_t k = 0; rc == VG_OK && k < n && v->feed[i]->loaded;
		     k++) {
			rc = vg_view_apply(v, i, vg_reply_at(entry, k), err);
			*applied += v->feed[i]->loaded ? 1 : 0;
		}
		if (v->feed[i]->loaded)
			vg_view_settle(v, i);
	}
	return rc;
}

static enum vg_rc follow_all(struct vg_view *v, struct vg_store *store,
			     int64_t wait_ms, size_t *applied, bool *drained,
			     struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = read_streams(v, store, wait_ms, &r, err);

	if (rc == VG_OK)
		rc = apply_all(v, r, applied, drained, err);
	vg_reply_free(r);
	return rc;
}

static enum vg_rc queue_streams(const struct vg_view *v, struct vg_store *store,
				struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	char count[24];

	snprintf(count, sizeof count, "%d", ENTRIES);
	for (size_t i = 0; rc == VG_OK && i < v->n_parts; i++) {
		const struct vg_slice arg[] = {
			vg_slice_of("XREAD"),
			vg_slice_of("COUNT"),
			vg_slice_of(count),
			vg_slice_of("STREAMS"),
			vg_slice_of(v->feed[i]->key_d),
			vg_slice_of(v->feed[i]->last_id)};

		rc = vg_store_queue(store, arg, sizeof arg / sizeof *arg, err);
	}
	return rc;
}

/* The same of a cluster, where no command may have two tags: all are asked
 * without waiting, and when none had anything one key is waited on. */
static enum vg_rc follow_each(struct vg_view *v, struct vg_store *store,
			      int64_t wait_ms, size_t *applied, bool *drained,
			      struct vg_err *err)
{
	char wait[24];
	enum vg_rc rc = queue_streams(v, store, err);

	*drained = true;
	for (size_t i = 0; rc == VG_OK && i < v->n_parts; i++) {
		struct vg_reply *r = NULL;
		bool all = true;

		rc = vg_store_take(store, &r, err);
		if (rc == VG_OK)
			rc = apply_all(v, r, applied, &all, err);
		*drained = *drained && all;
		vg_reply_free(r);
	}
	if (rc != VG_OK || *applied > 0 || wait_ms <= 0)
		return rc;
	snprintf(wait, sizeof wait, "%lld",
		 (long long)(wait_ms < EACH_WAIT_MS ? wait_ms : EACH_WAIT_MS));
	return vg_store_callf(store, NULL, err, "XREAD", "BLOCK", wait,
			      "STREAMS", idle_key, "0-0", (char *)NULL);
}

static enum vg_rc follow(struct vg_view *v, struct vg_store *store,
			 int64_t now_ms, int64_t wait_ms, size_t *applied,
			 struct vg_err *err)
{
	bool drained = false;
	/* Redis does the waiting: within the limit on its answers. */
	int64_t most = v->env->cfg->redis_command_ms / 2;
	int64_t wait = wait_ms < most ? wait_ms : most;
	enum vg_rc rc =
		vg_store_is_cluster(store)
			? follow_each(v, store, wait, applied, &drained, err)
			: follow_all(v, store, wait, applied, &drained, err);

	if (rc != VG_OK)
		return rc;
	vg_view_mutex_write(&v->lock);
	v->answered_ms = now_ms;
	if (drained && vg_view_ready(v))
		v->level_ms = now_ms;
	vg_view_mutex_write_done(&v->lock);
	return VG_OK;
}

enum vg_rc vg_view_step(struct vg_view *v, struct vg_store *store,
			int64_t now_ms, int64_t wait_ms, size_t *applied,
			struct vg_err *err)
{
	size_t n = 0;

	v->step_ms = now_ms;
	enum vg_rc rc = find_parts(v, store, now_ms, err);

	if (rc == VG_OK)
		rc = load_parts(v, store, err);
	if (rc == VG_OK)
		rc = refresh(v, store, now_ms, err);
	/* A refresh may have found a reason to load again. */
	if (rc == VG_OK)
		rc = load_parts(v, store, err);
	if (rc == VG_OK)
		rc = follow(v, store, now_ms, wait_ms, &n, err);
	vg_metric_set(v->env->metrics, VG_M_VIEW_STALE,
		      vg_view_freshness(v, now_ms).stale ? 1 : 0);
	vg_metric_set(v->env->metrics, VG_M_VIEW_CELLS, v->n_cells);
	if (rc == VG_OK)
		*applied = n;
	return rc;
}
