#include "gateway/local.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/hash.h"
#include "gateway/base/log.h"
#include "gateway/worker.h"

enum { DEFAULT_QUEUE = 64, DEFAULT_CREDIT = 32, DEFAULT_SEQUENCES = 8 };

enum stage { STAGE_WAITING, STAGE_RUNNING, STAGE_ENDED };

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
    uint32_t max_tokens;
    bool stream;

    /* The worker's. */
    struct backend_events events;
    void *user;
    bool paused, head_sent, ended;
    uint32_t consumed; /* tokens delivered and not yet given back as credit */

    /* The engine thread's. */
    uint64_t tag;
    uint32_t tokens; /* generated so far */
    struct buf prompt;
    struct engine_message *messages;
    size_t message_count;
    char **stop;
    size_t stop_count;

    /* Under engine->lock. */
    unsigned references;
    enum stage stage;
    bool cancelled, posted, called;
    uint32_t credit;      /* to be given to the sequence */
    struct buf text;      /* generated, not yet taken by the worker */
    struct buf logprobs;  /* likewise: rows of struct engine_logprob */
    uint32_t text_tokens; /* likewise */
    bool finished;        /* result is valid */
    struct backend_result result;
    struct local_job *next_waiting, *next_call;
};

struct local_engine {
    struct engine_model *model;
    struct engine_session *session;
    struct local_description description;
    char *name;
    uint32_t queue_length, credit_tokens, default_max_tokens, context_length;
    unsigned slots;
    pthread_t thread;
    bool started;

    /* The engine thread's. */
    struct local_job **running; /* slots entries, NULL where free */
    struct engine_event *step_events;
    uint64_t last_tag;
    bool runnable;
    bool full; /* the session takes no sequence until one ends */

    pthread_mutex_t lock;
    pthread_cond_t wake;
    unsigned references; /* the owner's and one of every job */
    bool stopping;
    struct local_job *waiting, **waiting_end;
    struct local_job *calls; /* jobs with news for the engine: cancelled, credit */
    struct local_counts counts;
};

/* ---- lifetime ---- */

static void free_engine(struct local_engine *engine)
{
    engine_session_free(engine->session);
    engine_model_free(engine->model);
    pthread_cond_destroy(&engine->wake);
    pthread_mutex_destroy(&engine->lock);
    free(engine->running);
    free(engine->step_events);
    free(engine->name);
    free(engine);
}

static void wipe_prompt(struct local_job *job)
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

static void free_job(struct local_job *job)
{
    wipe_prompt(job);
    buf_release(&job->text);
    buf_release(&job->logprobs);
    free(job->biases);
    free(job);
}

static void engine_unref(struct local_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    bool last = --engine->references == 0;
    pthread_mutex_unlock(&engine->lock);
    if (last)
        free_engine(engine);
}

static void job_unref(struct local_job *job)
{
    struct local_engine *engine = job->engine;
    pthread_mutex_lock(&engine->lock);
    bool last = --job->references == 0;
    pthread_mutex_unlock(&engine->lock);
    if (last) {
        free_job(job);
        engine_unref(engine);
    }
}

/* ---- messages both ways; the lock is held ---- */

static void post(struct local_job *job)
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

static void unlink_waiting(struct local_job *job)
{
    struct local_engine *engine = job->engine;
    struct local_job **at = &engine->waiting;
    while (*at != job)
        at = &(*at)->next_waiting;
    *at = job->next_waiting;
    if (*at == NULL)
        engine->waiting_end = at;
    engine->counts.waiting--;
}

/* ---- the worker's side ---- */

static void send_head(struct local_job *job)
{
    if (job->head_sent)
        return;
    job->head_sent = true;
    struct backend_head head = {.status = 200,
                                .event_stream = job->stream,
                                .retry_after = -1,
                                .model = job->engine->description.name};
    job->events.on_head(job->user, &head);
}

static size_t row_bytes(const struct local_job *job)
{
    return job->sampling.logprobs * sizeof(struct engine_logprob);
}

/* Credit goes back in lumps, so that not every token costs a lock and a wake-up. */
static void give_credit(struct local_job *job, uint32_t tokens)
{
    struct local_engine *engine = job->engine;
    job->consumed += tokens;
    if (!job->stream || job->consumed < (engine->credit_tokens + 1) / 2)
        return;
    pthread_mutex_lock(&engine->lock);
    job->credit += job->consumed;
    call(job);
    pthread_mutex_unlock(&engine->lock);
    job->consumed = 0;
}

