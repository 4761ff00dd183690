#include "alert/desk.h"
#include "alert/desk_own.h"
#include "alert/desk_purge.h"
#include "alert/release.h"

#include "core/defect.h"
#include "core/timefmt.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEYS = 6, ARGS = 10 };

static const int64_t over_ms = VG_DESK_OVER_DAYS * INT64_C(86400000);

/* KEYS: lease, actions, desk, desk:at, the alert's entries or the silences,
 * the list of what waits for the evaluator. ARGV: owner, offset expected (""
 * none), next, what to do, id, text, field of the desk, most entries, what is
 * to wait ("" nothing), most of that. */
#define APPLY_HEAD                                                             \
	VG_LUA_LEADS "if not leads(ARGV[1]) then\n"                            \
		     "  return redis.error_reply('VG FENCED')\n"               \
		     "end\n"
#define APPLY_ORDER                                                            \
	"local off = redis.call('HGET', KEYS[2], 'off') or ''\n"               \
	"if off ~= ARGV[2] then\n"                                             \
	"  return redis.error_reply('VG MOVED')\n"                             \
	"end\n"
#define APPLY_BODY                                                             \
	"local want = {'hash', 'hash', 'hash', 'zset', 'hash', 'list'}\n"      \
	"for i = 1, 6 do\n"                                                    \
	"  local t = redis.call('TYPE', KEYS[i]).ok\n"                         \
	"  if t ~= 'none' and t ~= want[i] then\n"                             \
	"    return redis.error_reply('VG TYPE')\n"                            \
	"  end\n"                                                              \
	"end\n"                                                                \
	"local what, n = 'applied', 0\n"                                       \
	"if ARGV[9] ~= ''\n"                                                   \
	"  and redis.call('LLEN', KEYS[6]) >= tonumber(ARGV[10]) then\n"       \
	"  what = 'past'\n"                                                    \
	"elseif ARGV[4] == 'alert' then\n"                                     \
	"  n = redis.call('HLEN', KEYS[5])\n"                                  \
	"  if redis.call('HEXISTS', KEYS[5], ARGV[5]) == 1 then\n"             \
	"    what = 'repeated'\n"                                              \
	"  elseif n >= tonumber(ARGV[8]) then\n"                               \
	"    what = 'past'\n"                                                  \
	"  else\n"                                                             \
	"    local entry = (n + 1) .. ' ' .. ARGV[6]\n"                        \
	"    redis.call('HSET', KEYS[5], ARGV[5], entry)\n"                    \
	"    redis.call('HSET', KEYS[3], ARGV[7], entry)\n"                    \
	"    redis.call('ZADD', KEYS[4], ARGV[3], ARGV[7])\n"                  \
	"  end\n"                                                              \
	"elseif ARGV[4] == 'silence' then\n"                                   \
	"  if redis.call('HSETNX', KEYS[5], ARGV[5], ARGV[6]) == 0 then\n"     \
	"    what = 'repeated'\n"                                              \
	"  end\n"                                                              \
	"elseif ARGV[4] == 'unsilence' then\n"                                 \
	"  redis.call('HSET', KEYS[5], ARGV[5], ARGV[6])\n"                    \
	"elseif ARGV[4] == 'keep' then\n"                                      \
	"  redis.call('HSET', KEYS[5], ARGV[7], ARGV[6])\n"                    \
	"  redis.call('HSET', KEYS[2], 'own', ARGV[3])\n"                      \
	"elseif ARGV[4] == 'drop' then\n"                                      \
	"  redis.call('HDEL', KEYS[5], ARGV[7])\n"                             \
	"  redis.call('HSET', KEYS[2], 'own', ARGV[3])\n"                      \
	"elseif ARGV[4] == 'purge' then\n"                                     \
	"  local all = redis.call('HGETALL', KEYS[5])\n"                       \
	"  for i = 1, #all, 2 do\n"                                            \
	"    local f = all[i]\n"                                               \
	"    if f:sub(1, #ARGV[7] + 1) == ARGV[7] .. ' ' then\n"               \
	"      redis.call('HDEL', KEYS[5], f)\n"                               \
	"      redis.call('HSET', KEYS[2], 'own', ARGV[3])\n"                  \
	"    end\n"                                                            \
	"  end\n"                                                              \
	"  redis.call('HSET', KEYS[2], 'purged ' .. ARGV[7], ARGV[5])\n"       \
	"elseif ARGV[4] ~= 'answer' then\n"                                    \
	"  what = ARGV[4]\n"                                                   \
	"end\n"                                                                \
	"if ARGV[9] ~= '' and what == 'applied' then\n"                        \
	"  redis.call('RPUSH', KEYS[6], ARGV[9])\n"                            \
	"end\n"                                                                \
	"redis.call('HINCRBY', KEYS[2], what, 1)\n"                            \
	"redis.call('HSET', KEYS[2], 'off', ARGV[3])\n"                        \
	"return what\n"

