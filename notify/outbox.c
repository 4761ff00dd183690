#include "notify/outbox.h"

#include "core/defect.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEYS = 5, HEAD = 3, PER_CHANGE = 3 };

/* KEYS: lease, notify, streams, outbox, tries. ARGV: owner, cursor, at, then
 * for each change its kind, name and value. */
#define COMMIT_BODY                                                            \
	"for i = 2, 5 do\n"                                                    \
	"  local t = redis.call('TYPE', KEYS[i]).ok\n"                         \
	"  if t ~= 'none' and t ~= 'hash' then\n"                              \
	"    return redis.error_reply('VG TYPE')\n"                            \
	"  end\n"                                                              \
	"end\n"                                                                \
	"for i = 4, #ARGV, 3 do\n"                                             \
	"  local key = ARGV[i] == 'n' and KEYS[4] or KEYS[3]\n"                \
	"  if ARGV[i + 2] == '' then\n"                                        \
	"    redis.call('HDEL', key, ARGV[i + 1])\n"                           \
	"  else\n"                                                             \
	"    redis.call('HSET', key, ARGV[i + 1], ARGV[i + 2])\n"              \
	"  end\n"                                                              \
	"end\n"                                                                \
	"if ARGV[2] ~= '' then\n"                                              \
	"  redis.call('HSET', KEYS[2], 'cursor', ARGV[2], 'at', ARGV[3])\n"    \
	"end\n"                                                                \
	"return 1\n"

static const char commit_all[] =
	VG_LUA_LEADS "if not leads(ARGV[1]) then\n"
		     "  return redis.error_reply('VG FENCED')\n"
		     "end\n" COMMIT_BODY;
#ifdef VG_DEFECTS
static const char commit_unfenced[] = COMMIT_BODY;
#else
#define commit_unfenced commit_all
#endif

/* KEYS: outbox, tries, dead, deaf. ARGV: id, how many dead are kept, receiver,
 * now. */
static const char bury[] =
	"local body = redis.call('HGET', KEYS[1], ARGV[1])\n"
	"if not body then return 0 end\n"
	"redis.call('LPUSH', KEYS[3], body)\n"
	"redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[2]) - 1)\n"
	"redis.call('HSETNX', KEYS[4], ARGV[3], ARGV[4])\n"
	"redis.call('HDEL', KEYS[1], ARGV[1])\n"
	"redis.call('HDEL', KEYS[2], ARGV[1])\n"
	"return 1\n";

struct vg_change *vg_commit_add(struct vg_commit *c, bool is_notice)
{
	struct vg_change *one = &c->change[c->n];

	if (c->n == VG_COMMIT_MAX)
		return NULL;
	c->n++;
	one->is_notice = is_notice;
	vg_buf_reset(&one->name);
	vg_buf_reset(&one->value);
	return one;
}

void vg_commit_term(struct vg_commit *c)
{
	for (size_t i = 0; i < VG_COMMIT_MAX; i++) {
		vg_buf_term(&c->change[i].name);
		vg_buf_term(&c->change[i].value);
	}
	memset(c, 0, sizeof *c);
}

static struct vg_slice text_of(const struct vg_buf *b)
{
	return (struct vg_slice){b->p != NULL ? b->p : "", (uint32_t)b->n};
}

static bool is_failed(const struct vg_commit *c)
{
	bool failed = false;

	for (size_t i = 0; i < c->n; i++)
		failed = failed || c->change[i].name.failed ||
			 c->change[i].value.failed;
	return failed;
}

/* What a script answered: an error of ours, or that all went well. */
static enum vg_rc judge(struct vg_reply *r, bool *fenced, struct vg_err *err)
{
	struct vg_slice text = vg_reply_text(r);

