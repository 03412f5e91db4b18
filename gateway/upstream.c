#include "gateway/upstream.h"

#include <stdlib.h>
#include <time.h>

#include "gateway/base/log.h"
#include "gateway/upstream_job.h"
#include "gateway/upstream_target.h"

enum { LINGER_MS = 250 }; /* for what may follow when all is known already */

int64_t upstream_clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct upstream_job *job_of(struct backend_job *base)
{
    return (struct upstream_job *)(void *)base;
}

/* ---- what is put off until libcurl has returned ---- */

static void put_off(struct upstream_job *job)
{
    if (job->queued)
        return;
    job->queued = true;
    job->next_todo = job->pool->todo;
    job->pool->todo = job;
    /* In the next turn: pausing and resuming in one would keep the loop from everybody else. */
    event_add(job->pool->kick, &(struct timeval){0});
}

static void drop_from_todo(struct upstream_job *job)
{
    if (!job->queued)
        return;
    struct upstream_job **at = &job->pool->todo;
    while (*at != job)
        at = &(*at)->next_todo;
    *at = job->next_todo;
    job->queued = false;
}

void upstream_job_yield(struct upstream_job *job)
{
    curl_easy_pause(job->handle->easy, CURLPAUSE_RECV);
    job->to_resume = true;
    put_off(job);
}

/* ---- time ---- */

static int64_t ms(uint32_t milliseconds)
{
    return (int64_t)milliseconds * 1000;
}

/* The deadline of what the job waits for, and what it means to miss it. */
static int64_t phase_deadline(const struct upstream_job *job, enum backend_outcome *missed)
{
    const struct upstream_target *t = job->target;
    switch (job->phase) {
    case PHASE_RESOLVE:
        *missed = BACKEND_ERR_RESOLVE;
        return job->phase_us + ms(t->connect_ms);
    case PHASE_CONNECT:
        *missed = BACKEND_ERR_CONNECT;
        return job->phase_us + ms(t->connect_ms);
    case PHASE_TLS:
        *missed = BACKEND_ERR_TLS;
        return job->phase_us + ms(t->tls_ms);
    case PHASE_SENT:
        *missed = BACKEND_ERR_FIRST_BYTE;
        return job->phase_us + ms(t->first_byte_ms);
    case PHASE_ANSWER:
        *missed = BACKEND_ERR_IDLE;
        return job->paused ? job->deadline_us : job->phase_us + ms(t->idle_ms);
    case PHASE_LINGER:
        break;
    }
    *missed = BACKEND_OK;
    return job->phase_us + ms(LINGER_MS);
}

/*
 * The timer is not moved for every phase and piece of an answer: one that fires too early looks
 * again, so only an earlier deadline needs a new one.
 */
static void watch_time(struct upstream_job *job)
{
    enum backend_outcome missed;
    int64_t at = phase_deadline(job, &missed);
    if (at > job->deadline_us)
        at = job->deadline_us;
    if (job->timer_us != 0 && job->timer_us <= at)
        return;
    job->timer_us = at;
    int64_t delay = at - upstream_clock_us();
    if (delay < 0)
        delay = 0;
    struct timeval tv = {.tv_sec = delay / 1000000, .tv_usec = delay % 1000000};
    event_add(&job->timer, &tv);
}

void upstream_job_enter(struct upstream_job *job, enum upstream_phase phase)
{
    job->phase = phase;
    job->phase_us = upstream_clock_us();
    watch_time(job);
}

/* ---- endings ---- */

/* Takes the job out of everything but memory. Not while libcurl runs. */
static void detach(struct upstream_job *job)
{
    struct upstream_pool *pool = job->pool;
    drop_from_todo(job);
    event_del(&job->timer);
    if (job->added) {
        if (job->phase == PHASE_RESOLVE && !job->over)
            upstream_lookups_abandon(&pool->lookups, job->target, upstream_clock_us());
        pool->multi.inside = true;
        curl_multi_remove_handle(pool->multi.curl, job->handle->easy);
        pool->multi.inside = false;
        job->added = false;
    }
    if (job->handle != NULL)
        upstream_handles_keep(&pool->handles, job->handle);
    job->handle = NULL;
    if (job->prev != NULL)
        job->prev->next = job->next;
    else
        pool->jobs = job->next;
    if (job->next != NULL)
        job->next->prev = job->prev;
    pool->counts.running--;
}

static void free_job(struct upstream_job *job)
{
    sse_release(&job->sse);
    buf_release(&job->small);
    buf_release(&job->body);
    free(job);
}

