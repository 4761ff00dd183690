#include "cmd/from_log.h"

#include "aggregate/part_recall.h"
#include "aggregate/store.h"
#include "cmd/offline.h"
#include "ingest/again.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One partition at a time. */
struct reading {
	struct vg_from_log *f;
	struct vg_log_reader *reader;
	const char *from;
	int64_t from_ms; /* -1: places are given */
	struct vg_again again;
	struct vg_event event;
	struct vg_decoded decoded;
	char place[VG_PLACE_ID];
	struct vg_admit *admit;
	int64_t log_ms, horizon_ms, first; /* of the partition */
	struct vg_store *store;
	struct vg_metrics metrics;	 /* its own, read by nobody */
	struct vg_recalled_log recalled; /* of the partition */
	struct vg_err away;		 /* why Redis does not tell, if so */
};

/* "TOPIC:PARTITION=OFFSET", up to a comma or the end. */
static bool read_place(const char *p, const char **topic, size_t *topic_n,
		       int64_t place[2])
{
	const char *colon = strchr(p, ':');
	char *end = NULL;

	if (colon == NULL || colon == p)
		return false;
	*topic = p;
	*topic_n = (size_t)(colon - p);
	errno = 0;
	place[0] = strtoll(colon + 1, &end, 10);
	if (end == colon + 1 || *end != '=' || place[0] < 0)
		return false;
	p = end + 1;
	place[1] = strtoll(p, &end, 10);
	return end != p && (*end == ',' || *end == '\0') && place[1] >= 0 &&
	       errno == 0;
}

/* The offset that `from` names for a partition; `low` when it names none. */
static int64_t place_of(const char *from, const char *topic, int32_t partition,
			int64_t low)
{
	const char *name = NULL;
	size_t n = 0;
	int64_t place[2];

	for (const char *p = from; p != NULL;
	     p = strchr(p, ',') != NULL ? strchr(p, ',') + 1 : NULL)
		if (read_place(p, &name, &n, place) && strlen(topic) == n &&
		    strncmp(topic, name, n) == 0 && place[0] == partition)
			return place[1] > low ? place[1] : low;
	return low;
}

static bool is_topic(const struct vg_config *cfg, const char *name, size_t n)
{
	for (size_t i = 0; i < cfg->n_partners; i++)
		if (strlen(cfg->partners[i].topic) == n &&
		    strncmp(cfg->partners[i].topic, name, n) == 0)
			return true;
	return false;
}

static enum vg_rc check_from(struct reading *r, struct vg_err *err)
{
	const char *p = r->from, *topic = NULL;
	size_t n = 0;
	int64_t place[2];

	r->from_ms = -1;
	if (vg_instant_read(r->from, &r->from_ms)) {
		if (r->from_ms >= 0)
			return VG_OK;
		return vg_err_set(err, VG_INVAL, "--from: before 1970");
	}
	while (p != NULL) {
		if (!read_place(p, &topic, &n, place))
			return vg_err_set(err, VG_INVAL,
					  "--from: %.60s is no time and no "
					  "place; write 2026-01-02T03:04:05Z "
					  "or alerts.ma:0=1200,...",
					  p);
		if (!is_topic(r->f->env.cfg, topic, n))
			return vg_err_set(err, VG_INVAL,
					  "--from: %.*s is no partner's topic",
					  (int)(n < 60 ? n : 60), topic);
		p = strchr(p, ',');
		p = p != NULL ? p + 1 : NULL;
	}
	return VG_OK;
}

/* What recalls have left of the counted event; false: nothing. */
static bool is_left(struct reading *r, int64_t offset)
{
	const struct vg_recalled *to =
		vg_recalled_find(r->recalled.list, r->recalled.n, offset);

	if (to == NULL)
		return true;
	r->f->tally[to->gone ? VG_VERDICT_RECALLED : VG_VERDICT_NARROWED]++;
	if (!to->gone)
		r->event.audience = vg_audience_of_viewers(
			r->f->env.aud, r->again.partner->slot, to->label,
			to->viewers);
	return !to->gone;
}

static enum vg_rc judge(struct reading *r, const struct vg_log_record *rec,
			struct vg_err *err)
{
	struct vg_admitted a = {.verdict = VG_VERDICT_COUNTED};
	const struct vg_event *e = &r->event;
	enum vg_rc rc = vg_admit_judge(r->admit, &r->event, rec->offset,
				       rec->ts_ms, &a, err);

	if (rc != VG_OK || rec->offset < r->first)
		return rc;
	if (a.verdict == VG_VERDICT_COUNTED && !is_left(r, rec->offset))
		return VG_OK;
	if (a.verdict == VG_VERDICT_COUNTED &&
	    e->time_ms <= r->log_ms - r->horizon_ms)
		a.verdict = VG_VERDICT_BEYOND_RULES;
	r->f->tally[a.verdict]++;
	if (a.verdict != VG_VERDICT_COUNTED)
		return VG_OK;
	r->f->spare_ms = r->f->horizon_ms >= 0
				 ? INT64_MAX
				 : e->time_ms - (r->log_ms - r->horizon_ms);
	return r->f->take(r->f->ctx, e, r->again.partner, err);
}

