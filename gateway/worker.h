/*
 * worker.h - one event loop on one thread, with what belongs to a loop: an inbox, timers, the time,
 * and a list of things to do at the end of the turn.
 *
 * A turn is one wait for events and the callbacks of all that were ready. Unless it says "any
 * thread", a function is called on the worker's thread, or while that thread is not running (before
 * worker_start, after worker_join).
 *
 * Life: worker_new, set up listeners and timers, worker_start, ..., worker_stop, worker_join, free
 * listeners and timers, worker_free.
 */
#ifndef PENSTOCK_WORKER_H
#define PENSTOCK_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/inbox.h"

struct event_base;
struct worker;
struct worker_timer;

/* NULL on failure. index names the thread ("worker-0") and is kept for worker_index(). */
struct worker *worker_new(unsigned index, struct err *e);
/* Does what is still on the end-of-turn list, then frees. Not while the thread runs. */
void worker_free(struct worker *worker);

/* Starts the thread; it blocks all signals. 0 or an error. */
MUST_CHECK int worker_start(struct worker *worker, struct err *e);
/* Any thread, any number of times: the loop ends after the present turn. */
void worker_stop(struct worker *worker);
/* Waits for the thread, then runs the messages that were still queued, so that they are not lost.
 */
void worker_join(struct worker *worker);
/* Runs the loop on the calling thread until worker_stop(); instead of start and join. */
void worker_run(struct worker *worker);

unsigned worker_index(const struct worker *worker);
void *worker_user(const struct worker *worker);
void worker_set_user(struct worker *worker, void *user);
/* For the adapters that speak libevent themselves (listener, upstream). */
struct event_base *worker_base(const struct worker *worker);

/* Any thread. message->run is called on the worker's thread. */
void worker_post(struct worker *worker, struct inbox_message *message);

/*
 * Calls fn(ptr) when all callbacks of this turn have returned. Nothing is freed inside a callback:
 * it is put here. What such a function puts here is done in the same turn. Order is kept. If there
 * is no memory for the entry it is dropped and logged: a leak, not a use after free.
 */
void worker_defer(struct worker *worker, void (*fn)(void *ptr), void *ptr);

/* Monotonic microseconds, read once per turn: cheap, as old as the turn. */
int64_t worker_now_us(struct worker *worker);
/* Monotonic microseconds, read now. Any thread. */
int64_t worker_clock_us(void);

/* A one-shot timer. NULL when there is no memory. on_timer may start it again or free it. */
struct worker_timer *worker_timer_new(struct worker *worker, void (*on_timer)(void *ptr),
                                      void *ptr);
/* (Re)starts it; delay in milliseconds, 0 is the next turn. */
void worker_timer_start(struct worker_timer *timer, int64_t delay_ms);
void worker_timer_stop(struct worker_timer *timer);
/* Stops it; NULL is fine. The memory goes at the end of the turn. */
void worker_timer_free(struct worker_timer *timer);

#endif