static void log_failure(const struct upstream_job *job, enum backend_outcome outcome, CURLcode code)
{
    /* Where the verdict is ours, libcurl's reason is only that we stopped it. */
    bool its_own = code != CURLE_OK && outcome != BACKEND_ERR_GARBAGE && job->verdict == BACKEND_OK;
    long verify = 0;
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        curl_easy_getinfo(job->handle->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    LOG(LOG_LEVEL_WARN, "target_failed", LOG_NAME("target", job->target->name),
        LOG_NAME("outcome", backend_outcome_name(outcome)), LOG_NUMBER("status", job->status),
        LOG_NAME("reason", its_own ? curl_easy_strerror(code) : "none"),
        LOG_NUMBER("certificate_error", verify));
}

static void finish_job(struct upstream_job *job, CURLcode code, enum backend_outcome missed)
{
    struct backend_result result = {.outcome = upstream_answer_judge(job, code, missed),
                                    .status = job->status,
                                    .retry_after = job->head.retry_after};
    if (result.outcome != BACKEND_OK && result.outcome != BACKEND_ERR_STATUS)
        log_failure(job, result.outcome, code);
    detach(job);
    job->ending = true;
    if (result.outcome == BACKEND_OK && !job->stream)
        job->events.on_data(job->user, job->body.data, job->body.len);
    const struct answer_facts *facts = job->stream ? &job->sse.facts : &job->facts;
    result.finish = facts->finish;
    result.prompt_tokens = facts->prompt_tokens;
    result.completion_tokens = facts->completion_tokens;
    if (!job->cancelled)
        job->events.on_end(job->user, &result);
    free_job(job);
}

static void on_job_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct upstream_job *job = arg;
    enum backend_outcome missed;
    int64_t now = upstream_clock_us();
    job->timer_us = 0;
    if (now >= job->deadline_us)
        finish_job(job, CURLE_OK, BACKEND_ERR_TOTAL);
    else if (now >= phase_deadline(job, &missed))
        finish_job(job, CURLE_OK, missed);
    else
        watch_time(job);
}

/* ---- after libcurl has returned ---- */

static bool add_to_multi(struct upstream_job *job)
{
    struct upstream_pool *pool = job->pool;
    job->to_add = false;
    pool->multi.inside = true;
    job->added = curl_multi_add_handle(pool->multi.curl, job->handle->easy) == CURLM_OK;
    pool->multi.inside = false;
    return job->added;
}

static void do_todo(struct upstream_job *job)
{
    struct upstream_pool *pool = job->pool;
    if (job->to_remove) {
        detach(job);
        free_job(job);
        return;
    }
    if (job->to_add && !add_to_multi(job)) {
        job->verdict = BACKEND_ERR_INTERNAL;
        finish_job(job, CURLE_OK, BACKEND_OK);
        return;
    }
    if (job->to_resume) {
        job->to_resume = false;
        job->phase_us = upstream_clock_us();
        watch_time(job);
        /*
         * Delivers what libcurl held back from in here. When that is refused, libcurl says so here
         * and nowhere else, and does not go on with the transfer.
         */
        pool->multi.inside = true;
        CURLcode code = curl_easy_pause(job->handle->easy, CURLPAUSE_CONT);
        pool->multi.inside = false;
        if (code != CURLE_OK && !job->cancelled)
            finish_job(job, code, BACKEND_OK);
    }
}

/*
 * The next job that something can be done for now. Resumes wait for the kick, and each for one of
 * its own, so that bytes which keep coming do not make an endless turn.
 */
static struct upstream_job *take_todo(struct upstream_pool *pool, bool kicked)
{
    for (struct upstream_job *job = pool->todo; job != NULL; job = job->next_todo) {
        if (job->to_remove || job->to_add || (kicked && job->resume_turn != pool->turn)) {
            job->resume_turn = pool->turn;
            drop_from_todo(job);
            return job;
        }
    }
    return NULL;
}

static void settle(struct upstream_pool *pool, bool kicked)
{
    CURLMsg *message;
    int left;
    pool->turn++;
    do {
        struct upstream_job *job;
        while ((job = take_todo(pool, kicked)) != NULL)
            do_todo(job);
        message = curl_multi_info_read(pool->multi.curl, &left);
        if (message != NULL && message->msg == CURLMSG_DONE) {
            struct upstream_handle *handle = NULL;
            CURLcode code = message->data.result;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &handle);
            handle->job->over = true;
            if (handle->job->cancelled) {
                detach(handle->job);
                free_job(handle->job);
            } else {
                finish_job(handle->job, code, BACKEND_OK);
            }
        }
    } while (message != NULL);
}

