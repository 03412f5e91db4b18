/*
 * The engine behind its thread: its life, and the model that it opens, at once or on demand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"
#include "gateway/base/log.h"
#include "gateway/base/thread.h"
#include "gateway/local_job.h"

enum { DEFAULT_QUEUE = 64, DEFAULT_CREDIT = 32, DEFAULT_SEQUENCES = 8 };
enum { DEFAULT_QUEUE_WAIT_MS = 30000, DEFAULT_STUCK_MS = 30000 };
enum { RETRY_MS = 1000, RETRY_MOST_MS = 60000 };

/* ---- the model ---- */

struct local_model *local_model_ref(struct local_model *model)
{
    atomic_fetch_add(&model->references, 1);
    return model;
}

void local_model_unref(struct local_model *model)
{
    if (model == NULL || atomic_fetch_sub(&model->references, 1) != 1)
        return;
    engine_model_free(model->model);
    engine_model_free(model->draft);
    if (model->room != NULL)
        local_room_return(model->room, model->bytes);
    free(model);
}

size_t local_model_token_bytes(const struct local_model *model, int32_t token, char *out,
                               size_t cap)
{
    return engine_token_bytes(model->model, token, out, cap);
}

static int too_large(const struct local_engine *engine, struct engine_error *error)
{
    *error = (struct engine_error){.status = ENGINE_ERR_MEMORY};
    (void)snprintf(error->text, sizeof(error->text),
                   "the model takes %zu MiB with its keys and values; engine.models_limit is %zu",
                   engine->bytes >> 20, local_room_limit(engine->room) >> 20);
    return ENGINE_ERR_MEMORY;
}

static size_t weights_of(const struct engine_model *model)
{
    struct engine_model_info info = {0};
    if (model != NULL)
        engine_model_describe(model, &info);
    return info.weight_bytes;
}

/* What was promised of it when its file was first looked at must still hold, and its room do. */
static int compare(const struct local_engine *engine, const struct engine_model_info *info,
                   size_t weight_bytes, struct engine_error *error)
{
    const struct local_description *d = &engine->description;
    bool fits = weight_bytes + engine->options.kv_bytes_limit <= engine->bytes;
    if (fits && d->vocab_size == info->vocab_size && d->calls == info->calls &&
        strcmp(d->architecture, info->architecture) == 0)
        return 0;
    *error = (struct engine_error){ENGINE_ERR_IO, "the file holds another model than it did when "
                                                  "the configuration was read; reload it"};
    return ENGINE_ERR_IO;
}

static int open_files(struct local_engine *engine, struct local_model *model,
                      struct engine_error *error)
{
    struct engine_session_options session = engine->options;
    struct engine_model_info info;
    int status = engine_model_open(&model->model, &engine->source, error);
    if (status == 0 && engine->draft.path != NULL)
        status = engine_model_open(&model->draft, &engine->draft, error);
    if (status != 0)
        return status;
    engine_model_describe(model->model, &info);
    model->bytes = info.weight_bytes + weights_of(model->draft);
    hash_to_hex(info.sha256, sizeof(info.sha256), model->sha256);
    if (engine->on_demand)
        status = compare(engine, &info, model->bytes, error);
    session.draft = model->draft;
    return status != 0 ? status
                       : engine_session_new(&engine->session, model->model, &session, error);
}

int local_model_open(struct local_engine *engine, struct engine_error *error)
{
    if (engine->on_demand && engine->bytes > local_room_limit(engine->room))
        return too_large(engine, error);
    if (engine->on_demand &&
        !local_room_take(engine->room, &engine->guest, engine->bytes, engine->queue_wait_ms / 2))
        return ENGINE_ERR_BUSY; /* nobody waits any more */
    struct local_model *model = calloc(1, sizeof(*model));
    int status = ENGINE_ERR_MEMORY;
    if (model != NULL) {
        atomic_init(&model->references, 1);
        status = open_files(engine, model, error);
    }
    if (status != 0) {
        local_model_unref(model);
        if (engine->on_demand)
            local_room_give(engine->room, &engine->guest, 0);
        return status;
    }
    pthread_mutex_lock(&engine->lock);
    engine->model = model;
    engine->full = false;
    pthread_mutex_unlock(&engine->lock);
    engine->failures = 0;
    atomic_store(&engine->state, LOCAL_OPEN);
    return 0;
}

