/*
 * Jobs for the engine, with an engine of the test's own behind engine.h: its answers, errors and
 * speed are what the test says.
 */
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

#include "gateway/base/buf.h"
#include "gateway/local.h"
#include "gateway/local_room.h"
#include "gateway/worker.h"

/* ---- the engine: a prompt's tokens are its bytes, the answer is "0 1 2 ..." ---- */

enum { CONTEXT = 4000, MAX_SEQUENCES = 8 };

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
    atomic_int step_us;    /* how long a step takes */
    atomic_int fail_step;  /* the step with this number fails */
    atomic_int busy_above; /* submit says BUSY from so many sequences on; 0: never */
    atomic_bool template_fails;
    atomic_bool hang;       /* steps do not return */
    atomic_int fail_status; /* what the step that fails says */
    struct engine_submission last;
    atomic_int opened, open_fails;
    size_t weight_bytes; /* what a file that is opened now has */
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

static bool can_go_on(const struct sequence *s)
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

static void cancel(struct seen *s)
{
    s->in_verb = true;
    s->job->ops->cancel(s->job);
    s->in_verb = false;
    s->job = NULL;
}

static void on_head(void *user, const struct backend_head *head)
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

static void on_text(void *user, const struct backend_text *piece)
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

static void on_end(void *user, const struct backend_result *result)
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

static void on_tick(void *arg)
{
    struct fixture *f = arg;
    f->ticks++;
    worker_timer_start(f->timer, 1);
}

/*
 * Runs until *until is not 0; without it, for so many milliseconds. By the loop itself, since
 * worker_stop() is for good.
 */
static void run_loop(struct fixture *f, const int *until, int for_ms)
{
    f->ticks = 0;
    worker_timer_start(f->timer, 1);
    while (until != NULL ? *until == 0 && f->ticks < 8000 : f->ticks < for_ms)
        event_base_loop(worker_base(f->worker), EVLOOP_ONCE);
    worker_timer_stop(f->timer);
    if (until != NULL)
        assert_int_not_equal(*until, 0);
}

static void fixture_open(struct fixture *f, struct local_options options)
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

static void fixture_close(struct fixture *f)
{
    local_engine_free(f->engine);
    run_loop(f, NULL, 1);
    worker_timer_free(f->timer);
    worker_free(f->worker);
}

