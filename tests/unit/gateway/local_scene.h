/*
 * local_scene.h - an engine of the test's own behind engine.h, whose answers, errors and speed are
 * what a test says, and a worker with jobs for it. For the tests of local.h, one program each.
 */
#ifndef PENSTOCK_TEST_LOCAL_SCENE_H
#define PENSTOCK_TEST_LOCAL_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/local.h"
#include "gateway/local_room.h"
#include "gateway/worker.h"

/* ---- the engine: a prompt's tokens are its bytes, the answer is "0 1 2 ..." ---- */

enum { CONTEXT = 4000, MAX_SEQUENCES = 8, PATIENCE_MS = 60 * 1000 };

struct engine_model {
    int unused;
};

struct sequence {
    bool used;
    uint64_t tag;
    uint32_t prompt, made, max_tokens, credit;
    bool limited, stop_seen;
};

struct engine_session {
    struct sequence sequences[MAX_SEQUENCES];
    unsigned max_sequences;
};

static struct {
    struct engine_model model;
    struct engine_session session;
    atomic_int live, steps, cancels, most_live, submissions;
    atomic_int left;       /* as the last step said */
    atomic_int step_us;    /* how long a step takes */
    atomic_int fail_step;  /* the step with this number fails */
    atomic_int busy_above; /* submit says BUSY from so many sequences on; 0: never */
    atomic_bool template_fails;
    atomic_bool hang;       /* steps do not return */
    atomic_int fail_status; /* what the step that fails says */
    struct engine_submission last;
    atomic_int opened, open_fails;
    atomic_bool opens_forever; /* until it is stopped */
    size_t weight_bytes;       /* what a file that is opened now has */
    struct engine_source last_source;
} fake;

int engine_model_open(struct engine_model **out, const struct engine_source *source,
                      struct engine_error *error)
{
    if (source->path != NULL) {
        snprintf(error->text, sizeof(error->text), "%s: no such file", source->path);
        return ENGINE_ERR_IO;
    }
    fake.last_source = *source;
    if (fake.open_fails != 0) {
        snprintf(error->text, sizeof(error->text), "made to fail");
        return fake.open_fails;
    }
    while (fake.opens_forever && !source->unread) {
        if (source->stop(source->context))
            return ENGINE_ERR_STOPPED;
        usleep(100);
    }
    *out = &fake.model;
    fake.opened++;
    return 0;
}

void engine_model_free(struct engine_model *model)
{
    if (model != NULL)
        fake.opened--;
}

void engine_model_describe(const struct engine_model *model, struct engine_model_info *out)
{
    (void)model;
    *out = (struct engine_model_info){.name = "fake",
                                      .architecture = "llama",
                                      .context_length = CONTEXT,
                                      .parameters = 42,
                                      .weight_bytes = fake.weight_bytes,
                                      .sha256 = {0xab, 0xcd}};
}

int engine_chat_tokens(const struct engine_model *model, const struct engine_message *messages,
                       size_t message_count, const char *tools, bool add_generation_prompt,
                       int32_t **tokens, size_t *count, struct engine_error *error)
{
    (void)model;
    (void)error;
    assert_true(add_generation_prompt);
    assert_null(tools);
    if (fake.template_fails)
        return ENGINE_ERR_TEMPLATE;
    size_t total = 0;
    for (size_t i = 0; i < message_count; i++)
        total += strlen(messages[i].role) + messages[i].content_len;
    *tokens = calloc(total + 1, sizeof(**tokens));
    *count = total;
    return 0;
}

size_t engine_token_bytes(const struct engine_model *model, int32_t token, char *out, size_t cap)
{
    (void)model;
    if (cap > 0)
        out[0] = (char)token;
    return 1;
}

void engine_grammar_free(struct engine_grammar *grammar)
{
    (void)grammar;
}

void engine_tokens_free(int32_t *tokens, size_t count)
{
    (void)count;
    free(tokens);
}

int engine_session_new(struct engine_session **out, const struct engine_model *model,
                       const struct engine_session_options *options, struct engine_error *error)
{
    (void)model;
    (void)error;
    memset(&fake.session, 0, sizeof(fake.session));
    fake.session.max_sequences = options->max_sequences;
    *out = &fake.session;
    return 0;
}

void engine_session_free(struct engine_session *session)
{
    (void)session;
}

