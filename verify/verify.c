#include "verify/verify.h"

#include "core/config.h"
#include "ingest/log_reader.h"
#include "ingest/signature.h"
#include "verify/compare.h"

#include <inttypes.h>
#include <unistd.h>

enum { PROGRESS_EVERY = 65536 };

struct run {
	const struct vg_verify_opts *o;
	struct vg_log_reader *reader;
	struct vg_store *store;
	struct vg_recount *recount;	  /* of the partition in work */
	const struct vg_partner *partner; /* whose that is */
	int64_t swept_ms;
	int64_t records;
	size_t partitions, cells, differences, unfilled;
	bool shows;
};

static enum vg_rc take(void *ctx, const struct vg_log_record *rec,
		       struct vg_err *err)
{
	struct run *v = ctx;
	char reason[128];

	v->records++;
	if (v->shows && v->records % PROGRESS_EVERY == 0)
		fprintf(v->o->progress,
			"\rverify: %zu partitions, %" PRId64 " records ",
			v->partitions, v->records);
	/* A record whose signature is refused is a rejected one, as an empty
	 * one is: the account has one sum for all. */
	const struct vg_signed s = {.record = rec->value,
				    .header = rec->signature,
				    .n_headers = rec->n_signatures,
				    .ref_ms = rec->ts_ms};
	bool good = vg_signature_judge(v->partner, &s, reason, sizeof reason) ==
		    VG_VERDICT_COUNTED;
	const struct vg_slice none = {.p = NULL, .n = rec->value.n};
	return vg_recount_take_keyed(
		v->recount, rec->offset, rec->ts_ms,
		(struct vg_slice[2]){rec->key, good ? rec->value : none}, err);
}

static struct vg_compare compare_for(const struct run *v,
				     const struct vg_partner *partner,
				     int32_t partition)
{
	return (struct vg_compare){.store = v->store,
				   .env = v->o->env,
				   .partner = partner,
				   .partition = partition,
				   .swept_ms = v->swept_ms,
				   .out = v->o->out};
}

static void compare_times(struct vg_compare *c, const struct vg_recount *r,
			  const struct vg_compare_state *have)
{
	struct vg_recount_state s = vg_recount_state(r);

	if (s.log_ms != have->log_ms)
		vg_compare_say(c,
			       "log time: redis has %" PRId64
			       ", the log says %" PRId64,
			       have->log_ms, s.log_ms);
	if (s.watermark_ms != have->watermark_ms)
		vg_compare_say(c,
			       "watermark: redis has %" PRId64
			       ", the log says %" PRId64,
			       have->watermark_ms, s.watermark_ms);
}

static enum vg_rc recount(struct run *v, struct vg_compare *c, int64_t from,
			  int64_t offset, struct vg_err *err)
{
	int64_t low = 0, high = 0;
	enum vg_rc rc = vg_log_reader_bounds(v->reader, c->partner->topic,
					     c->partition, &low, &high, err);

	if (rc != VG_OK)
		return rc;
	if (low > 0 && low > from)
		fprintf(c->out,
			"%s:%d starts at %" PRId64 ": what came before is not "
			"recounted, so differences are likely\n",
			c->partner->topic, (int)c->partition, low);
	if (offset > high)
		vg_compare_say(c,
			       "offset: redis has %" PRId64
			       ", the log ends at %" PRId64,
			       offset, high);
	const struct vg_log_range range = {.topic = c->partner->topic,
					   .partition = c->partition,
					   .from = from > low ? from : low,
					   .to = offset < high ? offset : high};
	if (range.from < range.to)
		rc = vg_log_reader_read(v->reader, &range, take, v, err);
	if (rc == VG_OK)
		rc = vg_recount_round(v->recount, err);
	if (rc == VG_OK)
		rc = vg_recount_cap(v->recount, err);
	return rc;
}