void local_model_close(struct local_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    struct local_model *model = engine->model;
    engine->model = NULL;
    engine->counts.memory = (struct engine_memory){0};
    pthread_mutex_unlock(&engine->lock);
    engine_session_free(engine->session);
    engine->session = NULL;
    engine->runnable = false;
    if (atomic_load(&engine->state) != LOCAL_FAILED)
        atomic_store(&engine->state, LOCAL_CLOSED);
    /* A client that reads slowly may keep the weights; the room hears of it when they are gone. */
    if (engine->guest.bytes > 0) {
        local_room_give(engine->room, &engine->guest, model->bytes);
        model->room = engine->room;
    }
    local_model_unref(model);
}

void local_model_failed(struct local_engine *engine)
{
    int64_t wait_ms = RETRY_MS;
    for (uint32_t i = 0; i < engine->failures && wait_ms < RETRY_MOST_MS; i++)
        wait_ms *= 2;
    engine->failures++;
    wait_ms = wait_ms < RETRY_MOST_MS ? wait_ms : RETRY_MOST_MS;
    atomic_store(&engine->retry_at_us,
                 engine->on_demand ? worker_clock_us() + wait_ms * 1000 : INT64_MAX);
    atomic_store(&engine->state, LOCAL_FAILED);
}

/* ---- the room's questions ---- */

static void on_asked(void *owner)
{
    struct local_engine *engine = owner;
    pthread_mutex_lock(&engine->lock);
    pthread_cond_signal(&engine->wake);
    pthread_mutex_unlock(&engine->lock);
}

static bool is_stopping(void *owner)
{
    struct local_engine *engine = owner;
    pthread_mutex_lock(&engine->lock);
    bool stopping = engine->stopping;
    pthread_mutex_unlock(&engine->lock);
    return stopping;
}

static bool is_wanted(void *owner)
{
    struct local_engine *engine = owner;
    pthread_mutex_lock(&engine->lock);
    bool wanted = engine->queue.waiting > 0 && !engine->stopping;
    pthread_mutex_unlock(&engine->lock);
    return wanted;
}

/* ---- life ---- */

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

static char *copy(const char *text, bool *failed)
{
    char *own = text != NULL ? strdup(text) : NULL;
    *failed = *failed || (text != NULL && own == NULL);
    return own;
}

static int describe(struct local_engine *engine, const struct local_options *options,
                    const struct engine_model_info *info, struct err *err)
{
    const char *name = options->name != NULL ? options->name : info->name;
    bool failed = false;
    engine->name = copy(name[0] != '\0' ? name : "local", &failed);
    engine->architecture = copy(info->architecture, &failed);
    if (failed)
        return err_set(err, ERR_MEMORY, "out of memory");
    uint32_t context = options->session.context_length;
    engine->context_length = context != 0 ? context : info->context_length;
    engine->bytes += info->weight_bytes + options->session.kv_bytes_limit;
    engine->description = (struct local_description){.name = engine->name,
                                                     .architecture = engine->architecture,
                                                     .context_length = engine->context_length,
                                                     .vocab_size = info->vocab_size,
                                                     .calls = info->calls,
                                                     .most_answers = engine->slots,
                                                     .parameters = info->parameters};
    return 0;
}

static int look_at_draft(struct local_engine *engine, struct engine_error *error)
{
    struct engine_source source = engine->draft;
    struct engine_model *looked = NULL;
    if (source.path == NULL)
        return 0;
    source.unread = true;
    int status = engine_model_open(&looked, &source, error);
    engine->bytes = weights_of(looked);
    engine_model_free(looked);
    return status;
}

/* Opens the model, or looks at what its file says without reading all of it. */
static int begin(struct local_engine *engine, const struct local_options *options, struct err *err)
{
    struct engine_error error = {0};
    struct engine_model_info info;
    struct engine_model *looked = NULL;
    struct engine_source source = engine->source;
    source.unread = true;
    int status = engine->on_demand ? engine_model_open(&looked, &source, &error)
                                   : local_model_open(engine, &error);
    if (status == 0 && engine->on_demand)
        status = look_at_draft(engine, &error);
    if (status != 0) {
        engine_model_free(looked);
        return fail(err, status, &error);
    }
    engine_model_describe(engine->on_demand ? looked : engine->model->model, &info);
    int rc = describe(engine, options, &info, err);
    engine_model_free(looked);
    if (rc == 0 && engine->on_demand && engine->bytes > local_room_limit(engine->room)) {
        (void)too_large(engine, &error);
        rc = err_set(err, ERR_LIMIT, "%s", error.text);
    }
    return rc;
}

static int start_thread(struct local_engine *engine, struct err *err)
{
    /* SIGBUS is the engine's own, for files that shrink under their map. */
    int failed = thread_start(&engine->thread, "engine", local_thread_main, engine, true);
    if (failed != 0)
        return err_set(err, ERR_BAD_STATE, "cannot start the engine's thread: error %d", failed);
    engine->started = true;
    return 0;
}