static enum backend_outcome start_with(struct fixture *f, struct seen *s,
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

static void start_for(struct fixture *f, struct seen *s, const char *who, uint32_t max_tokens)
{
    struct local_params params = {.max_tokens = max_tokens, .stream = true, .principal = who};
    assert_int_equal(start_with(f, s, &params, 10), BACKEND_OK);
}

static void start(struct fixture *f, struct seen *s, uint32_t max_tokens, bool stream)
{
    struct local_params params = {.max_tokens = max_tokens, .stream = stream};
    assert_int_equal(start_with(f, s, &params, 10), BACKEND_OK);
}

static void assert_counts_up(const struct seen *s, unsigned tokens)
{
    struct buf wanted = BUF_INIT;
    for (unsigned i = 0; i < tokens; i++)
        assert_int_equal(buf_printf(&wanted, "%u ", i), 0);
    assert_int_equal(s->text.len, wanted.len);
    assert_memory_equal(s->text.data, wanted.data, wanted.len);
    buf_release(&wanted);
}

static void wait_until_gone(void)
{
    struct timespec wait = {.tv_nsec = 1000 * 1000};
    for (int i = 0; i < 1000 && fake.live > 0; i++)
        nanosleep(&wait, NULL);
    assert_int_equal(fake.live, 0);
}

static void test_streamed(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    fixture_open(&f, (struct local_options){.credit_tokens = 4});
    fake.step_us = 500;
    start(&f, &s, 100, true);
    run_loop(&f, &s.ends, 0);
    assert_int_equal(s.result.outcome, BACKEND_OK);
    assert_int_equal(s.result.status, 200);
    assert_int_equal(s.finish[0], BACKEND_FINISH_LENGTH);
    assert_int_equal(s.result.prompt_tokens, 14);
    assert_int_equal(s.result.completion_tokens, 100);
    assert_string_equal(s.head.model, "fake");
    assert_int_equal(s.head.status, 200);
    assert_true(s.head.event_stream);
    assert_true(s.pieces > 10);
    assert_counts_up(&s, 100);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_whole(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    const char *stop[] = {"\n"};
    struct local_params params = {.max_tokens = 100, .stop = stop, .stop_count = 1};
    fixture_open(&f, (struct local_options){.name = "mine"});
    assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_OK);
    run_loop(&f, &s.ends, 0);
    assert_int_equal(s.result.outcome, BACKEND_OK);
    assert_int_equal(s.finish[0], BACKEND_FINISH_STOP);
    assert_int_equal(s.pieces, 1);
    assert_string_equal(s.head.model, "mine");
    assert_counts_up(&s, 3);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_many_at_once(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[40];
    memset(s, 0, sizeof(s));
    fixture_open(&f, (struct local_options){.session.max_sequences = 4, .queue_length = 36});
    for (int i = 0; i < 40; i++)
        start(&f, &s[i], 20, i % 2 == 0);
    for (int i = 0; i < 40; i++) {
        run_loop(&f, &s[i].ends, 0);
        assert_counts_up(&s[i], 20);
        buf_release(&s[i].text);
    }
    assert_int_equal(fake.most_live, 4);
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running + counts.waiting, 0);
    assert_int_equal(counts.jobs, 40);
    assert_int_equal(counts.completion_tokens, 800);
    assert_int_equal(counts.prompt_tokens, 40 * 14);
    fixture_close(&f);
}

static void test_queue_is_bounded(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s[4] = {0};
    struct local_params params = {.stream = true};
    fixture_open(&f, (struct local_options){
                         .session.max_sequences = 1, .queue_length = 2, .credit_tokens = 1});
    for (int i = 0; i < 3; i++)
        assert_int_equal(start_with(&f, &s[i], &params, 10), BACKEND_OK);
    assert_int_equal(start_with(&f, &s[3], &params, 10), BACKEND_ERR_BUSY);
    assert_null(s[3].job);
    cancel(&s[1]); /* a waiting one frees its place at once */
    assert_int_equal(start_with(&f, &s[3], &params, 10), BACKEND_OK);
    cancel(&s[0]);
    cancel(&s[2]);
    cancel(&s[3]);
    wait_until_gone();
    run_loop(&f, NULL, 5);
    for (int i = 0; i < 4; i++)
        assert_int_equal(s[i].heads + s[i].ends, 0);
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running + counts.waiting, 0);
    assert_int_equal(counts.refused, 1);
    fixture_close(&f);
}

static void test_session_that_is_full(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[6];
    memset(s, 0, sizeof(s));
    fixture_open(&f, (struct local_options){0});
    fake.busy_above = 2; /* say, the KV cache holds no more */
    for (int i = 0; i < 6; i++)
        start(&f, &s[i], 20, true);
    for (int i = 0; i < 6; i++) {
        run_loop(&f, &s[i].ends, 0);
        assert_int_equal(s[i].result.outcome, BACKEND_OK);
        assert_counts_up(&s[i], 20);
        buf_release(&s[i].text);
    }
    assert_int_equal(fake.most_live, 2);

    /* One that is waiting for room is cancelled. */
    struct seen a = {.pause_on_data = true}, b = {.pause_on_data = true}, c = {0};
    start(&f, &a, 0, true);
    start(&f, &b, 0, true);
    run_loop(&f, &b.pieces, 0);
    start(&f, &c, 0, true);
    for (int before = -1; before != fake.steps;) { /* until their credit is spent */
        before = fake.steps;
        run_loop(&f, NULL, 20);
    }
    int steps = fake.steps, submissions = fake.submissions;
    run_loop(&f, NULL, 20);
    assert_int_equal(fake.steps, steps); /* nobody spins meanwhile */
    assert_int_equal(fake.submissions, submissions);
    cancel(&c);
    cancel(&a);
    cancel(&b);
    wait_until_gone();
    fixture_close(&f);
    assert_int_equal(c.heads + c.ends, 0);
    buf_release(&a.text);
    buf_release(&b.text);
}

