/*
 * session_test.h - what the tests of sessions share: a small model, and answers by tag.
 */
#ifndef PENSTOCK_TESTS_SESSION_TEST_H
#define PENSTOCK_TESTS_SESSION_TEST_H

#include "engine_test.h"

#include "engine/engine.h"

static inline struct engine_model *open_model(const char *path)
{
    struct engine_source source = {.path = path};
    struct engine_error error;
    struct engine_model *model = NULL;
    if (engine_model_open(&model, &source, &error) != 0)
        fail_msg("%s: %s", path, error.text);
    return model;
}

static inline struct engine_model *open_small(void)
{
    char path[512];
    golden_path(path, sizeof(path), "llama-linear.gguf");
    return open_model(path);
}

static inline struct engine_session *new_session(const struct engine_model *model,
                                                 struct engine_session_options options)
{
    struct engine_session *session = NULL;
    struct engine_error error;
    if (engine_session_new(&session, model, &options, &error) != 0)
        fail_msg("%s", error.text);
    return session;
}

struct answer {
    char text[8192];
    size_t len;
    enum engine_finish finish;
    uint32_t completion;
    unsigned events;
};

static inline void take_event(struct answer *answers, size_t count,
                              const struct engine_event *event)
{
    assert_true(event->tag < count);
    struct answer *a = &answers[event->tag];
    assert_int_equal(a->finish, ENGINE_FINISH_NONE);
    assert_true(a->len + event->text_len < sizeof(a->text));
    memcpy(a->text + a->len, event->text, event->text_len);
    a->len += event->text_len;
    a->text[a->len] = '\0';
    a->finish = event->finish;
    a->completion = event->completion_tokens;
    a->events++;
}

/* Step until nothing can go on; answers by tag. */
static inline unsigned run_all(struct engine_session *session, struct answer *answers, size_t count)
{
    struct engine_event events[16];
    unsigned steps = 0;
    for (int going = 1; going > 0; steps++) {
        size_t n = 0;
        struct engine_error error;
        going = engine_session_step(session, events, &n, &error);
        if (going < 0)
            fail_msg("%s", error.text);
        for (size_t i = 0; i < n; i++)
            take_event(answers, count, &events[i]);
    }
    return steps;
}

static inline void submit(struct engine_session *session, struct engine_submission submission)
{
    struct engine_error error;
    if (engine_session_submit(session, &submission, &error) != 0)
        fail_msg("%s", error.text);
}

static const int32_t plain_prompt[] = {1, 403, 407, 261, 378};
static const struct engine_submission plain = {
    .prompt = plain_prompt, .prompt_count = 5, .max_tokens = 40};

static inline void answer_alone(const struct engine_model *model,
                                struct engine_submission submission, struct answer *out)
{
    struct engine_session *session = new_session(model, (struct engine_session_options){0});
    memset(out, 0, sizeof(*out));
    submission.tag = 0;
    submit(session, submission);
    run_all(session, out, 1);
    engine_session_free(session);
}

#endif
