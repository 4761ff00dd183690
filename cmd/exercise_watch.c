#include "cmd/exercise_watch.h"

#include "alert/book.h"
#include "cmd/exercise_mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 500, WAIT_MS = 20 };

struct vg_exercise_watch {
	const char *path;
	struct vg_world_set set;
	const struct vg_log *log;
	struct vg_exercise_gate *gate;
	int64_t looked_ms;
	struct vg_exercise_mark mark;	     /* of what is on; id "": none */
	char failed[VG_EXERCISE_ID_MAX + 1]; /* not to be tried again */
	/* While one is followed: */
	bool follows, is_shown;
	struct vg_world world;
	struct vg_store *store;
	struct vg_view *view;
	struct vg_book *book;
	struct vg_board *board;
};

enum vg_rc vg_exercise_watch_new(struct vg_exercise_watch **out,
				 const char *path,
				 const struct vg_world_set *set,
				 const struct vg_log *log, struct vg_err *err)
{
	struct vg_exercise_watch *w = calloc(1, sizeof *w);
	enum vg_rc rc;

	if (w == NULL)
		return vg_err_set(err, VG_FATAL, "exercise: out of memory");
	w->path = path;
	w->set = *set;
	w->log = log;
	rc = vg_exercise_gate_new(&w->gate, err);
	if (rc != VG_OK) {
		free(w);
		return rc;
	}
	*out = w;
	return VG_OK;
}

struct vg_exercise_gate *vg_exercise_watch_gate(struct vg_exercise_watch *w)
{
	return w->gate;
}

/* Nobody reads it any more when the gate is shut. */
static void let_go(struct vg_exercise_watch *w)
{
	struct vg_err err;

	if (w->gate != NULL &&
	    vg_exercise_gate_show(w->gate, NULL, &err) != VG_OK)
		abort(); /* showing nothing asks for nothing */
	vg_board_free(w->board);
	vg_book_free(w->book);
	vg_view_free(w->view);
	vg_store_free(w->store);
	w->board = NULL;
	w->book = NULL;
	w->view = NULL;
	w->store = NULL;
	vg_world_term(&w->world);
	if (w->is_shown)
		vg_log(w->log, VG_LOG_INFO, VG_EV_EXERCISE_OFF, NULL);
	w->follows = w->is_shown = false;
}

void vg_exercise_watch_free(struct vg_exercise_watch *w)
{
	if (w == NULL)
		return;
	let_go(w);
	vg_exercise_gate_free(w->gate);
	free(w);
}

static enum vg_rc begin(struct vg_exercise_watch *w, struct vg_err *err)
{
	enum vg_rc rc = vg_world_init_exercise(&w->world, w->path, &w->set,
					       w->mark.id, err);

	if (rc != VG_OK)
		return rc;
	w->follows = true;
	w->world.set->loaded_ms = w->mark.since_ms;
	rc = vg_store_new(&w->store, w->world.cfg, &w->world.metrics, err);
	if (rc == VG_OK)
		rc = vg_view_new(&w->view, &w->world.env, NULL, err);
	if (rc == VG_OK)
		rc = vg_book_new(&w->book, err);
	return rc == VG_OK ? vg_board_new(&w->board, w->world.set, err) : rc;
}

static enum vg_rc show(struct vg_exercise_watch *w, struct vg_err *err)
{
	struct vg_exercise_show s = {.env = &w->world.env,
				     .view = w->view,
				     .book = w->book,
				     .board = w->board,
				     .since_ms = w->mark.since_ms};

	(void)snprintf(s.id, sizeof s.id, "%s", w->mark.id);
	(void)snprintf(s.title, sizeof s.title, "%s", w->mark.title);
	(void)snprintf(s.state, sizeof s.state, "%s", w->mark.state);
	enum vg_rc rc = vg_exercise_gate_show(w->gate, &s, err);
	if (rc == VG_OK && !w->is_shown)
		vg_log(w->log, VG_LOG_INFO, VG_EV_EXERCISE_ON, "id", w->mark.id,
		       NULL);
	w->is_shown = w->is_shown || rc == VG_OK;
	return rc;
}

static enum vg_rc follow(struct vg_exercise_watch *w, int64_t now_ms,
			 struct vg_err *err)
{
	size_t applied = 0;
	enum vg_rc rc = w->follows ? VG_OK : begin(w, err);

	if (rc == VG_OK)
		rc = vg_view_step(w->view, w->store, now_ms, WAIT_MS, &applied,
				  err);
	if (rc == VG_OK)
		rc = vg_book_step(w->book, w->store, 0, err);
	if (rc == VG_OK && !w->is_shown && vg_view_ready(w->view) &&
	    vg_book_ready(w->book))
		rc = show(w, err);
	return rc;
}

/* Read the mark when it is time: what it says other than before. */
static enum vg_rc look(struct vg_exercise_watch *w, struct vg_store *store,
		       int64_t now_ms, struct vg_err *err)
{
	struct vg_exercise_mark m;

	if (now_ms >= w->looked_ms && now_ms - w->looked_ms < LOOK_MS)
		return VG_OK;
	enum vg_rc rc = vg_exercise_mark_read(store, &m, err);
	if (rc != VG_OK)
		return rc;
	w->looked_ms = now_ms;
	bool is_on = m.id[0] != '\0' && strcmp(m.state, "purging") != 0 &&
		     strcmp(m.id, w->failed) != 0;
	bool is_same = strcmp(m.id, w->mark.id) == 0;
	bool is_news = strcmp(m.state, w->mark.state) != 0;

	if (!is_on)
		m.id[0] = '\0';
	if (w->follows && (!is_on || !is_same))
		let_go(w);
	w->mark = m;
	return w->is_shown && is_news ? show(w, err) : VG_OK;
}

enum vg_rc vg_exercise_watch_step(struct vg_exercise_watch *w,
				  struct vg_store *store, int64_t now_ms,
				  struct vg_err *err)
{
	const struct timespec wait = {.tv_nsec = WAIT_MS * 1000000L};
	struct vg_err why = {0};
	enum vg_rc rc = look(w, store, now_ms, err);

	if (rc != VG_OK)
		return rc;
	rc = w->mark.id[0] != '\0' ? follow(w, now_ms, &why) : VG_OK;
	if (rc != VG_OK && rc != VG_RETRY) {
		vg_log(w->log, VG_LOG_WARN, VG_EV_EXERCISE_FAILED, "id",
		       w->mark.id, "error", why.text, NULL);
		(void)snprintf(w->failed, sizeof w->failed, "%s", w->mark.id);
		w->mark.id[0] = '\0';
		let_go(w);
	}
	if (rc != VG_OK || w->mark.id[0] == '\0')
		(void)nanosleep(&wait, NULL);
	return VG_OK;
}
