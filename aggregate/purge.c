#include "aggregate/purge.h"

#include "aggregate/keys.h"
#include "aggregate/sensors.h"
#include "core/defect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX = 384, NUMBER_MAX = 24, KINDS_TEXT = 16, PAGE = 512 };

static const char *const KINDS[VG_PURGE_KINDS] = {
	"series", "tracks",    "account", "ids",      "index", "stream",
	"epochs", "heartbeat", "sensors", "recalled", "other"};

/* KEYS: o, x, d, p. ARGV: offset, schema, hash key's fingerprint.
 *
 * Every write can be done twice, as a cut append-only file may have it. */
static const char begin_part[] =
	"local o, p = KEYS[1], KEYS[4]\n"
	"local want = {'hash', 'zset', 'stream', 'hash'}\n"
	"for i, w in ipairs(want) do\n"
	"  local t = redis.call('TYPE', KEYS[i]).ok\n"
	"  if t ~= 'none' and t ~= w then\n"
	"    return redis.error_reply('VG TYPE ' .. KEYS[i])\n"
	"  end\n"
	"end\n"
	"if redis.call('HEXISTS', o, 'purging') == 1 then\n"
	"  return redis.call('HGET', o, 'from')\n"
	"end\n"
	"local n = ARGV[1]\n"
	"local off = redis.call('HGET', o, 'off')\n"
	"if off and tonumber(off) > tonumber(n) then n = off end\n"
	"local names = redis.call('ZCARD', KEYS[2])\n"
	"local entries = redis.call('XLEN', KEYS[3])\n"
	"redis.call('HSET', o, 'purging', '1')\n"
	"redis.call('HINCRBY', o, 'epoch', 1)\n"
	"redis.call('HDEL', o, 'po', 'ph', 'wm', 'lt', 'roll', 'cfg', 'ids',\n"
	"  'kept', 'recalls', 'heard')\n"
	"redis.call('HSET', o, 'schema', ARGV[2], 'hk', ARGV[3],\n"
	"  'from', n, 'next', n, 'off', n, 'live', 0)\n"
	"redis.call('HSET', p, 'index:keys', names > 0 and 1 or 0,\n"
	"  'index:items', names, 'stream:keys', entries > 0 and 1 or 0,\n"
	"  'stream:items', entries)\n"
	"redis.call('UNLINK', KEYS[2])\n"
	"redis.call('XADD', KEYS[3], 'MAXLEN', 1, '*', 'prev', -2, 'off', n,\n"
	"  'b', '')\n"
	"return n\n";

/* KEYS: o, p, then keys to go. ARGV: the kind of each. */
static const char sweep_part[] =
	"if redis.call('HEXISTS', KEYS[1], 'purging') == 0 then\n"
	"  return redis.error_reply('VG NOTPURGING')\n"
	"end\n"
	"local size = {hash = 'HLEN', zset = 'ZCARD', stream = 'XLEN',\n"
	"  list = 'LLEN', set = 'SCARD', string = 'STRLEN'}\n"
	"local gone = 0\n"
	"for i = 3, #KEYS do\n"
	"  local t = redis.call('TYPE', KEYS[i]).ok\n"
	"  if t ~= 'none' then\n"
	"    local n = size[t] and redis.call(size[t], KEYS[i]) or 1\n"
	"    if t == 'string' then n = 1 end\n"
	"    redis.call('HINCRBY', KEYS[2], ARGV[i - 2] .. ':keys', 1)\n"
	"    redis.call('HINCRBY', KEYS[2], ARGV[i - 2] .. ':items', n)\n"
	"    redis.call('UNLINK', KEYS[i])\n"
	"    gone = gone + 1\n"
	"  end\n"
	"end\n"
	"return gone\n";

/* KEYS: o, p. */
static const char end_part[] = "redis.call('HDEL', KEYS[1], 'purging')\n"
			       "redis.call('DEL', KEYS[2])\n"
			       "return 1\n";

const char *vg_purge_kind_name(enum vg_purge_kind k)
{
	return KINDS[k];
}

/* "vg:{topic:partition}:suffix" */
static struct vg_slice key_of(char out[KEY_MAX], const char *topic,
			      int32_t partition, const char *suffix)
{
	int n = snprintf(out, KEY_MAX, "vg:{%s:%" PRId32 "}:%s", topic,
			 partition, suffix);

	return (struct vg_slice){out, (uint32_t)(n < KEY_MAX ? n : 0)};
}

static enum vg_rc refused(const struct vg_reply *r,
			  const struct vg_member_at *at, struct vg_err *err)
{
	struct vg_slice why = vg_reply_text(r);

	return vg_err_set(
		err, VG_INVAL,
		"redis: partition %.100s:%" PRId32 ": %.*s: something "
		"else writes to this Redis; delete what it wrote, "
		"then purge again",
		at->topic, at->partition, (int)(why.n < 80 ? why.n : 80),
		why.n > 0 ? why.p : "no answer");
}