static void test_slow_client_stops_its_sequence(void **state)
{
    (void)state;
    struct fixture f;
    struct seen slow = {.pause_on_data = true}, fast = {0};
    fixture_open(&f, (struct local_options){.credit_tokens = 8});
    start(&f, &slow, 200, true);
    start(&f, &fast, 200, true);
    run_loop(&f, &fast.ends, 0);
    assert_counts_up(&fast, 200);
    run_loop(&f, NULL, 5);
    assert_int_equal(slow.pieces, 1);
    int steps = fake.steps;
    run_loop(&f, NULL, 20);
    assert_int_equal(fake.steps, steps); /* the thread sleeps */
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running, 1);
    assert_true(counts.completion_tokens < 200 + 8 + 8);

    int pieces = slow.pieces;
    slow.in_verb = true;
    slow.job->ops->resume(slow.job);
    slow.job->ops->resume(slow.job);
    slow.in_verb = false;
    assert_int_equal(slow.pieces, pieces);
    run_loop(&f, NULL, 20);
    assert_int_equal(slow.pieces, pieces + 1);
    slow.pause_on_data = false;
    slow.job->ops->resume(slow.job);
    run_loop(&f, &slow.ends, 0);
    assert_counts_up(&slow, 200);
    fixture_close(&f);
    buf_release(&slow.text);
    buf_release(&fast.text);
}

static void test_paused_at_the_end(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    fixture_open(&f, (struct local_options){0});
    start(&f, &s, 5, true);
    s.job->ops->pause(s.job);
    wait_until_gone();
    run_loop(&f, NULL, 20);
    assert_int_equal(s.heads + s.ends, 0);
    s.job->ops->resume(s.job);
    run_loop(&f, &s.ends, 0);
    assert_counts_up(&s, 5);
    fixture_close(&f);
    buf_release(&s.text);
}

static void release_seen(struct seen *s)
{
    buf_release(&s->text);
    for (size_t i = 0; i < SEEN_ANSWERS - 1; i++)
        buf_release(&s->others[i]);
}

/* Each answer is whole, ends once, and has its own credit; they wait together for their places. */
static void test_several_answers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, (struct local_options){.credit_tokens = 4,
                                            .session = {.max_sequences = 4, .lookup_tokens = 0}});
    for (int stream = 0; stream < 2; stream++) {
        struct seen holds = {.pause_on_data = true}, s = {0};
        struct local_params params = {.max_tokens = 50, .stream = stream != 0, .answers = 4};
        start(&f, &holds, 1000, true);
        run_loop(&f, &holds.pieces, 0);
        assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_OK);
        run_loop(&f, NULL, 20);
        assert_int_equal(s.pieces, 0);
        cancel(&holds);
        run_loop(&f, &s.ends, 0);
        assert_int_equal(s.result.outcome, BACKEND_OK);
        assert_int_equal(s.result.prompt_tokens, 14);
        assert_int_equal(s.result.completion_tokens, 200);
        assert_counts_up(&s, 50);
        for (size_t i = 0; i < SEEN_ANSWERS; i++) {
            assert_true(s.ended[i]);
            assert_int_equal(s.finish[i], BACKEND_FINISH_LENGTH);
            if (i > 0) {
                assert_int_equal(s.others[i - 1].len, s.text.len);
                assert_memory_equal(s.others[i - 1].data, s.text.data, s.text.len);
            }
        }
        assert_true(stream ? s.pieces > 10 : s.pieces == 4);
        release_seen(&holds);
        release_seen(&s);
    }
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running, 0);
    /* A slow client stops all of them, a cancelled one frees all of them. */
    struct seen slow = {.pause_on_data = true};
    struct local_params params = {.max_tokens = 1000, .stream = true, .answers = 3};
    assert_int_equal(start_with(&f, &slow, &params, 10), BACKEND_OK);
    run_loop(&f, &slow.pieces, 0);
    run_loop(&f, NULL, 20);
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running, 3);
    uint64_t tokens = counts.completion_tokens;
    run_loop(&f, NULL, 20);
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.completion_tokens, tokens);
    cancel(&slow);
    wait_until_gone();
    release_seen(&slow);
    fixture_close(&f);
}

