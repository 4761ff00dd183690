#define _GNU_SOURCE /* pthread_setname_np() */
#include "core/thread.h"

#include <assert.h>
#include <string.h>

bool vg_thread_start(pthread_t *thread, const char *name, void *(*run)(void *),
		     void *arg)
{
	assert(strlen(name) <= 15);
	if (pthread_create(thread, NULL, run, arg) != 0)
		return false;
	(void)pthread_setname_np(*thread, name);
	return true;
}
