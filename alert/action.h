/*
 * action - what a person did: about an alert, its release, or a silence.
 *
 * An action is a record of the topic kafka.actions_topic, canonical JSON whose
 * members stand in a fixed order. Everything that people wrote follows from
 * these records alone, in the order of the log. What a request may hold is the
 * same, less who and when: one table of members says what belongs to which
 * kind, and each bound is here.
 *
 * Owner:   an action owns `text`, `match`, `doc` and `viewers`; zero bytes are
 * an empty one. Threads: pure. Time: ms since 1970. Errors:  VG_DROP says what
 * is wrong, in words that hold no text of others but the escaped name of a
 * member.
 */
#ifndef VG_ALERT_ACTION_H
#define VG_ALERT_ACTION_H

#include "alert/own.h"
#include "core/buf.h"
#include "core/slice.h"

enum {
	VG_ACTION_ID = 32,	     /* hex digits                      */
	VG_ACTION_TEXT_MAX = 4096,   /* bytes of a comment or reason    */
	VG_ACTION_NAME_MAX = 80,     /* bytes of an author, an assignee */
	VG_ACTION_MATCH_MAX = 32,    /* members of `match`              */
	VG_ACTION_VALUES_MAX = 256,  /* values of one of them           */
	VG_ACTION_VALUE_MAX = 1024,  /* bytes of a value or a name      */
	VG_ACTION_VIEWERS_MAX = 61,  /* that a release is to            */
	VG_ACTION_SPAN_DAYS = 366,   /* a silence is no longer          */
	VG_ACTION_TARGET = 40,	     /* room of an id                   */
	VG_ACTION_RECORD_MAX = 65536 /* bytes of a record               */
};

enum vg_action_kind {
	VG_ACT_ACKNOWLEDGE,
	VG_ACT_ASSIGN,
	VG_ACT_COMMENT,
	VG_ACT_CLOSE,
	VG_ACT_REOPEN,
	VG_ACT_VERDICT,
	VG_ACT_RELEASE,	  /* asks for more viewers: alert/release.h */
	VG_ACT_SILENCE,	  /* begins one     */
	VG_ACT_UNSILENCE, /* ends one early */
	VG_ACT_KEEP,	  /* a rule or watchlist of a partner's own    */
	VG_ACT_DROP,	  /* and no longer                             */
	VG_ACT_AGREE,	  /* to a release ...                          */
	VG_ACT_CONFIRM,	  /* ... as the second of a partner            */
	VG_ACT_REFUSE,	  /* none, or no longer                        */
	VG_ACT_PURGE,	  /* of all that a partner's people left       */
	VG_ACT_KINDS
};

struct vg_action {
	enum vg_action_kind kind;
	char id[VG_ACTION_ID + 1];
	char viewer[24], author[VG_ACTION_NAME_MAX + 1];
	int64_t at_ms;
	char target[VG_ACTION_TARGET]; /* id of the alert, or the silence */
	char *text;		       /* comment or reason, or NULL  */
	char assignee[VG_ACTION_NAME_MAX + 1]; /* "": nobody              */
	char verdict[8];		       /* "true", "false", "known" */
	char *match; /* of a silence: conditions, JSON     */
	int64_t from_ms, to_ms;
	enum vg_own_kind own; /* of those two: what it is, and its text, JSON */
	char *doc;
	char *viewers; /* of a release: whose it is to be, JSON      */
	char digest[VG_ACTION_ID + 1]; /* of what is agreed to        */
};

/* What a request is about. */
enum vg_action_place { VG_BODY_ALERT, VG_BODY_SILENCE, VG_BODY_RELEASE };

/* "acknowledge", ...; NULL past the end. What an entry of a history calls it:
 * "acknowledged", ... */
const char *vg_action_name(enum vg_action_kind kind);
const char *vg_action_past(enum vg_action_kind kind);

/* True for the two that are about silences; about a partner's own; for the
 * three that answer to a release. */
bool vg_action_is_silence(enum vg_action_kind kind);
bool vg_action_is_own(enum vg_action_kind kind);
bool vg_action_is_answer(enum vg_action_kind kind);

/* True for what an alert or a silence may be called: 1 to 39 of A-Z a-z 0-9
 * . _ - */
bool vg_action_is_target(struct vg_slice id);

/* Read what a request may hold: the member `action` and those of its kind, or
 * those of a new silence alone, from `at_ms` on unless it says. */
enum vg_rc vg_action_body(struct vg_action *out, struct vg_slice text,
			  enum vg_action_place place, int64_t at_ms,
			  struct vg_err *err) VG_MUST_CHECK;

/* Take `text`, a JSON object of at most VG_OWN_TEXT_MAX bytes, as the rule or
 * watchlist that is to be kept. */
enum vg_rc vg_action_keep(struct vg_action *out, struct vg_slice text,
			  struct vg_err *err) VG_MUST_CHECK;

/* Read a record of the topic. */
enum vg_rc vg_action_read(struct vg_action *out, struct vg_slice text,
			  struct vg_err *err) VG_MUST_CHECK;

/* Write the record. */
enum vg_rc vg_action_print(struct vg_buf *out, const struct vg_action *a,
			   struct vg_err *err) VG_MUST_CHECK;

/* Write what readers of an alert see of it: the record, less the ids of what
 * it is about. Of a silence: how it is stored. */
enum vg_rc vg_action_entry(struct vg_buf *out, const struct vg_action *a,
			   struct vg_err *err) VG_MUST_CHECK;

/* True when two entries say the same, whenever. */
bool vg_action_says_same(const char *entry, const char *other);

/* Free what `a` owns; it is then empty. */
void vg_action_term(struct vg_action *a);

#endif
