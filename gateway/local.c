#include "gateway/local.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"
#include "gateway/local_job.h"

/* ---- lifetime ---- */

void local_job_wipe_prompt(struct local_job *job)
{
    buf_release(&job->prompt);
    free(job->messages);
    job->messages = NULL;
    for (size_t i = 0; i < job->stop_count; i++) {
        explicit_bzero(job->stop[i], strlen(job->stop[i]));
        free(job->stop[i]);
    }
    free(job->stop);
    job->stop = NULL;
    job->stop_count = 0;
}

static void release_answer(struct local_answer *answer)
{
    buf_release(&answer->text);
    buf_release(&answer->logprobs);
}

static void free_job(struct local_job *job)
{
    local_job_wipe_prompt(job);
    for (uint32_t i = 0; i < job->answer_count; i++)
        release_answer(&job->answers[i]);
    free(job->biases);
    engine_grammar_free(job->grammar);
    local_model_unref(job->model);
    free(job);
}

void local_engine_unref(struct local_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    bool last = --engine->references == 0;
    pthread_mutex_unlock(&engine->lock);
    if (last)
        local_engine_release(engine);
}

void local_job_unref(struct local_job *job)
{
    struct local_engine *engine = job->engine;
    pthread_mutex_lock(&engine->lock);
    bool last = --job->references == 0;
    pthread_mutex_unlock(&engine->lock);
    if (last) {
        free_job(job);
        local_engine_unref(engine);
    }
}

/* ---- messages both ways; the lock is held ---- */

void local_job_post(struct local_job *job)
{
    if (job->posted || job->cancelled)
        return;
    job->posted = true;
    job->references++;
    worker_post(job->worker, &job->message);
}

static void call(struct local_job *job)
{
    if (job->called || job->stage == STAGE_ENDED)
        return;
    job->called = true;
    job->references++;
    job->next_call = job->engine->calls;
    job->engine->calls = job;
    pthread_cond_signal(&job->engine->wake);
}

/* One that waits leaves the queue: now it is the caller's to end. */
static void unlink_waiting(struct local_job *job)
{
    fair_queue_remove(&job->engine->queue, &job->item);
    job->stage = STAGE_ENDED;
}

/* Seconds until a place may be free, by how long answers have been taking. */
static int retry_after(const struct local_engine *engine)
{
    double ms = engine->service_ms * (double)(engine->queue.waiting + 1) / engine->slots;
    return ms < 1000 ? 1 : ms > 60000 ? 60 : (int)(ms / 1000) + 1;
}

void local_job_end(struct local_job *job, enum backend_outcome outcome, uint32_t prompt_tokens)
{
    struct local_engine *engine = job->engine;
    uint32_t tokens = 0;
    for (uint32_t i = 0; i < job->answer_count; i++)
        tokens += job->answers[i].tokens;
    pthread_mutex_lock(&engine->lock);
    if (job->stage == STAGE_RUNNING) {
        engine->counts.running -= job->answer_count;
        fair_queue_done(&engine->queue, &job->item);
        if (outcome == BACKEND_OK) {
            double ms = (double)(worker_clock_us() - job->started_us) / 1000;
            engine->service_ms += (ms - engine->service_ms) / 8;
        }
    }
    job->stage = STAGE_ENDED;
    job->finished = true;
    job->result = (struct backend_result){
        .outcome = outcome,
        .status = outcome == BACKEND_OK ? 200 : 0,
        .retry_after = outcome == BACKEND_ERR_BUSY ? retry_after(engine) : -1,
        .prompt_tokens = prompt_tokens,
        .completion_tokens = tokens};
    engine->counts.prompt_tokens += prompt_tokens;
    local_job_post(job);
    engine->full = false;
    pthread_mutex_unlock(&engine->lock);
    local_job_wipe_prompt(job);
    local_job_unref(job);
}

/* ---- the worker's side ---- */

/* The worker is done with the job but for its reference. */
static void leave(struct local_job *job)
{
    job->ended = true;
    worker_timer_free(job->timer);
    job->timer = NULL;
}