int engine_session_submit(struct engine_session *session, const struct engine_submission *s,
                          struct engine_error *error)
{
    (void)error;
    fake.submissions++;
    fake.last = *s;
    if (fake.busy_above > 0 && fake.live >= fake.busy_above)
        return ENGINE_ERR_BUSY;
    uint32_t opened = 0;
    if ((uint32_t)fake.live + s->answers > session->max_sequences ||
        fake.live == (int)session->max_sequences)
        return ENGINE_ERR_BUSY;
    for (unsigned i = 0; i < session->max_sequences; i++) {
        if (session->sequences[i].used || opened == (s->answers > 0 ? s->answers : 1))
            continue;
        session->sequences[i] = (struct sequence){.used = true,
                                                  .tag = s->tag + opened++,
                                                  .prompt = (uint32_t)s->prompt_count,
                                                  .max_tokens = s->max_tokens,
                                                  .credit = s->credit,
                                                  .limited = s->credit > 0,
                                                  .stop_seen = s->stop_count > 0};
        if (++fake.live > fake.most_live)
            fake.most_live = fake.live;
    }
    return 0;
}

static inline bool can_go_on(const struct sequence *s)
{
    return s->used && (!s->limited || s->credit > 0);
}

int engine_session_step(struct engine_session *session, struct engine_event *events,
                        size_t *event_count, struct engine_error *error)
{
    static char text[MAX_SEQUENCES][16];
    int left = 0;
    *event_count = 0;
    struct timespec wait = {.tv_nsec = fake.step_us * 1000L};
    nanosleep(&wait, NULL);
    while (fake.hang)
        nanosleep(&wait, NULL);
    if (++fake.steps == fake.fail_step) {
        snprintf(error->text, sizeof(error->text), "made to fail");
        return fake.fail_status;
    }
    for (unsigned i = 0; i < session->max_sequences; i++) {
        struct sequence *s = &session->sequences[i];
        if (!can_go_on(s))
            continue;
        if (s->limited)
            s->credit--;
        snprintf(text[i], sizeof(text[i]), "%u ", s->made++);
        bool ends = s->made == s->max_tokens || (s->stop_seen && s->made == 3);
        events[(*event_count)++] =
            (struct engine_event){.tag = s->tag,
                                  .text = text[i],
                                  .text_len = strlen(text[i]),
                                  .finish = !ends          ? ENGINE_FINISH_NONE
                                            : s->stop_seen ? ENGINE_FINISH_STOP
                                                           : ENGINE_FINISH_LENGTH,
                                  .prompt_tokens = s->prompt,
                                  .completion_tokens = s->made};
        if (ends) {
            s->used = false;
            fake.live--;
        }
        left += can_go_on(s);
    }
    fake.left = left;
    return left;
}

void engine_session_credit(struct engine_session *session, uint64_t tag, uint32_t tokens)
{
    for (unsigned i = 0; i < MAX_SEQUENCES; i++)
        if (session->sequences[i].used && session->sequences[i].tag == tag)
            session->sequences[i].credit += tokens;
}

void engine_session_cancel(struct engine_session *session, uint64_t tag)
{
    for (unsigned i = 0; i < MAX_SEQUENCES; i++) {
        if (session->sequences[i].used && session->sequences[i].tag == tag) {
            session->sequences[i].used = false;
            fake.live--;
            fake.cancels++;
        }
    }
}

void engine_session_memory(const struct engine_session *session, struct engine_memory *out)
{
    (void)session;
    *out = (struct engine_memory){.weights = 1, .kv = 2, .scratch = 3};
}

/* ---- a worker whose loop runs on the test's thread ---- */

struct fixture {
    struct worker *worker;
    struct local_engine *engine;
    struct worker_timer *timer;
    int ticks;
};

enum { SEEN_ANSWERS = 4 };

struct seen {
    struct backend_job *job;
    int heads, pieces, ends;
    int ended_as; /* how many had ended with it */
    bool in_verb, pause_on_data, cancel_on_head, cancel_on_data, keeps_model;
    struct backend_head head;
    struct local_model *model;
    struct buf text, others[SEEN_ANSWERS - 1];
    bool ended[SEEN_ANSWERS];
    enum backend_finish finish[SEEN_ANSWERS];
    struct backend_result result;
};

static inline void cancel(struct seen *s)
{
    s->in_verb = true;
    s->job->ops->cancel(s->job);
    s->in_verb = false;
    s->job = NULL;
}

static inline void on_head(void *user, const struct backend_head *head)
{
    struct seen *s = user;
    assert_false(s->in_verb);
    assert_int_equal(s->heads++ + s->pieces + s->ends, 0);
    s->head = *head;
    if (s->keeps_model)
        s->model = local_model_ref(head->local);
    if (s->cancel_on_head)
        cancel(s);
}

