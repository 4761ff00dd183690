#include "ingest/dead_purge.h"

#include "ingest/deadletter.h"
#include "ingest/kafka.h"
#include "ingest/log_reader.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ANSWER_MS = 30000, ASK_MS = 200 };

struct eraser {
	rd_kafka_t *rk;
	rd_kafka_queue_t *q;
	struct vg_kafka_refusal refusal;
};

static void on_error(rd_kafka_t *rk, int e, const char *why, void *ctx)
{
	struct eraser *x = ctx;

	(void)rk;
	vg_kafka_note(&x->refusal, (rd_kafka_resp_err_t)e, why);
}

static enum vg_rc connect_to(struct eraser *x, const struct vg_config *cfg,
			     struct vg_err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const struct vg_kafka_spec spec = {.kind = RD_KAFKA_PRODUCER,
					   .conf = conf};

	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, NULL);
	rd_kafka_conf_set_opaque(conf, x);
	enum vg_rc rc = vg_kafka_new(&x->rk, cfg, &spec, err);
	if (rc == VG_OK)
		x->q = rd_kafka_queue_new(x->rk);
	return rc;
}

/* What the brokers say of each partition. */
static enum vg_rc read_result(struct eraser *x, rd_kafka_event_t *ev,
			      struct vg_dead_purged *out, struct vg_err *err)
{
	const rd_kafka_topic_partition_list_t *l =
		rd_kafka_DeleteRecords_result_offsets(
			rd_kafka_event_DeleteRecords_result(ev));

	for (int i = 0; i < l->cnt; i++) {
		const rd_kafka_topic_partition_t *p = &l->elems[i];

		vg_kafka_note(&x->refusal, p->err, NULL);
		if (vg_kafka_refused(&x->refusal, err) != VG_OK)
			return VG_INVAL;
		if (p->err != RD_KAFKA_RESP_ERR_NO_ERROR)
			return vg_err_set(err, VG_RETRY,
					  "kafka: %.100s:%" PRId32
					  ": deleting records: %s",
					  p->topic, p->partition,
					  rd_kafka_err2str(p->err));
		if (p->partition >= 0 && (size_t)p->partition < out->n)
			out->below[p->partition] = p->offset;
	}
	return VG_OK;
}

static enum vg_rc await_result(struct eraser *x, struct vg_dead_purged *out,
			       struct vg_err *err)
{
	rd_kafka_event_t *ev = NULL;
	enum vg_rc rc;

	for (int ms = 0; ev == NULL && ms < ANSWER_MS; ms += ASK_MS) {
		(void)rd_kafka_poll(x->rk, 0);
		if (vg_kafka_refused(&x->refusal, err) != VG_OK)
			return VG_INVAL;
		ev = rd_kafka_queue_poll(x->q, ASK_MS);
	}
	if (ev == NULL)
		return vg_err_set(err, VG_RETRY, "kafka: no answer within %d s",
				  ANSWER_MS / 1000);
	vg_kafka_note(&x->refusal, rd_kafka_event_error(ev), NULL);
	rc = vg_kafka_refused(&x->refusal, err);
	if (rc == VG_OK && rd_kafka_event_error(ev))
		rc = vg_err_set(err, VG_RETRY, "kafka: deleting records: %s",
				rd_kafka_event_error_string(ev));
	if (rc == VG_OK)
		rc = read_result(x, ev, out, err);
	rd_kafka_event_destroy(ev);
	return rc;
}

/* Delete all below the offsets in `below`, or when NULL to the end. */
static enum vg_rc erase(struct eraser *x, struct vg_dead_purged *out,
			const int64_t *below, struct vg_err *err)
{
	rd_kafka_topic_partition_list_t *l =
		rd_kafka_topic_partition_list_new((int)out->n);

	for (size_t i = 0; i < out->n; i++)
		rd_kafka_topic_partition_list_add(l, out->topic, (int32_t)i)
			->offset =
			below != NULL ? below[i] : RD_KAFKA_OFFSET_END;
	rd_kafka_DeleteRecords_t *del = rd_kafka_DeleteRecords_new(l);
	rd_kafka_DeleteRecords(x->rk, &del, 1, NULL, x->q);
	rd_kafka_DeleteRecords_destroy(del);
	rd_kafka_topic_partition_list_destroy(l);
	return await_result(x, out, err);
}

