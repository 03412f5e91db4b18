/*
 * local_job.h - what the two sides of the engine share: the workers' (local.c) and the engine
 * thread's (local_thread.c). Private to them.
 */
#ifndef PENSTOCK_LOCAL_JOB_H
#define PENSTOCK_LOCAL_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "gateway/base/buf.h"
#include "gateway/base/hash.h"
#include "gateway/fair_queue.h"
#include "gateway/local.h"
#include "gateway/local_room.h"
#include "gateway/worker.h"

enum local_stage { STAGE_WAITING, STAGE_RUNNING, STAGE_ENDED };

/* One of a job's answers. */
struct local_answer {
    /* The worker's. */
    uint32_t consumed;            /* tokens delivered and not yet given back as credit */
    struct buf taken, taken_rows; /* text and rows that are being delivered */
    bool taken_end, told;         /* that it ended: to be told, and told */

    /* The engine thread's. */
    uint32_t tokens; /* generated so far */
    bool done;

    /* Under engine->lock. */
    uint32_t credit;      /* to be given to the sequence */
    struct buf text;      /* generated, not yet taken by the worker */
    struct buf logprobs;  /* likewise: rows of struct engine_logprob */
    uint32_t text_tokens; /* likewise */
    bool ended;
    enum backend_finish finish; /* stands still once it has ended */
};

/*
 * One request, seen from two threads. It is freed with its last reference: the worker's (until
 * on_end or cancel), the engine's (until the sequence is gone), one for a message that is under way
 * to the worker, and one for being on the list of calls. So a late token finds a job that says it
 * is cancelled, never freed memory.
 */
struct local_job {
    struct backend_job base;
    struct inbox_message message; /* "look at the job": at most one is under way */
    struct local_engine *engine;
    struct worker *worker;

    /* Written by local_start, then constant. */
    struct engine_sampling sampling;
    struct engine_bias *biases; /* sampling's */
    struct engine_grammar *grammar;
    const char *tools; /* in prompt; or NULL */
    uint32_t max_tokens, answer_count;
    bool stream;
    uint64_t owner, tenant;

    /* The worker's. */
    struct backend_events events;
    void *user;
    struct worker_timer *timer; /* looks whether it waits too long, or the engine is stuck */
    int64_t began_us;
    bool paused, head_sent, ended;

    /* The engine thread's. */
    uint64_t tag; /* of the first answer's sequence; the others' are those behind it */
    int64_t started_us;
    struct buf prompt;
    struct engine_message *messages;
    size_t message_count;
    char **stop;
    size_t stop_count;

    /* Under engine->lock. */
    unsigned references;
    enum local_stage stage;
    bool cancelled, posted, called;
    struct local_model *model; /* that answers it; NULL: not started */
    bool finished;             /* result is valid */
    struct backend_result result;
    struct fair_item item;
    struct local_job *next_call;

    struct local_answer answers[]; /* each field's owner is said above */
};

struct local_model {
    struct engine_model *model, *draft; /* draft: NULL for none */
    char sha256[HASH_HEX_SIZE];
    atomic_uint references;
    struct local_room *room; /* has `bytes` to come back when it is freed; NULL: none */
    size_t bytes;
};

struct local_engine {
    struct engine_source source, draft; /* paths and hash are copies */
    struct engine_session_options options;
    struct local_room *room; /* NULL: alone */
    bool on_demand;
    size_t bytes; /* that it takes of the room */
    struct local_engine *next_retired;
    struct local_guest guest;
    struct local_description description;
    char *name, *architecture;
    uint32_t queue_length, credit_tokens, default_max_tokens, context_length;
    uint32_t queue_wait_ms, stuck_ms;
    bool context_shift;
    uint32_t context_keep;
    uint8_t key[HASH_SIZE]; /* random: makes numbers of principals that nobody can guess */
    unsigned slots;
    pthread_t thread;
    bool started;

    /* The engine thread's. */
    struct engine_session *session; /* NULL: closed */
    uint32_t failures;              /* in a row */
    struct local_job **running;     /* slots entries, each for a whole job, NULL where free */
    struct engine_event *step_events;
    uint64_t last_tag;
    bool runnable;
    bool full; /* the session takes no sequence until one ends */

    _Atomic int64_t busy_since_us; /* when the thread began what it is at, or 0 */
    atomic_int state;              /* enum local_state */
    _Atomic int64_t retry_at_us;   /* of one that failed; INT64_MAX: never */
    atomic_bool stopped;

    pthread_mutex_t lock;
    pthread_cond_t wake;
    unsigned references; /* the owner's and one of every job */
    bool stopping;
    double service_ms; /* how long a job has been taking, lately */
    struct fair_queue queue;
    struct local_model *model; /* NULL: closed */
    struct local_job *calls;   /* jobs with news for the engine: cancelled, credit */
    struct local_counts counts;
};

/* ---- lifetime (local.c) ---- */

void local_engine_unref(struct local_engine *engine);
void local_job_unref(struct local_job *job);
/* As soon as the engine has the tokens, nobody needs the text. */
void local_job_wipe_prompt(struct local_job *job);

/* Tell the worker to look at the job. The lock is held. */
void local_job_post(struct local_job *job);

static inline struct local_job *local_job_of_item(struct fair_item *item)
{
    return item != NULL ? inbox_container_of(item, struct local_job, item) : NULL;
}

static inline size_t local_job_row_bytes(const struct local_job *job)
{
    return job->sampling.logprobs * sizeof(struct engine_logprob);
}

/*
 * The engine is done with the job and holds it no longer. Any thread, not under the lock, once the
 * stage is ENDED or it is the engine thread's.
 */
void local_job_end(struct local_job *job, enum backend_outcome outcome, uint32_t prompt_tokens);

void *local_thread_main(void *engine); /* local_thread.c */

/* ---- the model (local_engine.c): the engine thread, or before that runs ---- */

MUST_CHECK int local_model_open(struct local_engine *engine, struct engine_error *error);
void local_model_close(struct local_engine *engine);
/* It could not be opened or used: nobody is to ask for a while. */
void local_model_failed(struct local_engine *engine);
void local_engine_release(struct local_engine *engine); /* the last reference is gone */

/* ---- ready or not ---- */

static inline bool local_engine_stuck(const struct local_engine *engine)
{
    int64_t since = atomic_load(&engine->busy_since_us);
    return since != 0 && worker_clock_us() - since > (int64_t)engine->stuck_ms * 1000;
}

static inline bool local_engine_broken(const struct local_engine *engine)
{
    return atomic_load(&engine->state) == LOCAL_FAILED &&
           worker_clock_us() < atomic_load(&engine->retry_at_us);
}

#endif