static void test_cancel_frees_the_sequence(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    fixture_open(&f, (struct local_options){0});
    start(&f, &s, 0, true);
    run_loop(&f, &s.pieces, 0);
    int steps = fake.steps;
    cancel(&s);
    wait_until_gone();
    assert_true(fake.steps - steps <= 2);
    assert_int_equal(fake.cancels, 1);
    int pieces = s.pieces;
    run_loop(&f, NULL, 10); /* late tokens find nobody */
    assert_int_equal(s.pieces, pieces);
    assert_int_equal(s.ends, 0);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_cancel_inside_events(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        struct seen s = {.cancel_on_head = i == 0, .cancel_on_data = i == 1};
        fixture_open(&f, (struct local_options){0});
        start(&f, &s, 0, true);
        run_loop(&f, &s.heads, 0);
        wait_until_gone();
        run_loop(&f, NULL, 10);
        assert_int_equal(s.heads, 1);
        assert_int_equal(s.pieces, i);
        assert_int_equal(s.ends, 0);
        fixture_close(&f);
        buf_release(&s.text);
    }
}

static void test_context(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    struct local_params params = {.max_tokens = 1000000};
    fixture_open(&f, (struct local_options){0});
    assert_int_equal(start_with(&f, &s, &params, CONTEXT - 4), BACKEND_OK);
    run_loop(&f, &s.ends, 0);
    assert_int_equal(s.result.outcome, BACKEND_ERR_CONTEXT);
    assert_int_equal(s.heads, 0);

    memset(&s, 0, sizeof(s));
    assert_int_equal(start_with(&f, &s, &params, CONTEXT - 14), BACKEND_OK);
    run_loop(&f, &s.ends, 0);
    assert_int_equal(s.result.outcome, BACKEND_OK);
    assert_int_equal(s.result.completion_tokens, 10); /* what there was room for */
    assert_int_equal(s.finish[0], BACKEND_FINISH_LENGTH);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_default_max_tokens(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    fixture_open(&f, (struct local_options){.default_max_tokens = 7});
    start(&f, &s, 0, false);
    run_loop(&f, &s.ends, 0);
    assert_int_equal(s.result.completion_tokens, 7);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_engine_fails(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s[2] = {0};
    fixture_open(&f, (struct local_options){0});
    fake.template_fails = true;
    start(&f, &s[0], 10, true);
    run_loop(&f, &s[0].ends, 0);
    assert_int_equal(s[0].result.outcome, BACKEND_ERR_INTERNAL);
    fake.template_fails = false;

    fake.fail_step = fake.steps + 10;
    memset(s, 0, sizeof(s));
    start(&f, &s[0], 100, true);
    start(&f, &s[1], 100, true);
    run_loop(&f, &s[0].ends, 0);
    run_loop(&f, &s[1].ends, 0);
    assert_int_equal(s[0].result.outcome, BACKEND_ERR_INTERNAL);
    assert_int_equal(s[1].result.outcome, BACKEND_ERR_INTERNAL);
    buf_release(&s[0].text);
    buf_release(&s[1].text);

    memset(s, 0, sizeof(s)); /* and goes on */
    start(&f, &s[0], 10, true);
    run_loop(&f, &s[0].ends, 0);
    assert_int_equal(s[0].result.outcome, BACKEND_OK);
    fixture_close(&f);
    buf_release(&s[0].text);
}

static void test_engine_freed_with_jobs(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[12];
    memset(s, 0, sizeof(s));
    fixture_open(&f, (struct local_options){.session.max_sequences = 2});
    for (int i = 0; i < 12; i++)
        start(&f, &s[i], 0, true);
    run_loop(&f, &s[1].pieces, 0);
    local_engine_free(f.engine);
    f.engine = NULL;
    cancel(&s[0]); /* still allowed */
    cancel(&s[11]);
    for (int i = 1; i < 11; i++) {
        run_loop(&f, &s[i].ends, 0);
        assert_int_equal(s[i].result.outcome, BACKEND_ERR_INTERNAL);
    }
    for (int i = 0; i < 12; i++)
        buf_release(&s[i].text);
    fixture_close(&f);
}

static void test_description(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, (struct local_options){0});
    const struct local_description *d = local_engine_describe(f.engine);
    assert_string_equal(d->name, "fake");
    assert_string_equal(d->architecture, "llama");
    assert_int_equal(d->context_length, CONTEXT);
    assert_int_equal(d->parameters, 42);
    fixture_close(&f);

    struct err err = {0};
    struct local_options options = {.source.path = "/nonexistent.gguf"};
    assert_int_equal(local_engine_new(&f.engine, &options, &err), ERR_IO);
    assert_non_null(strstr(err.text, "/nonexistent.gguf"));
}

/* A long backlog of one caller does not hold up another. */
static void test_callers_take_turns(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[8];
    memset(s, 0, sizeof(s));
    fixture_open(&f, (struct local_options){.session.max_sequences = 1});
    s[0].pause_on_data = true; /* holds the place until all are in line */
    start_for(&f, &s[0], "a", 40);
    run_loop(&f, &s[0].pieces, 0);
    for (int i = 1; i < 7; i++)
        start_for(&f, &s[i], "a", 5);
    start_for(&f, &s[7], "b", 5);
    s[0].pause_on_data = false;
    s[0].job->ops->resume(s[0].job);
    for (int i = 0; i < 8; i++) {
        run_loop(&f, &s[i].ends, 0);
        assert_int_equal(s[i].result.outcome, BACKEND_OK);
        buf_release(&s[i].text);
    }
    int before = 0;
    for (int i = 1; i < 7; i++)
        before += s[i].ended_as < s[7].ended_as;
    assert_true(before <= 1);
    fixture_close(&f);
}

static void test_waiting_is_limited(void **state)
{
    (void)state;
    struct fixture f;
    struct seen holds = {.pause_on_data = true}, waits = {0};
    fixture_open(&f, (struct local_options){.session.max_sequences = 1, .queue_wait_ms = 30});
    start_for(&f, &holds, "a", 0);
    run_loop(&f, &holds.pieces, 0);
    start_for(&f, &waits, "b", 5);
    run_loop(&f, &waits.ends, 0);
    assert_int_equal(waits.heads, 0);
    assert_int_equal(waits.result.outcome, BACKEND_ERR_BUSY);
    assert_true(waits.result.retry_after >= 1 && waits.result.retry_after <= 60);
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.waiting, 0);
    assert_int_equal(counts.running, 1); /* being answered has no such limit */
    assert_int_equal(counts.expired, 1);
    cancel(&holds);
    wait_until_gone();
    fixture_close(&f);
    buf_release(&holds.text);
}

