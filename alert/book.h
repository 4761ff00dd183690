/*
 * book - the alerts as stored, in memory, for readers.
 *
 * Loads every alert document once, then follows the stream vg:{vg}:astream.
 * A document is JSON text as the evaluator wrote it (docs/data-model.md).
 *
 * Threads: vg_book_step() by one thread; readers between vg_book_read_lock()
 *          and vg_book_unlock().
 */
#ifndef VG_ALERT_BOOK_H
#define VG_ALERT_BOOK_H

#include "aggregate/store.h"

struct vg_buf;
struct vg_book;

/* A country of an alert, and when it was first seen. */
struct vg_book_country {
	int64_t at_ms;
	char code[8];
};

struct vg_book_alert {
	const char *id, *rule, *fingerprint;
	const char *class_name; /* clearance class: its viewers joined by "+" */
	int64_t start_ms, end_ms; /* end as known: INT64_MAX when none        */
	int64_t resolve_after_ms, window_ms;
	int64_t detected_ms,
		updated_ms; /* first and last written; 0: not known */
	int severity;
	const char *merged_into; /* NULL unless merged; then not listed      */
	bool withdrawn;
	bool shadow;  /* of a rule on trial */
	bool is_copy; /* of one that is to be released, or is */
	const struct vg_book_country *country; /* without order */
	size_t n_country;
	const char *json; /* the document */
	size_t json_len;
};

/* True when lists have it: of rules on trial (`shadow`), or of the others. */
bool vg_alert_is_listed(const struct vg_book_alert *alert, bool shadow);

/* An empty book; freed with _free() (NULL is allowed). */
enum vg_rc vg_book_new(struct vg_book **out, struct vg_err *err) VG_MUST_CHECK;
void vg_book_free(struct vg_book *b);

/* Before the first step: keep no documents, `json` of each alert is then "". */
void vg_book_spare(struct vg_book *b);

/* Load if needed, then apply what the stream holds, waiting up to `wait_ms`. */
enum vg_rc vg_book_step(struct vg_book *b, struct vg_store *store,
			int64_t wait_ms, struct vg_err *err) VG_MUST_CHECK;

/* Hold the book still for reading; keep it short. */
void vg_book_read_lock(struct vg_book *b);
void vg_book_unlock(struct vg_book *b);

/* Changes whenever the book does; without the lock. */
uint64_t vg_book_tick(const struct vg_book *b);

/* True once loaded. Needs the lock, as the rest. */
bool vg_book_ready(const struct vg_book *b);

/* Alerts ordered by start, newest first, then id: how many, number `i`, the
 * one called `id` (NULL when there is none). */
size_t vg_book_count(const struct vg_book *b);
const struct vg_book_alert *vg_book_at(const struct vg_book *b, size_t i);
const struct vg_book_alert *vg_book_find(const struct vg_book *b,
					 struct vg_slice id);

/* Alerts ordered by id: the one `k` places behind the first whose id is not
 * before `prefix`, NULL past the end. Ids of one fingerprint stand together. */
const struct vg_book_alert *vg_book_near(const struct vg_book *b,
					 struct vg_slice prefix, size_t k);

enum { VG_HISTORY_MAX = 10000 }; /* changes of an alert that are read */

/* History of alert `id` from Redis: JSON documents, oldest first, joined into
 * one JSON array in *out: the newest VG_HISTORY_MAX; *omitted counts the ones
 * before. */
enum vg_rc vg_book_history(struct vg_store *store, struct vg_slice id,
			   struct vg_buf *out, int64_t *omitted,
			   struct vg_err *err) VG_MUST_CHECK;

#endif