static const char apply[] = APPLY_HEAD APPLY_ORDER APPLY_BODY;
#ifdef VG_DEFECTS
static const char apply_any[] = APPLY_HEAD APPLY_BODY;
#else
#define apply_any apply
#endif

enum vg_rc vg_desk_offset(struct vg_store *s, int64_t *next, struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_callf(s, &r, err, "HGET", VG_KEY_ACTIONS,
				       "off", (char *)NULL);

	if (rc == VG_OK)
		*next = vg_reply_type(r) == VG_REPLY_NIL ? -1 : vg_reply_int(r);
	vg_reply_free(r);
	return rc;
}

/* What the script is to do, and the texts that it needs. */
struct job {
	const char *what, *key;
	char field[VG_DESK_FIELD];
	struct vg_buf text;
	struct vg_buf waits; /* the record, for the evaluator */
};

static void nothing(struct job *j)
{
	j->what = "nothing";
}

static enum vg_rc read_text(struct vg_store *s, const char *key,
			    const char *field, struct vg_buf *out,
			    struct vg_err *err)
{
	struct vg_reply *r = NULL;
	enum vg_rc rc =
		vg_store_callf(s, &r, err, "HGET", key, field, (char *)NULL);
	struct vg_slice text = {0};

	if (rc == VG_OK)
		text = vg_reply_text(r);
	if (text.n > 0)
		vg_buf_add(out, text.p, text.n);
	vg_reply_free(r);
	if (rc == VG_OK && out->failed)
		rc = vg_err_set(err, VG_FATAL, "desk: out of memory");
	return rc;
}

enum vg_rc vg_desk_silence(struct vg_store *s, const char *id,
			   struct vg_buf *out, struct vg_err *err)
{
	return read_text(s, VG_KEY_SILENCES, id, out, err);
}

static const char *member(const cJSON *doc, const char *name)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(doc, name));
}

static void set_text(cJSON *doc, const char *name, const char *text)
{
	cJSON_DeleteItemFromObjectCaseSensitive(doc, name);
	(void)cJSON_AddStringToObject(doc, name, text);
}

/* The stored silence with an earlier end, in j->text; nothing when it is not
 * there, another viewer's, or over by then. */
static void end_silence(struct job *j, const struct vg_action *a)
{
	cJSON *doc = cJSON_ParseWithLength(j->text.p, j->text.n);
	const char *viewer = member(doc, "viewer"), *to = member(doc, "to");
	char at[VG_TIME_TEXT], *text = NULL;
	int64_t to_ms = 0;

	if (viewer == NULL || strcmp(viewer, a->viewer) != 0 || to == NULL ||
	    !vg_time_parse(vg_slice_of(to), &to_ms) || to_ms <= a->at_ms) {
		nothing(j);
		goto out;
	}
	vg_time_print_ms(at, a->at_ms);
	set_text(doc, "to", at);
	set_text(doc, "ended_by", a->author);
	text = cJSON_PrintUnformatted(doc);
	vg_buf_reset(&j->text);
	if (text == NULL)
		j->text.failed = true;
	else
		vg_buf_str(&j->text, text);
out:
	cJSON_free(text);
	cJSON_Delete(doc);
}