/* Who fills the queue makes room for others; who has no more than they have is refused. */
static void test_full_queue_is_shared(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[7];
    memset(s, 0, sizeof(s));
    struct local_params params = {.max_tokens = 5, .stream = true, .principal = "a"};
    fixture_open(&f, (struct local_options){.session.max_sequences = 1, .queue_length = 4});
    s[0].pause_on_data = true;
    start_for(&f, &s[0], "a", 0);
    run_loop(&f, &s[0].pieces, 0);
    for (int i = 1; i < 5; i++)
        start_for(&f, &s[i], "a", 5);
    assert_int_equal(start_with(&f, &s[5], &params, 10), BACKEND_ERR_BUSY);
    params.principal = "b";
    assert_int_equal(start_with(&f, &s[5], &params, 10), BACKEND_OK);
    assert_int_equal(s[4].ends, 0); /* not from inside a verb */
    run_loop(&f, &s[4].ends, 0);
    assert_int_equal(s[4].result.outcome, BACKEND_ERR_BUSY);
    params.principal = "c";
    assert_int_equal(start_with(&f, &s[6], &params, 10), BACKEND_OK);
    run_loop(&f, &s[3].ends, 0);
    cancel(&s[0]);
    for (int i = 1; i < 7; i++) {
        run_loop(&f, &s[i].ends, 0);
        assert_int_equal(s[i].result.outcome, i == 3 || i == 4 ? BACKEND_ERR_BUSY : BACKEND_OK);
        buf_release(&s[i].text);
    }
    assert_true(local_engine_retry_after(f.engine) >= 1);
    fixture_close(&f);
    buf_release(&s[0].text);
}

