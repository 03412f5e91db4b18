#include <stdlib.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/local_job.h"

static enum backend_outcome outcome_of(int status)
{
    switch (status) {
    case ENGINE_OK:
        return BACKEND_OK;
    case ENGINE_ERR_CONTEXT:
        return BACKEND_ERR_CONTEXT;
    case ENGINE_ERR_BUSY:
        return BACKEND_ERR_BUSY;
    case ENGINE_ERR_IO:
        return BACKEND_ERR_MODEL;
    default:
        return BACKEND_ERR_INTERNAL;
    }
}

/* For local_engine_ready: whoever asks sees since when the thread is at one thing. */
static int64_t begin_work(struct local_engine *engine)
{
    int64_t now = worker_clock_us();
    atomic_store(&engine->busy_since_us, now);
    return now;
}

static void end_work(struct local_engine *engine)
{
    atomic_store(&engine->busy_since_us, 0);
}

static struct local_job **find_slot(struct local_engine *engine, const struct local_job *job)
{
    for (unsigned i = 0; i < engine->slots; i++)
        if (engine->running[i] == job)
            return &engine->running[i];
    return NULL;
}

/* Where the job of a sequence stands, or NULL. */
static struct local_job **find_tag(struct local_engine *engine, uint64_t tag)
{
    for (unsigned i = 0; i < engine->slots; i++) {
        const struct local_job *job = engine->running[i];
        if (job != NULL && tag - job->tag < job->answer_count)
            return &engine->running[i];
    }
    return NULL;
}

static int submit(struct local_job *job, struct engine_error *error)
{
    struct local_engine *engine = job->engine;
    int32_t *tokens = NULL;
    size_t count = 0;
    int status = engine_chat_tokens(engine->model->model, job->messages, job->message_count,
                                    job->tools, true, &tokens, &count, error);
    if (status != ENGINE_OK)
        return status;
    if (count >= engine->context_length && !engine->context_shift) {
        engine_tokens_free(tokens, count);
        return ENGINE_ERR_CONTEXT;
    }
    /* Clients ask for more than a small model can hold; the answer then ends by length. */
    uint32_t room = engine->context_length - (uint32_t)count;
    bool fits = job->max_tokens != 0 && (job->max_tokens < room || engine->context_shift);
    struct engine_submission submission = {
        .prompt = tokens,
        .prompt_count = count,
        .answers = job->answer_count,
        .max_tokens = fits ? job->max_tokens : room,
        .tenant = job->tenant,
        .shift = engine->context_shift,
        .shift_keep = engine->context_keep,
        .sampling = job->sampling,
        .stop = (const char *const *)job->stop,
        .stop_count = job->stop_count,
        .markers = job->tools != NULL,
        .credit = job->stream ? engine->credit_tokens : 0,
        .tag = job->tag,
    };
    status = engine_session_submit(engine->session, &submission, error);
    engine_tokens_free(tokens, count);
    return status;
}

/* False: the session has no room now; the job waits on. */
static bool start_job(struct local_job *job, bool alone)
{
    struct local_engine *engine = job->engine;
    struct engine_error error = {0};
    job->tag = engine->last_tag + 1;
    engine->last_tag += job->answer_count;
    job->started_us = begin_work(engine);
    int status = submit(job, &error);
    end_work(engine);
    if (status == ENGINE_ERR_BUSY && !alone)
        return false;
    if (status != ENGINE_OK) {
        if (status == ENGINE_ERR_IO)
            local_model_failed(engine);
        if (status != ENGINE_ERR_CONTEXT)
            LOG(LOG_LEVEL_WARN, "engine_refused", LOG_NUMBER("status", status),
                LOG_NAME("error", error.text));
        local_job_end(job, outcome_of(status), 0);
        return true;
    }
    local_job_wipe_prompt(job);
    *find_slot(engine, NULL) = job;
    engine->runnable = true;
    return true;
}

static bool can_start(const struct local_engine *engine)
{
    return engine->queue.waiting > 0 && engine->counts.running < engine->slots && !engine->full &&
           engine->model != NULL && !atomic_load(&engine->guest.leave);
}

/* Takes jobs from the queue while there are slots. The lock is held, and let go meanwhile. */
static void start_waiting(struct local_engine *engine)
{
    while (can_start(engine) && !engine->stopping) {
        struct local_job *job = local_job_of_item(fair_queue_next(&engine->queue));
        job->stage = STAGE_RUNNING;
        job->model = local_model_ref(engine->model);
        engine->counts.running += job->answer_count;
        bool alone = engine->counts.running == job->answer_count;
        pthread_mutex_unlock(&engine->lock);
        bool started = start_job(job, alone);
        pthread_mutex_lock(&engine->lock);
        if (started)
            continue;
        engine->full = true;
        if (job->cancelled) /* its call is on the list and ends it */
            return;
        engine->counts.running -= job->answer_count;
        local_model_unref(job->model);
        job->model = NULL;
        job->stage = STAGE_WAITING;
        fair_queue_put_back(&engine->queue, &job->item);
        return;
    }
}

