/*
 * offline - rules over a file of events, without Kafka and Redis: what
 * backtest, explain and test share.
 *
 * Owner: the command embeds it and ends it with vg_offline_term().
 */
#ifndef VG_CMD_OFFLINE_H
#define VG_CMD_OFFLINE_H

#include "alert/replay.h"
#include "cmd/args.h"
#include "cmd/history.h"

/* The words of the command line. */
struct vg_offline_words {
	struct vg_arg_list rules, set;
	const char *config, *viewer, *horizon;
	const char *path, *from; /* one of them */
};

#define VG_ARGS_OFFLINE(w)                                                     \
	{"--rules",   "-r",   VG_ARG_MANY,                                     \
	 &(w)->rules, "FILE", "a rule file; may be given again",               \
	 true,	      0,      0},                                              \
		{"--config",                                                   \
		 "-c",                                                         \
		 VG_ARG_TEXT,                                                  \
		 &(w)->config,                                                 \
		 "FILE",                                                       \
		 "a configuration file; five partners when not given",         \
		 false,                                                        \
		 0,                                                            \
		 0},                                                           \
		VG_ARG_SET(&(w)->set),                                         \
		{"--viewer",                                                   \
		 NULL,                                                         \
		 VG_ARG_TEXT,                                                  \
		 &(w)->viewer,                                                 \
		 "ID",                                                         \
		 "whose view: a partner, or coalition (default)",              \
		 false,                                                        \
		 0,                                                            \
		 0},                                                           \
		{"--from",                                                     \
		 NULL,                                                         \
		 VG_ARG_TEXT,                                                  \
		 &(w)->from,                                                   \
		 "TIME|PLACES",                                                \
		 "events of the live topics, from a time or "                  \
		 "TOPIC:PARTITION=OFFSET,... on",                              \
		 false,                                                        \
		 0,                                                            \
		 0},                                                           \
	{                                                                      \
		"--horizon", NULL, VG_ARG_TEXT, &(w)->horizon, "DURATION",     \
			"how late an event may be; default: longest window + " \
			"rule.lateness",                                       \
			false, 0, 0                                            \
	}

struct vg_offline {
	struct vg_config *cfg;
	struct vg_audiences *aud;
	struct vg_plan *plan;
	struct vg_rules *rules;
	struct vg_replay *replay;
	struct vg_history history;
	const int64_t *spare_ms; /* of the event at hand */
	FILE *in;
	uint8_t hash_key[VG_HASH_KEY];
	const char *viewer; /* as asked for */
	int class_index;    /* -1: of no class */
	unsigned slot;
};

/* An instant: RFC 3339, or seconds since 1970 (milliseconds from 1e11). */
bool vg_instant_read(const char *text, int64_t *ms);

/* Load the configuration and rules that the words name; no event as yet. */
enum vg_rc vg_offline_load(struct vg_offline *o,
			   const struct vg_offline_words *w,
			   struct vg_err *err) VG_MUST_CHECK;

/* Whose view the next events are of: a partner's id, NULL: coalition. */
enum vg_rc vg_offline_view(struct vg_offline *o, const char *viewer,
			   struct vg_err *err) VG_MUST_CHECK;

/* Read from `in`, in place of what was read before, all events that the viewer
 * may see and rules count. horizon_ms: as in vg_history_init(). */
enum vg_rc vg_offline_events(struct vg_offline *o, FILE *in, int64_t horizon_ms,
			     struct vg_err *err) VG_MUST_CHECK;

/* Load what the words name and read all events that the viewer may see and
 * rules count. */
enum vg_rc vg_offline_read(struct vg_offline *o,
			   const struct vg_offline_words *w,
			   struct vg_err *err) VG_MUST_CHECK;

/* Free all; a zeroed one is allowed. */
void vg_offline_term(struct vg_offline *o);

#endif
