#include "ingest/log_reader.h"

#include "ingest/kafka.h"

#include <stdlib.h>

enum { ANSWER_MS = 15000, ASK_MS = 500, QUIET_MAX = 30 };

struct vg_log_reader {
	rd_kafka_t *rk;
	struct vg_kafka_refusal refusal;
	int asks, quiet_s;
};

static void on_error(rd_kafka_t *rk, int e, const char *why, void *ctx)
{
	struct vg_log_reader *r = ctx;

	(void)rk;
	vg_kafka_note(&r->refusal, (rd_kafka_resp_err_t)e, why);
}

enum vg_rc vg_log_reader_new(struct vg_log_reader **out,
			     const struct vg_config *cfg, struct vg_err *err)
{
	const struct vg_kafka_option option[] = {
		{"group.id", "vigie-log-reader"},
		{"enable.auto.commit", "false"},
		{"enable.partition.eof", "true"},
		{"auto.offset.reset", "error"},
		{"isolation.level", "read_committed"},
		{"check.crcs", "true"},
		{"queued.max.messages.kbytes", "65536"},
		{"queued.min.messages", "200000"}};
	struct vg_log_reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		return vg_err_set(err, VG_FATAL, "log reader: out of memory");
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const struct vg_kafka_spec spec = {RD_KAFKA_CONSUMER, conf, option,
					   sizeof option / sizeof option[0]};
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, NULL); /* what matters is an error too */
	rd_kafka_conf_set_opaque(conf, r);
	enum vg_rc rc = vg_kafka_new(&r->rk, cfg, &spec, err);
	if (rc != VG_OK) {
		free(r);
		return rc;
	}
	rd_kafka_poll_set_consumer(r->rk);
	r->asks = ANSWER_MS / ASK_MS;
	r->quiet_s = QUIET_MAX;
	*out = r;
	return VG_OK;
}

void vg_log_reader_patience(struct vg_log_reader *r, int64_t ms)
{
	r->asks = ms < ASK_MS ? 1 : (int)(ms / ASK_MS);
	r->quiet_s = ms < 1000 ? 1 : (int)(ms / 1000);
}

void vg_log_reader_free(struct vg_log_reader *r)
{
	if (r == NULL)
		return;
	(void)rd_kafka_consumer_close(r->rk);
	rd_kafka_destroy(r->rk);
	free(r);
}

/* What became of an answer that is not there: refused, or away. */
static enum vg_rc away(struct vg_log_reader *r, struct vg_err *err,
		       const char *topic, rd_kafka_resp_err_t e)
{
	vg_kafka_note(&r->refusal, e, NULL);
	if (vg_kafka_refused(&r->refusal, err) != VG_OK)
		return VG_INVAL;
	char what[192];

	(void)snprintf(what, sizeof what, "%.100s: %s", topic,
		       rd_kafka_err2str(e));
	return vg_kafka_away(&r->refusal, what, err);
}

/* Have the client say what came up while it waited; true when it is worth
 * asking again. */
static bool may_ask_again(struct vg_log_reader *r, rd_kafka_resp_err_t e)
{
	rd_kafka_message_t *m;

	while ((m = rd_kafka_consumer_poll(r->rk, 0)) != NULL) {
		vg_kafka_note(&r->refusal, m->err, NULL);
		rd_kafka_message_destroy(m);
	}
	return r->refusal.remedy == NULL &&
	       (e == RD_KAFKA_RESP_ERR__TIMED_OUT ||
		e == RD_KAFKA_RESP_ERR__TRANSPORT);
}

enum vg_rc vg_log_reader_partitions(struct vg_log_reader *r, const char *topic,
				    int32_t *n, struct vg_err *err)
{
	const struct rd_kafka_metadata *meta = NULL;
	rd_kafka_topic_t *t = rd_kafka_topic_new(r->rk, topic, NULL);

	if (t == NULL)
		return away(r, err, topic, rd_kafka_last_error());
	rd_kafka_resp_err_t e;
	int left = r->asks;
	do
		e = rd_kafka_metadata(r->rk, 0, t, &meta, ASK_MS);
	while (e != RD_KAFKA_RESP_ERR_NO_ERROR && may_ask_again(r, e) &&
	       --left > 0);
	rd_kafka_topic_destroy(t);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		return away(r, err, topic, e);
	e = meta->topic_cnt == 1 ? meta->topics[0].err
				 : RD_KAFKA_RESP_ERR_NO_ERROR;
	int32_t found = meta->topic_cnt == 1 && e == RD_KAFKA_RESP_ERR_NO_ERROR
				? meta->topics[0].partition_cnt
				: 0;
	rd_kafka_metadata_destroy(meta);
	if (vg_kafka_remedy(e, NULL) != NULL)
		return away(r, err, topic, e);
	*n = found;
	return VG_OK;
}

enum vg_rc vg_log_reader_bounds(struct vg_log_reader *r, const char *topic,
				int32_t partition, int64_t *low, int64_t *high,
				struct vg_err *err)
{
	int64_t lo = 0, hi = 0;
	rd_kafka_resp_err_t e;
	int left = r->asks;