	*fenced = false;
	if (vg_reply_type(r) != VG_REPLY_ERROR)
		return VG_OK;
	*fenced = text.n >= 9 && memcmp(text.p, "VG FENCED", 9) == 0;
	if (*fenced)
		return VG_OK;
	return vg_err_set(err, VG_INVAL,
			  "redis: a key of the outbox under {vg} has the wrong "
			  "type; move it away (%.*s)",
			  (int)(text.n < 60 ? text.n : 60), text.p);
}

enum vg_rc vg_outbox_commit(struct vg_store *s, const char *owner,
			    struct vg_commit *c, bool *fenced,
			    struct vg_err *err)
{
	struct vg_slice arg[KEYS + HEAD + PER_CHANGE * VG_COMMIT_MAX];
	struct vg_reply *r = NULL;
	char at[24];
	size_t n = KEYS;

	*fenced = false;
	if (is_failed(c))
		return vg_err_set(err, VG_FATAL, "notify: out of memory");
	snprintf(at, sizeof at, "%" PRId64, c->at_ms);
	arg[0] = vg_slice_of("vg:{vg}:lease");
	arg[1] = vg_slice_of(VG_KEY_NOTIFY);
	arg[2] = vg_slice_of(VG_KEY_STREAMS);
	arg[3] = vg_slice_of(VG_KEY_OUTBOX);
	arg[4] = vg_slice_of(VG_KEY_TRIES);
	arg[n++] = vg_slice_of(owner);
	arg[n++] = vg_slice_of(c->cursor);
	arg[n++] = vg_slice_of(at);
	for (size_t i = 0; i < c->n; i++) {
		arg[n++] = vg_slice_of(c->change[i].is_notice ? "n" : "s");
		arg[n++] = text_of(&c->change[i].name);
		arg[n++] = text_of(&c->change[i].value);
	}
	assert(n <= sizeof arg / sizeof arg[0]);
	const char *script =
		VG_DEFECT("outbox-unfenced") ? commit_unfenced : commit_all;
	enum vg_rc rc = vg_store_eval(s, &r, script, KEYS, arg, n, err);
	if (rc == VG_OK)
		rc = judge(r, fenced, err);
	vg_reply_free(r);
	return rc;
}

enum vg_rc vg_outbox_done(struct vg_store *s, const char *id,
			  struct vg_err *err)
{
	enum vg_rc rc = vg_store_callf(s, NULL, err, "HDEL", VG_KEY_OUTBOX, id,
				       (char *)NULL);

	if (rc == VG_OK)
		rc = vg_store_callf(s, NULL, err, "HDEL", VG_KEY_TRIES, id,
				    (char *)NULL);
	return rc;
}

enum vg_rc vg_outbox_tried(struct vg_store *s, const char *id,
			   struct vg_err *err)
{
	return vg_store_callf(s, NULL, err, "HINCRBY", VG_KEY_TRIES, id, "1",
			      (char *)NULL);
}

enum vg_rc vg_outbox_bury(struct vg_store *s, const char *id,
			  const char *receiver, int64_t now_ms,
			  struct vg_err *err)
{
	char most[24], now[24];
	int n = snprintf(most, sizeof most, "%d", (int)VG_DEAD_MAX);

	(void)snprintf(now, sizeof now, "%" PRId64, now_ms);
	const struct vg_slice arg[] = {vg_slice_of(VG_KEY_OUTBOX),
				       vg_slice_of(VG_KEY_TRIES),
				       vg_slice_of(VG_KEY_DEAD),
				       vg_slice_of(VG_KEY_DEAF),
				       vg_slice_of(id),
				       {most, (uint32_t)n},
				       vg_slice_of(receiver),
				       vg_slice_of(now)};

	return vg_store_eval(s, NULL, bury, 4, arg, 8, err);
}

enum vg_rc vg_outbox_hears(struct vg_store *s, const char *receiver,
			   struct vg_err *err)
{
	return vg_store_callf(s, NULL, err, "HDEL", VG_KEY_DEAF, receiver,
			      (char *)NULL);
}