static enum vg_rc verify_partition(struct run *v,
				   const struct vg_partner *partner,
				   int32_t partition, struct vg_err *err)
{
	struct vg_compare c = compare_for(v, partner, partition);
	struct vg_compare_state have = {.offset = -1};
	struct vg_compare_past past = {.n = 0};
	enum vg_rc rc = vg_compare_state(&c, &have, err);

	if (rc != VG_OK || have.offset < 0)
		return rc;
	v->partner = partner;
	rc = vg_compare_past(&c, &past, err);
	if (rc == VG_OK)
		rc = vg_recount_new(&v->recount, v->o->env, partner, err);
	if (rc != VG_OK) {
		vg_compare_past_term(&past);
		return rc;
	}
	v->partitions++;
	vg_recount_epochs(v->recount, past.epoch, past.n);
	c.rolled_ms = have.rolled_ms;
	vg_recount_rolled(v->recount, have.rolled_ms);
	rc = recount(v, &c, have.from, have.offset, err);
	if (rc == VG_OK) {
		compare_times(&c, v->recount, &have);
		rc = vg_compare_cells(&c, v->recount, err);
	}
	if (rc == VG_OK)
		rc = vg_compare_sensors(&c, v->recount, have.log_ms, err);
	v->cells += c.cells;
	v->differences += c.differences;
	v->unfilled += c.unfilled;
	vg_compare_past_term(&past);
	vg_recount_free(v->recount);
	v->recount = NULL;
	return rc;
}

/* Do `each` for every partition of every partner. */
static enum vg_rc for_all(struct run *v,
			  enum vg_rc (*each)(struct run *,
					     const struct vg_partner *, int32_t,
					     struct vg_err *),
			  struct vg_err *err)
{
	const struct vg_config *cfg = v->o->env->cfg;
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < cfg->n_partners && rc == VG_OK; i++) {
		int32_t n = 0;

		rc = vg_log_reader_partitions(v->reader, cfg->partners[i].topic,
					      &n, err);
		for (int32_t p = 0; p < n && rc == VG_OK; p++)
			rc = each(v, &cfg->partners[i], p, err);
	}
	return rc;
}

/* The largest log time there is: tracks may be swept up to it. */
static enum vg_rc note_log_time(struct run *v, const struct vg_partner *partner,
				int32_t partition, struct vg_err *err)
{
	struct vg_compare c = compare_for(v, partner, partition);
	struct vg_compare_state have = {.offset = -1};
	enum vg_rc rc = vg_compare_state(&c, &have, err);

	if (rc == VG_OK && have.log_ms > v->swept_ms)
		v->swept_ms = have.log_ms;
	return rc;
}

enum vg_rc vg_verify(const struct vg_verify_opts *o, size_t *differences,
		     struct vg_err *err)
{
	struct run v = {.o = o,
			.swept_ms = INT64_MIN,
			.shows = o->progress != NULL &&
				 isatty(fileno(o->progress)) == 1};
	enum vg_rc rc = vg_log_reader_new(&v.reader, o->env->cfg, err);

	if (rc == VG_OK)
		rc = vg_store_new(&v.store, o->env->cfg, o->env->metrics, err);
	if (rc == VG_OK)
		rc = for_all(&v, note_log_time, err);
	if (rc == VG_OK)
		rc = for_all(&v, verify_partition, err);
	vg_recount_free(v.recount);
	vg_store_free(v.store);
	vg_log_reader_free(v.reader);
	if (rc != VG_OK)
		return rc;
	if (v.shows)
		fputc('\r', o->progress);
	if (v.unfilled > 0)
		fprintf(o->out,
			"verify: %zu buckets are of rules whose past is still "
			"being filled in, and were not compared\n",
			v.unfilled);
	fprintf(o->out,
		"verify: %zu partitions, %" PRId64 " records, %zu cells "
		"compared, %zu differences\n",
		v.partitions, v.records, v.cells, v.differences);
	*differences = v.differences;
	return VG_OK;
}
