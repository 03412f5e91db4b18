/* A draft model guesses ahead: the answers are the same, in fewer passes where it guesses well. */
#include "session_test.h"

enum { MOST = 120, ANSWERS = 4 };

static struct engine_model *open_tiny(const char *name)
{
    char path[512], relative[128];
    snprintf(relative, sizeof(relative), "%s.gguf", name);
    return shared_path(path, sizeof(path), relative) ? open_model(path) : NULL;
}

static void make_submissions(struct engine_submission *s, int32_t prompts[ANSWERS][MOST])
{
    for (size_t i = 0; i < ANSWERS; i++) {
        for (size_t t = 0; t < MOST; t++)
            prompts[i][t] = (int32_t)(260 + (t * 11 + i * 37) % 200);
        s[i] = (struct engine_submission){
            .prompt = prompts[i],
            .prompt_count = 20 + 30 * i,
            .max_tokens = 100,
            .sampling = {.temperature = i % 2 == 0 ? 0 : 0.7f, .seed = i, .top_k = 40},
            .credit = i == 3 ? 7 : 0,
            .tag = i};
    }
}

static unsigned run_with(const struct engine_model *model, struct engine_session_options options,
                         const struct engine_submission *s, size_t count, struct answer *answers)
{
    struct engine_session *session = new_session(model, options);
    struct engine_memory memory;
    unsigned steps = 0;
    memset(answers, 0, count * sizeof(*answers));
    for (size_t i = 0; i < count; i++)
        submit(session, s[i]);
    for (int round = 0; round < 100; round++) {
        steps += run_all(session, answers, count);
        engine_session_credit(session, 3, 1);
    }
    engine_session_memory(session, &memory);
    if (options.kv_bytes_limit > 0)
        assert_true(memory.kv <= options.kv_bytes_limit);
    engine_session_free(session);
    return steps;
}

/* Greedy or drawn, alone or beside others, whatever the draft says and however little room it has.
 */
static void check_pair(const struct engine_model *model, const struct engine_model *draft)
{
    static struct answer without[ANSWERS], with[ANSWERS];
    int32_t prompts[ANSWERS][MOST];
    struct engine_submission s[ANSWERS];
    make_submissions(s, prompts);
    run_with(model, (struct engine_session_options){0}, s, ANSWERS, without);
    const struct engine_session_options options[] = {
        {.draft = draft},
        {.draft = draft, .threads = 2, .draft_tokens = 7, .prefill_chunk_tokens = 5},
        {.draft = draft, .draft_tokens = 5, .lookup_tokens = 3, .prefix_cache = true},
        {.draft = draft, .draft_tokens = 1, .kv_type = ENGINE_KV_F16, .kv_bytes_limit = 3 << 20},
    };
    for (size_t o = 0; o < sizeof(options) / sizeof(options[0]); o++) {
        run_with(model, options[o], s, ANSWERS, with);
        for (size_t i = 0; i < ANSWERS; i++) {
            assert_string_equal(with[i].text, without[i].text);
            assert_int_equal(with[i].completion, without[i].completion);
            assert_int_equal(with[i].finish, without[i].finish);
        }
    }
}

static void test_same_answers(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    check_pair(model, model);
    engine_model_free(model);
}

static void test_another_draft(void **unused)
{
    (void)unused;
    struct engine_model *model = open_tiny("tiny/llama-gqa"), *draft = open_tiny("tiny/mistral");
    if (model == NULL || draft == NULL)
        skip();
    check_pair(model, draft);
    engine_model_free(model);
    engine_model_free(draft);
}

/* Of the model itself every guess is right; of a coarser copy most are. */
static void test_saves_passes(void **unused)
{
    (void)unused;
    struct engine_model *model = open_tiny("stories260K/stories260K-f32");
    struct engine_model *coarse = open_tiny("stories260K/stories260K-q8_0");
    if (model == NULL || coarse == NULL)
        skip();
    static struct answer answers[4];
    static const char text[] = "Once upon a time, there was a little girl named Lily.";
    int32_t tokens[64];
    size_t count = 0;
    assert_int_equal(
        engine_tokenize(model, text, strlen(text), ENGINE_TOKENIZE_BOS, tokens, 64, &count, NULL),
        0);
    struct engine_submission s = {.prompt = tokens, .prompt_count = count, .max_tokens = 200};
    unsigned steps[4];
    for (int drawn = 0; drawn < 2; drawn++) {
        s.sampling.temperature = drawn ? 0.8f : 0;
        steps[0] = run_with(model, (struct engine_session_options){0}, &s, 1, &answers[0]);
        steps[1] =
            run_with(model, (struct engine_session_options){.draft = model}, &s, 1, &answers[1]);
        steps[2] =
            run_with(model, (struct engine_session_options){.draft = coarse}, &s, 1, &answers[2]);
        print_message("passes for %u tokens: %u without a draft, %u with itself, %u with Q8_0\n",
                      answers[0].completion, steps[0], steps[1], steps[2]);
        for (int i = 1; i < 3; i++) {
            assert_string_equal(answers[i].text, answers[0].text);
            assert_true(steps[i] - 100 < (steps[0] - 100) * (drawn ? 8u : 4u) / 10);
        }
    }
    engine_model_free(model);
    engine_model_free(coarse);
}

/* Behind the end of the context, and for several answers to one prompt. */
static void test_shift_and_answers(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    static struct answer without[3], with[3];
    int32_t prompts[ANSWERS][MOST];
    struct engine_submission s[ANSWERS];
    make_submissions(s, prompts);
    s[1].shift = true;
    s[1].shift_keep = 8;
    s[1].max_tokens = 400;
    s[1].answers = 3;
    s[1].tag = 0;
    for (int drafted = 0; drafted < 2; drafted++) {
        struct answer *answers = drafted ? with : without;
        struct engine_session *session =
            new_session(model, (struct engine_session_options){.draft = drafted ? model : NULL,
                                                               .context_length = 128});
        memset(answers, 0, sizeof(with));
        submit(session, s[1]);
        run_all(session, answers, 3);
        engine_session_free(session);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(with[i].text, without[i].text);
        assert_int_equal(with[i].completion, without[i].completion);
    }
    engine_model_free(model);
}

static void test_refused(void **unused)
{
    (void)unused;
    char path[512];
    struct engine_model *model = open_small(), *other = open_tiny("tiny/qwen2");
    struct engine_session *session = NULL;
    struct engine_error error;
    golden_path(path, sizeof(path), "bert.gguf");
    struct engine_model *encoder = open_model(path);
    struct engine_session_options options = {.draft = encoder};
    assert_int_equal(engine_session_new(&session, model, &options, &error), ENGINE_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "encoder"));
    options = (struct engine_session_options){.draft = model, .kv_bytes_limit = 1 << 10};
    assert_int_equal(engine_session_new(&session, model, &options, &error), ENGINE_ERR_ARGUMENT);
    options = (struct engine_session_options){.draft = model, .draft_tokens = 65};
    assert_int_equal(engine_session_new(&session, model, &options, &error), ENGINE_ERR_ARGUMENT);
    if (other != NULL) {
        options = (struct engine_session_options){.draft = other};
        assert_int_equal(engine_session_new(&session, model, &options, &error),
                         ENGINE_ERR_ARGUMENT);
        assert_non_null(strstr(error.text, "vocabulary"));
    }
    engine_model_free(model);
    engine_model_free(encoder);
    engine_model_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_answers), cmocka_unit_test(test_another_draft),
        cmocka_unit_test(test_saves_passes), cmocka_unit_test(test_shift_and_answers),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
