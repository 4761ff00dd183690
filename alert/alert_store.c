#include "alert/alert_store.h"

#include "core/defect.h"
#include "core/timefmt.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEAD_KEYS = 4, HEAD_ARGS = 3, PER_PUT = 6 };

/* KEYS: lease, aseq. ARGV: owner, lease ms, log time judged or ''. */
static const char take_lease[] =
	"local t = redis.call('TIME')\n"
	"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
	"local l = redis.call('HMGET', KEYS[1], 'owner', 'epoch', 'until')\n"
	"local seq = redis.call('GET', KEYS[2]) or '0'\n"
	"local epoch = tonumber(l[2] or '0')\n"
	"if l[1] ~= ARGV[1] then\n"
	"  if l[3] and tonumber(l[3]) > now then return {0, seq} end\n"
	"  epoch = epoch + 1\n"
	"end\n"
	"redis.call('HSET', KEYS[1], 'owner', ARGV[1],\n"
	"  'epoch', string.format('%.0f', epoch),\n"
	"  'until', string.format('%.0f', now + tonumber(ARGV[2])))\n"
	"if ARGV[3] ~= '' then\n"
	"  redis.call('HSET', KEYS[1], 'judged', ARGV[3],\n"
	"    'judged_at', string.format('%.0f', now))\n"
	"end\n"
	"return {epoch, seq}\n";

/* The same KEYS and ARGV: taken from whoever holds it. */
static const char seize_lease[] =
	"local t = redis.call('TIME')\n"
	"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
	"local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0') + "
	"1\n"
	"redis.call('HSET', KEYS[1], 'owner', ARGV[1],\n"
	"  'epoch', string.format('%.0f', epoch),\n"
	"  'until', string.format('%.0f', now + tonumber(ARGV[2])))\n"
	"return {epoch, redis.call('GET', KEYS[2]) or '0'}\n";

/* KEYS: lease. ARGV: owner. */
static const char free_lease[] =
	"if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then\n"
	"  redis.call('HSET', KEYS[1], 'owner', '', 'until', '0')\n"
	"end\n"
	"return 1\n";

#define CHECK_EPOCH                                                            \
	"if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then\n"            \
	"  return redis.error_reply('VG FENCED')\n"                            \
	"end\n"

#define CHECK_REST                                                             \
	"local function is(key, want)\n"                                       \
	"  local t = redis.call('TYPE', key).ok\n"                             \
	"  return t == 'none' or t == want\n"                                  \
	"end\n"                                                                \
	"if not is(KEYS[2], 'zset') or not is(KEYS[3], 'stream')\n"            \
	"  or not is(KEYS[4], 'string') then\n"                                \
	"  return redis.error_reply('VG TYPE')\n"                              \
	"end\n"                                                                \
	"local seq = redis.call('GET', KEYS[4]) or '0'\n"                      \
	"if seq ~= ARGV[2] then return redis.error_reply('VG MOVED') end\n"    \
	"seq = tonumber(seq)\n"                                                \
	"if seq == nil then return redis.error_reply('VG TYPE') end\n"

/* KEYS: lease, alerts, astream, aseq, then document and history of each alert.
 * ARGV: epoch, last seq, stream length, then id, start, document, history. */
#define PUT_BODY                                                               \
	"local n = (#KEYS - 4) / 2\n"                                          \
	"for i = 1, n do\n"                                                    \
	"  if not is(KEYS[3 + 2 * i], 'string')\n"                             \
	"    or not is(KEYS[4 + 2 * i], 'list') then\n"                        \
	"    return redis.error_reply('VG TYPE')\n"                            \
	"  end\n"                                                              \
	"end\n"                                                                \
	"for i = 1, n do\n"                                                    \
	"  local a = 4 * i\n"                                                  \
	"  seq = seq + 1\n"                                                    \
	"  redis.call('SET', KEYS[3 + 2 * i], ARGV[a + 2])\n"                  \
	"  if ARGV[a + 3] ~= '' then\n"                                        \
	"    redis.call('RPUSH', KEYS[4 + 2 * i], ARGV[a + 3])\n"              \
	"  end\n"                                                              \
	"  redis.call('ZADD', KEYS[2], ARGV[a + 1], ARGV[a])\n"                \
	"  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*',\n"         \
	"    'seq', string.format('%.0f', seq), 'id', ARGV[a])\n"              \
	"end\n"                                                                \
	"redis.call('SET', KEYS[4], string.format('%.0f', seq))\n"             \
	"return seq\n"

