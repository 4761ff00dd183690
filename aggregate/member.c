#include "aggregate/member.h"

#include "aggregate/keys.h"
#include "aggregate/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_MAX = 320, NUMBER_MAX = 24, OWNED_MS = 10000 };

/* KEYS: o, x. ARGV: schema, hash key's fingerprint, offset. */
static const char start_part[] =
	"local o = KEYS[1]\n"
	"for i, want in ipairs({'hash', 'zset'}) do\n"
	"  local t = redis.call('TYPE', KEYS[i]).ok\n"
	"  if t ~= 'none' and t ~= want then\n"
	"    return redis.error_reply('VG TYPE ' .. KEYS[i])\n"
	"  end\n"
	"end\n"
	"local v = redis.call('HMGET', o, 'schema', 'hk', 'off', "
	"'next')\n" VG_LUA_CHECK_DATA
	"if v[3] or v[4] or redis.call('ZCARD', KEYS[2]) > 0 then\n"
	"  return 0\n"
	"end\n"
	"redis.call('HSET', o, 'schema', ARGV[1], 'hk', ARGV[2],\n"
	"  'from', ARGV[3], 'next', ARGV[3], 'off', ARGV[3], 'live', 0)\n"
	"return 1\n";

static enum vg_rc key_of(char out[KEY_MAX], const char *topic,
			 int32_t partition, const char *suffix,
			 struct vg_err *err)
{
	struct vg_buf b = {0};

	vg_key(&b, topic, partition, suffix);
	bool fits = !b.failed && b.n < KEY_MAX;
	if (fits)
		(void)snprintf(out, KEY_MAX, "%s", b.p);
	vg_buf_term(&b);
	return fits ? VG_OK : vg_err_set(err, VG_FATAL, "redis: out of memory");
}

static int64_t int_or(const struct vg_reply *r, size_t i, int64_t absent)
{
	const struct vg_reply *m = vg_reply_at(r, i);

	return m == NULL || vg_reply_type(m) == VG_REPLY_NIL ? absent
							     : vg_reply_int(m);
}

static enum vg_rc read_part(struct vg_store *s, const char *topic,
			    struct vg_member_part *p, struct vg_err *err)
{
	char o[KEY_MAX], beat[KEY_MAX];
	struct vg_reply *r = NULL;
	enum vg_rc rc = key_of(o, topic, p->partition, "o", err);

	if (rc == VG_OK)
		rc = key_of(beat, topic, p->partition, "s", err);
	if (rc == VG_OK)
		rc = vg_store_callf(s, &r, err, "HMGET", o, "from", "off",
				    "epoch", "lt", "purging", (char *)NULL);
	if (rc != VG_OK)
		return rc;
	p->from = int_or(r, 0, -1);
	p->offset = int_or(r, 1, -1);
	p->epoch = int_or(r, 2, -1);
	p->log_ms = int_or(r, 3, INT64_MIN);
	p->purging = int_or(r, 4, 0) != 0;
	vg_reply_free(r);
	r = NULL;
	rc = vg_store_callf(s, &r, err, "HMGET", beat, "hw", "at",
			    (char *)NULL);
	if (rc != VG_OK)
		return rc;
	p->high = int_or(r, 0, -1);
	p->heartbeat_ms = int_or(r, 1, INT64_MIN);
	vg_reply_free(r);
	return VG_OK;
}

/* The number behind "topic:", or -1. */
static int32_t number_in(struct vg_slice name, const char *topic)
{
	size_t n = strlen(topic);
	int64_t number = 0;

	if (name.n < n + 2 || memcmp(name.p, topic, n) != 0 || name.p[n] != ':')
		return -1;
	for (size_t i = n + 1; i < name.n; i++) {
		if (name.p[i] < '0' || name.p[i] > '9' || number > 1000000)
			return -1;
		number = number * 10 + (name.p[i] - '0');
	}
	return (int32_t)number;
}

static int by_number(const void *a, const void *b)
{
	const struct vg_member_part *x = a, *y = b;

	return (x->partition > y->partition) - (x->partition < y->partition);
}

enum vg_rc vg_member_parts(struct vg_store *s, const char *topic,
			   struct vg_member_part **out, size_t *n,
			   struct vg_err *err)
{
	struct vg_reply *r = NULL;
	struct vg_member_part *p = NULL;
	size_t count = 0;
	enum vg_rc rc = vg_store_callf(s, &r, err, "SMEMBERS", "vg:{vg}:parts",
				       (char *)NULL);

	if (rc == VG_OK)
		p = calloc(vg_reply_count(r) + 1, sizeof *p);
	if (rc == VG_OK && p == NULL)
		rc = vg_err_set(err, VG_FATAL, "redis: out of memory");
	for (size_t i = 0; rc == VG_OK && i < vg_reply_count(r); i++) {
		int32_t k = number_in(vg_reply_text(vg_reply_at(r, i)), topic);

		if (k < 0 || count == VG_PARTITIONS_MAX)
			continue;
		p[count].partition = k;
		rc = read_part(s, topic, &p[count++], err);
	}
	vg_reply_free(r);
	if (rc != VG_OK) {
		free(p);
		return rc;
	}
	qsort(p, count, sizeof *p, by_number);
	*out = p;
	*n = count;
	return VG_OK;
}

static enum vg_rc announce(struct vg_store *s, const char *topic,
			   int32_t partition, struct vg_err *err)
{
	char name[KEY_MAX];

	(void)snprintf(name, sizeof name, "%s:%" PRId32, topic, partition);
	return vg_store_callf(s, NULL, err, "SADD", "vg:{vg}:parts", name,
			      (char *)NULL);
}

enum vg_rc vg_member_start(struct vg_store *s, const struct vg_part_env *env,
			   const struct vg_member_at *place, bool *begun,
			   struct vg_err *err)
{
	char o[KEY_MAX], x[KEY_MAX], schema[NUMBER_MAX], at[NUMBER_MAX];
	char fingerprint[65];
	struct vg_reply *r = NULL;
	enum vg_rc rc = key_of(o, place->topic, place->partition, "o", err);

	if (rc == VG_OK)
		rc = key_of(x, place->topic, place->partition, "x", err);
	if (rc != VG_OK)
		return rc;
	vg_sha256_hex(fingerprint, env->hash_key, VG_HASH_KEY);
	(void)snprintf(schema, sizeof schema, "%d", VG_SCHEMA);
	(void)snprintf(at, sizeof at, "%" PRId64, place->offset);
	const struct vg_slice arg[] = {
		vg_slice_of(o), vg_slice_of(x), vg_slice_of(schema),
		vg_slice_of(fingerprint), vg_slice_of(at)};
	rc = vg_store_eval(s, &r, start_part, 2, arg, 5, err);
	if (rc != VG_OK)
		return rc;
	struct vg_slice why = vg_reply_text(r);
	if (vg_reply_type(r) == VG_REPLY_ERROR)
		rc = vg_err_set(err, VG_INVAL,
				"redis: partition %.100s:%" PRId32 ": %.*s: it "
				"was counted by another version, under another "
				"hash_key_file, or something else writes there",
				place->topic, place->partition,
				(int)(why.n < 60 ? why.n : 60), why.p);
	else
		*begun = vg_reply_int(r) == 1;
	vg_reply_free(r);
	return rc == VG_OK ? announce(s, place->topic, place->partition, err)
			   : rc;
}

bool vg_member_is_owned(const struct vg_member_part *p, int64_t now_ms)
{
	return p->heartbeat_ms != INT64_MIN &&
	       now_ms - p->heartbeat_ms < OWNED_MS;
}