static void raise_events(struct local_job *job, const struct buf *text, const struct buf *logprobs,
                         uint32_t tokens, bool finished, const struct backend_result *result)
{
    bool answered = text->len > 0 || (finished && result->outcome == BACKEND_OK);
    if (answered)
        send_head(job);
    if (logprobs->len > 0 && !job->cancelled)
        job->events.on_logprobs(job->user, (const void *)logprobs->data,
                                logprobs->len / row_bytes(job));
    if (text->len > 0 && !job->cancelled)
        job->events.on_data(job->user, text->data, text->len);
    if (job->cancelled)
        return;
    if (!finished) {
        give_credit(job, tokens);
        return;
    }
    job->ended = true;
    job->events.on_end(job->user, result);
    job_unref(job); /* the worker's */
}

static void on_message(struct inbox_message *message)
{
    struct local_job *job = inbox_container_of(message, struct local_job, message);
    struct local_engine *engine = job->engine;
    struct buf text = BUF_INIT, logprobs = BUF_INIT;
    struct backend_result result = {0};
    uint32_t tokens = 0;
    bool finished = false, deliver;

    pthread_mutex_lock(&engine->lock);
    job->posted = false;
    deliver = !job->cancelled && !job->paused && !job->ended;
    if (deliver) {
        text = job->text;
        job->text = (struct buf)BUF_INIT;
        logprobs = job->logprobs;
        job->logprobs = (struct buf)BUF_INIT;
        tokens = job->text_tokens;
        job->text_tokens = 0;
        finished = job->finished;
        result = job->result;
    }
    pthread_mutex_unlock(&engine->lock);

    if (deliver)
        raise_events(job, &text, &logprobs, tokens, finished, &result);
    buf_release(&text);
    buf_release(&logprobs);
    job_unref(job); /* the message's */
}

static struct local_job *job_of(struct backend_job *base)
{
    return (struct local_job *)(void *)base;
}

static void job_cancel(struct backend_job *base)
{
    struct local_job *job = job_of(base);
    struct local_engine *engine = job->engine;
    bool was_waiting = false;
    if (job->ended)
        return; /* inside its own on_end */
    pthread_mutex_lock(&engine->lock);
    job->cancelled = true;
    buf_release(&job->text);
    buf_release(&job->logprobs);
    if (job->stage == STAGE_WAITING) {
        unlink_waiting(job);
        job->stage = STAGE_ENDED;
        was_waiting = true;
    } else {
        call(job);
    }
    pthread_mutex_unlock(&engine->lock);
    if (was_waiting)
        job_unref(job); /* the engine's */
    job_unref(job);     /* the worker's */
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
    if (job->text.len > 0 || job->text_tokens > 0 || job->finished)
        post(job);
    pthread_mutex_unlock(&job->engine->lock);
}

static const struct backend_ops ops = {
    .cancel = job_cancel, .pause = job_pause, .resume = job_resume};

static int copy_messages(struct local_job *job, const struct local_message *messages, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += strlen(messages[i].role) + 1 + content_len(messages[i].text);
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
    }
    job->message_count = count;
    return 0;
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

static enum backend_outcome enqueue(struct local_job *job)
{
    struct local_engine *engine = job->engine;
    enum backend_outcome outcome = BACKEND_OK;
    pthread_mutex_lock(&engine->lock);
    if (engine->stopping) {
        outcome = BACKEND_ERR_INTERNAL;
    } else if (engine->counts.waiting + engine->counts.running >=
               engine->queue_length + engine->slots) {
        engine->counts.refused++;
        outcome = BACKEND_ERR_BUSY;
    } else {
        job->references = 2; /* the worker's and the engine's */
        engine->references++;
        *engine->waiting_end = job;
        engine->waiting_end = &job->next_waiting;
        engine->counts.waiting++;
        engine->counts.jobs++;
        pthread_cond_signal(&engine->wake);
    }
    pthread_mutex_unlock(&engine->lock);
    return outcome;
}

enum backend_outcome local_start(struct local_engine *engine, struct worker *worker,
                                 const struct local_message *messages, size_t message_count,
                                 const struct local_params *params,
                                 const struct backend_events *events, void *user,
                                 struct backend_job **out)
{
    *out = NULL;
    struct local_job *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return BACKEND_ERR_INTERNAL;
    job->base.ops = &ops;
    job->message.run = on_message;
    job->engine = engine;
    job->worker = worker;
    job->sampling = params->sampling;
    job->max_tokens = params->max_tokens != 0 ? params->max_tokens : engine->default_max_tokens;
    job->stream = params->stream;
    job->events = *events;
    job->user = user;
    enum backend_outcome outcome = BACKEND_ERR_INTERNAL;
    if (copy_biases(job) == 0 && copy_messages(job, messages, message_count) == 0 &&
        copy_stops(job, params) == 0)
        outcome = enqueue(job);
    if (outcome != BACKEND_OK) {
        free_job(job);
        return outcome;
    }
    *out = &job->base;
    return BACKEND_OK;
}

