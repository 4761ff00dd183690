/*
 * alert_fix - five partners, a rule, an evaluator on a Redis of its own, and
 * events that become spans as ingest would make them.
 *
 * Partition i is partner i's. Every failure ends the test.
 */
#ifndef VG_TESTS_ALERT_FIX_H
#define VG_TESTS_ALERT_FIX_H

#include "alert/rules.h"
#include "alert/state.h"
#include "redis_server.h"

enum { FIX_MA, FIX_IL, FIX_AE, FIX_US, FIX_BH, FIX_PARTNERS };
enum { FIX_W = 3600000, FIX_CELLS = 8192 };

#define FIX_T0 INT64_C(1700000000000)

struct fix_event {
	int64_t t; /* ms after FIX_T0 */
	unsigned part;
	const char *audience, *actor, *country, *origin;
};

struct fix_cell {
	size_t track, part;
	int64_t sub_ms;
	char field[96];
	int64_t v[4];
	bool gone;
};

struct alert_fix {
	struct vg_config cfg;
	struct vg_partner partner[FIX_PARTNERS];
	struct vg_caveat caveat;
	struct vg_audiences *aud;
	struct vg_plan *plan;
	struct vg_rules *rules;
	struct vg_metrics metrics;
	uint8_t hash_key[VG_HASH_KEY];
	struct vg_part_env env;
	struct test_redis redis;
	struct vg_store *store;
	struct vg_evaluator *e;
	struct vg_eval_world world; /* what the next tick sees */
	struct fix_cell *cell;
	size_t n_cell;
};

/* A rule: a country that is new for an actor in two of FIX_W, after one. */
#define FIX_LEARN                                                              \
	"id: r1\ntitle: T\ngroup_by: [actor]\nhistory: 2h\nseverity: 8\n"      \
	"type: new_value\ndistinct: country\nlearn: 1h\n"

/* A rule: k countries and two origins for an actor in FIX_W. */
#define FIX_RULE(k, extra)                                                     \
	"id: r1\ntitle: T\ngroup_by: [actor]\nwindow: 1h\nseverity: 8\n"       \
	"condition: {country: {distinct: " #k                                  \
	"}, origin: {distinct: 2}}\n" extra

void alert_fix_start(struct alert_fix *f, const char *rule);
void alert_fix_stop(struct alert_fix *f);

/* Another evaluator over the same Redis, without spans. */
struct vg_evaluator *alert_fix_evaluator(struct alert_fix *f,
					 const char *owner);

/* Forget which events there were; the evaluator is a new one, and Redis is
 * empty. */
void alert_fix_again(struct alert_fix *f);

/* Count one event: its cells go to f->e. */
void alert_fix_event(struct alert_fix *f, const struct fix_event *ev);

/* Hand all cells so far to `e`, as a view that loads does. */
void alert_fix_hand(struct alert_fix *f, struct vg_evaluator *e);

/* Let the log clock stand at `log` after FIX_T0, and sweep as ingest would. */
void alert_fix_log(struct alert_fix *f, int64_t log);

/* One tick at the present world; time goes on by `pass_ms` before. */
void alert_fix_tick(struct alert_fix *f, int64_t pass_ms);

/* Ticks until nothing is put off. */
void alert_fix_settle(struct alert_fix *f);

/* All stored documents of a class ("" for all), oldest start first, one a
 * line, without times of detection; those merged or withdrawn only when
 * `all`. */
void alert_fix_docs(struct alert_fix *f, const char *class_name, bool all,
		    struct vg_buf *out);

/* The same as "group class start end peak" lines, times after FIX_T0. */
void alert_fix_brief(struct alert_fix *f, const char *class_name,
		     struct vg_buf *out);

/* Number of alert writes so far; run one command; its reply's text. */
int64_t alert_fix_writes(struct alert_fix *f);
void alert_fix_ask(struct alert_fix *f, struct vg_buf *out, const char *a,
		   const char *b, const char *c);

/* A generator that repeats itself. */
void alert_fix_seed(uint64_t seed);
uint32_t alert_fix_random(uint32_t below);

#endif