static inline void on_text(void *user, const struct backend_text *piece)
{
    struct seen *s = user;
    assert_false(s->in_verb);
    assert_non_null(s->job);
    assert_int_equal(s->heads, 1);
    assert_in_range(piece->answer, 0, SEEN_ANSWERS - 1);
    s->pieces++;
    assert_false(s->ended[piece->answer]);
    s->ended[piece->answer] = piece->ended;
    s->finish[piece->answer] = piece->finish;
    struct buf *text = piece->answer == 0 ? &s->text : &s->others[piece->answer - 1];
    assert_int_equal(buf_append(text, piece->bytes, piece->len), 0);
    if (s->pause_on_data)
        s->job->ops->pause(s->job);
    if (s->cancel_on_data)
        cancel(s);
}

static inline void on_end(void *user, const struct backend_result *result)
{
    struct seen *s = user;
    assert_false(s->in_verb);
    assert_non_null(s->job);
    static atomic_int ended; /* workers of several threads */
    s->ends++;
    s->ended_as = ++ended;
    s->result = *result;
    s->job = NULL;
}

static const struct backend_events events = {
    .on_head = on_head, .on_text = on_text, .on_end = on_end};

static inline void on_tick(void *arg)
{
    struct fixture *f = arg;
    f->ticks++;
    worker_timer_start(f->timer, 1);
}

/* For so many milliseconds, by the loop itself, since worker_stop() is for good. */
static inline void run_for(struct fixture *f, int for_ms)
{
    f->ticks = 0;
    worker_timer_start(f->timer, 1);
    while (f->ticks < for_ms)
        event_base_loop(worker_base(f->worker), EVLOOP_ONCE);
    worker_timer_stop(f->timer);
}

/* Until *count is wanted. */
static inline void run_until(struct fixture *f, const int *count, int wanted)
{
    for (int i = 0; i < PATIENCE_MS && *count < wanted; i++)
        run_for(f, 1);
    assert_true(*count >= wanted);
}

/* Until the engine has nothing to do, for want of credit. */
static inline void run_until_idle(struct fixture *f)
{
    int before = -1;
    for (int i = 0; i < PATIENCE_MS / 20 && (before != fake.steps || fake.left != 0); i++) {
        before = fake.steps;
        run_for(f, 20);
    }
    assert_int_equal(fake.left, 0);
}

static inline void fixture_open(struct fixture *f, struct local_options options)
{
    struct err err = {0};
    fake.steps = fake.cancels = fake.live = fake.most_live = 0;
    fake.fail_step = fake.busy_above = 0;
    fake.opened = fake.open_fails = 0;
    fake.step_us = 100;
    fake.template_fails = fake.hang = false;
    fake.fail_status = ENGINE_ERR_MEMORY;
    f->worker = worker_new(0, &err);
    assert_non_null(f->worker);
    f->timer = worker_timer_new(f->worker, on_tick, f);
    assert_non_null(f->timer);
    if (local_engine_new(&f->engine, &options, &err) != 0)
        fail_msg("%s", err.text);
}

static inline void fixture_close(struct fixture *f)
{
    local_engine_free(f->engine);
    run_for(f, 1);
    worker_timer_free(f->timer);
    worker_free(f->worker);
}

static inline enum backend_outcome start_with(struct fixture *f, struct seen *s,
                                              const struct local_params *params, size_t prompt_len)
{
    static char prompt[CONTEXT * 2];
    memset(prompt, 'x', sizeof(prompt));
    struct local_message message = {.role = "user", .text = content_of(prompt, prompt_len)};
    s->in_verb = true;
    enum backend_outcome outcome =
        local_start(f->engine, f->worker, &message, 1, params, &events, s, &s->job);
    s->in_verb = false;
    return outcome;
}

static inline void start_for(struct fixture *f, struct seen *s, const char *who,
                             uint32_t max_tokens)
{
    struct local_params params = {.max_tokens = max_tokens, .stream = true, .principal = who};
    assert_int_equal(start_with(f, s, &params, 10), BACKEND_OK);
}

static inline void start(struct fixture *f, struct seen *s, uint32_t max_tokens, bool stream)
{
    struct local_params params = {.max_tokens = max_tokens, .stream = stream};
    assert_int_equal(start_with(f, s, &params, 10), BACKEND_OK);
}

static inline void assert_counts_up(const struct seen *s, unsigned tokens)
{
    struct buf wanted = BUF_INIT;
    for (unsigned i = 0; i < tokens; i++)
        assert_int_equal(buf_printf(&wanted, "%u ", i), 0);
    assert_int_equal(s->text.len, wanted.len);
    assert_memory_equal(s->text.data, wanted.data, wanted.len);
    buf_release(&wanted);
}

static inline void wait_until_gone(void)
{
    struct timespec wait = {.tv_nsec = 1000 * 1000};
    for (int i = 0; i < PATIENCE_MS && fake.live > 0; i++)
        nanosleep(&wait, NULL);
    assert_int_equal(fake.live, 0);
}

#endif
