#include "verify/compare.h"

#include "aggregate/cells.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH_MAX = 4 };

static const int64_t HOUR_MS = 3600000;

void vg_compare_say(struct vg_compare *c, const char *fmt, ...)
{
	va_list ap;

	c->differences++;
	fprintf(c->out, "%s:%d ", c->partner->topic, (int)c->partition);
	va_start(ap, fmt);
	(void)vfprintf(c->out, fmt, ap);
	va_end(ap);
	fputc('\n', c->out);
}

enum vg_rc vg_compare_fetch(struct vg_compare *c, const char *verb,
			    const char *suffix, struct vg_reply **out,
			    struct vg_err *err)
{
	struct vg_buf key = {0};

	vg_key(&key, c->partner->topic, c->partition, suffix);
	if (key.failed)
		return vg_err_set(err, VG_FATAL, "verify: out of memory");
	struct vg_slice arg[4] = {vg_slice_of(verb), vg_slice_of(key.p),
				  vg_slice_of("0"), vg_slice_of("-1")};
	size_t n = strcmp(verb, "HGETALL") == 0 ? 2 : 4;
	enum vg_rc rc = vg_store_call(c->store, out, arg, n, err);
	vg_buf_term(&key);
	return rc;
}

enum vg_rc vg_compare_state(struct vg_compare *c, struct vg_compare_state *out,
			    struct vg_err *err)
{
	struct vg_compare_state s = {-1, -1, INT64_MIN, INT64_MIN, INT64_MIN};
	const struct {
		const char *name;
		int64_t *to;
	} member[] = {{"off", &s.offset},
		      {"from", &s.from},
		      {"lt", &s.log_ms},
		      {"wm", &s.watermark_ms},
		      {"roll", &s.rolled_ms}};
	struct vg_reply *reply = NULL;
	enum vg_rc rc = vg_compare_fetch(c, "HGETALL", "o", &reply, err);

	if (rc != VG_OK)
		return rc;
	for (size_t i = 0; i + 1 < vg_reply_count(reply); i += 2) {
		struct vg_slice name = vg_reply_text(vg_reply_at(reply, i));
		struct vg_slice text = vg_reply_text(vg_reply_at(reply, i + 1));
		int64_t v = 0;

		if (!vg_cell_parse(text, &v, 1))
			continue;
		for (size_t k = 0; k < sizeof member / sizeof *member; k++)
			if (vg_slice_eq(name, vg_slice_of(member[k].name)))
				*member[k].to = v;
	}
	vg_reply_free(reply);
	*out = s;
	return VG_OK;
}

/* A field for people: separators as |, the unprintable as dots. */
static const char *shown(struct vg_slice field, char out[128])
{
	size_t n = field.n < 127 ? field.n : 127;

	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)field.p[i];

		out[i] = (char)(b == VG_FIELD_SEP ? '|' : isprint(b) ? b : '.');
	}
	out[n] = '\0';
	return out;
}

/* When a bucket may be swept, in log time. */
static int64_t expiry_of(const struct vg_compare *c, struct vg_bucket_id id)
{
	const struct vg_part_env *env = c->env;
	const struct vg_config *cfg = env->cfg;
	const struct vg_partner *p = c->partner;
	int64_t keep_ms[VG_RES_N] = {cfg->keep_10s_ms, cfg->keep_1m_ms,
				     cfg->keep_1h_ms, cfg->keep_1d_ms};

	if (id.agg == VG_AGG_ACCOUNT)
		return id.start_ms + HOUR_MS + cfg->keep_1d_ms;
	if (id.agg >= VG_AGG_TRACK_0 &&
	    vg_plan_track(env->plan, vg_agg_track(id.agg))->reach_ms > 0)
		return INT64_MAX; /* firsts are kept */
	if (id.agg >= VG_AGG_TRACK_0)
		return id.start_ms +
		       vg_part_track_horizon(env, vg_agg_track(id.agg)) +
		       2 * vg_plan_track(env->plan, vg_agg_track(id.agg))
				       ->window_ms;
	if (id.agg == VG_AGG_SENSOR && id.res >= VG_RES_1H &&
	    p->has_identifiers_kept && p->identifiers_kept_ms < keep_ms[id.res])
		keep_ms[id.res] = p->identifiers_kept_ms;
	return id.start_ms + vg_res_ms((enum vg_res)id.res) + keep_ms[id.res];
}