/* The same KEYS; ARGV: epoch, last seq, stream length, then ids. */
/* What people said goes with the alert: keys of alert/desk.h, of our tag. */
#define FORGET                                                                 \
	"local function forget(id)\n"                                          \
	"  if not is('vg:{vg}:desk', 'hash')\n"                                \
	"    or not is('vg:{vg}:desk:at', 'zset') then return end\n"           \
	"  redis.call('DEL', 'vg:{vg}:desk:of:' .. id)\n"                      \
	"  for _, kind in ipairs({'acknowledge', 'assign', 'comment',\n"       \
	"    'close', 'verdict', 'release'}) do\n"                             \
	"    redis.call('HDEL', 'vg:{vg}:desk', id .. ' ' .. kind)\n"          \
	"    redis.call('ZREM', 'vg:{vg}:desk:at', id .. ' ' .. kind)\n"       \
	"  end\n"                                                              \
	"end\n"

#define DROP_BODY                                                              \
	"for i = 1, #ARGV - 3 do\n"                                            \
	"  seq = seq + 1\n"                                                    \
	"  redis.call('DEL', KEYS[3 + 2 * i], KEYS[4 + 2 * i])\n"              \
	"  forget(ARGV[3 + i])\n"                                              \
	"  redis.call('ZREM', KEYS[2], ARGV[3 + i])\n"                         \
	"  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*',\n"         \
	"    'seq', string.format('%.0f', seq), 'id', ARGV[3 + i])\n"          \
	"end\n"                                                                \
	"redis.call('SET', KEYS[4], string.format('%.0f', seq))\n"             \
	"return seq\n"

static const char put_alerts[] = CHECK_EPOCH CHECK_REST PUT_BODY;
static const char drop_alerts[] = CHECK_EPOCH CHECK_REST FORGET DROP_BODY;
#ifdef VG_DEFECTS
static const char put_unfenced[] = CHECK_REST PUT_BODY;
#else
#define put_unfenced put_alerts
#endif

static struct vg_slice number(char out[24], int64_t v)
{
	int n = snprintf(out, 24, "%" PRId64, v);

	return (struct vg_slice){out, (uint32_t)n};
}

static struct vg_slice text_of(const struct vg_buf *b)
{
	return (struct vg_slice){b->p != NULL ? b->p : "", (uint32_t)b->n};
}