/* Those that have ended are unknown to the session. */
static void drop_sequences(const struct local_job *job)
{
    for (uint32_t i = 0; i < job->answer_count; i++)
        engine_session_cancel(job->engine->session, job->tag + i);
}

static void give_credit(struct local_job *job, uint32_t index)
{
    struct local_answer *answer = &job->answers[index];
    if (answer->credit == 0)
        return;
    engine_session_credit(job->engine->session, job->tag + index, answer->credit);
    answer->credit = 0;
    job->engine->runnable = true;
}

/* Cancellations and credit. The lock is held, and let go meanwhile. */
static void answer_calls(struct local_engine *engine)
{
    while (engine->calls != NULL) {
        struct local_job *job = engine->calls;
        engine->calls = job->next_call;
        job->called = false;
        bool cancel = job->cancelled && job->stage != STAGE_ENDED;
        struct local_job **slot = find_slot(engine, job);
        for (uint32_t i = 0; !cancel && slot != NULL && i < job->answer_count; i++)
            give_credit(job, i);
        pthread_mutex_unlock(&engine->lock);
        if (cancel) {
            if (slot != NULL) {
                drop_sequences(job);
                *slot = NULL;
            }
            local_job_end(job, BACKEND_ERR_INTERNAL, 0);
        }
        local_job_unref(job); /* the call's */
        pthread_mutex_lock(&engine->lock);
    }
}

/* What an event adds to its answer. False: no memory. The lock is held. */
static bool add_text(struct local_job *job, struct local_answer *answer, uint32_t fresh,
                     const struct engine_event *event)
{
    if (job->cancelled)
        return true;
    size_t row_bytes = event->logprob_tokens * local_job_row_bytes(job);
    if (buf_append(&answer->text, event->text, event->text_len) != 0 ||
        (row_bytes > 0 && buf_append(&answer->logprobs, event->logprobs, row_bytes) != 0))
        return false;
    answer->text_tokens += fresh;
    if (event->finish == ENGINE_FINISH_LENGTH)
        answer->finish = BACKEND_FINISH_LENGTH;
    answer->ended = event->finish != ENGINE_FINISH_NONE && event->finish != ENGINE_FINISH_ERROR;
    return true;
}

static bool all_ended(const struct local_job *job)
{
    for (uint32_t i = 0; i < job->answer_count; i++)
        if (!job->answers[i].done)
            return false;
    return true;
}

static void take_event(struct local_engine *engine, const struct engine_event *event)
{
    struct local_job **slot = find_tag(engine, event->tag), *job = slot != NULL ? *slot : NULL;
    if (job == NULL)
        return;
    struct local_answer *answer = &job->answers[event->tag - job->tag];
    uint32_t fresh = event->completion_tokens - answer->tokens;
    answer->tokens = event->completion_tokens;
    answer->done = event->finish != ENGINE_FINISH_NONE;
    bool last = all_ended(job);
    pthread_mutex_lock(&engine->lock);
    engine->counts.completion_tokens += fresh;
    bool failed = !add_text(job, answer, fresh, event) || event->finish == ENGINE_FINISH_ERROR;
    if (!failed && !last && job->stream)
        local_job_post(job);
    pthread_mutex_unlock(&engine->lock);
    if (!failed && !last)
        return;
    *slot = NULL;
    drop_sequences(job);
    local_job_end(job, failed ? BACKEND_ERR_INTERNAL : BACKEND_OK, event->prompt_tokens);
}

static void end_all_running(struct local_engine *engine)
{
    for (unsigned i = 0; i < engine->slots; i++) {
        struct local_job *job = engine->running[i];
        if (job == NULL)
            continue;
        engine->running[i] = NULL;
        drop_sequences(job);
        local_job_end(job, BACKEND_ERR_INTERNAL, 0);
    }
}

static void step(struct local_engine *engine)
{
    struct engine_error error = {0};
    size_t count = 0;
    /* Waiting for a turn behind a step that hangs is hanging, too. */
    begin_work(engine);
    if (engine->room != NULL)
        local_room_begin_turn(engine->room);
    int left = engine_session_step(engine->session, engine->step_events, &count, &error);
    if (engine->room != NULL)
        local_room_end_turn(engine->room);
    end_work(engine);
    if (left < 0) {
        if (left == ENGINE_ERR_IO)
            local_model_failed(engine);
        LOG(LOG_LEVEL_ERROR, "engine_failed", LOG_NUMBER("status", left),
            LOG_NAME("error", error.text));
        end_all_running(engine);
        engine->runnable = false;
        return;
    }
    for (size_t i = 0; i < count; i++)
        take_event(engine, &engine->step_events[i]);
    engine->runnable = left > 0;
}

