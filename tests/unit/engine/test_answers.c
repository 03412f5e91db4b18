/* Several answers to one prompt: those that it would get one by one, for one pass over it. */
#include "session_test.h"

enum { MOST = 200 };

static void make_prompt(int32_t *tokens, size_t count)
{
    for (size_t t = 0; t < count; t++)
        tokens[t] = (int32_t)(260 + t * 11 % 200);
}

static const struct engine_sampling drawn = {.temperature = 1, .seed = 70};

/* Whatever the prompt's place in its pages, the cache and the guesses. */
static void test_same_as_alone(void **unused)
{
    (void)unused;
    static const size_t counts[] = {1, 2, 31, 32, 33, 64, 100};
    struct engine_model *model = open_small();
    static struct answer alone[3], together[3];
    int32_t prompt[MOST];
    make_prompt(prompt, MOST);
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
        struct engine_submission s = {
            .prompt = prompt, .prompt_count = counts[c], .max_tokens = 50, .sampling = drawn};
        for (uint64_t i = 0; i < 3; i++) {
            s.sampling.seed = 70 + i;
            answer_alone(model, s, &alone[i]);
        }
        assert_string_not_equal(alone[0].text, alone[1].text);
        s.sampling.seed = 70;
        s.answers = 3;
        s.tenant = c % 2;
        struct engine_session *session = new_session(
            model, (struct engine_session_options){.max_sequences = 4,
                                                   .prefill_chunk_tokens = 8,
                                                   .prefix_cache = true,
                                                   .lookup_tokens = c % 3 == 0 ? 4 : 0});
        for (int round = 0; round < 3; round++) {
            memset(together, 0, sizeof(together));
            submit(session, s);
            run_all(session, together, 3);
            for (size_t i = 0; i < 3; i++) {
                assert_string_equal(together[i].text, alone[i].text);
                assert_int_equal(together[i].finish, alone[i].finish);
                assert_int_equal(together[i].completion, alone[i].completion);
            }
        }
        engine_session_free(session);
    }
    engine_model_free(model);
}

static size_t kv_bytes(const struct engine_session *session)
{
    struct engine_memory memory;
    engine_session_memory(session, &memory);
    return memory.kv;
}

/* The prompt's pages are there once, and promised once; what each answer holds is given back. */
static void test_room(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    int32_t prompt[MOST];
    make_prompt(prompt, MOST);
    static struct answer answers[4];
    struct engine_submission s = {
        .prompt = prompt, .prompt_count = 192, .max_tokens = 20, .sampling = drawn};
    struct engine_session *session = new_session(model, (struct engine_session_options){0});
    submit(session, s);
    memset(answers, 0, sizeof(answers));
    run_all(session, answers, 1);
    size_t one = kv_bytes(session); /* seven pages */
    engine_session_free(session);
    for (uint64_t tenant = 0; tenant < 2; tenant++) {
        /* Six pages for the prompt and one for each answer, of 28 that four prompts would take. */
        session = new_session(
            model, (struct engine_session_options){.max_sequences = 4,
                                                   .kv_bytes_limit = one / 7 * 10 + one / 14,
                                                   .prefix_cache = true});
        s.answers = 4;
        s.tenant = tenant;
        for (int round = 0; round < 3; round++) {
            memset(answers, 0, sizeof(answers));
            submit(session, s);
            run_all(session, answers, 4);
            for (size_t i = 0; i < 4; i++)
                assert_int_equal(answers[i].completion, 20);
            assert_true(kv_bytes(session) <= one / 7 * 10);
        }
        s.max_tokens = 40;
        assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_CONTEXT);
        s.max_tokens = 20;
        s.answers = 5;
        assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_ARGUMENT);
        s.answers = 2;
        submit(session, s);
        s.answers = 3;
        s.tag = 9;
        assert_int_equal(engine_session_submit(session, &s, NULL), ENGINE_ERR_BUSY);
        s.tag = 0;
        engine_session_free(session);
    }
    engine_model_free(model);
}

/* Whoever goes, at whatever point, the others get their answers, and the room comes back. */
static void test_cancelled(void **unused)
{
    (void)unused;
    struct engine_model *model = open_small();
    static struct answer alone[3], answers[4];
    int32_t prompt[MOST];
    make_prompt(prompt, MOST);
    struct engine_submission s = {
        .prompt = prompt, .prompt_count = 100, .max_tokens = 20, .sampling = drawn};
    for (uint64_t i = 0; i < 3; i++) {
        s.sampling.seed = 70 + i;
        answer_alone(model, s, &alone[i]);
    }
    s.sampling.seed = 70;
    s.answers = 3;
    for (unsigned tenant = 0; tenant < 2; tenant++) {
        struct engine_session *session =
            new_session(model, (struct engine_session_options){.max_sequences = 3,
                                                               .prefill_chunk_tokens = 16,
                                                               .kv_bytes_limit = 400 << 10,
                                                               .prefix_cache = true});
        s.tenant = tenant;
        for (unsigned gone = 0; gone < 8; gone++) {
            for (unsigned after = 0; after < 12; after++) {
                struct engine_event events[8];
                size_t n = 0;
                memset(answers, 0, sizeof(answers));
                submit(session, s);
                for (unsigned i = 0; i < after; i++) {
                    assert_true(engine_session_step(session, events, &n, NULL) >= 0);
                    for (size_t e = 0; e < n; e++)
                        take_event(answers, 3, &events[e]);
                }
                for (uint64_t i = 0; i < 3; i++) {
                    if ((gone >> i & 1) != 0)
                        engine_session_cancel(session, i);
                }
                run_all(session, answers, 3);
                for (size_t i = 0; i < 3; i++) {
                    if ((gone >> i & 1) == 0)
                        assert_string_equal(answers[i].text, alone[i].text);
                }
            }
        }
        /* One that wants it all finds it all free. */
        memset(answers, 0, sizeof(answers));
        submit(session, (struct engine_submission){
                            .prompt = prompt, .prompt_count = MOST, .max_tokens = 1000, .tag = 3});
        run_all(session, answers, 4);
        assert_int_not_equal(answers[3].finish, ENGINE_FINISH_ERROR);
        engine_session_free(session);
    }
    engine_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_alone),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