/* A step that does not return ends what depends on it; when it does return all is well again. */
static void test_hung_step(void **state)
{
    (void)state;
    struct fixture f;
    struct seen said = {0}, silent = {0}, waits = {0}, next = {0};
    struct local_params params = {.max_tokens = 5, .stream = true};
    fixture_open(&f, (struct local_options){.session.max_sequences = 2, .stuck_ms = 200});
    start(&f, &said, 0, true);
    run_loop(&f, &said.pieces, 0);
    assert_true(local_engine_ready(f.engine));
    fake.hang = true;
    start(&f, &silent, 5, true);
    start(&f, &waits, 5, true);
    run_loop(&f, &said.ends, 0);
    run_loop(&f, &silent.ends, 0);
    run_loop(&f, &waits.ends, 0);
    assert_int_equal(said.result.outcome, BACKEND_ERR_IDLE);
    assert_int_equal(silent.result.outcome, BACKEND_ERR_FIRST_BYTE);
    assert_int_equal(waits.result.outcome, BACKEND_ERR_FIRST_BYTE);
    assert_false(local_engine_ready(f.engine));
    assert_int_equal(start_with(&f, &next, &params, 10), BACKEND_ERR_BUSY);
    fake.hang = false;
    wait_until_gone();
    assert_true(local_engine_ready(f.engine));
    assert_int_equal(start_with(&f, &next, &params, 10), BACKEND_OK);
    run_loop(&f, &next.ends, 0);
    assert_int_equal(next.result.outcome, BACKEND_OK);
    fixture_close(&f);
    buf_release(&said.text);
    buf_release(&next.text);
}

/* A model whose file was changed under it is not asked again. */
static void test_model_that_broke(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    struct local_params params = {.stream = true};
    fixture_open(&f, (struct local_options){0});
    fake.fail_status = ENGINE_ERR_IO;
    fake.fail_step = 3;
    start(&f, &s, 100, true);
    run_loop(&f, &s.ends, 0);
    assert_int_equal(s.result.outcome, BACKEND_ERR_INTERNAL);
    assert_false(local_engine_ready(f.engine));
    assert_int_equal(local_engine_state(f.engine), LOCAL_FAILED);
    assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_ERR_MODEL);
    fixture_close(&f);
    buf_release(&s.text);
}

static bool never(void *owner)
{
    (void)owner;
    return false;
}

static bool always(void *owner)
{
    (void)owner;
    return true;
}

static void hear(void *owner)
{
    atomic_fetch_add((atomic_int *)owner, 1);
}

/* Looked at when it is made, open from its first job on, gone when another needs the room. */
static void test_on_demand(void **state)
{
    (void)state;
    struct fixture f;
    struct local_room *room;
    atomic_int asked = 0;
    struct local_guest other = {.ask = hear, .wants = always, .owner = &asked};
    assert_int_equal(local_room_new(&room), 0);
    local_room_set_limit(room, 100);
    const struct local_options options = {
        .room = room, .on_demand = true, .session = {.kv_bytes_limit = 40}, .source.sha256 = "ab"};
    fixture_open(&f, options);
    assert_int_equal(local_engine_state(f.engine), LOCAL_CLOSED);
    assert_true(fake.last_source.unread);
    for (int round = 0; round < 3; round++) {
        struct seen s = {.keeps_model = true};
        start(&f, &s, 5, round == 0);
        run_loop(&f, &s.ends, 0);
        assert_int_equal(s.result.outcome, BACKEND_OK);
        assert_counts_up(&s, 5);
        assert_memory_equal(local_model_sha256(s.model), "abcd0000", 8);
        assert_int_equal(local_engine_state(f.engine), LOCAL_OPEN);
        assert_false(fake.last_source.unread);
        assert_int_equal(fake.opened, 1);
        /* What it said can still be read when it has left, and then it is closed. */
        assert_true(local_room_take(room, &other, 70, 60000));
        assert_int_equal(local_engine_state(f.engine), LOCAL_CLOSED);
        assert_int_equal(fake.opened, 1);
        local_model_unref(s.model);
        assert_int_equal(fake.opened, 0);
        local_room_give(room, &other);
        buf_release(&s.text);
    }
    /* One that waits for room waits no longer than its time, and one that is gone not at all. */
    assert_true(local_room_take(room, &other, 70, 60000));
    local_room_note(room, &other, false);
    struct seen s = {0};
    start(&f, &s, 5, true);
    run_loop(&f, NULL, 50);
    assert_int_equal(s.pieces + s.ends, 0);
    assert_int_equal(local_engine_state(f.engine), LOCAL_OPENING);
    assert_int_equal(asked, 1);
    cancel(&s);
    for (int i = 0; i < 2000 && local_engine_state(f.engine) != LOCAL_CLOSED; i++)
        run_loop(&f, NULL, 1);
    assert_int_equal(local_engine_state(f.engine), LOCAL_CLOSED);
    local_room_give(room, &other);
    /* A busy one finishes what it began. */
    struct seen slow = {.pause_on_data = true}, next = {0};
    start(&f, &slow, 1000, true);
    run_loop(&f, &slow.pieces, 0);
    other.wants = never;
    assert_false(local_room_take(room, &other, 70, 0));
    start(&f, &next, 5, true);
    run_loop(&f, NULL, 20);
    assert_int_equal(next.pieces, 0);
    slow.pause_on_data = false;
    slow.job->ops->resume(slow.job);
    run_loop(&f, &slow.ends, 0);
    assert_int_equal(slow.result.completion_tokens, 1000);
    run_loop(&f, &next.ends, 0);
    assert_int_equal(next.result.outcome, BACKEND_OK);
    local_model_unref(slow.model);
    local_model_unref(next.model);
    buf_release(&slow.text);
    buf_release(&next.text);
    fixture_close(&f);
    struct err err = {0};
    local_room_set_limit(room, 39);
    assert_int_equal(local_engine_new(&f.engine, &options, &err), ERR_LIMIT);
    assert_non_null(strstr(err.text, "models_limit"));
    local_room_free(room);
}