/* True when the bucket may be gone. */
static bool may_be_gone(const struct vg_compare *c, struct vg_bucket_id id)
{
	if (id.agg < VG_AGG_SERIES_N && id.res == VG_RES_1M &&
	    id.start_ms >= c->rolled_ms)
		return false;
	return expiry_of(c, id) <= c->swept_ms;
}

/* True when it is of a track that is still being filled. */
static bool is_unfilled(const struct vg_compare *c, struct vg_bucket_id id)
{
	size_t track;

	if (id.agg < VG_AGG_TRACK_0)
		return false;
	track = vg_agg_track(id.agg);
	return (c->whole[track / 64] >> track % 64 & 1) == 0;
}

static void compare_cell(struct vg_compare *c, const char *bucket,
			 struct vg_slice field, const int64_t *want,
			 struct vg_slice text, unsigned width)
{
	char name[128];
	struct vg_buf print = {0};

	c->cells++;
	if (want != NULL)
		vg_cell_print(&print, want, width);
	if (want == NULL || print.n != text.n ||
	    memcmp(print.p, text.p, text.n) != 0)
		vg_compare_say(c, "%s %s: redis has %.*s, the log says %s",
			       bucket, shown(field, name), (int)text.n, text.p,
			       want != NULL ? print.p : "nothing");
	vg_buf_term(&print);
}

/* Notes that are not recounted: about lateness, and what a decoder left out. */
static bool is_skipped(struct vg_slice field)
{
	static const char *const skipped[] = {"late", "unknown_fields",
					      "trimmed"};

	for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
		if (vg_slice_eq(field, vg_slice_of(skipped[i])))
			return true;
	return false;
}

/* The account: its rejections are one number here. */
static void compare_account(struct vg_compare *c, const char *bucket,
			    const struct vg_reply *r,
			    const struct vg_table *want)
{
	const struct vg_slice rejected = vg_slice_of("rejected:*");
	int64_t rejections = 0;

	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2) {
		struct vg_slice field = vg_reply_text(vg_reply_at(r, i));
		struct vg_slice text = vg_reply_text(vg_reply_at(r, i + 1));

		if (field.n > 9 && memcmp(field.p, rejected.p, 9) == 0) {
			rejections += vg_reply_int(vg_reply_at(r, i + 1));
			continue;
		}
		if (is_skipped(field))
			continue;
		compare_cell(c, bucket, field, vg_table_get(want, field), text,
			     1);
	}
	int64_t *n = vg_table_get(want, rejected);
	if ((n != NULL ? *n : 0) != rejections)
		vg_compare_say(c,
			       "%s rejected: redis has %" PRId64 ", the log "
			       "says %" PRId64,
			       bucket, rejections, n != NULL ? *n : 0);
}

/* Every field the log wants and Redis lacks. */
static void compare_missing(struct vg_compare *c, const char *bucket,
			    const struct vg_table *have,
			    const struct vg_table *want)
{
	struct vg_slice field;
	int64_t *v = NULL;
	char name[128];

	for (size_t pos = 0; vg_table_next(want, &pos, &field, &v);) {
		if (vg_slice_eq(field, vg_slice_of("rejected:*")) ||
		    vg_table_get(have, field) != NULL)
			continue;
		vg_compare_say(c,
			       "%s %s: redis has nothing, the log says "
			       "%" PRId64,
			       bucket, shown(field, name), v[0]);
	}
}

/* The cells as they are stored, whose names are then `have`. */
static void compare_stored(struct vg_compare *c, const char *bucket,
			   unsigned width, const struct vg_reply *r,
			   struct vg_table *want, struct vg_table *have)
{
	bool account = width == 1;

	if (account)
		compare_account(c, bucket, r, want);
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2) {
		struct vg_slice f = vg_reply_text(vg_reply_at(r, i));

		if (vg_table_at(have, f, NULL) == NULL)
			abort();
		if (!account)
			compare_cell(c, bucket, f, vg_table_get(want, f),
				     vg_reply_text(vg_reply_at(r, i + 1)),
				     width);
	}
	compare_missing(c, bucket, have, want);
}

