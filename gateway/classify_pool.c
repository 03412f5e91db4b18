#include "gateway/classify_pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/thread.h"
#include "gateway/worker.h"

enum {
    DEFAULT_THREADS = 1,
    DEFAULT_QUEUE = 64,
    DEFAULT_QUEUE_BYTES = 64 * 1024 * 1024,
    DEFAULT_TIMEOUT_MS = 2000,
    SCAN_NICENESS = 5, /* a quarter of a core that a worker wants too */
    SCAN_PATIENCE_US = 500000,
    TASK_PATIENCE_US = 2000,
    NUDGE_US = 500,
};

/*
 * A job is in the pool's list as long as somebody waits for it. Its result (`done`) was made with
 * it and leaves once: with the scan's outcome, with a time-out, or not at all when cancelled. A
 * thread that is still scanning a job without a result throws it away when it comes back.
 */
enum { MODEL_CHARS = 129 };

struct pool_thread {
    struct classify_pool *pool;
    struct classify_scratch *scratch; /* NULL: it does tasks */
    pthread_t id;
    bool started;
    pid_t tid;
    int64_t patient_until_us; /* 0: it is not, or not at work */
};

struct job {
    struct job *prev, *next;
    const struct pool_thread *thread; /* that scans it; NULL: it waits */
    atomic_bool stop;
    int64_t deadline_us;
    struct classify_done *done;
    struct classify_input input;
    struct classify_text *texts;
    struct pii_set wanted;   /* what input.wanted points at, if at anything */
    char model[MODEL_CHARS]; /* likewise input.model */
    struct buf bytes;        /* the copy that texts are views of; wiped when released */
};

