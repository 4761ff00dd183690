/*
 * story_fix - events by numbers, so that a test can tell them again with some
 * left out or replaced, and the answers that a viewer then gets, as text.
 *
 * For law 3 over the real path: they are counted into partition 0 of the first
 * STORY_PARTNERS partners of view_fix. Every failure ends the test.
 */
#ifndef VG_TESTS_STORY_FIX_H
#define VG_TESTS_STORY_FIX_H

#include "api/service.h"
#include "view_fix.h"

enum { STORY_PARTNERS = 3, STORY_ANSWERS_MAX = 2048, STORY_KINDS = 9 };

struct story_record {
	unsigned partner, country, actor, source, technique, category, sensor,
		indicator;
	int64_t time_ms, log_ms, count;
	uint16_t audience;
};

struct story_answers {
	char *text[STORY_ANSWERS_MAX];
	size_t n;
};

/* Different names of each field. */
struct story_size {
	unsigned countries, actors, techniques, sensors, indicators;
	int64_t spread_ms; /* how old an event is at most when it is logged */
};

/* A generator that repeats itself: 0 <= number < n. */
void story_seed(uint64_t seed);
unsigned story_random(unsigned n);

/* What happened, without by whom it is told and who may see it. */
void story_fill(struct story_record *r, const struct story_size *size,
		int64_t log_ms);

/* An audience of kind 0 (all, the public too) to STORY_KINDS - 1: all,
 * the originator, named ones, or a caveat. */
uint16_t story_audience(const struct vg_audiences *aud, unsigned partner,
			unsigned kind);

/* Tally and count `r` as the record at `offset`. */
void story_count(const struct story_record *r, struct vg_part *part,
		 int64_t offset);

/* Commit what was counted up to `next`; send the heartbeat of `beat_ms`. */
void story_commit(struct fix *f, struct vg_part *part, unsigned slot,
		  int64_t next, int64_t log_ms, int64_t beat_ms);

/* A token file whose tokens are the names of the viewers, each followed by
 * `words`, for the configuration; its path is written to `path`. */
void story_tokens(struct fix *f, const char *const *viewer, size_t n,
		  const char *words, char path[64]);

/* Step `view` until it is level, with every partition. */
void story_follow(struct fix *f, struct vg_view *view, int64_t now_ms);

/* Keep the answer to `asked`: status, type, body, an empty line, headers. */
void story_keep(struct story_answers *list, const struct vg_answer *a,
		const char *asked);

/* All are equal; else the first that is not is shown, around the place. */
void story_compare(const struct story_answers *a, const struct story_answers *b,
		   const char *what);

void story_forget(struct story_answers *list);

#endif