static void send_head(struct local_job *job)
{
    if (job->head_sent)
        return;
    job->head_sent = true;
    struct backend_head head = {.status = 200,
                                .event_stream = job->stream,
                                .retry_after = -1,
                                .model = job->engine->description.name,
                                .model_sha256 = job->model->sha256,
                                .local = job->sampling.logprobs > 0 ? job->model : NULL};
    job->events.on_head(job->user, &head);
    /* A slow client would keep the weights of a model that was closed. */
    pthread_mutex_lock(&job->engine->lock);
    struct local_model *model = job->model;
    job->model = NULL;
    pthread_mutex_unlock(&job->engine->lock);
    local_model_unref(model);
}

/* Credit goes back in lumps, so that not every token costs a lock and a wake-up. */
static void give_credit(struct local_job *job, struct local_answer *answer)
{
    struct local_engine *engine = job->engine;
    if (!job->stream || answer->taken_end || answer->consumed < (engine->credit_tokens + 1) / 2)
        return;
    pthread_mutex_lock(&engine->lock);
    answer->credit += answer->consumed;
    call(job);
    pthread_mutex_unlock(&engine->lock);
    answer->consumed = 0;
}

static void raise_text(struct local_job *job, uint32_t index)
{
    struct local_answer *answer = &job->answers[index];
    struct buf text = answer->taken, rows = answer->taken_rows;
    size_t row_bytes = local_job_row_bytes(job);
    struct backend_text piece = {.answer = index,
                                 .bytes = (const char *)text.data,
                                 .len = text.len,
                                 .rows = (const void *)rows.data,
                                 .row_tokens = rows.len > 0 ? rows.len / row_bytes : 0,
                                 .ended = answer->taken_end && !answer->told,
                                 .finish =
                                     answer->taken_end ? answer->finish : BACKEND_FINISH_STOP};
    answer->taken = answer->taken_rows = (struct buf)BUF_INIT;
    answer->told = answer->taken_end;
    if ((piece.len > 0 || piece.row_tokens > 0 || piece.ended) && !job->cancelled) {
        send_head(job);
        if (!job->cancelled)
            job->events.on_text(job->user, &piece);
    }
    buf_release(&text);
    buf_release(&rows);
}

static void raise_events(struct local_job *job, bool finished, const struct backend_result *result)
{
    for (uint32_t i = 0; i < job->answer_count; i++)
        raise_text(job, i);
    for (uint32_t i = 0; !finished && !job->cancelled && i < job->answer_count; i++)
        give_credit(job, &job->answers[i]);
    if (!finished || job->cancelled)
        return;
    leave(job);
    job->events.on_end(job->user, result);
    local_job_unref(job); /* the worker's */
}

/* The lock is held. */
static void take_text(struct local_answer *answer)
{
    answer->taken = answer->text;
    answer->text = (struct buf)BUF_INIT;
    answer->taken_rows = answer->logprobs;
    answer->logprobs = (struct buf)BUF_INIT;
    answer->consumed += answer->text_tokens;
    answer->text_tokens = 0;
    answer->taken_end = answer->ended;
}

static void on_message(struct inbox_message *message)
{
    struct local_job *job = inbox_container_of(message, struct local_job, message);
    struct local_engine *engine = job->engine;
    struct backend_result result = {0};
    bool finished = false, deliver;

    pthread_mutex_lock(&engine->lock);
    job->posted = false;
    deliver = !job->cancelled && !job->paused && !job->ended;
    for (uint32_t i = 0; deliver && i < job->answer_count; i++)
        take_text(&job->answers[i]);
    if (deliver) {
        finished = job->finished;
        result = job->result;
    }
    pthread_mutex_unlock(&engine->lock);

    if (deliver)
        raise_events(job, finished, &result);
    local_job_unref(job); /* the message's */
}

static struct local_job *job_of(struct backend_job *base)
{
    return (struct local_job *)(void *)base;
}

/* Nobody waits for the job's answer any more. */
static void let_go(struct local_job *job)
{
    struct local_engine *engine = job->engine;
    bool was_waiting = false;
    pthread_mutex_lock(&engine->lock);
    job->cancelled = true;
    for (uint32_t i = 0; i < job->answer_count; i++)
        release_answer(&job->answers[i]);
    if (job->stage == STAGE_WAITING) {
        unlink_waiting(job);
        was_waiting = true;
    } else {
        call(job);
    }
    pthread_mutex_unlock(&engine->lock);
    if (was_waiting)
        local_job_unref(job); /* the engine's */
}

static void job_cancel(struct backend_job *base)
{
    struct local_job *job = job_of(base);
    if (job->ended)
        return; /* inside its own on_end */
    leave(job);
    let_go(job);
    local_job_unref(job); /* the worker's */
}