/* How many silences a viewer has, and which are long over. */
struct census {
	const struct vg_action *a;
	size_t n, n_over;
	char over[16][VG_ACTION_TARGET];
};

static enum vg_rc count_one(void *ctx, struct vg_slice id, struct vg_slice text,
			    struct vg_err *err)
{
	struct census *c = ctx;
	cJSON *doc = cJSON_ParseWithLength(text.p, text.n);
	const char *viewer = member(doc, "viewer"), *to = member(doc, "to");
	int64_t to_ms = 0;

	(void)err;
	if (viewer != NULL && strcmp(viewer, c->a->viewer) == 0) {
		c->n++;
		if (to != NULL && vg_time_parse(vg_slice_of(to), &to_ms) &&
		    to_ms < c->a->at_ms - over_ms && c->n_over < 16 &&
		    id.n < VG_ACTION_TARGET) {
			memcpy(c->over[c->n_over], id.p, id.n);
			c->over[c->n_over++][id.n] = '\0';
		}
	}
	cJSON_Delete(doc);
	return VG_OK;
}

/* Room for one more: those that are long over go first. */
static enum vg_rc make_room(struct vg_store *s, struct job *j,
			    const struct vg_action *a, struct vg_err *err)
{
	struct census c = {.a = a};
	const struct vg_field_taker to = {.take = count_one, .ctx = &c};
	enum vg_rc rc = vg_hold_each(s, VG_KEY_SILENCES, &to, err);

	for (size_t i = 0; rc == VG_OK && i < c.n_over; i++)
		rc = vg_store_callf(s, NULL, err, "HDEL", VG_KEY_SILENCES,
				    c.over[i], (char *)NULL);
	if (rc == VG_OK && c.n - c.n_over >= VG_DESK_SILENCES_MAX)
		j->what = "past";
	return rc;
}

static enum vg_rc plan_silence(struct vg_store *s, struct job *j,
			       const struct vg_action *a, struct vg_err *err)
{
	enum vg_rc rc;

	j->what = vg_action_name(a->kind);
	j->key = VG_KEY_SILENCES;
	if (a->kind == VG_ACT_UNSILENCE) {
		rc = vg_desk_silence(s, a->target, &j->text, err);
		if (rc == VG_OK)
			end_silence(j, a);
		return rc;
	}
	rc = make_room(s, j, a, err);
	return rc == VG_OK ? vg_action_entry(&j->text, a, err) : rc;
}

/* What its people said, outside of the script, as that may be long: doing it
 * twice changes nothing, and who does not lead has no business with it. What it
 * keeps of its own goes in the script. */
static enum vg_rc plan_purge(struct vg_store *s, struct job *j,
			     const struct vg_action *a,
			     const struct vg_desk_turn *turn,
			     struct vg_err *err)
{
	int64_t n = 0;
	bool ours = false;
	enum vg_rc rc = vg_hold_leads(s, turn->owner, &ours, err);

	j->what = "purge";
	j->key = VG_KEY_OWN;
	(void)snprintf(j->field, sizeof j->field, "%s", a->viewer);
	return rc == VG_OK && ours
		       ? vg_desk_purge(s, a->viewer, turn->next, &n, err)
		       : rc;
}

static enum vg_rc plan(struct vg_store *s, struct job *j,
		       const struct vg_action *a,
		       const struct vg_desk_turn *turn, struct vg_err *err)
{
	nothing(j);
	j->key = VG_KEY_SILENCES;
	if (a == NULL)
		return VG_OK;
	if (vg_action_is_silence(a->kind))
		return plan_silence(s, j, a, err);
	if (a->kind == VG_ACT_PURGE)
		return plan_purge(s, j, a, turn, err);
	if (vg_action_is_own(a->kind)) {
		j->key = VG_KEY_OWN;
		return vg_desk_plan_own(
			s, a,
			&(struct vg_desk_plan){&j->what, j->field, &j->text},
			err);
	}
	if (vg_action_is_answer(a->kind)) {
		j->what = "answer";
		return vg_action_print(&j->waits, a, err);
	}
	if (a->kind == VG_ACT_RELEASE) {
		enum vg_rc rc = vg_action_print(&j->waits, a, err);

		if (rc != VG_OK)
			return rc;
	}
	j->what = "alert";
	/* One field for each thing that the last word decides. */
	snprintf(j->field, sizeof j->field, "%s %s", a->target,
		 vg_action_name(a->kind == VG_ACT_REOPEN ? VG_ACT_CLOSE
							 : a->kind));
	return vg_action_entry(&j->text, a, err);
}