/* ---- the engine's side ---- */

static enum backend_outcome outcome_of(int status)
{
    switch (status) {
    case ENGINE_OK:
        return BACKEND_OK;
    case ENGINE_ERR_CONTEXT:
        return BACKEND_ERR_CONTEXT;
    case ENGINE_ERR_BUSY:
        return BACKEND_ERR_BUSY;
    default:
        return BACKEND_ERR_INTERNAL;
    }
}

/* The engine is done with the job. */
static void end_job(struct local_job *job, enum backend_outcome outcome, enum backend_finish finish,
                    uint32_t prompt_tokens)
{
    struct local_engine *engine = job->engine;
    pthread_mutex_lock(&engine->lock);
    if (job->stage == STAGE_RUNNING)
        engine->counts.running--;
    job->stage = STAGE_ENDED;
    job->finished = true;
    job->result = (struct backend_result){.outcome = outcome,
                                          .status = outcome == BACKEND_OK ? 200 : 0,
                                          .retry_after = -1,
                                          .finish = finish,
                                          .prompt_tokens = prompt_tokens,
                                          .completion_tokens = job->tokens};
    engine->counts.prompt_tokens += prompt_tokens;
    post(job);
    pthread_mutex_unlock(&engine->lock);
    engine->full = false;
    wipe_prompt(job);
    job_unref(job);
}

static struct local_job **find_slot(struct local_engine *engine, const struct local_job *job)
{
    for (unsigned i = 0; i < engine->slots; i++)
        if (engine->running[i] == job)
            return &engine->running[i];
    return NULL;
}