struct classify_pool {
    const struct classifiers *classifiers;
    unsigned queue, timeout_ms;
    size_t queue_bytes;
    pthread_mutex_t lock;
    pthread_cond_t work;      /* for the scanning threads */
    pthread_cond_t task;      /* for the thread that does tasks */
    pthread_cond_t time;      /* for the timekeeper */
    struct job *first, *last; /* oldest first, so that deadlines are in order */
    unsigned jobs;            /* in the list or still being scanned */
    struct classify_task *first_task, *last_task;
    unsigned running; /* jobs being scanned, and a task */
    size_t bytes;
    uint64_t next_ticket;
    bool stopping;
    pthread_t timekeeper;
    bool has_timekeeper;
    unsigned scan_threads;
    struct pool_thread *threads; /* those, and behind them the one that does tasks */
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void run_done(struct inbox_message *message)
{
    struct classify_done *done = inbox_container_of(message, struct classify_done, message);
    done->on_done(done->user, done);
    classify_spans_release(&done->spans);
    free(done);
}

/* ---- jobs; everything under the lock but job_new and job_free ---- */

static void job_free(struct job *job)
{
    buf_release(&job->bytes);
    free(job->texts);
    free(job->done);
    free(job);
}

static struct job *job_new(const struct classify_input *input,
                           const struct classify_job_options *options)
{
    struct job *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return NULL;
    atomic_init(&job->stop, false);
    job->input = *input;
    job->input.stop = &job->stop;
    job->texts = calloc(input->text_count + 1, sizeof(*job->texts));
    job->done = calloc(1, sizeof(*job->done));
    /* One reservation, so that the views below stay valid. */
    if (job->texts == NULL || job->done == NULL ||
        buf_reserve(&job->bytes, classify_input_bytes(input) + 1) != 0)
        goto fail;
    for (size_t i = 0; i < input->text_count; i++) {
        struct content text = input->texts[i].text;
        size_t at = job->bytes.len;
        if (buf_append(&job->bytes, content_bytes(text), content_len(text)) != 0)
            goto fail;
        job->texts[i] = input->texts[i];
        job->texts[i].text = content_of(job->bytes.data + at, content_len(text));
    }
    job->input.texts = job->texts;
    if (input->model != NULL) {
        (void)snprintf(job->model, sizeof(job->model), "%s", input->model);
        job->input.model = job->model;
    }
    if (input->wanted != NULL) {
        job->wanted = *input->wanted;
        job->input.wanted = &job->wanted;
    }
    job->done->request = options->request;
    job->done->generation = options->generation;
    job->done->message.run = run_done;
    job->done->on_done = options->on_done;
    job->done->user = options->user;
    job->done->worker = options->worker;
    return job;
fail:
    job_free(job);
    return NULL;
}

static void list_append(struct classify_pool *pool, struct job *job)
{
    job->prev = pool->last;
    job->next = NULL;
    if (pool->last != NULL)
        pool->last->next = job;
    else
        pool->first = job;
    pool->last = job;
}

static void list_remove(struct classify_pool *pool, struct job *job)
{
    if (job->prev != NULL)
        job->prev->next = job->next;
    else
        pool->first = job->next;
    if (job->next != NULL)
        job->next->prev = job->prev;
    else
        pool->last = job->prev;
}

/* Takes the result out of the job and the job out of the list. */
static struct classify_done *job_take_done(struct classify_pool *pool, struct job *job)
{
    struct classify_done *done = job->done;
    job->done = NULL;
    list_remove(pool, job);
    return done;
}

static void job_settle(struct classify_pool *pool, struct job *job)
{
    pool->jobs--;
    pool->bytes -= job->bytes.len;
    job_free(job);
}

/* Linux keeps policy and niceness for each thread. */
static void set_patient(pid_t thread, bool patient)
{
    const struct sched_param none = {.sched_priority = 0};
    (void)sched_setscheduler(thread, patient ? SCHED_IDLE : SCHED_OTHER, &none);
}

/*
 * Somebody else than its thread ends the job; a running one is left to its thread, which gets time
 * to see it: the next job waits for that.
 */
static struct classify_done *job_abandon(struct classify_pool *pool, struct job *job)
{
    struct classify_done *done = job_take_done(pool, job);
    atomic_store(&job->stop, true);
    if (job->thread == NULL)
        job_settle(pool, job);
    else if (job->thread->patient_until_us != 0)
        set_patient(job->thread->tid, false);
    return done;
}

static void post(struct classify_done *done)
{
    worker_post(done->worker, &done->message);
}

static void post_unclassified(struct classify_done *done, enum unclassified reason)
{
    classify_none(&done->facts, reason);
    post(done);
}

/* ---- threads ---- */

static struct job *next_waiting(struct classify_pool *pool)
{
    for (struct job *job = pool->first; job != NULL; job = job->next)
        if (job->thread == NULL)
            return job;
    return NULL;
}

static struct classify_task *take_task(struct classify_pool *pool)
{
    struct classify_task *task = pool->first_task;
    if (task != NULL)
        pool->first_task = task->next;
    if (pool->first_task == NULL)
        pool->last_task = NULL;
    return task;
}

/*
 * A long text takes a core for its time: where a worker wants the same core, it comes first. What
 * the scan gets beside it is time that a worker waits, so a scan begins with next to nothing; but
 * where cores have no rest, for the engine is at work, it must be done some day, and after a while
 * gets its share. A process may always lower its own claim, but raise it only with a limit for that
 * (RLIMIT_NICE) or as root, which is tried here: without, the scan has its share from the start.
 */
static bool can_be_patient(void)
{
    (void)setpriority(PRIO_PROCESS, 0, SCAN_NICENESS + 1);
    return setpriority(PRIO_PROCESS, 0, SCAN_NICENESS) == 0;
}

/* Under the lock, before and after a job or a task. */
static void thread_begins(struct pool_thread *self, int64_t patience_us)
{
    struct classify_pool *pool = self->pool;
    if (pool->running++ == 0)
        pthread_cond_signal(&pool->time);
    self->patient_until_us = patience_us != 0 ? now_us() + patience_us : 0;
}

static void thread_ends(struct pool_thread *self)
{
    self->pool->running--;
    self->patient_until_us = 0;
}

static void *scan_main(void *arg)
{
    struct pool_thread *self = arg;
    struct classify_pool *pool = self->pool;
    const bool patient = can_be_patient();
    self->tid = gettid();
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct job *job = next_waiting(pool);
        if (job == NULL) {
            if (pool->stopping)
                break;
            pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        job->thread = self;
        thread_begins(self, patient ? SCAN_PATIENCE_US : 0);
        pthread_mutex_unlock(&pool->lock);

        /* Never under a lock: workers would wait for a thread that everybody comes before. */
        if (patient && !atomic_load(&job->stop))
            set_patient(self->tid, true);

        struct facts facts = {.model = NULL};
        struct classify_times times;
        struct classify_spans spans = {.items = NULL};
        job->input.spans = &spans;
        classify_request(pool->classifiers, self->scratch, &job->input, &facts, &times);
        if (patient)
            set_patient(self->tid, false);

        pthread_mutex_lock(&pool->lock);
        thread_ends(self);
        if (job->done != NULL) {
            struct classify_done *done = job_take_done(pool, job);
            done->facts = facts;
            done->times = times;
            done->spans = spans;
            post(done);
        } else {
            classify_spans_release(&spans);
        }
        job_settle(pool, job);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void *task_main(void *arg)
{
    struct pool_thread *self = arg;
    struct classify_pool *pool = self->pool;
    const bool patient = can_be_patient();
    self->tid = gettid();
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct classify_task *task = take_task(pool);
        if (task == NULL) {
            if (pool->stopping)
                break;
            pthread_cond_wait(&pool->task, &pool->lock);
            continue;
        }
        thread_begins(self, patient ? TASK_PATIENCE_US : 0);
        pthread_mutex_unlock(&pool->lock);
        if (patient)
            set_patient(self->tid, true);
        task->run(task);
        if (patient)
            set_patient(self->tid, false);
        worker_post(task->worker, &task->message);
        pthread_mutex_lock(&pool->lock);
        thread_ends(self);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Said again from time to time, in case the thread became patient only after it was said. */
static void end_patience(struct classify_pool *pool, int64_t now)
{
    for (unsigned i = 0; i <= pool->scan_threads; i++) {
        struct pool_thread *thread = &pool->threads[i];
        if (thread->patient_until_us == 0 || now < thread->patient_until_us)
            continue;
        set_patient(thread->tid, false);
        thread->patient_until_us = now + SCAN_PATIENCE_US;
    }
}

/*
 * Ends what takes too long. While a thread is at work it wakes twice a millisecond, for the
 * scheduler's sake: a worker that wakes before its earlier work is forgiven does not interrupt the
 * thread, and Linux would look again at the next tick only, up to four milliseconds later. It looks
 * whenever somebody wakes on that core.
 */
static void *timekeeper_main(void *arg)
{
    struct classify_pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping) {
        const struct job *job = pool->first;
        int64_t now = now_us();
        int64_t until = pool->running != 0 ? now + NUDGE_US : INT64_MAX;
        if (job != NULL && now >= job->deadline_us) {
            post_unclassified(job_abandon(pool, pool->first), UNCLASSIFIED_TIMEOUT);
            continue;
        }
        if (job != NULL && job->deadline_us < until)
            until = job->deadline_us;
        end_patience(pool, now);
        if (until == INT64_MAX) {
            pthread_cond_wait(&pool->time, &pool->lock);
            continue;
        }
        struct timespec at = {.tv_sec = (time_t)(until / 1000000),
                              .tv_nsec = (long)(until % 1000000) * 1000};
        (void)pthread_cond_timedwait(&pool->time, &pool->lock, &at);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- the pool ---- */

static int init_waiting(struct classify_pool *pool)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0)
        return ERR_MEMORY;
    int rc = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    if (rc == 0)
        rc = pthread_mutex_init(&pool->lock, NULL);
    if (rc == 0)
        rc = pthread_cond_init(&pool->work, &monotonic);
    if (rc == 0)
        rc = pthread_cond_init(&pool->task, &monotonic);
    if (rc == 0)
        rc = pthread_cond_init(&pool->time, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return rc == 0 ? 0 : ERR_MEMORY;
}

static int start_threads(struct classify_pool *pool)
{
    int rc = 0;
    for (unsigned i = 0; i <= pool->scan_threads && rc == 0; i++) {
        struct pool_thread *thread = &pool->threads[i];
        bool scans = thread->scratch != NULL;
        rc = thread_start(&thread->id, scans ? "classify" : "classify-task",
                          scans ? scan_main : task_main, thread, false);
        thread->started = rc == 0;
    }
    if (rc == 0) {
        rc = thread_start(&pool->timekeeper, "classify-time", timekeeper_main, pool, false);
        pool->has_timekeeper = rc == 0;
    }
    return rc;
}

int classify_pool_new(const struct classify_pool_options *options,
                      const struct classifiers *classifiers, struct classify_pool **out,
                      struct err *err)
{
    *out = NULL;
    struct classify_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    if (init_waiting(pool) != 0) {
        free(pool);
        return err_set(err, ERR_MEMORY, "out of memory");
    }
    pool->classifiers = classifiers;
    pool->queue = options->queue != 0 ? options->queue : DEFAULT_QUEUE;
    pool->queue_bytes = options->queue_bytes != 0 ? options->queue_bytes : DEFAULT_QUEUE_BYTES;
    pool->timeout_ms = options->timeout_ms != 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    pool->scan_threads = options->threads != 0 ? options->threads : DEFAULT_THREADS;
    pool->threads = calloc(pool->scan_threads + 1, sizeof(*pool->threads));
    int rc = pool->threads != NULL ? 0 : err_set(err, ERR_MEMORY, "out of memory");
    for (unsigned i = 0; i <= pool->scan_threads && rc == 0; i++) {
        pool->threads[i].pool = pool;
        if (i < pool->scan_threads)
            rc = classify_scratch_new(options->cache_texts, &pool->threads[i].scratch, err);
    }
    if (rc == 0 && start_threads(pool) != 0)
        rc = err_set(err, ERR_MEMORY, "cannot start the classifier threads");
    if (rc != 0) {
        classify_pool_free(pool);
        return rc;
    }
    *out = pool;
    return 0;
}

void classify_pool_free(struct classify_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    for (struct job *job = next_waiting(pool); job != NULL; job = next_waiting(pool))
        post_unclassified(job_abandon(pool, job), UNCLASSIFIED_OVERLOAD);
    for (struct classify_task *task; (task = take_task(pool)) != NULL;)
        worker_post(task->worker, &task->message);
    pthread_cond_broadcast(&pool->work);
    pthread_cond_broadcast(&pool->task);
    pthread_cond_broadcast(&pool->time);
    pthread_mutex_unlock(&pool->lock);
    if (pool->has_timekeeper)
        pthread_join(pool->timekeeper, NULL);
    for (unsigned i = 0; pool->threads != NULL && i <= pool->scan_threads; i++) {
        if (pool->threads[i].started)
            pthread_join(pool->threads[i].id, NULL);
        classify_scratch_free(pool->threads[i].scratch);
    }
    free(pool->threads);
    pthread_cond_destroy(&pool->time);
    pthread_cond_destroy(&pool->task);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

int classify_pool_submit(struct classify_pool *pool, const struct classify_input *input,
                         const struct classify_job_options *options, uint64_t *ticket)
{
    size_t bytes = classify_input_bytes(input);
    int rc = 0;
    /* Room is taken before the copy is made, so that many at once cannot all copy first. */
    pthread_mutex_lock(&pool->lock);
    if (pool->stopping || pool->jobs >= pool->queue || bytes > pool->queue_bytes - pool->bytes)
        rc = ERR_BUSY;
    else {
        pool->jobs++;
        pool->bytes += bytes;
        *ticket = ++pool->next_ticket;
    }
    pthread_mutex_unlock(&pool->lock);
    if (rc != 0)
        return rc;

    struct job *job = job_new(input, options);
    pthread_mutex_lock(&pool->lock);
    if (job == NULL) {
        pool->jobs--;
        pool->bytes -= bytes;
        rc = ERR_MEMORY;
    } else if (pool->stopping) {
        job_settle(pool, job);
        rc = ERR_BUSY;
    } else {
        job->done->ticket = *ticket;
        job->deadline_us = now_us() + (int64_t)pool->timeout_ms * 1000;
        bool timekeeper_sleeps = pool->first == NULL;
        list_append(pool, job);
        pthread_cond_signal(&pool->work);
        if (timekeeper_sleeps)
            pthread_cond_signal(&pool->time);
    }
    pthread_mutex_unlock(&pool->lock);
    return rc;
}

void classify_pool_cancel(struct classify_pool *pool, uint64_t ticket)
{
    struct classify_done *done = NULL;
    pthread_mutex_lock(&pool->lock);
    for (struct job *job = pool->first; job != NULL; job = job->next) {
        if (job->done->ticket == ticket) {
            done = job_abandon(pool, job);
            break;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    free(done);
}

void classify_pool_run(struct classify_pool *pool, struct classify_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->stopping) {
        worker_post(task->worker, &task->message);
    } else {
        if (pool->last_task != NULL)
            pool->last_task->next = task;
        else
            pool->first_task = task;
        pool->last_task = task;
        pthread_cond_signal(&pool->task);
    }
    pthread_mutex_unlock(&pool->lock);
}