static void job_pause(struct backend_job *base)
{
    job_of(base)->paused = true;
}

static void job_resume(struct backend_job *base)
{
    struct local_job *job = job_of(base);
    if (!job->paused || job->ended)
        return;
    job->paused = false;
    pthread_mutex_lock(&job->engine->lock);
    local_job_post(job);
    pthread_mutex_unlock(&job->engine->lock);
}

static const struct backend_ops ops = {
    .cancel = job_cancel, .pause = job_pause, .resume = job_resume};

/* Behind what the prompt holds, with a NUL; the room is there. NULL: empty, or no memory. */
static const char *copy_json(struct local_job *job, struct content json, int *rc)
{
    const char *copy = (const char *)job->prompt.data + job->prompt.len;
    if (content_len(json) == 0 || *rc != 0)
        return NULL;
    *rc = buf_append(&job->prompt, content_bytes(json), content_len(json));
    if (*rc == 0)
        *rc = buf_append(&job->prompt, "", 1);
    return *rc == 0 ? copy : NULL;
}

static int copy_messages(struct local_job *job, const struct local_message *messages, size_t count,
                         struct content tools)
{
    size_t total = content_len(tools) + 1;
    int rc = 0;
    for (size_t i = 0; i < count; i++)
        total += strlen(messages[i].role) + 2 + content_len(messages[i].text) +
                 content_len(messages[i].more);
    job->messages = calloc(count > 0 ? count : 1, sizeof(*job->messages));
    /* Reserved at once: the pointers into it must not move. */
    if (job->messages == NULL || buf_reserve(&job->prompt, total + 1) != 0)
        return ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct buf *b = &job->prompt;
        const char *role = (const char *)b->data + b->len;
        if (buf_append(b, messages[i].role, strlen(messages[i].role) + 1) != 0)
            return ERR_MEMORY;
        const char *content = (const char *)b->data + b->len;
        size_t len = content_len(messages[i].text);
        if (buf_append(b, content_bytes(messages[i].text), len) != 0)
            return ERR_MEMORY;
        job->messages[i] =
            (struct engine_message){.role = role, .content = content, .content_len = len};
        job->messages[i].more = copy_json(job, messages[i].more, &rc);
    }
    job->message_count = count;
    job->tools = copy_json(job, tools, &rc);
    return rc;
}

static int copy_biases(struct local_job *job)
{
    struct engine_sampling *s = &job->sampling;
    if (s->bias_count == 0)
        return 0;
    job->biases = malloc(s->bias_count * sizeof(*job->biases));
    if (job->biases == NULL)
        return ERR_MEMORY;
    memcpy(job->biases, s->bias, s->bias_count * sizeof(*job->biases));
    s->bias = job->biases;
    return 0;
}

static int copy_stops(struct local_job *job, const struct local_params *params)
{
    if (params->stop_count == 0)
        return 0;
    job->stop = calloc(params->stop_count, sizeof(*job->stop));
    if (job->stop == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < params->stop_count; i++) {
        job->stop[i] = strdup(params->stop[i]);
        if (job->stop[i] == NULL)
            return ERR_MEMORY;
        job->stop_count++;
    }
    return 0;
}

static int name_owner(struct local_job *job, const struct local_params *params)
{
    uint8_t digest[HASH_SIZE] = {0};
    const struct local_engine *engine = job->engine;
    if (params->principal == NULL)
        return 0;
    if (hash_hmac_sha256(engine->key, sizeof(engine->key), params->principal,
                         strlen(params->principal), digest) != 0)
        return ERR_BAD_STATE;
    memcpy(&job->owner, digest, sizeof(job->owner));
    job->tenant = params->share_prefixes ? job->owner : 0;
    return 0;
}

static bool has_place(const struct local_engine *engine)
{
    return engine->queue.waiting + engine->counts.running < engine->queue_length + engine->slots;
}