static void on_activity(void *user)
{
    settle(user, false);
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    settle(arg, true);
}

/* ---- verbs ---- */

static void job_cancel(struct backend_job *base)
{
    struct upstream_job *job = job_of(base);
    job->cancelled = true;
    if (job->ending)
        return; /* finish_job sees it */
    if (job->pool->multi.inside) {
        job->to_remove = true;
        put_off(job);
        return;
    }
    detach(job);
    free_job(job);
}

static void job_pause(struct backend_job *base)
{
    struct upstream_job *job = job_of(base);
    if (job->paused || job->ending)
        return;
    job->paused = true;
    job->to_resume = false;
    if (job->added)
        curl_easy_pause(job->handle->easy, CURLPAUSE_RECV);
}

static void job_resume(struct backend_job *base)
{
    struct upstream_job *job = job_of(base);
    if (!job->paused || job->ending)
        return;
    job->paused = false;
    job->to_resume = true;
    put_off(job);
}

static const struct backend_ops ops = {
    .cancel = job_cancel, .pause = job_pause, .resume = job_resume};

static enum backend_outcome prepare(struct upstream_job *job,
                                    const struct upstream_request *request)
{
    struct upstream_pool *pool = job->pool;
    const struct upstream_target *t = job->target;
    const char *path = request->path != NULL ? request->path : "/chat/completions";
    job->handle = upstream_handles_take(&pool->handles, t, path);
    if (job->handle == NULL)
        return BACKEND_ERR_INTERNAL;
    job->handle->job = job;
    if (upstream_send_prepare(job, request) != 0)
        return BACKEND_ERR_INTERNAL;
    uint32_t total = t->total_ms;
    if (request->total_ms != 0 && request->total_ms < total)
        total = request->total_ms;
    job->phase_us = upstream_clock_us();
    job->deadline_us = job->phase_us + ms(total);
    watch_time(job);
    if (pool->multi.inside) {
        job->to_add = true;
        put_off(job);
        return BACKEND_OK;
    }
    return add_to_multi(job) ? BACKEND_OK : BACKEND_ERR_INTERNAL;
}

enum backend_outcome upstream_start(struct upstream_pool *pool,
                                    const struct upstream_target *target,
                                    const struct upstream_request *request,
                                    const struct backend_events *events, void *user,
                                    struct backend_job **out)
{
    *out = NULL;
    if (target->key_missing)
        return BACKEND_ERR_NO_KEY;
    if (upstream_lookups_full(&pool->lookups, target, upstream_clock_us()))
        return BACKEND_ERR_RESOLVE;
    if (request->piece_count > UPSTREAM_MAX_PIECES)
        return BACKEND_ERR_INTERNAL;
    struct upstream_job *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return BACKEND_ERR_INTERNAL;
    job->base.ops = &ops;
    job->pool = pool;
    job->target = target;
    job->events = *events;
    job->user = user;
    job->stream = request->stream;
    upstream_answer_init(job);
    evtimer_assign(&job->timer, pool->multi.base, on_job_timer, job);
    job->next = pool->jobs;
    if (job->next != NULL)
        job->next->prev = job;
    pool->jobs = job;
    pool->counts.running++;
    enum backend_outcome outcome = prepare(job, request);
    if (outcome != BACKEND_OK) {
        detach(job);
        free_job(job);
        return outcome;
    }
    pool->counts.started++;
    *out = &job->base;
    return BACKEND_OK;
}

static void set_callbacks(struct upstream_handle *handle)
{
    upstream_send_set_callbacks(handle);
    upstream_answer_set_callbacks(handle);
}

struct upstream_pool *upstream_pool_new(struct event_base *base)
{
    struct upstream_pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return NULL;
    pool->handles.set_callbacks = set_callbacks;
    pool->handles.multi = &pool->multi;
    if (upstream_curl_init(NULL) != 0 ||
        upstream_multi_init(&pool->multi, base, on_activity, pool) != 0 ||
        (pool->kick = evtimer_new(base, on_kick, pool)) == NULL) {
        upstream_pool_free(pool);
        return NULL;
    }
    return pool;
}

void upstream_pool_free(struct upstream_pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->jobs != NULL) {
        struct upstream_job *job = pool->jobs;
        detach(job);
        free_job(job);
    }
    upstream_handles_release(&pool->handles);
    upstream_multi_release(&pool->multi);
    if (pool->kick != NULL)
        event_free(pool->kick);
    free(pool);
}

void upstream_pool_counts(const struct upstream_pool *pool, struct upstream_counts *out)
{
    *out = pool->counts;
}