/* A file that cannot be opened ends the requests that wait for it; later it is tried again. */
static void test_on_demand_fails(void **state)
{
    (void)state;
    struct fixture f;
    struct local_room *room;
    struct seen s = {0}, again = {0};
    struct local_params params = {.stream = true, .max_tokens = 5};
    assert_int_equal(local_room_new(&room), 0);
    local_room_set_limit(room, 100);
    fixture_open(&f, (struct local_options){.room = room, .on_demand = true});
    fake.open_fails = ENGINE_ERR_CHECKSUM;
    start(&f, &s, 5, true);
    run_loop(&f, &s.ends, 0);
    assert_int_equal(s.result.outcome, BACKEND_ERR_MODEL);
    assert_int_equal(s.heads + s.pieces, 0);
    assert_int_equal(local_engine_state(f.engine), LOCAL_FAILED);
    assert_false(local_engine_ready(f.engine));
    assert_int_equal(start_with(&f, &again, &params, 10), BACKEND_ERR_MODEL);
    fake.open_fails = 0;
    for (int i = 0; i < 5000 && !local_engine_ready(f.engine); i++)
        run_loop(&f, NULL, 1);
    start(&f, &again, 5, true);
    run_loop(&f, &again.ends, 0);
    assert_int_equal(again.result.outcome, BACKEND_OK);
    assert_int_equal(local_engine_state(f.engine), LOCAL_OPEN);
    local_model_unref(again.model);
    buf_release(&again.text);
    fixture_close(&f);
    assert_int_equal(fake.opened, 0);
    /* Another file in its place may not take more room than was taken for the first. */
    struct seen larger = {0};
    fake.weight_bytes = 60;
    fixture_open(&f, (struct local_options){.room = room, .on_demand = true});
    fake.weight_bytes = 61;
    start(&f, &larger, 5, true);
    run_loop(&f, &larger.ends, 0);
    assert_int_equal(larger.result.outcome, BACKEND_ERR_MODEL);
    assert_int_equal(local_engine_state(f.engine), LOCAL_FAILED);
    fixture_close(&f);
    fake.weight_bytes = 0;
    assert_int_equal(fake.opened, 0);
    local_room_free(room);
}