static enum backend_outcome enqueue(struct local_job *job)
{
    struct local_engine *engine = job->engine;
    struct local_job *displaced = NULL;
    enum backend_outcome outcome = BACKEND_OK;
    pthread_mutex_lock(&engine->lock);
    if (!has_place(engine)) {
        displaced = local_job_of_item(fair_queue_excess(&engine->queue, job->owner));
        if (displaced != NULL)
            unlink_waiting(displaced);
    }
    if (engine->stopping) {
        outcome = BACKEND_ERR_INTERNAL;
    } else if (!has_place(engine) ||
               !fair_queue_push(&engine->queue, &job->item, job->owner, job->answer_count)) {
        outcome = BACKEND_ERR_BUSY;
    } else {
        job->references = 2; /* the worker's and the engine's */
        engine->references++;
        engine->counts.jobs++;
        pthread_cond_signal(&engine->wake);
    }
    engine->counts.refused += outcome == BACKEND_ERR_BUSY || displaced != NULL;
    pthread_mutex_unlock(&engine->lock);
    if (displaced != NULL)
        local_job_end(displaced, BACKEND_ERR_BUSY, 0);
    return outcome;
}

/* ---- waiting too long ---- */

/* The engine may never come back: the answer ends here, and what it still does is for nobody. */
static void abandon(struct local_job *job)
{
    struct backend_result result = {
        .outcome = job->head_sent ? BACKEND_ERR_IDLE : BACKEND_ERR_FIRST_BYTE, .retry_after = -1};
    leave(job);
    let_go(job);
    job->events.on_end(job->user, &result);
    local_job_unref(job); /* the worker's */
}

static void on_timer(void *arg)
{
    struct local_job *job = arg;
    struct local_engine *engine = job->engine;
    int64_t waited_ms = (worker_clock_us() - job->began_us) / 1000, next = engine->stuck_ms;
    bool expired = false;
    if (local_engine_stuck(engine) && !job->paused) {
        abandon(job);
        return;
    }
    pthread_mutex_lock(&engine->lock);
    if (job->stage == STAGE_WAITING) {
        expired = waited_ms >= engine->queue_wait_ms;
        if (expired) {
            unlink_waiting(job);
            engine->counts.expired++;
        } else if (engine->queue_wait_ms - waited_ms < next) {
            next = engine->queue_wait_ms - waited_ms;
        }
    }
    pthread_mutex_unlock(&engine->lock);
    if (expired)
        local_job_end(job, BACKEND_ERR_BUSY, 0); /* on_message goes on */
    else
        worker_timer_start(job->timer, next);
}

enum backend_outcome local_start(struct local_engine *engine, struct worker *worker,
                                 const struct local_message *messages, size_t message_count,
                                 const struct local_params *params,
                                 const struct backend_events *events, void *user,
                                 struct backend_job **out)
{
    *out = NULL;
    if (!local_engine_ready(engine))
        return local_engine_broken(engine) ? BACKEND_ERR_MODEL : BACKEND_ERR_BUSY;
    uint32_t answers = params->answers != 0 ? params->answers : 1;
    struct local_job *job = calloc(1, sizeof(*job) + answers * sizeof(job->answers[0]));
    if (job == NULL)
        return BACKEND_ERR_INTERNAL;
    job->answer_count = answers;
    job->base.ops = &ops;
    job->message.run = on_message;
    job->engine = engine;
    job->worker = worker;
    job->sampling = params->sampling;
    job->grammar = params->grammar;
    job->sampling.grammar = params->grammar;
    job->max_tokens = params->max_tokens != 0 ? params->max_tokens : engine->default_max_tokens;
    job->stream = params->stream;
    job->began_us = worker_clock_us();
    job->events = *events;
    job->user = user;
    enum backend_outcome outcome = BACKEND_ERR_INTERNAL;
    if (copy_biases(job) == 0 && copy_messages(job, messages, message_count, params->tools) == 0 &&
        copy_stops(job, params) == 0 && name_owner(job, params) == 0) {
        job->timer = worker_timer_new(worker, on_timer, job);
        outcome = job->timer != NULL ? enqueue(job) : BACKEND_ERR_INTERNAL;
    }
    if (outcome != BACKEND_OK) {
        worker_timer_free(job->timer);
        job->grammar = NULL; /* still the caller's */
        free_job(job);
        return outcome;
    }
    uint32_t first =
        engine->queue_wait_ms < engine->stuck_ms ? engine->queue_wait_ms : engine->stuck_ms;
    worker_timer_start(job->timer, first);
    *out = &job->base;
    return BACKEND_OK;
}

int local_engine_retry_after(struct local_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    int seconds = retry_after(engine);
    pthread_mutex_unlock(&engine->lock);
    return seconds;
}