static int copy_options(struct local_engine *engine, const struct local_options *options)
{
    bool failed = false;
    engine->options = options->session;
    engine->source = options->source;
    engine->source.path = copy(options->source.path, &failed);
    engine->source.sha256 = copy(options->source.sha256, &failed);
    engine->draft.path = copy(options->draft.path, &failed);
    engine->room = options->room;
    engine->on_demand = options->on_demand;
    if (engine->on_demand) {
        engine->source.stop = is_stopping;
        engine->source.context = engine;
        engine->draft.stop = is_stopping;
        engine->draft.context = engine;
    }
    engine->guest = (struct local_guest){.ask = on_asked, .wants = is_wanted, .owner = engine};
    engine->queue_length = options->queue_length != 0 ? options->queue_length : DEFAULT_QUEUE;
    engine->credit_tokens = options->credit_tokens != 0 ? options->credit_tokens : DEFAULT_CREDIT;
    engine->default_max_tokens = options->default_max_tokens;
    engine->queue_wait_ms =
        options->queue_wait_ms != 0 ? options->queue_wait_ms : DEFAULT_QUEUE_WAIT_MS;
    engine->stuck_ms = options->stuck_ms != 0 ? options->stuck_ms : DEFAULT_STUCK_MS;
    engine->context_shift = options->context_shift;
    engine->context_keep = options->context_keep;
    if (engine->options.max_sequences == 0)
        engine->options.max_sequences = DEFAULT_SEQUENCES;
    engine->slots = engine->options.max_sequences;
    return failed ? ERR_MEMORY : 0;
}

int local_engine_new(struct local_engine **out, const struct local_options *options,
                     struct err *err)
{
    *out = NULL;
    struct local_engine *engine = calloc(1, sizeof(*engine));
    if (engine == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->wake, NULL);
    engine->references = 1;
    int rc = copy_options(engine, options);
    engine->running = calloc(engine->slots, sizeof(*engine->running));
    engine->step_events =
        calloc((size_t)engine->slots + engine->options.lookup_tokens + engine->options.draft_tokens,
               sizeof(*engine->step_events));
    if (rc == 0)
        rc = fair_queue_init(&engine->queue, (size_t)engine->queue_length + engine->slots,
                             engine->slots);
    if (rc != 0 || engine->running == NULL || engine->step_events == NULL)
        rc = err_set(err, ERR_MEMORY, "out of memory");
    else if (hash_random(engine->key, sizeof(engine->key)) != 0)
        rc = err_set(err, ERR_BAD_STATE, "no random numbers");
    else
        rc = begin(engine, options, err);
    if (rc == 0)
        rc = start_thread(engine, err);
    if (rc != 0)
        local_engine_free(engine);
    else
        *out = engine;
    return rc;
}

void local_engine_release(struct local_engine *engine)
{
    local_model_close(engine);
    pthread_cond_destroy(&engine->wake);
    pthread_mutex_destroy(&engine->lock);
    fair_queue_release(&engine->queue);
    free(engine->running);
    free(engine->step_events);
    free(engine->name);
    free(engine->architecture);
    free((char *)(uintptr_t)engine->source.path);
    free((char *)(uintptr_t)engine->source.sha256);
    free((char *)(uintptr_t)engine->draft.path);
    free(engine);
}

void local_engine_stop(struct local_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->stopping = true;
    pthread_cond_signal(&engine->wake);
    pthread_mutex_unlock(&engine->lock);
}

bool local_engine_stopped(const struct local_engine *engine)
{
    return atomic_load(&engine->stopped);
}

void local_engine_end(struct local_engine *engine)
{
    local_engine_stop(engine);
    if (engine->started)
        pthread_join(engine->thread, NULL);
    engine->started = false;
}

void local_engine_free(struct local_engine *engine)
{
    if (engine == NULL)
        return;
    local_engine_end(engine);
    local_engine_unref(engine);
}

const struct local_description *local_engine_describe(const struct local_engine *engine)
{
    return &engine->description;
}

void local_engine_counts(struct local_engine *engine, struct local_counts *out)
{
    pthread_mutex_lock(&engine->lock);
    *out = engine->counts;
    out->waiting = (uint32_t)engine->queue.waiting;
    pthread_mutex_unlock(&engine->lock);
}

const char *local_state_name(enum local_state state)
{
    static const char *const names[] = {"closed", "opening", "open", "failed"};
    return names[state];
}

enum local_state local_engine_state(const struct local_engine *engine)
{
    return (enum local_state)atomic_load(&engine->state);
}

bool local_engine_ready(const struct local_engine *engine)
{
    return !local_engine_broken(engine) && !local_engine_stuck(engine);
}