static void test_context_shift(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    struct local_params params = {.max_tokens = 20, .principal = "a", .share_prefixes = true};
    fixture_open(&f, (struct local_options){.context_shift = true, .context_keep = 33});
    assert_int_equal(start_with(&f, &s, &params, CONTEXT), BACKEND_OK);
    run_loop(&f, &s.ends, 0);
    assert_int_equal(s.result.outcome, BACKEND_OK);
    assert_int_equal(s.result.completion_tokens, 20);
    assert_true(fake.last.shift);
    assert_int_equal(fake.last.shift_keep, 33);
    /* A caller's prompts are found again by that caller only, and only if they may be. */
    uint64_t tenant = fake.last.tenant;
    assert_true(tenant != 0);
    for (int i = 0; i < 3; i++) {
        static const char *const who[] = {"a", "b", "a"};
        params.principal = who[i];
        params.share_prefixes = i < 2;
        memset(&s.result, 0, sizeof(s.result));
        s.heads = s.ends = s.pieces = 0;
        s.ended[0] = false;
        assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_OK);
        run_loop(&f, &s.ends, 0);
        assert_true(i == 0 ? fake.last.tenant == tenant : fake.last.tenant != tenant);
        assert_true(i < 2 ? fake.last.tenant != 0 : fake.last.tenant == 0);
    }
    fixture_close(&f);
    buf_release(&s.text);
}

/* Cancels, pauses and ends from several workers at once, for the thread sanitizer. */
struct client {
    struct fixture f;
    struct worker_timer *next;
    struct seen seen;
    unsigned round;
    atomic_bool done;
};

static void on_next(void *arg)
{
    struct client *c = arg;
    if (c->seen.job != NULL) {
        switch (c->round % 3) {
        case 0:
            cancel(&c->seen);
            break;
        case 1:
            c->seen.job->ops->pause(c->seen.job);
            c->seen.job->ops->resume(c->seen.job);
            break;
        default:
            break;
        }
    }
    if (c->seen.job == NULL) {
        buf_release(&c->seen.text);
        c->seen = (struct seen){0};
        if (++c->round == 150) {
            c->done = true;
            return;
        }
        struct local_params params = {.max_tokens = c->round % 40 + 1,
                                      .stream = c->round % 4 != 0,
                                      .principal = c->round % 3 != 0 ? "a" : "b"};
        (void)start_with(&c->f, &c->seen, &params, 0);
    }
    worker_timer_start(c->next, c->round % 2);
}

static void test_several_workers(void **state)
{
    (void)state;
    struct fixture f;
    static struct client clients[3];
    fixture_open(&f, (struct local_options){.session.max_sequences = 2, .queue_length = 1});
    fake.step_us = 1;
    for (unsigned i = 0; i < 3; i++) {
        struct client *c = &clients[i];
        *c = (struct client){.f = {.worker = worker_new(i, NULL), .engine = f.engine}};
        c->next = worker_timer_new(c->f.worker, on_next, c);
        worker_timer_start(c->next, 0);
        assert_int_equal(worker_start(c->f.worker, NULL), 0);
    }
    struct timespec wait = {.tv_nsec = 1000 * 1000};
    for (int i = 0; i < 3; i++)
        while (!clients[i].done)
            nanosleep(&wait, NULL);
    wait_until_gone();
    for (int i = 0; i < 3; i++) {
        worker_stop(clients[i].f.worker);
        worker_join(clients[i].f.worker);
        worker_timer_free(clients[i].next);
        worker_free(clients[i].f.worker);
    }
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running + counts.waiting, 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streamed),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_queue_is_bounded),
        cmocka_unit_test(test_session_that_is_full),
        cmocka_unit_test(test_slow_client_stops_its_sequence),
        cmocka_unit_test(test_paused_at_the_end),
        cmocka_unit_test(test_several_answers),
        cmocka_unit_test(test_cancel_frees_the_sequence),
        cmocka_unit_test(test_cancel_inside_events),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_default_max_tokens),
        cmocka_unit_test(test_engine_fails),
        cmocka_unit_test(test_engine_freed_with_jobs),
        cmocka_unit_test(test_description),
        cmocka_unit_test(test_callers_take_turns),
        cmocka_unit_test(test_waiting_is_limited),
        cmocka_unit_test(test_full_queue_is_shared),
        cmocka_unit_test(test_hung_step),
        cmocka_unit_test(test_model_that_broke),
        cmocka_unit_test(test_on_demand),
        cmocka_unit_test(test_on_demand_fails),
        cmocka_unit_test(test_context_shift),
        cmocka_unit_test(test_several_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