/* How many partitions there are, and how many records in them at most. */
static enum vg_rc look(const struct vg_config *cfg, struct vg_dead_purged *out,
		       struct vg_err *err)
{
	struct vg_log_reader *r = NULL;
	int32_t n = 0;
	enum vg_rc rc = vg_log_reader_new(&r, cfg, err);

	if (rc == VG_OK)
		rc = vg_log_reader_partitions(r, out->topic, &n, err);
	if (rc == VG_OK && n > VG_DEAD_PARTS_MAX)
		rc = vg_err_set(err, VG_INVAL,
				"kafka: %.100s has more than %d partitions; "
				"delete its records with kafka-delete-records",
				out->topic, VG_DEAD_PARTS_MAX);
	for (int32_t i = 0; i < n && rc == VG_OK; i++) {
		int64_t low = 0, high = 0;

		rc = vg_log_reader_bounds(r, out->topic, i, &low, &high, err);
		out->records += high - low;
	}
	if (rc == VG_OK)
		out->n = (size_t)n;
	vg_log_reader_free(r);
	return rc;
}

static void finish(struct eraser *x)
{
	if (x->q != NULL)
		rd_kafka_queue_destroy(x->q);
	if (x->rk != NULL)
		rd_kafka_destroy(x->rk);
}

enum vg_rc vg_dead_purge(const struct vg_config *cfg,
			 const struct vg_partner *partner,
			 struct vg_dead_purged *out, struct vg_err *err)
{
	struct vg_dead_purged *d = calloc(1, sizeof *d);
	struct eraser x = {.rk = NULL};

	if (d == NULL)
		return vg_err_set(err, VG_FATAL, "dead letters: out of memory");
	vg_dead_topic(d->topic, cfg, partner);
	enum vg_rc rc = look(cfg, d, err);
	if (rc == VG_OK && d->n > 0)
		rc = connect_to(&x, cfg, err);
	if (rc == VG_OK && d->n > 0)
		rc = erase(&x, d, NULL, err);
	finish(&x);
	if (rc == VG_OK)
		*out = *d;
	free(d);
	return rc;
}

/* Where in each partition what came before `before_ms` ends; *records says how
 * much that is. */
static enum vg_rc find_old(const struct vg_config *cfg,
			   const struct vg_dead_purged *d, int64_t before_ms,
			   int64_t *below, int64_t *records, struct vg_err *err)
{
	struct vg_log_reader *r = NULL;
	enum vg_rc rc = vg_log_reader_new(&r, cfg, err);

	*records = 0;
	for (size_t i = 0; i < d->n && rc == VG_OK; i++) {
		int64_t low = 0, high = 0;

		rc = vg_log_reader_bounds(r, d->topic, (int32_t)i, &low, &high,
					  err);
		if (rc == VG_OK)
			rc = vg_log_reader_at(r, d->topic, (int32_t)i,
					      before_ms, &below[i], err);
		if (rc == VG_OK && below[i] > low)
			*records += below[i] - low;
	}
	vg_log_reader_free(r);
	return rc;
}

enum vg_rc vg_dead_expire(const struct vg_config *cfg,
			  const struct vg_partner *partner, int64_t before_ms,
			  int64_t *records, struct vg_err *err)
{
	struct vg_dead_purged *d = calloc(1, sizeof *d);
	int64_t *below = calloc(VG_DEAD_PARTS_MAX, sizeof *below);
	struct eraser x = {.rk = NULL};
	enum vg_rc rc = VG_OK;
	int64_t old = 0;

	if (d == NULL || below == NULL) {
		rc = vg_err_set(err, VG_FATAL, "dead letters: out of memory");
		goto out;
	}
	vg_dead_topic(d->topic, cfg, partner);
	rc = look(cfg, d, err);
	if (rc == VG_OK)
		rc = find_old(cfg, d, before_ms, below, &old, err);
	if (rc == VG_OK && old > 0)
		rc = connect_to(&x, cfg, err);
	if (rc == VG_OK && old > 0)
		rc = erase(&x, d, below, err);
	if (rc == VG_OK)
		*records = old;
out:
	finish(&x);
	free(below);
	free(d);
	return rc;
}