static int submit(struct local_job *job, struct engine_error *error)
{
    struct local_engine *engine = job->engine;
    int32_t *tokens = NULL;
    size_t count = 0;
    int status = engine_chat_tokens(engine->model, job->messages, job->message_count, true, &tokens,
                                    &count, error);
    if (status != ENGINE_OK)
        return status;
    if (count >= engine->context_length) {
        engine_tokens_free(tokens, count);
        return ENGINE_ERR_CONTEXT;
    }
    /* Clients ask for more than a small model can hold; the answer then ends by length. */
    uint32_t room = engine->context_length - (uint32_t)count;
    struct engine_submission submission = {
        .prompt = tokens,
        .prompt_count = count,
        .max_tokens = job->max_tokens != 0 && job->max_tokens < room ? job->max_tokens : room,
        .sampling = job->sampling,
        .stop = (const char *const *)job->stop,
        .stop_count = job->stop_count,
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
    job->tag = ++engine->last_tag;
    int status = submit(job, &error);
    if (status == ENGINE_ERR_BUSY && !alone)
        return false;
    if (status != ENGINE_OK) {
        if (status != ENGINE_ERR_CONTEXT)
            LOG(LOG_LEVEL_WARN, "engine_refused", LOG_NUMBER("status", status),
                LOG_NAME("error", error.text));
        end_job(job, outcome_of(status), BACKEND_FINISH_STOP, 0);
        return true;
    }
    wipe_prompt(job);
    *find_slot(engine, NULL) = job;
    engine->runnable = true;
    return true;
}

static bool can_start(const struct local_engine *engine)
{
    return engine->waiting != NULL && engine->counts.running < engine->slots && !engine->full;
}

/* Takes jobs from the queue while there are slots. The lock is held, and let go meanwhile. */
static void start_waiting(struct local_engine *engine)
{
    while (can_start(engine) && !engine->stopping) {
        struct local_job *job = engine->waiting;
        unlink_waiting(job);
        job->stage = STAGE_RUNNING;
        engine->counts.running++;
        bool alone = engine->counts.running == 1;
        pthread_mutex_unlock(&engine->lock);
        bool started = start_job(job, alone);
        pthread_mutex_lock(&engine->lock);
        if (started)
            continue;
        engine->full = true;
        if (job->cancelled) /* its call is on the list and ends it */
            return;
        engine->counts.running--;
        job->stage = STAGE_WAITING;
        job->next_waiting = engine->waiting;
        if (engine->waiting == NULL)
            engine->waiting_end = &job->next_waiting;
        engine->waiting = job;
        engine->counts.waiting++;
        return;
    }
}

/* Cancellations and credit. The lock is held, and let go meanwhile. */
static void answer_calls(struct local_engine *engine)
{
    while (engine->calls != NULL) {
        struct local_job *job = engine->calls;
        engine->calls = job->next_call;
        job->called = false;
        bool cancel = job->cancelled && job->stage != STAGE_ENDED;
        uint32_t credit = job->credit;
        job->credit = 0;
        pthread_mutex_unlock(&engine->lock);
        struct local_job **slot = find_slot(engine, job);
        if (cancel) {
            if (slot != NULL) {
                engine_session_cancel(engine->session, job->tag);
                *slot = NULL;
            }
            end_job(job, BACKEND_ERR_INTERNAL, BACKEND_FINISH_STOP, 0);
        } else if (credit > 0 && slot != NULL) {
            engine_session_credit(engine->session, job->tag, credit);
            engine->runnable = true;
        }
        job_unref(job); /* the call's */
        pthread_mutex_lock(&engine->lock);
    }
}

static void take_event(struct local_engine *engine, const struct engine_event *event)
{
    struct local_job *job = NULL;
    struct local_job **slot = engine->running;
    for (unsigned i = 0; i < engine->slots && job == NULL; i++) {
        slot = &engine->running[i];
        if (*slot != NULL && (*slot)->tag == event->tag)
            job = *slot;
    }
    if (job == NULL)
        return;
    uint32_t fresh = event->completion_tokens - job->tokens;
    job->tokens = event->completion_tokens;
    bool failed = false;
    pthread_mutex_lock(&engine->lock);
    engine->counts.completion_tokens += fresh;
    if (!job->cancelled) {
        failed =
            buf_append(&job->text, event->text, event->text_len) != 0 ||
            (event->logprob_tokens > 0 && buf_append(&job->logprobs, event->logprobs,
                                                     event->logprob_tokens * row_bytes(job)) != 0);
        job->text_tokens += fresh;
        if (job->stream && event->finish == ENGINE_FINISH_NONE &&
            (fresh > 0 || event->text_len > 0))
            post(job);
    }
    pthread_mutex_unlock(&engine->lock);
    if (failed && event->finish == ENGINE_FINISH_NONE)
        engine_session_cancel(engine->session, job->tag);
    if (!failed && event->finish == ENGINE_FINISH_NONE)
        return;
    *slot = NULL;
    bool ok = !failed && event->finish != ENGINE_FINISH_ERROR;
    end_job(job, ok ? BACKEND_OK : BACKEND_ERR_INTERNAL,
            event->finish == ENGINE_FINISH_LENGTH ? BACKEND_FINISH_LENGTH : BACKEND_FINISH_STOP,
            event->prompt_tokens);
}

static void end_all_running(struct local_engine *engine)
{
    for (unsigned i = 0; i < engine->slots; i++) {
        struct local_job *job = engine->running[i];
        if (job == NULL)
            continue;
        engine->running[i] = NULL;
        engine_session_cancel(engine->session, job->tag);
        end_job(job, BACKEND_ERR_INTERNAL, BACKEND_FINISH_STOP, 0);
    }
}

static void step(struct local_engine *engine)
{
    struct engine_error error = {0};
    size_t count = 0;
    int left = engine_session_step(engine->session, engine->step_events, &count, &error);
    if (left < 0) {
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

static void end_all_waiting(struct local_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    while (engine->waiting != NULL) {
        struct local_job *job = engine->waiting;
        unlink_waiting(job);
        job->stage = STAGE_ENDED;
        pthread_mutex_unlock(&engine->lock);
        end_job(job, BACKEND_ERR_INTERNAL, BACKEND_FINISH_STOP, 0);
        pthread_mutex_lock(&engine->lock);
    }
    pthread_mutex_unlock(&engine->lock);
}

static bool has_work(const struct local_engine *engine)
{
    return engine->stopping || engine->calls != NULL || engine->runnable || can_start(engine);
}

static void *engine_main(void *arg)
{
    struct local_engine *engine = arg;
    pthread_mutex_lock(&engine->lock);
    for (;;) {
        while (!has_work(engine))
            pthread_cond_wait(&engine->wake, &engine->lock);
        answer_calls(engine);
        if (engine->stopping)
            break;
        start_waiting(engine);
        pthread_mutex_unlock(&engine->lock);
        if (engine->runnable)
            step(engine);
        struct engine_memory memory;
        engine_session_memory(engine->session, &memory);
        pthread_mutex_lock(&engine->lock);
        engine->counts.memory = memory;
    }
    pthread_mutex_unlock(&engine->lock);
    end_all_running(engine);
    end_all_waiting(engine);
    /* All have ended, so no more calls come; those that came meanwhile hold references. */
    pthread_mutex_lock(&engine->lock);
    answer_calls(engine);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

/* ---- opening and closing ---- */

static int fail(struct err *err, int status, const struct engine_error *error)
{
    static const enum err_code codes[] = {
        [-ENGINE_ERR_IO] = ERR_IO,
        [-ENGINE_ERR_FORMAT] = ERR_SYNTAX,
        [-ENGINE_ERR_UNSUPPORTED] = ERR_UNSUPPORTED,
        [-ENGINE_ERR_CHECKSUM] = ERR_DENIED,
        [-ENGINE_ERR_MEMORY] = ERR_MEMORY,
        [-ENGINE_ERR_ARGUMENT] = ERR_BAD_STATE,
    };
    size_t index = (size_t)-status;
    enum err_code code = index < sizeof(codes) / sizeof(codes[0]) ? codes[index] : ERR_BAD_STATE;
    return err_set(err, code, "%s", error->text);
}

static int describe(struct local_engine *engine, const struct local_options *options,
                    struct err *err)
{
    struct engine_model_info info;
    engine_model_describe(engine->model, &info);
    const char *name = options->name != NULL ? options->name : info.name;
    engine->name = strdup(name[0] != '\0' ? name : "local");
    if (engine->name == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    uint32_t context = options->session.context_length;
    engine->context_length = context != 0 ? context : info.context_length;
    engine->description = (struct local_description){.name = engine->name,
                                                     .architecture = info.architecture,
                                                     .context_length = engine->context_length,
                                                     .vocab_size = info.vocab_size,
                                                     .parameters = info.parameters};
    hash_to_hex(info.sha256, sizeof(info.sha256), engine->description.sha256);
    return 0;
}

static int start_thread(struct local_engine *engine, struct err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&engine->thread, NULL, engine_main, engine);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0)
        return err_set(err, ERR_BAD_STATE, "cannot start the engine's thread: error %d", failed);
    pthread_setname_np(engine->thread, "engine");
    engine->started = true;
    return 0;
}

int local_engine_new(struct local_engine **out, const struct local_options *options,
                     struct err *err)
{
    *out = NULL;
    struct local_engine *engine = calloc(1, sizeof(*engine));
    if (engine == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    struct engine_error error = {0};
    struct engine_session_options session = options->session;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->wake, NULL);
    engine->references = 1;
    engine->waiting_end = &engine->waiting;
    engine->queue_length = options->queue_length != 0 ? options->queue_length : DEFAULT_QUEUE;
    engine->credit_tokens = options->credit_tokens != 0 ? options->credit_tokens : DEFAULT_CREDIT;
    engine->default_max_tokens = options->default_max_tokens;
    engine->slots = session.max_sequences != 0 ? session.max_sequences : DEFAULT_SEQUENCES;
    session.max_sequences = engine->slots;
    engine->running = calloc(engine->slots, sizeof(*engine->running));
    engine->step_events = calloc(engine->slots, sizeof(*engine->step_events));
    int rc = 0;
    if (engine->running == NULL || engine->step_events == NULL) {
        rc = err_set(err, ERR_MEMORY, "out of memory");
        goto out;
    }
    int status = engine_model_open(&engine->model, &options->source, &error);
    if (status == ENGINE_OK)
        status = engine_session_new(&engine->session, engine->model, &session, &error);
    rc = status != ENGINE_OK ? fail(err, status, &error) : describe(engine, options, err);
    if (rc == 0)
        rc = start_thread(engine, err);
out:
    if (rc != 0)
        local_engine_free(engine);
    else
        *out = engine;
    return rc;
}

void local_engine_free(struct local_engine *engine)
{
    if (engine == NULL)
        return;
    pthread_mutex_lock(&engine->lock);
    engine->stopping = true;
    pthread_cond_signal(&engine->wake);
    pthread_mutex_unlock(&engine->lock);
    if (engine->started)
        pthread_join(engine->thread, NULL);
    engine_unref(engine);
}

void local_engine_describe(const struct local_engine *engine, struct local_description *out)
{
    *out = engine->description;
}

size_t local_engine_token_bytes(const struct local_engine *engine, int32_t token, char *out,
                                size_t cap)
{
    return engine_token_bytes(engine->model, token, out, cap);
}

void local_engine_counts(struct local_engine *engine, struct local_counts *out)
{
    pthread_mutex_lock(&engine->lock);
    *out = engine->counts;
    pthread_mutex_unlock(&engine->lock);
}
