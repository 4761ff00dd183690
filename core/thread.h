/*
 * thread - starting a thread that has a name, as `top -H` and a debugger show.
 *
 * Threads: any.
 */
#ifndef VG_CORE_THREAD_H
#define VG_CORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Run run(arg) in a new thread called `name`, of at most 15 bytes. False when
 * there can be none; *thread is then undefined. */
bool vg_thread_start(pthread_t *thread, const char *name, void *(*run)(void *),
		     void *arg);

#endif