/* A recall: what it did is stored, if the service has come to it. */
static enum vg_rc note_recall(struct reading *r, int64_t offset,
			      struct vg_err *err)
{
	if (r->away.rc != VG_OK)
		return vg_err_set(err, r->away.rc,
				  "the topics have recalls, and what they did "
				  "is in Redis: %.120s",
				  r->away.text);
	r->f->unapplied += offset >= r->recalled.offset;
	return VG_OK;
}

static enum vg_rc take(void *ctx, const struct vg_log_record *rec,
		       struct vg_err *err)
{
	struct reading *r = ctx;

	if (rec->ts_ms > r->log_ms)
		r->log_ms = rec->ts_ms;
	r->f->lines += rec->offset >= r->first;
	if (vg_again_read(&r->again, rec))
		return judge(r, rec, err);
	if (rec->offset < r->first)
		return VG_OK;
	r->f->tally[r->decoded.verdict]++;
	return r->decoded.verdict == VG_VERDICT_CONTROL
		       ? note_recall(r, rec->offset, err)
		       : VG_OK;
}

/* What recalls did to the partition. Redis may be away as long as nothing was
 * recalled. */
static void find_recalls(struct reading *r, int32_t partition)
{
	free(r->recalled.list);
	r->recalled = (struct vg_recalled_log){.n = 0};
	if (r->away.rc != VG_OK ||
	    vg_recalled_read(r->store, r->again.partner->topic, partition,
			     &r->recalled, &r->away) != VG_OK)
		return;
	r->f->forgotten = r->f->forgotten || r->first < r->recalled.forgotten;
}

/* Where to read a partition: *first counts, what lies before it is read for
 * its ids. */
static enum vg_rc find_range(struct reading *r, struct vg_log_range *range,
			     struct vg_err *err)
{
	const struct vg_partner *p = r->again.partner;
	int64_t low = 0, before = vg_config_dedup_span(r->f->env.cfg, p);
	enum vg_rc rc =
		vg_log_reader_bounds(r->reader, range->topic, range->partition,
				     &low, &range->to, err);

	if (rc == VG_OK && r->from_ms >= 0)
		rc = vg_log_reader_at(r->reader, range->topic, range->partition,
				      r->from_ms, &r->first, err);
	else if (rc == VG_OK)
		r->first =
			place_of(r->from, range->topic, range->partition, low);
	range->from = r->first - before > low ? r->first - before : low;
	return rc;
}

static enum vg_rc read_partition(struct reading *r, int32_t partition,
				 struct vg_err *err)
{
	const struct vg_from_log *f = r->f;
	const struct vg_partner *p = r->again.partner;
	struct vg_log_range range = {.topic = p->topic, .partition = partition};
	enum vg_rc rc = find_range(r, &range, err);

	find_recalls(r, partition);
	r->again.partition = partition;
	r->log_ms = INT64_MIN;
	r->horizon_ms =
		f->horizon_ms >= 0
			? f->horizon_ms
			: f->reach_ms + vg_config_lateness_ms(f->env.cfg, p);
	if (rc == VG_OK)
		rc = vg_admit_new(&r->admit, &f->env, p, err);
	if (rc == VG_OK)
		rc = vg_log_reader_read(r->reader, &range, take, r, err);
	vg_admit_free(r->admit);
	r->admit = NULL;
	return rc;
}

static enum vg_rc read_topic(struct reading *r, const struct vg_partner *p,
			     struct vg_err *err)
{
	int32_t n = 0;
	enum vg_rc rc = vg_log_reader_partitions(r->reader, p->topic, &n, err);

	r->again.partner = p;
	r->again.decoder = vg_decoder_of(p);
	if (rc == VG_OK && r->again.decoder == NULL)
		return vg_err_set(err, VG_INVAL, "partner %s: no such format",
				  p->id);
	for (int32_t i = 0; i < n && rc == VG_OK; i++)
		rc = read_partition(r, i, err);
	return rc;
}

enum vg_rc vg_from_log_read(struct vg_from_log *f, const char *from,
			    struct vg_err *err)
{
	const struct vg_config *cfg = f->env.cfg;
	struct reading *r = calloc(1, sizeof *r);
	enum vg_rc rc = VG_OK;

	if (r == NULL)
		return vg_err_set(err, VG_FATAL, "out of memory");
	r->f = f;
	r->from = from;
	r->again = (struct vg_again){.cfg = cfg,
				     .hash_key = f->env.hash_key,
				     .event = &r->event,
				     .decoded = &r->decoded,
				     .place = r->place};
	rc = check_from(r, err);
	if (rc == VG_OK)
		rc = vg_scratch_new(&r->again.scratch, err);
	if (rc == VG_OK)
		rc = vg_log_reader_new(&r->reader, cfg, err);
	if (rc == VG_OK)
		rc = vg_store_new(&r->store, cfg, &r->metrics, err);
	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++)
		rc = read_topic(r, &cfg->partners[i], err);
	vg_log_reader_free(r->reader);
	vg_store_free(r->store);
	free(r->recalled.list);
	vg_scratch_free(r->again.scratch);
	free(r);
	return rc;
}
