#include "aggregate/view_lock.h"

#include <assert.h>

bool vg_view_mutex_init(struct vg_view_mutex *m)
{
	*m = (struct vg_view_mutex){.readers = 0};
	if (pthread_mutex_init(&m->mutex, NULL) != 0)
		return false;
	if (pthread_cond_init(&m->change, NULL) != 0) {
		pthread_mutex_destroy(&m->mutex);
		return false;
	}
	return true;
}

void vg_view_mutex_term(struct vg_view_mutex *m)
{
	assert(m->readers == 0 && !m->writing);
	pthread_cond_destroy(&m->change);
	pthread_mutex_destroy(&m->mutex);
}

void vg_view_mutex_read(struct vg_view_mutex *m)
{
	pthread_mutex_lock(&m->mutex);
	while (m->writing || m->waiting > 0)
		pthread_cond_wait(&m->change, &m->mutex);
	m->readers++;
	pthread_mutex_unlock(&m->mutex);
}

void vg_view_mutex_read_done(struct vg_view_mutex *m)
{
	pthread_mutex_lock(&m->mutex);
	assert(m->readers > 0);
	m->readers--;
	if (m->readers == 0)
		pthread_cond_broadcast(&m->change);
	pthread_mutex_unlock(&m->mutex);
}

void vg_view_mutex_write(struct vg_view_mutex *m)
{
	pthread_mutex_lock(&m->mutex);
	m->waiting++;
	while (m->writing || m->readers > 0)
		pthread_cond_wait(&m->change, &m->mutex);
	m->waiting--;
	m->writing = true;
	pthread_mutex_unlock(&m->mutex);
}

void vg_view_mutex_write_done(struct vg_view_mutex *m)
{
	pthread_mutex_lock(&m->mutex);
	assert(m->writing);
	m->writing = false;
	pthread_cond_broadcast(&m->change);
	pthread_mutex_unlock(&m->mutex);
}