static enum vg_rc judge(const struct vg_reply *r, enum vg_desk_result *result,
			struct vg_err *err)
{
	static const char *const words[] = {"applied", "repeated",  "past",
					    "nothing", "VG FENCED", "VG MOVED"};
	struct vg_slice text = vg_reply_text(r);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i]);

		if (text.n >= n && memcmp(text.p, words[i], n) == 0) {
			*result = (enum vg_desk_result)i;
			return VG_OK;
		}
	}
	return vg_err_set(err, VG_INVAL,
			  "redis: a key of the desk under {vg} has the wrong "
			  "type; move it away (%.*s)",
			  (int)(text.n < 60 ? text.n : 60),
			  text.p != NULL ? text.p : "");
}

enum vg_rc vg_desk_apply(struct vg_store *s, const struct vg_desk_turn *turn,
			 const struct vg_action *a, enum vg_desk_result *result,
			 struct vg_err *err)
{
	char from[24] = "", next[24], most[24], wait[24];
	char key[96] = VG_KEY_SILENCES;
	struct job j = {.what = NULL};
	struct vg_reply *r = NULL;
	enum vg_rc rc = plan(s, &j, a, turn, err);

	if (rc == VG_OK && (j.text.failed || j.waits.failed))
		rc = vg_err_set(err, VG_FATAL, "desk: out of memory");
	if (rc != VG_OK)
		goto out;
	if (turn->from >= 0)
		snprintf(from, sizeof from, "%" PRId64, turn->from);
	snprintf(next, sizeof next, "%" PRId64, turn->next);
	snprintf(most, sizeof most, "%d", (int)VG_DESK_ENTRIES_MAX);
	snprintf(wait, sizeof wait, "%d", (int)VG_RELEASES_WAIT_MAX);
	if (strcmp(j.key, VG_KEY_OWN) == 0)
		snprintf(key, sizeof key, "%s", j.key);
	if (strcmp(j.what, "alert") == 0)
		snprintf(key, sizeof key, VG_KEY_DESK_OF "%s", a->target);
	const struct vg_slice arg[KEYS + ARGS] = {
		vg_slice_of("vg:{vg}:lease"),
		vg_slice_of(VG_KEY_ACTIONS),
		vg_slice_of(VG_KEY_DESK),
		vg_slice_of(VG_KEY_DESK_AT),
		vg_slice_of(key),
		vg_slice_of(VG_KEY_RELEASES),
		vg_slice_of(turn->owner),
		vg_slice_of(from),
		vg_slice_of(next),
		vg_slice_of(j.what),
		vg_slice_of(a != NULL && !vg_action_is_silence(a->kind)
				    ? a->id
				    : (a != NULL ? a->target : "")),
		{j.text.p != NULL ? j.text.p : "", (uint32_t)j.text.n},
		vg_slice_of(j.field),
		vg_slice_of(most),
		{j.waits.p != NULL ? j.waits.p : "", (uint32_t)j.waits.n},
		vg_slice_of(wait)};
	rc = vg_store_eval(s, &r,
			   VG_DEFECT("actions-any-offset") ? apply_any : apply,
			   KEYS, arg, KEYS + ARGS, err);
	if (rc == VG_OK)
		rc = judge(r, result, err);
out:
	vg_reply_free(r);
	vg_buf_term(&j.text);
	vg_buf_term(&j.waits);
	return rc;
}

enum vg_rc vg_desk_entry(struct vg_store *s, const char *alert, const char *id,
			 struct vg_buf *out, struct vg_err *err)
{
	char key[96];

	snprintf(key, sizeof key, VG_KEY_DESK_OF "%.*s", VG_ACTION_TARGET,
		 alert);
	return read_text(s, key, id, out, err);
}