static enum vg_rc run_lease(struct vg_store *s, const char *script,
			    const struct vg_slice *arg, size_t n,
			    struct vg_lease *out, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_eval(s, &r, script, 2, arg, n, err);

	if (rc != VG_OK)
		return rc;
	if (vg_reply_type(r) != VG_REPLY_ARRAY || vg_reply_count(r) != 2) {
		struct vg_slice why = vg_reply_text(r);
		rc = vg_err_set(err, VG_INVAL, "redis: the alert lease: %.*s",
				(int)(why.n < 100 ? why.n : 100),
				why.n > 0 ? why.p : "");
	} else {
		out->epoch = vg_reply_int(vg_reply_at(r, 0));
		out->seq = vg_reply_int(vg_reply_at(r, 1));
	}
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_lease_take(struct vg_store *s, const char *owner,
			 int64_t lease_ms, int64_t judged_ms,
			 struct vg_lease *out, struct vg_err *err)
{
	char ms[24], judged[24];
	const struct vg_slice arg[5] = {
		vg_slice_of(VG_KEY_LEASE), vg_slice_of(VG_KEY_ASEQ),
		vg_slice_of(owner), number(ms, lease_ms),
		judged_ms == INT64_MIN ? vg_slice_of("")
				       : number(judged, judged_ms)};

	return run_lease(s, take_lease, arg, 5, out, err);
}

enum vg_rc vg_lease_seize(struct vg_store *s, const char *owner,
			  int64_t lease_ms, struct vg_lease *out,
			  struct vg_err *err)
{
	char ms[24];
	const struct vg_slice arg[4] = {
		vg_slice_of(VG_KEY_LEASE), vg_slice_of(VG_KEY_ASEQ),
		vg_slice_of(owner), number(ms, lease_ms)};

	return run_lease(s, seize_lease, arg, 4, out, err);
}

enum vg_rc vg_lease_free(struct vg_store *s, const char *owner,
			 struct vg_err *err)
{
	const struct vg_slice arg[2] = {vg_slice_of(VG_KEY_LEASE),
					vg_slice_of(owner)};

	return vg_store_eval(s, NULL, free_lease, 1, arg, 2, err);
}

/* Keys and arguments of one call, with the texts of the keys. */
struct call {
	struct vg_slice arg[HEAD_KEYS + HEAD_ARGS + PER_PUT * VG_PUT_BATCH];
	char key[2 * VG_PUT_BATCH][80];
	char digits[VG_PUT_BATCH + 3][24];
	size_t n, n_keys, n_digits;
};

static void add(struct call *c, struct vg_slice s)
{
	assert(c->n < sizeof c->arg / sizeof c->arg[0]);
	c->arg[c->n++] = s;
}

static void add_number(struct call *c, int64_t v)
{
	char *out = c->digits[c->n_digits++];

	add(c, number(out, v));
}

static void add_alert_keys(struct call *c, const char *id)
{
	static const char *const suffix[2] = {"", ":h"};

	for (size_t i = 0; i < 2; i++) {
		char *key = c->key[c->n - HEAD_KEYS];

		snprintf(key, sizeof c->key[0], VG_KEY_ALERT "%s%s", id,
			 suffix[i]);
		add(c, vg_slice_of(key));
	}
}

static void add_head_keys(struct call *c)
{
	add(c, vg_slice_of(VG_KEY_LEASE));
	add(c, vg_slice_of(VG_KEY_ALERTS));
	add(c, vg_slice_of(VG_KEY_ASTREAM));
	add(c, vg_slice_of(VG_KEY_ASEQ));
}

static void add_head_args(struct call *c, const struct vg_lease *lease)
{
	c->n_keys = c->n;
	add_number(c, lease->epoch);
	add_number(c, lease->seq);
	add_number(c, VG_ASTREAM_MAX);
}

/* Run a prepared call and read what came of it. */
static enum vg_rc run(struct vg_store *s, const char *script,
		      const struct call *c, struct vg_lease *lease,
		      enum vg_put_result *result, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc =
		vg_store_eval(s, &r, script, c->n_keys, c->arg, c->n, err);

	if (rc != VG_OK)
		return rc;
	struct vg_slice text = vg_reply_text(r);
	if (vg_reply_type(r) != VG_REPLY_ERROR) {
		*result = VG_PUT_DONE;
		lease->seq = vg_reply_int(r);
	} else if (text.n >= 9 && memcmp(text.p, "VG FENCED", 9) == 0) {
		*result = VG_PUT_FENCED;
	} else if (text.n >= 8 && memcmp(text.p, "VG MOVED", 8) == 0) {
		*result = VG_PUT_MOVED;
	} else {
		rc = vg_err_set(err, VG_INVAL,
				"redis: a key under {vg} has the wrong type; "
				"move it away (%.*s)",
				(int)(text.n < 60 ? text.n : 60),
				text.n > 0 ? text.p : "");
	}
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_alerts_put(struct vg_store *s, struct vg_lease *lease,
			 const struct vg_put *put, size_t n,
			 enum vg_put_result *result, struct vg_err *err)
{
	const char *script =
		VG_DEFECT("lease-unchecked") ? put_unfenced : put_alerts;
	struct call *c = calloc(1, sizeof *c);

	assert(n > 0 && n <= VG_PUT_BATCH);
	if (c == NULL)
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	add_head_keys(c);
	for (size_t i = 0; i < n; i++)
		add_alert_keys(c, put[i].id);
	add_head_args(c, lease);
	for (size_t i = 0; i < n; i++) {
		add(c, vg_slice_of(put[i].id));
		add_number(c, put[i].start_ms);
		add(c, text_of(&put[i].doc));
		add(c, text_of(&put[i].history));
	}
	enum vg_rc rc = run(s, script, c, lease, result, err);
	free(c);
	return rc;
}

enum vg_rc vg_alerts_drop(struct vg_store *s, struct vg_lease *lease,
			  const struct vg_alert_ids *ids,
			  enum vg_put_result *result, struct vg_err *err)
{
	struct call *c = calloc(1, sizeof *c);

	assert(ids->n > 0 && ids->n <= VG_PUT_BATCH);
	if (c == NULL)
		return vg_err_set(err, VG_FATAL, "alert: out of memory");
	add_head_keys(c);
	for (size_t i = 0; i < ids->n; i++)
		add_alert_keys(c, ids->id[i]);
	add_head_args(c, lease);
	for (size_t i = 0; i < ids->n; i++)
		add(c, vg_slice_of(ids->id[i]));
	enum vg_rc rc = run(s, drop_alerts, c, lease, result, err);
	free(c);
	return rc;
}

/* The value of a text member of a document that we wrote: `"end":"..."`. */
static bool ended_before(struct vg_slice doc, const char *before)
{
	static const char mark[] = "\"end\":\"";
	const char *end = doc.p + doc.n;

	for (const char *p = doc.p; p + sizeof mark - 1 + 24 <= end; p++)
		if (memcmp(p, mark, sizeof mark - 1) == 0)
			return memcmp(p + sizeof mark - 1, before, 24) < 0;
	return false;
}

static enum vg_rc ask_doc(struct vg_store *s, struct vg_slice id,
			  struct vg_reply **out, struct vg_err *err)
{
	char key[80];

	snprintf(key, sizeof key, VG_KEY_ALERT "%.*s", (int)id.n, id.p);
	return vg_store_callf(s, out, err, "GET", key, (char *)NULL);
}

enum vg_rc vg_alerts_expire(struct vg_store *s, struct vg_lease *lease,
			    int64_t before_ms, size_t *removed,
			    struct vg_err *err)
{
	char max[24], before[VG_TIME_TEXT];
	struct vg_reply *r = NULL;
	struct vg_alert_ids ids = {.n = 0};
	enum vg_put_result result = VG_PUT_DONE;
	enum vg_rc rc = VG_OK;

	*removed = 0;
	snprintf(max, sizeof max, "(%" PRId64, before_ms);
	vg_time_print_ms(before, before_ms);
	rc = vg_store_callf(s, &r, err, "ZRANGEBYSCORE", VG_KEY_ALERTS, "-inf",
			    max, "LIMIT", "0", "64", (char *)NULL);
	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(r); i++) {
		struct vg_slice id = vg_reply_text(vg_reply_at(r, i));
		struct vg_reply *doc = NULL;

		if (id.n >= sizeof ids.id[0])
			continue;
		rc = ask_doc(s, id, &doc, err);
		if (rc == VG_OK && (vg_reply_type(doc) == VG_REPLY_NIL ||
				    ended_before(vg_reply_text(doc), before)))
			snprintf(ids.id[ids.n++], sizeof ids.id[0], "%.*s",
				 (int)id.n, id.p);
		vg_reply_free(doc);
	}
	vg_reply_free(r);
	if (rc == VG_OK && ids.n > 0)
		rc = vg_alerts_drop(s, lease, &ids, &result, err);
	if (rc == VG_OK && result == VG_PUT_DONE)
		*removed = ids.n;
	return rc;
}
