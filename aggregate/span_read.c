#include "aggregate/span_read.h"

#include "aggregate/keys.h"

#include <assert.h>
#include <stdlib.h>

static void take(const struct vg_reply *cells, size_t n,
		 struct vg_span_cell *out)
{
	for (size_t i = 0; i < n; i++) {
		int64_t v[4];

		out[i] = (struct vg_span_cell){.there = false};
		if (i < vg_reply_count(cells) &&
		    vg_cell_parse(vg_reply_text(vg_reply_at(cells, i)), v, 4))
			out[i] = (struct vg_span_cell){true, v[0], v[1], v[2],
						       v[3]};
	}
}

enum vg_rc vg_spans_read(struct vg_store *s, const struct vg_span_ask *ask,
			 struct vg_span_cell *out, struct vg_err *err)
{
	const struct vg_bucket_id id = {
		.agg = (uint16_t)vg_plan_agg(ask->plan, ask->track),
		.start_ms = ask->start_ms};
	struct vg_slice *arg = calloc(ask->n + 2, sizeof *arg);
	struct vg_buf bucket = {0}, key = {0};
	struct vg_reply *cells = NULL;
	enum vg_rc rc = VG_OK;

	assert(ask->n > 0 && ask->n <= VG_SPANS_MAX);
	vg_bucket_name(&bucket, ask->plan, id);
	if (!bucket.failed)
		vg_key(&key, ask->topic, ask->partition, bucket.p);
	if (arg == NULL || bucket.failed || key.failed) {
		rc = vg_err_set(err, VG_FATAL, "spans: out of memory");
		goto out;
	}
	arg[0] = vg_slice_of("HMGET");
	arg[1] = (struct vg_slice){key.p, (uint32_t)key.n};
	memcpy(arg + 2, ask->field, ask->n * sizeof *arg);
	rc = vg_store_call(s, &cells, arg, ask->n + 2, err);
	if (rc == VG_OK)
		take(cells, ask->n, out);
out:
	vg_reply_free(cells);
	vg_buf_term(&bucket);
	vg_buf_term(&key);
	free(arg);
	return rc;
}
