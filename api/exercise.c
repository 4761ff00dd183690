#include "api/exercise.h"

#include "api/json_out.h"
#include "api/pool.h"

#include <pthread.h>
#include <stdlib.h>

struct vg_exercise_gate {
	pthread_rwlock_t lock; /* guards the rest */
	bool is_on;
	struct vg_exercise_show show;
	struct vg_service service;
};

enum vg_rc vg_exercise_gate_new(struct vg_exercise_gate **out,
				struct vg_err *err)
{
	struct vg_exercise_gate *g = calloc(1, sizeof *g);

	if (g == NULL || pthread_rwlock_init(&g->lock, NULL) != 0) {
		free(g);
		return vg_err_set(err, VG_FATAL, "exercise: out of memory");
	}
	*out = g;
	return VG_OK;
}

void vg_exercise_gate_free(struct vg_exercise_gate *g)
{
	if (g == NULL)
		return;
	vg_pool_free(g->service.pool);
	(void)pthread_rwlock_destroy(&g->lock);
	free(g);
}

enum vg_rc vg_exercise_gate_show(struct vg_exercise_gate *g,
				 const struct vg_exercise_show *what,
				 struct vg_err *err)
{
	struct vg_pool *pool = NULL, *old;
	enum vg_rc rc = VG_OK;

	if (what != NULL)
		rc = vg_pool_new(&pool, what->env->cfg, what->env->metrics,
				 err);
	if (rc != VG_OK)
		return rc;
	(void)pthread_rwlock_wrlock(&g->lock);
	old = g->service.pool;
	g->is_on = what != NULL;
	g->service = (struct vg_service){.pool = pool};
	if (what != NULL) {
		g->show = *what;
		g->service.env = what->env;
		g->service.view = what->view;
		g->service.book = what->book;
		g->service.board = what->board;
	}
	(void)pthread_rwlock_unlock(&g->lock);
	vg_pool_free(old);
	return VG_OK;
}

bool vg_exercise_path(struct vg_request *r)
{
	static const char PREFIX[] = "/exercise";
	const uint32_t n = sizeof PREFIX - 1;

	if (r->path.n <= n || memcmp(r->path.p, PREFIX, n) != 0 ||
	    r->path.p[n] != '/')
		return false;
	r->path.p += n;
	r->path.n -= n;
	return true;
}

struct vg_service *vg_exercise_enter(struct vg_exercise_gate *g,
				     struct vg_request *r, struct vg_answer *a)
{
	if (g != NULL) {
		(void)pthread_rwlock_rdlock(&g->lock);
		if (g->is_on) {
			r->viewer = VG_SLOT_EXERCISE;
			vg_answer_header(a, "Vigie-Exercise", g->show.id);
			return &g->service;
		}
		(void)pthread_rwlock_unlock(&g->lock);
	}
	(void)vg_answer_fail(a, r, 404, "no-exercise",
			     "no exercise is on now; GET /v1/exercise says "
			     "when one is");
	return NULL;
}

void vg_exercise_leave(struct vg_exercise_gate *g)
{
	(void)pthread_rwlock_unlock(&g->lock);
}

bool vg_exercise_write(struct vg_jout *j, struct vg_exercise_gate *g)
{
	if (g != NULL)
		(void)pthread_rwlock_rdlock(&g->lock);
	bool is_on = g != NULL && g->is_on;
	vg_jout_open(j, '{');
	vg_jout_name(j, "on");
	vg_jout_bool(j, is_on);
	if (is_on) {
		vg_jout_name(j, "id");
		vg_jout_text(j, g->show.id);
		vg_jout_name(j, "title");
		vg_jout_text(j, g->show.title);
		vg_jout_name(j, "state");
		vg_jout_text(j, g->show.state);
		vg_jout_name(j, "since");
		vg_jout_instant(j, g->show.since_ms);
	}
	vg_jout_close(j, '}');
	if (g != NULL)
		(void)pthread_rwlock_unlock(&g->lock);
	return is_on;
}

void vg_get_exercise(struct vg_service *s, const struct vg_request *r,
		     struct vg_answer *a)
{
	struct vg_jout j = vg_answer_json(a, 200);

	(void)r;
	(void)vg_exercise_write(&j, s->exercise);
}