/* The cells as vg_compare_joined() has them. */
static void compare_joined(struct vg_compare *c, const char *bucket,
			   unsigned width, const struct vg_table *have,
			   const struct vg_table *want)
{
	struct vg_buf text = {0};
	struct vg_slice field;
	int64_t *v = NULL;

	for (size_t pos = 0; vg_table_next(have, &pos, &field, &v);) {
		vg_buf_reset(&text);
		vg_cell_print(&text, v, width);
		if (text.failed)
			abort();
		compare_cell(c, bucket, field, vg_table_get(want, field),
			     (struct vg_slice){text.p, (uint32_t)text.n},
			     width);
	}
	vg_buf_term(&text);
	compare_missing(c, bucket, have, want);
}

static enum vg_rc compare_bucket(struct vg_compare *c, const char *bucket,
				 struct vg_bucket_id id, struct vg_table *want,
				 struct vg_err *err)
{
	struct vg_reply *r = NULL;
	struct vg_table *none = NULL, *have;
	unsigned width = vg_cell_width(id.agg);
	enum vg_rc rc = vg_compare_fetch(c, "HGETALL", bucket, &r, err);

	if (rc != VG_OK)
		return rc;
	if (want == NULL)
		want = none = vg_table_new(width, 0);
	if (want == NULL)
		abort();
	have = vg_compare_joined(c, id, r);
	if (have == NULL && id.agg >= VG_AGG_STEPS_0) {
		vg_compare_say(c, "%s: redis has a list of times that is none",
			       bucket);
	} else if (have != NULL) {
		compare_joined(c, bucket, width, have, want);
	} else {
		have = vg_table_new(1, c->env->table_seed);
		if (have == NULL)
			abort();
		compare_stored(c, bucket, width, r, want, have);
	}
	vg_table_free(have);
	vg_table_free(none);
	vg_reply_free(r);
	return VG_OK;
}

/* Buckets that the log wants, that should live still, and that Redis lacks. */
static void compare_unlisted(struct vg_compare *c, const struct vg_recount *r,
			     const struct vg_table *listed)
{
	struct vg_bucket_id id;
	struct vg_table *t = NULL;
	struct vg_buf name = {0};

	for (size_t pos = 0;
	     vg_cells_next(vg_recount_cells(r), &pos, &id, &t);) {
		vg_buf_reset(&name);
		vg_bucket_name(&name, c->env->plan, id);
		if (name.failed)
			abort();
		struct vg_slice s = {.p = name.p, .n = (uint32_t)name.n};
		if (!may_be_gone(c, id) && !is_unfilled(c, id) &&
		    vg_table_get(listed, s) == NULL)
			vg_compare_say(c,
				       "%s: redis has no such bucket, the "
				       "log says %zu cells",
				       name.p, vg_table_count(t));
	}
	vg_buf_term(&name);
}

static enum vg_rc compare_listed(struct vg_compare *c,
				 const struct vg_recount *r,
				 const struct vg_reply *list,
				 struct vg_table *listed, struct vg_err *err)
{
	enum vg_rc rc = VG_OK;

	for (size_t i = 0; i < vg_reply_count(list) && rc == VG_OK; i++) {
		struct vg_slice s = vg_reply_text(vg_reply_at(list, i));
		char name[VG_BUCKET_NAME_MAX + 1];
		struct vg_bucket_id id;

		if (vg_table_at(listed, s, NULL) == NULL)
			abort();
		if (s.n > VG_BUCKET_NAME_MAX ||
		    !vg_bucket_parse(c->env->plan, s, &id) ||
		    may_be_gone(c, id))
			continue; /* of a rule no longer loaded, or ending */
		if (is_unfilled(c, id)) {
			c->unfilled++;
			continue;
		}
		memcpy(name, s.p, s.n);
		name[s.n] = '\0';
		rc = compare_bucket(c, name, id,
				    vg_cells_get(vg_recount_cells(r), id), err);
	}
	return rc;
}

enum vg_rc vg_compare_cells(struct vg_compare *c, const struct vg_recount *r,
			    struct vg_err *err)
{
	struct vg_reply *list = NULL;
	struct vg_table *listed = vg_table_new(1, c->env->table_seed);

	if (listed == NULL)
		return vg_err_set(err, VG_FATAL, "verify: out of memory");
	enum vg_rc rc = vg_compare_fetch(c, "ZRANGE", "x", &list, err);
	if (rc == VG_OK)
		rc = compare_listed(c, r, list, listed, err);
	if (rc == VG_OK)
		compare_unlisted(c, r, listed);
	vg_reply_free(list);
	vg_table_free(listed);
	return rc;
}
