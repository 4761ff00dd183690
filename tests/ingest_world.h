/*
 * ingest_world - a broker, a redis-server and one group member on a thread,
 * and short words for what tests do with them.
 *
 * Records carry their event's time, so that nothing here asks the clock. Every
 * wait is for a condition, with a deadline that fails the test.
 */
#ifndef VG_TESTS_INGEST_WORLD_H
#define VG_TESTS_INGEST_WORLD_H

#include "ingest/ingest.h"
#include "ingest/log_reader.h"
#include "part_fix.h"

#include <pthread.h>
#include <stdio.h>

struct ingest_member {
	struct vg_metrics metrics;
	struct vg_part_env env;
	struct vg_ingest *ingest;
	pthread_t thread;
	enum vg_rc rc;
	struct vg_err err;
};

struct ingest_world {
	struct part_fix fix;
	struct vg_mock_broker *broker;
	int partitions;
	FILE *file; /* the log */
	struct vg_log log;
	struct ingest_member member; /* the one that _start() starts */
};

/* A redis-server that keeps what it acknowledged, and a broker with the topics
 * of MA and IL. */
void ingest_world_open(struct ingest_world *w, int partitions);
void ingest_world_close(struct ingest_world *w);

/* Another broker, with empty topics, in the place of the first. */
void ingest_world_new_broker(struct ingest_world *w);

void ingest_member_start(struct ingest_world *w, struct ingest_member *m,
			 bool init);
/* Stop, and expect that it could. */
void ingest_member_stop(struct ingest_member *m);

/* Send `text`, lines of NDJSON. */
void ingest_world_publish(struct ingest_world *w, const char *topic,
			  const char *text);

/* Lines of events `from` to `to` - 1 of MA, one a second from T0. Freed by the
 * caller. */
char *ingest_lines(int from, int to);

/* Publish events `from` to `to` - 1 as alerts.ma. */
void ingest_world_events(struct ingest_world *w, int from, int to);

/* Sum of the stored offsets of `topic`. */
int64_t ingest_world_offset(struct ingest_world *w, const char *topic);

/* Wait until the stored offsets of `topic` sum up to `offset`. */
void ingest_world_await(struct ingest_world *w, const char *topic,
			int64_t offset);

/* Wait until the log holds `text`. */
void ingest_world_await_log(struct ingest_world *w, const char *text);

/* How often the log holds `text`. */
int ingest_world_logged(struct ingest_world *w, const char *text);

/* Sum of `v` over the account of `topic`. */
int64_t ingest_world_account(struct ingest_world *w, const char *topic,
			     enum vg_verdict v);

#endif