enum vg_rc vg_purge_begin(struct vg_store *s, const struct vg_part_env *env,
			  const struct vg_member_at *place, int64_t *from,
			  struct vg_err *err)
{
	static const char *const SUFFIX[] = {"o", "x", "d", "p"};
	char key[4][KEY_MAX], at[NUMBER_MAX], schema[NUMBER_MAX], hk[65];
	struct vg_slice arg[7];
	struct vg_reply *r = NULL;

	for (size_t i = 0; i < 4; i++)
		arg[i] = key_of(key[i], place->topic, place->partition,
				SUFFIX[i]);
	(void)snprintf(at, sizeof at, "%" PRId64, place->offset);
	(void)snprintf(schema, sizeof schema, "%d", VG_SCHEMA);
	vg_sha256_hex(hk, env->hash_key, VG_HASH_KEY);
	arg[4] = vg_slice_of(at);
	arg[5] = vg_slice_of(schema);
	arg[6] = vg_slice_of(hk);
	enum vg_rc rc = vg_store_eval(s, &r, begin_part, 4, arg, 7, err);
	if (rc != VG_OK)
		return rc;
	if (vg_reply_type(r) == VG_REPLY_STRING)
		*from = vg_reply_int(r);
	else
		rc = refused(r, place, err);
	vg_reply_free(r);
	return rc;
}

/* What a key's name behind the tag says it holds; VG_PURGE_KINDS: it stays. */
static enum vg_purge_kind kind_of(struct vg_slice suffix)
{
	static const struct {
		const char *begins;
		enum vg_purge_kind kind;
	} NAMES[] = {{"c:t-", VG_PURGE_TRACKS},
		     {"c:", VG_PURGE_SERIES},
		     {"a:", VG_PURGE_ACCOUNT}};
	static const struct {
		const char *name;
		enum vg_purge_kind kind;
	} WHOLE[] = {{"i", VG_PURGE_IDS},
		     {"x", VG_PURGE_INDEX},
		     {"g", VG_PURGE_EPOCHS},
		     {"s", VG_PURGE_HEARTBEAT},
		     {VG_SENSORS_KEY, VG_PURGE_SENSORS},
		     {"r", VG_PURGE_RECALLED},
		     {"o", VG_PURGE_KINDS},
		     {"d", VG_PURGE_KINDS},
		     {"p", VG_PURGE_KINDS}};

	for (size_t i = 0; i < sizeof WHOLE / sizeof *WHOLE; i++)
		if (vg_slice_eq(suffix, vg_slice_of(WHOLE[i].name)))
			return WHOLE[i].kind;
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
		size_t n = strlen(NAMES[i].begins);

		if (suffix.n >= n && memcmp(suffix.p, NAMES[i].begins, n) == 0)
			return NAMES[i].kind;
	}
	return VG_PURGE_OTHER;
}

/* Keys of one partition that go together. */
struct page {
	int32_t partition;
	size_t n;
	char o[KEY_MAX], p[KEY_MAX];
	struct vg_slice arg[2 + 2 * PAGE]; /* keys, then kinds */
	enum vg_purge_kind kind[PAGE];
};

static enum vg_rc run_page(struct vg_store *s, struct page *g, bool *begun,
			   int64_t *removed, struct vg_err *err)
{
	struct vg_reply *r = NULL;

	for (size_t i = 0; i < g->n; i++)
		g->arg[2 + g->n + i] = vg_slice_of(KINDS[g->kind[i]]);
	enum vg_rc rc = vg_store_eval(s, &r, sweep_part, 2 + g->n, g->arg,
				      2 + 2 * g->n, err);
	if (rc != VG_OK)
		return rc;
	*begun = vg_reply_type(r) == VG_REPLY_INT;
	*removed += *begun ? vg_reply_int(r) : 0;
	vg_reply_free(r);
	return VG_OK;
}

/* Remove the page's keys. A partition that nobody knew of is begun first. */
static enum vg_rc take_page(struct vg_store *s, const struct vg_part_env *env,
			    const char *topic, struct page *g, int64_t *removed,
			    struct vg_err *err)
{
	const struct vg_member_at at = {.topic = topic,
					.partition = g->partition};
	bool begun = false;
	int64_t from = 0;
	enum vg_rc rc = VG_OK;

	if (g->n == 0)
		return VG_OK;
	g->arg[0] = key_of(g->o, topic, g->partition, "o");
	g->arg[1] = key_of(g->p, topic, g->partition, "p");
	rc = run_page(s, g, &begun, removed, err);
	if (rc != VG_OK || begun)
		return rc;
	rc = vg_purge_begin(s, env, &at, &from, err);
	if (rc == VG_OK)
		rc = run_page(s, g, &begun, removed, err);
	return rc;
}

