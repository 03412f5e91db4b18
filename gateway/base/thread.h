/*
 * thread.h - how our threads begin: named, without the process's signals, and with a heap.
 *
 * jemalloc 5.3 gives a thread its arena with its first allocation, and has no answer but a crash
 * when there is no memory for one by then: it is made as the thread starts, not under a load that
 * has used memory up.
 */
#ifndef PENSTOCK_BASE_THREAD_H
#define PENSTOCK_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "gateway/base/err.h"

/*
 * Start run(arg), to be joined by the caller. `name` has at most 15 characters and is copied. It
 * returns when the thread has its heap: what takes memory away after that takes nothing from it.
 * All signals are blocked, they are the main thread's business; SIGBUS only when said so. 0 or an
 * errno value. Any thread.
 */
MUST_CHECK int thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg,
                            bool takes_sigbus);

#endif