static void end_all_waiting(struct local_engine *engine, enum backend_outcome outcome)
{
    pthread_mutex_lock(&engine->lock);
    while (engine->queue.waiting > 0) {
        struct local_job *job = local_job_of_item(fair_queue_next(&engine->queue));
        job->stage = STAGE_RUNNING;
        engine->counts.running += job->answer_count;
        pthread_mutex_unlock(&engine->lock);
        local_job_end(job, outcome, 0);
        pthread_mutex_lock(&engine->lock);
    }
    pthread_mutex_unlock(&engine->lock);
}

static bool must_open(const struct local_engine *engine)
{
    return engine->model == NULL && engine->queue.waiting > 0;
}

/* It was asked to leave, or cannot be used any more. */
static bool must_close(const struct local_engine *engine)
{
    return engine->on_demand && engine->model != NULL && engine->counts.running == 0 &&
           (atomic_load(&engine->guest.leave) || atomic_load(&engine->state) == LOCAL_FAILED);
}

/* Its requests wait meanwhile as they do for a place, and nobody else does. */
static void open_model(struct local_engine *engine)
{
    struct engine_error error = {0};
    int64_t began = worker_clock_us();
    atomic_store(&engine->state, LOCAL_OPENING);
    int status = local_model_open(engine, &error);
    if (status == ENGINE_ERR_BUSY || status == ENGINE_ERR_STOPPED) {
        atomic_store(&engine->state, LOCAL_CLOSED);
        return;
    }
    if (status == 0) {
        LOG(LOG_LEVEL_INFO, "model_open", LOG_NAME("model", engine->name),
            LOG_NUMBER("ms", (worker_clock_us() - began) / 1000));
        return;
    }
    local_model_failed(engine);
    LOG(LOG_LEVEL_ERROR, "model_failed", LOG_NAME("model", engine->name),
        LOG_NUMBER("status", status), LOG_NAME("error", error.text));
    end_all_waiting(engine, BACKEND_ERR_MODEL);
}

static void close_model(struct local_engine *engine)
{
    local_model_close(engine);
    LOG(LOG_LEVEL_INFO, "model_closed", LOG_NAME("model", engine->name));
}

static bool has_work(const struct local_engine *engine)
{
    return engine->stopping || engine->calls != NULL || engine->runnable || can_start(engine) ||
           must_open(engine) || must_close(engine);
}

/* The room closes idle models first. */
static void note_use(struct local_engine *engine, bool busy)
{
    if (engine->on_demand && engine->model != NULL && busy != engine->guest.busy)
        local_room_note(engine->room, &engine->guest, busy);
}

/* One round of work. The lock is held, and let go meanwhile. */
static void work(struct local_engine *engine)
{
    bool opens = must_open(engine), closes = must_close(engine);
    if (!opens && !closes)
        start_waiting(engine);
    pthread_mutex_unlock(&engine->lock);
    if (opens)
        open_model(engine);
    else if (closes)
        close_model(engine);
    else if (engine->runnable)
        step(engine);
    struct engine_memory memory = {0};
    if (engine->session != NULL)
        engine_session_memory(engine->session, &memory);
    pthread_mutex_lock(&engine->lock);
    engine->counts.memory = memory;
    bool busy = engine->counts.running > 0 || engine->queue.waiting > 0;
    pthread_mutex_unlock(&engine->lock);
    note_use(engine, busy);
    pthread_mutex_lock(&engine->lock);
}

void *local_thread_main(void *arg)
{
    struct local_engine *engine = arg;
    pthread_mutex_lock(&engine->lock);
    for (;;) {
        while (!has_work(engine))
            pthread_cond_wait(&engine->wake, &engine->lock);
        answer_calls(engine);
        if (engine->stopping)
            break;
        work(engine);
    }
    pthread_mutex_unlock(&engine->lock);
    end_all_running(engine);
    end_all_waiting(engine, BACKEND_ERR_INTERNAL);
    /* All have ended, so no more calls come; those that came meanwhile hold references. */
    pthread_mutex_lock(&engine->lock);
    answer_calls(engine);
    pthread_mutex_unlock(&engine->lock);
    local_model_close(engine);
    atomic_store(&engine->stopped, true);
    return NULL;
}