/* Cut "vg:{topic:12}:suffix"; false when it is no partition's. */
static bool cut(struct vg_slice key, const char *topic, int32_t *partition,
		struct vg_slice *suffix)
{
	size_t at = strlen("vg:{") + strlen(topic) + 1, n = 0;
	int64_t v = 0;

	for (; at < key.n && key.p[at] >= '0' && key.p[at] <= '9'; at++, n++)
		v = v > INT32_MAX ? v : v * 10 + (key.p[at] - '0');
	if (n == 0 || v > INT32_MAX || at + 2 > key.n || key.p[at] != '}' ||
	    key.p[at + 1] != ':')
		return false;
	*partition = (int32_t)v;
	*suffix = (struct vg_slice){key.p + at + 2, key.n - (uint32_t)at - 2};
	return true;
}

/* Remove what `keys` names, one partition after the other. */
static enum vg_rc take_keys(struct vg_store *s, const struct vg_part_env *env,
			    const char *topic, const struct vg_reply *keys,
			    int64_t *removed, struct vg_err *err)
{
	struct page *g = malloc(sizeof *g);
	enum vg_rc rc = VG_OK;

	if (g == NULL)
		return vg_err_set(err, VG_FATAL, "purge: out of memory");
	g->n = 0;
	g->partition = -1;
	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(keys); i++) {
		struct vg_slice key = vg_reply_text(vg_reply_at(keys, i));
		struct vg_slice suffix;
		int32_t partition = 0;

		if (!cut(key, topic, &partition, &suffix) ||
		    kind_of(suffix) == VG_PURGE_KINDS)
			continue;
		if (partition != g->partition || g->n == PAGE) {
			rc = take_page(s, env, topic, g, removed, err);
			g->n = 0;
			g->partition = partition;
		}
		g->kind[g->n] = kind_of(suffix);
		g->arg[2 + g->n++] = key;
	}
	if (rc == VG_OK)
		rc = take_page(s, env, topic, g, removed, err);
	free(g);
	return rc;
}

enum vg_rc vg_purge_step(struct vg_store *s, const struct vg_part_env *env,
			 const char *topic, struct vg_purge_walk *w,
			 struct vg_err *err)
{
	char cursor[NUMBER_MAX], match[KEY_MAX], count[NUMBER_MAX];
	struct vg_reply *r = NULL;

	/* A topic's name has no byte that a pattern would read. */
	(void)snprintf(match, sizeof match, "vg:{%s:*}:*", topic);
	(void)snprintf(cursor, sizeof cursor, "%" PRIu64, w->cursor);
	(void)snprintf(count, sizeof count, "%d", 2 * PAGE);
	enum vg_rc rc = vg_store_callf(s, &r, err, "SCAN", cursor, "MATCH",
				       match, "COUNT", count, (char *)NULL);
	if (rc != VG_OK)
		return rc;
	const struct vg_reply *keys = vg_reply_at(r, 1);
	if (!VG_DEFECT("purge-half"))
		rc = take_keys(s, env, topic, keys, &w->removed, err);
	if (rc == VG_OK) {
		struct vg_slice next = vg_reply_text(vg_reply_at(r, 0));

		w->cursor = next.n > 0 ? strtoull(next.p, NULL, 10) : 0;
		w->done = w->cursor == 0;
		w->begun = true;
	}
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_purge_counts(struct vg_store *s, const char *topic,
			   int32_t partition, struct vg_purge_counts *out,
			   struct vg_err *err)
{
	char key[KEY_MAX], name[KINDS_TEXT + 8];
	struct vg_reply *r = NULL;

	(void)key_of(key, topic, partition, "p");
	enum vg_rc rc =
		vg_store_callf(s, &r, err, "HGETALL", key, (char *)NULL);
	if (rc != VG_OK)
		return rc;
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i + 1 < vg_reply_count(r); i += 2) {
		struct vg_slice field = vg_reply_text(vg_reply_at(r, i));
		int64_t n = vg_reply_int(vg_reply_at(r, i + 1));

		for (size_t k = 0; k < VG_PURGE_KINDS; k++) {
			(void)snprintf(name, sizeof name, "%s:keys", KINDS[k]);
			if (vg_slice_eq(field, vg_slice_of(name)))
				out->keys[k] = n;
			(void)snprintf(name, sizeof name, "%s:items", KINDS[k]);
			if (vg_slice_eq(field, vg_slice_of(name)))
				out->items[k] = n;
		}
	}
	vg_reply_free(r);
	return VG_OK;
}

enum vg_rc vg_purge_end(struct vg_store *s, const char *topic,
			int32_t partition, struct vg_err *err)
{
	char o[KEY_MAX], p[KEY_MAX];
	const struct vg_slice arg[] = {key_of(o, topic, partition, "o"),
				       key_of(p, topic, partition, "p")};

	return vg_store_eval(s, NULL, end_part, 2, arg, 2, err);
}
