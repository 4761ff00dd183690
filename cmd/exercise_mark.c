#include "cmd/exercise_mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEY "vg:{vg}:exercise"

enum { GONE_MS = 15000, NUMBER = 24 };

static void copy_text(char *out, size_t cap, const struct vg_reply *r)
{
	struct vg_slice s = vg_reply_text(r);

	(void)snprintf(out, cap, "%.*s", (int)s.n, s.n > 0 ? s.p : "");
}

enum vg_rc vg_exercise_mark_read(struct vg_store *s,
				 struct vg_exercise_mark *out,
				 struct vg_err *err)
{
	struct vg_exercise_mark m = {.id = ""};
	struct vg_reply *r = NULL;
	enum vg_rc rc =
		vg_store_callf(s, &r, err, "HMGET", KEY, "id", "title", "state",
			       "since", "start", "sent", "beat", (char *)NULL);

	if (rc != VG_OK)
		return rc;
	copy_text(m.id, sizeof m.id, vg_reply_at(r, 0));
	copy_text(m.title, sizeof m.title, vg_reply_at(r, 1));
	copy_text(m.state, sizeof m.state, vg_reply_at(r, 2));
	m.since_ms = vg_reply_int(vg_reply_at(r, 3));
	m.start_ms = vg_reply_int(vg_reply_at(r, 4));
	m.sent = vg_reply_int(vg_reply_at(r, 5));
	m.beat_ms = vg_reply_int(vg_reply_at(r, 6));
	vg_reply_free(r);
	*out = m;
	return VG_OK;
}

enum vg_rc vg_exercise_mark_claim(struct vg_store *s,
				  const struct vg_exercise_mark *m,
				  struct vg_err *err)
{
	struct vg_exercise_mark old;
	struct vg_reply *r = NULL;
	enum vg_rc rc = vg_store_callf(s, &r, err, "HSETNX", KEY, "id", m->id,
				       (char *)NULL);
	bool is_ours = rc == VG_OK && vg_reply_int(r) == 1;

	vg_reply_free(r);
	if (is_ours)
		return vg_exercise_mark_write(s, m, err);
	if (rc == VG_OK)
		rc = vg_exercise_mark_read(s, &old, err);
	return rc != VG_OK
		       ? rc
		       : vg_err_set(err, VG_INVAL,
				    "the exercise %s is on: end it where it "
				    "runs (Ctrl-C), or, when that was cut "
				    "off, with `vigie exercise --purge`",
				    old.id);
}

enum vg_rc vg_exercise_mark_write(struct vg_store *s,
				  const struct vg_exercise_mark *m,
				  struct vg_err *err)
{
	char since[NUMBER], start[NUMBER], sent[NUMBER], beat[NUMBER];

	(void)snprintf(since, NUMBER, "%" PRId64, m->since_ms);
	(void)snprintf(start, NUMBER, "%" PRId64, m->start_ms);
	(void)snprintf(sent, NUMBER, "%" PRId64, m->sent);
	(void)snprintf(beat, NUMBER, "%" PRId64, m->beat_ms);
	return vg_store_callf(s, NULL, err, "HSET", KEY, "id", m->id, "title",
			      m->title, "state", m->state, "since", since,
			      "start", start, "sent", sent, "beat", beat,
			      (char *)NULL);
}

enum vg_rc vg_exercise_mark_end(struct vg_store *s, struct vg_err *err)
{
	return vg_store_callf(s, NULL, err, "DEL", KEY, (char *)NULL);
}

bool vg_exercise_mark_lives(const struct vg_exercise_mark *m, int64_t now_ms)
{
	return m->id[0] != '\0' && now_ms - m->beat_ms < GONE_MS;
}
