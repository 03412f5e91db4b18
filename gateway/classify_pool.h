/*
 * classify_pool.h - threads that read and classify long prompts, so that they never stall an event
 * loop. They give way to workers that want the same core.
 *
 * The pool copies the texts at submission (and wipes the copy): a request may end at any time. The
 * worker learns the outcome through its own inbox, with the request's number and generation; for a
 * request that is gone it finds nothing. Exactly one outcome comes for each job that was accepted
 * and not cancelled in time: the result, or UNCLASSIFIED_TIMEOUT when the time since
 * submission is up (a thread that is still scanning then throws its result away), or
 * UNCLASSIFIED_OVERLOAD when the pool is stopped.
 */
#ifndef PENSTOCK_CLASSIFY_POOL_H
#define PENSTOCK_CLASSIFY_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/inbox.h"
#include "gateway/classify.h"

enum { CLASSIFY_INLINE_BYTES = 16 * 1024 }; /* longer prompts go to the pool */

struct classify_pool;
struct worker;

struct classify_pool_options {
    unsigned threads;    /* 0: 1 */
    unsigned queue;      /* most jobs waiting or running; 0: 64 */
    size_t queue_bytes;  /* most text held by them; 0: 64 MiB */
    size_t cache_texts;  /* of each thread, see classify_scratch_new() */
    unsigned timeout_ms; /* from submission to result; 0: 2000 */
};

MUST_CHECK int classify_pool_new(const struct classify_pool_options *options,
                                 const struct classifiers *classifiers, struct classify_pool **out,
                                 struct err *err);
/* Ends the threads; the job or task that each is on is finished first. Waiting jobs are posted as
 * overload, waiting tasks as they are. The workers must still exist. */
void classify_pool_free(struct classify_pool *pool);

struct classify_done {
    uint64_t request;    /* as given */
    uint64_t generation; /* as given */
    uint64_t ticket;
    struct facts facts; /* unclassified, text_bytes, pii and complexity are set; the rest is zero */
    struct classify_times times;
    struct classify_spans spans; /* on_done may take them; what it leaves is released */

    /* The pool's. */
    struct inbox_message message;
    struct worker *worker;
    void (*on_done)(void *user, struct classify_done *done);
    void *user;
};

struct classify_job_options {
    uint64_t request, generation; /* to find the request again */
    struct worker *worker;        /* whose thread on_done is called on */
    /* Called once; done is gone when it returns. user must live as long as the worker: the request
     * is found by its number, since it may have ended meanwhile. */
    void (*on_done)(void *user, struct classify_done *done);
    void *user;
};

/*
 * Any thread. input->wanted is copied and input->spans not used: the spans come with the outcome.
 * 0: *ticket is set and on_done will be called. Nothing is allocated after that, so a
 * result is never lost for want of memory. ERR_BUSY: the pool is full, the caller sets
 * UNCLASSIFIED_OVERLOAD (classify_none) and goes on; ERR_MEMORY likewise with UNCLASSIFIED_ERROR.
 */
MUST_CHECK int classify_pool_submit(struct classify_pool *pool, const struct classify_input *input,
                                    const struct classify_job_options *options, uint64_t *ticket);
/* The request ended: drop the job. A result that is on its way already still comes. */
void classify_pool_cancel(struct classify_pool *pool, uint64_t ticket);

/*
 * Work of some milliseconds at most that comes before a scan, such as reading a body. Tasks have a
 * thread of their own, which does them one after the other: none waits for a scan.
 *
 * The task is the pool's until message.run is called on the worker's thread, which it is in any
 * case, and which may free it. Then run was called on the pool's thread, unless the pool stopped
 * before.
 */
struct classify_task {
    struct inbox_message message;
    struct worker *worker;
    void (*run)(struct classify_task *task);
    struct classify_task *next; /* the pool's */
};
/* Any thread. */
void classify_pool_run(struct classify_pool *pool, struct classify_task *task);

#endif