	do
		e = rd_kafka_query_watermark_offsets(r->rk, topic, partition,
						     &lo, &hi, ASK_MS);
	while (e != RD_KAFKA_RESP_ERR_NO_ERROR && may_ask_again(r, e) &&
	       --left > 0);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		return away(r, err, topic, e);
	*low = lo;
	*high = hi;
	return VG_OK;
}

enum vg_rc vg_log_reader_at(struct vg_log_reader *r, const char *topic,
			    int32_t partition, int64_t time_ms, int64_t *offset,
			    struct vg_err *err)
{
	rd_kafka_resp_err_t e;
	int left = r->asks;
	int64_t low = 0, high = 0, found = -1;

	do {
		rd_kafka_topic_partition_list_t *l =
			rd_kafka_topic_partition_list_new(1);
		rd_kafka_topic_partition_t *p =
			rd_kafka_topic_partition_list_add(l, topic, partition);

		p->offset = time_ms;
		e = rd_kafka_offsets_for_times(r->rk, l, ASK_MS);
		if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
			e = p->err;
		found = p->offset;
		rd_kafka_topic_partition_list_destroy(l);
	} while (e != RD_KAFKA_RESP_ERR_NO_ERROR && may_ask_again(r, e) &&
		 --left > 0);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		return away(r, err, topic, e);
	enum vg_rc rc = VG_OK;
	/* No record is that young. */
	if (found < 0)
		rc = vg_log_reader_bounds(r, topic, partition, &low, &high,
					  err);
	if (rc == VG_OK)
		*offset = found < 0 ? high : found;
	return rc;
}

static struct vg_slice slice(const void *p, size_t n)
{
	return (struct vg_slice){.p = p, .n = (uint32_t)n};
}

/* Hand one record to `take`. */
static enum vg_rc give(rd_kafka_message_t *m,
		       enum vg_rc (*take)(void *, const struct vg_log_record *,
					  struct vg_err *),
		       void *ctx, struct vg_err *err)
{
	rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
	struct vg_log_record rec = {
		.offset = m->offset,
		.ts_ms = rd_kafka_message_timestamp(m, &kind),
		.key = slice(m->key, m->key_len),
		.value = slice(m->payload, m->len),
		.log_append_time = kind == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME};

	vg_kafka_signature(m, &rec.signature, &rec.n_signatures);
	return take(ctx, &rec, err);
}

/* Point the consumer at one offset. */
static enum vg_rc assign(struct vg_log_reader *r, const char *topic,
			 int32_t partition, int64_t from, struct vg_err *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, topic, partition)->offset =
		from;
	rd_kafka_resp_err_t e = rd_kafka_assign(r->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return e == RD_KAFKA_RESP_ERR_NO_ERROR ? VG_OK : away(r, err, topic, e);
}

struct bounded {
	struct vg_log_reader *r;
	const char *topic;
	int64_t next, to;
	enum vg_rc (*take)(void *, const struct vg_log_record *,
			   struct vg_err *);
	void *ctx;
	bool done;
};

static enum vg_rc take_message(struct bounded *b, rd_kafka_message_t *m,
			       struct vg_err *err)
{
	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		/* The end, though markers may lie before `to`. */
		b->done = m->offset >= b->to || b->next >= b->to;
		return VG_OK;
	}
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return away(b->r, err, b->topic, m->err);
	if (m->offset >= b->to) {
		b->done = true;
		return VG_OK;
	}
	if (m->offset < b->next)
		return VG_OK;
	b->next = m->offset + 1;
	enum vg_rc rc = give(m, b->take, b->ctx, err);
	b->done = b->next >= b->to;
	return rc;
}

static enum vg_rc read_on(struct vg_log_reader *r, struct bounded *b,
			  struct vg_err *err)
{
	enum vg_rc rc = VG_OK;
	int quiet = 0;

	while (rc == VG_OK && !b->done) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(r->rk, 1000);

		if (m == NULL) {
			if (++quiet > r->quiet_s)
				return vg_err_set(err, VG_RETRY,
						  "kafka: %.100s: no record "
						  "for %d s",
						  b->topic, r->quiet_s);
			continue;
		}
		quiet = 0;
		rc = take_message(b, m, err);
		rd_kafka_message_destroy(m);
	}
	return rc;
}

enum vg_rc vg_log_reader_read(
	struct vg_log_reader *r, const struct vg_log_range *range,
	enum vg_rc (*take)(void *ctx, const struct vg_log_record *rec,
			   struct vg_err *err),
	void *ctx, struct vg_err *err)
{
	struct bounded b = {.r = r,
			    .topic = range->topic,
			    .next = range->from,
			    .to = range->to,
			    .take = take,
			    .ctx = ctx};

	if (range->from >= range->to)
		return VG_OK;
	enum vg_rc rc =
		assign(r, range->topic, range->partition, range->from, err);
	if (rc == VG_OK)
		rc = read_on(r, &b, err);
	(void)rd_kafka_assign(r->rk, NULL);
	return rc;
}
